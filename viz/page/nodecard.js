// The selected node: its numbers, what can be done to it, where it comes from, where it leads.

import { Card } from "./card.js";
import { h, setAttribute, setText } from "./dom.js";
import { movedBy, nudged, pathsToOutput } from "./graph.js";
import { exact, numberIn, precise, short, signOf } from "./numbers.js";
import { bracketed, written } from "./steps.js";

const MAX_PATHS = 20;

export class NodeCard extends Card {
  constructor(...given) {
    super("selection", ...given);
    this.h = 0.001; // by how much leaves are nudged
  }

  update(moment) {
    this.moment = moment;
    const { selected } = moment.state;
    this.element.hidden = selected === null;
    if (selected === null) {
      this.shown = null;
      this.element.replaceChildren();
      return;
    }
    const isNew = this.shown !== selected;
    if (isNew) {
      this.shown = selected;
      this.live = [];
      this.element.replaceChildren(...this.#parts(selected));
    }
    for (const update of this.live) update();
    if (isNew) this.element.scrollIntoView({ block: "nearest" });
  }

  /** A part of the node's card that is made anew at each change. */
  #livePart(make, tag = "div", attributes = {}) {
    const part = h(tag, attributes);
    this.live.push(() => part.replaceChildren(...[make()].flat().filter(Boolean)));
    return part;
  }

  #parts(i) {
    const value = this.program.values[i];
    const close = h(
      "button",
      {
        type: "button",
        class: "close",
        "aria-label": "Close",
        click: () => this.actions.select(null),
      },
      "×",
    );
    const full =
      value.label && value.label !== this.name(i) ? h("p", { class: "quiet" }, value.label) : null;
    const parts = [
      h(
        "header",
        {},
        this.#livePart(() => this.name(i), "h2", { id: "selection-title" }),
        close,
      ),
      full,
      this.#livePart(() => this.#numbersOf(i), "p"),
    ];
    if (value.operation === null) parts.push(this.#editor(i), this.#lock(i), this.#nudge(i));
    else parts.push(...this.#origin(i));
    const box = this.program.boxes.find(
      (each) => each.title && (each.output === i || each.operations.includes(i)),
    );
    if (box) parts.push(this.#inside(box));
    else if (value.operation && this.program.operations[value.operation].entry === "dot") {
      parts.push(this.#livePart(() => this.products(i)));
    }
    parts.push(this.#livePart(() => this.#paths(i), "div", { class: "paths" }));
    return parts.filter(Boolean);
  }

  #numbersOf(i) {
    const { run, state, sequence } = this.moment;
    const { sum, isComplete, arrived, total } = this.moment.arrived(i);
    const isHidden = this.moment.isHidden(i);
    const isComputed = sequence.forwardAt[i] <= state.step;
    const gradient = isComplete
      ? [`${this.slope(i)} = `, this.number(sum, { isHidden, tag: "strong" })]
      : [
          `${this.slope(i)}: ${total > 1 ? `${arrived.length} of ${total} contributions have arrived` : "not there yet"}`,
        ];
    const value = this.program.values[i];
    return [
      `${value.kind}, data `,
      isComputed ? this.number(run.data[i], { tag: "strong" }) : "not computed yet",
      "; ",
      ...gradient,
    ];
  }

  #editor(i) {
    const input = h("input", {
      id: "leaf-data",
      type: "text",
      inputmode: "decimal",
      autocomplete: "off",
      "aria-describedby": "leaf-help",
      input: () => {
        const number = numberIn(input.value);
        setAttribute(input, "aria-invalid", number === null ? "true" : null);
        if (number !== null) this.actions.edit(i, number);
      },
    });
    const recorded = this.program.values[i].data;
    const size = 2 * Math.max(1, Number.isFinite(recorded) ? Math.abs(recorded) : 1);
    const middle = Number.isFinite(recorded) ? recorded : 0;
    const slider = h("input", {
      type: "range",
      min: middle - size,
      max: middle + size,
      step: size / 200,
      "aria-label": `Data of ${this.name(i)}`,
      input: () => this.actions.edit(i, Number(slider.value)),
    });
    const restore = h(
      "button",
      { type: "button", class: "quiet", click: () => this.actions.edit(i, recorded) },
      "Restore",
    );
    this.live.push(() => {
      const data = this.moment.run.data[i];
      if (document.activeElement !== input) {
        input.value = exact(data);
        setAttribute(input, "aria-invalid", null);
      }
      slider.value = data;
      restore.disabled = !this.moment.state.edits.has(i);
    });
    return h(
      "div",
      { class: "editor" },
      h("label", { for: "leaf-data" }, "Data "),
      input,
      restore,
      slider,
      h(
        "p",
        { class: "quiet", id: "leaf-help" },
        "Type, slide, or drag the node in the picture: all is computed anew at once.",
      ),
    );
  }

  #lock(i) {
    const button = h("button", { type: "button", click: () => this.actions.toggleLock(i) });
    const text = h("span", {});
    this.live.push(() => {
      const isMoved = movedBy(this.moment.state, this.program).includes(i);
      setText(button, isMoved ? "Lock it" : "Unlock it");
      setText(text, isMoved ? " A step of descent moves it." : " Locked: descent leaves it alone.");
    });
    return h("p", { class: "lock" }, button, text);
  }

  #nudge(i) {
    const size = h("input", {
      id: "nudge",
      type: "text",
      inputmode: "decimal",
      autocomplete: "off",
      value: String(this.h),
      input: () => {
        const number = numberIn(size.value);
        const isGood = number > 0 && number < Infinity;
        setAttribute(size, "aria-invalid", isGood ? null : "true");
        if (isGood) {
          this.h = number;
          for (const update of this.live) update();
        }
      },
    });
    const move = (sign) =>
      h(
        "button",
        {
          type: "button",
          "aria-label": sign > 0 ? "Nudge up" : "Nudge down",
          click: () => this.actions.edit(i, this.moment.run.data[i] + sign * this.h),
        },
        sign > 0 ? "+h" : "−h",
      );
    return h(
      "div",
      { class: "nudge" },
      h("h3", {}, "Nudge it"),
      h("p", {}, h("label", { for: "nudge" }, "h = "), size, " ", move(-1), " ", move(1)),
      this.#livePart(() => this.#nudges(i)),
    );
  }

