import { make, makeSvg } from "../shared/dom.js";

const LONGEST_LEVEL_MS = 1200;
const PART_MS = 4000;

/**
 * How loud the sound is while it comes. The band is moved as it is; only the part at its end is drawn again.
 */
export function soundBand() {
  const svg = makeSvg("svg");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("viewBox", "0 0 1 200"); // pixels across, percent up and down
  const element = make("div", { class: "band" }, svg);
  /** @type {{ number: number, end: number, path: SVGPathElement }[]} */
  let parts = [];
  let until = NaN;
  let scale = 1;

  const clear = () => {
    parts = [];
    until = NaN;
    svg.replaceChildren();
  };
  const add = (/** @type {number} */ end, /** @type {number} */ height) => {
    if (end < until) clear(); // another session, or an earlier moment
    const from = Math.max(end - until < LONGEST_LEVEL_MS ? Math.min(until, end) : end - LONGEST_LEVEL_MS / 4, 0);
    until = end;
    const number = Math.floor(end / PART_MS);
    let part = parts.at(-1);
    if (part?.number !== number) {
      part = { number, end, path: makeSvg("path") };
      parts.push(part);
      svg.append(part.path);
    }
    part.end = end;
    const [left, right] = [from, end].map((ms) => (ms * scale).toFixed(1));
    part.path.setAttribute("d", `${part.path.getAttribute("d") ?? ""}M${left} ${100 - height}H${right}V${100 + height}H${left}z`);
  };

  return {
    element,
    /** Nothing is there yet. @param {number} newScale pixels for each ms */
    begin(newScale) {
      scale = newScale;
      clear();
    },
    /** @param {[end: number, height: number][]} added heights in percent @param {number} start ms at the left edge */
    show(added, start) {
      for (const [end, height] of added) add(end, height);
      while (parts.length > 0 && parts[0].end < start) parts.shift()?.path.remove();
      element.style.transform = `translateX(-${(start * scale).toFixed(1)}px)`;
    },
  };
}
