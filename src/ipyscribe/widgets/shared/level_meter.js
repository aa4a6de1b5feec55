import { make } from "./dom.js";

const QUIETEST_DBFS = -60;
const LOUD_DBFS = -3;

/**
 * The level of the sound, as a bar.
 * @param {string} label
 */
export function levelMeter(label) {
  const bar = make("div", {});
  const element = make("div", { class: "meter", role: "meter", "aria-label": label, "aria-valuemin": QUIETEST_DBFS, "aria-valuemax": 0 }, bar);
  return {
    element,
    /** @param {number | null} level in dB of full scale, null for silence */
    show(level) {
      const dbfs = level ?? QUIETEST_DBFS;
      const share = Math.min(1, Math.max(0, 1 - dbfs / QUIETEST_DBFS));
      bar.style.transform = `scaleX(${share.toFixed(2)})`;
      bar.classList.toggle("loud", dbfs > LOUD_DBFS);
      element.setAttribute("aria-valuenow", String(Math.max(QUIETEST_DBFS, Math.round(dbfs))));
      element.setAttribute("aria-valuetext", level === null ? "silence" : `${Math.round(level)} dB`);
    },
  };
}
