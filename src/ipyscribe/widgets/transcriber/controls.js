import { joined, make, setText } from "../shared/dom.js";
import { heard } from "../shared/late_module.js";
import { pageContext } from "../shared/page.js";
import { hideSavedCopy } from "../shared/saved_copy.js";
import { fillOptions } from "../shared/select_options.js";
import { statusStrip } from "../shared/status_strip.js";
import { followTheme } from "../shared/theme.js";
import { channelChoice } from "./channel_choice.js";
import { settingsForm } from "./settings.js";

/** @typedef {{ name: string, label: string, group: string, facts: string[], note: string, free: boolean, settings: import("./settings.js").Setting[],
 *   presets: import("./settings.js").Preset[] }} ModelInfo */
/** @typedef {{ phase: string, running: boolean, source: string, keep_alive: boolean, sessions?: string[], session?: number,
 *   channel: string, channels: import("./channel_choice.js").ChannelOption[],
 *   bad_settings: Record<string, string>, preset: string, strip: import("../shared/status_strip.js").Strip }} State */
/** @typedef {{ catalogue: ModelInfo[], sources: { key: string, label: string, problem: string }[], selected: ModelInfo, state: State,
 *   parameters: Record<string, unknown>, hides: string, microphone: string }} Model */

const OTHER = "\u0000other";
const REFRESH = "\u0000refresh";
const ONE_LINE_PX = 33;

