// The quiz: whether an answer is right, and if not, which factor of the chain rule is wrong.

import { formulaOf, numberOf } from "./explain.js";
import { contributions, sumOf } from "./graph.js";
import { halfUnit, numberIn, readings, short } from "./numbers.js";
import { derivative } from "./steps.js";

const DIGITS = 3; // that the page shows
const TOLERANCE = 1e-3;
const ROUNDED = 1e-2; // what two factors of three digits may do to their product
const BINARY = 1e-9; // more than decimal fractions lose in binary
const MAX_SUBSETS = 10; // contributions of which all subsets are tried
const FEW_NUMBERS = 4; // of a formula, whose roundings are all tried

/**
 * "right" or "rounded" if an answer is that, else null.
 *
 * Right is also what rounds to as many digits as the true gradient, and what follows from the factors
 * that the page shows, each of which stands for all numbers that round to it. What has two digits is
 * right unless a wrong factor gives just this.
 */
export function verdictOf(text, i, { program, run }) {
  const answers = readings(text);
  const gradient = run.gradients[i];
  if (answers.some(({ number }) => Object.is(number + 0, gradient + 0))) return "right";
  if (!Number.isFinite(gradient)) return null;
  const parts = contributions(program, run, i);
  const span = spanOf(program, run, parts, gradient);
  if (answers.some((answer) => isWithin(answer, gradient, span))) return "rounded";
  const isCoarse = ({ number, unit }) =>
    unit !== null &&
    Math.abs(number - gradient) <= (1 + BINARY) * Math.min(unit / 2, halfUnit(number, 2));
  if (!answers.some(isCoarse)) return null;
  const what = { program, run, parts, gradient, nameOf: String };
  return namedFault(answers, i, what, TOLERANCE) === null ? "rounded" : null;
}

/** Whether an answer, rounded as it is, meets what is true to three digits. */
function isWithin({ number, unit }, gradient, [low, high]) {
  if (Math.abs(number - gradient) <= TOLERANCE * Math.abs(gradient)) return true;
  const own = halfUnit(number, DIGITS);
  const half = (1 - BINARY) * (unit === null ? own : Math.min(unit / 2, own));
  return number + half >= low && number - half <= high;
}

/** Between which numbers a gradient is, by the factors that the page shows. */
function spanOf(program, run, parts, gradient) {
  let [low, high] = [0, 0];
  for (const { child, position, upstream, product } of parts) {
    const ends = shownAs(upstream).flatMap((end) =>
      localSpan(program, run, child, position).map((local) => end * local),
    );
    // Of several contributions each may have been rounded again.
    const rounding = parts.length > 1 && !isInFull(product) ? halfUnit(product, DIGITS) : 0;
    low += Math.min(...ends) - rounding;
    high += Math.max(...ends) + rounding;
  }
  return parts.length === 0 ? [gradient, gradient] : [low, high];
}

function isInFull(number) {
  return Number.isInteger(number) && Math.abs(number) < 100_000;
}

/** The numbers that a number's text stands for: the least, the text's own, the greatest. */
function shownAs(number) {
  if (isInFull(number) || !Number.isFinite(number)) return [number];
  const shown = numberIn(short(number));
  const half = halfUnit(shown, DIGITS);
  return [shown - half, shown, shown + half];
}

/** Between which numbers a local gradient is, by its own text, and by those of what it is made of. */
function localSpan(program, run, child, position) {
  const found = shownAs(run.locals[child][position]);
  const formula = formulaOf(program, run, child, position);
  if (formula !== null) {
    const places = [...new Set(leavesOf(formula.tree).map(String))].slice(0, FEW_NUMBERS);
    let cases = [formula.at];
    for (const place of places) {
      cases = cases.flatMap((at) => withRoundings(at, place));
    }
    found.push(...cases.map((at) => numberOf(formula.tree, at)).filter(Number.isFinite));
  }
  return [Math.min(...found), Math.max(...found)];
}

function withRoundings({ out, operands }, place) {
  if (place === "out") return shownAs(out).map((other) => ({ out: other, operands }));
  const k = Number(place.split(",")[1]);
  return shownAs(operands[k]).map((other) => ({ out, operands: operands.with(k, other) }));
}

function leavesOf(tree) {
  if (!Array.isArray(tree) || tree[0] === "number" || tree[0] === "total") return [];
  if (tree[0] === "out" || tree[0] === "operand") return [tree];
  return tree.slice(1).flatMap(leavesOf);
}

/**
 * What is wrong with an answer, in a sentence that names the factor.
 *
 * `run` and `program` say what could have been mistaken for what, and `nameOf` names a Value.
 */
export function faultOf(text, i, { program, run, nameOf }) {
  const answers = readings(text);
  if (answers.length === 0) {
    return "That is no number: write 6, 6.0, 6e0, 12/2 or -.5, for instance.";
  }
  const output = nameOf(program.root);
  const parts = contributions(program, run, i);
  if (parts.length === 0) {
    return `The output changes with itself one to one: look at ${derivative(output, output)} again.`;
  }
  const what = { program, run, parts, gradient: run.gradients[i], nameOf };
  return (
    namedFault(answers, i, what, TOLERANCE) ??
    namedFault(answers, i, what, ROUNDED) ??
    unknownFault(answers[0].number, i, { parts, nameOf, output })
  );
}

