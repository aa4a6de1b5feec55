import { make, setText } from "../shared/dom.js";
import { modelSwatch } from "../shared/model_colours.js";

/** @typedef {{ rows: string[][], differences: string[], notes: string[], warning?: string, at?: string, stale?: boolean }} Metrics */

/** The table of a comparison: what differs between the models, and notes on its numbers that open with a click. */
export function metricsTable() {
  const element = make("section", { class: "metrics", hidden: true, "aria-label": "Metrics" });
  const period = make("div", { class: "quiet" });
  const warned = make("b", {});
  const warm = make("div", { class: "warm" }, warned);
  const wide = make("div", { class: "wide", tabIndex: 0, role: "region", "aria-label": "Table of metrics" });
  const differing = make("ul", {});
  const summary = make("summary", {});
  const noted = make("ul", {});
  const folded = make("details", {}, summary, noted);
  const alone = make("ul", {});
  // None of these is replaced: what a person has scrolled, focused or unfolded stays while figures move.
  element.append(period, warm, wide, differing, folded, alone);
  const list = (/** @type {string[]} */ lines) => lines.map((line) => make("li", {}, line));
  return {
    element,
    /** @param {Metrics} message */
    show({ rows, differences, notes, warning, at, stale }) {
      const [titles = [], ...models] = rows;
      const head = make("tr", {}, ...titles.map((title) => make("th", { scope: "col" }, title)));
      const body = models.map(([name, ...cells], index) =>
        make("tr", {}, make("th", { scope: "row" }, modelSwatch(index), name), ...cells.map((cell) => make("td", {}, cell))),
      );
      element.classList.toggle("stale", stale ?? false);
      element.hidden = rows.length === 0 && differences.length + notes.length === 0;
      setText(period, at ? `Figures for the first ${at}${stale ? "; newer words are not scored yet" : ""}` : "");
      setText(warned, warning ?? "");
      setText(summary, notes.length === 1 ? "1 note on these figures" : `${notes.length} notes on these figures`);
      period.hidden = !at;
      warm.hidden = !warning;
      wide.hidden = !rows.length;
      folded.hidden = !(rows.length && notes.length);
      alone.hidden = !folded.hidden;
      wide.replaceChildren(make("table", {}, make("thead", {}, head), make("tbody", {}, ...body)));
      differing.replaceChildren(...list(differences));
      (folded.hidden ? alone : noted).replaceChildren(...list(notes));
    },
  };
}
