import { make, setText } from "./dom.js";

const LATE_MS = 1500;
const BUSY =
  "The kernel has not received this yet. While a cell runs, some kernels receive what is pressed here only when the cell has ended; interrupt the kernel to have it received sooner.";

/**
 * Says that the kernel has not received what was pressed, as long as that is so.
 * @param {AbortSignal} signal
 */
export function kernelBusyNotice(signal) {
  const text = make("div", { class: "warm", hidden: true });
  const element = make("div", { role: "status" }, text);
  let timer = 0;
  const show = (/** @type {string} */ message) => {
    setText(text, message);
    text.hidden = message === "";
  };
  const received = () => {
    clearTimeout(timer);
    show("");
  };
  signal.addEventListener("abort", received);
  return {
    element,
    /** Something was pressed. */
    pressed() {
      clearTimeout(timer);
      timer = window.setTimeout(() => show(BUSY), LATE_MS);
    },
    received,
  };
}
