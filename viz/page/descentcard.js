// One step of gradient descent: where it moves the leaves, and what the output is then.

import { bracketed, Card, precise } from "./card.js";
import { h, setAttribute } from "./dom.js";
import { descended, evaluated } from "./graph.js";
import { exact, numberIn, short, signOf } from "./numbers.js";

const MANY_WEIGHTS = 5; // that are shown

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
    const moved = program.values.flatMap((value, i) => (value.descends ? [i] : []));
    const isReady = state.step === sequence.steps.length - 1;
    const isHidden = moved.some((i) => this.moment.isHidden(i));
    const isKept = run.kept.has(program.root) || moved.some((i) => this.reachesOwn(i));
    this.take.disabled = !isReady || isHidden || isKept || moved.length === 0;
    this.body.replaceChildren(...this.#parts(moved, { isReady, isHidden, isKept }));
  }

  #parts(moved, { isReady, isHidden, isKept }) {
    const { state, run, program } = this.moment;
    const quiet = (text) => [h("p", { class: "quiet" }, text)];
    if (moved.length === 0) {
      return quiet("There is no leaf that a step could move: all are inputs or constants.");
    }
    if (isKept) {
      return quiet(
        "A leaf's way to the output goes through an operation of your own, which only Python can compute.",
      );
    }
    if (!isReady) {
      return quiet(
        "When all gradients have arrived, at the last step, this moves each leaf against its gradient.",
      );
    }
    if (isHidden) return quiet("First find the gradients of all leaves that it moves.");
    const root = this.name(program.root);
    const edits = descended(program, run, state.edits, state.rate);
    const loss = evaluated(program, this.table, edits).data[program.root];
    const lines = moved
      .slice(0, MANY_WEIGHTS)
      .map((i) =>
        h(
          "li",
          {},
          `${this.name(i)} ← ${bracketed(short(run.data[i]))} − ${bracketed(short(state.rate))} × ${bracketed(short(run.gradients[i]))} = `,
          this.number(edits.get(i)),
        ),
      );
    const more = moved.length - lines.length;
    if (more > 0) lines.push(h("li", { class: "quiet" }, `and ${more} more`));
    return [
      h("ul", { class: "plain equation" }, lines),
      h(
        "p",
        { class: "equation" },
        `${root}: `,
        this.number(run.data[program.root]),
        " → ",
        h(
          "strong",
          {
            class: `number ${signOf(loss)}`,
            title: exact(loss),
            id: "new-loss",
            "data-exact": exact(loss),
          },
          precise(loss),
        ),
      ),
    ];
  }
}
