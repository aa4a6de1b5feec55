import { make, say } from "../shared/dom.js";
import { hideSavedCopy } from "../shared/saved_copy.js";
import { followTheme } from "../shared/theme.js";

/** @typedef {{ message: string, advice: string }} Said */
/** @typedef {{ model: string, facts: string[], cut: boolean, playing: boolean, status: string, clock: string, cost: string,
 *   notices: Said[], trouble: Said | null }} State */
/** @typedef {{ state: State, hides: string }} Model */

const QUIETEST_LEVEL_DBFS = -60;

/** @type {import("@anywidget/types").Render<Model>} */
function render({ model, el, signal }) {
  const name = make("b", {});
  const facts = make("span", { class: "quiet" });
  const bar = make("div", {});
  const meter = make("div", { class: "meter", role: "meter", "aria-label": "Level of the recording", "aria-valuemin": QUIETEST_LEVEL_DBFS, "aria-valuemax": 0 }, bar);
  const status = make("span", { class: "status", role: "status" });
  const time = make("span", { "aria-label": "Time open then" });
  const cost = make("span", { "aria-label": "Cost then" });
  const notes = make("div", { class: "notes", role: "status" });
  const trouble = make("div", { class: "notes", role: "alert" });
  const what = make("div", { class: "what" }, make("span", { class: "tag" }, "Recording"), " ", name, " ", facts);
  const live = make("div", { class: "live" }, meter, status, time, cost);
  const root = make("div", { class: "ips ips-recording", role: "group", "aria-label": "Recording" }, make("div", { class: "bar" }, what, live), trouble, notes);
  el.replaceChildren(root);
  followTheme(root, signal);
  hideSavedCopy(model.get("hides"), signal);

  const put = (/** @type {HTMLElement} */ place, /** @type {Said[]} */ said) => {
    const wanted = JSON.stringify(said);
    if (place.dataset.shown === wanted) return; // drawn again, it would be read aloud again
    place.dataset.shown = wanted;
    place.replaceChildren(...said.map(({ message, advice }) => make("div", {}, `${message} ${advice}`.trim())));
  };
  const show = () => {
    const state = model.get("state");
    say(name, state.model);
    say(facts, [...state.facts, ...(state.cut ? ["its end is missing"] : [])].join(" · "));
    meter.hidden = !state.playing;
    say(status, state.status);
    say(time, state.clock);
    say(cost, state.cost);
    put(notes, state.notices);
    put(trouble, state.trouble ? [state.trouble] : []);
  };
  const heard = (/** @type {any} */ message) => {
    if (message?.kind !== "level") return;
    const dbfs = message.dbfs ?? QUIETEST_LEVEL_DBFS;
    bar.style.transform = `scaleX(${Math.min(1, Math.max(0, 1 - dbfs / QUIETEST_LEVEL_DBFS)).toFixed(2)})`;
    meter.setAttribute("aria-valuenow", String(Math.round(dbfs)));
  };
  model.on("change:state", show);
  model.on("msg:custom", heard);
  signal.addEventListener("abort", () => {
    model.off("change:state", show);
    model.off("msg:custom", heard);
  });
  show();
  model.send({ kind: "hello" });
}

export default { render };
