import { clock, lookAt } from "./past.js";

/** @typedef {{ end: number, turns: import("./past.js").Turn[], marks: [number, string, string][] }} Session */
/** @typedef {{ at: number, travelling: boolean }} Moment */
/** @typedef {{ from: number, span: number }} View milliseconds */

const FONT = "12px system-ui, sans-serif";
const STEPS_S = [1, 2, 5, 10, 15, 30, 60];

/**
 * The canvas cleared and scaled to the screen, with the page's colours.
 * @param {HTMLCanvasElement} canvas
 * @param {number} height CSS pixels
 */
function begin(canvas, height) {
  const ratio = globalThis.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.blockSize = `${height}px`;
  const style = getComputedStyle(canvas);
  const ink = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  ink.scale(ratio, ratio);
  ink.font = FONT;
  ink.textBaseline = "middle";
  return { ink, width, colour: (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim() };
}

/**
 * How a turn looks at the moment, and where its bar ends; null where it is not there yet.
 * @param {import("./past.js").Turn} turn
 * @param {Moment} moment
 */
function barOf(turn, { at, travelling }) {
  if (!travelling) return { text: turn.text, end: turn.end, settled: turn.settled !== null, arrived: turn.final };
  const look = lookAt(turn, at);
  if (look === null) return null;
  const ended = look.state !== "open";
  return { text: look.text, end: ended ? turn.end : Math.min(turn.end, at), settled: look.state === "settled", arrived: ended ? turn.final : null };
}

/**
 * The whole session in one narrow strip.
 * @param {HTMLCanvasElement} canvas
 * @param {Session} session
 * @param {Moment} moment
 * @param {View} view what the other lane shows
 */
export function drawOverview(canvas, session, moment, view) {
  const { ink, width, colour } = begin(canvas, 30);
  const x = (/** @type {number} */ ms) => (ms / session.end) * width;
  ink.fillStyle = colour("soft");
  ink.fillRect(x(view.from), 0, Math.max(x(view.span), 2), 30);
  ink.fillStyle = colour("line");
  ink.fillRect(0, 15, width, 1);
  for (const turn of session.turns) {
    const bar = barOf(turn, moment);
    if (!bar) continue;
    ink.globalAlpha = bar.settled ? 1 : 0.5;
    ink.fillStyle = colour("accent");
    ink.fillRect(x(turn.start), 8, Math.max(x(bar.end) - x(turn.start), 1), 14);
  }
  ink.globalAlpha = 1;
  ink.fillStyle = colour("mark");
  for (const [ms] of session.marks) if (!moment.travelling || ms <= moment.at) ink.fillRect(x(ms), 2, 1, 26);
  ink.fillStyle = colour("ink");
  ink.fillRect(Math.min(x(moment.at), width - 2) - 1, 0, 3, 30);
}

/**
 * The part around the moment, with words and waits.
 * @param {HTMLCanvasElement} canvas
 * @param {Session} session
 * @param {Moment} moment
 * @param {View} view
 */
export function drawDetail(canvas, session, moment, { from, span }) {
  const { ink, width, colour } = begin(canvas, 104);
  const x = (/** @type {number} */ ms) => ((ms - from) / span) * width;
  const step = 1000 * (STEPS_S.find((s) => (1000 * s * width) / span >= 70) ?? 60);
  for (let ms = Math.ceil(from / step) * step; ms <= from + span; ms += step) {
    ink.fillStyle = colour("line");
    ink.fillRect(Math.round(x(ms)), 0, 1, 84);
    const label = clock(ms);
    ink.fillStyle = colour("mute");
    ink.fillText(label, Math.min(Math.max(x(ms) - ink.measureText(label).width / 2, 0), width - ink.measureText(label).width), 95);
  }
  let free = 0;
  for (const turn of session.turns) {
    if (turn.start > from + span || Math.max(turn.end, turn.final ?? 0) < from) continue;
    const bar = barOf(turn, moment);
    if (!bar) continue;
    const left = x(turn.start);
    const wide = Math.max(x(bar.end) - left - 1, 2);
    ink.fillStyle = colour(bar.settled ? "accent" : "open");
    ink.fillRect(left, 18, wide, 32);
    if (!bar.settled) {
      ink.strokeStyle = colour("accent");
      ink.setLineDash([4, 3]);
      ink.strokeRect(left + 0.5, 18.5, Math.max(wide - 1, 1), 31);
      ink.setLineDash([]);
    }
    write(ink, bar.text, Math.max(left, 0) + 5, Math.min(left + wide, width) - 4, colour(bar.settled ? "on-accent" : "on-open"));
    if (bar.arrived !== null) free = drawWait(ink, x(turn.end), x(bar.arrived), bar.arrived - turn.end, free, width, colour("mark"));
  }
  ink.fillStyle = colour("mark");
  for (const [ms, word] of session.marks) {
    if (ms < from || ms > from + span || (moment.travelling && ms > moment.at)) continue;
    ink.fillRect(x(ms), 12, 1, 40);
    ink.fillText(word, Math.min(x(ms) + 3, width - ink.measureText(word).width), 7);
  }
  ink.fillStyle = colour("ink");
  ink.fillRect(Math.min(x(moment.at), width - 1) - 1, 0, 2, 84);
}

/**
 * As much of a text as fits between two places, or nothing.
 * @param {CanvasRenderingContext2D} ink
 * @param {string} text
 * @param {number} left
 * @param {number} right
 * @param {string} colour
 */
function write(ink, text, left, right, colour) {
  const room = right - left;
  if (room < 14) return;
  let shown = text.slice(0, 200);
  if (ink.measureText(shown).width > room) {
    let count = shown.length;
    while (count > 0 && ink.measureText(`${shown.slice(0, count)}…`).width > room) count -= Math.max(1, Math.floor(count / 20));
    if (count < 2) return;
    shown = `${shown.slice(0, count).trimEnd()}…`;
  }
  ink.fillStyle = colour;
  ink.fillText(shown, left, 35);
}

/**
 * The wait for a final, with its milliseconds where no other stands; how far it reaches.
 * @param {CanvasRenderingContext2D} ink
 * @param {number} left
 * @param {number} right
 * @param {number} ms
 * @param {number} free
 * @param {number} width
 * @param {string} colour
 */
function drawWait(ink, left, right, ms, free, width, colour) {
  ink.fillStyle = colour;
  ink.fillRect(Math.min(left, right), 60, Math.max(Math.abs(right - left), 2), 3);
  const text = Math.abs(ms) >= 9999.5 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms).toLocaleString("en")} ms`;
  const wide = ink.measureText(text).width;
  const at = Math.max(Math.min(left, right), 0);
  if (at < free || at + wide > width) return free;
  ink.fillText(text, at, 73);
  return at + wide + 8;
}
