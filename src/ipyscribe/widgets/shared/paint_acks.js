const REST_MS = 1000;
const LONGEST_MS = 5000;

/** @typedef {[number: number, receivedMs: number, paintedMs: number]} Paint */
/** What a view has painted and not acknowledged yet, the time of the first, and the timer. */
/** @typedef {{ paints: Paint[], sinceMs: number, timer: number }} Waiting */
/** @type {WeakMap<AbortSignal, Waiting>} */
const unacknowledged = new WeakMap();

/**
 * Acknowledge how long a message took from its arrival to its paint, where the kernel has numbered it to know that.
 * Call this as the message arrives, and the function that it returns once the page has been changed.
 *
 * Paints are acknowledged together, when none came for a second, and every five at the latest. An answer to every
 * message would have the system hold back its TCP acknowledgements to send them along, and Jupyter's server waits for
 * those before it sends the next words; and the host shows a kernel as busy and idle again for each.
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
    const paints = unacknowledged.get(signal)?.paints.map(([each, received, painted]) => [each, painted - received, now - painted]);
    unacknowledged.delete(signal);
    if (signal.aborted) return;
    try {
      send({ kind: "painted", paints });
    } catch {
      // The kernel went while this waited, and the comm with it.
    }
  };
  return () =>
    void requestAnimationFrame(() => {
      if (signal.aborted) return;
      const now = performance.now();
      let waiting = unacknowledged.get(signal);
      if (!waiting) {
        waiting = { paints: [], sinceMs: now, timer: 0 };
        unacknowledged.set(signal, waiting);
      }
      waiting.paints.push([number, receivedMs, now]);
      clearTimeout(waiting.timer);
      waiting.timer = window.setTimeout(acknowledge, Math.min(REST_MS, waiting.sinceMs + LONGEST_MS - now));
    });
}
