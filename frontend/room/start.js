/** What a page is to its room: the desk, the projector, or the page of a student or of who teaches. */

import { startStudent, startTeacher } from "./member.js";
import { startProjector } from "./projector.js";

/**
 * @param {import("./member.js").Page} page
 * @param {{ role: string, place: string | undefined }} here
 */
export async function startRoom(page, { role, place }) {
  if (place === "projector") return startProjector(page);
  if (place !== "desk") return role === "teacher" ? startTeacher(page) : startStudent(page);
  const { startDesk } = await import("./desk/start.js");
  startDesk(page);
}
