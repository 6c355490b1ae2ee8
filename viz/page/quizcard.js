// The quiz's questions: a gradient each, hidden until it is found.

import { Card } from "./card.js";
import { h, setAttribute, setText } from "./dom.js";
import { contributions } from "./graph.js";
import { faultOf, isRight } from "./quiz.js";

export class QuizCard extends Card {
  constructor(...given) {
    super("quiz", ...given);
    this.faults = new Map(); // what was said of wrong answers
  }

  update(moment) {
    this.moment = moment;
    const questions = this.#questions();
    const key = questions.join(" ");
    this.element.hidden = questions.length === 0;
    if (key === this.asked) return;
    this.asked = key;
    const hadFocus = this.element.contains(document.activeElement);
    this.element.replaceChildren(
      h(
        "h2",
        { id: "quiz-title" },
        questions.length > 1 ? "Which gradients are these?" : "Which gradient is this?",
      ),
      ...questions.map((i) => this.#question(i)),
    );
    if (hadFocus) this.element.querySelector("input")?.focus();
  }

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
    const { name, label } = this.program.values[i];
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
        label && label !== name ? h("span", { class: "quiet" }, `${label}: `) : null,
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
      nameOf: (node) => this.name(node),
    });
    this.faults.set(i, fault);
    this.actions.announce(fault);
    return fault;
  }
}
