import { make } from "../shared/dom.js";

const HINT = "Drag to look back; a double click plays a turn";
const EDGE_PX = 12;

/** @typedef {[before: string, words: string, after: string]} Told */

/**
 * The turns at one moment of the timeline, under the pointer or under the handle; the kernel has their words.
 * @param {(message: Record<string, unknown>) => void} send
 * @param {(ms: number, text: string) => void} told the same as text
 */
export function turnTip(send, told) {
  const element = make("div", { class: "tip", "aria-hidden": "true", hidden: true });
  /** @type {{ ms: number, share: number, hint: boolean } | null} */
  let wanted = null;
  /** @type {number | null} */
  let askedMs = null; // every view of the widget gets each answer

  const ask = () => {
    if (askedMs !== null || !wanted) return;
    askedMs = wanted.ms;
    send({ kind: "point", audio_ms: wanted.ms });
  };
  const show = (/** @type {Told[]} */ turns) => {
    const { share, hint } = /** @type {NonNullable<typeof wanted>} */ (wanted);
    const lines = turns.map(([before, words, after]) => make("div", {}, `${before} `, make("bdi", {}, words), ` · ${after}`));
    element.replaceChildren(...(lines.length === 0 && hint ? [make("div", {}, HINT)] : lines));
    element.hidden = element.childElementCount === 0;
    element.style.left = share < 0.5 ? `calc(${(100 * share).toFixed(1)}% + ${EDGE_PX}px)` : "";
    element.style.right = share < 0.5 ? "" : `calc(${(100 * (1 - share)).toFixed(1)}% + ${EDGE_PX}px)`;
  };

  return {
    element,
    /** @param {number} ms @param {number} share of the width @param {boolean} hint whether the handle can be dragged */
    point(ms, share, hint) {
      wanted = { ms, share, hint };
      ask();
    },
    leave() {
      wanted = null;
      askedMs = null; // an answer may be lost with the connection
      element.hidden = true;
    },
    /** A message of the kernel. @param {any} message */
    receive(message) {
      if (message?.kind !== "turns_at" || message.audio_ms !== askedMs) return;
      askedMs = null;
      if (!wanted) return;
      show(message.turns);
      told(message.audio_ms, message.turns.map((/** @type {Told} */ turn) => turn.join(" ")).join("; "));
      if (wanted.ms !== message.audio_ms) ask();
    },
  };
}
