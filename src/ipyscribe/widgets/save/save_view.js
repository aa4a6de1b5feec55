import { make, say } from "../shared/dom.js";
import { followTheme } from "../shared/theme.js";

/** @typedef {{ key: string, label: string, group: string }} Choice */
/** @typedef {{ choices: Choice[] }} Model */

const LATE_MS = 3000;
const KEEP_MS = 60_000;
let count = 0;

/**
 * A file's name with the moment at which it was saved, on the reader's clock.
 * @param {string} extension
 * @param {Date} now
 */
export function nameOf(extension, now) {
  const pad = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const day = [now.getFullYear(), pad(now.getMonth() + 1), pad(now.getDate())].join("-");
  return `transcript-${day}-${pad(now.getHours())}${pad(now.getMinutes())}.${extension}`;
}

/**
 * A size as a person reads it.
 * @param {number} bytes
 */
export function sizeOf(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** @type {import("@anywidget/types").Render<Model>} */
function render({ model, el, signal }) {
  const ident = `ips-save-${(count += 1)}`;
  const list = make("select", { id: ident });
  const save = make("button", { type: "button" }, "Save");
  const status = make("span", { class: "quiet", role: "status" });
  const problem = make("span", { class: "problem", role: "alert" });
  const root = make("div", { class: "ips ips-save", role: "group", "aria-label": "Save to this computer" });
  root.append(make("label", { for: ident }, "Save as"), list, save, status, problem);
  el.replaceChildren(root);
  followTheme(root, signal);

  let wanted = "";
  let timer = 0;

  const showChoices = () => {
    const choices = model.get("choices");
    const filled = JSON.stringify(choices);
    if (list.dataset.filled === filled) return; // a list that is open must not be changed under the pointer
    const chosen = list.value;
    list.dataset.filled = filled;
    list.replaceChildren();
    for (const group of new Set(choices.map((choice) => choice.group))) {
      const made = make("optgroup", { label: group });
      for (const { key, label } of choices.filter((choice) => choice.group === group)) made.append(make("option", { value: key }, label));
      list.append(made);
    }
    if (choices.some(({ key }) => key === chosen)) list.value = chosen;
  };

  const tell = (/** @type {string} */ text, /** @type {string} */ wrong) => {
    clearTimeout(timer);
    say(status, text);
    say(problem, wrong);
  };

  const ask = () => {
    wanted = `${ident}-${performance.now()}-${Math.random()}`; // every view hears the answer, and only one may save it
    tell("Preparing…", "");
    timer = window.setTimeout(() => say(status, "The kernel is busy; the file comes when it is free."), LATE_MS);
    model.send({ kind: "save", what: list.value, ask: wanted });
  };

  const take = (/** @type {any} */ message, /** @type {DataView[]} */ buffers) => {
    if (!wanted || message?.ask !== wanted) return;
    wanted = "";
    if (message.kind === "problem") return tell("", message.message);
    const content = /** @type {BlobPart} */ (/** @type {unknown} */ (buffers[0]));
    const address = URL.createObjectURL(new Blob([content], { type: message.type }));
    const name = nameOf(message.extension, new Date());
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), KEEP_MS);
    tell(`${name}, ${sizeOf(buffers[0].byteLength)}`, "");
  };

  save.addEventListener("click", ask, { signal });
  model.on("change:choices", showChoices);
  model.on("msg:custom", take);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    model.off("change:choices", showChoices);
    model.off("msg:custom", take);
  });
  showChoices();
  model.send({ kind: "hello" });
}

export default { render };
