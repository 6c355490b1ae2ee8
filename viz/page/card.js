// What the cards beside the picture have in common: names, numbers, products.

import { h } from "./dom.js";
import { reasonOf } from "./explain.js";
import { exact, short, signOf } from "./numbers.js";
import { bracketed, derivative, localName, nameOf } from "./steps.js";

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
    return nameOf(this.program, this.moment.run, i);
  }

  /** A Value's name, as a button that selects it. */
  link(i) {
    const name = this.name(i);
    return h(
      "button",
      {
        type: "button",
        class: "link",
        title: this.program.values[i].label ?? name,
        click: () => this.actions.select(i, { always: true }),
      },
      name,
    );
  }

  /** The number at hand, coloured by its sign, with all its digits on hover. */
  number(number, { isHidden = false, tag = "span", text = short(number) } = {}) {
    if (isHidden) return h(tag, { class: "number neutral" }, "?");
    return h(
      tag,
      { class: `number ${signOf(number)}`, title: exact(number), "data-exact": exact(number) },
      text,
    );
  }

  slope(i) {
    return derivative(this.name(this.program.root), this.name(i));
  }

  /** A number after a sign. */
  factor(number, options) {
    const shown = this.number(number, options);
    return bracketed(shown.textContent) === shown.textContent ? shown : ["(", shown, ")"];
  }

  /** What the local gradient of an operand is called. */
  local(i, position) {
    return localName(this.program.values[i].parents.length, position);
  }

  /** local₁ (by a) = b = −3: a local gradient, where it comes from, and what it is. */
  localWithReason(i, position) {
    const { run } = this.moment;
    const parent = this.program.values[i].parents[position];
    const isHidden = this.moment.isHidden(parent);
    const nameOfValue = (each) => this.name(each);
    const { texts, because } = isHidden
      ? { texts: [], because: null }
      : reasonOf(this.program, run, i, position, nameOfValue);
    return [
      `${this.local(i, position)} (by ${this.name(parent)}) = `,
      texts.map((text) => `${text} = `),
      this.number(run.locals[i][position], { isHidden }),
      because ? `, because ${because}` : null,
    ];
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
