import { clockText } from "../../export/clock_text.js";
import { make, setText } from "../shared/dom.js";
import { pageContext } from "../shared/page.js";

/** @typedef {{ start: number, end: number, text: string }} Correction */
/** @typedef {import("./columns.js").Disagreement & { start: number, before?: string, after?: string, correction?: Correction | null }} Disagreement */
/** @typedef {{ disagreement: Disagreement, item: HTMLElement, show: (disagreement: Disagreement) => void }} Entry */

/** @param {{ first: number, end: number }} disagreement */
const keyOf = ({ first, end }) => `${first}-${end}`;

/**
 * Each version of the words with the models that have it, the most frequent first; `most` for the one that has
 * more models than any other.
 * @param {string[]} labels
 * @param {import("./columns.js").Disagreement} disagreement
 * @returns {{ text: string, models: string[], most: boolean }[]}
 */
export function versionsOf(labels, disagreement) {
  /** @type {Map<number, { text: string, models: string[], most: boolean }>} */
  const byVersion = new Map();
  disagreement.texts.forEach((text, lane) => {
    if (text === null) return;
    const version = byVersion.get(disagreement.versions[lane]) ?? { text, models: [], most: false };
    version.models.push(labels[lane] ?? "");
    byVersion.set(disagreement.versions[lane], version);
  });
  const [first, ...rest] = [...byVersion.values()].sort((a, b) => b.models.length - a.models.length);
  if (first && rest.every(({ models }) => models.length < first.models.length)) first.most = true;
  return first ? [first, ...rest] : [];
}

/**
 * The disagreements, to be played and corrected.
 * @param {(message: Record<string, unknown>) => void} send
 * @param {AbortSignal} signal
 */
