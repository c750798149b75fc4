/** A dialogue as text, read aloud by two voices where the browser has any. */

/** @import { Lesson } from "../types/lessons.js" */

import { el, fill, newId } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { lessons as words } from "../words/learning/lessons.js";
import { language } from "../words/numerals.js";

const SPEEDS = [0.75, 1, 1.25, 1.5];
const PITCH = { student: 1.25, teacher: 0.9 }; // where there is only one voice

/** @typedef {"student" | "teacher"} Who */

/**
 * @param {Lesson["dialogue"]} lines
 * @param {(text: string) => string} spoken A text as it is said.
 * @param {(element: HTMLElement, text: string) => HTMLElement} tell Show a text in an element.
 */
export function createDialogue(lines, spoken, tell) {
  const rows = lines.map(({ who, says }) =>
    el("li", { "data-who": who }, el("strong", {}, words.listen.who[who]), tell(el("p", {}), says)),
  );
  const list = el("ol", { class: "dialogue" }, ...rows);
  const synthesis = globalThis.speechSynthesis;
  const play = el("button", { type: "button", onclick: () => (speaking ? pause() : resume()) });
  const id = newId();
  const speed = el("select", { id });
  speed.append(...SPEEDS.map((value) => el("option", { value, selected: value === 1 }, `${value} ×`)));
  const controls = el(
    "div",
    { class: "listen" },
    play,
    el("label", { for: id, class: "listen-speed" }, words.listen.speed, " ", speed),
  );
  const silent = el("p", { class: "help" }, words.listen.noVoice);
  let at = 0;
  let speaking = false;

  function voices() {
    return (synthesis?.getVoices() ?? []).filter(({ lang }) => lang.toLowerCase().startsWith(language));
  }

  function showControls() {
    const able = voices().length > 0;
    controls.hidden = !able;
    silent.hidden = able;
  }

  function show() {
    fill(play, icon(speaking ? "pause" : "play"), speaking ? words.listen.pause : words.listen.play);
    for (const [i, row] of rows.entries()) {
      if (speaking && i === at) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
  }

  function say() {
    const line = lines[at];
    if (!line || !synthesis) return stop();
    const [first, second = first] = voices();
    const utterance = new SpeechSynthesisUtterance(spoken(line.says));
    const voice = line.who === "teacher" ? first : second;
    if (voice) utterance.voice = voice;
    utterance.lang = voice?.lang ?? language;
    utterance.rate = Number(speed.value);
    utterance.pitch = first === second ? PITCH[line.who] : 1;
    utterance.onend = () => {
      if (!speaking) return;
      at += 1;
      if (at < lines.length) say();
      else stop();
    };
    show();
    rows[at]?.scrollIntoView({ block: "nearest" });
    synthesis.speak(utterance);
  }

  /** A line that was interrupted is said again from its beginning. */
  function resume() {
    speaking = true;
    say();
  }

  function pause() {
    speaking = false;
    synthesis?.cancel();
    show();
  }

  function stop() {
    pause();
    at = 0;
  }

  synthesis?.addEventListener?.("voiceschanged", showControls);
  addEventListener("pagehide", pause);
  showControls();
  show();
  const element = el("details", { class: "more" }, el("summary", {}, words.steps.listen), controls, silent, list);
  element.addEventListener("toggle", () => element.open || pause());
  return element;
}
