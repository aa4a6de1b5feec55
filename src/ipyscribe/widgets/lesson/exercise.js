import { make, setText } from "../shared/dom.js";
import { heard } from "../shared/late_module.js";
import { hideSavedCopy } from "../shared/saved_copy.js";
import { soundPlayer } from "../shared/sound_player.js";
import { followTheme } from "../shared/theme.js";

/** @typedef {{ text?: string, gap?: number, letters?: number, before?: string, after?: string }} Part */
/** @typedef {{ order: number, start: string, parts: Part[] }} Turn */
/** @typedef {{ turns: Turn[], typed: string[], marks: string[], answers: string[], summary: string, has_sound: boolean, hides: string }} Model */

/** @type {Record<string, string>} */
const MARKS = { right: "right", close: "nearly right", wrong: "not right", empty: "not typed yet" };

/** @type {import("@anywidget/types").Render<Model>} */
function render({ model, el, signal }) {
  const sound = soundPlayer((message) => model.send(message), signal);
  const list = make("ol", {});
  const checkButton = make("button", { type: "button" }, "Check");
  const revealButton = make("button", { type: "button" }, "Show the words");
  const summary = make("b", { role: "status" });
  const root = make(
    "div",
    { class: "ips ips-exercise", role: "group", "aria-label": "Words to type by ear" },
    list,
    make("div", { class: "buttons" }, checkButton, revealButton, summary, sound.element),
  );
  el.replaceChildren(root);
  followTheme(root, signal);
  hideSavedCopy(model.get("hides"), signal);

  /** @type {{ input: HTMLInputElement, answer: HTMLElement }[]} */
  const gaps = [];
  const gap = (/** @type {Part} */ part) => {
    const number = /** @type {number} */ (part.gap);
    const input = make("input", { type: "text", size: Math.max(6, (part.letters ?? 0) + 2), autocomplete: "off", spellcheck: false });
    input.setAttribute("aria-label", `Word ${number + 1}`);
    input.setAttribute("autocapitalize", "off");
    const answer = make("span", { class: "answer" });
    gaps[number] = { input, answer };
    return [part.before ?? "", input, answer, part.after ?? "", " "];
  };
  const row = (/** @type {Turn} */ turn) => {
    const playButton = make("button", { type: "button", disabled: !model.get("has_sound") }, `▶ ${turn.start}`);
    playButton.setAttribute("aria-label", `Play the turn at ${turn.start}`);
    playButton.addEventListener("click", () => sound.play({ order: turn.order }), { signal });
    const parts = turn.parts.flatMap((part) => (part.gap === undefined ? [`${part.text} `] : gap(part)));
    return make("li", {}, playButton, make("span", { class: "line" }, ...parts));
  };
  list.append(...model.get("turns").map(row));

  const show = () => {
    const [typed, marks, answers] = [model.get("typed"), model.get("marks"), model.get("answers")];
    for (const [number, { input, answer }] of gaps.entries()) {
      if (document.activeElement !== input && typed[number] !== undefined && input.value === "") input.value = typed[number];
      const mark = marks[number] ?? "";
      input.dataset.mark = mark;
      input.setAttribute("aria-label", `Word ${number + 1}${mark ? `, ${MARKS[mark]}` : ""}`);
      setText(answer, answers[number] ? ` (${answers[number]})` : "");
    }
    setText(summary, model.get("summary"));
  };
  const check = () => model.send({ kind: "check", typed: gaps.map(({ input }) => input.value) });
  const next = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    check();
    const number = gaps.findIndex(({ input }) => input === event.target);
    gaps[number + 1]?.input.focus();
  };

  checkButton.addEventListener("click", check, { signal });
  revealButton.addEventListener("click", () => model.send({ kind: "reveal" }), { signal });
  list.addEventListener("keydown", next, { signal });
  const traits = ["typed", "marks", "answers", "summary"];
  for (const trait of traits) model.on(`change:${trait}`, show);
  model.on("msg:custom", sound.receive);
  signal.addEventListener("abort", () => {
    for (const trait of traits) model.off(`change:${trait}`, show);
    model.off("msg:custom", sound.receive);
  });
  show();
}

export default { render: heard(render) };
