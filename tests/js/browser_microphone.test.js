import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import widget, { statusOf } from "../../src/ipyscribe/widgets/browser_microphone.js";
import { refusal, unable } from "../../src/ipyscribe/widgets/capture.js";
import { Courier, packed, proxyAddress } from "../../src/ipyscribe/widgets/courier.js";
import { thisPage } from "../../src/ipyscribe/widgets/page.js";
import { fakeModel } from "./model.js";

const options = { device: "", echo_cancellation: false, noise_suppression: false, auto_gain: false };
/** @type {any} */
const world = globalThis;

/** A browser with one microphone. */
class FakeBrowser {
  constructor() {
    this.state = "running";
    this.refuse = "";
    this.blocked = false;
    /** @type {any[]} */
    this.asked = [];
    /** @type {any} */
    this.track = Object.assign(new EventTarget(), {
      label: "Headset",
      readyState: "live",
      stop() {
        this.readyState = "ended";
      },
      getSettings: () => ({ echoCancellation: false, noiseSuppression: true, channelCount: 2 }),
    });
    const browser = this;
    world.isSecureContext = true;
    world.AudioContext = class {
      sampleRate = 48000;
      audioWorklet = { addModule: async () => browser.blocked && Promise.reject(new Error("CSP")) };
      get state() {
        return browser.state;
      }
      createMediaStreamSource = () => ({ connect() {} });
      resume = async () => {};
      close = async () => {};
    };
    world.AudioWorkletNode = class {
      constructor() {
        browser.port = this.port;
      }
      port = {
        /** @type {(event: any) => void} */
        onmessage: () => {},
        /** @param {any} _ */
        postMessage(_) {
          this.onmessage({ data: null });
        },
      };
    };
    Object.defineProperty(navigator, "mediaDevices", { configurable: true, value: this });
    URL.createObjectURL ??= () => "blob:";
    URL.revokeObjectURL ??= () => {};
  }
  /** @type {any} */
  port = null;
  /** @param {any} wish */
  async getUserMedia(wish) {
    this.asked.push(wish.audio);
    if (this.refuse) throw Object.assign(new Error("no"), { name: this.refuse });
    return { getTracks: () => [this.track], getAudioTracks: () => [this.track] };
  }
  enumerateDevices = async () => [{ kind: "audioinput", deviceId: "a", label: "Headset" }];
  addEventListener() {}
  /** @param {number} position */
  hear(position) {
    this.port.onmessage({ data: { pcm: new Int16Array(1600).fill(1000), position, at: 0 } });
  }
}

/** @type {FakeBrowser} */
let browser;
/** @type {ReturnType<typeof fakeModel>} */
let model;
/** @type {AbortController[]} */
let ends;
/** @type {HTMLElement} */
let el;
const page = thisPage();
const kinds = () => model.heard.map((/** @type {any} */ message) => message.kind);
const last = (/** @type {string} */ kind) => model.heard.filter((/** @type {any} */ message) => message.kind === kind).at(-1);
const settle = async () => {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
  await vi.advanceTimersByTimeAsync(0);
};
const shown = () => ({
  light: el.querySelector(".light.on") !== null,
  status: el.querySelector("[role=status]")?.textContent,
  trouble: el.querySelector(".trouble")?.textContent,
});
const press = (/** @type {string} */ label) =>
  [...el.querySelectorAll("button")].find((button) => button.textContent === label && !button.hidden)?.click();

async function listen(take = 1) {
  page.startedMs = performance.now();
  model.tell({ kind: "listen", take, page: page.id });
  await settle();
}

beforeEach(() => {
  vi.useFakeTimers();
  browser = new FakeBrowser();
  model = fakeModel({ options, shown: true, ident: "mine" });
  ends = [new AbortController(), new AbortController()];
  el = document.createElement("div");
  document.body.append(el);
  const made = /** @type {any} */ (widget());
  made.initialize({ model, signal: ends[0].signal });
  made.render({ model, el, signal: ends[1].signal });
  model.tell({ kind: "welcome", take: null, page: null });
});
afterEach(() => {
  for (const end of ends) end.abort();
  el.remove();
  vi.useRealTimers();
});

