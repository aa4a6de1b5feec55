import { plain } from "../shared/plain_text.js";
import { workletSource } from "./worklet.js";

/** @typedef {{ device: string, echo_cancellation: boolean, noise_suppression: boolean, auto_gain: boolean }} Options */
/** @typedef {{ pcm: Int16Array, position: number, at: number }} Sound */
/** @typedef {{ granted: Record<string, unknown>, running: () => boolean, resume: () => Promise<void>, end: () => Promise<void> }} Microphone */

/** Something that keeps sound from coming, with what a person can do about it. */
export class MicrophoneError extends Error {
  /**
   * @param {string} kind
   * @param {string} message
   * @param {string} advice
   */
  constructor(kind, message, advice) {
    super(plain(message));
    this.kind = kind;
    this.advice = advice;
  }
}

const OTHER_SOURCE = "choose a file or the kernel's microphone instead.";

/**
 * What keeps this page from asking for a microphone at all, or null.
 * @returns {MicrophoneError | null}
 */
export function unable() {
  if (!globalThis.isSecureContext) {
    return new MicrophoneError(
      "insecure",
      `Browsers give no microphone to pages of ${location.origin}, which were loaded neither over https nor from this computer.`,
      `Open the notebook over https or at localhost (through an ssh tunnel if need be), or ${OTHER_SOURCE}`,
    );
  }
  if (!navigator.mediaDevices?.getUserMedia || typeof AudioWorkletNode === "undefined") {
    return new MicrophoneError("unsupported", "This page has no access to microphones.", `Use a current browser, or ${OTHER_SOURCE}`);
  }
  return null;
}

/**
 * The error behind a rejection of `getUserMedia`.
 * @param {any} error
 */
export function refusal(error) {
  if (error instanceof MicrophoneError) return error;
  const policy = /** @type {any} */ (document).featurePolicy ?? /** @type {any} */ (document).permissionsPolicy;
  switch (error?.name) {
    case "NotAllowedError":
    case "SecurityError":
      if (policy?.allowsFeature && !policy.allowsFeature("microphone")) {
        return new MicrophoneError("embedded", "The site around this notebook does not let it use the microphone.", `Open the notebook in a tab of its own, or ${OTHER_SOURCE}`);
      }
      return new MicrophoneError("refused", "Access to the microphone was denied.", "Allow it for this site with the icon beside the address (and in the system's privacy settings), then press Start again.");
    case "NotFoundError":
      return new MicrophoneError("none", "This computer has no microphone that the browser can see.", `Plug one in and press Start again, or ${OTHER_SOURCE}`);
    case "OverconstrainedError":
      return new MicrophoneError("gone", "The chosen microphone is no longer there.", "Choose another one and press Start again.");
    case "NotReadableError":
    case "AbortError":
      return new MicrophoneError("taken", "The microphone could not be opened: another program may be using it.", "Close that program or choose another microphone, and press Start again.");
    default:
      return new MicrophoneError("unforeseen", `The microphone did not open: ${error?.name ?? "Error"}: ${error?.message ?? error}`, "Press Start again; if that does not help, reload the page.");
  }
}

/** @param {AudioContext} context */
async function addWorklet(context) {
  const address = URL.createObjectURL(new Blob([workletSource()], { type: "text/javascript" }));
  try {
    await context.audioWorklet.addModule(address);
  } catch {
    throw new MicrophoneError("blocked", "The security rules of this site forbid the audio worklet (a script from a blob: address).", `Ask its administrator to allow "blob:" in script-src and worker-src, or ${OTHER_SOURCE}`);
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** Wait for a promise at most so long. @param {Promise<unknown>} promise @param {number} ms */
const atMost = (promise, ms) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, ms))]);

/**
 * Open the microphone and receive its sound as PCM16 at 16 kHz, at the device's own rate underneath: not every browser can
 * record at another. `onLost` is called when the device goes. Rejects with a `MicrophoneError`.
 * @param {Options} options
 * @param {(sound: Sound) => void} onSound
 * @param {(error: MicrophoneError) => void} onLost
 * @returns {Promise<Microphone>}
 */
export async function openMicrophone(options, onSound, onLost) {
  const problem = unable();
  if (problem) throw problem;
  const asked = {
    channelCount: 1,
    echoCancellation: options.echo_cancellation,
    noiseSuppression: options.noise_suppression,
    autoGainControl: options.auto_gain,
    ...(options.device ? { deviceId: { exact: options.device } } : {}),
  };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: asked }).catch((error) => Promise.reject(refusal(error)));
  const [track] = stream.getAudioTracks();
  const context = new AudioContext({ latencyHint: "interactive" });
  const close = () => {
    for (const each of stream.getTracks()) each.stop();
    if (context.state !== "closed") void context.close();
  };
  try {
    await addWorklet(context);
    const source = context.createMediaStreamSource(stream);
    const node = new AudioWorkletNode(context, "ipyscribe", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    let finished = () => {};
    node.port.onmessage = ({ data }) => (data ? onSound(data) : finished());
    source.connect(node);
    await atMost(context.resume(), 1000); // never settles where the page may not make sound yet
    track.addEventListener("ended", () => {
      onLost(new MicrophoneError("unplugged", `The microphone "${track.label}" was disconnected.`, "Plug it in or choose another one, and press Start again."));
    });
    const settings = track.getSettings();
    return {
      granted: {
        device: plain(track.label),
        sample_rate_hz: context.sampleRate,
        channels: settings.channelCount ?? null,
        echo_cancellation: settings.echoCancellation ?? null,
        noise_suppression: settings.noiseSuppression ?? null,
        auto_gain: settings.autoGainControl ?? null,
      },
      running: () => context.state === "running",
      resume: () => context.resume(),
      async end() {
        for (const each of stream.getTracks()) each.stop(); // first of all: the browser's own light goes off
        if (context.state === "running") {
          const rest = new Promise((resolve) => {
            finished = () => resolve(null);
          });
          node.port.postMessage("end");
          await atMost(rest, 2000); // a page that stood still finds both at once, the sound and a time that is up
        }
        node.port.onmessage = null;
        close();
      },
    };
  } catch (error) {
    close();
    throw refusal(error);
  }
}
