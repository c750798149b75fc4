/** What the entrances of a room say: the student's and the teacher's. */

export const entrance = {
  joining: "One moment …",
  ended: "This class has ended. Ask your teacher for the code of the next one.",
  shut: "The room is closed to newcomers at the moment. Ask your teacher to open it.",
  none: "No class is running on this server.",
  forgetful: "This browser keeps no cookie here. Within another page it does so over HTTPS only.",
  window: "Open Slalom in a window of its own",
  toWorkbench: "Open the workbench",
};
