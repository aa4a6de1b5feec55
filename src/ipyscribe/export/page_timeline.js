import { clockText } from "./clock_text.js";
import { lookAt } from "./history_codec.js";

/** A turn has the number of its model's or speaker's colour.
 * @typedef {{ label: string, turns: (import("./history_codec.js").Turn & { colour: number })[], marks: [number, string, string][] }} Lane */
/** @typedef {{ end: number, lanes: Lane[] }} Session */
/** @typedef {{ at: number, travelling: boolean }} Position */
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
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(ratio, ratio);
  context.font = FONT;
  context.textBaseline = "middle";
  return { context, width, colour: (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim() };
}

/**
 * How a turn looks at the position, and where its bar ends; null before its first words.
 * @param {import("./history_codec.js").Turn} turn
 * @param {Position} position
 */
function barOf(turn, { at, travelling }) {
  if (!travelling) return { text: turn.text, end: turn.end, settled: turn.settled !== null, arrived: turn.final };
  const look = lookAt(turn, at);
  if (look === null) return null;
  const ended = look.state !== "open";
  return { text: look.text, end: ended ? turn.end : Math.min(turn.end, at), settled: look.state === "settled", arrived: ended ? turn.final : null };
}

/**
 * The full session in narrow strips, one for each lane.
 * @param {HTMLCanvasElement} canvas
 * @param {Session} session
 * @param {Position} position
 * @param {View} view the time range of the detail canvas
 */
export function drawOverview(canvas, session, position, view) {
  const strip = session.lanes.length > 1 ? 16 : 30;
  const height = strip * session.lanes.length;
  const { context, width, colour } = begin(canvas, height);
  const x = (/** @type {number} */ ms) => (ms / session.end) * width;
  context.fillStyle = colour("soft");
  context.fillRect(x(view.from), 0, Math.max(x(view.span), 2), height);
  session.lanes.forEach((lane, number) => {
    const top = number * strip;
    context.fillStyle = colour("line");
    context.fillRect(0, top + strip / 2, width, 1);
    for (const turn of lane.turns) {
      const bar = barOf(turn, position);
      if (!bar) continue;
      context.globalAlpha = bar.settled ? 1 : 0.5;
      context.fillStyle = colour(`model-${turn.colour}`);
      context.fillRect(x(turn.start), top + strip / 4, Math.max(x(bar.end) - x(turn.start), 1), strip / 2);
    }
    context.globalAlpha = 1;
    context.fillStyle = colour("mark");
    for (const [ms] of lane.marks) if (!position.travelling || ms <= position.at) context.fillRect(x(ms), top + 2, 1, strip - 4);
  });
  context.fillStyle = colour("ink");
  context.fillRect(Math.min(x(position.at), width - 2) - 1, 0, 3, height);
}

/**
 * The layout of each of `count` lanes: CSS pixels from its top.
 * @param {number} count
 */
function laneLayout(count) {
  if (count === 1) return { height: 84, bar: 18, barHeight: 32, delay: 60 };
  return count < 4 ? { height: 76, bar: 20, barHeight: 28, delay: 54 } : { height: 46, bar: 18, barHeight: 22, delay: 0 };
}

/**
 * The part around the position, with words and final delays.
 * @param {HTMLCanvasElement} canvas
 * @param {Session} session
 * @param {Position} position
 * @param {View} view
 */
export function drawDetail(canvas, session, position, view) {
  const layout = laneLayout(session.lanes.length);
  const height = layout.height * session.lanes.length;
  const canvasContext = begin(canvas, height + 20);
  const { context, width, colour } = canvasContext;
  const { from, span } = view;
  const x = (/** @type {number} */ ms) => ((ms - from) / span) * width;
  const step = 1000 * (STEPS_S.find((s) => (1000 * s * width) / span >= 70) ?? 60);
  for (let ms = Math.ceil(from / step) * step; ms <= from + span; ms += step) {
    context.fillStyle = colour("line");
    context.fillRect(Math.round(x(ms)), 0, 1, height);
    const label = clockText(ms);
    context.fillStyle = colour("mute");
    context.fillText(label, Math.min(Math.max(x(ms) - context.measureText(label).width / 2, 0), width - context.measureText(label).width), height + 11);
  }
  session.lanes.forEach((lane, number) => {
    context.save();
    context.translate(0, number * layout.height);
    drawLane(canvasContext, lane, position, view, layout);
    context.restore();
  });
  context.fillStyle = colour("ink");
  context.fillRect(Math.min(x(position.at), width - 1) - 1, 0, 2, height);
}

