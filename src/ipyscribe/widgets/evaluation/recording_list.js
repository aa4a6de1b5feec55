import { make, setText } from "../shared/dom.js";

/** @typedef {{ number: number, name: string, status: string, rates: string[], disagreement: string, length: string,
 *   groups: string[], problem: string }} Row */
/** @typedef {{ rows: Row[], total: number, all: number, page: number, pages: number, first: number, sort: string, of: number,
 *   descending: boolean }} Page */
/** @typedef {{ sort: string, of: number, title: string, descending: boolean, cell: (row: Row) => string, figure?: boolean }} Column */

const SEARCH_AFTER_MS = 200;
const LONG_WORD = /[^\s-]{21}/;

/**
 * The recordings, one page at a time: sorted by a click on a column, searched, and opened by a click on a name.
 * @param {(message: Record<string, unknown>) => void} send
 * @param {AbortSignal} signal
 */
export function recordingList(send, signal) {
  const title = make("b", { role: "heading", "aria-level": 3 }, "Recordings");
  const search = make("input", { type: "search", placeholder: "name, group, words, errors>20", title: "Words, and bounds: errors>20, differ<5 (percent), length>30 (seconds)", "aria-label": "Search the recordings" });
  const count = make("span", { class: "quiet", role: "status" });
  const order = make("select", { "aria-label": "Sort by" });
  const head = make("tr", {});
  const body = make("tbody", {});
  const table = make("table", {}, make("thead", {}, head), body);
  const empty = make("div", { class: "quiet", hidden: true }, "No recording matches.");
  const previous = make("button", { type: "button" }, "Previous");
  const next = make("button", { type: "button" }, "Next");
  const place = make("span", { class: "quiet" });
  const paging = make("div", { class: "paging", hidden: true }, previous, place, next);
  const top = make("div", { class: "top" }, title, search, make("label", { class: "order" }, "Sort by ", order), count);
  const element = make("section", { class: "recordings", "aria-label": "Recordings" }, top, table, empty, paging);

  /** @type {Column[]} */
  let columns = [];
  let query = { sort: "number", of: -1, descending: false, search: "", page: 0 };
  let timer = 0;
  /** @type {Map<string, HTMLTableRowElement>} */
  let drawn = new Map();

  const ask = (/** @type {Partial<typeof query>} */ changes) => {
    query = { ...query, page: 0, ...changes };
    send({ kind: "list", ...query });
  };
  const isSorted = (/** @type {Column} */ { sort, of }) => sort === query.sort && of === query.of;
  const sortBy = (/** @type {Column} */ column) =>
    ask({ sort: column.sort, of: column.of, descending: isSorted(column) ? !query.descending : column.descending });
  const drawHead = () => {
    [...head.children].forEach((cell, index) => {
      const column = columns[index];
      const direction = isSorted(column) ? (query.descending ? "descending" : "ascending") : "none";
      cell.setAttribute("aria-sort", direction);
    });
    const index = columns.findIndex(isSorted);
    if (document.activeElement !== order) order.value = String(index);
  };
  const setColumns = (/** @type {string[]} */ labels, /** @type {string[]} */ groups) => {
    const several = labels.length > 1;
    columns = [
      { sort: "name", of: -1, title: "recording", descending: false, cell: (row) => row.name },
      ...labels.map((label, lane) => ({ sort: "rate", of: lane, title: label, descending: true, figure: true, cell: (/** @type {Row} */ row) => row.rates[lane] ?? "" })),
      ...(several ? [{ sort: "disagreement", of: -1, title: "models differ", descending: true, figure: true, cell: (/** @type {Row} */ row) => row.disagreement }] : []),
      { sort: "length", of: -1, title: "length", descending: true, figure: true, cell: (row) => row.length },
      ...groups.map((group, index) => ({ sort: "group", of: index, title: group, descending: false, cell: (/** @type {Row} */ row) => row.groups[index] ?? "" })),
    ];
    head.replaceChildren(
      ...columns.map((column) => {
        const button = make("button", { type: "button", title: `Sort by ${column.title}` }, column.title);
        button.addEventListener("click", () => sortBy(column), { signal });
        const cell = make("th", { scope: "col", class: column.figure ? "figure" : "" }, button);
        cell.classList.toggle("long", LONG_WORD.test(column.title));
        return cell;
      }),
    );
    order.replaceChildren(
      make("option", { value: "-1" }, "order of the corpus"),
      ...columns.map((column, index) => make("option", { value: String(index) }, column.sort === "rate" ? `errors of ${column.title}` : column.title)),
    );
    drawn = new Map();
    body.replaceChildren();
    drawHead();
  };
  const addRow = (/** @type {string} */ name) => {
    const open = make("button", { type: "button", class: "open", dir: "auto" }, name);
    open.addEventListener("click", () => send({ kind: "open", name }), { signal });
    const status = make("span", { class: "state quiet" });
    const first = make("th", { scope: "row" }, open, status);
    const cells = columns.slice(1).map((column) => make("td", { class: column.figure ? "figure" : "", dir: "auto", "data-title": column.title }));
    return make("tr", {}, first, ...cells);
  };
  const drawRow = (/** @type {HTMLTableRowElement} */ line, /** @type {Row} */ row) => {
    const [open, status] = /** @type {[HTMLButtonElement, HTMLElement]} */ (/** @type {unknown} */ (line.firstElementChild?.children));
    open.disabled = row.status !== "played";
    const texts = /** @type {Record<string, string>} */ ({ playing: "playing", failed: `failed: ${row.problem}`, "": "not played yet" });
    setText(status, texts[row.status] ?? "");
    line.className = row.status;
    [...line.children].slice(1).forEach((cell, index) => {
      const text = columns[index + 1].cell(row) || "\u2013";
      setText(cell, text);
      cell.classList.toggle("long", LONG_WORD.test(text));
    });
  };

  order.addEventListener("change", () => {
    const column = columns[Number(order.value)];
    if (column) ask({ sort: column.sort, of: column.of, descending: column.descending });
    else ask({ sort: "number", of: -1, descending: false });
  }, { signal });
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => ask({ search: search.value }), SEARCH_AFTER_MS);
  }, { signal });
  previous.addEventListener("click", () => ask({ page: Math.max(0, query.page - 1) }), { signal });
  next.addEventListener("click", () => ask({ page: query.page + 1 }), { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));

  let shownColumns = "";
  return {
    element,
    /** @param {string[]} labels @param {string[]} groups */
    setColumns(labels, groups) {
      const content = JSON.stringify([labels, groups]);
      if (content === shownColumns) return;
      shownColumns = content;
      setColumns(labels, groups);
    },
    /** @param {Page} page */
    receive(page) {
      if (!columns.length) return;
      query = { ...query, page: page.page, sort: page.sort, of: page.of, descending: page.descending };
      const focused = document.activeElement;
      const lines = page.rows.map((row) => {
        const line = drawn.get(row.name) ?? addRow(row.name);
        drawRow(line, row);
        return /** @type {[string, HTMLTableRowElement]} */ ([row.name, line]);
      });
      drawn = new Map(lines);
      const shown = lines.map(([, line]) => line);
      if (shown.length !== body.childElementCount || shown.some((line, index) => body.children[index] !== line)) {
        body.replaceChildren(...shown);
        if (focused instanceof HTMLElement && body.contains(focused)) focused.focus({ preventScroll: true }); // a row that moves loses it
      }
      drawHead();
      empty.hidden = page.total > 0;
      const matching = page.total === page.all ? "" : `${page.total.toLocaleString("en")} of ${page.all.toLocaleString("en")} match`;
      setText(count, matching);
      paging.hidden = page.pages < 2;
      previous.disabled = page.page === 0;
      next.disabled = page.page + 1 >= page.pages;
      const last = page.first + page.rows.length - 1;
      setText(place, `${page.first.toLocaleString("en")} to ${last.toLocaleString("en")} of ${page.total.toLocaleString("en")}`);
    },
  };
}
