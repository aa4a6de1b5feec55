import { make } from "./dom.js";

const ROWS_IN_CHUNK = 50;

/**
 * The rows of a long list in chunks, of which the browser lays out only those that can be seen: so a new row costs no
 * more after thousands of others.
 * @param {HTMLElement} list
 * @param {number} [size] rows in a chunk
 */
export function rowChunks(list, size = ROWS_IN_CHUNK) {
  /** @type {HTMLElement[]} */
  const rows = [];
  return {
    at: (/** @type {number} */ index) => /** @type {HTMLElement | undefined} */ (rows[index]),
    append: (/** @type {HTMLElement} */ row) => {
      if (rows.length % size === 0) list.append(make("div", { class: "chunk", role: "presentation" }));
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
    /** Rows are hidden from the end on, so a chunk is hidden where its first row is. */
    hide: (/** @type {number} */ index, /** @type {boolean} */ hidden) => {
      rows[index].hidden = hidden;
      const chunk = rows[index].parentElement;
      if (chunk && index % size === 0) chunk.hidden = hidden;
    },
    removeLast: () => {
      rows.pop()?.remove();
      if (rows.length % size === 0) list.lastElementChild?.remove();
    },
  };
}
