import { make } from "../shared/dom.js";

/** @typedef {{ rows: string[][], differences: string[], notes: string[] }} Numbers */

/** The table of a comparison, with what its numbers are worth. */
export function numbers() {
  const element = make("section", { class: "numbers", hidden: true, "aria-label": "Numbers" });
  return {
    element,
    /** @param {Numbers} message */
    show({ rows, differences, notes }) {
      const [titles = [], ...models] = rows;
      const head = make("tr", {}, ...titles.map((title) => make("th", { scope: "col" }, title)));
      const body = models.map(([name, ...cells]) => make("tr", {}, make("th", { scope: "row" }, name), ...cells.map((cell) => make("td", {}, cell))));
      const told = [...differences, ...notes].map((note) => make("li", {}, note));
      element.hidden = rows.length === 0 && told.length === 0;
      element.replaceChildren(
        make("div", { class: "wide", tabIndex: 0, role: "region", "aria-label": "Table of numbers" }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...body))),
        make("ul", {}, ...told),
      );
    },
  };
}
