import { make } from "./dom.js";

const COLOURS = 6;

/** The colour of a speaker, as `speaker_colour` in `timeline/palette.py` numbers it. @param {string} speaker */
export function speakerColour(speaker) {
  const text = speaker.trim();
  const letters = [...text].map((letter) => letter.codePointAt(0) ?? 0);
  const number = /^[\0-\x7f]$/.test(text) ? text.toUpperCase().charCodeAt(0) - 65 : letters.reduce((sum, code) => sum + code, 0);
  return `var(--ips-model-${((number % COLOURS) + COLOURS) % COLOURS})`;
}

/** The colour that a model has in every picture. @param {number} index of the model */
export function modelSwatch(index) {
  const swatch = make("span", { class: "swatch", "aria-hidden": "true" });
  swatch.style.background = `var(--ips-model-${index % COLOURS})`;
  return swatch;
}