  #nudges(i) {
    const { run, state, program } = this.moment;
    if (this.moment.isHidden(i))
      return h("p", { class: "quiet" }, "Shown when you have found the gradient.");
    if (run.kept.has(program.root) || this.reachesOwn(i)) {
      return h(
        "p",
        { class: "notice" },
        "What this leaf changes goes through an operation of your own, which only Python can compute.",
      );
    }
    const output = this.name(program.root);
    const rows = [this.h, -this.h].map((step) => {
      const { output: moved, slope } = nudged(program, this.table, state.edits, run, i, step);
      return h(
        "tr",
        {},
        h("th", { scope: "row" }, step > 0 ? "+h" : "−h"),
        h("td", { class: "number", title: exact(moved) }, precise(moved)),
        h(
          "td",
          {},
          h("span", { class: `number ${signOf(slope)}`, title: exact(slope) }, precise(slope)),
        ),
      );
    });
    return h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, "moved by"),
          h("th", { scope: "col" }, output),
          h("th", { scope: "col" }, `Δ${output}/Δ${this.name(i)}`),
        ),
      ),
      h("tbody", {}, rows),
      h(
        "tfoot",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "row", colspan: 2 }, `the gradient ${this.slope(i)}`),
          h(
            "td",
            {},
            h(
              "strong",
              { class: `number ${signOf(run.gradients[i])}`, title: exact(run.gradients[i]) },
              precise(run.gradients[i]),
            ),
          ),
        ),
      ),
    );
  }

  /** Where an operation comes from: the line of code, and the table's formulas. */
  #origin(i) {
    const value = this.program.values[i];
    const entry = this.program.operations[value.operation];
    const parts = [];
    const names = value.parents.map((parent) => this.name(parent));
    parts.push(h("p", { class: "equation" }, `${this.name(i)} = ${written(entry, names)}`));
    if (value.line) parts.push(h("p", { class: "line" }, "Made by ", h("code", {}, value.line)));
    if (entry.isOwn) {
      parts.push(
        h(
          "p",
          {},
          "An operation of your own: only Python can compute it, so its value and its local gradients are those that were recorded.",
        ),
      );
    } else {
      parts.push(
        h(
          "div",
          { class: "formula" },
          h("h3", {}, "In the derivative table"),
          h(
            "p",
            { class: "equation" },
            entry.formula,
            entry.localFormulas.map((line) => [h("br"), line]),
          ),
        ),
      );
    }
    return parts;
  }

  /** The inside of a neuron that is drawn as one box. */
  #inside(box) {
    const isOpen = () => this.moment.state.opened.has(box.output);
    const toggle = h("button", { type: "button", click: () => this.actions.open(box.output) });
    this.live.push(() => {
      setText(toggle, isOpen() ? "Step through it at once" : "Step through its parts");
      setAttribute(toggle, "aria-pressed", isOpen());
    });
    return h(
      "div",
      { class: "inside" },
      h("h3", {}, `Inside ${box.title}`),
      box.operations.length > 1 ? toggle : null,
      this.#livePart(() => box.operations.map((i) => this.#insidePart(i))),
    );
  }

  #insidePart(i) {
    const { run } = this.moment;
    const { parents, operation } = this.program.values[i];
    const entry = this.program.operations[operation];
    const { sum, isComplete } = this.moment.arrived(i);
    const isLeaf = (parent) => this.program.values[parent].operation === null;
    const leaves = entry.entry === "dot" ? [] : parents.filter(isLeaf);
    return h(
      "div",
      {},
      h(
        "p",
        { class: "equation" },
        this.link(i),
        ` = ${written(
          entry,
          parents.map((parent) => this.name(parent)),
        )} = `,
        this.number(run.data[i]),
        `, ${this.slope(i)} = `,
        isComplete ? this.number(sum, { isHidden: this.moment.isHidden(i) }) : "–",
      ),
      entry.entry === "dot" ? this.products(i) : null,
      leaves.length > 0
        ? h(
            "p",
            {},
            "with ",
            leaves.map((leaf) => [this.link(leaf), " = ", this.number(run.data[leaf]), " "]),
          )
        : null,
    );
  }

  #paths(i) {
    const { program, run, state } = this.moment;
    const root = this.name(program.root);
    if (i === program.root) return [];
    const { paths, count } = pathsToOutput(program, run, i, MAX_PATHS);
    const title = h("h3", {}, `Paths to ${root}`);
    const isHidden = this.moment.isHidden(i);
    const total = paths.reduce((sum, { product }) => sum + product, 0);
    const lines = paths.map(({ steps, product }) => {
      const names = [i, ...steps.map(({ child }) => child)]
        .map((node) => this.name(node))
        .join(" → ");
      const factors = steps
        .toReversed()
        .map(({ child, position }) => short(run.locals[child][position]))
        .map((factor, k) => (k === 0 ? factor : bracketed(factor)));
      return h(
        "li",
        {},
        names,
        h("br"),
        isHidden ? "?" : [factors.join(" × "), " = ", this.number(product)],
      );
    });
    const isWhole = count === BigInt(paths.length);
    const how = isWhole
      ? count === 1n
        ? "There is one path; its local gradients multiply to the gradient:"
        : `There are ${count} paths; their products add up to the gradient:`
      : `${paths.length} of ${count.toLocaleString("en")} paths are shown:`;
    const end = isWhole
      ? ["total ", this.number(total, { isHidden, tag: "strong" }), ` = ${this.slope(i)}`]
      : [
          "these add up to ",
          this.number(total, { isHidden }),
          `; all together to ${this.slope(i)} = `,
          this.number(run.gradients[i], { isHidden, tag: "strong" }),
        ];
    if (state.step < this.moment.sequence.seedAt)
      return [
        title,
        h("p", { class: "quiet" }, `They are shown when the forward pass has reached ${root}.`),
      ];
    return [title, h("p", {}, how), h("ul", {}, lines), h("p", { class: "equation total" }, end)];
  }
}
