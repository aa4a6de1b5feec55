import { openMicrophone, refusal, MicrophoneError } from "./capture.js";
import { AudioUploader, proxyAddress } from "./audio_uploader.js";

/** @typedef {"off" | "requested" | "opening" | "recording" | "suspended" | "sending" | "elsewhere"} Phase */

const TICK_MS = 1000;
const CLICK_COUNTS_MS = 60_000;
const ANSWER_WITHIN_MS = 25_000;
const KERNEL_GONE_MS = 180_000;
const FULL_SCALE = 32768;

/**
 * The browser's microphone of one widget in one page: it opens when the kernel asks and a person has clicked, and
 * closes with whichever ends first.
 */
export class Recorder {
  /**
   * @param {{ send: Function, get: Function }} model
   * @param {import("../shared/page.js").PageContext} page
   * @param {() => void} changed
   */
  constructor(model, page, changed) {
    this.model = model;
    this.page = page;
    this.changed = changed;
    /** @type {Phase} */
    this.phase = "off";
    /** @type {MicrophoneError | null} */
    this.error = null;
    /** @type {import("./capture.js").Microphone | null} */
    this.microphone = null;
    /** @type {AudioUploader | null} */
    this.uploader = null;
    this.take = 0;
    this.sinceMs = 0;
    this.level = 0;
    this.welcomed = false;
    /** How many views show the light: without one nothing is recorded. */
    this.views = 0;
    /** @type {Record<string, unknown>} */
    this.granted = {};
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  /** @param {Record<string, unknown>} message @param {DataView[]} [buffers] */
  send(message, buffers) {
    try {
      this.model.send(message, undefined, buffers);
    } catch {
      this.kernelGone(); // the comm was closed under the widget, as when the kernel is restarted
    }
  }

  /** The kernel is gone, and with it whoever would receive the sound. */
  kernelGone() {
    clearInterval(this.timer);
    this.release();
    this.setPhase("off", new MicrophoneError("kernel", "The kernel of this cell has ended.", "Run the cell again."));
  }

  hello() {
    this.send({ kind: "hello", page: this.page.id });
  }

  /** @param {Phase} phase @param {MicrophoneError | null} [error] */
  setPhase(phase, error = this.error) {
    if (phase !== this.phase) this.sinceMs = performance.now();
    this.phase = phase;
    this.error = error;
    this.changed();
  }

  /** A message of the kernel. @param {any} message */
  receive(message) {
    switch (message?.kind) {
      case "welcome":
        this.welcomed = true;
        if (message.take && message.page !== this.page.id && this.phase === "off") this.recordedElsewhere(message.take);
        break;
      case "record":
        this.record(message.take, message.page);
        break;
      case "taken":
        if (message.take === this.take && message.page !== this.page.id) this.recordedElsewhere(message.take);
        break;
      case "socket":
        if (message.take === this.take) this.uploader?.connect(proxyAddress(message.port), message.token);
        break;
      case "ack":
        if (message.take === this.take) this.uploader?.acknowledged(message);
        break;
      case "finish":
        if (message.take === this.take) void this.finish();
        break;
      case "stop":
        if (message.take === this.take) this.release();
    }
    if (this.uploader?.delivered) this.release();
  }

  /** @param {number} take */
  recordedElsewhere(take) {
    this.release();
    this.take = take;
    this.setPhase("elsewhere", null);
  }

  /**
   * The kernel asks for a recording.
   * @param {number} take
   * @param {string | null} page where Start was pressed
   */
  record(take, page) {
    this.release();
    this.take = take;
    if (page && page !== this.page.id) return this.setPhase("elsewhere", null);
    const clicked = page !== null && performance.now() - this.page.startedMs < CLICK_COUNTS_MS;
    if (clicked && this.views > 0) return void this.open();
    this.setPhase("requested", null);
    return this.reportWaiting();
  }

  /** Report what is waited for, if there is a view in which a person can see it. */
  reportWaiting() {
    const reason = this.phase === "requested" ? "click" : "permission";
    if (this.views > 0) this.send({ kind: "waiting", take: this.take, reason });
  }

  async open() {
    const take = this.take;
    this.setPhase("opening", null);
    this.reportWaiting();
    const uploader = new AudioUploader(take, (message, buffers) => this.send(message, buffers));
    const isCurrent = () => this.take === take && this.phase === "opening";
    try {
      const microphone = await openMicrophone(
        this.model.get("options"),
        (sound) => {
          this.level = sound.pcm.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0) / FULL_SCALE;
          uploader.put(sound);
          if (this.uploader === uploader) this.changed();
        },
        (error) => this.fail(error),
      );
      if (!isCurrent()) return void microphone.end();
      this.microphone = microphone;
      this.uploader = uploader;
      this.granted = microphone.granted;
      this.send({ kind: "granted", take, page: this.page.id, origin: location.origin, granted: this.granted });
      this.setPhase(microphone.running() ? "recording" : "suspended");
    } catch (error) {
      if (isCurrent()) this.fail(refusal(error));
    }
  }

  /** End with an error; the sound captured before is still delivered. @param {MicrophoneError} error */
  fail(error) {
    const { take } = this;
    const report = { kind: "failed", take, reason: error.kind, message: error.message, advice: error.advice };
    this.error = error;
    if (!this.uploader) {
      this.send(report);
      this.setPhase("off");
      return;
    }
    void this.finish();
    this.uploader?.send(report);
  }

  /** The microphone is off at once; the sound captured so far is still uploaded to the kernel, which then ends the session. */
  async finish() {
    const { uploader, microphone } = this;
    if (!uploader || !microphone) return this.cancel();
    if (this.phase === "sending") return;
    this.setPhase("sending");
    await microphone.end();
    if (this.microphone === microphone) this.microphone = null;
    uploader.end();
    this.changed();
  }

  cancel() {
    if (this.phase === "requested" || this.phase === "opening") {
      this.send({ kind: "end", take: this.take, count: 0 });
      this.setPhase("off");
    }
  }

  /** End at once: the page or the last view is going. */
  leave() {
    const { uploader } = this;
    if (!uploader) return this.cancel();
    const end = { kind: "end", take: this.take, count: uploader.outbox.next };
    uploader.send(end);
    if (uploader.path !== "comm") this.send(end);
    this.release();
  }

  /** Close everything. */
  release() {
    const { microphone, uploader } = this;
    this.microphone = this.uploader = null;
    void microphone?.end();
    uploader?.close();
    this.level = 0;
    this.setPhase("off");
  }

  /** Once a second, for what comes without an event. */
  tick() {
    if (!this.welcomed) this.hello();
    const waitedMs = performance.now() - this.sinceMs;
    if (this.phase === "requested" || this.phase === "opening") {
      this.reportWaiting();
      if (waitedMs > ANSWER_WITHIN_MS) {
        this.fail(new MicrophoneError("unanswered", "The microphone was not allowed in time.", "Press Start again and answer the browser's question."));
      }
      return;
    }
    const { uploader, microphone } = this;
    if (!uploader) return;
    uploader.tick();
    if (uploader.delivered) return this.release(); // the acknowledgement came by WebSocket
    if (uploader.unacknowledgedMs > KERNEL_GONE_MS) return this.kernelGone();
    if (microphone && this.phase !== "sending") {
      const running = microphone.running();
      if (!running) {
        uploader.send({ kind: "waiting", take: this.take, reason: "suspended" });
        void microphone.resume().catch(() => {});
      }
      this.setPhase(running ? "recording" : "suspended");
    }
  }

  dispose() {
    this.leave();
    clearInterval(this.timer);
  }
}
