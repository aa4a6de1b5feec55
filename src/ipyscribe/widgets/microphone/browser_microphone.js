import { make, say } from "../shared/dom.js";
import { thisPage } from "../shared/page.js";
import { unable } from "./capture.js";
import { HOLD_S } from "./audio_uploader.js";
import { Recorder } from "./recorder.js";
import { followTheme } from "../shared/theme.js";

/** @typedef {import("./capture.js").Options} Options */
/** @typedef {{ options: Options, shown: boolean, ident: string }} Model */

const LATE_MS = 1000;
const VIEW_GRACE_MS = 1000;
const QUIETEST_DBFS = -60;
/** @type {[Exclude<keyof Options, "device">, string][]} */
const PROCESSING = [
  ["echo_cancellation", "Echo cancellation"],
  ["noise_suppression", "Noise suppression"],
  ["auto_gain", "Auto gain"],
];

/**
 * What a person reads about the recording.
 * @param {Recorder} recorder
 */
export function statusOf({ phase, courier, trouble }) {
  const held = courier && courier.unansweredMs > LATE_MS ? `kernel busy, holding ${courier.heldS.toFixed(0)} s (at most ${HOLD_S} s)` : "";
  switch (phase) {
    case "asked":
      return "The notebook asks to listen.";
    case "opening":
      return "Answer the browser's question about the microphone.";
    case "recording":
      return ["Recording", held].filter(Boolean).join(": ");
    case "suspended":
      return "The browser holds the sound back until the page is clicked.";
    case "sending":
      return ["Off. The rest of the sound is being sent", held].filter(Boolean).join(": ");
    case "elsewhere":
      return "Recording in another window.";
    default:
      return trouble ? "Off." : "Off. It opens when a session starts.";
  }
}

/** @param {Record<string, unknown>} granted */
function grantedText(granted) {
  if (!granted.device) return "";
  const on = PROCESSING.filter(([name]) => granted[name] === true).map(([, label]) => label.toLowerCase());
  const unknown = PROCESSING.filter(([name]) => granted[name] === null).map(([, label]) => label.toLowerCase());
  return [
    `${granted.device} at ${Number(granted.sample_rate_hz) / 1000} kHz`,
    on.length ? `${on.join(", ")} on` : "no processing",
    ...(unknown.length ? [`${unknown.join(", ")} not told`] : []),
  ].join(" · ");
}