/**
 * @param {{ context: CanvasRenderingContext2D, width: number, colour: (name: string) => string }} canvasContext
 * @param {Lane} lane
 * @param {Position} position
 * @param {View} view
 * @param {{ bar: number, barHeight: number, delay: number }} layout
 */
function drawLane({ context, width, colour }, lane, position, { from, span }, layout) {
  const x = (/** @type {number} */ ms) => ((ms - from) / span) * width;
  let delayEnd = 0;
  for (const turn of lane.turns) {
    if (turn.start > from + span || Math.max(turn.end, turn.final ?? 0) < from) continue;
    const bar = barOf(turn, position);
    if (!bar) continue;
    const left = x(turn.start);
    const barWidth = Math.max(x(bar.end) - left - 1, 2);
    context.fillStyle = colour(bar.settled ? `model-${turn.colour}` : "open");
    context.fillRect(left, layout.bar, barWidth, layout.barHeight);
    if (!bar.settled) {
      context.strokeStyle = colour(`model-${turn.colour}`);
      context.setLineDash([4, 3]);
      context.strokeRect(left + 0.5, layout.bar + 0.5, Math.max(barWidth - 1, 1), layout.barHeight - 1);
      context.setLineDash([]);
    }
    const text = { left: Math.max(left, 0) + 5, right: Math.min(left + barWidth, width) - 4, y: layout.bar + layout.barHeight / 2 + 1 };
    write(context, bar.text, text, colour(bar.settled ? "on-accent" : "on-open"));
    if (bar.arrived !== null && layout.delay) {
      delayEnd = drawDelay(context, [x(turn.end), x(bar.arrived)], bar.arrived - turn.end, { delayEnd, width, y: layout.delay }, colour("mark"));
    }
  }
  context.fillStyle = colour("ink");
  context.fillText(lane.label, 0, 8, width / 2);
  const labelEnd = lane.label ? Math.min(context.measureText(lane.label).width, width / 2) + 8 : 0;
  context.fillStyle = colour("mark");
  for (const [ms, word] of lane.marks) {
    if (ms < from || ms > from + span || (position.travelling && ms > position.at)) continue;
    context.fillRect(x(ms), layout.bar - 6, 1, layout.barHeight + 8);
    const at = Math.min(x(ms) + 3, width - context.measureText(word).width);
    if (at >= labelEnd) context.fillText(word, at, 7);
  }
}

/**
 * As much of a text as fits between `left` and `right`, or nothing.
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {{ left: number, right: number, y: number }} box
 * @param {string} colour
 */
function write(context, text, { left, right, y }, colour) {
  const room = right - left;
  if (room < 14) return;
  let shown = text.slice(0, 200);
  if (context.measureText(shown).width > room) {
    let count = shown.length;
    while (count > 0 && context.measureText(`${shown.slice(0, count)}…`).width > room) count -= Math.max(1, Math.floor(count / 20));
    if (count < 2) return;
    shown = `${shown.slice(0, count).trimEnd()}…`;
  }
  context.fillStyle = colour;
  context.fillText(shown, left, y);
}

/**
 * The delay of a final, with its milliseconds where there is room; returns where its label ends.
 * @param {CanvasRenderingContext2D} context
 * @param {[number, number]} ends
 * @param {number} ms
 * @param {{ delayEnd: number, width: number, y: number }} bounds
 * @param {string} colour
 */
function drawDelay(context, [left, right], ms, { delayEnd, width, y }, colour) {
  context.fillStyle = colour;
  context.fillRect(Math.min(left, right), y, Math.max(Math.abs(right - left), 2), 3);
  const text = Math.abs(ms) >= 9999.5 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms).toLocaleString("en")} ms`;
  const textWidth = context.measureText(text).width;
  const at = Math.max(Math.min(left, right), 0);
  if (at < delayEnd || at + textWidth > width) return delayEnd;
  context.fillText(text, at, y + 13);
  return at + textWidth + 8;
}
