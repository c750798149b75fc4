/** What the set-ups worth seeing are called, and the question each of them answers. */

/** @type {Record<string, { title: string, short?: string, question: string }>} */
export const presetWords = {
  overshoot: {
    title: "Too long a step, and the right one",
    short: "Overshoot",
    question: "The same parabola, the same start: why does one step leave it for ever?",
  },
  valley: {
    title: "The valley: steep walls, flat floor",
    short: "The valley",
    question: "Which direction sets the limit of the learning rate, and which one sets the time?",
  },
  rings: {
    title: "Momentum: help, and too much of it",
    short: "Momentum",
    question: "What does memory do to a zigzag, and when does it start to ring?",
  },
  nesterov: {
    title: "Nesterov’s smaller limit",
    short: "Nesterov",
    question: "The same rate and the same momentum: why does looking ahead blow up first?",
  },
  scale: {
    title: "Adam does not see the scale",
    short: "Adam’s scale",
    question: "This loss is multiplied by 1,000. Which of the two rules notices?",
  },
  wells: {
    title: "Two wells: who finds the deeper one?",
    short: "Two wells",
    question: "Can a longer step find a better minimum, and is that luck?",
  },
  saddle: {
    title: "Leaving a saddle",
    short: "Saddle",
    question: "The loss is flat for 200 steps: is it over?",
  },
  rosenbrock: {
    title: "Rosenbrock’s valley: a race",
    short: "Rosenbrock",
    question: "Four rules in a curved valley: who arrives first?",
  },
  warmup: {
    title: "Warm-up: too steep a start, and the rescue",
    short: "Warm-up",
    question: "The same network blows up at once or trains well. What do 400 gentle steps change?",
  },
  noise: {
    title: "The noise ball",
    short: "The noise ball",
    question: "The gradient is noisy. How near to the minimum does each rate get?",
  },
  edge: {
    title: "The edge of stability",
    short: "Edge",
    question: "Why does the sharpness of a network climb to 2/lr and stay there?",
  },
  digits: {
    title: "Digits: good, stuck, blown up",
    short: "Digits",
    question: "Three rates read handwriting: one learns, one guesses, one explodes. Which is which?",
  },
  thermometer: {
    title: "The thermometer: raw inputs",
    question: "Why does a regression with two parameters blow up at a rate of 0.01?",
  },
  rules: {
    title: "A long valley, four rules",
    question: "Gradient descent below and above its limit, momentum and Adam: how do their paths differ?",
  },
  moons: {
    title: "Moons: a boundary learns to bend",
    question: "How does a straight border between two classes become a curved one?",
  },
  batches: {
    title: "Batches of 1, 16 and all: the same examples seen",
    question: "For the same number of examples, do many rough steps beat a few exact ones?",
  },
  names: {
    title: "Names: letters learn to follow each other",
    question: "How long until what it writes sounds like a name?",
  },
  decay: {
    title: "Decay after the trench",
    question: "What does cutting the rate to a tenth do once the loss only jitters?",
  },
  ratio: {
    title: "Adam and SGD: update against weight",
    question: "How far does every layer move at each step, compared with its own size?",
  },
};

export const presetLabels = {
  onRidge: "exactly on the ridge",
  noWarmup: "no warm-up",
  warmup: "warm-up 400",
  constant: "constant",
  decayed: "× 0.1 at 1,500",
};

export const gallery = {
  open: "Examples",
  title: "Examples",
  more: "More",
  strip: "Start with one of these",
  all: (/** @type {number} */ n) => `All ${n}`,
  hide: "Hide the examples",
  help: "Each one plays at once; everything in it can be changed.",
};