/** @type {import("@anywidget/types").Render<Model>} */
function render({ model, el, signal }) {
  const models = make("select", { "aria-label": "Model" });
  const name = make("input", { "aria-label": "Name of another AssemblyAI model", placeholder: "model name", hidden: true });
  const sources = make("select", { "aria-label": "Sound from" });
  const go = make("button", { class: "go", type: "button" }, "Start");
  const pause = make("button", { type: "button" }, "Pause");
  const endTurn = make("button", { type: "button" }, "End turn");
  const settings = make("button", { type: "button", "aria-expanded": "false" }, "Settings");
  const facts = make("div", { class: "facts" });
  const sessions = make("select", { "aria-label": "Session shown" });
  const sessionList = make("div", { class: "sessions", hidden: true }, sessions, make("span", { class: "quiet" }, "Earlier sessions of this cell are kept."));
  const strip = statusStrip((command) => run(command), signal);
  const form = settingsForm(
    (setting, value) => model.send({ kind: "set", name: setting, value }),
    (preset) => select({ preset }),
    (keep_alive) => select({ keep_alive }),
  );
  form.element.hidden = true;
  const channels = channelChoice((channel) => select({ channel }), signal);
  const root = make(
    "div",
    { class: "ips ips-controls", role: "group", "aria-label": "Live transcription" },
    make(
      "div",
      { class: "bar" },
      make("div", { class: "choose" }, make("div", { class: "pick" }, models, name), make("div", { class: "pick" }, sources), channels.element),
      make("div", { class: "act" }, go, pause, endTurn, settings, strip.line),
    ),
    facts,
    form.element,
    sessionList,
    strip.notices,
  );
  el.replaceChildren(root);
  followTheme(root, signal);
  hideSavedCopy(model.get("hides"), signal);

  // On a narrow page a notice has several lines: the transcript gives way, and the page below stands still.
  const heights = new ResizeObserver(() => {
    const taken_px = Math.max(0, strip.notices.getBoundingClientRect().height - ONE_LINE_PX);
    /** @type {HTMLElement | null} */ (el.closest(".ipyscribe"))?.style.setProperty("--ips-taken", `${taken_px}px`);
  });
  heights.observe(strip.notices);
  signal.addEventListener("abort", () => heights.disconnect());

  const page = pageContext();
  const run = (/** @type {string} */ command) => {
    strip.pressed();
    if (command === "start") page.startedMs = performance.now();
    if (command === "stop") page.bus.dispatchEvent(new CustomEvent("stop", { detail: model.get("microphone") }));
    model.send({ kind: "command", command, page: page.id });
  };
  const select = (/** @type {Record<string, unknown>} */ selection) => model.send({ kind: "select", ...selection });
  const state = () => model.get("state");
  const on = (/** @type {HTMLElement} */ target, /** @type {string} */ event, /** @type {() => void} */ act) =>
    target.addEventListener(event, act, { signal });

  on(go, "click", () => run(state().running ? "stop" : "start"));
  on(pause, "click", () => run(state().phase === "paused" ? "resume" : "pause"));
  on(sessions, "change", () => select({ session: Number(sessions.value) }));
  on(endTurn, "click", () => run("force_endpoint"));
  on(settings, "click", () => {
    form.element.hidden = !form.element.hidden;
    settings.setAttribute("aria-expanded", String(!form.element.hidden));
  });
  on(models, "change", () => {
    name.hidden = models.value !== OTHER;
    if (name.hidden) select({ model: models.value });
    else name.focus();
  });
  on(name, "change", () => name.value.trim() && select({ model: name.value.trim() }));
  on(sources, "change", () => {
    if (sources.value === REFRESH) run("refresh_microphones");
    else select({ source: sources.value });
    sources.value = state().source;
  });

  const showModels = () => {
    const current = model.get("selected");
    const catalogue = model.get("catalogue");
    const listed = catalogue.some((each) => each.name === current.name)
      ? catalogue.map((each) => (each.name === current.name ? current : each))
      : [...catalogue, current];
    fillOptions(models, [
      ...listed.map((each) => ({ value: each.name, label: each.label, group: each.group })),
      { value: OTHER, label: "Another AssemblyAI model…" },
    ]);
    models.value = current.name;
    name.hidden = true;
    const [first] = current.facts;
    const note = current.note ? [`. ${current.note}`] : [];
    facts.replaceChildren(make("b", {}, first), joined(current.facts).slice(first.length), ...note);
  };

  const showSources = () => {
    fillOptions(sources, [
      ...model.get("sources").map(({ key, label, problem }) => ({ value: key, label, disabled: problem !== "" })),
      { value: REFRESH, label: "Look for microphones again…" },
    ]);
    sources.value = state().source;
    const blocked = model.get("sources").find(({ problem }) => problem);
    sources.title = blocked ? `${blocked.label}. ${blocked.problem}` : "";
  };

  const showState = () => {
    const { phase, running, keep_alive, bad_settings, preset, channel, channels: listed } = state();
    const open = phase === "listening" || phase === "paused" || phase === "reconnecting";
    setText(go, running ? "Stop" : "Start");
    go.classList.toggle("stop", running);
    go.disabled = phase === "finishing";
    models.disabled = sources.disabled = running;
    pause.disabled = endTurn.disabled = !open;
    channels.show(listed, channel, running);
    setText(pause, phase === "paused" ? "Resume" : "Pause");
    const current = model.get("selected");
    if (name.hidden) models.value = current.name;
    sources.value = state().source;
    form.show(current.settings, model.get("parameters"), bad_settings, running, current.presets, preset);
    form.showPause(keep_alive, phase === "paused", current.free);
    root.classList.toggle("started", phase !== "ready");
    const started = state().sessions ?? [];
    sessionList.hidden = started.length < 2;
    fillOptions(sessions, started.map((label, number) => ({ value: String(number), label })));
    sessions.value = String(state().session ?? -1);
    sessions.disabled = running;
    strip.show(state().strip);
  };

  const showAll = () => {
    showModels();
    showSources();
    showState();
  };

  const receive = (/** @type {any} */ message) => {
    strip.receive(message);
    if (message?.kind === "channel_levels") channels.showLevels(message.dbfs);
  };

  const listeners = /** @type {const} */ ([
    ["change:selected", showAll],
    ["change:state", showState],
    ["change:parameters", showState],
    ["change:sources", showSources],
    ["msg:custom", receive],
  ]);
  for (const [event, listener] of listeners) model.on(event, listener);
  signal.addEventListener("abort", () => {
    for (const [event, listener] of listeners) model.off(event, listener);
  });
  showAll();
  model.send({ kind: "hello", page: page.id });
}

export default { render: heard(render) };
