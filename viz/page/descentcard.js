// One step of gradient descent: where it moves the leaves, and what the output is then.

import { Card } from "./card.js";
import { h, setAttribute } from "./dom.js";
import { descended, evaluated, movedBy } from "./graph.js";
import { apart, exact, numberIn, short, signOf } from "./numbers.js";
import { bracketed } from "./steps.js";

const MANY_WEIGHTS = 5; // that are shown
const MANY_LOCKED = 12;

export class DescentCard extends Card {
  constructor(...given) {
    super("descent", ...given);
    this.rate = h("input", {
      id: "rate",
      type: "text",
      inputmode: "decimal",
      autocomplete: "off",
      input: () => {
        const rate = numberIn(this.rate.value) ?? NaN;
        setAttribute(this.rate, "aria-invalid", Number.isFinite(rate) ? null : "true");
        if (Number.isFinite(rate)) this.actions.setRate(rate);
      },
    });
    this.take = h(
      "button",
      { type: "button", click: () => this.actions.descend() },
      "Take the step",
    );
    this.undo = h(
      "button",
      { type: "button", class: "quiet", click: () => this.actions.restore() },
      "Restore all leaves",
    );
    this.body = h("div", {});
    this.element.append(
      h("h2", { id: "descent-title" }, "One step of gradient descent"),
      h(
        "p",
        {},
        h("label", { for: "rate" }, "learning rate "),
        this.rate,
        " ",
        this.take,
        " ",
        this.undo,
      ),
      this.body,
    );
  }

  update(moment) {
    this.moment = moment;
    const { state, sequence, run, program } = this.moment;
    if (document.activeElement !== this.rate) this.rate.value = String(state.rate);
    this.undo.disabled = state.edits.size === 0;
    const moved = movedBy(state, program);
    const isReady = state.step === sequence.steps.length - 1;
    const isHidden = moved.some((i) => this.moment.isHidden(i));
    const isKept = run.kept.has(program.root) || moved.some((i) => this.reachesOwn(i));
    this.take.disabled = !isReady || isHidden || isKept || moved.length === 0;
    this.body.replaceChildren(
      ...this.#parts(moved, { isReady, isHidden, isKept }),
      ...this.#locked(moved),
    );
  }

  /** The leaves that it leaves alone, each of which a click unlocks; constants are never in question. */
  #locked(moved) {
    const locked = this.program.values.flatMap(({ kind, operation, name }, i) =>
      operation === null && !moved.includes(i) && (kind !== "constant" || name) ? [i] : [],
    );
    if (locked.length === 0) return [];
    const more = locked.length - MANY_LOCKED;
    return [
      h(
        "p",
        { class: "quiet" },
        "Locked, as data: ",
        locked.slice(0, MANY_LOCKED).map((i) => [this.link(i), " "]),
        more > 0 ? `and ${more} more. ` : null,
        "A leaf's card unlocks it.",
      ),
    ];
  }

  #parts(moved, { isReady, isHidden, isKept }) {
    const { state, run, program } = this.moment;
    const quiet = (text) => [h("p", { class: "quiet" }, text)];
    if (moved.length === 0) {
      return quiet("There is no leaf that a step could move: all are locked, or constants.");
    }
    if (isKept) {
      return quiet(
        "A leaf's way to the output goes through an operation of your own, which only Python can compute.",
      );
    }
    if (!isReady) {
      return quiet(
        "When all gradients have arrived, at the last step, this moves each leaf that is not locked against its gradient.",
      );
    }
    if (isHidden) return quiet("First find the gradients of all leaves that it moves.");
    const root = this.name(program.root);
    const edits = descended(run, state.edits, state.rate, moved);
    const loss = evaluated(program, this.table, edits).data[program.root];
    const [lossBefore, lossAfter] = apart(run.data[program.root], loss);
    const lines = moved.slice(0, MANY_WEIGHTS).map((i) => {
      const [before, after] = apart(run.data[i], edits.get(i));
      const step = `${bracketed(short(state.rate))} × ${bracketed(short(run.gradients[i]))}`;
      return h(
        "li",
        {},
        `${this.name(i)} ← ${before} − ${step} = `,
        this.number(edits.get(i), { text: after }),
      );
    });
    const more = moved.length - lines.length;
    if (more > 0) lines.push(h("li", { class: "quiet" }, `and ${more} more`));
    return [
      h("ul", { class: "plain equation" }, lines),
      h(
        "p",
        { class: "equation" },
        `${root}: `,
        this.number(run.data[program.root], { text: lossBefore }),
        " → ",
        h(
          "strong",
          {
            class: `number ${signOf(loss)}`,
            title: exact(loss),
            id: "new-loss",
            "data-exact": exact(loss),
          },
          lossAfter,
        ),
      ),
    ];
  }
}
