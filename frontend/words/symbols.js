/** The symbols of formulas: how the page writes them, and what each stands for. */

/** @type {readonly (readonly [symbol: string, pattern: RegExp, name: string])[]} In the order in which they are named. */
const NAMES = [
  ["lr", /\blr\b/, "learning rate"],
  ["λ̃", /λ\u0303/, "curvature that this rule feels"],
  ["λmax", /λmax/, "largest curvature, the sharpness"],
  ["λmin", /λmin/, "smallest curvature"],
  ["λ", /λ(?!\u0303|max|min)/, "curvature; the largest is the sharpness"],
  ["κ", /κ/, "condition number, largest curvature over smallest"],
  ["β", /β/, "momentum"],
  ["σ", /σ/, "standard deviation of the noise"],
  ["ρ", /ρ/, "factor of a step on the distance left"],
  ["θ", /θ/, "parameters"],
  ["f", /\bf\(/, "loss"],
  ["∇", /∇/, "gradient"],
  ["|g|", /\|g\|/, "length of the gradient"],
  ["z₁, z₂", /z₁/, "roots of the recursion of momentum"],
];

/**
 * A formula or sentence of the server as the page writes it: the learning rate is "lr", as in the form.
 * @param {string} text
 */
export function withLr(text) {
  return text
    .replaceAll(/η(?=[λσ|])/g, "lr × ")
    .replaceAll("η", "lr")
    .replaceAll(/(^|[\s(])-(?=[\s\dα-ωθ(|])/g, "$1−");
}

/**
 * What the symbols of texts stand for, each once.
 * @param {readonly string[]} texts
 */
export function symbolsIn(texts) {
  const all = texts.join(" ");
  return NAMES.filter(([, pattern]) => pattern.test(all)).map(([symbol, , name]) => `${symbol}: ${name}`);
}
