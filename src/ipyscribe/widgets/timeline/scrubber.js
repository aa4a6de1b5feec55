const ANSWER_WITHIN_MS = 2000;
const SECOND_S = 1;
const LEAP_S = 10;

/**
 * A hand that goes along the tape: one position is under way at a time, and of those that wait the newest wins.
 * @param {(message: Record<string, unknown>) => void} send
 * @param {AbortSignal} signal
 * @param {() => void} [changed] a position has gone off, or is no longer waited for
 */
export function handOf(send, signal, changed = () => {}) {
  let mark = "";
  let sent = 0;
  let timer = 0;
  /** @type {Record<string, unknown> | null} */
  let waiting = null;

  const give = (/** @type {Record<string, unknown>} */ message) => {
    mark = `${performance.now()}-${(sent += 1)}`;
    clearTimeout(timer);
    timer = window.setTimeout(free, ANSWER_WITHIN_MS);
    send({ ...message, mark });
    changed();
  };
  function free() {
    clearTimeout(timer);
    mark = "";
    const next = waiting;
    waiting = null;
    if (next) give(next);
    else changed();
  }
  signal.addEventListener("abort", () => clearTimeout(timer));

  return {
    /** @param {{ share: number } | { ms: number, aloud?: boolean }} where */
    go(where) {
      const message = { kind: "travel", ...where };
      if (mark) waiting = message;
      else give(message);
    },
    /** What is not a position, and must not be left out. @param {Record<string, unknown>} message */
    step(message) {
      waiting = null;
      give(message);
    },
    /** Whether a place that the kernel tells is not older than what the hand did last. @param {string} told */
    takes(told) {
      if (mark && told !== mark) return false;
      if (mark) free();
      return true;
    },
    /** Whether a newer position is under way. */
    busy: () => mark !== "",
  };
}

/**
 * What a key asks of a slider in time: arrows by a second, with Shift by a change, Page by ten seconds.
 * @param {KeyboardEvent} event
 * @returns {Record<string, unknown> | null}
 */
export function keyStep({ key, shiftKey, altKey, ctrlKey, metaKey }) {
  if (altKey || ctrlKey || metaKey) return null;
  const later = key === "ArrowRight" || key === "ArrowUp" || key === "PageUp";
  if (later || key === "ArrowLeft" || key === "ArrowDown" || key === "PageDown") {
    if (shiftKey) return { kind: "step", back: !later };
    return { kind: "travel", by: (later ? 1 : -1) * (key.startsWith("Page") ? LEAP_S : SECOND_S) };
  }
  if (key === "Home") return { kind: "travel", share: 0 };
  if (key === "End" || key === "Escape") return { kind: "end" };
  return null;
}
