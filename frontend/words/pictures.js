/** The words of a network's pictures. */

import { count, number } from "./plot.js";

/** @param {number} share */
const percent = (share) => `${share >= 0.9995 ? 100 : share >= 0.1 ? Math.round(100 * share) : number(100 * share)} %`;

/** @type {Record<string, string>} What columns are called in a table. */
const COLUMNS = {
  train_loss: "training loss",
  train_accuracy: "training accuracy",
  val_loss: "validation loss",
  val_accuracy: "validation accuracy",
  snr: "signal : noise",
};

export const pictures = {
  waiting: "The first picture is being made.",
  noPicture: "There is no such picture of this network. Choose another above.",
  someData: "Data",
  tabs: /** @type {Record<string, string>} */ ({ plane: "Plane", surprise: "Surprise", inside: "Inside" }),
  tabsName: "Pictures of the network",
  facts: { limit: "Limit", accuracy: "Accuracy", ratio: "Ratio", noise: "Noise", saturation: "Saturation" },
  factsName: "Measurements of the network",
  along: { steps: "step", examples: "examples seen", seconds: "seconds" },
  percent,

  plane: "Parameter plane",
  planeHelp: "All the weights at once, on the plane that shows most of the runs' way; lines join points of equal loss.",
  direction: (/** @type {number} */ i, /** @type {number} */ share) =>
    `direction ${i}${share > 0 ? ` (${percent(share)})` : ""}`,
  directions: "Directions",
  path: "Path",
  random: "Random",
  pathHelp: "The two directions in which the runs moved most",
  randomHelp: "Two random directions through the selected run's last weights",
  shows: (/** @type {number} */ share) => `The plane shows ${percent(share)} of the path`,
  showsRandom: "Two random directions show little of the path",
  off: (/** @type {number} */ off) => `off plane ${number(off)}`,
  losses: (/** @type {number} */ here, /** @type {number} */ below) =>
    `loss here ${number(here)}, on the plane ${number(below)}`,
  hollow: "A hollow dot is far from the plane; the ring is as wide as that distance.",

  boundary: "Decision boundary",
  boundaryHelp: "Colour shows the predicted class; paler means less certain.",
  check: "validation",
  train: "training",
  points: "Filled: training. Hollow: validation.",
  right: (/** @type {string} */ what, /** @type {number} */ share) => `${percent(share)} of ${what} right`,
  fit: "Fitted curve",
  fitHelp: "What the network predicts between and beyond the points it has seen.",
  actual: "Predicted against actual",
  actualHelp:
    "A point for every example: on the dashed line it is right. Residuals show by how much it is not, and where.",
  actualNumber: "actual",
  predictedNumber: "predicted",
  residual: "residual: predicted − actual",
  missed: (/** @type {number} */ train, /** @type {number | null} */ check, /** @type {number} */ mean) =>
    `off by ${number(train)} on training${check === null ? "" : ` and ${number(check)} on validation`} data (root mean square); always saying the mean would be off by ${number(mean)}.${check === null ? "" : " Filled: training. Hollow: validation."}`,
  guesses: "Guesses",
  guessesHelp: "Prediction for each validation example. Bar: confidence. ✗: wrong.",
  confusion: "Right answer (rows) and guess (columns)",
  confusionShort: "Answer ↓ guess →",
  surest: "Most confident mistakes",
  none: "No mistakes among these.",
  taken: (/** @type {string} */ is, /** @type {string} */ guess) => `${is} read as ${guess}`,
  of: (/** @type {number} */ right, /** @type {number} */ all) => `${count(right)} of ${count(all)} right`,
  samples: "Written names",
  samplesHelp: "Names it writes at this step, always with the same random numbers; and where it has put each letter.",
  written: "Twelve names it writes now",
  letters: "Letter embeddings",
  vowels: "vowels bold",

  surprise: "Surprise",
  surpriseHelp: "How surprised it is by right answers: −ln of the probability it gave each. Their mean is the loss.",
  code: "-prob[arange(B), Y].log().mean()",
  surpriseMean: (/** @type {number} */ mean, /** @type {number} */ n) => `${number(mean)} over these ${n}`,
  whole: (/** @type {number} */ loss, /** @type {number} */ n, /** @type {boolean} */ all) =>
    `${number(loss)} over ${all ? "all " : ""}${count(n)} training examples`,
  guessing: (/** @type {number} */ classes, /** @type {number} */ loss) => `guessing: ln ${classes} = ${number(loss)}`,
  mean: "mean",
  example: "example",
  data: "data",
  probability: "p(right)",
  nats: "−ln p(right)",
  arrow: (/** @type {string} */ text, /** @type {string} */ target) => `${text} → ${target}`,

  inside: "Inside the optimizer",
  insideHelp: "How far each layer moves compared with its size, what the rule remembers, and one parameter closely.",
  ratio: "Update : weight",
  ratioHelp: "Length of a layer's step over the length of its weights; about 1e−3 is a healthy pace.",
  saturation: "Saturated units",
  saturationHelp: "The share of each hidden layer's units that hardly react any more.",
  accuracyHelp: "The share of examples it gets right: training data full line, validation data dashed.",
  noise: "Noise of the batch gradient",
  noiseHelp: "How far the gradient of a batch points along that of all data, and how much longer the signal is.",
  cosine: "cosine to the full gradient",
  snr: "signal : noise",
  fullBatch: "All data in every step: no noise.",
  nothingMeasured: "Not measured in these runs.",
  guide: "1e−3",
  legend: (/** @type {boolean} */ batches, /** @type {boolean} */ check, mean = false, averaged = false) =>
    [
      batches && (mean ? "thin: mean of batches" : "thin: batch"),
      "full: training",
      check && "dashed: validation",
      averaged && "dotted: average",
    ]
      .filter(Boolean)
      .join(" · "),
  layer: (/** @type {number} */ i) => `layer ${i}`,
  embedding: "embedding",
  layerRow: "layer",
  accuracyPercent: "Accuracy",
  percentNote: "% right · full: training · dashed: validation",
  percentOfUnits: "% of the units",
  /** What a column is called in a table. */
  column: (/** @type {string} */ name) => {
    const layer = /^(?:ratio|saturated)(\d+)$/.exec(name);
    return layer ? `layer ${Number(layer[1]) + 1}` : (COLUMNS[name] ?? name);
  },
  sizes: "Sizes by layer (rms)",
  weight: "weights",
  m: "m̂",
  v: "√v̂",
  step: "step",
  value: "value",
  none_: "–",
  parameter: "Parameter",
  parameterHelp: "Which of the network's parameters is looked at, from 0",
  parameterName: (/** @type {string} */ name) => `Parameter ${name}`,
  noMemory: "This rule keeps no moments.",
  seenAt: (/** @type {string} */ run, /** @type {number} */ step) => `${run}, step ${count(step)}`,
  lossIs: (/** @type {number} */ loss) => `loss ${number(loss)}`,
  bothLosses: (/** @type {number} */ train, /** @type {number} */ check) =>
    `loss ${number(train)} on training, ${number(check)} on validation data`,
  meanIsLoss: (/** @type {string} */ mean, /** @type {string} */ whole) => `The mean is the loss: ${mean}, ${whole}.`,
};
