import { make, setText } from "../shared/dom.js";
import { heard } from "../shared/late_module.js";
import { soundPlayer } from "../shared/sound_player.js";
import { followTheme } from "../shared/theme.js";
import { columns } from "../comparison/columns.js";
import { reviewList } from "../comparison/review_list.js";

/** @typedef {{ open: boolean, number: number, name: string, facts: string, lanes: import("../comparison/columns.js").Lane[],
 *   error: import("../shared/status_strip.js").Notice | null }} State */
/** @typedef {{ state: State, reference: string }} Model */

/** @type {import("@anywidget/types").Render<Model>} */
function render({ model, el, signal }) {
  const send = (/** @type {Record<string, unknown>} */ message) => model.send(message);
  const name = make("b", { role: "heading", "aria-level": 3, tabIndex: -1, dir: "auto" });
  const facts = make("span", { class: "quiet", dir: "auto" });
  const listen = make("button", { type: "button" }, "Play");
  const close = make("button", { type: "button" }, "Close");
  const player = soundPlayer(send, signal, { changed: () => setText(listen, player.playing() ? "Stop the sound" : "Play") });
  const problem = make("div", { class: "warm", role: "alert", hidden: true });
  const words = make("div", { class: "aligned" });
  const text = make("textarea", { rows: 2, "aria-label": "Reference", dir: "auto", spellcheck: false });
  const save = make("button", { type: "button", disabled: true }, "Save the reference");
  const undo = make("button", { type: "button", disabled: true }, "Undo the changes");
  const note = make("span", { class: "quiet" }, "The figures of all models are then updated.");
  const form = make("section", { class: "reference", "aria-label": "Reference" }, make("b", { role: "heading", "aria-level": 3 }, "Reference"), text, make("div", { class: "top" }, save, undo, note));
  const root = make(
    "div",
    { class: "ips ips-comparison ips-recording", role: "group", "aria-label": "One recording side by side", hidden: true },
    make("div", { class: "bar" }, name, facts, listen, player.element, make("span", { class: "far" }, close)),
    problem,
    words,
    form,
  );
  el.replaceChildren(root);
  followTheme(root, signal);

  let number = -1;
  let part = new AbortController();
  /** @type {ReturnType<typeof columns> | null} */
  let lanes = null;
  /** @type {ReturnType<typeof reviewList> | null} */
  let review = null;
  signal.addEventListener("abort", () => part.abort());

  const begin = (/** @type {State} */ state) => {
    part.abort();
    part = new AbortController();
    player.stop();
    review = reviewList(send, part.signal);
    lanes = columns(review.select, part.signal, { firsts: false, reference: true });
    words.replaceChildren(lanes.element, review.element);
    const isNew = number !== -1;
    number = state.number;
    if (!isNew) return; // it was open before the page was
    requestAnimationFrame(() => {
      root.scrollIntoView?.({ block: "nearest" });
      name.focus({ preventScroll: true });
    });
  };
  const edited = () => {
    save.disabled = undo.disabled = text.value.trim() === model.get("reference").trim();
  };
  const showReference = () => {
    text.value = model.get("reference");
    text.rows = Math.min(12, Math.max(2, Math.ceil(text.value.length / 90)));
    edited();
  };
  const showState = () => {
    const state = model.get("state");
    if (!state.open) {
      if (!root.hidden) player.stop();
      root.hidden = true;
      if (number === -1 && "open" in state) number = 0;
      return;
    }
    root.hidden = false;
    if (state.number !== number) begin(state);
    setText(name, state.name);
    setText(facts, state.facts);
    review?.setLabels(state.lanes.map(({ label }) => label));
    lanes?.show(state.lanes, 0, "No words.");
    problem.hidden = !state.error;
    setText(problem, state.error ? `${state.error.message} ${state.error.advice}` : "");
  };
  const receive = (/** @type {any} */ message, /** @type {DataView[]} */ buffers) => {
    if (message?.kind === "rows") lanes?.receive(message);
    if (message?.kind === "disagreements") review?.receive(message);
    if (message?.kind === "play") player.play({ start_ms: message.start, end_ms: message.end });
    if (message?.kind === "audio") {
      player.receive(message, buffers ?? []);
      void review?.play(message, buffers ?? []);
    }
  };
  listen.addEventListener("click", () => (player.playing() ? player.stop() : player.play({ from_ms: 0 })), { signal });
  close.addEventListener("click", () => send({ kind: "close" }), { signal });
  text.addEventListener("input", edited, { signal });
  undo.addEventListener("click", showReference, { signal });
  save.addEventListener("click", () => send({ kind: "reference", text: text.value }), { signal });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !save.disabled) save.click();
  }, { signal });

  model.on("change:state", showState);
  model.on("change:reference", showReference);
  model.on("msg:custom", receive);
  signal.addEventListener("abort", () => {
    model.off("change:state", showState);
    model.off("change:reference", showReference);
    model.off("msg:custom", receive);
  });
  showState();
  showReference();
  send({ kind: "hello" });
}

export default { render: heard(render) };
