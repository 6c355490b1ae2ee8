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

const WRITTEN = [
  [/[−–—]/g, "-"],
  [/[×·⋅]/g, "*"],
  [/÷/g, "/"],
  [/²/g, "^2"],
  [/³/g, "^3"],
  [/½/g, "(1/2)"],
  [/¼/g, "(1/4)"],
  [/∞/g, "inf"],
  [/\*\*/g, "^"],
];
const TOKEN = /\s*(?:(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)|(inf|nan)|([-+*/^()]))/y;

/**
 * What a text may mean as a number: 6, 6.0, 6e0, 12/2, -.5, 2*3, 3^2, (1+2)/4, 1,5.
 *
 * A comma is a decimal point, or between groups of three digits nothing: both are returned where both
 * are possible. No number: an empty list.
 */
export function readings(text) {
  let plain = text.trim().toLowerCase().replace(/^=\s*/, "");
  for (const [written, sign] of WRITTEN) plain = plain.replace(written, sign);
  const candidates = [plain];
  if (plain.includes(",")) {
    candidates.length = 0;
    if (!/,\d*,|\.\d*,|,\d*\./.test(plain)) candidates.push(plain.replaceAll(",", "."));
    if (/^[^,]*(?<![\d.,])\d{1,3}(,\d{3})+(?!\d)[^,]*$/.test(plain)) {
      candidates.push(plain.replaceAll(",", ""));
    }
  }
  return candidates.map(calculated).filter((number) => number !== null);
}

/** The number that a reader typed, in any notation; null if it is none. */
export function numberIn(text) {
  const number = readings(text)[0] ?? NaN;
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
