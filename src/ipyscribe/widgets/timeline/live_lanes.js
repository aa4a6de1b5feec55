import { clockText } from "../../export/clock_text.js";
import { make, setText } from "../shared/dom.js";
import { soundBand } from "./sound_band.js";

/** @typedef {{ total: number, left: number, width: number, height: number, axis: number, middles: number[], span: number, tick: number,
 *   names: "above" | "left", brackets: boolean, warning: string }} Frame CSS pixels, and ms of the audio clock */
/** @typedef {[place: "in" | "beside" | "above", at: number, lines: string[]]} Words */
/** @typedef {[start: number, end: number, settled: boolean, words: Words[], delay: [arrival: number, textOrDepth: string | number] | null, colour?: number]} Turn */
/** @typedef {{ label: string, dots: boolean, summary: [at: number, lines: string[]] | null, marks: [at: number, warm: boolean, text: string][] }} Rest */
/** @typedef {{ lane: number, turns?: [order: number, turn: Turn][], gone?: number[], rest?: Rest }} Lane */
/** @typedef {{ start: number, now: number, frame?: Frame, differ?: [number, number][], lanes?: Lane[],
 *   levels?: [end: number, height: number][] }} Live heights of the sound in percent */

const FIRST_ARRIVAL_PX = 6;
const DOTS_DEPTH_PX = 17;
const TICKS_PX = 19;
const NARROWEST_WORDS_PX = 30;

/**
 * The lanes of sessions that run: bars, words and delays at the places that the kernel gives, on a clock that moves.
 * @param {HTMLElement} element
 */
