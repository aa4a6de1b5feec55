import { buttonRow } from "../shared/button_row.js";
import { make, setText } from "../shared/dom.js";
import { heard } from "../shared/late_module.js";
import { pageContext } from "../shared/page.js";
import { paintAck } from "../shared/paint_acks.js";
import { hideSavedCopy } from "../shared/saved_copy.js";
import { statusStrip } from "../shared/status_strip.js";
import { followTheme } from "../shared/theme.js";
import { columns } from "./columns.js";
import { metricsTable } from "./metrics_table.js";
import { reviewList } from "./review_list.js";

/** @typedef {{ title: string, source: string, running: boolean, buttons: import("../shared/button_row.js").Button[], compared: number,
 *   lanes: import("./columns.js").Lane[], strip: import("../shared/status_strip.js").Strip }} State */
/** @typedef {{ state: State, hides: string, microphone: string }} Model */

/** What is read before there are words. @param {State} state */
function waitingText({ running, buttons }) {
  if (running) return "Listening: words appear here as they are spoken.";
  return buttons.length ? `Press ${buttons[0][1]} to send the same sound to all models.` : "No speech yet.";
}

/** @type {import("@anywidget/types").Render<Model>} */
function render({ model, el, signal }) {
  const send = (/** @type {Record<string, unknown>} */ message) => model.send(message);
  const page = pageContext();
  const run = (/** @type {string} */ command) => {
    strip.pressed();
    if (command === "start") page.startedMs = performance.now();
    if (command === "stop") page.bus.dispatchEvent(new CustomEvent("stop", { detail: model.get("microphone") }));
    send({ kind: "command", command, page: page.id });
  };
  const title = make("b", {});
  const source = make("span", { class: "source quiet" });
  const buttons = buttonRow(run, signal);
  const strip = statusStrip(run, signal, { cost: "Cost of all models" });
  const review = reviewList(send, signal);
  const lanes = columns(review.select, signal);
  const metrics = metricsTable();
  const root = make(
    "div",
    { class: "ips ips-comparison", role: "group", "aria-label": "Comparison of models" },
    make("div", { class: "bar" }, title, source, buttons.element, strip.line),
    strip.notices,
    lanes.element,
    review.element,
    metrics.element,
  );
  el.replaceChildren(root);
  followTheme(root, signal);
  hideSavedCopy(model.get("hides"), signal);

  const showState = () => {
    const state = model.get("state");
    if (!state.lanes) return; // the kernel has not sent it yet
    setText(title, state.title);
    setText(source, state.source);
    buttons.show(state.buttons);
    strip.show(state.strip);
    review.setLabels(state.lanes.map(({ label }) => label));
    lanes.show(state.lanes, state.compared, waitingText(state));
  };
  const receive = (/** @type {any} */ message, /** @type {DataView[]} */ buffers) => {
    strip.receive(message);
    if (message?.kind === "rows") {
      const painted = paintAck(message, send, signal);
      lanes.receive(message);
      painted();
    }
    if (message?.kind === "disagreements") review.receive(message);
    if (message?.kind === "metrics") metrics.show(message);
    if (message?.kind === "audio") void review.play(message, buffers ?? []);
  };

  model.on("change:state", showState);
  model.on("msg:custom", receive);
  signal.addEventListener("abort", () => {
    model.off("change:state", showState);
    model.off("msg:custom", receive);
  });
  showState();
  send({ kind: "hello", page: page.id });
}

export default { render: heard(render) };
