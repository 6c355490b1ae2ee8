// The quiz: whether an answer is right, and if not, which factor of the chain rule is wrong.

import { readings, short } from "./numbers.js";
import { sumOf } from "./graph.js";
import { derivative } from "./steps.js";

const TOLERANCE = 1e-3;
const MAX_SUBSETS = 10; // contributions of which all subsets are tried

export function isRight(text, gradient) {
  return readings(text).some((number) => agrees(number, gradient));
}

function agrees(number, expected) {
  if (!Number.isFinite(expected)) return Object.is(number, expected);
  return Math.abs(number - expected) <= TOLERANCE * Math.abs(expected);
}

/**
 * What is wrong with an answer, in a sentence that names the factor.
 *
 * `parts` are the contributions, of which `gradient` is the sum; `nameOf` names a Value, and `run` and
 * `program` say what could have been mistaken for what.
 */
export function faultOf(text, i, { program, run, parts, gradient, nameOf }) {
  const numbers = readings(text);
  if (numbers.length === 0) {
    return "That is no number: write 6, 6.0, 6e0, 12/2 or -.5, for instance.";
  }
  const output = nameOf(program.root);
  if (parts.length === 0) {
    return `The output changes with itself one to one: look at ${derivative(output, output)} again.`;
  }
  const given = numbers[0];
  const is = (expected) => numbers.some((number) => agrees(number, expected));
  const found =
    wrongSign(is, parts, gradient, nameOf) ??
    forgottenPath(is, parts, nameOf) ??
    wrongFactor(is, i, { program, run, parts, nameOf, output });
  return found ?? unknownFault(given, i, { parts, nameOf, output });
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
  const names = (part) => ({
    local: derivative(nameOf(part.child), nameOf(i)),
    upstream: derivative(output, nameOf(part.child)),
  });
  const { local, upstream } = names(parts[0]);
  if (is(total((part) => part.local))) {
    return `The upstream gradient is missing: you gave the local gradient ${local} alone. Multiply it by ${upstream}.`;
  }
  if (is(total((part) => part.upstream))) {
    return `The local gradient is missing: you passed the upstream gradient on as it is. Multiply by ${local}.`;
  }
  if (is(total((part) => part.upstream / part.local))) {
    return `The local gradient ${local} multiplies the upstream gradient; you divided by it.`;
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
  const ofLocal = derivative(nameOf(child), nameOf(i));
  const ofUpstream = derivative(output, nameOf(child));
  if (upstream === 0)
    return `The upstream gradient ${ofUpstream} is 0: what does that leave of the product?`;
  if (local === 0)
    return `The local gradient ${ofLocal} is 0 here: what does that leave of the product?`;
  return `A factor is wrong. If the upstream gradient ${ofUpstream} is right, you took ${short(given / upstream)} for the local gradient ${ofLocal}: check that first.`;
}
