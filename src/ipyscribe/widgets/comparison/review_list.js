import { clockText } from "../../export/clock_text.js";
import { make, say } from "../shared/dom.js";
import { thisPage } from "../shared/page.js";

/** @typedef {{ start: number, end: number, text: string }} Known */
/** @typedef {import("./columns.js").Spot & { start: number, before?: string, after?: string, known?: Known | null }} Spot */
/** @typedef {{ spot: Spot, item: HTMLElement, show: (spot: Spot) => void }} Entry */

/** @param {{ first: number, end: number }} spot */
const keyOf = ({ first, end }) => `${first}-${end}`;

/**
 * Each version of what was said with the models that have it, the most frequent first; `most` for the
 * one that has more models than any other.
 * @param {string[]} labels
 * @param {import("./columns.js").Spot} spot
 * @returns {{ text: string, models: string[], most: boolean }[]}
 */
export function versionsOf(labels, spot) {
  /** @type {Map<number, { text: string, models: string[], most: boolean }>} */
  const found = new Map();
  spot.said.forEach((text, lane) => {
    if (text === null) return;
    const version = found.get(spot.versions[lane]) ?? { text, models: [], most: false };
    version.models.push(labels[lane] ?? "");
    found.set(spot.versions[lane], version);
  });
  const [first, ...rest] = [...found.values()].sort((a, b) => b.models.length - a.models.length);
  if (first && rest.every(({ models }) => models.length < first.models.length)) first.most = true;
  return first ? [first, ...rest] : [];
}

/**
 * Where the models differ, to be heard and corrected.
 * @param {(message: Record<string, unknown>) => void} send
 * @param {AbortSignal} signal
 */
