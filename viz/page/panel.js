// Everything beside the picture: the step's equations, the selected node, the quiz, a step of descent.

import { h, setAttribute, setText } from "./dom.js";
import { exact, short, signOf } from "./numbers.js";
import { contributions, descended, evaluated, nudged, pathsToOutput } from "./graph.js";
import { derivative, patternOf, written } from "./steps.js";
import { faultOf, isRight } from "./quiz.js";

const MANY_LINES = 12; // equations that are shown at once; the others unfold
const MAX_PATHS = 20;
const LONG_TITLE = 40; // letters
const FEW_OPERANDS = 5; // each of which has its equation in full
const MANY_WEIGHTS = 5; // of a step of descent

export class Panel {
  /** `actions` are what the reader can do here: select, edit, open, answer, setRate, descend, ... */
  constructor(container, program, table, actions) {
    this.program = program;
    this.table = table;
    this.actions = actions;
    this.h = 0.001;
    this.faults = new Map();
    this.step = h("section", { class: "card step", "aria-labelledby": "step-title" });
    this.quiz = h("section", { class: "card quiz", "aria-labelledby": "quiz-title", hidden: true });
    this.node = h("section", {
      class: "card selection",
      "aria-labelledby": "node-title",
      hidden: true,
    });
    this.descent = h("section", { class: "card descent", "aria-labelledby": "descent-title" });
    container.append(this.step, this.quiz, this.node, this.descent);
    this.#makeDescent();
  }

  update(moment) {
    this.moment = moment;
    this.step.replaceChildren(...this.#stepParts());
    this.#updateQuiz();
    this.#updateNode();
    this.#updateDescent();
  }

  #name(i) {
    return this.program.values[i].name;
  }

