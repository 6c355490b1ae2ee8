// What the cards beside the picture have in common: names, numbers, products.

import { h } from "./dom.js";
import { exact, MINUS, short, signOf } from "./numbers.js";
import { derivative } from "./steps.js";

/** A card: it shows one moment after the other. `update(moment)` is what each kind of card brings. */
export class Card {
  /** `actions` are what the reader can do: select, edit, open, answer, setRate, descend, ... */
  constructor(name, program, table, actions) {
    this.program = program;
    this.table = table;
    this.actions = actions;
    this.element = h("section", { class: `card ${name}`, "aria-labelledby": `${name}-title` });
  }

  name(i) {
    return this.program.values[i].name;
  }

  /** A Value's name, as a button that selects it. */
  link(i) {
    const { name, label } = this.program.values[i];
    return h(
      "button",
      {
        type: "button",
        class: "link",
        title: label ?? name,
        click: () => this.actions.select(i, { always: true }),
      },
      name,
    );
  }

  /** The number at hand, coloured by its sign, with all its digits on hover. */
  number(number, { isHidden = false, tag = "span" } = {}) {
    if (isHidden) return h(tag, { class: "number neutral" }, "?");
    return h(
      tag,
      { class: `number ${signOf(number)}`, title: exact(number), "data-exact": exact(number) },
      short(number),
    );
  }

  slope(i) {
    return derivative(this.name(this.program.root), this.name(i));
  }

  /** Of a Σ, every product that it adds up, with the weights' gradients when they are there. */
  products(i) {
    const { run } = this.moment;
    const { parents } = this.program.values[i];
    const n = parents.length >> 1;
    const gradient = (value) => {
      const { sum, isComplete } = this.moment.arrived(value);
      return h(
        "td",
        {},
        isComplete ? this.number(sum, { isHidden: this.moment.isHidden(value) }) : "–",
      );
    };
    const rows = parents.slice(0, n).map((weight, k) => {
      const input = parents[n + k];
      return h(
        "tr",
        {},
        h("th", { scope: "row" }, this.link(weight)),
        h("td", {}, this.number(run.data[weight])),
        h("td", {}, this.link(input)),
        h("td", {}, this.number(run.data[input])),
        h("td", {}, this.number(run.data[weight] * run.data[input])),
        gradient(weight),
      );
    });
    for (const bias of parents.slice(2 * n)) {
      rows.push(
        h(
          "tr",
          {},
          h("th", { scope: "row" }, this.link(bias)),
          h("td", {}, this.number(run.data[bias])),
          h("td", {}),
          h("td", {}),
          h("td", {}, this.number(run.data[bias])),
          gradient(bias),
        ),
      );
    }
    const head = ["weight", "data", "× input", "data", "= product", "∂ weight"];
    return h(
      "div",
      {
        class: "scrolling",
        tabindex: 0,
        role: "region",
        "aria-label": `The products in ${this.name(i)}`,
      },
      h(
        "table",
        {},
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            head.map((text) => h("th", { scope: "col" }, text)),
          ),
        ),
        h("tbody", {}, rows),
        h(
          "tfoot",
          {},
          h(
            "tr",
            {},
            h("th", { scope: "row", colspan: 4 }, `Σ = ${this.name(i)}`),
            h("td", {}, this.number(run.data[i])),
            h("td", {}),
          ),
        ),
      ),
    );
  }

  reachesOwn(i) {
    const { values, operations, uses } = this.program;
    const stack = [i];
    const seen = new Set(stack);
    while (stack.length > 0) {
      for (const { child } of uses[stack.pop()]) {
        if (operations[values[child].operation].isOwn) return true;
        if (!seen.has(child)) {
          seen.add(child);
          stack.push(child);
        }
      }
    }
    return false;
  }
}

export function bracketed(text) {
  return text.startsWith("−") ? `(${text})` : text;
}

/** To six digits, for differences. */
export function precise(number) {
  return Number.isFinite(number)
    ? String(Number(number.toPrecision(7))).replace("-", MINUS)
    : short(number);
}
