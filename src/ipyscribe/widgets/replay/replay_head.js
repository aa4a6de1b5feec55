import { joined, make, setText } from "../shared/dom.js";
import { heard } from "../shared/late_module.js";
import { hideSavedCopy } from "../shared/saved_copy.js";
import { statusStrip } from "../shared/status_strip.js";
import { followTheme } from "../shared/theme.js";

/** @typedef {{ model: string, facts: string[], strip: import("../shared/status_strip.js").Strip }} State */
/** @typedef {{ state: State, hides: string }} Model */

/** @type {import("@anywidget/types").Render<Model>} */
function render({ model, el, signal }) {
  const name = make("b", {});
  const facts = make("span", { class: "quiet" });
  const strip = statusStrip(() => {}, signal, { level: "Level of the recording", clock: "Time open then", cost: "Cost then" });
  const title = make("div", { class: "title" }, make("span", { class: "tag" }, "Replay of"), " ", name, " ", facts);
  const root = make(
    "div",
    { class: "ips ips-recording", role: "group", "aria-label": "Recording" },
    make("div", { class: "bar" }, title, strip.line),
    strip.notices,
  );
  el.replaceChildren(root);
  followTheme(root, signal);
  hideSavedCopy(model.get("hides"), signal);

  const show = () => {
    const state = model.get("state");
    setText(name, state.model);
    setText(facts, joined(state.facts));
    strip.show(state.strip);
  };
  model.on("change:state", show);
  model.on("msg:custom", strip.receive);
  signal.addEventListener("abort", () => {
    model.off("change:state", show);
    model.off("msg:custom", strip.receive);
  });
  show();
  model.send({ kind: "hello" });
}

export default { render: heard(render) };
