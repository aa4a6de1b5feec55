import { make, setText } from "../shared/dom.js";

/** @typedef {{ open: boolean, columns: string[], column: string, rows: string[][], notes: string[] }} Groups */

/**
 * A row for each group of recordings and each model, by a column of the corpus.
 * @param {(message: Record<string, unknown>) => void} send
 * @param {AbortSignal} signal
 */
export function groupTable(send, signal) {
  const choice = make("select", { "aria-label": "Group by" });
  const content = make("div", { class: "wide", tabIndex: 0, role: "region", "aria-label": "Table of groups" });
  const notes = make("ul", {});
  const status = make("div", { class: "quiet", role: "status" });
  const element = make("details", { class: "groups metrics" }, make("summary", {}, "By group"), make("div", { class: "top" }, choice), status, content, notes);
  const ask = () => send({ kind: "unfold", part: "groups", open: element.open, column: choice.value });
  element.addEventListener("toggle", () => {
    if (element.open && !content.childElementCount) setText(status, "Counting…");
    ask();
  }, { signal });
  choice.addEventListener("change", ask, { signal });
  return {
    element,
    /** @param {string[]} columns */
    setColumns(columns) {
      element.hidden = columns.length === 0;
      if (choice.options.length === columns.length) return;
      choice.replaceChildren(...columns.map((column) => make("option", { value: column }, column)));
    },
    /** @param {Groups} groups */
    receive(groups) {
      if (!groups.open) return;
      setText(status, groups.rows.length > 1 ? "" : "No recording was played yet.");
      if (document.activeElement !== choice) choice.value = groups.column;
      const [titles = [], ...rows] = groups.rows;
      const head = make("tr", {}, ...titles.map((title) => make("th", { scope: "col" }, title)));
      const body = rows.map(([name, ...cells]) => make("tr", {}, make("th", { scope: "row", dir: "auto" }, name), ...cells.map((cell) => make("td", {}, cell))));
      content.replaceChildren(make("table", {}, make("thead", {}, head), make("tbody", {}, ...body)));
      notes.replaceChildren(...groups.notes.map((note) => make("li", {}, note)));
    },
  };
}
