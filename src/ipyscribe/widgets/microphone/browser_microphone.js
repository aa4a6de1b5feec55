import { joined, make, setText } from "../shared/dom.js";
import { heard } from "../shared/late_module.js";
import { levelMeter } from "../shared/level_meter.js";
import { pageContext } from "../shared/page.js";
import { plain } from "../shared/plain_text.js";
import { unable } from "./capture.js";
import { BUFFER_S } from "./audio_uploader.js";
import { Recorder } from "./recorder.js";
import { followTheme } from "../shared/theme.js";

/** @typedef {import("./capture.js").Options} Options */
/** @typedef {{ options: Options, shown: boolean, ident: string }} Model */

const LATE_MS = 1000;
const VIEW_GRACE_MS = 1000;
/** @type {[Exclude<keyof Options, "device">, string][]} */
const PROCESSING = [
  ["echo_cancellation", "Echo cancellation"],
  ["noise_suppression", "Noise suppression"],
  ["auto_gain", "Auto gain"],
];

/**
 * The status of the recording in words.
 * @param {Recorder} recorder
 */
export function statusOf({ phase, uploader, error }) {
  const waiting = uploader && uploader.unacknowledgedMs > LATE_MS ? `kernel busy, buffering ${uploader.waitingS.toFixed(0)} s (at most ${BUFFER_S} s)` : "";
  switch (phase) {
    case "requested":
      return "The notebook asks to listen.";
    case "opening":
      return "Answer the browser's question about the microphone.";
    case "recording":
      return ["Recording", waiting].filter(Boolean).join(": ");
    case "suspended":
      return "The browser suspended the recording until the page is clicked.";
    case "sending":
      return ["Off. The rest of the sound is being sent", waiting].filter(Boolean).join(": ");
    case "elsewhere":
      return "Recording in another window.";
    default:
      return error ? "Off." : "Off. It opens when a session starts.";
  }
}

/** @param {Record<string, unknown>} granted */
function grantedText(granted) {
  if (!granted.device) return "";
  const on = PROCESSING.filter(([name]) => granted[name] === true).map(([, label]) => label.toLowerCase());
  const unknown = PROCESSING.filter(([name]) => granted[name] === null).map(([, label]) => label.toLowerCase());
  return joined([
    `${granted.device} at ${Number(granted.sample_rate_hz) / 1000} kHz`,
    on.length ? `${on.join(", ")} on` : "no processing",
    ...(unknown.length ? [`${unknown.join(", ")} unknown`] : []),
  ]);
}

/** The parts of one view. @param {import("@anywidget/types").RenderProps<Model>} props @param {Recorder} recorder */
function panel({ model, el, signal }, recorder) {
  const light = make("span", { class: "light" });
  const status = make("span", { role: "status" });
  const path = make("span", { class: "quiet path" });
  const meter = levelMeter("Microphone level");
  const action = make("button", { type: "button", class: "go" });
  const devices = make("select", { "aria-label": "Microphone" });
  const granted = make("span", { class: "quiet" });
  const problem = make("div", { class: "problem", role: "alert" });
  const boxes = PROCESSING.map(([name, label]) => {
    const box = make("input", { type: "checkbox" });
    box.addEventListener("change", () => choose({ [name]: box.checked }), { signal });
    return { name, box, label: make("label", {}, box, label) };
  });
  const root = make(
    "div",
    { class: "ips ips-microphone", role: "group", "aria-label": "Microphone of this browser" },
    make("div", { class: "row" }, light, make("b", {}, "Microphone of this browser"), status, meter.element, action, path),
    make("div", { class: "row" }, devices, ...boxes.map(({ label }) => label), granted),
    problem,
  );
  el.replaceChildren(root);
  followTheme(root, signal);

  const choose = (/** @type {Partial<Options>} */ change) => {
    model.set("options", { ...model.get("options"), ...change });
    model.save_changes();
  };
  devices.addEventListener("change", () => choose({ device: devices.value }), { signal });
  action.addEventListener(
    "click",
    () => {
      if (recorder.phase === "requested") void recorder.open();
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
      ...inputs.map(({ deviceId, label }, i) => make("option", { value: deviceId }, plain(label) || `Microphone ${i + 1}`)),
    );
    devices.value = model.get("options").device;
  };

  let phase = "";
  const show = () => {
    root.hidden = !model.get("shown") && recorder.phase === "off";
    const live = ["recording", "suspended", "elsewhere"].includes(recorder.phase);
    const { uploader } = recorder;
    light.classList.toggle("on", live);
    setText(status, statusOf(recorder));
    const labels = { requested: "Listen", suspended: "Continue", recording: "Turn off" };
    const label = labels[/** @type {keyof typeof labels} */ (recorder.phase)] ?? "";
    action.hidden = label === "";
    setText(action, label);
    action.classList.toggle("stop", recorder.phase === "recording");
    const lost = uploader && uploader.droppedS ? `${uploader.droppedS.toFixed(1)} s were lost` : "";
    const by = uploader ? (uploader.path === "websocket" ? "by WebSocket" : "through the notebook's connection") : "";
    setText(path, joined([by, lost].filter(Boolean)));
    path.dataset.path = uploader?.path ?? "";
    meter.element.hidden = recorder.phase !== "recording";
    meter.show(recorder.level > 0 ? 20 * Math.log10(recorder.level) : null);
    const error = recorder.error ?? unable();
    setText(problem, error ? `${error.message} ${error.advice}` : "");
    problem.hidden = error === null;
    problem.classList.toggle("reported", recorder.error !== null);
    if (recorder.phase === phase) return;
    phase = recorder.phase;
    setText(granted, grantedText(recorder.granted));
    devices.disabled = !["off", "requested"].includes(phase);
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
  const page = pageContext();
  /** @type {Set<() => void>} */
  const views = new Set();
  /** @type {Recorder | null} */
  let recorder = null;

  /** @type {import("@anywidget/types").Initialize<Model>} */
  function initialize({ model, signal }) {
    const current = new Recorder(model, page, () => views.forEach((show) => show()));
    recorder = current;
    const receive = (/** @type {any} */ message) => current.receive(message);
    const onStop = (/** @type {any} */ event) => event.detail === model.get("ident") && void current.finish();
    const onLeave = () => current.leave();
    model.on("msg:custom", receive);
    page.bus.addEventListener("stop", onStop, { signal });
    globalThis.addEventListener("pagehide", onLeave, { signal });
    signal.addEventListener("abort", () => {
      model.off("msg:custom", receive);
      current.dispose();
    });
    current.hello();
  }

  /** @type {import("@anywidget/types").Render<Model>} */
  function render(props) {
    const shared = /** @type {Recorder} */ (recorder);
    const show = panel(props, shared);
    views.add(show);
    shared.views = views.size;
    props.signal.addEventListener("abort", () => {
      views.delete(show);
      shared.views = views.size;
      // A view that is moved within the page is closed and rendered again.
      setTimeout(() => views.size === 0 && shared.leave(), VIEW_GRACE_MS);
    });
  }

  return { initialize, render: heard(render) };
};
