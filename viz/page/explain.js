// Why a local gradient is what it is: its formula, with the operands' names, then with their numbers.

import { short } from "./numbers.js";
import { atom } from "./steps.js";

const [SUM, PRODUCT, POWER, ATOM] = [1, 2, 3, 4]; // how tightly a text binds
const ARITHMETIC = {
  "+": [" + ", SUM],
  "-": [" − ", SUM],
  "*": ["·", PRODUCT],
  "/": [" / ", PRODUCT],
  "//": [" // ", PRODUCT],
  "%": [" % ", PRODUCT],
};
const COMPARISONS = { "<": " < ", "<=": " ≤ ", ">": " > ", ">=": " ≥ ", "≠": " ≠ ", "=": " = " };
const OTHERWISE = { "<": ">=", "<=": ">", ">": "<=", ">=": "<" };
const FUNCTIONS = {
  abs: Math.abs,
  cos: Math.cos,
  cosh: Math.cosh,
  exp: Math.exp,
  log: Math.log,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  sign: Math.sign,
  sin: Math.sin,
  sinh: Math.sinh,
  sqrt: Math.sqrt,
  tanh: Math.tanh,
};
const MANY_FACTORS = 6; // factors of a product are shown up to this many

/**
 * The formula of a local gradient as a tree, for the numbers that there are: of a choice the branch taken.
 *
 * `conditions` are those that decided. Null if there is no formula.
 */
export function formulaOf(program, run, i, position) {
  const { parents, operation } = program.values[i];
  const entry = program.operations[operation];
  const at = { out: run.data[i], operands: parents.map((parent) => run.data[parent]) };
  const tree = entry.localTrees?.[position] ?? ofVector(entry.entry, at, position);
  if (tree === null) return null;
  const conditions = [];
  return { tree: decided(tree, at, conditions), conditions, at };
}

/** Entries of vectors, of any length. */
function ofVector(entry, { operands }, position) {
  const n = operands.length;
  const half = n >> 1;
  if (entry === "sum") return 1;
  if (entry === "mean") return ["/", 1, n];
  if (entry === "dot") {
    if (position === 2 * half) return 1;
    return ["operand", position < half ? position + half : position - half];
  }
  if (entry === "prod" && n <= MANY_FACTORS + 1) {
    const others = operands.map((_, k) => ["operand", k]).filter((_, k) => k !== position);
    return others.length > 0 ? others.reduce((one, other) => ["*", one, other]) : 1;
  }
  if (entry === "logsumexp") return probability(operands, position, ["out"]);
  if (entry === "cross_entropy" && position > 0) {
    const found = probability(operands.slice(1), position - 1, null, 1);
    return operands[0] === position - 1 && found !== null ? ["-", found, 1] : found;
  }
  return null;
}

/** The softmax of one of some numbers, operands from a place on; by their logsumexp if they are large. */
function probability(numbers, k, logsumexp, from = 0) {
  const total = numbers.reduce((sum, x) => sum + Math.exp(x), 0);
  const own = ["operand", k + from];
  if (total > 0 && total < Infinity && Math.exp(numbers[k]) > 0) {
    return ["/", ["exp", own], ["total", "Σ exp", total]];
  }
  return logsumexp && ["exp", ["-", own, logsumexp]];
}

/** A local gradient as it stands on its edge: "p" if it is a probability. So does `local_text` of dot.py. */
export function localText(program, run, i, position) {
  const { parents, operation } = program.values[i];
  const { entry } = program.operations[operation];
  const local = short(run.locals[i][position]);
  if (entry === "logsumexp") return `p ${local}`;
  if (entry !== "cross_entropy") return local;
  if (position === 0) return "class";
  const isTrue = run.data[parents[0]] === position - 1;
  return isTrue ? `p ${short(Math.exp(-run.data[i]))} − 1` : `p ${local}`;
}

