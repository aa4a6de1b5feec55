import { clockText } from "../../export/clock_text.js";
import { joined, make, setText } from "../shared/dom.js";
import { modelSwatch } from "../shared/model_colours.js";
import { spaceBetween } from "../shared/scripts.js";
import { autoscroll } from "../shared/autoscroll.js";
import { timeSlices } from "../shared/time_slices.js";
import { rowChunks } from "../shared/row_chunks.js";

/** Text, style, ms by which it was first (or 0), number of the row's disagreement (or -1).
 * @typedef {[string, "" | "odd" | "most" | "gap" | "new", number, number]} Piece */
/** A disagreement: what each model has, empty for nothing, null where it has not got that far; which of these are equal.
 * @typedef {{ first: number, end: number, texts: (string | null)[], versions: number[] }} Disagreement */
/** @typedef {{ start: number, cells: Piece[][], disagreements: Disagreement[] }} Row */
/** @typedef {{ label: string, about: string, status: string, first: number, error: Notice | null, notices: Notice[] }} Lane */

const NARROW_PX = 480;
const COLUMN_PX = 170;
const MOST_ANNOUNCED = 3;
/** @typedef {import("../shared/status_strip.js").Notice} Notice */

const ROWS_IN_LANES_CHUNK = 15;

/**
 * A disagreement as a sentence.
 * @param {string[]} labels
 * @param {(string | null)[]} texts
 */
export const inWords = (labels, texts) =>
  texts
    .map((text, lane) => (text === null ? "" : `${labels[lane]}: ${text || "nothing"}`))
    .filter(Boolean)
    .join("; ");

/** @param {Piece} piece */
function drawPiece([text, style, lead]) {
  if (style === "gap") return make("span", { class: "gap" }, "^");
  const classes = [style === "new" ? "pending" : style, lead ? "first" : ""].filter(Boolean).join(" ");
  if (!classes) return text;
  const title = lead ? { title: `first here, ${lead.toLocaleString("en")} ms before the next model` } : {};
  return make("span", { class: classes, ...title }, text);
}

/**
 * The words of one model in one row.
 * @param {Row} row
 * @param {number} lane
 * @param {string[]} labels
 */
function drawCell(row, lane, labels) {
  const words = make("span", { class: "words", dir: "auto" });
  const pieces = row.cells[lane];
  for (let i = 0; i < pieces.length; ) {
    const number = pieces[i][3];
    if (i) words.append(spaceBetween(pieces[i - 1][0], pieces[i][0]));
    if (number < 0) {
      words.append(drawPiece(pieces[i]));
      i += 1;
      continue;
    }
    const mark = make("span", { class: "disagreement", "data-disagreement": number, title: inWords(labels, row.disagreements[number].texts) });
    for (let from = i; i < pieces.length && pieces[i][3] === number; i += 1) {
      if (i > from) mark.append(spaceBetween(pieces[i - 1][0], pieces[i][0]));
      mark.append(drawPiece(pieces[i]));
    }
    mark.append(make("span", { class: "unseen" }, row.disagreements[number].texts[lane] === "" ? " (nothing here, others differ)" : " (differs)"));
    words.append(mark);
  }
  return make("div", { class: pieces.length ? "cell" : "cell empty", role: "cell" }, make("span", { class: "who" }, labels[lane]), words);
}

/**
 * The models beside each other on one clock.
 * @param {(disagreement: Disagreement & { start: number }) => void} select
 * @param {AbortSignal} signal
 * @param {{ firsts?: boolean, reference?: boolean }} [options] whether there is a choice to mark which model was first,
 *   and whether the first lane is the reference
 */
