import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import widget from "../../src/ipyscribe/widgets/microphone/browser_microphone.js";
import { refusal, unable } from "../../src/ipyscribe/widgets/microphone/capture.js";
import { pageContext } from "../../src/ipyscribe/widgets/shared/page.js";
import { configuration, FakeBrowser, FakeSocket, world } from "./browser.js";
import { fakeModel } from "./model.js";

const options = { device: "", echo_cancellation: false, noise_suppression: false, auto_gain: false };
/** @type {FakeBrowser} */
let browser;
/** @type {ReturnType<typeof fakeModel>} */
let model;
/** @type {AbortController[]} */
let ends;
/** @type {HTMLElement} */
let el;
const page = pageContext();
const kinds = () => model.sent.map((/** @type {any} */ message) => message.kind);
const last = (/** @type {string} */ kind) => model.sent.filter((/** @type {any} */ message) => message.kind === kind).at(-1);
const settle = async () => {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
  await vi.advanceTimersByTimeAsync(0);
};
const shown = () => ({
  light: el.querySelector(".light.on") !== null,
  status: el.querySelector("[role=status]")?.textContent,
  problem: el.querySelector(".problem")?.textContent,
});
const press = (/** @type {string} */ label) =>
  [...el.querySelectorAll("button")].find((button) => button.textContent === label && !button.hidden)?.click();

async function listen(take = 1) {
  page.startedMs = performance.now();
  model.receive({ kind: "record", take, page: page.id });
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
  model.receive({ kind: "welcome", take: null, page: null });
});
afterEach(() => {
  for (const end of ends) end.abort();
  el.remove();
  vi.useRealTimers();
  Reflect.deleteProperty(navigator, "mediaDevices");
});