export function listening(send, signal) {
  const title = make("b", { role: "heading", "aria-level": 3 }, "Where to listen");
  const told = make("span", { class: "quiet" });
  const list = make("ol", { class: "places" });
  const more = make("button", { type: "button", hidden: true }, "More places");
  const fresh = make("button", { type: "button", hidden: true }, "Show the new order");
  const element = make("section", { class: "listen", hidden: true, "aria-label": "Where to listen" }, make("div", { class: "top" }, title, told, fresh), list, more);
  const audio = make("audio", { controls: true });
  const heard = make("span", { class: "quiet", role: "status" });
  const input = make("input", { type: "text", "aria-label": "What was really said", placeholder: "what was really said", autocomplete: "off" });
  const fills = make("span", { class: "fills" });
  const save = make("button", { type: "button" }, "Save");
  const none = make("button", { type: "button" }, "Nothing was said");
  const form = make("form", {}, make("div", { class: "sound" }, audio, heard), make("div", { class: "say" }, input, save, none), fills);

  /** @type {Map<string, Entry>} */
  const entries = new Map();
  /** @type {string[]} */
  let labels = [];
  /** @type {{ total: number, spots: Spot[] } | null} */
  let waiting = null;
  /** @type {Entry | null} */
  let chosen = null;
  let ask = "";
  let address = "";

  const drawVersions = (/** @type {Spot} */ spot) =>
    versionsOf(labels, spot).map(({ text, models, most }) =>
      make(
        "span",
        { class: "version", title: models.join(", ") },
        text ? make("span", { class: most ? "most" : "odd", dir: "auto" }, text) : make("span", { class: "nothing" }, "nothing"),
        make("span", { class: "quiet" }, ` ${models.length > 2 ? `${models.length} models` : models.join(", ")}`),
      ),
    );
  const enter = (/** @type {Spot} */ spot) => {
    const button = make("button", { type: "button", class: "place", "aria-expanded": "false" });
    const known = make("div", { class: "known", hidden: true });
    const item = make("li", {}, button, known);
    /** @type {Entry} */
    const entry = {
      spot,
      item,
      show(newest) {
        entry.spot = newest;
        const { before, after, start } = newest;
        const context = [before, "[…]", after].filter(Boolean).join(" ");
        button.replaceChildren(
          make("span", { class: "at" }, clockText(start)),
          make("span", { class: "what" }, make("span", { class: "context", dir: "auto" }, context), " ", ...drawVersions(newest)),
        );
        const correction = newest.known ?? null;
        known.hidden = correction === null;
        if (correction) {
          const back = make("button", { type: "button" }, "Take back");
          back.addEventListener("click", () => send({ kind: "take_back", start: correction.start, end: correction.end }), { signal });
          known.replaceChildren("You: ", make("b", { dir: "auto" }, correction.text), " ", back);
        }
      },
    };
    entry.show(spot);
    button.addEventListener("click", () => open(entry), { signal });
    entries.set(keyOf(spot), entry);
    return entry;
  };
  const open = (/** @type {Entry} */ entry) => {
    if (chosen !== entry) {
      close();
      chosen = entry;
      input.value = "";
      fills.replaceChildren(
        make("span", { class: "quiet" }, "as heard:"),
        ...versionsOf(labels, entry.spot).filter(({ text }) => text).map(({ text, models }) => {
          const fill = make("button", { type: "button", dir: "auto", title: `as ${models.join(", ")} heard it` }, text);
          fill.addEventListener("click", () => {
            input.value = text;
            input.focus();
          }, { signal });
          return fill;
        }),
      );
      entry.item.append(form);
      entry.item.classList.add("open");
      entry.item.querySelector(".place")?.setAttribute("aria-expanded", "true");
    }
    ask = Math.random().toString(36).slice(2);
    say(heard, "Fetching the sound…");
    send({ kind: "listen", first: entry.spot.first, end: entry.spot.end, ask });
  };
  const close = () => {
    chosen?.item.classList.remove("open");
    chosen?.item.querySelector(".place")?.setAttribute("aria-expanded", "false");
    form.remove();
    audio.pause();
    chosen = null;
  };
  const busy = () => list.contains(document.activeElement) || list.matches(":hover");
  const order = () => {
    fresh.hidden = true;
    if (!waiting) return;
    const shown = waiting.spots.map((spot) => entries.get(keyOf(spot)) ?? enter(spot));
    if (chosen && !shown.includes(chosen)) shown.unshift(chosen);
    for (const [key, entry] of entries) if (!shown.includes(entry)) entries.delete(key);
    const items = shown.map(({ item }) => item);
    if (items.length !== list.childElementCount || items.some((item, i) => list.children[i] !== item)) list.replaceChildren(...items);
  };

  const resolve = (/** @type {string} */ text) => chosen && send({ kind: "resolve", first: chosen.spot.first, end: chosen.spot.end, text });
  const typed = () => {
    if (input.value.trim()) resolve(input.value);
    else input.focus();
  };
  form.addEventListener("submit", (event) => event.preventDefault(), { signal });
  save.addEventListener("click", typed, { signal });
  form.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Enter" && event.target === input && !event.isComposing) {
        event.preventDefault();
        typed();
      }
      if (event.key !== "Escape") return;
      const from = chosen?.item.querySelector("button");
      close();
      from?.focus();
    },
    { signal },
  );
  none.addEventListener("click", () => resolve(""), { signal });
  more.addEventListener("click", () => send({ kind: "more" }), { signal });
  fresh.addEventListener("click", order, { signal });
  const { bus } = thisPage();
  audio.addEventListener("play", () => bus.dispatchEvent(new CustomEvent("sound", { detail: audio })), { signal });
  bus.addEventListener("sound", (event) => /** @type {CustomEvent} */ (event).detail !== audio && audio.pause(), { signal });
  signal.addEventListener("abort", () => {
    audio.pause();
    if (address) URL.revokeObjectURL(address);
  });

  return {
    element,
    /** @param {string[]} named */
    name(named) {
      labels = named;
    },
    /** Open a place, wherever it was chosen. @param {Spot} spot */
    choose(spot) {
      element.hidden = false;
      const entry = entries.get(keyOf(spot)) ?? enter(spot);
      if (!entry.item.isConnected) list.prepend(entry.item);
      open(entry);
      entry.item.scrollIntoView?.({ block: "nearest" });
      /** @type {HTMLElement | null} */ (entry.item.querySelector(".place"))?.focus({ preventScroll: true });
    },
    /** @param {{ total: number, spots: Spot[] }} message */
    take(message) {
      const before = waiting === null ? "" : waiting.spots.map(keyOf).join();
      waiting = message;
      for (const spot of message.spots) {
        const entry = entries.get(keyOf(spot));
        if (entry && JSON.stringify(entry.spot) !== JSON.stringify(spot)) entry.show(spot);
      }
      element.hidden = message.total === 0 && !chosen;
      say(told, message.total === 1 ? "1 difference: press it to hear it" : `${message.total.toLocaleString("en")} differences, the most words first: press one to hear it`);
      const grown = message.spots.length > list.childElementCount && document.activeElement === more;
      if (list.childElementCount && busy() && !grown) fresh.hidden = fresh.hidden && before === message.spots.map(keyOf).join();
      else order();
      more.hidden = message.total <= message.spots.length;
    },
    /**
     * Play what was asked for.
     * @param {{ ask: string, start: number, end: number, problem?: string }} message
     * @param {DataView[]} buffers
     */
    async hear(message, buffers) {
      if (message.ask !== ask) return;
      if (!buffers[0]) {
        say(heard, message.problem ?? "Its sound was not kept.");
        return;
      }
      if (address) URL.revokeObjectURL(address);
      address = URL.createObjectURL(new Blob([/** @type {BlobPart} */ (/** @type {unknown} */ (buffers[0]))], { type: "audio/wav" }));
      audio.src = address;
      say(heard, `${(message.start / 1000).toFixed(1)} to ${(message.end / 1000).toFixed(1)} s`);
      await Promise.resolve(audio.play()).catch(() => say(heard, "Press play to hear it.")); // the browser may want a click of its own
    },
  };
}
