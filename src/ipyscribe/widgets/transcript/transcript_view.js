import { clockText } from "../../export/clock_text.js";
import { make, say } from "../shared/dom.js";
import { follow } from "../shared/autoscroll.js";
import { painting } from "../shared/paint_acks.js";
import { soundPlayer } from "../shared/sound_player.js";
import { stretches } from "../shared/row_chunks.js";
import { followTheme } from "../shared/theme.js";
import { wordsIn } from "./words.js";

/** @typedef {{ order: number, start: number, end: number, text: string, state: "open" | "provisional" | "settled",
 *   firm: number, doubts: [number, number, number][], delay: number | null, speaker: string | null, language: string | null }} Row */
/** @typedef {{ hint: string, badge: string, moment: string, sounding: boolean }} Model */


/**
 * A turn's text cut where its look changes: unfinished words, doubtful words. Positions count characters, not
 * UTF-16 units.
 * @param {Row} row
 * @returns {{ text: string, pending: boolean, confidence: number | null }[]}
 */
export function pieces(row) {
  const characters = Array.from(row.text);
  const cuts = new Set([0, Math.min(row.firm, characters.length), characters.length]);
  for (const [start, end] of row.doubts) cuts.add(start).add(end);
  const marks = [...cuts].filter((at) => at >= 0 && at <= characters.length).sort((a, b) => a - b);
  const found = [];
  for (let i = 0; i + 1 < marks.length; i += 1) {
    const [from, to] = [marks[i], marks[i + 1]];
    const doubt = row.doubts.find(([start, end]) => start <= from && to <= end);
    found.push({ text: characters.slice(from, to).join(""), pending: from >= row.firm, confidence: doubt ? doubt[2] : null });
  }
  return found;
}

/**
 * The wait for a final as a person reads it.
 * @param {Row} row
 */
export function delayText(row) {
  if (row.delay === null) return row.state === "open" ? "…" : "";
  return `${row.delay.toLocaleString("en")} ms`;
}

/**
 * The direction of a turn follows from its words alone, so what stands before them is isolated.
 * @param {Row} row
 * @returns {HTMLElement}
 */
function draw(row) {
  const words = make("span", { class: "words", dir: "auto" });
  if (row.speaker) words.append(make("bdi", { class: "who" }, row.speaker));
  if (row.language) words.append(make("bdi", { class: "tag", title: "Language" }, row.language));
  for (const { text, pending, confidence } of pieces(row)) {
    if (!pending && confidence === null) {
      words.append(text);
      continue;
    }
    const look = [pending && "pending", confidence !== null && "unsure"].filter(Boolean).join(" ");
    const title = confidence === null ? {} : { title: `confidence ${confidence}` };
    words.append(make("span", { class: look, ...title }, text));
  }
  const late = make("span", { class: "late", title: "From the end of the last word to the arrival of the final" }, delayText(row));
  const element = make("div", { class: row.state === "settled" ? "turn" : "turn open", role: "listitem" });
  element.append(make("span", { class: "at", title: "Play this turn" }, clockText(row.start)), words, late);
  return element;
}

/** @type {import("@anywidget/types").Render<Model>} */
function render({ model, el, signal }) {
  const turns = make("div", { class: "turns", role: "list", "aria-label": "Transcript", tabIndex: 0 });
  const hint = make("div", { class: "hint" });
  const newer = make("button", { class: "newer", type: "button", hidden: true }, "New words below");
  const doubts = make("input", { type: "checkbox" });
  const count = make("span", {});
  const badge = make("span", { class: "badge" });
  const spoken = make("div", { class: "unseen", "aria-live": "polite", role: "log", "aria-label": "Settled turns" });
  const moment = make("span", { class: "moment" });
  const sound = soundPlayer((message) => model.send(message), signal);
  const foot = make("div", { class: "foot" }, make("label", {}, doubts, "Mark doubtful words"), badge, count, moment, sound.element);
  const root = make(
    "div",
    { class: "ips ips-transcript" },
    hint,
    turns,
    newer,
    foot,
    spoken,
  );
  el.replaceChildren(root);
  followTheme(root, signal);

  const list = stretches(turns);
  /** @type {Row[]} */
  let rows = [];
  let seen = 0; // of the rows; an earlier moment hides the others
  let first = true;
  const end = follow(turns, newer, signal);

  const announce = (/** @type {Row} */ row) => {
    spoken.append(make("p", {}, `${row.speaker ? `${row.speaker}: ` : ""}${row.text}`));
    while (spoken.childElementCount > 3) spoken.firstElementChild?.remove();
  };
  const showHint = () => {
    say(hint, model.get("hint"));
    hint.hidden = seen > 0;
    turns.hidden = foot.hidden = seen === 0;
    const press = model.get("sounding") && seen > 0 ? " · press a word to hear it" : "";
    say(count, seen === 0 ? "" : `${seen === 1 ? "1 turn" : `${seen} turns`}${press}`);
    root.classList.toggle("sounding", Boolean(model.get("sounding")));
  };
  const showMoment = () => {
    const told = model.get("moment") ?? "";
    say(moment, told);
    moment.hidden = told === "";
    root.classList.toggle("past", told !== "");
  };
  const words = wordsIn(turns, (row, at) => {
    if (model.get("sounding")) sound.play({ order: rows[row].order, ...(at === null ? {} : { at }) });
  }, signal);

  const take = (/** @type {any} */ message, /** @type {DataView[]} */ buffers) => {
    sound.take(message, buffers);
    if (message?.kind !== "turns") return;
    const painted = painting(message, (answer) => model.send(answer), signal);
    const { whole } = message;
    if (!whole && message.count > rows.length + message.rows.length) return; // the whole is on its way
    for (const [index, row] of message.rows) {
      const before = rows[index];
      if (JSON.stringify(before) === JSON.stringify(row)) continue;
      rows[index] = row;
      const drawn = draw(row);
      if (list.at(index)) list.replace(index, drawn, words.keep);
      else list.append(drawn);
      if (row.state === "settled" && before?.state !== "settled" && !(first && whole) && !model.get("moment")) announce(row);
    }
    while (whole && rows.length > message.count) {
      rows.pop();
      list.removeLast();
    }
    for (let index = Math.min(seen, message.count); index < Math.min(Math.max(seen, message.count), rows.length); index += 1) {
      list.hide(index, index >= message.count);
    }
    seen = message.count;
    first = false;
    showHint();
    end.added(message.rows.length > 0 && !model.get("moment"));
    painted();
  };

  doubts.addEventListener("change", () => root.classList.toggle("doubts", doubts.checked), { signal });

  model.on("msg:custom", take);
  const showBadge = () => {
    say(badge, model.get("badge") ?? "");
    badge.hidden = !badge.textContent;
  };
  model.on("change:hint", showHint);
  model.on("change:sounding", showHint);
  model.on("change:badge", showBadge);
  model.on("change:moment", showMoment);
  signal.addEventListener("abort", () => {
    model.off("msg:custom", take);
    model.off("change:hint", showHint);
    model.off("change:sounding", showHint);
    model.off("change:badge", showBadge);
    model.off("change:moment", showMoment);
  });
  showHint();
  showBadge();
  showMoment();
  model.send({ kind: "hello" });
}

export default { render };