describe("the microphone of the browser", () => {
  it("opens when the kernel asks after a click in this page, and reports what it was granted", async () => {
    expect(browser.asked).toEqual([]);
    await listen();
    expect(browser.asked).toEqual([{ channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false }]);
    expect(last("granted").granted).toEqual({
      device: "Headset", sample_rate_hz: 48000, channels: 2, echo_cancellation: false, noise_suppression: true, auto_gain: null,
    });
    expect(shown()).toMatchObject({ light: true, status: "Recording" });
    expect(el.textContent).toContain("Headset at 48 kHz\u00a0· noise suppression on\u00a0· auto gain unknown");
    browser.hear(0);
    expect(last("chunk")).toMatchObject({ take: 1, seq: 0, position: 0 });
  });

  it("asks for the device and the processing that were chosen, and shows the level", async () => {
    await settle();
    const devices = /** @type {HTMLSelectElement} */ (el.querySelector('[aria-label="Microphone"]'));
    expect([...devices.options].map(({ label }) => label)).toEqual(["The browser's default microphone", "Headset"]);
    devices.value = "a";
    devices.dispatchEvent(new Event("change"));
    [...el.querySelectorAll("label")].find((label) => label.textContent === "Noise suppression")?.click();
    await listen();
    expect(browser.asked[0]).toMatchObject({ deviceId: { exact: "a" }, echoCancellation: false, noiseSuppression: true });
    expect(devices.disabled).toBe(true);
    browser.hear(0);
    const meter = el.querySelector('[aria-label="Microphone level"]');
    expect([meter?.getAttribute("aria-valuenow"), /** @type {HTMLElement} */ (meter).hidden]).toEqual(["-30", false]);
  });

  it("asks a person first where no Start was pressed in this page", async () => {
    page.startedMs = Number.NEGATIVE_INFINITY;
    model.receive({ kind: "record", take: 1, page: null });
    await settle();
    expect(browser.asked).toEqual([]);
    expect(last("waiting").reason).toBe("click");
    press("Listen");
    await settle();
    expect(shown().light).toBe(true);
  });

  it("takes a Start for itself only when it was pressed a moment ago", async () => {
    page.startedMs = performance.now() - 61_000;
    model.receive({ kind: "record", take: 1, page: page.id });
    await settle();
    expect(browser.asked).toEqual([]);
  });

  it("leaves the recording to the page in which Start was pressed, and shows the light", async () => {
    page.startedMs = performance.now();
    model.receive({ kind: "record", take: 1, page: "another" });
    await settle();
    expect(browser.asked).toEqual([]);
    expect(shown()).toMatchObject({ light: true, status: "Recording in another window." });
    model.receive({ kind: "stop", take: 1 });
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
    model.receive({ kind: "ack", take: 1, next: 10 });
    expect(last("chunk").seq).toBe(11);
    expect(last("end")).toMatchObject({ take: 1, count: 12 });
    model.receive({ kind: "ack", take: 1, next: 12, over: true });
    expect(shown().status).toContain("Off");
  });

  it("is over when the last of the sound was answered by WebSocket, whatever becomes of the session", async () => {
    world.WebSocket = FakeSocket;
    const config = configuration();
    await listen();
    model.receive({ kind: "socket", take: 1, port: 5000, token: "secret" });
    config.remove();
    world.socket.tell({ kind: "ready" });
    browser.hear(0);
    press("Turn off");
    await settle();
    expect(shown().status).toContain("The rest of the sound is being sent");
    expect(JSON.parse(world.socket.sent.at(-1))).toEqual({ kind: "end", take: 1, count: 1 });
    world.socket.tell({ kind: "ack", next: 1, over: true });
    await vi.advanceTimersByTimeAsync(1000);
    expect(shown().status).toBe("Off. It opens when a session starts.");
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
    expect(shown().problem).toContain("The kernel of this cell has ended. Run the cell again.");
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
    model.receive({ kind: "stop", take: 1 });
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
    expect(last("failed").reason).toBe("unanswered");
    expect(shown().problem).toContain("Press Start again");
  });

  it("says when the device is unplugged", async () => {
    await listen();
    browser.track.dispatchEvent(new Event("ended"));
    await settle();
    expect(last("failed")).toMatchObject({ reason: "unplugged", message: 'The microphone "Headset" was disconnected.' });
    expect(shown()).toMatchObject({ light: false });
    expect(shown().problem).toContain("Plug it in");
  });

  it("says when the browser suspended the recording", async () => {
    browser.state = "suspended";
    await listen();
    await vi.advanceTimersByTimeAsync(1000);
    expect(shown().status).toContain("until the page is clicked");
    expect(last("waiting").reason).toBe("suspended");
    browser.state = "running";
    await vi.advanceTimersByTimeAsync(1000);
    expect(shown().status).toBe("Recording");
  });

  it("says when a site blocks the worklet", async () => {
    browser.blocked = true;
    await listen();
    expect(last("failed").reason).toBe("blocked");
    expect(shown().problem).toContain("worker-src");
    expect(browser.track.readyState).toBe("ended");
  });

  it.each([
    ["NotAllowedError", "refused", "Allow it for this site"],
    ["NotFoundError", "none", "Plug one in"],
    ["OverconstrainedError", "gone", "Choose another one"],
    ["NotReadableError", "taken", "Close that program"],
    ["WeirdError", "unforeseen", "reload the page"],
  ])("says what to do about %s", async (name, reason, advice) => {
    browser.refuse = name;
    await listen();
    expect(last("failed").reason).toBe(reason);
    expect(shown().problem).toContain(advice);
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

  it("shows names of devices as plain text", async () => {
    const hostile = "\u202eHead\u0000set\u001b[31m\u2066 \u06dd<b>5</b>\u200d";
    const text = "Head set [31m \u06dd<b>5</b>\u200d";
    browser.track.label = hostile;
    browser.enumerateDevices = async () => [{ kind: "audioinput", deviceId: "a", label: hostile }];
    await listen();
    expect(last("granted").granted.device).toBe(text);
    expect(el.textContent).toContain(`${text} at 48 kHz`);
    expect([...el.querySelectorAll("option")].map(({ label }) => label)).toContain(text);
    expect([...el.querySelectorAll("b")].map(({ textContent }) => textContent)).toEqual(["Microphone of this browser"]);
    browser.track.dispatchEvent(new Event("ended"));
    await settle();
    expect(last("failed").message).toBe(`The microphone "${text}" was disconnected.`);
  });

  it("says hello until it is answered", async () => {
    const quiet = fakeModel({ options, shown: true, ident: "other" });
    const end = new AbortController();
    /** @type {any} */ (widget()).initialize({ model: quiet, signal: end.signal });
    await vi.advanceTimersByTimeAsync(2500);
    expect(quiet.sent.length).toBe(3);
    quiet.receive({ kind: "welcome", take: null, page: null });
    await vi.advanceTimersByTimeAsync(2500);
    expect(quiet.sent.length).toBe(3);
    end.abort();
  });
});
