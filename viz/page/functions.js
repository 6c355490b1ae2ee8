// What the derivative table is written in and JavaScript's Math lacks, written by hand.
//
// javascript.py copies into a page what it uses of this file, declaration by declaration, with the
// comment before each. A blank line that is followed by a line at the margin ends a declaration.

// x ** y as C has it: 1 to any power is 1, and so is -1 to an infinite one. JavaScript says NaN.
const power = (x, y) => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y);

// x % y as Python has it: the rest has the sign of y. JavaScript's has the sign of x.
const mod = (x, y) => {
  const rest = x % y;
  if (rest === 0) return y < 0 ? -0 : 0;
  return rest < 0 !== y < 0 ? rest + y : rest;
};

// x // y as Python has it: ⌊x / y⌋ without the rounding of x / y.
const floorDivide = (x, y) => {
  if (y === 0) return x / y;
  const rest = x % y;
  const quotient = (x - rest) / y - (rest !== 0 && rest < 0 !== y < 0 ? 1 : 0);
  return quotient === 0 ? 0 * (x / y) : Math.round(quotient);
};

const exp2 = (x) => 2 ** x;

// From here on the fraction converges, while up to here 1 - erf(x) loses no two digits.
const ERF_LIMIT = 1.5;

// 2/√π · x · e^(-x²) · Σ (2x²)ᵏ / (1·3·5···(2k + 1)), of positive terms, so that nothing cancels.
const erfBySeries = (x) => {
  let term = 1;
  let series = 1;
  for (let k = 1; term > 1e-17 * series; k++) {
    term *= (2 * x * x) / (2 * k + 1);
    series += term;
  }
  return (2 / Math.sqrt(Math.PI)) * x * Math.exp(-x * x) * series;
};

// e^(-x²) / √π / (x + ½/(x + 1/(x + 1½/(x + ...)))), for x from ERF_LIMIT on.
const erfcByFraction = (x) => {
  let fraction = x;
  for (let k = 100; k > 0; k--) fraction = x + k / 2 / fraction;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
};

const erf = (x) => {
  if (x >= ERF_LIMIT) return 1 - erfcByFraction(x);
  return x <= -ERF_LIMIT ? erfcByFraction(-x) - 1 : erfBySeries(x);
};

const erfc = (x) => {
  if (x >= ERF_LIMIT) return erfcByFraction(x);
  return x <= -ERF_LIMIT ? 2 - erfcByFraction(-x) : 1 - erfBySeries(x);
};

const argmax = (xs) =>
  xs.reduce((best, x, i) => (Number.isNaN(xs[best]) || x <= xs[best] ? best : i), 0);

const argmin = (xs) =>
  xs.reduce((best, x, i) => (Number.isNaN(xs[best]) || x >= xs[best] ? best : i), 0);

const largest = (xs) => xs[argmax(xs)];

const smallest = (xs) => xs[argmin(xs)];

const oneHot = (index, xs) => xs.map((_, i) => (i === index ? 1 : 0));

const put = (index, x, xs) => xs.map((other, i) => (i === index ? x : other));

// The element that a number counts from 0; NaN if there is none.
const at = (index, xs) => xs[index] ?? NaN;

// The exact sum, rounded once, as Python's math.fsum (Shewchuk 1997). If a partial sum overflows,
// it is no finite number.
const exactSum = (xs) => {
  // Numbers of growing size, no two of which share a digit. Together they are the sum so far.
  const partials = [];
  for (const x of xs) {
    let total = x;
    let kept = 0;
    for (const partial of partials.slice()) {
      const isLess = Math.abs(total) < Math.abs(partial);
      const [large, small] = isLess ? [partial, total] : [total, partial];
      total = large + small;
      const lost = small - (total - large);
      if (lost !== 0) partials[kept++] = lost;
    }
    partials.length = kept;
    if (total !== 0) partials.push(total);
  }
  let total = partials.pop() ?? 0;
  while (partials.length > 0) {
    const large = total;
    const small = partials.pop();
    total = large + small;
    const lost = small - (total - large);
    if (lost !== 0) {
      // Half way between two numbers, the next partial sum decides.
      const other = total + 2 * lost;
      const isHalfWay = other - total === 2 * lost;
      return isHalfWay && Math.sign(lost) === Math.sign(partials.pop() ?? 0) ? other : total;
    }
  }
  return total;
};

const sum = (xs) => {
  if (!xs.every(Number.isFinite)) {
    return xs.filter((x) => !Number.isFinite(x)).reduce((one, other) => one + other);
  }
  const total = exactSum(xs);
  return Number.isFinite(total) ? total : 2 ** 64 * exactSum(xs.map((x) => x * 2 ** -64));
};

const mean = (xs) => {
  const total = exactSum(xs);
  return Number.isFinite(total) ? total / xs.length : sum(xs.map((x) => x / xs.length));
};

// x as [mantissa, exponent], the mantissa so near 1 that the product of two is a normal number.
const scaled = (x) => {
  if (x === 0 || !Number.isFinite(x)) return [x, 0];
  const exponent = Math.max(-1022, Math.floor(Math.log2(Math.abs(x))) + 1);
  return [x * 2 ** -exponent, exponent];
};

// In two halves, since 2 ** exponent itself may overflow or underflow.
const unscaled = ([mantissa, exponent]) => {
  const limited = Math.max(-2044, Math.min(2044, exponent));
  const half = Math.trunc(limited / 2);
  return mantissa * 2 ** half * 2 ** (limited - half);
};

const scaledProduct = ([a, i], [b, j]) => {
  const [mantissa, exponent] = scaled(a * b);
  return [mantissa, exponent + i + j];
};

const prod = (xs) => unscaled(xs.map(scaled).reduce(scaledProduct, [1, 0]));

// The products of the first 0, 1, 2, ... of some numbers.
const scaledProducts = (xs) => {
  const products = [[1, 0]];
  for (const x of xs) products.push(scaledProduct(products.at(-1), x));
  return products;
};

// For each element the product of all the others.
const productsOfOthers = (xs) => {
  const numbers = xs.map(scaled);
  const before = scaledProducts(numbers);
  const after = scaledProducts(numbers.reverse());
  return xs.map((_, i) => unscaled(scaledProduct(before[i], after[xs.length - 1 - i])));
};

const dot = (weights, inputs, ...bias) => {
  const terms = [...weights.map((w, i) => w * inputs[i]), ...bias];
  if (![...weights, ...inputs, ...bias].every(Number.isFinite)) return sum(terms);
  const total = exactSum(terms);
  if (Number.isFinite(total)) return total;
  // Products or partial sums have overflowed; the whole need not.
  const half = 2 ** -550;
  const products = weights.map((w, i) => w * half * (inputs[i] * half));
  return unscaled([exactSum([...products, ...bias.map((b) => b * half * half)]), 1100]);
};

// log Σ e^x, without overflow, and without losing a small result beside 1.
const logsumexp = (xs) => {
  const top = largest(xs);
  if (Math.abs(top) === Infinity) return top;
  return top + Math.log1p(exactSum([-1, ...xs.map((x) => Math.exp(x - top))]));
};

// log Σ e^x - xs[index], with all of its digits however large or small it is.
const crossEntropy = (index, xs) => {
  const top = largest(xs);
  const belowTop = xs.map((x) => x - top);
  return logsumexp(belowTop) - at(index, belowTop);
};
