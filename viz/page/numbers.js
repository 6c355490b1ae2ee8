// Numbers as pictures write them, and as readers type them.

export const MINUS = "−";

/** To 3 significant digits, with a true minus sign; integers below 100,000 in full. */
export function short(number) {
  if (number === 0) return "0"; // -0 too
  if (Number.isNaN(number)) return "nan";
  if (!Number.isFinite(number)) return number > 0 ? "inf" : `${MINUS}inf`;
  if (Number.isInteger(number) && Math.abs(number) < 100_000) return signed(String(number));
  const [digits, exponent] = rounded(Math.abs(number));
  let text;
  if (exponent < -4 || exponent >= 3) {
    text = `${withPoint(digits, 1)}e${signed(String(exponent))}`;
  } else if (exponent < 0) {
    text = withPoint("0".repeat(-exponent) + digits, 1);
  } else {
    text = withPoint(digits, exponent + 1);
  }
  return (number < 0 ? MINUS : "") + text;
}

/** The three leading digits and the decimal exponent; halfway cases go to the even digit. */
function rounded(size) {
  const [exact, power] = size.toExponential(60).split("e");
  const all = exact.replace(".", "");
  let digits = Number(all.slice(0, 3));
  let exponent = Number(power);
  const rest = all.slice(3);
  const isHalf = /^50*$/.test(rest);
  if (isHalf ? digits % 2 === 1 : rest[0] >= "5") digits += 1;
  if (digits === 1000) {
    digits = 100;
    exponent += 1;
  }
  return [String(digits), exponent];
}

function withPoint(digits, position) {
  const fraction = digits.slice(position).replace(/0+$/, "");
  return digits.slice(0, position) + (fraction && `.${fraction}`);
}

function signed(text) {
  return text.replace("-", MINUS);
}

/** With all its digits. */
export function exact(number) {
  if (Number.isNaN(number)) return "nan";
  if (!Number.isFinite(number)) return number > 0 ? "inf" : "-inf";
  return Object.is(number, -0) ? "0" : String(number);
}

/** "positive", "negative", or "neutral" for 0 and nan. */
export function signOf(number) {
  return number > 0 ? "positive" : number < 0 ? "negative" : "neutral";
}

/** To six digits, for differences. */
export function precise(number) {
  return Number.isFinite(number)
    ? String(Number(number.toPrecision(7))).replace("-", MINUS)
    : short(number);
}

/** Half a unit in a number's so many-th digit: what it may lose when it is rounded to so many digits. */
export function halfUnit(number, digits) {
  const size = Math.abs(number);
  return size > 0 && size < Infinity ? 0.5 * 10 ** (Math.floor(Math.log10(size)) + 1 - digits) : 0;
}

/** Two numbers as texts with as many digits as show the difference: to 3 at least, and 2 of its own. */
export function apart(before, after) {
  const size = Math.max(Math.abs(before), Math.abs(after));
  const difference = Math.abs(after - before);
  if (!(difference > 0 && size < Infinity)) return [short(before), short(after)];
  const places = Math.floor(Math.log10(size)) - Math.floor(Math.log10(difference));
  const digits = Math.min(Math.max(3, places + 2), 17);
  return [before, after].map((number) => toDigits(number, digits - leadOf(size, number)));
}

/** By how many digits a number is shorter than one of this size. */
function leadOf(size, number) {
  if (number === 0) return 0;
  return Math.floor(Math.log10(size)) - Math.floor(Math.log10(Math.abs(number)));
}

