import { clockText } from "../../export/clock_text.js";
import { make, setText } from "../shared/dom.js";
import { autoscroll } from "../shared/autoscroll.js";
import { paintAck } from "../shared/paint_acks.js";
import { highlighter } from "../shared/highlights.js";
import { speakerColour } from "../shared/model_colours.js";
import { keysHelp, TIMELINE_KEYS, TRANSCRIPT_KEYS } from "../shared/keys_help.js";
import { heard } from "../shared/late_module.js";
import { pageContext } from "../shared/page.js";
import { soundPlayer } from "../shared/sound_player.js";
import { rowChunks } from "../shared/row_chunks.js";
import { followTheme } from "../shared/theme.js";
import { captions } from "./captions.js";
import { finder } from "./find.js";
import { rangeIn, wordsIn } from "./words.js";

/** @typedef {{ order: number, start: number, end: number, text: string, state: "open" | "provisional" | "settled",
 *   final_chars: number, doubts: [number, number, number][], delay: number | null, speaker: string | null, language: string | null }} Row */
/** @typedef {{ hint: string, badge: string, moment: string, has_sound: boolean, reserved: boolean }} Model */

const COPY = "Copy text";
const DELAY_HELP = "From the end of the last word to the arrival of the final";
const COPIED_MS = 2000;

/**
 * A turn's text cut where its style changes: unfinished words, doubtful words. Positions count characters, not
 * UTF-16 units.
 * @param {Row} row
 * @returns {{ text: string, pending: boolean, confidence: number | null }[]}
 */
export function pieces(row) {
  const characters = Array.from(row.text);
  const cuts = new Set([0, Math.min(row.final_chars, characters.length), characters.length]);
  for (const [start, end] of row.doubts) cuts.add(start).add(end);
  const edges = [...cuts].filter((at) => at >= 0 && at <= characters.length).sort((a, b) => a - b);
  const parts = [];
  for (let i = 0; i + 1 < edges.length; i += 1) {
    const [from, to] = [edges[i], edges[i + 1]];
    const doubt = row.doubts.find(([start, end]) => start <= from && to <= end);
    parts.push({ text: characters.slice(from, to).join(""), pending: from >= row.final_chars, confidence: doubt ? doubt[2] : null });
  }
  return parts;
}

