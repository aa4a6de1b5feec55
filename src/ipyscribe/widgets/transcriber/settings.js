import { make, setText, uniqueId } from "../shared/dom.js";

/** @typedef {{ name: string, label: string, kind: string, unit: string, choices: string[], expected: string, live: boolean }} Setting */
/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */

/**
 * A field's value as the kernel wants it: null where it is empty; text that is not a number as it is, so that the
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
 * A value as a field shows it.
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
    const list = make("select", {}, make("option", { value: "" }, "default"));
    list.append(...options.map(([value, label]) => make("option", { value }, label)));
    return list;
  }
  if (setting.kind === "list" || setting.kind === "text") {
    return make("textarea", { rows: 2, placeholder: setting.kind === "list" ? "one a line" : "" });
  }
  return make("input", { type: "text", inputMode: "decimal", placeholder: "default" });
}

/**
 * The settings of one model, as a form without a button: each takes effect on Enter and when its field is left.
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
      const id = uniqueId("ips-setting");
      const field = fieldFor(setting);
      field.id = id;
      field.title = `${setting.name}: ${setting.expected}`;
      const when = make("span", { class: "quiet" });
      const bad = make("span", { class: "bad", id: `${id}-bad`, role: "alert" });
      field.setAttribute("aria-describedby", bad.id);
      const submit = () => changed(setting.name, valueOf(setting, field.value));
      field.addEventListener("change", submit);
      if (field instanceof HTMLInputElement) {
        field.addEventListener("keydown", (event) => {
          if (event.key !== "Enter" || event.isComposing) return;
          event.stopPropagation(); // a notebook has its own use of Enter
          submit();
        });
      }
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
      const content = JSON.stringify(settings);
      if (content !== built) {
        built = content;
        build(settings);
      }
      for (const [name, { setting, field, when, bad }] of rows) {
        const problem = problems[name] ?? "";
        if (document.activeElement !== field && !problem) field.value = textOf(values[name]);
        field.setAttribute("aria-invalid", String(problem !== ""));
        setText(bad, problem);
        setText(when, running ? (setting.live ? "takes effect at once" : "takes effect at the next start") : "");
      }
    },
  };
}
