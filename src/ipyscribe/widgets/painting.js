/**
 * Tell the kernel how long a message took from being here to being painted, where it has a number to ask for that.
 * Call it as the message comes; call what it gives back once the page has been changed.
 * @param {{ number?: number | null } | null | undefined} message
 * @param {(message: Record<string, unknown>) => void} send
 * @param {AbortSignal} signal
 * @returns {() => void}
 */
export function painting(message, send, signal) {
  const number = message?.number;
  if (number == null) return () => {};
  const had = performance.now();
  return () =>
    void requestAnimationFrame(() => {
      if (!signal.aborted) send({ kind: "painted", number, took: performance.now() - had });
    });
}
