const ACKNOWLEDGE_EVERY_MS = 1000;

/** @typedef {[number: number, receivedMs: number, paintedMs: number]} Paint */
/** What the view with that signal has painted and not acknowledged yet. @type {WeakMap<AbortSignal, Paint[]>} */
const unacknowledged = new WeakMap();

/**
 * Acknowledge how long a message took from its arrival to its paint, where the kernel has numbered it to know that.
 * Call this as the message arrives, and the function that it returns once the page has been changed.
 *
 * Paints of a second are acknowledged together: an answer to every message would have the system hold back its TCP
 * acknowledgements to send them along, and Jupyter's server waits for those before it sends the next words.
 * @param {{ number?: number | null } | null | undefined} message
 * @param {(message: Record<string, unknown>) => void} send
 * @param {AbortSignal} signal
 * @returns {() => void}
 */
export function paintAck(message, send, signal) {
  const number = message?.number;
  if (number == null) return () => {};
  const receivedMs = performance.now();
  const acknowledge = () => {
    const now = performance.now();
    const paints = (unacknowledged.get(signal) ?? []).map(([each, received, painted]) => [each, painted - received, now - painted]);
    unacknowledged.delete(signal);
    try {
      send({ kind: "painted", paints });
    } catch {
      // The kernel went while this waited, and the comm with it.
    }
  };
  return () =>
    void requestAnimationFrame(() => {
      if (signal.aborted) return;
      const paint = /** @type {Paint} */ ([number, receivedMs, performance.now()]);
      const others = unacknowledged.get(signal);
      if (others) {
        others.push(paint);
        return;
      }
      unacknowledged.set(signal, [paint]);
      const timer = setTimeout(acknowledge, ACKNOWLEDGE_EVERY_MS);
      signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
    });
}
