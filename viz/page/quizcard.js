// The quiz's questions: a gradient each, hidden until it is found.

import { Card } from "./card.js";
import { h, setAttribute, setText } from "./dom.js";
import { precise } from "./numbers.js";
import { faultOf, verdictOf } from "./quiz.js";

export class QuizCard extends Card {
  constructor(...given) {
    super("quiz", ...given);
    this.faults = new Map(); // what was said of wrong answers
  }

  update(moment) {
    this.moment = moment;
    const near = this.#near();
    const questions = near.filter((i) => this.moment.isHidden(i));
    const found = near.filter((i) => this.moment.state.answers.has(i) && !this.moment.isHidden(i));
    const key = [...questions, "found", ...found].join(" ");
    this.element.hidden = questions.length + found.length === 0;
    if (key === this.asked) return;
    this.asked = key;
    const hadFocus = this.element.contains(document.activeElement);
    this.element.replaceChildren(
      h(
        "h2",
        { id: "quiz-title" },
        questions.length > 1
          ? "Which gradients are these?"
          : questions.length === 1
            ? "Which gradient is this?"
            : "Found",
      ),
      ...found.map((i) => h("p", { class: "found" }, this.#praise(i))),
      ...questions.map((i) => this.#question(i)),
    );
    if (hadFocus) this.element.querySelector("input")?.focus();
  }

  /** The gradients of this step's gate, and of the selected node, that have all arrived. */
  #near() {
    const { step, state, sequence, program } = this.moment;
    if (!program.quiz) return [];
    const near = new Set([
      program.root,
      ...step.operations.flatMap((i) => [i, ...program.values[i].parents]),
    ]);
    if (step.kind === "start" || step.kind === "forward") near.clear();
    if (state.selected !== null) near.add(state.selected);
    return [...near].filter((i) => sequence.completeAt[i] <= state.step);
  }

  #praise(i) {
    const { run, state } = this.moment;
    const text = state.answers.get(i);
    const gradient = `${this.slope(i)} = ${precise(run.gradients[i])}`;
    return verdictOf(text, i, this.moment) === "rounded"
      ? `Right, rounded: you have ${text}, and ${gradient}.`
      : `Right: ${gradient}.`;
  }

  #question(i) {
    const id = `answer-${i}`;
    const verdict = h("p", { class: "verdict", id: `${id}-verdict` }, this.faults.get(i) ?? "");
    const input = h("input", {
      id,
      type: "text",
      autocomplete: "off",
      inputmode: "text",
      spellcheck: "false",
      "aria-describedby": `${id}-verdict`,
    });
    const { total } = this.moment.arrived(i);
    const { label } = this.program.values[i];
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
      h(
        "label",
        { for: id },
        label && label !== this.name(i) ? h("span", { class: "quiet" }, `${label}: `) : null,
        `${this.slope(i)}${several} = `,
      ),
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
    if (verdictOf(text, i, this.moment) !== null) {
      this.faults.delete(i);
      this.actions.answer(i, text.trim());
      return null;
    }
    const nameOf = (node) => this.name(node);
    const fault = faultOf(text, i, { program: this.program, run, nameOf });
    this.faults.set(i, fault);
    this.actions.announce(fault);
    return fault;
  }
}
