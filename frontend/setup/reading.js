/** How a table is read, as the server takes it: everything that the page shows of it, and one choice made differently. */

/** @import { ColumnKind, DataTable, ServerProblem, TableColumn, TableReading } from "../types/page.js" */

/** @typedef {NonNullable<TableReading["columns"]>} ByHand What was chosen of columns, by their names. */

/**
 * All choices that a table shows.
 *
 * @param {DataTable} table
 * @returns {TableReading}
 */
export function readingOf({ target, columns, header, decimal }) {
  return { target, header, decimal, columns: Object.fromEntries(columns.map((one) => [one.name, choiceOf(one)])) };
}

/** @param {TableColumn} column */
function choiceOf({ kind, missing, on_missing }) {
  return { kind, ...(missing > 0 && on_missing ? { on_missing } : {}) };
}

/**
 * Predict another column: what the two columns are is decided anew, as both change their part.
 *
 * @param {TableReading} reading
 * @param {string} target
 * @returns {TableReading}
 */
export function withTarget({ columns = {}, ...reading }, target) {
  const kept = Object.entries(columns).filter(([name]) => name !== target && name !== reading.target);
  return { ...reading, target, columns: Object.fromEntries(kept) };
}

/**
 * Take a column for something else; what becomes of its missing values is decided anew.
 *
 * @param {TableReading} reading
 * @param {string} name
 * @param {ColumnKind} kind
 * @returns {TableReading}
 */
export function withKind(reading, name, kind) {
  return { ...reading, columns: { ...reading.columns, [name]: { kind } } };
}

/**
 * @param {TableReading} reading
 * @param {string} name
 * @param {string} on_missing
 * @returns {TableReading}
 */
export function withMissing(reading, name, on_missing) {
  return { ...reading, columns: { ...reading.columns, [name]: { ...reading.columns?.[name], on_missing } } };
}

/**
 * Take the first row for names, or for data: the columns are called otherwise, so that all else is decided anew.
 *
 * @param {TableReading} reading
 * @param {boolean} header
 * @returns {TableReading}
 */
export function withHeader({ decimal }, header) {
  return { ...(decimal ? { decimal } : {}), header };
}

/**
 * Read numbers with another decimal sign: what each column is, and thus is good for, is decided anew, but for what was
 * chosen by hand.
 *
 * @param {TableReading} reading
 * @param {string} decimal
 * @param {ByHand} byHand
 * @returns {TableReading}
 */
export function withDecimal({ target, header }, decimal, byHand) {
  return { target, header, decimal, columns: byHand };
}

/**
 * What was chosen by hand after a change: as before, with what was chosen now, without what the server is to decide.
 *
 * @param {ByHand} byHand
 * @param {TableReading} before
 * @param {TableReading} now
 * @returns {ByHand}
 */
export function chosenByHand(byHand, { columns: old = {} }, { columns = {} }) {
  const own = Object.entries(columns).flatMap(([name, choice]) => {
    const changed = Object.entries(choice).filter(
      ([field, value]) => value !== old[name]?.[/** @type {keyof typeof choice} */ (field)],
    );
    const fresh = changed.some(([field]) => field === "kind");
    const kept = !fresh && Object.hasOwn(byHand, name) ? byHand[name] : {};
    const all = { ...kept, ...Object.fromEntries(changed) };
    return Object.keys(all).length > 0 ? [/** @type {const} */ ([name, all])] : [];
  });
  return Object.fromEntries(own);
}

/**
 * What the server says was chosen by hand.
 *
 * @param {DataTable} table
 * @returns {ByHand}
 */
export function knownByHand({ columns }) {
  return Object.fromEntries(columns.filter(({ chosen }) => chosen).map(({ name, kind }) => [name, { kind }]));
}

/**
 * What is wrong with which column, and with none of them.
 *
 * @param {ServerProblem} problem
 * @returns {{ columns: Map<string, string>, rest: string[] }}
 */
export function faultsOf({ errors = [], detail, title }) {
  /** @type {Map<string, string>} */
  const columns = new Map();
  const rest = [];
  for (const { loc, msg } of errors) {
    const [first, name] = loc[0] === "body" ? loc.slice(1) : loc;
    if (first !== "columns" || name === undefined) rest.push(msg);
    else columns.set(String(name), [columns.get(String(name)), msg].filter(Boolean).join(" "));
  }
  return { columns, rest: errors.length > 0 ? rest : [detail || title] };
}