/**
 * The delay of a final as a person reads it.
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
  if (row.speaker) {
    const who = make("bdi", { class: "who" }, row.speaker);
    who.style.color = speakerColour(row.speaker);
    words.append(who);
  }
  if (row.language) words.append(make("bdi", { class: "tag", title: "Language" }, row.language));
  for (const { text, pending, confidence } of pieces(row)) {
    if (!pending && confidence === null) {
      words.append(text);
      continue;
    }
    const style = [pending && "pending", confidence !== null && "unsure"].filter(Boolean).join(" ");
    const title = confidence === null ? {} : { title: `confidence ${confidence}` };
    words.append(make("span", { class: style, ...title }, text));
  }
  const late = make("span", { class: "late", title: DELAY_HELP }, delayText(row));
  const element = make("div", { class: row.state === "settled" ? "turn" : "turn open", role: "listitem" });
  element.append(make("span", { class: "at", title: "Play this turn" }, clockText(row.start)), words, late);
  return element;
}

/** @type {import("@anywidget/types").Render<Model>} */
function render({ model, el, signal }) {
  const turns = make("div", { class: "turns", role: "list", "aria-label": "Transcript", tabIndex: 0 });
  const hint = make("div", { class: "hint" });
  const newest = make("button", { class: "newest", type: "button", hidden: true }, "New words below");
  const doubts = make("input", { type: "checkbox" });
  const count = make("span", {});
  const badge = make("span", { class: "badge" });
  const announcements = make("div", { class: "unseen", "aria-live": "polite", role: "log", "aria-label": "Settled turns" });
  const moment = make("span", { class: "moment" });
  const copy = make("button", { class: "copy", type: "button" }, COPY);
  const sound = soundPlayer((message) => model.send(message), signal);
  const root = make("div", { class: "ips ips-transcript" });
  const find = finder(turns, signal);
  const keys = keysHelp(root, [["In the transcript", TRANSCRIPT_KEYS], ["On the timeline", TIMELINE_KEYS]], signal);
  const scroll = autoscroll(turns, newest, signal);
  const text = captions(root, signal, { changed: () => scroll.resized(), find: () => find.focus() });
  const foot = make(
    "div",
    { class: "foot" },
    make("label", {}, doubts, "Mark doubtful words"), badge, make("span", { class: "count" }, count, moment), sound.element, find.element, copy, text.element, keys.button,
  );
  const head = make(
    "div",
    { class: "head", "aria-hidden": "true" },
    make("span", {}, "time"), make("span", {}, "words"), make("span", { title: DELAY_HELP }, "delay of the final"),
  );
  root.append(hint, head, turns, newest, foot, keys.panel, announcements);
  el.replaceChildren(root);
  followTheme(root, signal);

  const list = rowChunks(turns);
  /** @type {Row[]} */
  let rows = [];
  let visible = 0; // of the rows; an earlier moment hides the others
  let first = true;

  const announce = (/** @type {Row} */ row) => {
    announcements.append(make("p", {}, `${row.speaker ? `${row.speaker}: ` : ""}${row.text}`));
    while (announcements.childElementCount > 3) announcements.firstElementChild?.remove();
  };
  const showHint = () => {
    setText(hint, model.get("hint"));
    const none = visible === 0;
    const reserved = Boolean(model.get("reserved"));
    hint.hidden = !none;
    root.classList.toggle("waiting", none && reserved);
    turns.hidden = foot.hidden = head.hidden = none && !reserved;
    const press = model.get("has_sound") && !model.get("moment") ? " · click a word to play it" : "";
    setText(count, `${visible === 1 ? "1 turn" : `${visible} turns`}${press}`);
    root.classList.toggle("has-sound", Boolean(model.get("has_sound")));
  };
  const showMoment = () => {
    const text = model.get("moment") ?? "";
    setText(moment, text);
    moment.hidden = text === "";
    root.classList.toggle("past", text !== "");
    showHint();
  };
  const words = wordsIn(turns, (row, at) => {
    if (model.get("has_sound")) sound.play({ order: rows[row].order, ...(at === null ? {} : { at }) });
  }, signal);

  const receive = (/** @type {any} */ message, /** @type {DataView[]} */ buffers) => {
    sound.receive(message, buffers);
    if (message?.kind !== "turns") return;
    const painted = paintAck(message, (reply) => model.send(reply), signal);
    const { whole } = message;
    if (!whole && message.count > rows.length + message.rows.length) return; // all of it is on its way
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
    for (let index = Math.min(visible, message.count); index < Math.min(Math.max(visible, message.count), rows.length); index += 1) {
      list.hide(index, index >= message.count);
    }
    visible = message.count;
    first = false;
    find.refresh();
    showHint();
    scroll.added(message.rows.length > 0 && !model.get("moment"));
    painted();
  };

  const markSpoken = highlighter("ips-spoken", signal);
  const showSpoken = (/** @type {Event} */ event) => {
    const { box, word } = /** @type {CustomEvent} */ (event).detail;
    if (box !== root.closest(".ipyscribe")) return;
    const at = word ? rows.findLastIndex((row) => row.order === word[2]) : -1;
    const element = at >= 0 && at < visible ? list.at(at)?.querySelector(".words") : null;
    const [from, to] = element ? [word[3], word[4]].map((each) => Array.from(rows[at].text).slice(0, each).join("").length) : [0, 0];
    const range = element && to > from ? rangeIn(element, from, Math.min(to, rows[at].text.length)) : null;
    markSpoken(range ? [range] : []);
  };
  pageContext().bus.addEventListener("spoken", showSpoken, { signal });

  let copied = 0;
  const copyText = async () => {
    const text = rows.slice(0, visible).map((row) => `${row.speaker ? `${row.speaker}: ` : ""}${row.text}`).join("\n");
    const done = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    setText(copy, done ? "Copied" : "The browser did not allow copying");
    clearTimeout(copied);
    copied = window.setTimeout(() => setText(copy, COPY), COPIED_MS);
  };
  copy.addEventListener("click", copyText, { signal });
  signal.addEventListener("abort", () => clearTimeout(copied));
  doubts.addEventListener("change", () => root.classList.toggle("doubts", doubts.checked), { signal });

  model.on("msg:custom", receive);
  const showBadge = () => {
    setText(badge, model.get("badge") ?? "");
    badge.hidden = !badge.textContent;
  };
  model.on("change:hint", showHint);
  model.on("change:has_sound", showHint);
  model.on("change:reserved", showHint);
  model.on("change:badge", showBadge);
  model.on("change:moment", showMoment);
  signal.addEventListener("abort", () => {
    model.off("msg:custom", receive);
    model.off("change:hint", showHint);
    model.off("change:has_sound", showHint);
    model.off("change:reserved", showHint);
    model.off("change:badge", showBadge);
    model.off("change:moment", showMoment);
  });
  showHint();
  showBadge();
  showMoment();
  model.send({ kind: "hello" });
}

export default { render: heard(render) };