/** The fault that gives an answer, within a tolerance; null if none is known. */
function namedFault(answers, i, { program, run, parts, gradient, nameOf }, tolerance) {
  if (parts.length === 0) return null;
  const output = nameOf(program.root);
  const is = (expected) =>
    answers.some(({ number }) =>
      Number.isFinite(expected)
        ? Math.abs(number - expected) <= tolerance * Math.abs(expected)
        : Object.is(number, expected),
    );
  return (
    wrongSign(is, parts, gradient, nameOf) ??
    forgottenPath(is, parts, nameOf) ??
    wrongFactor(is, i, { program, run, parts, nameOf, output })
  );
}

function wrongSign(is, parts, gradient, nameOf) {
  if (is(-gradient)) return "The sign is wrong: the size is right.";
  for (const part of parts) {
    if (parts.length > 1 && is(gradient - 2 * part.product)) {
      return `The sign of one contribution is wrong: of the one through ${nameOf(part.child)}.`;
    }
  }
  return null;
}

function forgottenPath(is, parts, nameOf) {
  if (parts.length < 2) return null;
  for (const some of subsetsOf(parts)) {
    if (is(sumOf(some))) {
      const missing = parts.filter((part) => !some.includes(part));
      const through = missing.map(({ child }) => nameOf(child)).join(", ");
      return `A path is forgotten: ${some.length} of ${parts.length} contributions are there, the one through ${through} is missing.`;
    }
  }
  return null;
}

/** Some of the parts, not all; the largest subsets first. */
function subsetsOf(parts) {
  const subsets = [];
  if (parts.length > MAX_SUBSETS) {
    for (const part of parts)
      subsets.push(
        parts.filter((other) => other !== part),
        [part],
      );
  } else {
    for (let bits = 1; bits < 2 ** parts.length - 1; bits++) {
      subsets.push(parts.filter((_, k) => bits & (1 << k)));
    }
  }
  return subsets.sort((a, b) => b.length - a.length);
}

function wrongFactor(is, i, { program, run, parts, nameOf, output }) {
  const total = (product) => parts.reduce((sum, part) => sum + product(part), 0);
  const local = localGradient(parts[0], i, nameOf);
  const upstream = derivative(output, nameOf(parts[0].child));
  if (is(total((part) => part.local))) {
    return `The upstream gradient is missing: you gave ${local} alone. Multiply it by ${upstream}.`;
  }
  if (is(total((part) => part.upstream))) {
    return `The local gradient is missing: you passed the upstream gradient on as it is. Multiply by ${local}.`;
  }
  if (is(total((part) => part.upstream / part.local))) {
    return `The upstream gradient is multiplied by ${local}; you divided by it.`;
  }
  // Numbers of the same gate, or of the Values around it, in place of one factor.
  for (const [what, number] of mistakenLocals(program, run, i, parts[0])) {
    if (is(total((part) => part.upstream * number(part)))) {
      return `The local gradient is wrong: you multiplied by ${what}, but ${local} is another number.`;
    }
  }
  for (const [what, number] of [
    ["the data of the node above", (part) => run.data[part.child]],
    ["the output's data", () => run.data[program.root]],
    ["1", () => 1],
    ...Array.from(run.gradients.entries())
      .filter(([node]) => node !== i && parts.every(({ child }) => child !== node))
      .map(([node, gradient]) => [derivative(output, nameOf(node)), () => gradient]),
  ]) {
    if (is(total((part) => part.local * number(part)))) {
      return `The upstream gradient is wrong: you took ${what}, but it is ${upstream} that arrives from above.`;
    }
  }
  return null;
}

function mistakenLocals(program, run, i, { child, position }) {
  const operands = program.values[child].parents;
  const others = operands
    .map((parent, k) => [parent, k])
    .filter(([parent, k]) => parent !== i && k !== position);
  return [
    ["the node's own data", () => run.data[i]],
    ["the result's data", (part) => run.data[part.child]],
    ["the local gradient with the wrong sign", (part) => -part.local],
    ...others.map(([, k]) => [
      "the local gradient of another operand",
      (part) => run.locals[part.child][k] ?? NaN,
    ]),
    ...others.map(([parent]) => ["another operand's data", () => run.data[parent]]),
  ];
}

function unknownFault(given, i, { parts, nameOf, output }) {
  if (parts.length > 1) {
    return `Neither the sum nor a part of it: there are ${parts.length} paths. Find each contribution, upstream gradient times local gradient, then add.`;
  }
  const [{ child, upstream, local }] = parts;
  const ofLocal = localGradient(parts[0], i, nameOf);
  const ofUpstream = derivative(output, nameOf(child));
  if (upstream === 0)
    return `The upstream gradient ${ofUpstream} is 0: what does that leave of the product?`;
  if (local === 0) return `Here ${ofLocal} is 0: what does that leave of the product?`;
  return `A factor is wrong. If the upstream gradient ${ofUpstream} is right, you took ${short(given / upstream)} for ${ofLocal}: check that first.`;
}

function localGradient({ child }, i, nameOf) {
  return `the local gradient of ${nameOf(child)} with respect to ${nameOf(i)}`;
}
