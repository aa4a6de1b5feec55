import { clockText } from "../../export/clock_text.js";
import { make, say } from "../shared/dom.js";
import { follow } from "../shared/autoscroll.js";
import { inSlices } from "../shared/slices.js";
import { stretches } from "../shared/row_chunks.js";

/** Text, look, ms by which it was first (or 0), number of the row's disagreement (or -1).
 * @typedef {[string, "" | "odd" | "most" | "gap" | "new", number, number]} Piece */
/** A disagreement: what each model has, empty for nothing, null where it has not come so far; which of these are the same.
 * @typedef {{ first: number, end: number, said: (string | null)[], versions: number[] }} Spot */
/** @typedef {{ start: number, cells: Piece[][], spots: Spot[] }} Row */
/** @typedef {{ message: string, advice: string }} Told */
/** @typedef {{ label: string, about: string, status: string, first: number, error: Told | null, notices: Told[] }} Lane */

const NARROW_PX = 480;
const COLUMN_PX = 170;
const SPOKEN = 3;
const ROWS_IN_A_STRETCH = 15;

/**
 * A disagreement as a sentence.
 * @param {string[]} labels
 * @param {(string | null)[]} said
 */
export const inWords = (labels, said) =>
  said
    .map((text, lane) => (text === null ? "" : `${labels[lane]}: ${text || "nothing"}`))
    .filter(Boolean)
    .join("; ");

/** @param {Piece} piece */
function drawPiece([text, look, lead]) {
  if (look === "gap") return make("span", { class: "gap" }, "^");
  const looks = [look === "new" ? "pending" : look, lead ? "first" : ""].filter(Boolean).join(" ");
  if (!looks) return text;
  const title = lead ? { title: `first here, ${lead.toLocaleString("en")} ms before the next model` } : {};
  return make("span", { class: looks, ...title }, text);
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
    const spot = pieces[i][3];
    if (i) words.append(" ");
    if (spot < 0) {
      words.append(drawPiece(pieces[i]));
      i += 1;
      continue;
    }
    const mark = make("span", { class: "spot", "data-spot": spot, title: inWords(labels, row.spots[spot].said) });
    for (let from = i; i < pieces.length && pieces[i][3] === spot; i += 1) {
      if (i > from) mark.append(" ");
      mark.append(drawPiece(pieces[i]));
    }
    mark.append(make("span", { class: "unseen" }, row.spots[spot].said[lane] === "" ? " (nothing here, others differ)" : " (differs)"));
    words.append(mark);
  }
  return make("div", { class: pieces.length ? "cell" : "cell empty", role: "cell" }, make("span", { class: "who" }, labels[lane]), words);
}

/**
 * The models beside each other on one clock.
 * @param {(place: Spot & { start: number }) => void} choose
 * @param {AbortSignal} signal
 */