export function reviewList(send, signal) {
  const title = make("b", { role: "heading", "aria-level": 3 }, "Differences");
  const summary = make("span", { class: "quiet" });
  const list = make("ol", { class: "disagreements" });
  const more = make("button", { type: "button", hidden: true }, "More differences");
  const fresh = make("button", { type: "button", hidden: true }, "Sort again");
  const element = make("section", { class: "review", hidden: true, "aria-label": "Differences" }, make("div", { class: "top" }, title, summary, fresh), list, more);
  const audio = make("audio", { controls: true });
  const status = make("span", { class: "quiet", role: "status" });
  const input = make("input", { type: "text", "aria-label": "The correct words", placeholder: "the correct words", autocomplete: "off" });
  const fills = make("span", { class: "fills" });
  const save = make("button", { type: "button" }, "Save");
  const none = make("button", { type: "button" }, "Nothing was said");
  const form = make("form", {}, make("div", { class: "sound" }, audio, status), make("div", { class: "say" }, input, save, none), fills);

  /** @type {Map<string, Entry>} */
  const entries = new Map();
  /** @type {string[]} */
  let labels = [];
  /** @type {{ total: number, disagreements: Disagreement[] } | null} */
  let waiting = null;
  /** @type {Entry | null} */
  let selected = null;
  let request = "";
  let url = "";

  const drawVersions = (/** @type {Disagreement} */ disagreement) =>
    versionsOf(labels, disagreement).map(({ text, models, most }) =>
      make(
        "span",
        { class: "version", title: models.join(", ") },
        text ? make("span", { class: most ? "most" : "odd", dir: "auto" }, text) : make("span", { class: "nothing" }, "nothing"),
        make("span", { class: "quiet" }, ` ${models.length > 2 ? `${models.length} models` : models.join(", ")}`),
      ),
    );
  const addEntry = (/** @type {Disagreement} */ disagreement) => {
    const button = make("button", { type: "button", class: "entry", "aria-expanded": "false" });
    const correctionLine = make("div", { class: "correction", hidden: true });
    const item = make("li", {}, button, correctionLine);
    /** @type {Entry} */
    const entry = {
      disagreement,
      item,
      show(newest) {
        entry.disagreement = newest;
        const { before, after, start } = newest;
        const context = [before, "[…]", after].filter(Boolean).join(" ");
        button.replaceChildren(
          make("span", { class: "at" }, clockText(start)),
          make("span", { class: "versions" }, make("span", { class: "context", dir: "auto" }, context), " ", ...drawVersions(newest)),
        );
        const correction = newest.correction ?? null;
        correctionLine.hidden = correction === null;
        if (correction) {
          const undo = make("button", { type: "button" }, "Undo");
          undo.addEventListener("click", () => send({ kind: "undo_correction", start: correction.start, end: correction.end }), { signal });
          correctionLine.replaceChildren("You: ", make("b", { dir: "auto" }, correction.text), " ", undo);
        }
      },
    };
    entry.show(disagreement);
    button.addEventListener("click", () => open(entry), { signal });
    entries.set(keyOf(disagreement), entry);
    return entry;
  };
  const open = (/** @type {Entry} */ entry) => {
    if (selected !== entry) {
      close();
      selected = entry;
      input.value = "";
      fills.replaceChildren(
        make("span", { class: "quiet" }, "use:"),
        ...versionsOf(labels, entry.disagreement).filter(({ text }) => text).map(({ text, models }) => {
          const fill = make("button", { type: "button", dir: "auto", title: `as ${models.join(", ")} has it` }, text);
          fill.addEventListener("click", () => {
            input.value = text;
            input.focus();
          }, { signal });
          return fill;
        }),
      );
      entry.item.append(form);
      entry.item.classList.add("open");
      entry.item.querySelector(".entry")?.setAttribute("aria-expanded", "true");
    }
    request = Math.random().toString(36).slice(2);
    setText(status, "Fetching the sound…");
    send({ kind: "play_audio", first: entry.disagreement.first, end: entry.disagreement.end, request });
  };
  const close = () => {
    selected?.item.classList.remove("open");
    selected?.item.querySelector(".entry")?.setAttribute("aria-expanded", "false");
    form.remove();
    audio.pause();
    selected = null;
  };
  const busy = () => list.contains(document.activeElement) || list.matches(":hover");
  const order = () => {
    fresh.hidden = true;
    if (!waiting) return;
    const shown = waiting.disagreements.map((disagreement) => entries.get(keyOf(disagreement)) ?? addEntry(disagreement));
    if (selected && !shown.includes(selected)) shown.unshift(selected);
    for (const [key, entry] of entries) if (!shown.includes(entry)) entries.delete(key);
    const items = shown.map(({ item }) => item);
    if (items.length !== list.childElementCount || items.some((item, i) => list.children[i] !== item)) list.replaceChildren(...items);
  };

  const resolve = (/** @type {string} */ text) => selected && send({ kind: "resolve", first: selected.disagreement.first, end: selected.disagreement.end, text });
  const submit = () => {
    if (input.value.trim()) resolve(input.value);
    else input.focus();
  };
  form.addEventListener("submit", (event) => event.preventDefault(), { signal });
  save.addEventListener("click", submit, { signal });
  form.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Enter" && event.target === input && !event.isComposing) {
        event.preventDefault();
        submit();
      }
      if (event.key !== "Escape") return;
      const from = selected?.item.querySelector("button");
      close();
      from?.focus();
    },
    { signal },
  );
  none.addEventListener("click", () => resolve(""), { signal });
  more.addEventListener("click", () => send({ kind: "more_disagreements" }), { signal });
  fresh.addEventListener("click", order, { signal });
  const { bus } = pageContext();
  audio.addEventListener("play", () => bus.dispatchEvent(new CustomEvent("sound", { detail: audio })), { signal });
  bus.addEventListener("sound", (event) => /** @type {CustomEvent} */ (event).detail !== audio && audio.pause(), { signal });
  signal.addEventListener("abort", () => {
    audio.pause();
    if (url) URL.revokeObjectURL(url);
  });

  return {
    element,
    /** @param {string[]} newLabels */
    setLabels(newLabels) {
      labels = newLabels;
    },
    /** Open a disagreement, wherever it was selected. @param {Disagreement} disagreement */
    select(disagreement) {
      element.hidden = false;
      const entry = entries.get(keyOf(disagreement)) ?? addEntry(disagreement);
      if (!entry.item.isConnected) list.prepend(entry.item);
      open(entry);
      entry.item.scrollIntoView?.({ block: "nearest" });
      /** @type {HTMLElement | null} */ (entry.item.querySelector(".entry"))?.focus({ preventScroll: true });
    },
    /** @param {{ total: number, disagreements: Disagreement[] }} message */
    receive(message) {
      const before = waiting === null ? "" : waiting.disagreements.map(keyOf).join();
      waiting = message;
      for (const disagreement of message.disagreements) {
        const entry = entries.get(keyOf(disagreement));
        if (entry && JSON.stringify(entry.disagreement) !== JSON.stringify(disagreement)) entry.show(disagreement);
      }
      element.hidden = message.total === 0 && !selected;
      setText(summary, message.total === 1 ? "1 difference; click to play it" : `${message.total.toLocaleString("en")} differences, longest first; click one to play it`);
      const grown = message.disagreements.length > list.childElementCount && document.activeElement === more;
      if (list.childElementCount && busy() && !grown) fresh.hidden = fresh.hidden && before === message.disagreements.map(keyOf).join();
      else order();
      more.hidden = message.total <= message.disagreements.length;
    },
    /**
     * The sound that was asked for.
     * @param {{ request: string, start: number, end: number, problem?: string }} message
     * @param {DataView[]} buffers
     */
    async play(message, buffers) {
      if (message.request !== request) return;
      if (!buffers[0]) {
        setText(status, message.problem ?? "Its sound was not kept.");
        return;
      }
      if (url) URL.revokeObjectURL(url);
      url = URL.createObjectURL(new Blob([/** @type {BlobPart} */ (/** @type {unknown} */ (buffers[0]))], { type: "audio/wav" }));
      audio.src = url;
      setText(status, `${(message.start / 1000).toFixed(1)} to ${(message.end / 1000).toFixed(1)} s`);
      await Promise.resolve(audio.play()).catch(() => setText(status, "Press play.")); // autoplay policies may want another click
    },
  };
}