/** A tree without choices, and what decided them. */
function decided(tree, at, conditions) {
  if (!Array.isArray(tree) || tree[0] === "number" || tree[0] === "total") return tree;
  if (tree[0] !== "if") return tree.map((part) => decided(part, at, conditions));
  const [, [comparison, left, right], body, otherwise] = tree;
  const [a, b] = [numberOf(left, at), numberOf(right, at)];
  const holds = { "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b }[comparison];
  // Of a nan, no comparison holds: nothing is because of it.
  if (!Number.isNaN(a + b)) {
    conditions.push([holds ? comparison : OTHERWISE[comparison], left, right]);
  }
  return decided(holds ? body : otherwise, at, conditions);
}

/** A tree's number; NaN if it needs a function that is not known here. */
export function numberOf(tree, at) {
  if (!Array.isArray(tree)) return tree;
  const [kind, ...parts] = tree;
  if (kind === "out") return at.out;
  if (kind === "operand") return at.operands[parts[0]];
  if (kind === "number" || kind === "total") return Number(parts[1]);
  const [a, b] = parts.map((part) => numberOf(part, at));
  if (kind === "+") return a + b;
  if (kind === "-") return a - b;
  if (kind === "*") return a * b;
  if (kind === "/") return a / b;
  if (kind === "**") return a ** b;
  if (kind === "//") return Math.floor(a / b);
  if (kind === "%") return a - b * Math.floor(a / b);
  if (kind === "neg") return -a;
  return FUNCTIONS[kind]?.(a) ?? NaN;
}

/** A tree as text, with what `nameOf` calls an operand or the result, and its numbers short. */
function formulaText(tree, nameOf, times) {
  const operand = (part, least) => {
    const [text, binding] = write(part);
    return binding < least || text.startsWith("−") ? `(${text})` : text;
  };
  const write = (part) => {
    if (!Array.isArray(part)) return [short(part), ATOM];
    const [kind, ...parts] = part;
    if (kind === "out" || kind === "operand" || kind === "total") return [nameOf(part), ATOM];
    if (kind === "number") return [parts[0], ATOM];
    if (kind === "neg") return [`−${operand(parts[0], PRODUCT)}`, SUM];
    if (kind === "**") return [`${operand(parts[0], ATOM)}^${operand(parts[1], ATOM)}`, POWER];
    if (kind === "*" && JSON.stringify(parts[0]) === JSON.stringify(parts[1])) {
      return [`${operand(parts[0], ATOM)}²`, POWER];
    }
    if (ARITHMETIC[kind]) {
      const [sign, binding] = ARITHMETIC[kind];
      const [first, itsBinding] = write(parts[0]);
      const left = itsBinding < binding && !first.startsWith("−") ? `(${first})` : first;
      const shown = kind === "*" ? times : sign;
      return [`${left}${shown}${operand(parts[1], binding + 1)}`, binding];
    }
    return [`${kind}(${parts.map((each) => write(each)[0]).join(", ")})`, ATOM];
  };
  return write(tree)[0];
}

/**
 * Why a local gradient is what it is: texts that are equal to it, and what decided between branches.
 *
 * Of a sigmoid: ["s·(1 − s)", "0.731 × (1 − 0.731)", "0.731 × 0.269"]; of a ReLU "z = 2 > 0".
 */
export function reasonOf(program, run, i, position, nameOf) {
  const formula = formulaOf(program, run, i, position);
  const result = short(run.locals[i][position]);
  if (formula === null)
    return { texts: [], because: reasonOfChoice(program, run, i, position, nameOf) };
  const { tree, conditions, at } = formula;
  const { parents } = program.values[i];
  const name = ([kind, k]) =>
    kind === "total" ? k : atom(nameOf(kind === "out" ? i : parents[k]));
  const number = (leaf) => short(numberOf(leaf, at));
  const texts = [
    formulaText(tree, name, "·"),
    formulaText(tree, number, " × "),
    formulaText(asNumbers(tree, at), number, " × "),
  ];
  const different = texts.filter((text, k) => texts.indexOf(text) === k && text !== result);
  const because = conditions.map(withoutAbs).map(([comparison, left, right]) =>
    [left, right]
      .map((side) => {
        const [named, shown] = [formulaText(side, name, "·"), formulaText(side, number, " × ")];
        return named === shown ? shown : `${named} = ${shown}`;
      })
      .join(COMPARISONS[comparison]),
  );
  return { texts: different, because: [...new Set(because)].join(" and ") || null };
}

/** The table asks for abs(x) > 0 where it means x ≠ 0. */
function withoutAbs([comparison, left, right]) {
  if (left[0] !== "abs" || right !== 0) return [comparison, left, right];
  return [comparison === ">" ? "≠" : "=", left[1], right];
}

/** A tree of one operation, on numbers: 0.731 × 0.269. */
function asNumbers(tree, at) {
  if (!Array.isArray(tree) || !ARITHMETIC[tree[0]]) return tree;
  const [kind, ...parts] = tree;
  const numbers = parts.map((part) => numberOf(part, at));
  return numbers.some(Number.isNaN) ? tree : [kind, ...numbers];
}

const SUPERLATIVES = { max: "the largest", min: "the smallest" };

/** Why an operand that was one of several has a slope of 1, or 0. */
function reasonOfChoice(program, run, i, position, nameOf) {
  const { parents, operation } = program.values[i];
  const { entry } = program.operations[operation];
  const chosen = run.locals[i].findIndex((local) => local !== 0);
  if (entry === undefined || chosen < 0 || run.locals[i][chosen] !== 1) return null;
  const name = `${nameOf(parents[chosen])} = ${short(run.data[parents[chosen]])}`;
  if (SUPERLATIVES[entry]) return `${name} is ${SUPERLATIVES[entry]}`;
  if (entry !== "select" && entry !== "take") return null;
  return chosen === position ? "it is the one chosen" : `${name} is the one chosen`;
}
