// The step: what its gate computes, or passes back, as equations with numbers.

import { Card } from "./card.js";
import { h } from "./dom.js";
import { contributions, sumOf } from "./graph.js";
import { reasonOf } from "./explain.js";
import { short } from "./numbers.js";
import { bracketed, derivative, patternOf, written } from "./steps.js";

const MANY_LINES = 12; // equations that are shown at once; the others unfold
const LONG_TITLE = 40; // letters
const FEW_OPERANDS = 5; // each of which has its equation in full
const MANY_SUMS = 6; // running sums that are all shown

export class StepCard extends Card {
  constructor(...given) {
    super("step", ...given);
  }

  update(moment) {
    this.moment = moment;
    this.element.replaceChildren(...this.#parts());
  }

  title() {
    const { step } = this.moment;
    const root = this.name(this.program.root);
    if (step.kind === "start") return "The leaves have their data";
    if (step.kind === "seed") return `Backward begins at ${root}`;
    const box = this.#boxOf(step.node);
    const { parents, operation } = this.program.values[step.node];
    const names = parents.map((parent) => this.name(parent));
    let what = `${this.name(step.node)} = ${written(this.program.operations[operation], names)}`;
    if (box.title && step.operations.length > 1) what = `${this.name(step.node)}, ${box.title}`;
    else if (what.length > LONG_TITLE) what = this.name(step.node);
    return step.kind === "forward" ? `Forward: ${what}` : `Backward through ${what}`;
  }

  #boxOf(operation) {
    return this.program.boxes.find((box) => box.operations.includes(operation));
  }

  #parts() {
    const { step, state, sequence } = this.moment;
    const count = `Step ${state.step} of ${sequence.steps.length - 1}`;
    const parts = [h("p", { class: "count" }, count), h("h2", { id: "step-title" }, this.title())];
    if (step.kind === "start") parts.push(...this.#startParts());
    if (step.kind === "forward") parts.push(...this.#forwardParts(step));
    if (step.kind === "seed") parts.push(...this.#seedParts());
    if (step.kind === "backward") parts.push(...this.#backwardParts(step));
    const notice = this.#keptNotice();
    return notice ? [...parts, notice] : parts;
  }

  #startParts() {
    const root = this.name(this.program.root);
    return [
      h(
        "p",
        {},
        `Forward, each gate computes its value from its operands, until ${root} is known. `,
        "Then backward, each gate passes its upstream gradient on to its operands, times its local gradients.",
      ),
      h("p", {}, "Press Space or → to go on. Drag a leaf, or click any node, at any time."),
    ];
  }

  #forwardParts({ operations }) {
    const { run } = this.moment;
    return operations.flatMap((i) => {
      const { parents, operation } = this.program.values[i];
      const entry = this.program.operations[operation];
      const write = (texts) => written(entry, texts);
      const numbers = write(parents.map((parent) => bracketed(short(run.data[parent]))));
      const isShort = parents.length > FEW_OPERANDS;
      return [
        h(
          "p",
          { class: "equation" },
          `${this.name(i)} = ${write(parents.map((parent) => this.name(parent)))}`,
          h("br"),
          isShort ? "= " : `= ${numbers} → `,
          this.number(run.data[i], { tag: "strong" }),
        ),
        entry.entry === "dot" ? this.products(i) : this.#locals(i),
      ];
    });
  }

  #locals(i) {
    const { parents } = this.program.values[i];
    const lines = parents.map((_, position) => h("li", {}, this.localWithReason(i, position)));
    return h(
      "div",
      {},
      h("p", { class: "quiet" }, "Its local gradients, for the way back:"),
      unfolding(lines),
    );
  }

