import { matches } from "../../export/history_codec.js";
import { make, setText } from "../shared/dom.js";
import { highlighter } from "../shared/highlights.js";
import { rangeIn, textOf } from "./words.js";

const MOST_MATCHES = 5000;

/**
 * A field that finds text in the turns that are shown, marks it and goes from one match to the next.
 * @param {HTMLElement} list it holds `.turn` with `.words`
 * @param {AbortSignal} signal
 */
export function finder(list, signal) {
  const field = make("input", { type: "search", placeholder: "Find", "aria-label": "Find in the transcript" });
  const count = make("span", { class: "quiet", role: "status" });
  const up = make("button", { type: "button", "aria-label": "Earlier match", title: "Earlier match (Shift and Enter)" }, "↑");
  const down = make("button", { type: "button", "aria-label": "Later match", title: "Later match (Enter)" }, "↓");
  const element = make("span", { class: "find", role: "search" }, field, up, down, count);
  const [markAll, markChosen] = [highlighter("ips-match", signal), highlighter("ips-chosen", signal)];
  /** @type {Range[]} */
  let found = [];
  let chosen = 0;

  const show = (/** @type {boolean} */ scroll) => {
    const query = field.value.trim();
    const range = found[chosen];
    markAll(found);
    markChosen(range ? [range] : []);
    up.hidden = down.hidden = query === "";
    up.disabled = down.disabled = found.length === 0;
    setText(count, query === "" ? "" : range ? `${chosen + 1} of ${found.length}` : "no match");
    if (range && scroll) range.startContainer.parentElement?.closest(".turn")?.scrollIntoView?.({ block: "nearest" });
  };
  const search = () => {
    const query = field.value.trim();
    found = [];
    if (query === "") return;
    for (const words of /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll(".turn:not([hidden]) .words"))) {
      for (const [from, to] of matches(textOf(words), query)) {
        const range = found.length < MOST_MATCHES ? rangeIn(words, from, to) : null;
        if (range) found.push(range);
      }
    }
    chosen = Math.min(chosen, Math.max(found.length - 1, 0));
  };
  const step = (/** @type {number} */ by) => {
    if (found.length > 0) chosen = (chosen + by + found.length) % found.length;
    show(true);
  };
  field.addEventListener(
    "input",
    () => {
      chosen = 0;
      search();
      show(true);
    },
    { signal },
  );
  field.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
      else if (event.key === "Escape") {
        field.value = "";
        search();
        show(false);
        list.focus();
      } else return;
      event.preventDefault();
      event.stopPropagation();
    },
    { signal },
  );
  up.addEventListener("click", () => step(-1), { signal });
  down.addEventListener("click", () => step(1), { signal });
  show(false);

  return {
    element,
    focus: () => field.focus(),
    /** The turns have changed. */
    refresh() {
      if (field.value.trim() === "") return;
      search();
      show(false);
    },
  };
}
