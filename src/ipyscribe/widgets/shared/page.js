/** @typedef {{ id: string, startedMs: number, bus: EventTarget }} Page */

const PAGE = Symbol.for("ipyscribe.page");

/**
 * What all widgets of a page share although each is a module of its own: a name for the page, when a person last
 * pressed Start in it, and a bus on which one widget tells another at once, without the kernel.
 * @returns {Page}
 */
export function thisPage() {
  const place = /** @type {Record<symbol, Page>} */ (/** @type {unknown} */ (globalThis));
  place[PAGE] ??= {
    id: Array.from({ length: 4 }, () => Math.random().toString(36).slice(2, 8)).join(""),
    startedMs: Number.NEGATIVE_INFINITY,
    bus: new EventTarget(),
  };
  return place[PAGE];
}