describe("the microphone of the browser", () => {
  it("opens when the kernel asks after a click in this page, and tells what it was granted", async () => {
    expect(browser.asked).toEqual([]);
    await listen();
    expect(browser.asked).toEqual([{ channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false }]);
    expect(last("granted").granted).toEqual({
      device: "Headset", sample_rate_hz: 48000, channels: 2, echo_cancellation: false, noise_suppression: true, auto_gain: null,
    });
    expect(shown()).toMatchObject({ light: true, status: "Recording" });
    expect(el.textContent).toContain("Headset at 48 kHz · noise suppression on · auto gain not told");
    browser.hear(0);
    expect(last("chunk")).toMatchObject({ take: 1, seq: 0, position: 0 });
  });

  it("asks a person first where no Start was pressed in this page", async () => {
    page.startedMs = Number.NEGATIVE_INFINITY;
    model.tell({ kind: "listen", take: 1, page: null });
    await settle();
    expect(browser.asked).toEqual([]);
    expect(last("waiting").why).toBe("click");
    press("Listen");
    await settle();
    expect(shown().light).toBe(true);
  });

  it("takes a Start for itself only when it was pressed a moment ago", async () => {
    page.startedMs = performance.now() - 61_000;
    model.tell({ kind: "listen", take: 1, page: page.id });
    await settle();
    expect(browser.asked).toEqual([]);
  });

  it("leaves the recording to the page in which Start was pressed, and shows the light", async () => {
    page.startedMs = performance.now();
    model.tell({ kind: "listen", take: 1, page: "another" });
    await settle();
    expect(browser.asked).toEqual([]);
    expect(shown()).toMatchObject({ light: true, status: "Recording in another window." });
    model.tell({ kind: "stop", take: 1 });
    expect(shown().light).toBe(false);
  });

  it("is off at once when Stop is pressed, and delivers the rest", async () => {
    await listen();
    for (let i = 0; i < 12; i += 1) browser.hear(1600 * i);
    page.bus.dispatchEvent(new CustomEvent("stop", { detail: "somebody else's" }));
    expect(browser.track.readyState).toBe("live");
    page.bus.dispatchEvent(new CustomEvent("stop", { detail: "mine" }));
    expect(browser.track.readyState).toBe("ended");
    expect(shown().light).toBe(false);
    await settle();
    expect(kinds()).not.toContain("end");
    model.tell({ kind: "ack", take: 1, next: 10 });
    expect(last("chunk").seq).toBe(11);
    expect(last("end")).toMatchObject({ take: 1, count: 12 });
    model.tell({ kind: "ack", take: 1, next: 12, over: true });
    expect(shown().status).toContain("Off");
  });

  it("ends with its last view, without which nothing is recorded", async () => {
    await listen();
    ends[1].abort();
    await vi.advanceTimersByTimeAsync(1000);
    expect(browser.track.readyState).toBe("ended");
    expect(last("end")).toMatchObject({ take: 1, count: 0 });
    await listen(2);
    expect(browser.asked.length).toBe(1);
  });

  it.each([
    ["the page", () => globalThis.dispatchEvent(new Event("pagehide"))],
    ["the widget", () => ends[0].abort()],
  ])("ends with %s", async (_, leave) => {
    await listen();
    leave();
    expect(browser.track.readyState).toBe("ended");
    expect(last("end")).toMatchObject({ take: 1, count: 0 });
  });

  it("ends when the comm is closed under it", async () => {
    await listen();
    model.send = () => {
      throw new Error("Cannot send");
    };
    browser.hear(0);
    expect(browser.track.readyState).toBe("ended");
    expect(shown().trouble).toContain("The kernel that this belonged to is gone. Run the cell again.");
  });

  it("lets go of a microphone that was granted too late", async () => {
    let grant = () => {};
    const ask = browser.getUserMedia.bind(browser);
    browser.getUserMedia = async (wish) => {
      await new Promise((resolve) => {
        grant = () => resolve(null);
      });
      return ask(wish);
    };
    await listen();
    model.tell({ kind: "stop", take: 1 });
    grant();
    await settle();
    await vi.advanceTimersByTimeAsync(1000);
    expect(browser.track.readyState).toBe("ended");
    expect(kinds()).not.toContain("granted");
  });

  it("gives up when nobody answers the browser", async () => {
    browser.getUserMedia = () => new Promise(() => {});
    await listen();
    expect(shown().status).toContain("Answer the browser");
    await vi.advanceTimersByTimeAsync(27_000);
    expect(last("trouble").what).toBe("unanswered");
    expect(shown().trouble).toContain("Press Start again");
  });

  it("says when the device is unplugged", async () => {
    await listen();
    browser.track.dispatchEvent(new Event("ended"));
    await settle();
    expect(last("trouble")).toMatchObject({ what: "unplugged", message: 'The microphone "Headset" went away.' });
    expect(shown()).toMatchObject({ light: false });
    expect(shown().trouble).toContain("Plug it in");
  });

  it("says when the browser holds the sound back", async () => {
    browser.state = "suspended";
    await listen();
    await vi.advanceTimersByTimeAsync(1000);
    expect(shown().status).toContain("until the page is clicked");
    expect(last("waiting").why).toBe("suspended");
    browser.state = "running";
    await vi.advanceTimersByTimeAsync(1000);
    expect(shown().status).toBe("Recording");
  });

  it("says when a site blocks the worklet", async () => {
    browser.blocked = true;
    await listen();
    expect(last("trouble").what).toBe("blocked");
    expect(shown().trouble).toContain("worker-src");
    expect(browser.track.readyState).toBe("ended");
  });

  it.each([
    ["NotAllowedError", "refused", "Allow it for this site"],
    ["NotFoundError", "none", "Plug one in"],
    ["OverconstrainedError", "gone", "Choose another one"],
    ["NotReadableError", "taken", "Close that program"],
    ["WeirdError", "unforeseen", "reload the page"],
  ])("says what to do about %s", async (name, what, advice) => {
    browser.refuse = name;
    await listen();
    expect(last("trouble").what).toBe(what);
    expect(shown().trouble).toContain(advice);
  });

  it("says beforehand when the page can have no microphone", () => {
    world.isSecureContext = false;
    expect(unable()?.kind).toBe("insecure");
    expect(unable()?.advice).toContain("https");
    world.isSecureContext = true;
    Object.defineProperty(navigator, "mediaDevices", { configurable: true, value: undefined });
    expect(unable()?.kind).toBe("unsupported");
    /** @type {any} */ (document).permissionsPolicy = { allowsFeature: () => false };
    expect(refusal({ name: "NotAllowedError" }).kind).toBe("embedded");
    delete (/** @type {any} */ (document).permissionsPolicy);
  });

  it("says hello until it is answered", async () => {
    const quiet = fakeModel({ options, shown: true, ident: "other" });
    const end = new AbortController();
    /** @type {any} */ (widget()).initialize({ model: quiet, signal: end.signal });
    await vi.advanceTimersByTimeAsync(2500);
    expect(quiet.heard.length).toBe(3);
    quiet.tell({ kind: "welcome", take: null, page: null });
    await vi.advanceTimersByTimeAsync(2500);
    expect(quiet.heard.length).toBe(3);
    end.abort();
  });
});

