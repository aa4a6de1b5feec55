import { make } from "../shared/dom.js";

/** @typedef {{ rows: string[][], differences: string[], notes: string[] }} Metrics */

/** The table of a comparison, with notes on its numbers. */
export function metricsTable() {
  const element = make("section", { class: "metrics", hidden: true, "aria-label": "Metrics" });
  return {
    element,
    /** @param {Metrics} message */
    show({ rows, differences, notes }) {
      const [titles = [], ...models] = rows;
      const head = make("tr", {}, ...titles.map((title) => make("th", { scope: "col" }, title)));
      const body = models.map(([name, ...cells]) => make("tr", {}, make("th", { scope: "row" }, name), ...cells.map((cell) => make("td", {}, cell))));
      const items = [...differences, ...notes].map((note) => make("li", {}, note));
      element.hidden = rows.length === 0 && items.length === 0;
      element.replaceChildren(
        make("div", { class: "wide", tabIndex: 0, role: "region", "aria-label": "Table of metrics" }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...body))),
        make("ul", {}, ...items),
      );
    },
  };
}
