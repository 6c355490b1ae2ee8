// The page: one state, and from it all that is seen.

import { h, setAttribute, setText } from "./dom.js";
import { contributions, decoded, descended, evaluated, movedBy } from "./graph.js";
import { exact, short } from "./numbers.js";
import { arrivedAt, derivative, nameOf, sequenceOf, written } from "./steps.js";
import { verdictOf } from "./quiz.js";
import { initialState, remember, stateIn } from "./state.js";
import { described, View } from "./view.js";
import { StepCard } from "./stepcard.js";
import { QuizCard } from "./quizcard.js";
import { NodeCard } from "./nodecard.js";
import { DescentCard } from "./descentcard.js";

const SLOWEST = 1600; // milliseconds between steps when playing
const FASTEST = 350;
const WHOLE = 40_000; // what playing a long graph takes at most, if that is not too fast

const program = decoded(JSON.parse(document.getElementById("program").textContent));
const byId = (id) => document.getElementById(id);
const controls = {
  first: byId("first"),
  back: byId("back"),
  play: byId("play"),
  next: byId("next"),
  last: byId("last"),
  jump: byId("jump"),
};
const live = byId("live");

let state = initialState();
let sequence;
let run;
let timer = null;
let said = "";

/** All that is seen is a function of this. */
function momentOf() {
  const hidden = new Map();
  return {
    state,
    program,
    run,
    sequence,
    step: sequence.steps[state.step],
    isHidden(i) {
      if (!program.quiz) return false;
      if (!hidden.has(i)) {
        const answer = state.answers.get(i);
        const isFound = answer !== undefined && verdictOf(answer, i, this) !== null;
        hidden.set(i, !isFound && !state.shown.has(i));
      }
      return hidden.get(i);
    },
    arrived(i) {
      return arrivedAt(sequence, contributions(program, run, i), i, state.step, program.root);
    },
    described(i) {
      return described(this, i);
    },
  };
}

function render({ follow = false, say = true } = {}) {
  const last = sequence.steps.length - 1;
  state.step = Math.min(Math.max(state.step, 0), last);
  const moment = momentOf();
  view.update(moment);
  for (const card of cards) card.update(moment);
  controls.jump.max = last;
  controls.jump.value = state.step;
  setAttribute(
    controls.jump,
    "aria-valuetext",
    `Step ${state.step} of ${last}: ${cards[0].title()}`,
  );
  for (const each of [controls.first, controls.back]) disable(each, state.step === 0);
  for (const each of [controls.next, controls.last]) disable(each, state.step === last);
  if (follow) view.follow();
  if (say) announce(spoken(moment));
  remember(state);
}

/** A button that has nothing to do now. It keeps the keyboard's focus, which `disabled` would take. */
function disable(button, isDisabled) {
  setAttribute(button, "aria-disabled", isDisabled ? "true" : null);
}

function announce(text) {
  if (text === said) return;
  said = text;
  setText(live, text);
}

function called(i) {
  return nameOf(program, run, i);
}

/** The step in a sentence or two, for those who listen. */
function spoken(moment) {
  const { step } = moment;
  const parts = [`Step ${state.step} of ${sequence.steps.length - 1}. ${cards[0].title()}.`];
  const root = called(program.root);
  for (const i of step.operations) {
    const { parents, operation } = program.values[i];
    if (step.kind === "forward") {
      parts.push(
        `${called(i)} = ${written(program.operations[operation], parents.map(called))} = ${short(run.data[i])}.`,
      );
    } else {
      new Set(parents).forEach((parent) => {
        const { arrived, total, isComplete, sum } = moment.arrived(parent);
        const number = moment.isHidden(parent)
          ? "to be found"
          : `${short(sum)}${isComplete ? "" : " so far"}`;
        const some = total > 1 ? `, ${arrived.length} of ${total} contributions` : "";
        parts.push(`${derivative(root, called(parent))} is ${number}${some}.`);
      });
    }
  }
  return parts.slice(0, 8).join(" ");
}

function recompute() {
  run = evaluated(program, TABLE, state.edits);
}

