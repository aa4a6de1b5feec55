const AT_ONCE = 30;
const SLICE_MS = 8;

/**
 * Do something for each of many numbers: for the greatest at once, for the rest a few at a time, from the greatest
 * down, so that the page can paint and answer in between.
 * @param {(number: number) => void} work
 * @param {() => void} worked called after each time that was not at once
 * @param {AbortSignal} signal
 */
export function inSlices(work, worked, signal) {
  /** @type {Set<number>} */
  const waiting = new Set();
  let timer = 0;
  const next = (/** @type {number} */ most, /** @type {number} */ untilMs) => {
    for (const number of [...waiting].sort((a, b) => b - a).slice(0, most)) {
      waiting.delete(number);
      work(number);
      if (performance.now() > untilMs) break;
    }
  };
  const later = () => {
    timer = 0;
    next(AT_ONCE, performance.now() + SLICE_MS);
    worked();
    go();
  };
  const go = () => {
    if (waiting.size && !timer) timer = window.setTimeout(later);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  return {
    /** @param {Iterable<number>} numbers */
    add(numbers) {
      for (const number of numbers) waiting.add(number);
      next(AT_ONCE, Infinity);
      go();
    },
    /** There is nothing to do for it any more. @param {number} number */
    drop: (number) => waiting.delete(number),
  };
}
