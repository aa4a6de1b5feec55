/** @typedef {{ id: string, startedMs: number, bus: EventTarget }} PageContext */

const KEY = Symbol.for("ipyscribe.page");

/**
 * What all widgets of a page share although each is a module of its own: an id for the page, when a person last
 * pressed Start in it, and a bus on which one widget notifies another at once, without the kernel.
 * @returns {PageContext}
 */
export function pageContext() {
  const contexts = /** @type {Record<symbol, PageContext>} */ (/** @type {unknown} */ (globalThis));
  contexts[KEY] ??= {
    id: Array.from({ length: 4 }, () => Math.random().toString(36).slice(2, 8)).join(""),
    startedMs: Number.NEGATIVE_INFINITY,
    bus: new EventTarget(),
  };
  return contexts[KEY];
}