  /** A Value's name, as a button that selects it. */
  #link(i) {
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
  #number(number, { isHidden = false, tag = "span" } = {}) {
    if (isHidden) return h(tag, { class: "number neutral" }, "?");
    return h(
      tag,
      { class: `number ${signOf(number)}`, title: exact(number), "data-exact": exact(number) },
      short(number),
    );
  }

  #slope(i) {
    return derivative(this.#name(this.program.root), this.#name(i));
  }

  // The step.

  #stepParts() {
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

  title() {
    const { step } = this.moment;
    const root = this.#name(this.program.root);
    if (step.kind === "start") return "The leaves have their data";
    if (step.kind === "seed") return `Backward begins at ${root}`;
    const box = this.#boxOf(step.node);
    const { parents, operation } = this.program.values[step.node];
    const names = parents.map((parent) => this.#name(parent));
    let what = `${this.#name(step.node)} = ${written(this.program.operations[operation], names)}`;
    if (box.title && step.operations.length > 1) what = `${box.title}, ${this.#name(step.node)}`;
    else if (what.length > LONG_TITLE) what = this.#name(step.node);
    return step.kind === "forward" ? `Forward: ${what}` : `Backward through ${what}`;
  }

  #boxOf(operation) {
    return this.program.boxes.find((box) => box.operations.includes(operation));
  }

  /** A node's name and, of one inside a neuron's box, the neuron's: the picture does not show it. */
  #placeOf(operation) {
    const box = this.#boxOf(operation);
    return box.output === operation
      ? this.#name(operation)
      : `${this.#name(operation)} in ${box.title}`;
  }

  #startParts() {
    const root = this.#name(this.program.root);
    return [
      h(
        "p",
        {},
        `Forward, each gate computes its value from its operands, until ${root} is known. Then backward: ` +
          `each gate passes its upstream gradient on to its operands, times its local gradients.`,
      ),
      h("p", {}, "Press Space or → to go on. Drag a leaf, or click any node, at any time."),
    ];
  }

  #formula(i) {
    const { values, operations } = this.program;
    return (texts) => written(operations[values[i].operation], texts);
  }

  #forwardParts({ operations }) {
    const { run } = this.moment;
    return operations.flatMap((i) => {
      const { parents, operation } = this.program.values[i];
      const write = this.#formula(i);
      const entry = this.program.operations[operation];
      const numbers = write(parents.map((parent) => bracketed(short(run.data[parent]))));
      const isShort = parents.length > FEW_OPERANDS;
      return [
        h(
          "p",
          { class: "equation" },
          `${this.#name(i)} = ${write(parents.map((parent) => this.#name(parent)))}`,
          h("br"),
          isShort ? "= " : `= ${numbers} → `,
          this.#number(run.data[i], { tag: "strong" }),
        ),
        entry.entry === "dot" ? this.#products(i) : this.#locals(i),
      ];
    });
  }

  #locals(i) {
    const { run } = this.moment;
    const { parents } = this.program.values[i];
    const lines = parents.map((parent, position) =>
      h(
        "li",
        {},
        `${derivative(this.#name(i), this.#name(parent))} = `,
        this.#number(run.locals[i][position], { isHidden: this.moment.isHidden(parent) }),
      ),
    );
    return h(
      "div",
      {},
      h("p", { class: "quiet" }, "Its local gradients, for the way back:"),
      unfolding(lines),
    );
  }

  /** Of a Σ, every product that it adds up, with the weights' gradients when they are there. */
  #products(i) {
    const { run } = this.moment;
    const { parents } = this.program.values[i];
    const n = parents.length >> 1;
    const gradient = (value) => {
      const { sum, isComplete } = this.moment.arrived(value);
      return h(
        "td",
        {},
        isComplete ? this.#number(sum, { isHidden: this.moment.isHidden(value) }) : "–",
      );
    };
    const rows = parents.slice(0, n).map((weight, k) => {
      const input = parents[n + k];
      return h(
        "tr",
        {},
        h("th", { scope: "row" }, this.#link(weight)),
        h("td", {}, this.#number(run.data[weight])),
        h("td", {}, this.#link(input)),
        h("td", {}, this.#number(run.data[input])),
        h("td", {}, this.#number(run.data[weight] * run.data[input])),
        gradient(weight),
      );
    });
    for (const bias of parents.slice(2 * n)) {
      rows.push(
        h(
          "tr",
          {},
          h("th", { scope: "row" }, this.#link(bias)),
          h("td", {}, this.#number(run.data[bias])),
          h("td", {}),
          h("td", {}),
          h("td", {}, this.#number(run.data[bias])),
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
        "aria-label": `The products in ${this.#name(i)}`,
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
            h("th", { scope: "row", colspan: 4 }, `Σ = ${this.#name(i)}`),
            h("td", {}, this.#number(run.data[i])),
            h("td", {}),
          ),
        ),
      ),
    );
  }

  #seedParts() {
    const { program } = this;
    const root = this.#name(program.root);
    const one = h(
      "span",
      {},
      `${derivative(root, root)} = `,
      this.#number(1, { isHidden: this.moment.isHidden(program.root), tag: "strong" }),
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
      const names = parents.map((parent) => this.#name(parent));
      const isShort = parents.length > FEW_OPERANDS;
      const lines = parents.map((parent, position) =>
        h("li", { class: "equation" }, this.#contribution(i, parent, position, isShort)),
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
                "forks",
              ),
            ]
          : []),
      ].filter(Boolean);
    });
  }

  /** The equation of all operands, if they are too many to write it for each. */
  #pattern(i) {
    const root = this.#name(this.program.root);
    return h(
      "p",
      { class: "equation" },
      `For each operand p: ${derivative(root, "p")} += ${this.#slope(i)} · ${derivative(this.#name(i), "p")}`,
    );
  }

  #upstream(i, formula) {
    const { run } = this.moment;
    const n = this.program.uses[i].length;
    const released = n > 1 ? ` All ${n} contributions have arrived, so it is released.` : "";
    return h(
      "p",
      {},
      `${this.#name(i)} = ${formula} passes its upstream gradient on, ${this.#slope(i)} = `,
      this.#number(run.gradients[i], { isHidden: this.moment.isHidden(i) }),
      `.${released}`,
    );
  }

  /** ∂L/∂a += ∂L/∂c · ∂c/∂a = 2 × 3 → 6; or in short, a: 2 × 3 → 6 */
  #contribution(i, parent, position, isShort) {
    const { run } = this.moment;
    const isHidden = this.moment.isHidden(parent);
    const local = run.locals[i][position];
    const upstream = run.gradients[i];
    const numbers = h(
      "span",
      { class: "together" },
      this.#number(upstream, { isHidden: this.moment.isHidden(i) }),
      " × ",
      this.#number(local, { isHidden }),
      " → ",
      this.#number(local * upstream, { isHidden, tag: "strong" }),
    );
    if (isShort) return [this.#link(parent), ": ", numbers];
    const { name } = this.program.values[i];
    return [
      `${this.#slope(parent)} += ${this.#slope(i)} · ${derivative(name, this.#name(parent))} = `,
      numbers,
    ];
  }

  /** What has arrived at a Value that several operations use, each contribution on its own line. */
  #fork(i) {
    const { state, sequence } = this.moment;
    const parts = contributions(this.program, this.moment.run, i);
    const { arrived, total, isComplete, sum } = this.moment.arrived(i);
    const isHidden = this.moment.isHidden(i);
    const isTwice = ({ child }) => parts.filter((part) => part.child === child).length > 1;
    const lines = parts.map((part) => {
      const operand = isTwice(part) ? `, as operand ${part.position + 1}` : "";
      const name = `through ${this.#placeOf(part.child)}${operand}: `;
      if (sequence.sentAt[part.child] > state.step)
        return h("li", { class: "waiting" }, name, "still to come");
      return h("li", {}, name, this.#number(part.product, { isHidden }));
    });
    const verdict = isComplete ? "it is complete, and can be released" : "it waits";
    return h(
      "li",
      {},
      h(
        "p",
        {},
        h("strong", {}, `${arrived.length} of ${total} contributions have arrived`),
        ` at ${this.#name(i)}: ${verdict}.`,
      ),
      h("ul", { class: "sum" }, lines),
      h(
        "p",
        { class: "equation total" },
        `${this.#slope(i)} = `,
        this.#number(sum, { isHidden, tag: "strong" }),
        isComplete ? "" : " so far",
      ),
    );
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

  // The quiz.

  #questions() {
    const { step, state, sequence, program } = this.moment;
    if (!program.quiz) return [];
    const near = new Set([
      program.root,
      ...step.operations.flatMap((i) => [i, ...program.values[i].parents]),
    ]);
    if (step.kind === "start" || step.kind === "forward") near.clear();
    if (state.selected !== null) near.add(state.selected);
    return [...near].filter((i) => sequence.completeAt[i] <= state.step && this.moment.isHidden(i));
  }

  #updateQuiz() {
    const questions = this.#questions();
    const key = questions.join(" ");
    this.quiz.hidden = questions.length === 0;
    if (key === this.questionsKey) return;
    this.questionsKey = key;
    const hadFocus = this.quiz.contains(document.activeElement);
    this.quiz.replaceChildren(
      h(
        "h2",
        { id: "quiz-title" },
        questions.length > 1 ? "Which gradients are these?" : "Which gradient is this?",
      ),
      ...questions.map((i) => this.#question(i)),
    );
    if (hadFocus) this.quiz.querySelector("input")?.focus();
  }

  #question(i) {
    const id = `answer-${i}`;
    const verdict = h(
      "p",
      { class: "verdict", id: `${id}-verdict`, role: "status" },
      this.faults.get(i) ?? "",
    );
    const input = h("input", {
      id,
      type: "text",
      autocomplete: "off",
      inputmode: "text",
      spellcheck: "false",
      "aria-describedby": `${id}-verdict`,
    });
    const { total } = this.moment.arrived(i);
    const several = total > 1 ? `, the sum of ${total} contributions` : "";
    return h(
      "form",
      {
        class: "question",
        submit: (event) => {
          event.preventDefault();
          const fault = this.#check(i, input.value);
          setText(verdict, fault ?? "");
          setAttribute(input, "aria-invalid", fault === null ? null : "true");
        },
      },
      h("label", { for: id }, `${this.#slope(i)}${several} = `),
      input,
      h("button", { type: "submit" }, "Check"),
      h(
        "button",
        { type: "button", class: "quiet", click: () => this.actions.showGradient(i) },
        "Show",
      ),
      verdict,
    );
  }

  #check(i, text) {
    const { run } = this.moment;
    const parts = contributions(this.program, run, i);
    if (isRight(text, run.gradients[i])) {
      this.faults.delete(i);
      this.actions.answer(i, text.trim());
      return null;
    }
    const fault = faultOf(text, i, {
      program: this.program,
      run,
      parts,
      gradient: run.gradients[i],
      nameOf: (node) => this.#name(node),
    });
    this.faults.set(i, fault);
    this.actions.announce(fault);
    return fault;
  }

  // The selected node.

  #updateNode() {
    const { selected } = this.moment.state;
    this.node.hidden = selected === null;
    if (selected === null) {
      this.shown = null;
      this.node.replaceChildren();
      return;
    }
    const isNew = this.shown !== selected;
    if (isNew) {
      this.shown = selected;
      this.live = [];
      this.node.replaceChildren(...this.#nodeParts(selected));
    }
    for (const update of this.live) update();
    if (isNew) this.node.scrollIntoView({ block: "nearest" });
  }

  /** A part of the node's card that is made anew at each change. */
  #livePart(make, tag = "div", attributes = {}) {
    const part = h(tag, attributes);
    this.live.push(() => part.replaceChildren(...[make()].flat().filter(Boolean)));
    return part;
  }

  #nodeParts(i) {
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
      value.label && value.label !== value.name ? h("p", { class: "quiet" }, value.label) : null;
    const parts = [
      h("header", {}, h("h2", { id: "node-title" }, value.name), close),
      full,
      this.#livePart(() => this.#numbersOf(i), "p"),
    ];
    if (value.operation === null) parts.push(this.#editor(i), this.#nudge(i));
    else parts.push(...this.#origin(i));
    const box = this.program.boxes.find(
      (each) => each.title && (each.output === i || each.operations.includes(i)),
    );
    if (box) parts.push(this.#inside(box));
    else if (value.operation && this.program.operations[value.operation].entry === "dot") {
      parts.push(this.#livePart(() => this.#products(i)));
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
      ? [`${this.#slope(i)} = `, this.#number(sum, { isHidden, tag: "strong" })]
      : [
          `${this.#slope(i)}: ${total > 1 ? `${arrived.length} of ${total} contributions have arrived` : "not there yet"}`,
        ];
    const value = this.program.values[i];
    return [
      `${kindOf(value)}, data `,
      isComputed ? this.#number(run.data[i], { tag: "strong" }) : "not computed yet",
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
        const number = Number(input.value.replace("−", "-").replace(",", ".").trim() || NaN);
        setAttribute(input, "aria-invalid", Number.isNaN(number) ? "true" : null);
        if (!Number.isNaN(number)) this.actions.edit(i, number);
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
      "aria-label": `Data of ${this.#name(i)}`,
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

  #nudge(i) {
    const size = h("input", {
      id: "nudge",
      type: "text",
      inputmode: "decimal",
      autocomplete: "off",
      value: String(this.h),
      input: () => {
        const number = Number(size.value);
        const isGood = Number.isFinite(number) && number > 0;
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
    if (run.kept.has(program.root) || this.#reachesOwn(i)) {
      return h(
        "p",
        { class: "notice" },
        "What this leaf changes goes through an operation of your own, which only Python can compute.",
      );
    }
    const output = this.#name(program.root);
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
          h("th", { scope: "col" }, `Δ${output}/Δ${this.#name(i)}`),
        ),
      ),
      h("tbody", {}, rows),
      h(
        "tfoot",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "row", colspan: 2 }, `the gradient ${this.#slope(i)}`),
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

  #reachesOwn(i) {
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

  /** Where an operation comes from: the line of code, and the table's formulas. */
  #origin(i) {
    const value = this.program.values[i];
    const entry = this.program.operations[value.operation];
    const parts = [];
    const names = value.parents.map((parent) => this.#name(parent));
    parts.push(h("p", { class: "equation" }, `${value.name} = ${written(entry, names)}`));
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
        this.#link(i),
        ` = ${written(
          entry,
          parents.map((parent) => this.#name(parent)),
        )} = `,
        this.#number(run.data[i]),
        `, ${this.#slope(i)} = `,
        isComplete ? this.#number(sum, { isHidden: this.moment.isHidden(i) }) : "–",
      ),
      entry.entry === "dot" ? this.#products(i) : null,
      leaves.length > 0
        ? h(
            "p",
            {},
            "with ",
            leaves.map((leaf) => [this.#link(leaf), " = ", this.#number(run.data[leaf]), " "]),
          )
        : null,
    );
  }

  #paths(i) {
    const { program, run, state } = this.moment;
    const root = this.#name(program.root);
    if (i === program.root) return [];
    const { paths, count } = pathsToOutput(program, run, i, MAX_PATHS);
    const title = h("h3", {}, `Paths to ${root}`);
    const isHidden = this.moment.isHidden(i);
    const total = paths.reduce((sum, { product }) => sum + product, 0);
    const lines = paths.map(({ steps, product }) => {
      const names = [i, ...steps.map(({ child }) => child)]
        .map((node) => this.#name(node))
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
        isHidden ? "?" : [factors.join(" × "), " = ", this.#number(product)],
      );
    });
    const isWhole = count === BigInt(paths.length);
    const how = isWhole
      ? count === 1n
        ? "There is one path; its local gradients multiply to the gradient:"
        : `There are ${count} paths; their products add up to the gradient:`
      : `${paths.length} of ${count.toLocaleString("en")} paths are shown:`;
    const end = isWhole
      ? ["total ", this.#number(total, { isHidden, tag: "strong" }), ` = ${this.#slope(i)}`]
      : [
          "these add up to ",
          this.#number(total, { isHidden }),
          `; all together to ${this.#slope(i)} = `,
          this.#number(run.gradients[i], { isHidden, tag: "strong" }),
        ];
    if (state.step < this.moment.sequence.seedAt)
      return [
        title,
        h("p", { class: "quiet" }, `They are shown when the forward pass has reached ${root}.`),
      ];
    return [title, h("p", {}, how), h("ul", {}, lines), h("p", { class: "equation total" }, end)];
  }

  // A step of gradient descent.

  #makeDescent() {
    this.rate = h("input", {
      id: "rate",
      type: "text",
      inputmode: "decimal",
      autocomplete: "off",
      input: () => {
        const rate = Number(this.rate.value.replace(",", ".") || NaN);
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
    this.descentBody = h("div", {});
    this.descent.append(
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
      this.descentBody,
    );
  }

  #updateDescent() {
    const { state, sequence, run, program } = this.moment;
    if (document.activeElement !== this.rate) this.rate.value = String(state.rate);
    this.undo.disabled = state.edits.size === 0;
    const moved = program.values.flatMap((value, i) => (value.descends ? [i] : []));
    const isReady = state.step === sequence.steps.length - 1;
    const isHidden = moved.some((i) => this.moment.isHidden(i));
    const isKept = run.kept.has(program.root) || moved.some((i) => this.#reachesOwn(i));
    this.take.disabled = !isReady || isHidden || isKept || moved.length === 0;
    this.descentBody.replaceChildren(...this.#descentParts(moved, { isReady, isHidden, isKept }));
  }

  #descentParts(moved, { isReady, isHidden, isKept }) {
    const { state, run, program } = this.moment;
    const quiet = (text) => [h("p", { class: "quiet" }, text)];
    if (moved.length === 0)
      return quiet("There is no leaf that a step could move: all are inputs or constants.");
    if (isKept)
      return quiet(
        "A leaf's way to the output goes through an operation of your own, which only Python can compute.",
      );
    if (!isReady)
      return quiet(
        "When all gradients have arrived, at the last step, this moves each leaf against its gradient.",
      );
    if (isHidden) return quiet("First find the gradients of all leaves that it moves.");
    const root = this.#name(program.root);
    const edits = descended(program, run, state.edits, state.rate);
    const loss = evaluated(program, this.table, edits).data[program.root];
    const lines = moved
      .slice(0, MANY_WEIGHTS)
      .map((i) =>
        h(
          "li",
          {},
          `${this.#name(i)} ← ${bracketed(short(run.data[i]))} − ${bracketed(short(state.rate))} × ${bracketed(short(run.gradients[i]))} = `,
          this.#number(edits.get(i)),
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
        this.#number(run.data[program.root]),
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

function kindOf({ kind, descends }) {
  if (kind === "operation") return "operation";
  if (kind === "leaf") return descends ? "leaf" : "leaf, which descent leaves alone";
  return kind;
}

function bracketed(text) {
  return text.startsWith("−") ? `(${text})` : text;
}

/** To six digits, for differences. */
function precise(number) {
  return Number.isFinite(number)
    ? String(Number(number.toPrecision(7))).replace("-", "−")
    : short(number);
}

/** A list of which the first lines are seen, and the others on request. */
function unfolding(lines, classes = "") {
  const list = h("ul", { class: `plain ${classes}` }, lines.slice(0, MANY_LINES));
  if (lines.length <= MANY_LINES) return list;
  const rest = h("ul", { class: `plain ${classes}` }, lines.slice(MANY_LINES));
  return h(
    "div",
    {},
    list,
    h("details", {}, h("summary", {}, `${lines.length - MANY_LINES} more`), rest),
  );
}
