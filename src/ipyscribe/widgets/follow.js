const NEAR_END_PX = 32;

/**
 * Keep a scrolled box at its end until its reader scrolls back; a button then brings them to what is new.
 * @param {HTMLElement} box
 * @param {HTMLElement} newer
 * @param {AbortSignal} signal
 */
export function follow(box, newer, signal) {
  let following = true;
  const toEnd = () => {
    box.scrollTop = box.scrollHeight;
  };
  box.addEventListener(
    "scroll",
    () => {
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
    /** The box or what is in it has another size. */
    stay: () => following && toEnd(),
    /** Something was added; `told` is whether a reader elsewhere should know. */
    added(/** @type {boolean} */ told) {
      if (following) toEnd();
      else newer.hidden = !told;
    },
  };
}
