// The picture: numbers, highlights, zoom. It shows what it is told, and reports what the reader does.

import { h, s, setAttribute, setText } from "./dom.js";
import { exact, short, signOf } from "./numbers.js";
import { movedBy, pathNodes, through } from "./graph.js";
import { localText } from "./explain.js";
import { nameOf, written } from "./steps.js";

const DRAG_BEGINS = 4; // pixels: less is a click
const ZOOM = 1.25;
const READABLE = 0.95; // pixels of the window to a unit of the picture: less is hard to read
const LARGEST = 1.7; // a small graph is not blown up beyond this
const LOCK = "M0 4H7V9H0zM1.5 4V2.5a2 2 0 0 1 4 0V4"; // of a leaf that descent leaves alone

export class View {
  /** `actions` are what the reader can do here: select(value), edit(leaf, number), step(by). */
  constructor(stage, program, actions) {
    this.stage = stage;
    this.svg = stage.querySelector("svg");
    this.program = program;
    this.actions = actions;
    this.camera = new Camera(this.svg, stage);
    this.items = Array.from(this.svg.querySelectorAll("[data-value]"), (group) =>
      item(group, program),
    );
    this.boxes = Array.from(this.svg.querySelectorAll(".node")).sort(
      (a, b) => a.dataset.box - b.dataset.box,
    );
    this.edges = Array.from(this.svg.querySelectorAll(".edge"), (group) => ({
      group,
      use: program.edges[group.dataset.use],
      label: group.querySelector("text"),
    }));
    this.items.forEach(({ group }, k) => {
      group.setAttribute("role", "button");
      group.setAttribute("tabindex", k === 0 ? 0 : -1);
    });
    this.#listen();
  }

  /** Show a moment: the state, the run, the sequence of steps, and which gradients are hidden. */
  update(moment) {
    const { state, step, sequence, program, run } = moment;
    const moved = new Set(movedBy(state, program));
    for (const shown of this.items) this.#updateItem(shown, moment, moved);
    const operands = new Set(
      step.operations.flatMap((operation) => program.values[operation].parents),
    );
    const onPath = state.selected === null ? null : pathNodes(program, state.selected);
    program.boxes.forEach((box, k) => {
      const isCurrent =
        step.operations.some((operation) => box.operations.includes(operation)) ||
        (step.kind === "seed" && box.output === program.root);
      const classes = this.boxes[k].classList;
      classes.toggle("current", isCurrent);
      classes.toggle("operand", !isCurrent && operands.has(box.output) && step.kind !== "start");
      classes.toggle("backward", step.kind === "backward" || step.kind === "seed");
      classes.toggle("pending", sequence.forwardAt[box.output] > state.step);
      classes.toggle(
        "kept",
        box.operations.some((operation) => run.kept.has(operation)),
      );
      classes.toggle("off-path", onPath !== null && !onPath.has(box.output));
      if (isCurrent) this.current = this.boxes[k];
    });
    for (const edge of this.edges) this.#updateEdge(edge, moment, onPath);
    if (step.kind === "start") this.current = null;
  }

