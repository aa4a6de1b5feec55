import { make } from "../shared/dom.js";
import { modelSwatch } from "../shared/model_colours.js";

/** @typedef {{ rows: string[][], differences: string[], notes: string[], warning?: string, at?: string, stale?: boolean }} Metrics */

/** The table of a comparison: what differs between the models, and notes on its numbers that open with a click. */
export function metricsTable() {
  const element = make("section", { class: "metrics", hidden: true, "aria-label": "Metrics" });
  const summary = make("summary", {});
  const folded = make("details", {}, summary);
  return {
    element,
    /** @param {Metrics} message */
    show({ rows, differences, notes, warning, at, stale }) {
      const [titles = [], ...models] = rows;
      const head = make("tr", {}, ...titles.map((title) => make("th", { scope: "col" }, title)));
      const body = models.map(([name, ...cells], index) =>
        make("tr", {}, make("th", { scope: "row" }, modelSwatch(index), name), ...cells.map((cell) => make("td", {}, cell))),
      );
      const list = (/** @type {string[]} */ lines) => make("ul", {}, ...lines.map((line) => make("li", {}, line)));
      element.classList.toggle("stale", stale ?? false);
      element.hidden = rows.length === 0 && differences.length + notes.length === 0;
      summary.textContent = notes.length === 1 ? "1 note on these figures" : `${notes.length} notes on these figures`;
      folded.replaceChildren(summary, list(notes));
      element.replaceChildren(
        ...(at ? [make("div", { class: "quiet" }, `Figures of the first ${at}${stale ? "; newer words are not scored yet" : ""}`)] : []),
        ...(warning ? [make("div", { class: "warm" }, make("b", {}, warning))] : []),
        make("div", { class: "wide", tabIndex: 0, role: "region", "aria-label": "Table of metrics" }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...body))),
        list(differences),
        ...(rows.length && notes.length ? [folded] : [list(notes)]),
      );
    },
  };
}
