/** The library's sentences. */

export const library = {
  empty: "There is nothing here yet. Experiments that are run in the workbench are kept here.",
};
