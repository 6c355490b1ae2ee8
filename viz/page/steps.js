// The sequence of steps, and the words for each.

import { short } from "./numbers.js";
import { sumOf } from "./graph.js";

/**
 * The steps: the start, a gate each forward, the output's own gradient, a gate each backward.
 *
 * A gate is the list of operations that one box of the picture stands for; of a box that is opened, each
 * operation is a gate of its own. `forwardAt`, `sentAt` and `completeAt` are the steps at which a Value is
 * computed, passes its gradient on, and has received all of it.
 */
export function sequenceOf(program, opened) {
  const { values, uses, root } = program;
  const gates = program.gates.flatMap((gate) =>
    gate.some((operation) => opened.has(operation)) ? gate.map((operation) => [operation]) : [gate],
  );
  const steps = [{ kind: "start", operations: [], node: root }];
  const forwardAt = values.map(() => 0);
  const sentAt = values.map(() => Infinity);
  for (const operations of gates) {
    for (const operation of operations) forwardAt[operation] = steps.length;
    steps.push({ kind: "forward", operations, node: operations.at(-1) });
  }
  const seedAt = steps.length;
  steps.push({ kind: "seed", operations: [], node: root });
  for (const gate of gates.toReversed()) {
    const operations = gate.toReversed();
    for (const operation of operations) sentAt[operation] = steps.length;
    steps.push({ kind: "backward", operations, node: operations[0] });
  }
  const completeAt = uses.map((places, i) =>
    i === root ? seedAt : Math.max(...places.map(({ child }) => sentAt[child])),
  );
  return { steps, forwardAt, sentAt, completeAt, seedAt };
}

/** What has arrived at a Value's gradient by a step: the contributions, how many, and their sum so far. */
export function arrivedAt(sequence, parts, i, step, root) {
  const arrived = parts.filter(({ child }) => sequence.sentAt[child] <= step);
  const isComplete = sequence.completeAt[i] <= step;
  const sum = i === root ? (isComplete ? 1 : 0) : sumOf(arrived);
  return { arrived, total: parts.length, isComplete, sum };
}

/** ∂L/∂a, with parentheses around a name of several words. */
export function derivative(of, by) {
  return `∂${inParentheses(of)}/∂${inParentheses(by)}`;
}

function inParentheses(name) {
  return /^[\p{L}\p{N}\p{M}_.…′]+$/u.test(name) ? name : `(${name})`;
}

const INFIX = { "+": "+", "-": "−", "*": "×", "/": "÷", "%": "%", "//": "//", "**": "**" };
const MANY = 6; // operands of a vector are shown up to this many

/** An operation as it is written, of any texts for its operands: w × x, tanh(v1). */
export function written(operation, operands) {
  const { entry, name } = operation;
  if (INFIX[entry] && operands.length === 2) return operands.join(` ${INFIX[entry]} `);
  if (entry === "neg") return `−${atom(operands[0])}`;
  if (entry === "power") return `${atom(operands[0])}${name}`;
  if (entry === "square") return `${atom(operands[0])}²`;
  if (entry === "dot") return dotted(operands);
  const shown = operands.length > MANY + 1 ? [...operands.slice(0, MANY), "…"] : operands;
  if (entry === "sum") return shown.join(" + ");
  const [, called, fixed] = /^([^(]*)\(?([^)]*)\)?$/.exec(name) ?? [null, name, ""];
  return `${called}(${[...shown, ...(fixed && entry ? [fixed] : [])].join(", ")})`;
}

function atom(text) {
  return /^[\p{L}\p{N}\p{M}_.…]+$/u.test(text) ? text : `(${text})`;
}

function dotted(operands) {
  const n = operands.length >> 1;
  const products = operands.slice(0, n).map((weight, i) => `${weight}·${operands[n + i]}`);
  const shown = products.length > MANY ? [...products.slice(0, MANY), "…"] : products;
  return [...shown, ...operands.slice(2 * n)].join(" + ");
}

const ROUTERS = { max: "largest", min: "smallest", maximum: "larger", minimum: "smaller" };
const SQUASHERS = new Set(["tanh", "sigmoid", "erf", "atan"]);
const SATURATED = 0.01;

/**
 * The pattern of a gate, as it occurs: what it does to the upstream gradient.
 *
 * `locals` are its local gradients, `names` what its operands are called.
 */
export function patternOf(operation, locals, names) {
  const { entry, sign } = operation;
  if (operation.isOwn)
    return `${sign} is an operation of your own: it scales by its local gradient.`;
  if (entry === "+" || entry === "sum") {
    return "Add distributes: each operand receives the upstream gradient as it is.";
  }
  if (entry === "-") {
    return "Subtract distributes: the first operand receives the upstream gradient, the second its negative.";
  }
  if (entry === "*") {
    return "Multiply swaps: each operand receives the upstream gradient times the other operand.";
  }
  if (entry === "dot") {
    return "Multiply swaps, then add distributes: each weight receives the upstream gradient times its input, each input times its weight.";
  }
  if (entry === "neg") return "Negate flips the sign of the upstream gradient.";
  if (entry === "mean") return "Mean shares out: each operand receives the same part of it.";
  if (entry === "logsumexp") {
    return "Logsumexp shares out by softmax: the parts add up to the whole upstream gradient.";
  }
  if (entry === "cross_entropy") {
    return "Cross-entropy gives each score its probability, less 1 for the true class: what is too much, and what is missing.";
  }
  if (entry === "prod")
    return "A product swaps: each operand receives the product of all the others.";
  if (entry in ROUTERS || entry === "where" || entry === "select" || entry === "take") {
    return routed(entry, locals, names);
  }
  if (["relu", "leaky_relu", "elu", "clip", "abs", "sign"].includes(entry)) {
    return gated(entry, locals[0]);
  }
  if (entry === "identity") return "It passes the upstream gradient on as it is.";
  if (entry === "exp") return "Exp scales by its own output: that is its local gradient.";
  if (SQUASHERS.has(entry) && Math.abs(locals[0]) < SATURATED) {
    return `${sign} is saturated: its local gradient is ${short(locals[0])}, and almost nothing passes.`;
  }
  return `${capitalized(sign)} scales the upstream gradient by its local gradient.`;
}

function routed(entry, locals, names) {
  const chosen = locals.findIndex((local) => local !== 0);
  const by = ROUTERS[entry] ?? "chosen";
  const to = chosen < 0 ? "none" : names[chosen];
  return `${capitalized(entry)} routes: the ${by} operand, ${to}, receives all of the upstream gradient, the others 0.`;
}

function gated(entry, local) {
  if (local === 1)
    return `${capitalized(entry)} routes: it is open here, and the gradient passes as it is.`;
  if (local === 0) return `${capitalized(entry)} routes: it is closed here, and nothing passes.`;
  if (local === -1) return `${capitalized(entry)} flips the sign here.`;
  return `${capitalized(entry)} scales here by ${short(local)}.`;
}

function capitalized(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
