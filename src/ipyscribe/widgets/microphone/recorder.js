import { openMicrophone, refusal, Trouble } from "./capture.js";
import { Courier, proxyAddress } from "./audio_uploader.js";

/** @typedef {"off" | "asked" | "opening" | "recording" | "suspended" | "sending" | "elsewhere"} Phase */

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
   * @param {import("../shared/page.js").Page} page
   * @param {() => void} changed
   */
  constructor(model, page, changed) {
    this.model = model;
    this.page = page;
    this.changed = changed;
    /** @type {Phase} */
    this.phase = "off";
    /** @type {Trouble | null} */
    this.trouble = null;
    /** @type {import("./capture.js").Microphone | null} */
    this.microphone = null;
    /** @type {Courier | null} */
    this.courier = null;
    this.take = 0;
    this.sinceMs = 0;
    this.level = 0;
    this.welcome = false;
    /** How many views show the light: without one nothing is recorded. */
    this.views = 0;
    /** @type {Record<string, unknown>} */
    this.granted = {};
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  /** @param {Record<string, unknown>} message @param {DataView[]} [buffers] */
  say(message, buffers) {
    try {
      this.model.send(message, undefined, buffers);
    } catch {
      this.lose(); // the comm was closed under the widget, as when the kernel is restarted
    }
  }

  /** The kernel is gone, and with it whoever would listen. */
  lose() {
    clearInterval(this.timer);
    this.drop();
    this.become("off", new Trouble("kernel", "The kernel that this belonged to is gone.", "Run the cell again."));
  }

  hello() {
    this.say({ kind: "hello", page: this.page.id });
  }

  /** @param {Phase} phase @param {Trouble | null} [trouble] */
  become(phase, trouble = this.trouble) {
    if (phase !== this.phase) this.sinceMs = performance.now();
    this.phase = phase;
    this.trouble = trouble;
    this.changed();
  }

  /** What the kernel says. @param {any} message */
  hear(message) {
    switch (message?.kind) {
      case "welcome":
        this.welcome = true;
        if (message.take && message.page !== this.page.id && this.phase === "off") this.elsewhere(message.take);
        break;
      case "listen":
        this.listen(message.take, message.page);
        break;
      case "taken":
        if (message.take === this.take && message.page !== this.page.id) this.elsewhere(message.take);
        break;
      case "socket":
        if (message.take === this.take) this.courier?.connect(proxyAddress(message.port), message.token);
        break;
      case "ack":
        if (message.take === this.take) this.courier?.hear(message);
        break;
      case "finish":
        if (message.take === this.take) void this.finish();
        break;
      case "stop":
        if (message.take === this.take) this.drop();
    }
    if (this.courier?.delivered) this.drop();
  }

  /** @param {number} take */
  elsewhere(take) {
    this.drop();
    this.take = take;
    this.become("elsewhere", null);
  }

  /**
   * The kernel wants to hear.
   * @param {number} take
   * @param {string | null} page where Start was pressed
   */
  listen(take, page) {
    this.drop();
    this.take = take;
    if (page && page !== this.page.id) return this.become("elsewhere", null);
    const clicked = page !== null && performance.now() - this.page.startedMs < CLICK_COUNTS_MS;
    if (clicked && this.views > 0) return void this.open();
    this.become("asked", null);
    return this.wait();
  }

  /** Say what is waited for, if there is a view in which a person can see it. */
  wait() {
    const why = this.phase === "asked" ? "click" : "permission";
    if (this.views > 0) this.say({ kind: "waiting", take: this.take, why });
  }

  async open() {
    const take = this.take;
    this.become("opening", null);
    this.wait();
    const courier = new Courier(take, (message, buffers) => this.say(message, buffers));
    const wanted = () => this.take === take && this.phase === "opening";
    try {
      const microphone = await openMicrophone(
        this.model.get("options"),
        (sound) => {
          this.level = sound.pcm.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0) / FULL_SCALE;
          courier.put(sound);
          if (this.courier === courier) this.changed();
        },
        (trouble) => this.fail(trouble),
      );
      if (!wanted()) return void microphone.end();
      this.microphone = microphone;
      this.courier = courier;
      this.granted = microphone.granted;
      this.say({ kind: "granted", take, page: this.page.id, origin: location.origin, granted: this.granted });
      this.become(microphone.running() ? "recording" : "suspended");
    } catch (error) {
      if (wanted()) this.fail(refusal(error));
    }
  }

  /** Ends with what went wrong; what was heard before is still delivered. @param {Trouble} trouble */
  fail(trouble) {
    const { take } = this;
    const told = { kind: "trouble", take, what: trouble.kind, message: trouble.message, advice: trouble.advice };
    this.trouble = trouble;
    if (!this.courier) {
      this.say(told);
      this.become("off");
      return;
    }
    void this.finish();
    this.courier?.tell(told);
  }

  /** The microphone is off at once; what it has heard is still brought to the kernel, which then ends the session. */
  async finish() {
    const { courier, microphone } = this;
    if (!courier || !microphone) return this.cancel();
    if (this.phase === "sending") return;
    this.become("sending");
    await microphone.end();
    if (this.microphone === microphone) this.microphone = null;
    courier.end();
    this.changed();
  }

  cancel() {
    if (this.phase === "asked" || this.phase === "opening") {
      this.say({ kind: "end", take: this.take, count: 0 });
      this.become("off");
    }
  }

  /** The end without a word more: the page or the last view is going. */
  leave() {
    const { courier } = this;
    if (!courier) return this.cancel();
    const told = { kind: "end", take: this.take, count: courier.box.next };
    courier.tell(told);
    if (courier.path !== "comm") this.say(told);
    this.drop();
  }

  /** Let go of everything. */
  drop() {
    const { microphone, courier } = this;
    this.microphone = this.courier = null;
    void microphone?.end();
    courier?.close();
    this.level = 0;
    this.become("off");
  }

  /** Once a second, for what no event tells. */
  tick() {
    if (!this.welcome) this.hello();
    const waitedMs = performance.now() - this.sinceMs;
    if (this.phase === "asked" || this.phase === "opening") {
      this.wait();
      if (waitedMs > ANSWER_WITHIN_MS) {
        this.fail(new Trouble("unanswered", "Nobody allowed the microphone in time.", "Press Start again and answer the browser's question."));
      }
      return;
    }
    const { courier, microphone } = this;
    if (!courier) return;
    courier.tick();
    if (courier.delivered) return this.drop(); // the answer came by WebSocket
    if (courier.unansweredMs > KERNEL_GONE_MS) return this.lose();
    if (microphone && this.phase !== "sending") {
      const running = microphone.running();
      if (!running) {
        courier.tell({ kind: "waiting", take: this.take, why: "suspended" });
        void microphone.resume().catch(() => {});
      }
      this.become(running ? "recording" : "suspended");
    }
  }

  dispose() {
    this.leave();
    clearInterval(this.timer);
  }
}
