import { make, say } from "../shared/dom.js";

/** @typedef {{ name: string, label: string, kind: string, unit: string, choices: string[], expected: string, live: boolean }} Setting */
/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */

/**
 * What a field holds, as the kernel wants it: null where it is empty, text that is no number as it is, so that the
 * kernel can say what is wrong with it.
 * @param {Setting} setting
 * @param {string} text
 */
export function valueOf(setting, text) {
  if (text.trim() === "") return null;
  switch (setting.kind) {
    case "flag":
      return text === "true";
    case "integer":
    case "number":
      return Number.isFinite(Number(text)) ? Number(text) : text;
    case "list":
      return text.split("\n").map((line) => line.trim()).filter(Boolean);
    default:
      return text;
  }
}

/**
 * How a value stands in a field.
 * @param {unknown} value
 */
export function textOf(value) {
  if (value === undefined || value === null) return "";
  return Array.isArray(value) ? value.join("\n") : String(value);
}

/**
 * @param {Setting} setting
 * @returns {Field}
 */
function fieldFor(setting) {
  if (setting.kind === "flag" || setting.kind === "choice") {
    const options = setting.kind === "flag" ? [["true", "yes"], ["false", "no"]] : setting.choices.map((c) => [c, c]);
    const list = make("select", {}, make("option", { value: "" }, "as the model has it"));
    list.append(...options.map(([value, label]) => make("option", { value }, label)));
    return list;
  }
  if (setting.kind === "list" || setting.kind === "text") {
    return make("textarea", { rows: 2, placeholder: setting.kind === "list" ? "one a line" : "" });
  }
  return make("input", { type: "text", inputMode: "decimal", placeholder: "as the model has it" });
}

let count = 0;

/**
 * The settings that act on one model, as a form without a button: each acts when it is left.
 * @param {(name: string, value: unknown) => void} changed
 */
export function settingsForm(changed) {
  const element = make("div", { class: "settings", role: "group", "aria-label": "Settings" });
  /** @type {Map<string, { setting: Setting, field: Field, when: HTMLElement, bad: HTMLElement }>} */
  const rows = new Map();
  let built = "";

  const build = (/** @type {Setting[]} */ settings) => {
    rows.clear();
    element.replaceChildren();
    for (const setting of settings) {
      const id = `ips-setting-${(count += 1)}`;
      const field = fieldFor(setting);
      field.id = id;
      field.title = `${setting.name}: ${setting.expected}`;
      const when = make("span", { class: "quiet" });
      const bad = make("span", { class: "bad", id: `${id}-bad`, role: "alert" });
      field.setAttribute("aria-describedby", bad.id);
      field.addEventListener("change", () => changed(setting.name, valueOf(setting, field.value)));
      const unit = setting.unit && setting.unit !== "characters" ? [make("span", { class: "quiet" }, setting.unit)] : [];
      element.append(
        make("div", { class: "setting" }, make("label", { for: id }, setting.label), make("div", { class: "box" }, field, ...unit), when, bad),
      );
      rows.set(setting.name, { setting, field, when, bad });
    }
  };

  return {
    element,
    /**
     * @param {Setting[]} settings
     * @param {Record<string, unknown>} values
     * @param {Record<string, string>} problems
     * @param {boolean} running
     */
    show(settings, values, problems, running) {
      const wanted = JSON.stringify(settings);
      if (wanted !== built) {
        built = wanted;
        build(settings);
      }
      for (const [name, { setting, field, when, bad }] of rows) {
        const problem = problems[name] ?? "";
        if (document.activeElement !== field && !problem) field.value = textOf(values[name]);
        field.setAttribute("aria-invalid", String(problem !== ""));
        say(bad, problem);
        say(when, running ? (setting.live ? "acts at once" : "acts from the next start on") : "");
      }
    },
  };
}
