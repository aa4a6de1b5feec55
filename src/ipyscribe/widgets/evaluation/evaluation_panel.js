import { buttonRow } from "../shared/button_row.js";
import { make, setText } from "../shared/dom.js";
import { heard } from "../shared/late_module.js";
import { hideSavedCopy } from "../shared/saved_copy.js";
import { statusStrip } from "../shared/status_strip.js";
import { followTheme } from "../shared/theme.js";
import { metricsTable } from "../comparison/metrics_table.js";
import { errorList } from "./error_list.js";
import { groupTable } from "./group_table.js";
import { recordingList } from "./recording_list.js";

/** @typedef {{ title: string, labels: string[], groups: string[], running: boolean, share: number, progress: string,
 *   playing: string, buttons: import("../shared/button_row.js").Button[],
 *   strip: import("../shared/status_strip.js").Strip }} State */
/** @typedef {{ state: State, hides: string }} Model */

const RESIZE_AFTER_MS = 200;
const PICTURE_PADDING_PX = 24;

/** @type {import("@anywidget/types").Render<Model>} */
function render({ model, el, signal }) {
  const send = (/** @type {Record<string, unknown>} */ message) => model.send(message);
  const run = (/** @type {string} */ command) => {
    strip.pressed();
    send({ kind: "command", command });
  };
  const title = make("b", {});
  const buttons = buttonRow(run, signal);
  const strip = statusStrip(run, signal, { clock: "Time played", cost: "Cost" });
  const bar = make("progress", { max: 1, value: 0, "aria-label": "Recordings played" });
  const counted = make("span", { class: "counted" });
  const playing = make("span", { class: "quiet playing", dir: "auto" });
  const metrics = metricsTable();
  const picture = make("img", { class: "picture", hidden: true, alt: "" });
  const list = recordingList(send, signal);
  const errors = errorList(send, signal);
  const groups = groupTable(send, signal);
  const root = make(
    "div",
    { class: "ips ips-comparison ips-evaluation", role: "group", "aria-label": "Evaluation of models" },
    make("div", { class: "bar" }, title, buttons.element, strip.line),
    make("div", { class: "run-progress" }, bar, counted, playing),
    strip.notices,
    metrics.element,
    make("div", { class: "frame" }, picture),
    groups.element,
    errors.element,
    list.element,
  );
  el.replaceChildren(root);
  let width = 0;
  const hello = () => {
    width = root.clientWidth;
    send({ kind: "hello", width: width - PICTURE_PADDING_PX, ratio: window.devicePixelRatio, theme: root.dataset.theme });
  };
  followTheme(root, signal, hello);
  hideSavedCopy(model.get("hides"), signal);

  const showState = () => {
    const state = model.get("state");
    root.hidden = !state.labels; // the kernel has not sent it yet, or there is no evaluation yet
    if (root.hidden) return;
    setText(title, state.title);
    buttons.show(state.buttons);
    strip.show(state.strip);
    bar.value = state.share;
    setText(counted, state.progress);
    setText(playing, state.playing);
    list.setColumns(state.labels, state.groups);
    groups.setColumns(state.groups);
  };
  let url = "";
  const showPicture = (/** @type {{ alt: string, width: number }} */ message, /** @type {DataView[]} */ buffers) => {
    const before = url;
    url = URL.createObjectURL(new Blob([/** @type {BlobPart} */ (/** @type {unknown} */ (buffers[0]))], { type: "image/png" }));
    picture.src = url;
    picture.alt = message.alt;
    picture.width = message.width;
    picture.hidden = false;
    if (before) URL.revokeObjectURL(before);
  };
  const receive = (/** @type {any} */ message, /** @type {DataView[]} */ received) => {
    strip.receive(message);
    if (message?.kind === "list") list.receive(message);
    if (message?.kind === "metrics") {
      metrics.show(message);
      if (!message.rows.length) picture.hidden = true; // that of the evaluation before
    }
    if (message?.kind === "errors") errors.receive(message);
    if (message?.kind === "groups") groups.receive(message);
    if (message?.kind === "picture" && received?.[0]) showPicture(message, received);
  };
  let timer = 0;
  const observer = new ResizeObserver(() => {
    if (!root.clientWidth || Math.abs(root.clientWidth - width) < 2) return;
    clearTimeout(timer);
    timer = window.setTimeout(hello, RESIZE_AFTER_MS);
  });
  observer.observe(root);

  model.on("change:state", showState);
  model.on("msg:custom", receive);
  signal.addEventListener("abort", () => {
    model.off("change:state", showState);
    model.off("msg:custom", receive);
    observer.disconnect();
    clearTimeout(timer);
    if (url) URL.revokeObjectURL(url);
  });
  showState();
  hello();
}

export default { render: heard(render) };
