import { make } from "../shared/dom.js";

/** @typedef {{ rows: string[][], differences: string[], notes: string[], warning?: string, at?: string, stale?: boolean }} Metrics */

/** The table of a comparison, with notes on its numbers. */
export function metricsTable() {
  const element = make("section", { class: "metrics", hidden: true, "aria-label": "Metrics" });
  return {
    element,
    /** @param {Metrics} message */
    show({ rows, differences, notes, warning, at, stale }) {
      const [titles = [], ...models] = rows;
      const head = make("tr", {}, ...titles.map((title) => make("th", { scope: "col" }, title)));
      const body = models.map(([name, ...cells]) => make("tr", {}, make("th", { scope: "row" }, name), ...cells.map((cell) => make("td", {}, cell))));
      const items = [...differences, ...notes].map((note) => make("li", {}, note));
      element.classList.toggle("stale", stale ?? false);
      element.hidden = rows.length === 0 && items.length === 0;
      element.replaceChildren(
        ...(at ? [make("div", { class: "quiet" }, `Figures of the first ${at}${stale ? ", which words have overtaken" : ""}`)] : []),
        ...(warning ? [make("div", { class: "warm" }, make("b", {}, warning))] : []),
        make("div", { class: "wide", tabIndex: 0, role: "region", "aria-label": "Table of metrics" }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...body))),
        make("ul", {}, ...items),
      );
    },
  };
}
