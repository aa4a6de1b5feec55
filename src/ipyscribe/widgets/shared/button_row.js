import { make, setText } from "./dom.js";

/** @typedef {[command: string, label: string]} Button */

/**
 * The buttons that the kernel offers, the main one first.
 * @param {(command: string) => void} run
 * @param {AbortSignal} signal
 */
export function buttonRow(run, signal) {
  const element = make("span", { class: "buttons" });
  const addButton = () => {
    const button = make("button", { type: "button" });
    button.addEventListener("click", () => run(button.dataset.command ?? ""), { signal });
    element.append(button);
    return button;
  };
  return {
    element,
    /** @param {Button[]} buttons */
    show(buttons) {
      buttons.forEach(([command, label], index) => {
        const button = /** @type {HTMLButtonElement} */ (element.children[index] ?? addButton());
        button.dataset.command = command;
        button.className = index ? "" : command === "stop" ? "go stop" : "go";
        setText(button, label);
      });
      while (element.childElementCount > buttons.length) element.lastElementChild?.remove();
    },
  };
}
