import { columns } from "./columns.js";
import { make, say } from "../shared/dom.js";
import { listening } from "./review_list.js";
import { numbers } from "./metrics_table.js";
import { thisPage } from "../shared/page.js";
import { painting } from "../shared/paint_acks.js";
import { hideSavedCopy } from "../shared/saved_copy.js";
import { followTheme } from "../shared/theme.js";
import { unheard } from "../shared/kernel_busy.js";

/** @typedef {import("./columns.js").Told} Told */
/** @typedef {{ title: string, source: string, running: boolean, buttons: [string, string][], status: string, clock: string,
 *   cost: string, compared: number, lanes: import("./columns.js").Lane[], notices: Told[], trouble: Told | null }} State */
/** @typedef {{ state: State, hides: string, microphone: string }} Model */

const QUIETEST_DBFS = -60;

/**
 * Buttons, level, status, clock and cost.
 * @param {(what: string) => void} act
 * @param {AbortSignal} signal
 */
function bar(act, signal) {
  const title = make("b", {});
  const source = make("span", { class: "source quiet" });
  const buttons = make("span", { class: "buttons" });
  const level = make("div", {});
  const meter = make("div", { class: "meter", role: "meter", "aria-label": "Input level", "aria-valuemin": QUIETEST_DBFS, "aria-valuemax": 0 }, level);
  const dot = make("span", { class: "dot" });
  const status = make("span", {});
  const time = make("span", { "aria-label": "Time open" });
  const cost = make("span", { "aria-label": "Cost of all models" });
  const live = make("div", { class: "live" }, meter, make("span", { class: "status", role: "status" }, dot, status), time, cost);
  const element = make("div", { class: "bar" }, title, source, buttons, live);

  return {
    element,
    /** @param {State} state */
    show(state) {
      say(title, state.title);
      say(source, state.source);
      state.buttons.forEach(([what, name], place) => {
        let button = /** @type {HTMLButtonElement | undefined} */ (buttons.children[place]);
        if (!button) {
          const made = make("button", { type: "button" });
          made.addEventListener("click", () => act(made.dataset.what ?? ""), { signal });
          buttons.append(made);
          button = made;
        }
        button.dataset.what = what;
        button.className = place ? "" : what === "stop" ? "go stop" : "go";
        say(button, name);
      });
      while (buttons.childElementCount > state.buttons.length) buttons.lastElementChild?.remove();
      dot.hidden = state.status !== "listening";
      meter.hidden = !state.running;
      say(status, state.status);
      say(time, state.clock);
      say(cost, state.cost);
    },
    /** @param {{ dbfs: number | null }} message */
    hear({ dbfs }) {
      const share = Math.min(1, Math.max(0, 1 - (dbfs ?? QUIETEST_DBFS) / QUIETEST_DBFS));
      level.style.transform = `scaleX(${share.toFixed(2)})`;
      level.classList.toggle("loud", (dbfs ?? QUIETEST_DBFS) > -3);
      meter.setAttribute("aria-valuenow", String(dbfs ?? QUIETEST_DBFS));
      meter.setAttribute("aria-valuetext", dbfs === null ? "silence" : `${dbfs} dB`);
    },
  };
}

/** @type {import("@anywidget/types").Render<Model>} */
function render({ model, el, signal }) {
  const late = unheard(signal);
  const send = (/** @type {Record<string, unknown>} */ message) => {
    if (message.kind === "do") late.pressed();
    model.send(message);
  };
  const page = thisPage();
  const act = (/** @type {string} */ what) => {
    if (what === "start") page.startedMs = performance.now();
    if (what === "stop") page.bus.dispatchEvent(new CustomEvent("stop", { detail: model.get("microphone") }));
    send({ kind: "do", what, page: page.id });
  };
  const top = bar(act, signal);
  const notes = make("div", { class: "notes", role: "status" });
  const trouble = make("div", { class: "notes", role: "alert" });
  const listen = listening(send, signal);
  const lanes = columns((place) => listen.choose(place), signal);
  const table = numbers();
  const root = make(
    "div",
    { class: "ips ips-comparison", role: "group", "aria-label": "Comparison of models" },
    top.element,
    late.element,
    trouble,
    notes,
    lanes.element,
    listen.element,
    table.element,
  );
  el.replaceChildren(root);
  followTheme(root, signal);
  hideSavedCopy(model.get("hides"), signal);

  const put = (/** @type {HTMLElement} */ place, /** @type {Told[]} */ told) => {
    const wanted = JSON.stringify(told);
    if (place.dataset.shown === wanted) return; // drawn again, it would be read aloud again
    place.dataset.shown = wanted;
    place.replaceChildren(...told.map(({ message, advice }) => make("div", { class: "warm" }, make("b", {}, message), ` ${advice}`)));
  };
  const showState = () => {
    const state = model.get("state");
    if (!state.lanes) return; // not said yet
    top.show(state);
    put(notes, state.notices);
    put(trouble, state.trouble ? [state.trouble] : []);
    listen.name(state.lanes.map(({ label }) => label));
    const start = state.buttons[0];
    const waiting = state.running ? "Listening: words appear here as they are spoken." : start ? `Press ${start[1]} to hear the same sound with all models.` : "Nothing was said.";
    lanes.show(state.lanes, state.compared, waiting);
  };
  const heard = (/** @type {any} */ message, /** @type {DataView[]} */ buffers) => {
    switch (message?.kind) {
      case "heard":
        return late.heard();
      case "rows": {
        const painted = painting(message, send, signal);
        lanes.take(message);
        return painted();
      }
      case "spots":
        return listen.take(message);
      case "numbers":
        return table.show(message);
      case "level":
        return top.hear(message);
      case "sound":
        return listen.hear(message, buffers ?? []);
    }
  };

  model.on("change:state", showState);
  model.on("msg:custom", heard);
  signal.addEventListener("abort", () => {
    model.off("change:state", showState);
    model.off("msg:custom", heard);
  });
  showState();
  send({ kind: "hello" });
}

export default { render };