const actions = {
  go(step) {
    if (step >= sequence.steps.length - 1) pause();
    state.step = step;
    render({ follow: true });
  },
  select(i, { always = false } = {}) {
    const before = state.selected;
    const hadFocus = byId("panel").contains(document.activeElement);
    state.selected = state.selected === i && !always ? null : i;
    render({ say: false });
    // Where the keyboard was is gone with the card: it goes back to the node.
    if (hadFocus && !byId("panel").contains(document.activeElement)) view.focus(i ?? before);
    if (state.selected !== null) announce(described(momentOf(), state.selected));
  },
  edit(i, number) {
    if (Object.is(number, program.values[i].data)) state.edits.delete(i);
    else state.edits.set(i, number);
    recompute();
    render({ say: false });
  },
  dataOf: (i) => run.data[i],
  /** Step through a neuron's parts, or through it at once; the place in the sequence stays. */
  open(output) {
    const { kind, operations } = sequence.steps[state.step];
    if (!state.opened.delete(output)) state.opened.add(output);
    sequence = sequenceOf(program, state.opened);
    const same = sequence.steps.findIndex(
      (step) =>
        step.kind === kind &&
        (operations.length === 0 || step.operations.includes(operations.at(-1))),
    );
    state.step = same;
    render();
  },
  answer(i, text) {
    state.answers.set(i, text);
    render({ say: false });
    announce(
      `Right${verdictOf(text, i, momentOf()) === "rounded" ? ", rounded" : ""}: ${derivative(called(program.root), called(i))} = ${short(run.gradients[i])}.`,
    );
  },
  showGradient(i) {
    state.shown.add(i);
    render({ say: false });
    announce(`${derivative(called(program.root), called(i))} = ${exact(run.gradients[i])}.`);
  },
  announce,
  setRate(rate) {
    state.rate = rate;
    render({ say: false });
  },
  /** Have descent leave a leaf alone, or move it again. */
  toggleLock(i) {
    if (!state.toggled.delete(i)) state.toggled.add(i);
    render({ say: false });
    const isLocked = !movedBy(state, program).includes(i);
    announce(`${called(i)} is ${isLocked ? "locked" : "unlocked"}.`);
  },
  descend() {
    state.edits = descended(run, state.edits, state.rate, movedBy(state, program));
    recompute();
    render({ say: false });
    announce(`${called(program.root)} is ${short(run.data[program.root])} now.`);
  },
  restore() {
    state.edits.clear();
    recompute();
    render({ say: false });
  },
};

function play() {
  if (state.step >= sequence.steps.length - 1) state.step = 0;
  const pauseBetween = Math.max(FASTEST, Math.min(SLOWEST, WHOLE / sequence.steps.length));
  timer = setInterval(() => actions.go(state.step + 1), pauseBetween);
  showPlaying();
  render({ follow: true });
}

function pause() {
  clearInterval(timer);
  timer = null;
  showPlaying();
}

function showPlaying() {
  controls.play.classList.toggle("is-playing", timer !== null);
  const label = timer === null ? "Play" : "Pause";
  setAttribute(controls.play, "aria-label", label);
  setAttribute(controls.play, "title", `${label} (Space)`);
}

function move(step) {
  pause();
  actions.go(Math.min(Math.max(step, 0), sequence.steps.length - 1));
}

const byKey = {
  ArrowRight: () => move(state.step + 1),
  ArrowLeft: () => move(state.step - 1),
  " ": () => (timer === null ? play() : pause()),
  Home: () => move(0),
  End: () => move(Infinity),
  Escape: () => (help.open ? closeHelp() : actions.select(null)),
  "+": () => view.zoom(1),
  "=": () => view.zoom(1),
  "-": () => view.zoom(-1),
  0: () => view.camera.showAll(),
};
const help = document.querySelector(".help");
function closeHelp() {
  const hadFocus = help.contains(document.activeElement);
  help.open = false;
  if (hadFocus) help.querySelector("summary").focus();
}
const PAN = 60; // pixels for a press of an arrow key with Shift
const panByKey = {
  ArrowRight: [-PAN, 0],
  ArrowLeft: [PAN, 0],
  ArrowUp: [0, PAN],
  ArrowDown: [0, -PAN],
};

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
  const { target } = event;
  const isTyping = target.matches?.("input, select, textarea");
  if (isTyping && event.key !== "Escape") return;
  if (event.key === " " && target.matches?.("button, summary, [role=button]")) return;
  if (event.shiftKey && panByKey[event.key]) view.camera.pan(...panByKey[event.key]);
  else if (byKey[event.key]) byKey[event.key]();
  else return;
  event.preventDefault();
});

controls.first.addEventListener("click", byKey.Home);
controls.back.addEventListener("click", byKey.ArrowLeft);
controls.play.addEventListener("click", byKey[" "]);
controls.next.addEventListener("click", byKey.ArrowRight);
controls.last.addEventListener("click", byKey.End);
controls.jump.addEventListener("input", () => move(Number(controls.jump.value)));

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  setAttribute(byId("theme"), "aria-label", isDarkNow() ? "Light colours" : "Dark colours");
}

function isDarkNow() {
  const { theme } = document.documentElement.dataset;
  return (
    theme === "dark" || (theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches)
  );
}

byId("theme").addEventListener("click", () => setTheme(isDarkNow() ? "light" : "dark"));

function start() {
  state = stateIn(location.hash, program);
  sequence = sequenceOf(program, state.opened);
  recompute();
  render({ follow: true, say: false });
}

const view = new View(byId("stage"), program, actions);
const cards = [StepCard, QuizCard, NodeCard, DescentCard].map(
  (Kind) => new Kind(program, TABLE, actions),
);
byId("panel").append(...cards.map(({ element }) => element));
window.addEventListener("hashchange", start);
setTheme(document.documentElement.dataset.theme);
if (program.notice) byId("notice").append(h("p", {}, program.notice));
start();
document.documentElement.classList.add("running");
