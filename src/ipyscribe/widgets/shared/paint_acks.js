const TELL_EVERY_MS = 1000;

/** @typedef {[number: number, had: number, painted: number]} Paint */
/** What the view with that signal has painted and not told yet. @type {WeakMap<AbortSignal, Paint[]>} */
const waiting = new WeakMap();

/**
 * Tell the kernel how long a message took from being here to being painted, where it has a number to ask for that.
 * Call it as the message comes; call what it gives back once the page has been changed.
 *
 * What was painted within a second is told together: an answer to every message would have the system hold back
 * its acknowledgements to send them along, and Jupyter's server waits for those before it sends the next words.
 * @param {{ number?: number | null } | null | undefined} message
 * @param {(message: Record<string, unknown>) => void} send
 * @param {AbortSignal} signal
 * @returns {() => void}
 */
export function painting(message, send, signal) {
  const number = message?.number;
  if (number == null) return () => {};
  const had = performance.now();
  const tell = () => {
    const now = performance.now();
    const paints = (waiting.get(signal) ?? []).map(([number, had, painted]) => [number, painted - had, now - painted]);
    waiting.delete(signal);
    try {
      send({ kind: "painted", paints });
    } catch {
      // The kernel went while this waited, and the comm with it.
    }
  };
  return () =>
    void requestAnimationFrame(() => {
      if (signal.aborted) return;
      const paint = /** @type {Paint} */ ([number, had, performance.now()]);
      const others = waiting.get(signal);
      if (others) {
        others.push(paint);
        return;
      }
      waiting.set(signal, [paint]);
      const timer = setTimeout(tell, TELL_EVERY_MS);
      signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
    });
}