describe("the courier", () => {
  const sound = (/** @type {number} */ i) => ({ pcm: new Int16Array(1600), position: 1600 * i, at: 0 });

  it("holds what a busy kernel does not take, says so, and delivers it afterwards", () => {
    let now = 0;
    /** @type {any[]} */
    const sent = [];
    const courier = new Courier(1, (message, buffers) => sent.push({ ...message, bytes: buffers?.[0].byteLength }), () => now);
    for (let i = 0; i < 100; i += 1, now += 100) courier.put(sound(i));
    expect(sent.length).toBe(10);
    expect(courier.heldS).toBe(10);
    expect(courier.unansweredMs).toBeGreaterThan(9000);
    expect(statusOf(/** @type {any} */ ({ phase: "recording", courier, trouble: null }))).toBe("Recording: kernel busy, holding 10 s (at most 60 s)");
    for (let next = 1; next <= 100; next += 1) courier.hear({ next });
    let at = 0;
    for (const [i, { seq, position, bytes }] of sent.entries()) {
      expect([seq, position]).toEqual([i, at]);
      at += bytes / 2;
    }
    expect([at, sent.length < 40]).toEqual([160_000, true]);
    expect([courier.heldS, courier.unansweredMs]).toEqual([0, 0]);
  });

  it("drops the oldest beyond a minute and counts it", () => {
    const courier = new Courier(1, () => {});
    for (let i = 0; i < 650; i += 1) courier.put(sound(i));
    expect([courier.heldS, courier.droppedS]).toEqual([60, 5]);
  });

  it("sends again what has had no answer for long", () => {
    let now = 0;
    /** @type {any[]} */
    const sent = [];
    const courier = new Courier(1, (message) => sent.push(message), () => now);
    courier.put(sound(0));
    now = 5100;
    courier.tick();
    expect(sent.map((message) => message.seq)).toEqual([0, 0]);
    courier.tick();
    expect(sent.length).toBe(2);
  });

  it("uses the kernel's socket once that is ready, and the comm when it breaks", () => {
    class FakeSocket extends EventTarget {
      /** @type {any[]} */
      sent = [];
      /** @param {any} data */
      send(data) {
        this.sent.push(data);
      }
      close() {}
    }
    world.WebSocket = FakeSocket;
    /** @type {any[]} */
    const sent = [];
    const courier = new Courier(1, (message) => sent.push(message));
    courier.put(sound(0));
    courier.connect("ws://here/", "secret");
    const socket = /** @type {any} */ (courier.socket);
    socket.dispatchEvent(new Event("open"));
    expect(JSON.parse(socket.sent[0]).token).toBe("secret");
    courier.put(sound(1));
    expect(sent.map((message) => message.seq)).toEqual([0, 1]);
    socket.dispatchEvent(new MessageEvent("message", { data: '{"kind":"ready"}' }));
    expect(courier.path).toBe("websocket");
    expect(socket.sent.slice(1).map((/** @type {Uint8Array} */ data) => new DataView(data.buffer).getUint32(0, true))).toEqual([0, 1]);
    socket.dispatchEvent(new MessageEvent("message", { data: '{"kind":"ack","next":1}' }));
    socket.dispatchEvent(new Event("close"));
    expect(courier.path).toBe("comm");
    expect(sent.map((message) => message.seq)).toEqual([0, 1, 1]);
  });

  it("packs a chunk as the kernel reads it", () => {
    const bytes = packed({ pcm: Int16Array.from([1, -1]), position: 3200, at: 5, seq: 7 }, 250);
    const view = new DataView(bytes.buffer);
    expect([view.getUint32(0, true), view.getUint32(4, true), view.getFloat64(8, true), view.getFloat64(16, true)]).toEqual([7, 250, 3200, 5]);
    expect([view.getInt16(24, true), view.getInt16(26, true), bytes.length]).toEqual([1, -1, 28]);
  });

  it("finds the proxy of a Jupyter server", () => {
    expect(proxyAddress(5000)).toBe("");
    const config = document.createElement("script");
    config.id = "jupyter-config-data";
    config.type = "application/json";
    config.textContent = '{"baseUrl": "/user/me/"}';
    document.head.append(config);
    expect(proxyAddress(5000)).toBe("ws://localhost:3000/user/me/proxy/5000/");
    config.remove();
  });
});
