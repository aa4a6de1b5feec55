const ANSWER_WITHIN_MS = 2000;
const SECOND_S = 1;
const LEAP_S = 10;

/**
 * Sends the positions to which a handle is dragged: one is in flight at a time, and of those that wait the newest wins.
 * @param {(message: Record<string, unknown>) => void} send
 * @param {AbortSignal} signal
 * @param {() => void} [changed] a position was sent, or is no longer in flight
 */
export function scrubber(send, signal, changed = () => {}) {
  let mark = "";
  let count = 0;
  let timer = 0;
  /** @type {Record<string, unknown> | null} */
  let waiting = null;

  const post = (/** @type {Record<string, unknown>} */ message) => {
    mark = `${performance.now()}-${(count += 1)}`;
    clearTimeout(timer);
    timer = window.setTimeout(answered, ANSWER_WITHIN_MS);
    send({ ...message, mark });
    changed();
  };
  function answered() {
    clearTimeout(timer);
    mark = "";
    const next = waiting;
    waiting = null;
    if (next) post(next);
    else changed();
  }
  signal.addEventListener("abort", () => clearTimeout(timer));

  return {
    /** @param {{ share: number } | { audio_ms: number, with_sound?: boolean }} position */
    seek(position) {
      const message = { kind: "seek", ...position };
      if (mark) waiting = message;
      else post(message);
    },
    /** A command that must not be left out, as it depends on the position before it. @param {Record<string, unknown>} message */
    step(message) {
      waiting = null;
      post(message);
    },
    /** Whether a position that the kernel sends is as new as the last command. @param {string} sentMark */
    accepts(sentMark) {
      if (mark && sentMark !== mark) return false;
      if (mark) answered();
      return true;
    },
    /** Whether a newer position is in flight. */
    busy: () => mark !== "",
  };
}

/**
 * The command of a key on a slider in time: arrows move by a second, with Shift by one change, Page by ten seconds.
 * @param {KeyboardEvent} event
 * @returns {Record<string, unknown> | null}
 */
export function keyCommand({ key, shiftKey, altKey, ctrlKey, metaKey }) {
  if (altKey || ctrlKey || metaKey) return null;
  const forward = key === "ArrowRight" || key === "ArrowUp" || key === "PageUp";
  if (forward || key === "ArrowLeft" || key === "ArrowDown" || key === "PageDown") {
    if (shiftKey) return { kind: "step", back: !forward };
    return { kind: "seek", by_s: (forward ? 1 : -1) * (key.startsWith("Page") ? LEAP_S : SECOND_S) };
  }
  if (key === "Home") return { kind: "seek", share: 0 };
  if (key === "End" || key === "Escape") return { kind: "to_end" };
  return null;
}