  #seedParts() {
    const { program } = this;
    const root = this.name(program.root);
    const one = h(
      "span",
      {},
      `${derivative(root, root)} = `,
      this.number(1, { isHidden: this.moment.isHidden(program.root), tag: "strong" }),
    );
    return [
      h("p", { class: "equation" }, one),
      h(
        "p",
        {},
        `${root} changes with itself one to one. This is the upstream gradient of the last gate, from which the way back begins.`,
      ),
    ];
  }

  #backwardParts({ operations }) {
    return operations.flatMap((i) => {
      const { parents, operation } = this.program.values[i];
      const { run } = this.moment;
      const entry = this.program.operations[operation];
      const names = parents.map((parent) => this.name(parent));
      const isShort = parents.length > FEW_OPERANDS;
      const lines = parents.map((parent, position) =>
        h(
          "li",
          { class: "equation" },
          this.#contribution(i, parent, position, isShort),
          isShort ? null : this.#reason(i, position),
        ),
      );
      const forks = [...new Set(parents)].filter((parent) => this.program.uses[parent].length > 1);
      return [
        this.#upstream(i, written(entry, names)),
        isShort ? this.#pattern(i) : null,
        unfolding(lines),
        h("p", { class: "pattern" }, patternOf(entry, run.locals[i], names)),
        ...(forks.length > 0
          ? [
              unfolding(
                forks.map((parent) => this.#fork(parent)),
                "plain forks",
              ),
            ]
          : []),
      ].filter(Boolean);
    });
  }

  /** The equation of all operands, if they are too many to write it for each. */
  #pattern(i) {
    const root = this.name(this.program.root);
    return h(
      "p",
      { class: "equation" },
      `For each operand p: ${derivative(root, "p")} += ${this.slope(i)} · local`,
    );
  }

  #upstream(i, formula) {
    const { run } = this.moment;
    const n = this.program.uses[i].length;
    const released = n > 1 ? ` All ${n} contributions have arrived, so it is released.` : "";
    return h(
      "p",
      {},
      `${this.name(i)} = ${formula} passes its upstream gradient on, ${this.slope(i)} = `,
      this.number(run.gradients[i], { isHidden: this.moment.isHidden(i) }),
      `.${released} To each operand goes a contribution, upstream gradient times local gradient:`,
    );
  }

  /** ∂L/∂a += ∂L/∂c · local₁ = 2 × 3 = 6; or in short, a: 2 × 3 = 6 */
  #contribution(i, parent, position, isShort) {
    const { run } = this.moment;
    const isHidden = this.moment.isHidden(parent);
    const local = run.locals[i][position];
    const upstream = run.gradients[i];
    const numbers = h(
      "span",
      { class: "together" },
      this.number(upstream, { isHidden: this.moment.isHidden(i) }),
      " × ",
      this.factor(local, { isHidden }),
      " = ",
      this.number(local * upstream, { isHidden, tag: "strong" }),
    );
    if (isShort) return [this.link(parent), ": ", numbers];
    return [`${this.slope(parent)} += ${this.slope(i)} · ${this.local(i, position)} = `, numbers];
  }

  /** Where a local gradient comes from, unless it is 1 or −1 whatever the numbers are. */
  #reason(i, position) {
    const { run } = this.moment;
    const nameOfValue = (each) => this.name(each);
    const { texts, because } = reasonOf(this.program, run, i, position, nameOfValue);
    const isHidden = this.moment.isHidden(this.program.values[i].parents[position]);
    if (isHidden || texts.length + (because ? 1 : 0) === 0) return null;
    return h("span", { class: "reason" }, this.localWithReason(i, position));
  }

  /** What has arrived at a Value that several operations use, each contribution on its own line. */
  #fork(i) {
    const { state, sequence } = this.moment;
    const parts = contributions(this.program, this.moment.run, i);
    const { arrived, total, isComplete, sum } = this.moment.arrived(i);
    const isHidden = this.moment.isHidden(i);
    const isTwice = ({ child }) => parts.filter((part) => part.child === child).length > 1;
    // Of many, those that arrive now are the ones to see.
    const isNow = ({ child }) => sequence.sentAt[child] === state.step;
    const now = parts.length > MANY_LINES ? parts.filter(isNow) : [];
    const listed = [...now, ...parts.filter((part) => !now.includes(part))];
    const lines = listed.map((part) => {
      const operand = isTwice(part) ? `, operand ${part.position + 1}` : "";
      const name = `through ${this.name(part.child)}${operand}: `;
      if (sequence.sentAt[part.child] > state.step)
        return h("li", { class: "waiting" }, name, "still to come");
      return h("li", {}, name, this.number(part.product, { isHidden }));
    });
    const verdict = isComplete ? "it is complete, and can be released" : "it waits";
    return h(
      "li",
      {},
      h(
        "p",
        {},
        h("strong", {}, `${arrived.length} of ${total} contributions have arrived`),
        ` at ${this.name(i)}: ${verdict}.`,
      ),
      unfolding(lines, "sum"),
      h(
        "p",
        { class: "equation total" },
        `${this.slope(i)}: `,
        isHidden ? null : this.#sums(arrived),
        this.number(sum, { isHidden, tag: "strong" }),
        isComplete ? "" : " so far",
      ),
    );
  }

  /** 0 → 1 → , the sums before the last. */
  #sums(arrived) {
    const sums = arrived.map((_, k) => sumOf(arrived.slice(0, k)));
    const shown = sums.length > MANY_SUMS ? [sums[0], null, ...sums.slice(-2)] : sums;
    return shown.map((sum) => [sum === null ? "…" : this.number(sum), " → "]);
  }

  #keptNotice() {
    const { run } = this.moment;
    if (run.kept.size === 0) return null;
    const own = [...run.kept]
      .map((i) => this.program.operations[this.program.values[i].operation])
      .find(({ isOwn }) => isOwn);
    const gradients = run.kept.has(this.program.root)
      ? " Gradients, too, are those of the recorded computation."
      : "";
    return h(
      "p",
      { class: "notice" },
      `${own.name} is an operation of your own, which only Python can compute: it, and what depends on it, keeps its recorded value.${gradients}`,
    );
  }
}

/** A list of which the first lines are seen, and the others on request. */
function unfolding(lines, classes = "plain") {
  const list = h("ul", { class: classes }, lines.slice(0, MANY_LINES));
  if (lines.length <= MANY_LINES) return list;
  const rest = h("ul", { class: classes }, lines.slice(MANY_LINES));
  return h(
    "div",
    {},
    list,
    h("details", {}, h("summary", {}, `${lines.length - MANY_LINES} more`), rest),
  );
}
