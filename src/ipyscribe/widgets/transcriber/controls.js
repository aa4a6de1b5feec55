import { make, say } from "../shared/dom.js";
import { thisPage } from "../shared/page.js";
import { hideSavedCopy } from "../shared/saved_copy.js";
import { settingsForm } from "./settings.js";
import { followTheme } from "../shared/theme.js";
import { unheard } from "../shared/kernel_busy.js";

/** @typedef {{ name: string, label: string, group: string, facts: string[], note: string, settings: import("./settings.js").Setting[] }} About */
/** @typedef {{ label: string, what: string }} Action */
/** @typedef {{ message: string, advice: string, warm?: boolean, kind?: string, action?: Action | null }} Note */
/** @typedef {{ phase: string, running: boolean, status: string, model: string, about: About, source: string,
 *   parameters: Record<string, unknown>, keep_alive: boolean, bad: Record<string, string>, clock: string, cost: string, notices: Note[],
 *   trouble: Note | null }} State */
/** @typedef {{ catalogue: About[], choices: { key: string, label: string, problem: string }[], state: State, hides: string,
 *   microphone: string }} Model */

const OTHER = "\u0000other";
const LOOK = "\u0000look";
const PAUSES =
  "With silence the open turn ends and the clock runs on. Without sound the turn stays open and the clock stands still. " +
  "AssemblyAI's models are billed in both cases.";
const QUIETEST_DBFS = -60;

/**
 * Fill a list, unless it holds the same already: a list that is open must not be changed under the pointer.
 * @param {HTMLSelectElement} list
 * @param {{ value: string, label: string, group?: string, disabled?: boolean }[]} options
 */
function fill(list, options) {
  const wanted = JSON.stringify(options);
  if (list.dataset.filled === wanted) return;
  list.dataset.filled = wanted;
  /** @type {Map<string, HTMLOptGroupElement>} */
  const groups = new Map();
  list.replaceChildren();
  for (const { value, label, group, disabled } of options) {
    const option = make("option", { value, textContent: label, disabled: disabled ?? false });
    if (!group) {
      list.append(option);
      continue;
    }
    if (!groups.has(group)) {
      const made = make("optgroup", { label: group });
      groups.set(group, made);
      list.append(made);
    }
    groups.get(group)?.append(option);
  }
}