export function columns(select, signal, options = {}) {
  const head = make("div", { class: "head", role: "row" });
  const body = make("div", { class: "rows", role: "rowgroup", tabIndex: 0, "aria-label": "Transcript of each model" });
  const hint = make("div", { class: "hint" });
  const newest = make("button", { class: "newest", type: "button", hidden: true }, "New words below");
  const onlyDifferences = make("input", { type: "checkbox" });
  const firsts = make("input", { type: "checkbox" });
  const count = make("span", {});
  const announcements = make("div", { class: "unseen", "aria-live": "polite", role: "log", "aria-label": "Differences" });
  const foot = make(
    "div",
    { class: "foot" },
    make("label", {}, onlyDifferences, "Only where they differ"),
    make("label", { hidden: options.firsts === false }, firsts, "Mark which model was first"),
    count,
  );
  const table = make("div", { class: "lanes", role: "table", "aria-label": "Comparison" }, head, body);
  const element = make("div", { class: "columns" }, table, hint, newest, foot, announcements);

  /** @type {Row[]} */
  let rows = [];
  /** @type {string[]} */
  let labels = [];
  /** @type {Set<string>} */
  const announced = new Set();
  let quiet = true;
  const scroll = autoscroll(body, newest, signal);

  const announce = (/** @type {Row} */ row) => {
    row.disagreements.forEach(({ first, texts }) => {
      const text = inWords(labels, texts);
      const key = `${first} ${text}`;
      if (announced.has(key)) return;
      announced.add(key);
      if (quiet) return;
      announcements.append(make("p", {}, `${clockText(row.start)}: ${text}`));
      while (announcements.childElementCount > MOST_ANNOUNCED) announcements.firstElementChild?.remove();
    });
  };
  const blank = () => make("div", { class: "row", role: "row" });
  const draw = (/** @type {number} */ index) => {
    const row = rows[index];
    const drawn = blank();
    drawn.dataset.row = String(index);
    drawn.append(make("span", { class: "at", role: "rowheader" }, clockText(row.start)), ...row.cells.map((_, lane) => drawCell(row, lane, labels)));
    drawn.classList.toggle("differs", row.disagreements.length > 0);
    lines.replace(index, drawn);
  };
  const lines = rowChunks(body, ROWS_IN_LANES_CHUNK);
  const drawing = timeSlices(draw, () => scroll.resized(), signal);
  const showCount = () => {
    const total = rows.reduce((sum, row) => sum + row.disagreements.length, 0);
    setText(count, total === 1 ? "1 difference" : `${total.toLocaleString("en")} differences`);
    hint.hidden = rows.length > 0;
    body.hidden = foot.hidden = rows.length === 0;
    body.classList.toggle("none", total === 0);
  };

  body.addEventListener(
    "click",
    (event) => {
      const mark = event.target instanceof Element ? event.target.closest(".disagreement") : null;
      const line = mark?.closest(".row");
      const row = rows[Number(line?.getAttribute("data-row") ?? -1)];
      const number = Number(mark?.getAttribute("data-disagreement"));
      if (!row || !row.disagreements[number]) return;
      select({ start: row.start, ...row.disagreements[number] });
    },
    { signal },
  );
  onlyDifferences.addEventListener("change", () => {
    table.classList.toggle("only", onlyDifferences.checked);
    scroll.resized();
  }, { signal });
  firsts.addEventListener("change", () => table.classList.toggle("firsts", firsts.checked), { signal });
  const observer = new ResizeObserver(() => {
    const width = element.clientWidth;
    if (!width) return;
    table.classList.toggle("stacked", width <= NARROW_PX || (width - 70) / Math.max(1, labels.length) < COLUMN_PX);
    scroll.resized();
  });
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect());

  return {
    element,
    /**
     * Rows that have changed; `count` is how many there are.
     * @param {{ count: number, rows: [number, Row][] }} message
     */
    receive(message) {
      const whole = message.rows.length === message.count;
      if (!whole && message.count > rows.length + message.rows.length) return; // all of it is on its way
      const changed = message.rows.filter(([index, row]) => !rows[index] || JSON.stringify(rows[index]) !== JSON.stringify(row));
      for (const [index, row] of changed) {
        if (!rows[index]) lines.append(blank());
        rows[index] = row;
        announce(row);
      }
      while (rows.length > message.count) {
        drawing.drop(rows.length - 1);
        rows.pop();
        lines.removeLast();
      }
      drawing.add(changed.map(([index]) => index));
      quiet = false;
      showCount();
      scroll.added(message.rows.length > 0);
    },
    /**
     * The heads of the columns.
     * @param {Lane[]} lanes
     * @param {number} compared words of which the first model is known
     * @param {string} waiting shown before there are words
     */
    show(lanes, compared, waiting) {
      setText(hint, waiting);
      const content = JSON.stringify([lanes, compared]);
      if (head.dataset.content === content) return;
      head.dataset.content = content;
      labels = lanes.map(({ label }) => label);
      table.style.setProperty("--lanes", String(lanes.length));
      head.replaceChildren(make("span", { role: "columnheader" }, make("span", { class: "unseen" }, "time")), ...lanes.map((lane, index) => drawHead(lane, index - (options.reference ? 1 : 0), compared)));
      showCount();
    },
  };
}

/** @param {Lane} lane @param {number} index of the model, -1 for the reference @param {number} compared */
function drawHead({ label, about, status, first, error, notices }, index, compared) {
  const facts = [about, status, compared ? `first for ${first.toLocaleString("en")} of ${compared.toLocaleString("en")} words` : ""];
  return make(
    "div",
    { class: "model", role: "columnheader" },
    ...(index < 0 ? [] : [modelSwatch(index)]),
    make("b", {}, label),
    make("div", { class: "quiet" }, joined(facts.filter(Boolean))),
    ...(error ? [make("div", { class: "warm", role: "alert", tabIndex: 0 }, make("b", {}, "Stopped by an error."), ` ${error.message} ${error.advice}`)] : []),
    ...notices.map(({ message, advice }) => make("div", { class: "warm" }, `${message} ${advice}`.trim())),
  );
}
