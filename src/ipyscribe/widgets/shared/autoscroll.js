const NEAR_END_PX = 32;

/**
 * Keep a scrolled box at its end until its reader scrolls back; a button then returns them to the newest.
 * @param {HTMLElement} box
 * @param {HTMLElement} newestButton
 * @param {AbortSignal} signal
 */
export function autoscroll(box, newestButton, signal) {
  let following = true;
  let size = "";
  const currentSize = () => `${box.scrollHeight} ${box.clientHeight}`;
  const scrollToEnd = () => {
    size = currentSize();
    box.scrollTop = box.scrollHeight;
  };
  const resized = () => {
    if (following) scrollToEnd();
  };
  // Besides the box, its last child: a part that the browser did not lay out yet takes its size later, without a scroll.
  const sizes = new ResizeObserver(resized);
  sizes.observe(box);
  signal.addEventListener("abort", () => sizes.disconnect());
  /** @type {Element | null} */
  let last = null;
  box.addEventListener(
    "scroll",
    () => {
      if (following && size !== currentSize()) return scrollToEnd(); // a new theme, or a late layout, and not the reader
      following = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX;
      if (following) newestButton.hidden = true;
    },
    { signal, passive: true },
  );
  newestButton.addEventListener(
    "click",
    () => {
      following = true;
      newestButton.hidden = true;
      scrollToEnd();
      box.focus();
    },
    { signal },
  );
  return {
    /** The content has another size. */
    resized,
    /** Something was added; `offer` is whether a reader elsewhere is offered the button. */
    added(/** @type {boolean} */ offer) {
      if (following) scrollToEnd();
      else newestButton.hidden = !offer;
      if (last === box.lastElementChild) return;
      if (last) sizes.unobserve(last);
      last = box.lastElementChild;
      if (last) sizes.observe(last);
    },
  };
}
