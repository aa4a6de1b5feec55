const ITEMS_AT_ONCE = 30;
const SLICE_MS = 8;

/**
 * Work through many numbered items: the highest numbers at once, the rest in short time slices, from the highest down,
 * so that the page can paint and respond in between.
 * @param {(number: number) => void} work
 * @param {() => void} afterSlice called after each slice that was not at once
 * @param {AbortSignal} signal
 */
export function timeSlices(work, afterSlice, signal) {
  /** @type {Set<number>} */
  const pending = new Set();
  let timer = 0;
  const workUntil = (/** @type {number} */ count, /** @type {number} */ untilMs) => {
    for (const number of [...pending].sort((a, b) => b - a).slice(0, count)) {
      pending.delete(number);
      work(number);
      if (performance.now() > untilMs) break;
    }
  };
  const runSlice = () => {
    timer = 0;
    workUntil(ITEMS_AT_ONCE, performance.now() + SLICE_MS);
    afterSlice();
    schedule();
  };
  const schedule = () => {
    if (pending.size && !timer) timer = window.setTimeout(runSlice);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  return {
    /** @param {Iterable<number>} numbers */
    add(numbers) {
      for (const number of numbers) pending.add(number);
      workUntil(ITEMS_AT_ONCE, Infinity);
      schedule();
    },
    /** It needs no work any more. @param {number} number */
    drop: (number) => pending.delete(number),
  };
}
