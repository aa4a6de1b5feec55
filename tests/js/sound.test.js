import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { soundPlayer } from "../../src/ipyscribe/widgets/shared/sound_player.js";

/** @type {any[]} */
let sent;
/** @type {AbortController} */
let over;
const content = () => [new DataView(new ArrayBuffer(8))];
const made = (/** @type {Parameters<typeof soundPlayer>[2]} */ listeners = {}) => {
  const player = soundPlayer((message) => sent.push(message), over.signal, listeners);
  document.body.append(player.element);
  const audio = /** @type {HTMLAudioElement} */ (player.element.querySelector("audio"));
  const answer = (/** @type {Record<string, unknown>} */ fields, buffers = content()) =>
    player.receive({ kind: "audio", request: sent.at(-1).request, start: 1000, end: 2000, more: false, ...fields }, buffers);
  return { player, audio, answer };
};

beforeEach(() => {
  sent = [];
  over = new AbortController();
  vi.spyOn(HTMLMediaElement.prototype, "play").mockResolvedValue();
  vi.spyOn(HTMLMediaElement.prototype, "pause").mockImplementation(() => {});
  vi.spyOn(URL, "createObjectURL").mockImplementation(() => `blob:${Math.random()}`);
});
afterEach(() => {
  over.abort();
  document.body.replaceChildren();
});

describe("sound", () => {
  it("is asked for and played by the one view that asked", () => {
    const [one, other] = [made(), made()];
    one.player.play({ order: 3, at: 7 });
    expect(sent).toMatchObject([{ kind: "play_audio", order: 3, at: 7 }]);
    other.player.receive({ kind: "audio", request: sent[0].request, start: 0, end: 1, more: false }, content());
    expect([one.audio.hasAttribute("src"), other.audio.hasAttribute("src")]).toEqual([false, false]);
    one.answer({});
    expect(one.audio.src).toMatch(/^blob:/);
    expect(one.player.element.textContent).toContain("0:01 to 0:02");
    expect(HTMLMediaElement.prototype.play).toHaveBeenCalledTimes(1);
  });

  it("is one at a time in a page", () => {
    const [one, other] = [made(), made()];
    one.player.play({ order: 1 });
    one.answer({});
    other.player.play({ order: 2 });
    expect([one.player.playing(), other.player.playing(), one.audio.hasAttribute("src")]).toEqual([false, true, false]);
  });

  it("that follows a moment goes on clip by clip to its end", () => {
    vi.useFakeTimers();
    const ended = vi.fn();
    const { player, audio, answer } = made({ ended });
    player.play({ from_ms: 0 });
    answer({ start: 0, end: 30_000, more: true });
    Object.defineProperties(audio, { duration: { value: 30 }, currentTime: { value: 25, configurable: true } });
    vi.advanceTimersByTime(300);
    expect(sent.filter(({ kind }) => kind === "play_audio").map(({ from_ms }) => from_ms)).toEqual([0, 30_000]);
    const first = audio.src;
    answer({ start: 30_000, end: 31_000, more: false });
    expect(audio.src).toBe(first);
    audio.dispatchEvent(new Event("ended"));
    expect(audio.src).not.toBe(first);
    expect(ended).not.toHaveBeenCalled();
    audio.dispatchEvent(new Event("ended"));
    expect(ended).toHaveBeenCalledOnce();
    expect(player.playing()).toBe(false);
    vi.useRealTimers();
  });

  it("that there is none is said", () => {
    const { player, answer } = made();
    player.play({ order: 1 });
    answer({ problem: "This was recorded without sound." }, []);
    expect(player.element.querySelector("[role=alert]")?.textContent).toBe("This was recorded without sound.");
    expect(player.playing()).toBe(false);
  });

  it("that the browser does not let play says so", async () => {
    vi.spyOn(HTMLMediaElement.prototype, "play").mockImplementation(() => Promise.reject(new DOMException("", "NotAllowedError")));
    const { player, answer } = made();
    player.play({ order: 1 });
    answer({});
    await vi.waitFor(() => expect(player.element.textContent).toContain("press once more"), { timeout: 30_000 });
  });

  it("stops where someone wants it, and with its view", () => {
    const changed = vi.fn();
    const { player, answer } = made({ changed });
    player.play({ order: 1 });
    answer({});
    player.element.querySelector("button")?.click();
    expect([player.playing(), changed.mock.calls.length]).toEqual([false, 2]);
    player.play({ order: 1 });
    over.abort();
    expect(player.playing()).toBe(false);
  });

  it("notifies the transcript of the word that is played", () => {
    vi.useFakeTimers();
    const { player, audio, answer } = made();
    /** @type {any[]} */
    const words = [];
    const bus = /** @type {any} */ (globalThis)[Symbol.for("ipyscribe.page")].bus;
    bus.addEventListener("spoken", (/** @type {CustomEvent} */ event) => words.push(event.detail.word), { signal: over.signal });
    player.play({ order: 3 });
    answer({ words: [[1000, 1300, 3, 0, 4], [1500, 1900, 3, 5, 9]] });
    for (const seconds of [0.1, 0.2, 0.6]) {
      audio.currentTime = seconds;
      vi.advanceTimersByTime(100);
    }
    player.stop();
    expect(words.map((word) => word?.[3] ?? null)).toEqual([0, 5, null]);
    vi.useRealTimers();
  });
});