/** @type {import("@anywidget/types").Render<Model>} */
function render({ model, el, signal }) {
  const models = make("select", { "aria-label": "Model" });
  const name = make("input", { "aria-label": "Name of another AssemblyAI model", placeholder: "name of a model", hidden: true });
  const sources = make("select", { "aria-label": "Sound from" });
  const go = make("button", { class: "go", type: "button" }, "Start");
  const pause = make("button", { type: "button" }, "Pause");
  const pausing = make(
    "select",
    { "aria-label": "While paused", title: PAUSES },
    make("option", { value: "silence" }, "with silence"),
    make("option", { value: "keep_alive" }, "without sound"),
  );
  const endTurn = make("button", { type: "button" }, "End turn");
  const tune = make("button", { type: "button", "aria-expanded": "false" }, "Settings");
  const bar = make("div", {});
  const meter = make("div", { class: "meter", role: "meter", "aria-label": "Input level", "aria-valuemin": QUIETEST_DBFS, "aria-valuemax": 0 }, bar);
  const dot = make("span", { class: "dot" });
  const status = make("span", {});
  const time = make("span", { "aria-label": "Time open" });
  const cost = make("span", { "aria-label": "Cost" });
  const facts = make("div", { class: "facts" });
  const notes = make("div", { class: "notes", role: "status" });
  const trouble = make("div", { class: "notes", role: "alert" });
  const late = unheard(signal);
  const form = settingsForm((setting, value) => send({ kind: "set", name: setting, value }));
  form.element.hidden = true;
  const root = make(
    "div",
    { class: "ips ips-controls", role: "group", "aria-label": "Live transcription" },
    make(
      "div",
      { class: "bar" },
      make("div", { class: "choose" }, make("div", { class: "pick" }, models, name), make("div", { class: "pick" }, sources)),
      make(
        "div",
        { class: "act" },
        go,
        make("div", { class: "pausing" }, pause, pausing),
        endTurn,
        tune,
        make("div", { class: "live" }, meter, make("span", { class: "status", role: "status" }, dot, status), time, cost),
      ),
    ),
    facts,
    form.element,
    late.element,
    trouble,
    notes,
  );
  el.replaceChildren(root);
  followTheme(root, signal);
  hideSavedCopy(model.get("hides"), signal);

  const send = (/** @type {Record<string, unknown>} */ message) => {
    if (message.kind === "do") late.pressed();
    model.send(message);
  };
  const state = () => model.get("state");
  const on = (/** @type {HTMLElement} */ target, /** @type {string} */ event, /** @type {() => void} */ act) =>
    target.addEventListener(event, act, { signal });

  const page = thisPage();
  const start = () => {
    page.startedMs = performance.now();
    send({ kind: "do", what: "start", page: page.id });
  };
  const stop = () => {
    page.bus.dispatchEvent(new CustomEvent("stop", { detail: model.get("microphone") }));
    send({ kind: "do", what: "stop" });
  };
  on(go, "click", () => (state().running ? stop() : start()));
  on(pause, "click", () => send({ kind: "do", what: "pause" }));
  on(pausing, "change", () => send({ kind: "choose", keep_alive: pausing.value === "keep_alive" }));
  on(endTurn, "click", () => send({ kind: "do", what: "force_endpoint" }));
  on(tune, "click", () => {
    form.element.hidden = !form.element.hidden;
    tune.setAttribute("aria-expanded", String(!form.element.hidden));
  });
  on(models, "change", () => {
    name.hidden = models.value !== OTHER;
    if (name.hidden) send({ kind: "choose", model: models.value });
    else name.focus();
  });
  on(name, "change", () => name.value.trim() && send({ kind: "choose", model: name.value.trim() }));
  on(sources, "change", () => {
    if (sources.value === LOOK) send({ kind: "do", what: "look" });
    else send({ kind: "choose", source: sources.value });
    sources.value = state().source;
  });

  const showModels = () => {
    const { about } = state();
    const known = model.get("catalogue");
    const listed = known.some((item) => item.name === about.name)
      ? known.map((item) => (item.name === about.name ? about : item))
      : [...known, about];
    fill(models, [
      ...listed.map((item) => ({ value: item.name, label: item.label, group: item.group })),
      { value: OTHER, label: "Another AssemblyAI model…" },
    ]);
    models.value = about.name;
    name.hidden = true;
    const [first, ...rest] = about.facts;
    const note = about.note ? [`. ${about.note}`] : [];
    facts.replaceChildren(make("b", {}, first), ` · ${rest.join(" · ")}`, ...note);
  };

  const showSources = () => {
    fill(sources, [
      ...model.get("choices").map((choice) => ({ value: choice.key, label: choice.label, disabled: choice.problem !== "" })),
      { value: LOOK, label: "Look for microphones again…" },
    ]);
    sources.value = state().source;
    const blocked = model.get("choices").find((choice) => choice.problem);
    sources.title = blocked ? `${blocked.label}. ${blocked.problem}` : "";
  };

  const showState = () => {
    const { phase, running, about, parameters, keep_alive, bad } = state();
    const open = phase === "listening" || phase === "paused" || phase === "reconnecting";
    say(go, running ? "Stop" : "Start");
    go.classList.toggle("stop", running);
    go.disabled = phase === "finishing";
    models.disabled = sources.disabled = running;
    pause.hidden = pausing.hidden = endTurn.hidden = !open;
    pausing.disabled = phase === "paused";
    pausing.value = keep_alive ? "keep_alive" : "silence";
    say(pause, phase === "paused" ? "Resume" : "Pause");
    dot.hidden = phase !== "listening" && phase !== "reconnecting";
    meter.hidden = !open;
    say(status, state().status);
    say(time, state().clock);
    say(cost, state().cost);
    form.show(about.settings, parameters, bad, running);
    tune.hidden = about.settings.length === 0;
  };

  const draw = (/** @type {Note} */ { message, advice, warm, action }, /** @type {boolean} */ loud) => {
    const box = make("div", warm || loud ? { class: "warm" } : {}, loud ? make("b", {}, message) : message, advice ? ` ${advice}` : "");
    if (action) {
      const button = make("button", { type: "button" }, action.label);
      on(button, "click", () => (action.what === "start" ? start() : send({ kind: "do", what: action.what })));
      box.append(button);
    }
    return box;
  };
  const put = (/** @type {HTMLElement} */ place, /** @type {Note[]} */ listed, /** @type {boolean} */ loud) => {
    const wanted = JSON.stringify(listed);
    if (place.dataset.shown === wanted) return; // drawn again, it would be read aloud again
    place.dataset.shown = wanted;
    place.replaceChildren(...listed.map((note) => draw(note, loud)));
  };
  const showNotes = () => {
    const { notices, trouble: problem } = state();
    put(notes, notices, false);
    put(trouble, problem ? [problem] : [], true);
  };

  const showAll = () => {
    showModels();
    showSources();
    showState();
    showNotes();
  };

  const heard = (/** @type {any} */ message) => {
    if (message?.kind === "heard") late.heard();
    if (message?.kind !== "level") return;
    const dbfs = message.dbfs ?? QUIETEST_DBFS;
    const share = Math.min(1, Math.max(0, 1 - dbfs / QUIETEST_DBFS));
    bar.style.transform = `scaleX(${share.toFixed(2)})`;
    bar.classList.toggle("loud", dbfs > -3);
    meter.setAttribute("aria-valuenow", String(Math.round(dbfs)));
    meter.setAttribute("aria-valuetext", message.dbfs === null ? "silence" : `${Math.round(dbfs)} dB`);
  };

  model.on("change:state", showAll);
  model.on("change:choices", showSources);
  model.on("msg:custom", heard);
  signal.addEventListener("abort", () => {
    model.off("change:state", showAll);
    model.off("change:choices", showSources);
    model.off("msg:custom", heard);
  });
  showAll();
  send({ kind: "hello" });
}

export default { render };
