import { make } from "./dom.js";

/**
 * Hide the saved copy of a widget for as long as this view of the widget is there.
 * @param {string} name class of the copy
 * @param {AbortSignal} signal
 */
export function hideSavedCopy(name, signal) {
  if (!/^[\w-]+$/.test(name)) return;
  const rule = make("style", {}, `.${name}, .jp-OutputArea-child:has(.${name}) { display: none !important; }`);
  document.head.append(rule);
  signal.addEventListener("abort", () => rule.remove());
}
