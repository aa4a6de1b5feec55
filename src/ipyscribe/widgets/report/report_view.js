import { make, setText } from "../shared/dom.js";
import { heard } from "../shared/late_module.js";
import { hideSavedCopy } from "../shared/saved_copy.js";
import { followTheme } from "../shared/theme.js";

/** @typedef {{ topic: string, status: string, text: string, advice: string }} Finding */
/** @typedef {{ findings: Finding[], text: string, running: boolean, has_recording: boolean, hides: string }} Model */

const RECORDED_MS = 2000;
const SILENT_DBFS = -200;
const BROWSERS = /(Firefox|Edg|Chrome|Version)\/(\d+)/g;

/**
 * Name and version of the browser, out of what it says of itself.
 * @param {string} agent
 */
export function browserName(agent) {
  const parts = new Map([...agent.matchAll(BROWSERS)].map(([, name, version]) => [name, version]));
  for (const [key, name] of [["Firefox", "Firefox"], ["Edg", "Edge"], ["Chrome", "Chromium"], ["Version", "Safari"]]) {
    if (parts.has(key)) return `${name} ${parts.get(key)}`;
  }
  return "";
}

/** JupyterLab and Notebook 7 write their name and version into the page. */
export function appName() {
  try {
    const config = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}");
    return [config.appName, config.appVersion].filter((part) => typeof part === "string").join(" ");
  } catch {
    return "";
  }
}

async function microphonePermission() {
  try {
    return (await navigator.permissions.query({ name: /** @type {PermissionName} */ ("microphone") })).state;
  } catch {
    return ""; // not every browser says
  }
}

/**
 * Level of a recording: root mean square in dBFS.
 * @param {Float32Array} samples
 */
export function levelOf(samples) {
  const energy = samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length);
  return energy > 0 ? Math.max(SILENT_DBFS, 10 * Math.log10(energy)) : SILENT_DBFS;
}

/** Two seconds of the browser's microphone, as it is stored, and their level. */
async function record() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  try {
    const recorder = new MediaRecorder(stream);
    /** @type {Blob[]} */
    const parts = [];
    recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
    const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve));
    recorder.start();
    setTimeout(() => recorder.state === "recording" && recorder.stop(), RECORDED_MS);
    await stopped;
    const recording = new Blob(parts, { type: recorder.mimeType });
    const context = new AudioContext();
    const decoded = await context.decodeAudioData(await recording.arrayBuffer());
    await context.close();
    return { recording, level: levelOf(decoded.getChannelData(0)) };
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}

/** @type {import("@anywidget/types").Render<Model>} */
function render({ model, el, signal }) {
  const rows = make("tbody", {});
  const table = make("table", { "aria-label": "What was found" }, rows);
  const running = make("span", { class: "quiet", role: "status" });
  const copyButton = make("button", { type: "button" }, "Copy the report");
  const tryButton = make("button", { type: "button" }, "Try this browser's microphone");
  const playButton = make("button", { type: "button" }, "Play what the kernel's machine recorded");
  const player = make("audio", { controls: true, hidden: true });
  const buttons = make("div", { class: "buttons" }, tryButton, playButton, copyButton, player, running);
  const root = make("div", { class: "ips ips-report", role: "group", "aria-label": "Report on this computer" }, table, buttons);
  el.replaceChildren(root);
  followTheme(root, signal);
  hideSavedCopy(model.get("hides"), signal);

  let url = "";
  let sentMs = 0;
  const play = (/** @type {Blob} */ recording) => {
    URL.revokeObjectURL(url);
    url = URL.createObjectURL(recording);
    player.src = url;
    player.hidden = false;
    Promise.resolve(player.play()).catch(() => {}); // the controls are there where it may not play by itself
  };
  const show = () => {
    rows.replaceChildren(
      ...model.get("findings").map(({ topic, status, text, advice }) =>
        make(
          "tr",
          { "data-status": status },
          make("th", { scope: "row" }, topic),
          make("td", { class: "status" }, status),
          make("td", {}, text, ...(advice ? [make("span", { class: "advice" }, advice)] : [])),
        ),
      ),
    );
    setText(running, model.get("running") ? "Checking…" : "");
    playButton.hidden = !model.get("has_recording");
  };
  const tellFacts = async (/** @type {number} */ roundtripMs) => {
    const policy = /** @type {any} */ (document).featurePolicy;
    const facts = {
      app: appName(),
      browser: browserName(navigator.userAgent),
      roundtrip_ms: roundtripMs,
      secure: globalThis.isSecureContext === true,
      media: Boolean(navigator.mediaDevices?.getUserMedia),
      allowed: policy?.allowsFeature?.("microphone") ?? true,
      permission: await microphonePermission(),
    };
    if (!signal.aborted) model.send({ kind: "page", facts });
  };
  const receive = (/** @type {any} */ message, /** @type {DataView[]} */ parts) => {
    if (message?.kind === "hello" && sentMs) {
      tellFacts(performance.now() - sentMs);
      sentMs = 0;
    }
    if (message?.kind === "recording") play(new Blob([/** @type {BlobPart} */ (/** @type {unknown} */ (parts[0]))], { type: "audio/wav" }));
  };
  const tryMicrophone = async () => {
    tryButton.disabled = true;
    setText(running, "Recording two seconds: please speak.");
    try {
      const { recording, level } = await record();
      if (!signal.aborted) play(recording);
      model.send({ kind: "recorded", level, problem: "" });
    } catch (error) {
      model.send({ kind: "recorded", level: SILENT_DBFS, problem: `it gave nothing (${/** @type {Error} */ (error)?.name ?? "error"}).` });
    }
    tryButton.disabled = false;
    show();
  };
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(model.get("text"));
      setText(running, "Copied.");
    } catch {
      setText(running, "The browser did not allow it; print(report) in a cell gives the text.");
    }
  };

  tryButton.addEventListener("click", tryMicrophone, { signal });
  playButton.addEventListener("click", () => model.send({ kind: "play" }), { signal });
  copyButton.addEventListener("click", copy, { signal });
  const traits = ["findings", "running", "has_recording"];
  for (const trait of traits) model.on(`change:${trait}`, show);
  model.on("msg:custom", receive);
  signal.addEventListener("abort", () => {
    for (const trait of traits) model.off(`change:${trait}`, show);
    model.off("msg:custom", receive);
    player.pause();
    URL.revokeObjectURL(url);
  });
  show();
  sentMs = performance.now();
  model.send({ kind: "hello" });
}

export default { render: heard(render) };
