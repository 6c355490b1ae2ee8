// What a link can hold: the step, edited leaves, the selected node, answers, in the address's fragment.

const WRITING_DELAY = 200; // milliseconds: browsers limit how often an address may change

export function initialState() {
  return {
    step: 0,
    edits: new Map(),
    selected: null,
    opened: new Set(),
    answers: new Map(),
    toggled: new Set(), // leaves that the reader has locked, or unlocked, for descent
    shown: new Set(), // gradients that the reader of a quiz had shown
    rate: 0.1,
  };
}

/** The state in a fragment such as #step=7&set=3:0.25&node=4; what makes no sense there is left out. */
export function stateIn(fragment, program) {
  const state = initialState();
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const whole = (text) => (/^\d{1,9}$/.test(text ?? "") ? Number(text) : null);
  const value = (text) => {
    const i = whole(text);
    return i !== null && i < program.values.length ? i : null;
  };
  state.step = whole(given.get("step")) ?? 0;
  state.selected = value(given.get("node"));
  for (const [i, text] of pairs(given.get("set"))) {
    const leaf = value(i);
    const number = text === "" ? NaN : Number(text);
    const isNumber = text === "NaN" || !Number.isNaN(number);
    if (leaf !== null && program.values[leaf].operation === null && isNumber) {
      state.edits.set(leaf, number);
    }
  }
  for (const [i, text] of pairs(given.get("answers"))) {
    if (value(i) !== null) state.answers.set(value(i), text);
  }
  for (const i of listed(given.get("shown"))) if (value(i) !== null) state.shown.add(value(i));
  for (const i of listed(given.get("lock"))) {
    if (value(i) !== null && program.values[value(i)].operation === null) {
      state.toggled.add(value(i));
    }
  }
  for (const i of listed(given.get("open"))) if (value(i) !== null) state.opened.add(value(i));
  const rate = Number(given.get("rate")?.trim() || NaN);
  if (Number.isFinite(rate)) state.rate = rate;
  return state;
}

function listed(text) {
  return text ? text.split("_") : [];
}

function pairs(text) {
  return listed(text).map((pair) => {
    const [i, ...rest] = pair.split(":");
    return [i, rest.join(":")];
  });
}

export function fragmentOf(state) {
  const parts = [`step=${state.step}`];
  const list = (name, items) => {
    if (items.length > 0) parts.push(`${name}=${items.map(encodeURIComponent).join("_")}`);
  };
  if (state.selected !== null) parts.push(`node=${state.selected}`);
  list(
    "set",
    Array.from(state.edits, ([i, number]) => `${i}:${number}`),
  );
  list("open", [...state.opened]);
  list("lock", [...state.toggled]);
  list(
    "answers",
    Array.from(state.answers, ([i, text]) => `${i}:${text.replaceAll("_", " ")}`),
  );
  list("shown", [...state.shown]);
  if (state.rate !== 0.1) parts.push(`rate=${state.rate}`);
  return `#${parts.join("&")}`;
}

let waiting = null;

/** Write the state into the address, soon. */
export function remember(state) {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    try {
      history.replaceState(null, "", fragmentOf(state));
    } catch {
      // Within a sandboxed frame there is no address to write to.
    }
  }, WRITING_DELAY);
}