/** The parts of one view. @param {import("@anywidget/types").RenderProps<Model>} place @param {Recorder} recorder */
function panel({ model, el, signal }, recorder) {
  const light = make("span", { class: "light" });
  const status = make("span", { role: "status" });
  const path = make("span", { class: "quiet path" });
  const bar = make("div", {});
  const meter = make("div", { class: "meter", role: "meter", "aria-label": "Microphone level", "aria-valuemin": QUIETEST_DBFS, "aria-valuemax": 0 }, bar);
  const act = make("button", { type: "button", class: "go" });
  const devices = make("select", { "aria-label": "Microphone" });
  const granted = make("span", { class: "quiet" });
  const trouble = make("div", { class: "trouble", role: "alert" });
  const boxes = PROCESSING.map(([name, label]) => {
    const box = make("input", { type: "checkbox" });
    box.addEventListener("change", () => choose({ [name]: box.checked }), { signal });
    return { name, box, label: make("label", {}, box, label) };
  });
  const root = make(
    "div",
    { class: "ips ips-microphone", role: "group", "aria-label": "Microphone of this browser" },
    make("div", { class: "row" }, light, make("b", {}, "Microphone of this browser"), status, meter, act, path),
    make("div", { class: "row" }, devices, ...boxes.map(({ label }) => label), granted),
    trouble,
  );
  el.replaceChildren(root);
  followTheme(root, signal);

  const choose = (/** @type {Partial<Options>} */ change) => {
    model.set("options", { ...model.get("options"), ...change });
    model.save_changes();
  };
  devices.addEventListener("change", () => choose({ device: devices.value }), { signal });
  act.addEventListener(
    "click",
    () => {
      if (recorder.phase === "asked") void recorder.open();
      else if (recorder.phase === "suspended") void recorder.microphone?.resume();
      else void recorder.finish();
    },
    { signal },
  );

  let listed = "";
  const listDevices = async () => {
    const all = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
    const inputs = all.filter(({ kind, deviceId }) => kind === "audioinput" && deviceId && deviceId !== "default");
    const text = JSON.stringify(inputs);
    if (listed === text || signal.aborted) return;
    listed = text;
    devices.replaceChildren(
      make("option", { value: "" }, "The browser's default microphone"),
      ...inputs.map(({ deviceId, label }, i) => make("option", { value: deviceId }, label || `Microphone ${i + 1}`)),
    );
    devices.value = model.get("options").device;
  };

  let phase = "";
  const show = () => {
    root.hidden = !model.get("shown") && recorder.phase === "off";
    const live = ["recording", "suspended", "elsewhere"].includes(recorder.phase);
    const { courier } = recorder;
    light.classList.toggle("on", live);
    say(status, statusOf(recorder));
    const acts = { asked: "Listen", suspended: "Go on", recording: "Turn off" };
    const label = acts[/** @type {keyof typeof acts} */ (recorder.phase)] ?? "";
    act.hidden = label === "";
    say(act, label);
    act.classList.toggle("stop", recorder.phase === "recording");
    const lost = courier && courier.droppedS ? `${courier.droppedS.toFixed(1)} s were lost` : "";
    const by = courier ? (courier.path === "websocket" ? "by WebSocket" : "through the notebook's connection") : "";
    say(path, [by, lost].filter(Boolean).join(" · "));
    path.dataset.path = courier?.path ?? "";
    meter.hidden = recorder.phase !== "recording";
    const dbfs = recorder.level > 0 ? Math.max(QUIETEST_DBFS, 20 * Math.log10(recorder.level)) : QUIETEST_DBFS;
    bar.style.transform = `scaleX(${(1 - dbfs / QUIETEST_DBFS).toFixed(2)})`;
    bar.classList.toggle("loud", dbfs > -3);
    meter.setAttribute("aria-valuenow", String(Math.round(dbfs)));
    const problem = recorder.trouble ?? unable();
    say(trouble, problem ? `${problem.message} ${problem.advice}` : "");
    trouble.hidden = problem === null;
    if (recorder.phase === phase) return;
    phase = recorder.phase;
    say(granted, grantedText(recorder.granted));
    devices.disabled = !["off", "asked"].includes(phase);
    for (const { box } of boxes) box.disabled = devices.disabled;
    void listDevices();
  };
  const showOptions = () => {
    const options = model.get("options");
    for (const { name, box } of boxes) box.checked = options[name];
    devices.value = options.device;
  };

  navigator.mediaDevices?.addEventListener?.("devicechange", listDevices, { signal });
  model.on("change:options", showOptions);
  model.on("change:shown", show);
  signal.addEventListener("abort", () => {
    model.off("change:options", showOptions);
    model.off("change:shown", show);
  });
  showOptions();
  show();
  return show;
}

/** One recorder for all views of the widget in this page. */
export default () => {
  const page = thisPage();
  /** @type {Set<() => void>} */
  const views = new Set();
  /** @type {Recorder | null} */
  let recorder = null;

  /** @type {import("@anywidget/types").Initialize<Model>} */
  function initialize({ model, signal }) {
    const made = new Recorder(model, page, () => views.forEach((show) => show()));
    recorder = made;
    const hear = (/** @type {any} */ message) => made.hear(message);
    const onStop = (/** @type {any} */ event) => event.detail === model.get("ident") && void made.finish();
    const onLeave = () => made.leave();
    model.on("msg:custom", hear);
    page.bus.addEventListener("stop", onStop, { signal });
    globalThis.addEventListener("pagehide", onLeave, { signal });
    signal.addEventListener("abort", () => {
      model.off("msg:custom", hear);
      made.dispose();
    });
    made.hello();
  }

  /** @type {import("@anywidget/types").Render<Model>} */
  function render(place) {
    const using = /** @type {Recorder} */ (recorder);
    const show = panel(place, using);
    views.add(show);
    using.views = views.size;
    place.signal.addEventListener("abort", () => {
      views.delete(show);
      using.views = views.size;
      // A view that is moved within the page is closed and made anew.
      setTimeout(() => views.size === 0 && using.leave(), VIEW_GRACE_MS);
    });
  }

  return { initialize, render };
};
