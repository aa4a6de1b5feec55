/**
 * Paints ranges of text under a name that all views of the page share (CSS Custom Highlight API), without changing the
 * text's elements. Each call replaces the ranges of the one before.
 * @param {string} name
 * @param {AbortSignal} signal
 * @returns {(ranges: Range[]) => void}
 */
export function highlighter(name, signal) {
  const highlights = globalThis.CSS?.highlights;
  /** @type {Range[]} */
  let own = [];
  const paint = (/** @type {Range[]} */ ranges) => {
    if (!highlights) return;
    const shared = highlights.get(name) ?? new Highlight();
    for (const range of own) shared.delete(range);
    for (const range of ranges) shared.add(range);
    own = ranges;
    highlights.set(name, shared);
  };
  signal.addEventListener("abort", () => paint([]));
  return paint;
}
