import { clockText } from "../../export/clock_text.js";
import { make, say } from "../shared/dom.js";
import { handOf, keyStep } from "./scrubber.js";
import { soundPlayer } from "../shared/sound_player.js";
import { followTheme } from "../shared/theme.js";

/** @typedef {{ able: boolean, playing: boolean, past: boolean, running: boolean, speed: number, sounding: boolean, trouble: string | null }} State */
/** @typedef {{ share: number, audio: number, heard: number, past: boolean, mark: string }} Place */
/** @typedef {{ state: State }} Model */

const STEPS = 10_000;
const SPEEDS = [[1, "1×"], [2, "2×"], [8, "8×"], [0, "fastest"]];
const FASTEST_SOUND = 2;

/** @type {import("@anywidget/types").Render<Model>} */
function render({ model, el, signal }) {
  const play = make("button", { type: "button", class: "play" }, "Play");
  const speed = make("select", { "aria-label": "Speed" }, ...SPEEDS.map(([value, label]) => make("option", { value }, String(label))));
  const aloud = make("input", { type: "checkbox" });
  const hear = make("label", { class: "aloud" }, aloud, "With sound");
  const back = make("button", { type: "button", title: "To the change before (Shift and left arrow)" }, "Step back");
  const on = make("button", { type: "button", title: "To the next change (Shift and right arrow)" }, "Step on");
  const slider = make("input", { type: "range", min: "0", max: String(STEPS), step: "1", value: String(STEPS), "aria-label": "Moment" });
  const time = make("span", { class: "time" });
  const end = make("button", { type: "button", class: "end", title: "Escape" });
  const problem = make("div", { class: "problem", role: "alert" });
  const spoken = make("span", { class: "unseen", role: "status" });
  const send = (/** @type {Record<string, unknown>} */ message) => model.send(message);
  const hand = handOf(send, signal);
  const sound = soundPlayer(send, signal, {
    changed: () => showState(),
    at: (ms) => hand.go({ ms, aloud: true }),
    ended: () => send({ kind: "end" }),
  });
  const root = make(
    "div",
    { class: "ips ips-travel", role: "group", "aria-label": "Recording" },
    make("div", { class: "along" }, slider, time),
    make("div", { class: "buttons" }, play, speed, hear, back, on, end, sound.element, spoken),
    problem,
  );
  el.replaceChildren(root);
  followTheme(root, signal);

  const state = () => model.get("state");
  /** @type {Place} */
  let place = { share: 1, audio: 0, heard: 0, past: false, mark: "" };
  let told = 0;
  const withSound = () => aloud.checked && !hear.hidden && Number(speed.value) > 0 && Number(speed.value) <= FASTEST_SOUND;

  const showTime = () => {
    const { share, audio, heard, past } = place;
    const live = state().running && !past;
    if (!hand.busy()) slider.value = String(Math.round(STEPS * (past ? share : 1)));
    const [now, last] = [clockText(audio, true), clockText(heard, true)];
    const at = past ? `${now} of ${last}` : live ? "live" : last;
    say(time, past ? `${now} / ${last}` : at);
    slider.setAttribute("aria-valuetext", past ? `as it stood at ${at}` : live ? "live" : `the end, ${at}`);
    end.disabled = !past && !state().playing;
    on.disabled = !past;
    clearTimeout(told);
    if (past && !state().playing && !sound.playing()) told = window.setTimeout(() => say(spoken, `As it stood at ${at}.`), 500);
    else if (!past) say(spoken, "");
  };
  function showState() {
    const { able, playing, running, speed: pace, sounding, trouble } = state();
    root.hidden = !able;
    const moving = playing || sound.playing();
    say(play, moving ? "Hold" : "Play");
    play.hidden = speed.hidden = hear.hidden = running && !place.past;
    speed.value = String(pace);
    hear.hidden = hear.hidden || !sounding;
    aloud.disabled = !withSoundAt(pace);
    hear.title = aloud.disabled ? "Sound can be heard at 1× and 2×." : "";
    say(end, running ? "Back to live" : "To the end");
    say(problem, trouble ?? "");
    showTime();
  }
  const withSoundAt = (/** @type {number} */ pace) => pace > 0 && pace <= FASTEST_SOUND;
  const hold = () => {
    sound.stop();
    send({ kind: "hold" });
  };

  const on_ = (/** @type {HTMLElement} */ target, /** @type {string} */ event, /** @type {(event: any) => void} */ act) =>
    target.addEventListener(event, act, { signal });
  const begin = () => {
    if (!withSound()) return send({ kind: "play" });
    send({ kind: "hold" });
    sound.setRate(Number(speed.value));
    sound.play({ from: place.past ? place.audio : 0 });
  };
  on_(play, "click", () => (state().playing || sound.playing() ? hold() : begin()));
  on_(speed, "change", () => {
    send({ kind: "speed", speed: Number(speed.value) });
    if (sound.playing() && withSound()) sound.setRate(Number(speed.value));
    else if (sound.playing()) {
      sound.stop();
      send({ kind: "play" });
    }
  });
  on_(aloud, "change", () => {
    if (!state().playing && !sound.playing()) return;
    hold();
    begin();
  });
  on_(back, "click", () => {
    sound.stop();
    hand.step({ kind: "step", back: true });
  });
  on_(on, "click", () => {
    sound.stop();
    hand.step({ kind: "step", back: false });
  });
  on_(end, "click", () => {
    sound.stop();
    hand.step({ kind: "end" });
    slider.focus();
  });
  on_(slider, "input", () => {
    sound.stop();
    hand.go({ share: Number(slider.value) / STEPS });
  });
  on_(slider, "keydown", (event) => {
    const message = keyStep(event);
    if (!message) return;
    event.preventDefault();
    event.stopPropagation();
    sound.stop();
    hand.step(message);
  });

  const take = (/** @type {any} */ message, /** @type {DataView[]} */ buffers) => {
    sound.take(message, buffers);
    if (message?.kind !== "place" || !hand.takes(message.mark)) return;
    const before = place.past;
    place = message;
    if (before === place.past) showTime();
    else showState();
  };
  model.on("change:state", showState);
  model.on("msg:custom", take);
  signal.addEventListener("abort", () => {
    clearTimeout(told);
    model.off("change:state", showState);
    model.off("msg:custom", take);
  });
  showState();
  send({ kind: "hello" });
}

export default { render };
