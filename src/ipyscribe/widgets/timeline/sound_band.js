import { make, makeSvg } from "../shared/dom.js";

const LONGEST_LEVEL_MS = 1200;
const PART_MS = 4000;

/**
 * How loud the sound is while it comes. The band is moved as it is; only the part at its end is drawn again. A part has
 * its whole size from the start: where what is drawn grows, the browser composes all layers of the page anew.
 */
export function soundBand() {
  const element = make("div", { class: "band" });
  /** @type {{ number: number, svg: SVGElement, path: SVGPathElement }[]} */
  let parts = [];
  let until = NaN;
  let scale = 1;

  const clear = () => {
    parts = [];
    until = NaN;
    element.replaceChildren();
  };
  const partOf = (/** @type {number} */ number) => {
    const last = parts.at(-1);
    if (last?.number === number) return last;
    const path = makeSvg("path");
    const svg = makeSvg("svg");
    const width = (PART_MS * scale).toFixed(1);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("viewBox", `0 0 ${width} 200`); // pixels across, percent up and down
    svg.style.insetInlineStart = `${(number * PART_MS * scale).toFixed(1)}px`;
    svg.style.inlineSize = `${width}px`;
    svg.append(path);
    element.append(svg);
    const part = { number, svg, path };
    parts.push(part);
    return part;
  };
  const add = (/** @type {number} */ end, /** @type {number} */ height) => {
    if (end < until) clear(); // another session, or an earlier moment
    const from = Math.max(end - until < LONGEST_LEVEL_MS ? Math.min(until, end) : end - LONGEST_LEVEL_MS / 4, 0);
    until = end;
    for (let number = Math.floor(from / PART_MS); number * PART_MS < end; number += 1) {
      const [left, right] = [from, end].map((ms) => (Math.min(Math.max(ms - number * PART_MS, 0), PART_MS) * scale).toFixed(1));
      const { path } = partOf(number);
      path.setAttribute("d", `${path.getAttribute("d") ?? ""}M${left} ${100 - height}H${right}V${100 + height}H${left}z`);
    }
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
      while (parts.length > 0 && (parts[0].number + 1) * PART_MS < start) parts.shift()?.svg.remove();
      element.style.transform = `translateX(-${(start * scale).toFixed(1)}px)`;
    },
  };
}
