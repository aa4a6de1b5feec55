import { make, makeSvg } from "../shared/dom.js";

const LOUDEST = 100;

/** How loud the sound is, along the picture above it. */
export function waveform() {
  const svg = makeSvg("svg");
  const path = makeSvg("path");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.append(path);
  const element = make("div", { class: "wave", "aria-hidden": "true", hidden: true }, svg);
  return {
    element,
    /**
     * @param {DataView | undefined} heights a byte for each of equal parts of the axis, from 0 to 100; none without sound
     * @param {[start: number, end: number, left: number, right: number]} axis of the picture, the last two shares of its width
     */
    show(heights, axis) {
      const count = heights?.byteLength ?? 0;
      element.hidden = !heights || count === 0;
      if (!heights || count === 0) return;
      const [, , left, right] = axis;
      element.style.left = `${100 * left}%`;
      element.style.width = `${100 * (right - left)}%`;
      svg.setAttribute("viewBox", `0 0 ${count} ${2 * LOUDEST}`);
      const bars = Array.from({ length: count }, (_, at) => {
        const height = Math.max(heights.getUint8(at), 1);
        return `M${at} ${LOUDEST - height}h1v${2 * height}h-1z`;
      });
      path.setAttribute("d", bars.join(""));
    },
  };
}