export function columns(choose, signal) {
  const head = make("div", { class: "head", role: "row" });
  const body = make("div", { class: "rows", role: "rowgroup", tabIndex: 0, "aria-label": "What each model said" });
  const hint = make("div", { class: "hint" });
  const newer = make("button", { class: "newer", type: "button", hidden: true }, "New words below");
  const only = make("input", { type: "checkbox" });
  const firsts = make("input", { type: "checkbox" });
  const count = make("span", {});
  const spoken = make("div", { class: "unseen", "aria-live": "polite", role: "log", "aria-label": "Differences" });
  const foot = make(
    "div",
    { class: "foot" },
    make("label", {}, only, "Only where they differ"),
    make("label", {}, firsts, "Mark who said it first"),
    count,
  );
  const table = make("div", { class: "lanes", role: "table", "aria-label": "Comparison" }, head, body);
  const element = make("div", { class: "columns" }, table, hint, newer, foot, spoken);

  /** @type {Row[]} */
  let rows = [];
  /** @type {string[]} */
  let labels = [];
  /** @type {Set<string>} */
  const told = new Set();
  let quiet = true;
  const end = follow(body, newer, signal);

  const announce = (/** @type {Row} */ row) => {
    row.spots.forEach(({ first, said }) => {
      const text = inWords(labels, said);
      const key = `${first} ${text}`;
      if (told.has(key)) return;
      told.add(key);
      if (quiet) return;
      spoken.append(make("p", {}, `${clockText(row.start)}: ${text}`));
      while (spoken.childElementCount > SPOKEN) spoken.firstElementChild?.remove();
    });
  };
  const blank = () => make("div", { class: "row", role: "row" });
  const draw = (/** @type {number} */ index) => {
    const row = rows[index];
    const drawn = blank();
    drawn.dataset.row = String(index);
    drawn.append(make("span", { class: "at", role: "rowheader" }, clockText(row.start)), ...row.cells.map((_, lane) => drawCell(row, lane, labels)));
    drawn.classList.toggle("differs", row.spots.length > 0);
    lines.replace(index, drawn);
  };
  const lines = stretches(body, ROWS_IN_A_STRETCH);
  const drawing = inSlices(draw, () => end.stay(), signal);
  const showCount = () => {
    const found = rows.reduce((sum, row) => sum + row.spots.length, 0);
    say(count, found === 1 ? "1 difference" : `${found.toLocaleString("en")} differences`);
    hint.hidden = rows.length > 0;
    body.hidden = foot.hidden = rows.length === 0;
    body.classList.toggle("none", found === 0);
  };

  body.addEventListener(
    "click",
    (event) => {
      const mark = event.target instanceof Element ? event.target.closest(".spot") : null;
      const line = mark?.closest(".row");
      const row = rows[Number(line?.getAttribute("data-row") ?? -1)];
      const spot = Number(mark?.getAttribute("data-spot"));
      if (!row || !row.spots[spot]) return;
      choose({ start: row.start, ...row.spots[spot] });
    },
    { signal },
  );
  only.addEventListener("change", () => {
    table.classList.toggle("only", only.checked);
    end.stay();
  }, { signal });
  firsts.addEventListener("change", () => table.classList.toggle("firsts", firsts.checked), { signal });
  const observer = new ResizeObserver(() => {
    const width = element.clientWidth;
    if (!width) return;
    table.classList.toggle("stacked", width <= NARROW_PX || (width - 70) / Math.max(1, labels.length) < COLUMN_PX);
    end.stay();
  });
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect());

  return {
    element,
    /**
     * Rows that have changed; `count` is how many there are.
     * @param {{ count: number, rows: [number, Row][] }} message
     */
    take(message) {
      const whole = message.rows.length === message.count;
      if (!whole && message.count > rows.length + message.rows.length) return; // the whole is on its way
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
      end.added(message.rows.length > 0);
    },
    /**
     * The heads of the columns.
     * @param {Lane[]} lanes
     * @param {number} compared words of which it is known who was first
     * @param {string} waiting what is to be read before there are words
     */
    show(lanes, compared, waiting) {
      say(hint, waiting);
      const wanted = JSON.stringify([lanes, compared]);
      if (head.dataset.shown === wanted) return;
      head.dataset.shown = wanted;
      labels = lanes.map(({ label }) => label);
      table.style.setProperty("--lanes", String(lanes.length));
      head.replaceChildren(make("span", { role: "columnheader" }, make("span", { class: "unseen" }, "time")), ...lanes.map((lane) => drawHead(lane, compared)));
      showCount();
    },
  };
}

/** @param {Lane} lane @param {number} compared */
function drawHead({ label, about, status, first, error, notices }, compared) {
  const facts = [about, status, compared ? `first with ${first.toLocaleString("en")} of ${compared.toLocaleString("en")} words` : ""];
  return make(
    "div",
    { class: "model", role: "columnheader" },
    make("b", {}, label),
    make("div", { class: "quiet" }, facts.filter(Boolean).join(" · ")),
    ...(error ? [make("div", { class: "warm", role: "alert", tabIndex: 0 }, make("b", {}, "Stopped by an error."), ` ${error.message} ${error.advice}`)] : []),
    ...notices.map(({ message, advice }) => make("div", { class: "warm" }, `${message} ${advice}`.trim())),
  );
}
