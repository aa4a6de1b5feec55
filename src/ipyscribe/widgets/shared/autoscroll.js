const NEAR_END_PX = 32;

/**
 * Keep a scrolled box at its end until its reader scrolls back; a button then brings them to what is new.
 * @param {HTMLElement} box
 * @param {HTMLElement} newer
 * @param {AbortSignal} signal
 */
export function follow(box, newer, signal) {
  let following = true;
  let size = "";
  const sizeNow = () => `${box.scrollHeight} ${box.clientHeight}`;
  const toEnd = () => {
    size = sizeNow();
    box.scrollTop = box.scrollHeight;
  };
  const stay = () => {
    if (following) toEnd();
  };
  // Besides the box, what is last in it: a part that the browser did not lay out yet takes its size later, without a scroll.
  const sizes = new ResizeObserver(stay);
  sizes.observe(box);
  signal.addEventListener("abort", () => sizes.disconnect());
  /** @type {Element | null} */
  let last = null;
  box.addEventListener(
    "scroll",
    () => {
      if (following && size !== sizeNow()) return toEnd(); // a new theme, or what was laid out late, and not the reader
      following = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX;
      if (following) newer.hidden = true;
    },
    { signal, passive: true },
  );
  newer.addEventListener(
    "click",
    () => {
      following = true;
      newer.hidden = true;
      toEnd();
      box.focus();
    },
    { signal },
  );
  return {
    /** What is in it has another size. */
    stay,
    /** Something was added; `told` is whether a reader elsewhere should know. */
    added(/** @type {boolean} */ told) {
      if (following) toEnd();
      else newer.hidden = !told;
      if (last === box.lastElementChild) return;
      if (last) sizes.unobserve(last);
      last = box.lastElementChild;
      if (last) sizes.observe(last);
    },
  };
}
