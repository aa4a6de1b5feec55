import { make, setText, uniqueId } from "../shared/dom.js";

/** @typedef {{ name: string, label: string, kind: string, unit: string, choices: string[], names: Record<string, string>,
 *   expected: string, default: string, link: string, live: boolean }} Setting */
/** @typedef {{ name: string, use: string, values: string, source: string }} Preset */
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
  const otherwise = setting.default ? `default ${setting.default}` : "default";
  if (setting.kind === "flag" || setting.kind === "choice") {
    const options = setting.kind === "flag" ? [["true", "yes"], ["false", "no"]] : setting.choices.map((c) => [c, c]);
    const list = make("select", {}, make("option", { value: "" }, otherwise));
    list.append(...options.map(([value, label]) => make("option", { value }, label)));
    return list;
  }
  if (setting.kind === "list" || setting.kind === "text") {
    return make("textarea", { rows: 2, placeholder: setting.kind === "list" ? "one a line" : "" });
  }
  return make("input", { type: "text", inputMode: "decimal", placeholder: otherwise });
}

/**
 * The names of the languages whose codes a field holds.
 * @param {Setting} setting
 * @param {unknown} value
 */
export function namesOf(setting, value) {
  return Array.isArray(value) ? value.map((code) => setting.names[code] ?? code).join(", ") : "";
}

/**
 * The list of presets, and what the chosen one stands for.
 * @param {(name: string) => void} chosen
 */
function presetRow(chosen) {
  const id = uniqueId("ips-preset");
  const list = make("select", { id });
  const values = make("span", { class: "quiet", id: `${id}-values` });
  list.setAttribute("aria-describedby", values.id);
  list.addEventListener("change", () => chosen(list.value));
  const element = make("div", { class: "setting preset" }, make("label", { for: id }, "Preset"), make("div", { class: "box" }, list), values);
  let built = "";
  return {
    element,
    /**
     * @param {Preset[]} presets
     * @param {string} name
     */
    show(presets, name) {
      const content = JSON.stringify(presets);
      if (content !== built) {
        built = content;
        const options = presets.map((each) =>
          make("option", { value: each.name, title: each.values }, `${each.name}: ${each.use}`),
        );
        list.replaceChildren(make("option", { value: "" }, "none"), ...options);
      }
      element.hidden = presets.length === 0;
      list.value = name;
      const preset = presets.find((each) => each.name === name);
      setText(values, preset ? `${preset.values} (${preset.source})` : "");
    },
  };
}

/**
 * What Pause does: it belongs to the widget and to no model.
 * @param {(keepAlive: boolean) => void} chosen
 */
function pauseRow(chosen) {
  const id = uniqueId("ips-pause");
  const list = make(
    "select",
    { id },
    make("option", { value: "silence" }, "send silence: the turn ends, the clock runs on"),
    make("option", { value: "keep_alive" }, "send nothing: the turn stays open, the clock stops"),
  );
  list.addEventListener("change", () => chosen(list.value === "keep_alive"));
  const bill = make("span", { class: "quiet" }, "A session is billed while it is paused.");
  const element = make("div", { class: "setting pause" }, make("label", { for: id }, "While paused"), make("div", { class: "box" }, list), bill);
  return { element, list, bill };
}

/**
 * The settings of one model, as a form without a button: each takes effect on Enter and when its field is left.
 * @param {(name: string, value: unknown) => void} changed
 * @param {(name: string) => void} presetChosen
 * @param {(keepAlive: boolean) => void} pauseChosen
 */
export function settingsForm(changed, presetChosen, pauseChosen) {
  const element = make("div", { class: "settings", role: "group", "aria-label": "Settings" });
  const presetList = presetRow(presetChosen);
  const pause = pauseRow(pauseChosen);
  /** @type {Map<string, { setting: Setting, field: Field, names: HTMLElement, when: HTMLElement, bad: HTMLElement }>} */
  const rows = new Map();
  let built = "";

  const build = (/** @type {Setting[]} */ settings) => {
    rows.clear();
    element.replaceChildren(presetList.element);

    for (const setting of settings) {
      const id = uniqueId("ips-setting");
      const field = fieldFor(setting);
      field.id = id;
      const codes = Object.entries(setting.names).map(([code, name]) => `${code} ${name}`);
      field.title = [`${setting.name}: ${setting.expected}`, ...codes].join("\n");
      const names = make("span", { class: "quiet" });
      const when = make("span", { class: "quiet when" });
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
      const name = make("code", { class: "quiet" }, setting.name);
      const about = make("a", { href: setting.link, target: "_blank", rel: "noopener noreferrer", title: "What this does, in AssemblyAI's documentation" }, name);
      const unit = setting.unit && setting.unit !== "characters" ? [make("span", { class: "quiet" }, setting.unit)] : [];
      element.append(
        make("div", { class: "setting" }, make("label", { for: id }, setting.label), about, make("div", { class: "box" }, field, ...unit), names, when, bad),
      );
      rows.set(setting.name, { setting, field, names, when, bad });
    }
    element.append(pause.element);
  };

  return {
    element,
    /** @param {boolean} keepAlive @param {boolean} paused @param {boolean} free */
    showPause(keepAlive, paused, free) {
      pause.bill.hidden = free;
      pause.list.value = keepAlive ? "keep_alive" : "silence";
      pause.list.disabled = paused;
    },
    /**
     * @param {Setting[]} settings
     * @param {Record<string, unknown>} values
     * @param {Record<string, string>} problems
     * @param {boolean} running
     * @param {Preset[]} presets
     * @param {string} preset
     */
    show(settings, values, problems, running, presets, preset) {
      const content = JSON.stringify(settings);
      if (content !== built) {
        built = content;
        build(settings);
      }
      presetList.show(presets, preset);
      for (const [name, { setting, field, names, when, bad }] of rows) {
        const problem = problems[name] ?? "";
        if (document.activeElement !== field && !problem) field.value = textOf(values[name]);
        field.closest(".setting")?.classList.toggle("changed", textOf(values[name]) !== "");
        field.setAttribute("aria-invalid", String(problem !== ""));
        setText(bad, problem);
        setText(names, namesOf(setting, values[name]));
        setText(when, running ? (setting.live ? "takes effect at once" : "takes effect at the next start") : "");
      }
    },
  };
}
