import { make, say } from "./dom.js";

const LATE_MS = 1500;
const BUSY =
  "The kernel has not heard this yet. While a cell runs, it may hear what is pressed here only when the cell has ended; interrupt the kernel to be heard sooner.";

/**
 * Says that the kernel has not heard what was pressed, as long as that is so.
 * @param {AbortSignal} signal
 */
export function unheard(signal) {
  const text = make("div", { class: "warm", role: "status", hidden: true });
  const element = make("div", { class: "notes" }, text);
  let timer = 0;
  const show = (/** @type {string} */ what) => {
    say(text, what);
    text.hidden = what === "";
  };
  const heard = () => {
    clearTimeout(timer);
    show("");
  };
  signal.addEventListener("abort", heard);
  return {
    element,
    /** Something was pressed. */
    pressed() {
      clearTimeout(timer);
      timer = setTimeout(() => show(BUSY), LATE_MS);
    },
    heard,
  };
}