function toDigits(number, digits) {
  if (digits <= 3) return short(number);
  return signed(String(Number(number.toPrecision(Math.min(digits, 17)))));
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const WRITTEN = [
  [/½/g, "(1/2)"],
  [/¼/g, "(1/4)"],
  [/¾/g, "(3/4)"],
  [
    /([⁻⁺]?)([⁰¹²³⁴⁵⁶⁷⁸⁹]+)/g,
    (_, sign, digits) =>
      `^(${sign === "⁻" ? "-" : ""}${[...digits].map((d) => SUPERSCRIPTS.indexOf(d)).join("")})`,
  ],
  [/[−–—－﹣‐‑‒]/g, "-"],
  [/[×·⋅∙∗]|(?<=[\d.)])\s*x\s*(?=[\d.(+-])/g, "*"],
  [/[÷⁄∕]/g, "/"],
  [/∞/g, "inf"],
  [/\*\*/g, "^"],
];
const TOKEN = /\s*(?:(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)|(inf|nan)|([-+*/^()]))/y;

const LITERAL = /^[+-]?\s*(?:\d+\.?(\d*)|\.(\d+))(?:e([+-]?\d+))?$/;

/**
 * What a text may mean as a number: 6, 6.0, 6e0, 12/2, -.5, 2*3, 3^2, (1+2)/4, 1,5, 2·10⁻³, ≈ 0.2.
 *
 * A comma is a decimal point, or between groups of three digits nothing: both are returned where both
 * are possible. No number: an empty list. `unit` is that of the last digit, null of what is calculated.
 */
export function readings(text) {
  let plain = text.trim().toLowerCase();
  for (const [shown, sign] of WRITTEN) plain = plain.replace(shown, sign);
  // Digits and signs of another width, as Korean keyboards have them.
  plain = plain.normalize("NFKC").replace(/^.*[=≈~]/s, "");
  const candidates = [plain];
  if (plain.includes(",")) {
    candidates.length = 0;
    if (!/,\d*,|\.\d*,|,\d*\./.test(plain)) candidates.push(plain.replaceAll(",", "."));
    if (/^[^,]*(?<![\d.,])\d{1,3}(,\d{3})+(?!\d)[^,]*$/.test(plain)) {
      candidates.push(plain.replaceAll(",", ""));
    }
  }
  return candidates
    .map((candidate) => ({ number: calculated(candidate), unit: unitOf(candidate.trim()) }))
    .filter(({ number }) => number !== null);
}

function unitOf(text) {
  const found = LITERAL.exec(text);
  if (found === null) return null;
  const [, decimals = "", others = "", exponent = "0"] = found;
  return 10 ** (Number(exponent) - decimals.length - others.length);
}

/** The number that a reader typed, in any notation; null if it is none. */
export function numberIn(text) {
  const number = readings(text)[0]?.number ?? NaN;
  return Number.isNaN(number) ? null : number;
}

/** The value of an expression; null if it is none. */
function calculated(text) {
  const tokens = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const found = TOKEN.exec(text);
    if (found === null || tokens.length > 100) return null;
    const [, number, word, sign] = found;
    tokens.push(
      number !== undefined ? Number(number) : word ? { inf: Infinity, nan: NaN }[word] : sign,
    );
  }
  let next = 0;
  let isWrong = tokens.length === 0;

  function sum() {
    let total = product();
    while (tokens[next] === "+" || tokens[next] === "-") {
      total = tokens[next++] === "+" ? total + product() : total - product();
    }
    return total;
  }
  function product() {
    let total = factor();
    while (tokens[next] === "*" || tokens[next] === "/") {
      total = tokens[next++] === "*" ? total * factor() : total / factor();
    }
    return total;
  }
  function factor() {
    if (tokens[next] === "-" || tokens[next] === "+") {
      return tokens[next++] === "-" ? -factor() : factor();
    }
    const base = atom();
    if (tokens[next] !== "^") return base;
    next++;
    return base ** factor();
  }
  function atom() {
    const token = tokens[next++];
    if (typeof token === "number") return token;
    if (token === "(") {
      const inner = sum();
      if (tokens[next++] === ")") return inner;
    }
    isWrong = true;
    return NaN;
  }

  const result = sum();
  return isWrong || next !== tokens.length ? null : result;
}
