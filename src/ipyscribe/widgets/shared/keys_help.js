import { make } from "./dom.js";

/** @typedef {[keys: string, action: string][]} Keys */

/** @type {Keys} */
export const TIMELINE_KEYS = [
  ["← →", "a second back or forward"],
  ["Shift ← →", "to the previous or next change of the words"],
  ["Page Up, Page Down", "ten seconds"],
  ["Home", "to the beginning"],
  ["End, Esc", "to the end, or back to live"],
  ["Enter", "play the turn under the handle"],
];
/** @type {Keys} */
export const TRANSCRIPT_KEYS = [
  ["← →", "from word to word"],
  ["↑ ↓", "from turn to turn, on a word"],
  ["Enter", "play the word; with Shift its turn"],
  ["/", "find in the transcript"],
  ["+ −", "larger or smaller text"],
  ["F", "captions in full screen"],
];

/** Whether a key is typed into a field rather than pressed. @param {Event} event */
export const isTyping = (event) => event.target instanceof Element && event.target.matches("input:not([type=checkbox], [type=range]), textarea, select");

/**
 * A button "?" and the table of keys that it shows; the key ? does the same anywhere in `root`.
 * @param {HTMLElement} root
 * @param {[title: string, keys: Keys][]} groups
 * @param {AbortSignal} signal
 */
export function keysHelp(root, groups, signal) {
  const close = make("button", { type: "button" }, "Close");
  const tables = groups.map(([title, keys]) =>
    make(
      "table",
      {},
      make("caption", {}, title),
      make("tbody", {}, ...keys.map(([key, action]) => make("tr", {}, make("th", { scope: "row" }, make("kbd", {}, key)), make("td", {}, action)))),
    ),
  );
  const panel = make("div", { class: "keys", role: "group", "aria-label": "Keys", hidden: true }, ...tables, close);
  const button = make("button", { type: "button", class: "help", "aria-label": "Keys", "aria-expanded": "false", title: "Keys (?)" }, "?");
  const toggle = (/** @type {boolean} */ shown) => {
    panel.hidden = !shown;
    button.setAttribute("aria-expanded", String(shown));
  };
  button.addEventListener("click", () => toggle(Boolean(panel.hidden)), { signal });
  close.addEventListener(
    "click",
    () => {
      toggle(false);
      button.focus();
    },
    { signal },
  );
  root.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "?" || isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      toggle(Boolean(panel.hidden));
    },
    { signal },
  );
  return { button, panel };
}
