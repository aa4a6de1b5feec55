import { COLOURS, speakerColourNumber } from "../../export/model_colour.js";
import { make } from "./dom.js";

/** The colour of a speaker. @param {string} speaker */
export function speakerColour(speaker) {
  return `var(--ips-model-${speakerColourNumber(speaker)})`;
}

/** The colour that a model has in every picture. @param {number} index of the model */
export function modelSwatch(index) {
  const swatch = make("span", { class: "swatch", "aria-hidden": "true" });
  swatch.style.background = `var(--ips-model-${index % COLOURS})`;
  return swatch;
}
