import { make, setText } from "../shared/dom.js";
import { heard } from "../shared/late_module.js";
import { pageContext } from "../shared/page.js";
import { hideSavedCopy } from "../shared/saved_copy.js";
import { fillOptions } from "../shared/select_options.js";
import { followTheme } from "../shared/theme.js";

/** @typedef {{ name: string, label: string, group: string, price: string }} ModelInfo */
/** @typedef {{ chosen: string[], source: string, running: boolean, ready: boolean, earlier: string[], shown: number,
 *   error: { message: string, advice: string } | null }} State */
/** @typedef {{ catalogue: ModelInfo[], sources: { key: string, label: string, problem: string }[], state: State, hides: string }} Model */

const REFRESH = "\u0000refresh";

/** @type {import("@anywidget/types").Render<Model>} */
function render({ model, el, signal }) {
  const page = pageContext();
  /** @type {Map<string, HTMLInputElement>} */
  const boxes = new Map();
  /** @type {Map<string, HTMLFieldSetElement>} */
  const groups = new Map();
  for (const { name, label, group, price } of model.get("catalogue")) {
    if (!groups.has(group)) groups.set(group, make("fieldset", {}, make("legend", {}, group)));
    const box = make("input", { type: "checkbox" });
    boxes.set(name, box);
    groups.get(group)?.append(make("label", {}, box, make("span", { dir: "auto" }, label), make("span", { class: "price quiet" }, price)));
    box.addEventListener("change", () => model.send({ kind: "choose", model: name, chosen: box.checked }), { signal });
  }
  const sources = make("select", { "aria-label": "Sound from" });
  const go = make("button", { class: "go", type: "button" }, "Start");
  const hint = make("span", { class: "hint quiet" });
  const earlier = make("select", { "aria-label": "Comparison shown", hidden: true });
  const problem = make("div", { class: "problem", role: "alert", hidden: true });
  const root = make(
    "div",
    { class: "ips ips-setup", role: "group", "aria-label": "Models to compare" },
    make("b", { class: "title" }, "Models to compare"),
    make("div", { class: "groups" }, ...groups.values()),
    make("div", { class: "row" }, sources, go, hint, earlier),
    problem,
  );
  el.replaceChildren(root);
  followTheme(root, signal);
  hideSavedCopy(model.get("hides"), signal);

  go.addEventListener("click", () => model.send({ kind: "start", page: page.id }), { signal });
  earlier.addEventListener("change", () => model.send({ kind: "earlier", number: Number(earlier.value) }), { signal });
  sources.addEventListener(
    "change",
    () => {
      model.send(sources.value === REFRESH ? { kind: "refresh_microphones" } : { kind: "source", key: sources.value });
      sources.value = model.get("state").source;
    },
    { signal },
  );

  const showState = () => {
    const state = model.get("state");
    if (!state.chosen) return; // the kernel has not sent it yet
    fillOptions(sources, [
      ...model.get("sources").map(({ key, label, problem: why }) => ({ value: key, label, disabled: why !== "" })),
      { value: REFRESH, label: "Look for microphones again…" },
    ]);
    sources.value = state.source;
    for (const [name, box] of boxes) {
      box.checked = state.chosen.includes(name);
      box.disabled = state.running;
    }
    sources.disabled = earlier.disabled = state.running;
    go.disabled = state.running || !state.ready;
    setText(hint, state.ready || state.running ? "" : "Tick 2 to 6 models.");
    earlier.hidden = state.earlier.length < 2;
    fillOptions(earlier, state.earlier.map((label, number) => ({ value: String(number), label })));
    earlier.value = String(state.shown);
    setText(problem, state.error ? `${state.error.message} ${state.error.advice}`.trim() : "");
    problem.hidden = !state.error;
  };
  model.on("change:state", showState);
  model.on("change:sources", showState);
  signal.addEventListener("abort", () => {
    model.off("change:state", showState);
    model.off("change:sources", showState);
  });
  showState();
  model.send({ kind: "hello" });
}

export default { render: heard(render) };
