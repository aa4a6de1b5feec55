import { make } from "./dom.js";

const MOST_ROWS = 50;

/**
 * The rows of a long list in stretches, of which the browser lays out only those that can be seen: so a new row
 * costs no more after thousands of others.
 * @param {HTMLElement} list
 * @param {number} [most] rows in a stretch
 */
export function stretches(list, most = MOST_ROWS) {
  /** @type {HTMLElement[]} */
  const rows = [];
  return {
    at: (/** @type {number} */ index) => /** @type {HTMLElement | undefined} */ (rows[index]),
    append: (/** @type {HTMLElement} */ row) => {
      if (rows.length % most === 0) list.append(make("div", { class: "stretch", role: "presentation" }));
      list.lastElementChild?.append(row);
      rows.push(row);
    },
    /** `swap` puts the second row in the place of the first. */
    replace: (
      /** @type {number} */ index,
      /** @type {HTMLElement} */ row,
      swap = (/** @type {HTMLElement} */ before, /** @type {HTMLElement} */ after) => before.replaceWith(after),
    ) => {
      swap(rows[index], row);
      rows[index] = row;
    },
    /** Rows are hidden from the end on, so a stretch is where its first row is. */
    hide: (/** @type {number} */ index, /** @type {boolean} */ hidden) => {
      rows[index].hidden = hidden;
      const stretch = rows[index].parentElement;
      if (stretch && index % most === 0) stretch.hidden = hidden;
    },
    removeLast: () => {
      rows.pop()?.remove();
      if (rows.length % most === 0) list.lastElementChild?.remove();
    },
  };
}
