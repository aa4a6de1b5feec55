import { make } from "../shared/dom.js";
import { levelMeter } from "../shared/level_meter.js";

/** @typedef {{ value: string, label: string }} ChannelOption */

/**
 * Which channel of a source is heard, with a level for each while it is.
 * @param {(channel: string) => void} choose
 * @param {AbortSignal} signal
 */
export function channelChoice(choose, signal) {
  const list = make("select", { "aria-label": "Channel" });
  const levels = make("div", { class: "levels" });
  const element = make("div", { class: "pick channels", hidden: true }, list, levels);
  /** @type {ReturnType<typeof levelMeter>[]} */
  let meters = [];
  list.addEventListener("change", () => choose(list.value), { signal });

  return {
    element,
    /** @param {ChannelOption[]} options @param {string} channel @param {boolean} fixed */
    show(options, channel, fixed) {
      element.hidden = options.length === 0;
      const content = JSON.stringify(options);
      if (list.dataset.content !== content) {
        list.dataset.content = content;
        list.replaceChildren(...options.map(({ value, label }) => make("option", { value, textContent: label })));
        meters = [];
        levels.replaceChildren();
      }
      list.value = channel;
      list.disabled = fixed;
    },
    /** @param {(number | null)[]} dbfs */
    showLevels(dbfs) {
      if (dbfs.length !== meters.length) {
        const names = [...list.options].filter((option) => option.value !== "mix").map((option) => option.textContent);
        meters = dbfs.map((_, index) => levelMeter(`Level, ${names[index] ?? `channel ${index}`}`));
        for (const [index, { element: meter }] of meters.entries()) meter.title = names[index] ?? `Channel ${index}`;
        levels.replaceChildren(...meters.map((meter) => meter.element));
      }
      dbfs.forEach((level, index) => meters[index].show(level));
    },
  };
}
