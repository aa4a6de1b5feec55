import { make, setText, uniqueId } from "../shared/dom.js";
import { heard } from "../shared/late_module.js";
import { followTheme } from "../shared/theme.js";

/** @typedef {{ key: string, label: string, group: string }} Choice */
/** @typedef {{ choices: Choice[], able: boolean }} Model */

const LATE_MS = 3000;
const KEEP_MS = 60_000;

/**
 * A file name with the time of saving, on the reader's clock.
 * @param {string} extension
 * @param {Date} now
 */
export function nameOf(extension, now) {
  const pad = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const day = [now.getFullYear(), pad(now.getMonth() + 1), pad(now.getDate())].join("-");
  return `transcript-${day}-${pad(now.getHours())}${pad(now.getMinutes())}.${extension}`;
}

/**
 * A file size for a person.
 * @param {number} bytes
 */
export function sizeOf(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** @type {import("@anywidget/types").Render<Model>} */
function render({ model, el, signal }) {
  const ident = uniqueId("ips-save");
  const list = make("select", { id: ident });
  const saveButton = make("button", { type: "button" }, "Save");
  const status = make("span", { class: "quiet", role: "status" });
  const problem = make("span", { class: "problem", role: "alert" });
  const root = make("div", { class: "ips ips-save", role: "group", "aria-label": "Save to this computer" });
  root.append(make("label", { for: ident }, "Save as"), list, saveButton, status, problem);
  el.replaceChildren(root);
  followTheme(root, signal);

  let request = "";
  let timer = 0;

  const showChoices = () => {
    const choices = model.get("choices");
    const content = JSON.stringify(choices);
    if (list.dataset.content === content) return; // an open list must not change under the pointer
    const selected = list.value;
    list.dataset.content = content;
    list.replaceChildren();
    for (const group of new Set(choices.map((choice) => choice.group))) {
      const optgroup = make("optgroup", { label: group });
      for (const { key, label } of choices.filter((choice) => choice.group === group)) optgroup.append(make("option", { value: key }, label));
      list.append(optgroup);
    }
    if (choices.some(({ key }) => key === selected)) list.value = selected;
  };

  const show = (/** @type {string} */ text, /** @type {string} */ error) => {
    clearTimeout(timer);
    setText(status, text);
    setText(problem, error);
  };

  const save = () => {
    request = `${ident}-${performance.now()}-${Math.random()}`; // every view gets the answer, and only one may save it
    show("Preparing…", "");
    timer = window.setTimeout(() => setText(status, "The kernel is busy; the file is made when it is free."), LATE_MS);
    model.send({ kind: "save", format: list.value, request });
  };

  const receive = (/** @type {any} */ message, /** @type {DataView[]} */ buffers) => {
    if (!request || message?.request !== request) return;
    request = "";
    if (message.kind === "problem") return show("", message.message);
    const content = /** @type {BlobPart} */ (/** @type {unknown} */ (buffers[0]));
    const url = URL.createObjectURL(new Blob([content], { type: message.type }));
    const name = nameOf(message.extension, new Date());
    make("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), KEEP_MS);
    show(`${name}, ${sizeOf(buffers[0].byteLength)}`, "");
  };

  const showAble = () => {
    list.disabled = saveButton.disabled = !model.get("able");
  };
  saveButton.addEventListener("click", save, { signal });
  model.on("change:able", showAble);
  model.on("change:choices", showChoices);
  model.on("msg:custom", receive);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    model.off("change:able", showAble);
    model.off("change:choices", showChoices);
    model.off("msg:custom", receive);
  });
  showChoices();
  showAble();
  model.send({ kind: "hello" });
}

export default { render: heard(render) };
