import { make } from "./dom.js";

/**
 * Hide the saved copy of a widget for as long as this view of the widget is there; what is printed is the copy, which is
 * complete.
 * @param {string} name class of the copy
 * @param {AbortSignal} signal
 */
export function hideSavedCopy(name, signal) {
  if (!/^[\w-]+$/.test(name)) return;
  const [output, widget] = [`.jp-OutputArea-child:has(.${name})`, `.jp-OutputArea-child:has(+ .jp-OutputArea-child .${name})`];
  const rule = make(
    "style",
    {},
    `@media screen { .${name}, ${output} { display: none !important; } } @media print { ${widget} { display: none !important; } }`,
  );
  document.head.append(rule);
  signal.addEventListener("abort", () => rule.remove());
}
