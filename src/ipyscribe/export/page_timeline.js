import { clockText } from "./clock_text.js";
import { lookAt } from "./history_codec.js";

/** @typedef {{ label: string, turns: import("./history_codec.js").Turn[], marks: [number, string, string][] }} Lane */
/** @typedef {{ end: number, lanes: Lane[] }} Session */
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
 * @param {import("./history_codec.js").Turn} turn
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
 * The whole session in narrow strips, one for each lane.
 * @param {HTMLCanvasElement} canvas
 * @param {Session} session
 * @param {Moment} moment
 * @param {View} view what the other lane shows
 */
export function drawOverview(canvas, session, moment, view) {
  const strip = session.lanes.length > 1 ? 16 : 30;
  const height = strip * session.lanes.length;
  const { ink, width, colour } = begin(canvas, height);
  const x = (/** @type {number} */ ms) => (ms / session.end) * width;
  ink.fillStyle = colour("soft");
  ink.fillRect(x(view.from), 0, Math.max(x(view.span), 2), height);
  session.lanes.forEach((lane, number) => {
    const top = number * strip;
    ink.fillStyle = colour("line");
    ink.fillRect(0, top + strip / 2, width, 1);
    for (const turn of lane.turns) {
      const bar = barOf(turn, moment);
      if (!bar) continue;
      ink.globalAlpha = bar.settled ? 1 : 0.5;
      ink.fillStyle = colour("accent");
      ink.fillRect(x(turn.start), top + strip / 4, Math.max(x(bar.end) - x(turn.start), 1), strip / 2);
    }
    ink.globalAlpha = 1;
    ink.fillStyle = colour("mark");
    for (const [ms] of lane.marks) if (!moment.travelling || ms <= moment.at) ink.fillRect(x(ms), top + 2, 1, strip - 4);
  });
  ink.fillStyle = colour("ink");
  ink.fillRect(Math.min(x(moment.at), width - 2) - 1, 0, 3, height);
}

/**
 * Where things lie in a lane, by how many there are: CSS pixels from its top.
 * @param {number} count
 */
function placesFor(count) {
  if (count === 1) return { high: 84, bar: 18, thick: 32, wait: 60 };
  return count < 4 ? { high: 76, bar: 20, thick: 28, wait: 54 } : { high: 46, bar: 18, thick: 22, wait: 0 };
}

/**
 * The part around the moment, with words and waits.
 * @param {HTMLCanvasElement} canvas
 * @param {Session} session
 * @param {Moment} moment
 * @param {View} view
 */
export function drawDetail(canvas, session, moment, view) {
  const place = placesFor(session.lanes.length);
  const height = place.high * session.lanes.length;
  const sheet = begin(canvas, height + 20);
  const { ink, width, colour } = sheet;
  const { from, span } = view;
  const x = (/** @type {number} */ ms) => ((ms - from) / span) * width;
  const step = 1000 * (STEPS_S.find((s) => (1000 * s * width) / span >= 70) ?? 60);
  for (let ms = Math.ceil(from / step) * step; ms <= from + span; ms += step) {
    ink.fillStyle = colour("line");
    ink.fillRect(Math.round(x(ms)), 0, 1, height);
    const label = clockText(ms);
    ink.fillStyle = colour("mute");
    ink.fillText(label, Math.min(Math.max(x(ms) - ink.measureText(label).width / 2, 0), width - ink.measureText(label).width), height + 11);
  }
  session.lanes.forEach((lane, number) => {
    ink.save();
    ink.translate(0, number * place.high);
    drawLane(sheet, lane, moment, view, place);
    ink.restore();
  });
  ink.fillStyle = colour("ink");
  ink.fillRect(Math.min(x(moment.at), width - 1) - 1, 0, 2, height);
}

/**
 * @param {{ ink: CanvasRenderingContext2D, width: number, colour: (name: string) => string }} sheet
 * @param {Lane} lane
 * @param {Moment} moment
 * @param {View} view
 * @param {{ bar: number, thick: number, wait: number }} place
 */
function drawLane({ ink, width, colour }, lane, moment, { from, span }, place) {
  const x = (/** @type {number} */ ms) => ((ms - from) / span) * width;
  let free = 0;
  for (const turn of lane.turns) {
    if (turn.start > from + span || Math.max(turn.end, turn.final ?? 0) < from) continue;
    const bar = barOf(turn, moment);
    if (!bar) continue;
    const left = x(turn.start);
    const wide = Math.max(x(bar.end) - left - 1, 2);
    ink.fillStyle = colour(bar.settled ? "accent" : "open");
    ink.fillRect(left, place.bar, wide, place.thick);
    if (!bar.settled) {
      ink.strokeStyle = colour("accent");
      ink.setLineDash([4, 3]);
      ink.strokeRect(left + 0.5, place.bar + 0.5, Math.max(wide - 1, 1), place.thick - 1);
      ink.setLineDash([]);
    }
    const text = { left: Math.max(left, 0) + 5, right: Math.min(left + wide, width) - 4, y: place.bar + place.thick / 2 + 1 };
    write(ink, bar.text, text, colour(bar.settled ? "on-accent" : "on-open"));
    if (bar.arrived !== null && place.wait) {
      free = drawWait(ink, [x(turn.end), x(bar.arrived)], bar.arrived - turn.end, { free, width, y: place.wait }, colour("mark"));
    }
  }
  ink.fillStyle = colour("ink");
  ink.fillText(lane.label, 0, 8, width / 2);
  const named = lane.label ? Math.min(ink.measureText(lane.label).width, width / 2) + 8 : 0;
  ink.fillStyle = colour("mark");
  for (const [ms, word] of lane.marks) {
    if (ms < from || ms > from + span || (moment.travelling && ms > moment.at)) continue;
    ink.fillRect(x(ms), place.bar - 6, 1, place.thick + 8);
    const at = Math.min(x(ms) + 3, width - ink.measureText(word).width);
    if (at >= named) ink.fillText(word, at, 7);
  }
}

/**
 * As much of a text as fits between two places, or nothing.
 * @param {CanvasRenderingContext2D} ink
 * @param {string} text
 * @param {{ left: number, right: number, y: number }} place
 * @param {string} colour
 */
function write(ink, text, { left, right, y }, colour) {
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
  ink.fillText(shown, left, y);
}

/**
 * The wait for a final, with its milliseconds where no other stands; how far it reaches.
 * @param {CanvasRenderingContext2D} ink
 * @param {[number, number]} ends
 * @param {number} ms
 * @param {{ free: number, width: number, y: number }} place
 * @param {string} colour
 */
function drawWait(ink, [left, right], ms, { free, width, y }, colour) {
  ink.fillStyle = colour;
  ink.fillRect(Math.min(left, right), y, Math.max(Math.abs(right - left), 2), 3);
  const text = Math.abs(ms) >= 9999.5 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms).toLocaleString("en")} ms`;
  const wide = ink.measureText(text).width;
  const at = Math.max(Math.min(left, right), 0);
  if (at < free || at + wide > width) return free;
  ink.fillText(text, at, y + 13);
  return at + wide + 8;
}