export function liveLanes(element) {
  const differences = make("div", {});
  const ticks = make("div", { class: "ticks" });
  const marks = make("div", {});
  const lanes = make("div", {});
  const moving = make("div", { class: "moving" }, differences, lanes, marks);
  const silences = make("div", {});
  const now = make("div", { class: "now" }, make("span", {}, "now"));
  const plot = make("div", { class: "plot" }, silences, moving);
  const clock = make("div", { class: "clock" }, now);
  const sound = soundBand();
  const levels = make("div", { class: "levels" }, sound.element);
  const names = make("div", { class: "names" });
  const empty = make("div", { class: "empty" }, "no speech yet");
  const warning = make("div", { class: "warning", hidden: true });
  const stage = make("div", { class: "live-lanes" }, ticks, plot, clock, levels, names, empty);
  element.append(warning, stage);

  /** @type {Frame | null} */
  let frame = null;
  /** @type {Map<number, HTMLElement>[]} */
  let turns = [];
  /** @type {boolean[]} */
  let dots = [];
  let firstTick = NaN;
  const scale = () => /** @type {Frame} */ (frame).width / /** @type {Frame} */ (frame).span;
  const left = (/** @type {number} */ ms) => `${(ms * scale()).toFixed(1)}px`;
  const at = (/** @type {number} */ ms, /** @type {string} */ name, /** @type {(Node | string)[]} */ ...children) => {
    const node = make("div", { class: name }, ...children);
    node.style.left = left(ms);
    return node;
  };
  const span = (/** @type {number} */ from, /** @type {number} */ to, /** @type {string} */ name, /** @type {(Node | string)[]} */ ...children) => {
    const node = at(Math.min(from, to), name, ...children);
    node.style.width = `${(Math.abs(to - from) * scale()).toFixed(1)}px`;
    return node;
  };
  const lines = (/** @type {string[]} */ texts) => texts.flatMap((text, index) => (index ? [make("br"), text] : [text]));

  const drawTurn = (/** @type {Turn} */ [start, end, settled, words, delay, colour = 0], /** @type {boolean} */ asDot) => {
    const bar = span(start, end, settled ? "bar" : "bar open");
    const parts = [bar];
    for (const [place, , texts] of words) if (place === "in") bar.append(make("span", { dir: "auto" }, ...lines(texts)));
    bar.dataset.start = String(start);
    bar.dataset.end = String(end);
    if (colour) bar.style.setProperty("--bar", `var(--ips-model-${colour})`);
    for (const [place, ms, texts] of words) if (place !== "in") parts.push(at(ms, place, make("bdi", {}, ...lines(texts))));
    if (delay && asDot) {
      const dot = at(end, "dot");
      dot.style.top = `${(Number(delay[1]) * DOTS_DEPTH_PX).toFixed(1)}px`;
      parts.push(dot);
    } else if (delay) {
      const wide = Math.abs(delay[0] - end) * scale() >= FIRST_ARRIVAL_PX;
      parts.push(at(end, "end"), span(end, delay[0], wide ? "delay arrived" : "delay"), at(Math.max(end, delay[0]), "ms", String(delay[1])));
    }
    return make("div", {}, ...parts);
  };

  const begin = (/** @type {Frame} */ newFrame) => {
    frame = newFrame;
    firstTick = NaN;
    stage.style.height = `${frame.height}px`;
    for (const box of [plot, clock, ticks]) {
      box.style.left = `${frame.left}px`;
      box.style.width = `${frame.width}px`;
      box.style.height = `${frame.axis}px`;
    }
    stage.classList.toggle("bracketed", frame.brackets);
    setText(warning, frame.warning);
    warning.hidden = frame.warning === "";
    levels.style.left = plot.style.left;
    levels.style.width = plot.style.width;
    levels.style.top = `${frame.axis + TICKS_PX}px`;
    sound.begin(scale());
    turns = frame.middles.map(() => new Map());
    dots = frame.middles.map(() => false);
    const rows = (/** @type {string} */ name) =>
      /** @type {Frame} */ (frame).middles.map((middle) => {
        const row = make("div", { class: name });
        row.style.top = `${middle}px`;
        return row;
      });
    lanes.replaceChildren(...rows("live-lane"));
    silences.replaceChildren(...rows("silence"));
    marks.replaceChildren(...rows("marks"));
    names.replaceChildren(...rows(`name ${frame.names}`));
    names.style.width = frame.names === "left" ? `${frame.left - 8}px` : "";
    names.style.left = frame.names === "left" ? "0" : `${frame.left}px`;
    empty.style.top = `${(frame.middles[0] + (frame.middles.at(-1) ?? 0)) / 2}px`;
  };

  const showLane = (/** @type {Lane} */ { lane, turns: changed = [], gone = [], rest }) => {
    const row = /** @type {HTMLElement} */ (lanes.children[lane]);
    const shown = turns[lane];
    for (const order of gone) {
      shown.get(order)?.remove();
      shown.delete(order);
    }
    if (rest) dots[lane] = rest.dots;
    for (const [order, turn] of changed) {
      const drawn = drawTurn(turn, dots[lane]);
      const before = shown.get(order);
      if (before) before.replaceWith(drawn);
      else row.append(drawn);
      shown.set(order, drawn);
    }
    if (!rest) return;
    silences.children[lane].classList.toggle("dots", rest.dots);
    setText(names.children[lane], rest.label);
    row.querySelector(".summary")?.remove();
    if (rest.summary) row.append(at(rest.summary[0], "summary", ...lines(rest.summary[1])));
    marks.children[lane].replaceChildren(...rest.marks.map(([ms, warm, text]) => at(ms, warm ? "mark warm" : "mark", make("span", {}, text))));
  };

  /**
   * A variable for all bars would have the browser look at the style of each at every step; and where it clips or moves
   * a part by itself, it composes all layers anew for each that comes or goes.
   */
  const keepWordsInView = (/** @type {HTMLElement} */ bar, /** @type {number} */ start) => {
    const hidden = start - Number(bar.dataset.start);
    if (hidden > 0) bar.style.setProperty("--hidden", left(hidden));
    bar.classList.toggle("leaving", hidden > 0);
    bar.classList.toggle("narrow", hidden > 0 && (Number(bar.dataset.end) - start) * scale() < NARROWEST_WORDS_PX);
    bar.classList.toggle("gone", start > Number(bar.dataset.end));
  };

  const showTicks = (/** @type {number} */ start) => {
    const { tick, span: length } = /** @type {Frame} */ (frame);
    const first = Math.ceil(start / tick);
    ticks.style.transform = `translateX(${left(first * tick - start)})`;
    const count = Math.floor((start + length) / tick) - first + 1;
    if (first === firstTick && count === ticks.childElementCount) return;
    firstTick = first;
    ticks.replaceChildren(...Array.from({ length: count }, (_, index) => at(index * tick, "tick", make("span", {}, clockText((first + index) * tick)))));
  };

  return {
    /**
     * Where the clock lies then, as ms at two shares of the width; null where a view that came later has to get all first.
     * @param {Live} message
     * @returns {[number, number, number, number] | null}
     */
    show(message) {
      if (message.frame) begin(message.frame);
      if (!frame) return null;
      if (message.differ) differences.replaceChildren(...message.differ.map(([from, to]) => span(from, to, "differ")));
      for (const lane of message.lanes ?? []) showLane(lane);
      showTicks(message.start);
      moving.style.transform = `translateX(-${left(message.start)})`;
      sound.show(message.levels ?? [], message.start);
      for (const shown of turns) for (const drawn of shown.values()) keepWordsInView(/** @type {HTMLElement} */ (drawn.firstElementChild), message.start);
      const present = (message.now - message.start) * scale();
      now.style.transform = `translateX(${present.toFixed(1)}px)`;
      silences.style.transform = `scaleX(${(present / frame.width).toFixed(4)})`;
      empty.hidden = turns.some((shown) => shown.size > 0);
      setText(empty, message.start > 0 ? "no speech in this part" : "no speech yet");
      return [message.start, message.start + frame.span, frame.left / frame.total, (frame.left + frame.width) / frame.total];
    },
  };
}