  #updateItem({ value, group, data, gradient, title, prefix, badge }, moment, moved) {
    const { state, sequence, program, run } = moment;
    const isComputed = sequence.forwardAt[value] <= state.step;
    setText(data, isComputed ? prefix + short(run.data[value]) : `${prefix}·`);
    setAttribute(data, "data-exact", isComputed ? exact(run.data[value]) : null);
    const { sum, isComplete, arrived, total } = moment.arrived(value);
    const isHidden = moment.isHidden(value);
    let text = "∂ –";
    if (isHidden && (isComplete || arrived.length > 0)) text = "∂ ?";
    else if (isComplete) text = `∂ ${short(sum)}${sum === 0 ? " ○" : ""}`;
    else if (arrived.length > 0) text = `∂ ${short(sum)}`;
    setText(gradient, text);
    setAttribute(gradient, "data-exact", isComplete && !isHidden ? exact(sum) : null);
    setAttribute(
      gradient,
      "class",
      `gradient ${isHidden ? "neutral" : signOf(sum)}${isComplete ? "" : " incomplete"}`,
    );
    const isWaiting = !isComplete && arrived.length > 0;
    const isReleased = isComplete && total > 1 && sequence.completeAt[value] === state.step;
    setText(badge.lastChild, isWaiting || isReleased ? `${arrived.length}/${total}` : "");
    badge.classList.toggle("shown", isWaiting || isReleased);
    group.classList.toggle("selected", state.selected === value);
    group.classList.toggle("edited", state.edits.has(value));
    // Of constants all know that they stay.
    const { operation, kind } = program.values[value];
    group.classList.toggle(
      "locked",
      operation === null && kind !== "constant" && !moved.has(value),
    );
    setAttribute(group, "aria-pressed", state.selected === value);
    const label = moment.described(value);
    setAttribute(group, "aria-label", label);
    setText(title, label);
  }

  #updateEdge({ group, use, label }, moment, onPath) {
    const { state, step, sequence, program, run } = moment;
    const box = program.boxes[use.box];
    const [operation, position] = use.operands[0];
    const isKnown = use.operands.every(([each]) => sequence.forwardAt[each] <= state.step);
    const local = through(program, run, box, use.operands);
    const number = use.weight === null ? local : run.data[use.weight];
    const isHidden = moment.isHidden(use.source);
    const isActive = use.operands.some(([each]) => step.operations.includes(each));
    const isSent = isActive && step.kind === "backward";
    if (label !== null) {
      let text = isKnown && !isHidden ? short(local) : "";
      const isOne = use.operands.length === 1 && box.output === operation;
      if (text && isOne) text = localText(program, run, operation, position);
      if (isSent && !isHidden && isOne) {
        text = `× ${short(run.locals[operation][position])}`;
      }
      setText(label, text);
      setAttribute(label, "class", `local ${isHidden ? "neutral" : signOf(local)}`);
    }
    const sign = isHidden && use.weight === null ? "neutral" : signOf(number);
    group.classList.toggle("positive", sign === "positive");
    group.classList.toggle("negative", sign === "negative");
    group.classList.toggle("forward", isActive && step.kind === "forward");
    group.classList.toggle("sent", isSent);
    group.classList.toggle("pending", !isKnown);
    group.classList.toggle(
      "off-path",
      onPath !== null && !(onPath.has(use.source) && onPath.has(box.output)),
    );
    const size = isHidden && use.weight === null ? 0 : Math.abs(number);
    const width = 0.6 + (size > 0 ? 2 / (1 + 1 / size) : 0);
    group.style.setProperty("--width", width.toFixed(2));
  }

  /** Bring what happens into sight. */
  follow() {
    if (this.current !== null && this.current !== undefined) this.camera.show(this.current);
  }

  focus(value) {
    const found = this.items.find((each) => each.value === value);
    if (found) this.#focusItem(found);
  }

  #focusItem(found) {
    for (const { group } of this.items)
      setAttribute(group, "tabindex", group === found.group ? 0 : -1);
    found.group.focus({ preventScroll: true });
    this.camera.show(found.group.closest(".node"));
  }

  #listen() {
    const { svg, camera, actions } = this;
    const of = (target) => {
      const group = target.closest?.("[data-value]");
      if (group) return this.items.find((each) => each.group === group);
      const box = target.closest?.(".node");
      return (
        box &&
        this.items.find(({ group: inside }) => inside.matches(".body") && box.contains(inside))
      );
    };
    svg.addEventListener("keydown", (event) => {
      const k = this.items.findIndex(({ group }) => group === event.target);
      if (k < 0 || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      const to = { ArrowDown: k + 1, ArrowUp: k - 1 }[event.key];
      if (to !== undefined) {
        this.#focusItem(this.items[Math.min(Math.max(to, 0), this.items.length - 1)]);
      } else if (event.key === "Enter" || event.key === " ") {
        actions.select(this.items[k].value);
      } else {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    });
    const pointers = new Map();
    let drag = null;
    svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      // The keyboard's focus stays: Space is to play on after a click into the picture.
      event.preventDefault();
      pointers.set(event.pointerId, event);
      const found = of(event.target);
      const isLeaf = found && this.program.values[found.value].operation === null;
      drag =
        pointers.size > 1
          ? { kind: "pinch" }
          : { kind: "click", found, isLeaf, x: event.clientX, y: event.clientY, start: null };
      svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener("pointermove", (event) => {
      if (!pointers.has(event.pointerId) || drag === null) return;
      const before = pointers.get(event.pointerId);
      if (drag.kind === "pinch") {
        const [other] = [...pointers]
          .filter(([id]) => id !== event.pointerId)
          .map(([, each]) => each);
        if (other) camera.pinch(before, event, other);
      } else {
        const moved = Math.hypot(event.clientX - drag.x, event.clientY - drag.y);
        if (drag.kind === "click" && moved >= DRAG_BEGINS) {
          drag.kind = drag.isLeaf ? "scrub" : "pan";
          if (drag.isLeaf) actions.select(drag.found.value, { always: true });
          drag.start = drag.isLeaf ? actions.dataOf(drag.found.value) : null;
        }
        if (drag.kind === "pan")
          camera.pan(event.clientX - before.clientX, event.clientY - before.clientY);
        if (drag.kind === "scrub") {
          actions.edit(drag.found.value, scrubbed(drag.start, event.clientX - drag.x));
        }
      }
      pointers.set(event.pointerId, event);
    });
    const end = (event) => {
      if (!pointers.delete(event.pointerId)) return;
      if (event.type === "pointerup" && drag?.kind === "click") {
        if (drag.found) actions.select(drag.found.value);
        else actions.select(null);
      }
      if (pointers.size === 0) drag = null;
    };
    svg.addEventListener("pointerup", end);
    svg.addEventListener("pointercancel", end);
    svg.addEventListener(
      "wheel",
      (event) => {
        // In a frame the wheel is the notebook's, unless it is meant for us.
        if (window.top !== window.self && !event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        const speed = event.ctrlKey ? 0.01 : 0.0015;
        camera.zoom(Math.exp(-event.deltaY * speed), event.clientX, event.clientY);
      },
      { passive: false },
    );
    const buttons = h(
      "div",
      { class: "zoom", role: "group", "aria-label": "Zoom" },
      h(
        "button",
        {
          type: "button",
          title: "Zoom in (+)",
          "aria-label": "Zoom in",
          click: () => this.zoom(1),
        },
        "+",
      ),
      h(
        "button",
        {
          type: "button",
          title: "Zoom out (−)",
          "aria-label": "Zoom out",
          click: () => this.zoom(-1),
        },
        "−",
      ),
      h(
        "button",
        {
          type: "button",
          title: "Show all (0)",
          "aria-label": "Show the whole graph",
          click: () => camera.showAll(),
        },
        "⤢",
      ),
    );
    this.stage.append(buttons);
  }

  zoom(direction) {
    this.camera.zoom(ZOOM ** direction);
  }
}

/** A Value where it stands in the picture. */
function item(group, program) {
  const value = Number(group.dataset.value);
  const gradient = group.querySelector(".gradient");
  // On the edge of the box, in the gradient's row: there it hides no text.
  const { x, width } = group.matches(".pin:not(.bias)")
    ? group.querySelector(".target").getBBox()
    : group.closest(".node").querySelector("path, polygon").getBBox();
  const row = Number(gradient.getAttribute("y")) - 4;
  const badge = s(
    "g",
    { class: "badge", transform: `translate(${x + width} ${row})`, "aria-hidden": "true" },
    s("rect", { x: -12, y: -6.5, width: 24, height: 13, rx: 6.5 }),
    s("text", { y: 3.2, "font-size": 9 }),
  );
  group.append(badge);
  const title = s("title");
  group.prepend(title);
  if (program.values[value].operation === null) {
    group.classList.add("editable");
    const target = group.querySelector(".target").getBBox();
    const place = `translate(${target.x + target.width - 8} ${target.y + 1})`;
    group.append(s("path", { class: "lock", d: LOCK, transform: place, "aria-hidden": "true" }));
  }
  return {
    value,
    group,
    title,
    badge,
    data: group.querySelector(".data"),
    gradient,
    prefix: group.matches(".bias") ? "b " : "",
  };
}

/** A number moved by a drag: a pixel is a hundredth of its size, or nearly, and results are round. */
function scrubbed(start, pixels) {
  const base = Number.isFinite(start) ? start : 0;
  const size = 10 ** Math.floor(Math.log10(Math.max(Math.abs(base), 0.1) * 2));
  const unit = size / 50;
  const digits = Math.max(0, 2 - Math.floor(Math.log10(size)));
  return Number((Math.round(base / unit + pixels) * unit).toFixed(Math.min(digits, 12)));
}

/** Which part of the picture is seen. */
class Camera {
  constructor(svg, stage) {
    this.svg = svg;
    this.stage = stage;
    const [x, y, width, height] = svg.getAttribute("viewBox").split(/\s+/).map(Number);
    this.whole = { x, y, width, height };
    this.isFitted = true;
    this.fit();
    new ResizeObserver(() => this.#resize()).observe(stage);
  }

  get #window() {
    return { width: this.stage.clientWidth || 1, height: this.stage.clientHeight || 1 };
  }

  /** The whole graph. */
  fit() {
    const { width, height } = this.#window;
    const margin = 10;
    const scale = Math.min(
      LARGEST,
      width / (this.whole.width + 2 * margin),
      height / (this.whole.height + 2 * margin),
    );
    const x = this.whole.x + this.whole.width / 2 - width / scale / 2;
    const y = this.whole.y + this.whole.height / 2 - height / scale / 2;
    this.#set(x, y, scale);
    this.isFitted = true;
  }

  /** The whole graph, because the reader wants to see it: what happens then moves nothing. */
  showAll() {
    this.fit();
    this.isWanted = true;
  }

  zoom(factor, clientX, clientY) {
    const box = this.svg.getBoundingClientRect();
    const atX = clientX === undefined ? box.width / 2 : clientX - box.left;
    const atY = clientY === undefined ? box.height / 2 : clientY - box.top;
    const scale = Math.min(Math.max(this.scale * factor, 0.05), 12);
    this.#set(
      this.x + atX / this.scale - atX / scale,
      this.y + atY / this.scale - atY / scale,
      scale,
    );
  }

  pan(dx, dy) {
    this.#set(this.x - dx / this.scale, this.y - dy / this.scale, this.scale);
  }

  pinch(before, after, other) {
    const distance = (a) => Math.hypot(a.clientX - other.clientX, a.clientY - other.clientY) || 1;
    const middle = (a) => [(a.clientX + other.clientX) / 2, (a.clientY + other.clientY) / 2];
    const [x, y] = middle(after);
    const [oldX, oldY] = middle(before);
    this.pan(x - oldX, y - oldY);
    this.zoom(distance(after) / distance(before), x, y);
  }

  /** Move, and enlarge if need be, so that an element can be seen and read. */
  show(element) {
    const { width, height } = this.#window;
    const box = element.getBoundingClientRect();
    const seen = this.svg.getBoundingClientRect();
    const isInside =
      box.left >= seen.left &&
      box.right <= seen.right &&
      box.top >= seen.top &&
      box.bottom <= seen.bottom;
    const isReadable = this.scale >= READABLE * 0.75 || !this.isFitted || this.isWanted;
    if (isInside && isReadable) return;
    const centreX = this.x + ((box.left + box.right) / 2 - seen.left) / this.scale;
    const centreY = this.y + ((box.top + box.bottom) / 2 - seen.top) / this.scale;
    const scale = isReadable ? this.scale : READABLE;
    this.#set(centreX - width / scale / 2, centreY - height / scale / 2, scale);
  }

  #resize() {
    if (this.isWanted) this.showAll();
    else if (this.isFitted) this.fit();
    else this.#keepCentre();
  }

  #keepCentre() {
    const { width, height } = this.#window;
    const [, , oldWidth, oldHeight] = this.svg.getAttribute("viewBox").split(" ").map(Number);
    const x = this.x + oldWidth / 2 - width / this.scale / 2;
    const y = this.y + oldHeight / 2 - height / this.scale / 2;
    this.#set(x, y, this.scale);
  }

  #set(x, y, scale) {
    Object.assign(this, { x, y, scale, isFitted: false, isWanted: false });
    const { width, height } = this.#window;
    this.svg.setAttribute("viewBox", `${x} ${y} ${width / scale} ${height / scale}`);
  }
}

/** What a node is, for those who hover or listen: its formula, its numbers. */
export function described(moment, i) {
  const { program, run, state, sequence } = moment;
  const value = program.values[i];
  const called = (each) => nameOf(program, run, each);
  const name = value.label ?? called(i);
  const parts = [name];
  if (value.operation === null) parts.push(value.kind === "leaf" ? "leaf" : value.kind);
  else {
    const operands = value.parents.map(called);
    parts.push(`= ${written(program.operations[value.operation], operands)}`);
  }
  if (sequence.forwardAt[i] <= state.step) parts.push(`value ${exact(run.data[i])}`);
  else parts.push("not computed yet");
  const { sum, isComplete, arrived, total } = moment.arrived(i);
  if (moment.isHidden(i) && arrived.length + isComplete > 0) parts.push("gradient hidden");
  else if (isComplete) parts.push(`gradient ${exact(sum)}`);
  else if (arrived.length > 0) {
    parts.push(`gradient so far ${exact(sum)}, ${arrived.length} of ${total} contributions`);
  }
  if (run.kept.has(i)) parts.push("recorded value, from before the edit");
  return parts.join(", ");
}
