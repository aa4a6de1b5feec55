import { clockText } from "../../export/clock_text.js";
import { make, setText } from "../shared/dom.js";
import { keyCommand, scrubber } from "./scrubber.js";
import { keysHelp, TIMELINE_KEYS } from "../shared/keys_help.js";
import { heard } from "../shared/late_module.js";
import { soundPlayer } from "../shared/sound_player.js";
import { followTheme } from "../shared/theme.js";

/** @typedef {{ able: boolean, playing: boolean, past: boolean, running: boolean, speed: number, has_sound: boolean, error: string | null }} State */
/** @typedef {{ share: number, audio_ms: number, duration_ms: number, past: boolean, mark: string }} Position */
/** @typedef {{ state: State }} Model */

const STEPS = 10_000;
const SPEEDS = [[1, "1×"], [2, "2×"], [8, "8×"], [0, "fastest"]];
const FASTEST_SOUND = 2;
const ANNOUNCE_AFTER_MS = 500;

/** @type {import("@anywidget/types").Render<Model>} */
function render({ model, el, signal }) {
  const play = make("button", { type: "button", class: "play" }, "Play");
  const speed = make("select", { "aria-label": "Speed" }, ...SPEEDS.map(([value, label]) => make("option", { value }, String(label))));
  const withSound = make("input", { type: "checkbox" });
  const soundLabel = make("label", { class: "with-sound" }, withSound, "With sound");
  const back = make("button", { type: "button", title: "To the previous change (Shift and left arrow)" }, "Step back");
  const forward = make("button", { type: "button", title: "To the next change (Shift and right arrow)" }, "Step forward");
  const slider = make("input", { type: "range", min: "0", max: String(STEPS), step: "1", value: String(STEPS), "aria-label": "Moment" });
  const time = make("span", { class: "time" });
  const end = make("button", { type: "button", class: "end", title: "Escape" });
  const problem = make("div", { class: "problem", role: "alert" });
  const announcement = make("span", { class: "unseen", role: "status" });
  const send = (/** @type {Record<string, unknown>} */ message) => model.send(message);
  const scrub = scrubber(send, signal);
  const sound = soundPlayer(send, signal, {
    changed: () => showState(),
    position: (ms) => scrub.seek({ audio_ms: ms, with_sound: true }),
    ended: () => send({ kind: "to_end" }),
  });
  const root = make("div", { class: "ips ips-travel", role: "group", "aria-label": "Recording" });
  const keys = keysHelp(root, [["On the timeline and the slider", TIMELINE_KEYS]], signal);
  root.append(
    make("div", { class: "along" }, slider, time),
    make("div", { class: "buttons" }, play, speed, soundLabel, back, forward, end, keys.button, sound.element, announcement),
    problem,
    keys.panel,
  );
  el.replaceChildren(root);
  followTheme(root, signal);

  const state = () => model.get("state");
  /** @type {Position} */
  let position = { share: 1, audio_ms: 0, duration_ms: 0, past: false, mark: "" };
  let announceTimer = 0;
  const soundAtSpeed = (/** @type {number} */ rate) => rate > 0 && rate <= FASTEST_SOUND;
  const playsSound = () => withSound.checked && !soundLabel.hidden && soundAtSpeed(Number(speed.value));

  const showTime = () => {
    const { share, audio_ms, duration_ms, past } = position;
    const live = state().running && !past;
    if (!scrub.busy()) slider.value = String(Math.round(STEPS * (past ? share : 1)));
    const [now, last] = [clockText(audio_ms, true), clockText(duration_ms, true)];
    const moment = past ? `${now} of ${last}` : live ? "live" : last;
    setText(time, past ? `${now} / ${last}` : moment);
    slider.setAttribute("aria-valuetext", past ? `as it stood at ${moment}` : live ? "live" : `the end, ${moment}`);
    end.disabled = !past && !state().playing;
    forward.disabled = !past;
    clearTimeout(announceTimer);
    if (past && !state().playing && !sound.playing()) {
      announceTimer = window.setTimeout(() => setText(announcement, `As it stood at ${moment}.`), ANNOUNCE_AFTER_MS);
    } else if (!past) setText(announcement, "");
  };
  function showState() {
    const { able, playing, running, speed: rate, has_sound, error } = state();
    root.hidden = !able && !running;
    slider.disabled = back.disabled = !able;
    setText(play, playing || sound.playing() ? "Pause" : "Play");
    const live = running && !position.past;
    play.disabled = speed.disabled = live || !able;
    speed.value = String(rate);
    soundLabel.hidden = !has_sound;
    withSound.disabled = play.disabled || !soundAtSpeed(rate);
    soundLabel.title = soundAtSpeed(rate) ? "" : "Sound can be played at 1× and 2×.";
    setText(end, running ? "Back to live" : "To the end");
    setText(problem, error ?? "");
    showTime();
  }
  const pause = () => {
    sound.stop();
    send({ kind: "pause" });
  };
  const begin = () => {
    if (!playsSound()) return send({ kind: "play" });
    send({ kind: "pause" });
    sound.setRate(Number(speed.value));
    sound.play({ from_ms: position.past ? position.audio_ms : 0 });
  };
  const step = (/** @type {Record<string, unknown>} */ command) => {
    sound.stop();
    scrub.step(command);
  };

  const on = (/** @type {HTMLElement} */ target, /** @type {string} */ event, /** @type {(event: any) => void} */ act) =>
    target.addEventListener(event, act, { signal });
  on(play, "click", () => (state().playing || sound.playing() ? pause() : begin()));
  on(speed, "change", () => {
    send({ kind: "speed", speed: Number(speed.value) });
    if (sound.playing() && playsSound()) sound.setRate(Number(speed.value));
    else if (sound.playing()) {
      sound.stop();
      send({ kind: "play" });
    }
  });
  on(withSound, "change", () => {
    if (!state().playing && !sound.playing()) return;
    pause();
    begin();
  });
  on(back, "click", () => step({ kind: "step", back: true }));
  on(forward, "click", () => step({ kind: "step", back: false }));
  on(end, "click", () => {
    step({ kind: "to_end" });
    slider.focus();
  });
  on(slider, "input", () => {
    sound.stop();
    scrub.seek({ share: Number(slider.value) / STEPS });
  });
  on(slider, "keydown", (event) => {
    const command = keyCommand(event);
    if (!command) return;
    event.preventDefault();
    event.stopPropagation();
    step(command);
  });

  const receive = (/** @type {any} */ message, /** @type {DataView[]} */ buffers) => {
    sound.receive(message, buffers);
    if (message?.kind !== "position" || !scrub.accepts(message.mark)) return;
    const wasPast = position.past;
    position = message;
    if (wasPast === position.past) showTime();
    else showState();
  };
  model.on("change:state", showState);
  model.on("msg:custom", receive);
  signal.addEventListener("abort", () => {
    clearTimeout(announceTimer);
    model.off("change:state", showState);
    model.off("msg:custom", receive);
  });
  showState();
  send({ kind: "hello" });
}

export default { render: heard(render) };
