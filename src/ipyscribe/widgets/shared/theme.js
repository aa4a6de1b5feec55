/**
 * Relative luminance of a CSS colour as `getComputedStyle` gives it, or null where it is see-through.
 * @param {string} colour
 */
export function luminance(colour) {
  const numbers = (colour.match(/[\d.]+%?/g) ?? []).map(Number.parseFloat);
  if (!/^rgba?\(/.test(colour) || numbers.length < 3 || (numbers.length > 3 && numbers[3] < 0.5)) return null;
  const [r, g, b] = numbers.map((value) => (value / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/**
 * Whether what lies behind an element is dark: hosts name their themes in many ways, but all paint a background.
 * @param {Element} element
 * @returns {"dark" | "light"}
 */
export function themeBehind(element) {
  for (let at = element.parentElement; at; at = at.parentElement) {
    const found = luminance(getComputedStyle(at).backgroundColor);
    if (found !== null) return found < 0.3 ? "dark" : "light";
  }
  const asked = typeof matchMedia === "function" && matchMedia("(prefers-color-scheme: dark)").matches;
  return asked && getComputedStyle(document.documentElement).colorScheme.includes("dark") ? "dark" : "light";
}

/**
 * Keep `data-theme` of an element in step with its host; `changed` hears of it.
 * @param {HTMLElement} element already a child of what it is shown in, or soon to be
 * @param {AbortSignal} signal
 * @param {(theme: "dark" | "light") => void} [changed]
 */
export function followTheme(element, signal, changed) {
  const look = () => {
    const theme = themeBehind(element);
    if (element.dataset.theme === theme) return;
    element.dataset.theme = theme;
    changed?.(theme);
  };
  const later = () => setTimeout(look, 50); // hosts swap their style sheets a moment after the attribute
  const observer = new MutationObserver(later);
  const names = ["class", "style", "data-theme", "data-jp-theme-light", "data-jp-theme-name", "data-vscode-theme-kind"];
  for (const target of [document.documentElement, document.body]) {
    observer.observe(target, { attributes: true, attributeFilter: names });
  }
  if (typeof matchMedia === "function") {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", later, { signal });
  }
  signal.addEventListener("abort", () => observer.disconnect());
  look();
  requestAnimationFrame(look);
}
