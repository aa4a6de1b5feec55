import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as recording from "../../src/ipyscribe/widgets/replay/replay_head.js";
import * as travel from "../../src/ipyscribe/widgets/timeline/travel_bar.js";
import { show } from "./model.js";

const STATE = { able: true, playing: false, past: false, running: false, speed: 1, has_sound: true, error: null };
/** @type {ReturnType<typeof show>} */
let shown;
const button = (/** @type {string} */ name) =>
  /** @type {HTMLButtonElement} */ ([...shown.el.querySelectorAll("button")].find((each) => each.textContent === name));
const slider = () => /** @type {HTMLInputElement} */ (shown.el.querySelector("input[type=range]"));
const place = (/** @type {Record<string, unknown>} */ changes = {}) =>
  shown.model.receive({ kind: "position", share: 0.5, audio_ms: 20_000, duration_ms: 40_000, past: true, mark: "", ...changes });
const state = (/** @type {Record<string, unknown>} */ changes) => shown.model.set("state", { ...STATE, ...changes });
const last = () => shown.model.sent.at(-1);

beforeEach(() => {
  vi.spyOn(HTMLMediaElement.prototype, "play").mockResolvedValue();
  vi.spyOn(HTMLMediaElement.prototype, "pause").mockImplementation(() => {});
  shown = show(travel, { state: STATE });
});
afterEach(() => {
  shown.end();
});

describe("the bar along a tape", () => {
  it("is not there before there is anything to look back at", () => {
    state({ able: false });
    expect(/** @type {HTMLElement} */ (shown.el.querySelector(".ips-travel")).hidden).toBe(true);
  });

  it("says where on the tape it is", () => {
    place();
    expect([slider().value, slider().getAttribute("aria-valuetext")]).toEqual(["5000", "as it stood at 0:20.0 of 0:40.0"]);
    expect(shown.el.querySelector(".time")?.textContent).toBe("0:20.0 / 0:40.0");
    place({ share: 1, audio_ms: 40_000, past: false });
    expect([slider().value, slider().getAttribute("aria-valuetext")]).toEqual(["10000", "the end, 0:40.0"]);
  });

  it("plays, pauses, goes by steps and to the end", () => {
    button("Play").click();
    expect(last()).toEqual({ kind: "play" });
    state({ playing: true, past: true });
    place();
    button("Pause").click();
    expect(last()).toEqual({ kind: "pause" });
    button("Step back").click();
    expect(last()).toMatchObject({ kind: "step", back: true });
    button("Step forward").click();
    expect(last()).toMatchObject({ kind: "step", back: false });
    button("To the end").click();
    expect(last()).toMatchObject({ kind: "to_end" });
  });

  it("offers the way back to a session that goes on, and nothing to play before someone looks back", () => {
    state({ running: true });
    expect([button("Play").disabled, slider().getAttribute("aria-valuetext")]).toEqual([true, "live"]);
    place();
    expect([button("Play").disabled, button("Back to live").disabled]).toEqual([false, false]);
  });

  it("plays with sound where it can be heard, and takes the views along", () => {
    vi.useFakeTimers();
    try {
      place();
      /** @type {HTMLInputElement} */ (shown.el.querySelector("input[type=checkbox]")).click();
      button("Play").click();
      const asked = last();
      expect(asked).toMatchObject({ kind: "play_audio", from_ms: 20_000 });
      shown.model.receive({ kind: "audio", request: asked.request, start: 20_000, end: 50_000, more: true }, [new DataView(new ArrayBuffer(8))]);
      Object.defineProperty(shown.el.querySelector("audio"), "currentTime", { value: 1.5 });
      vi.advanceTimersByTime(150);
      expect(last()).toMatchObject({ kind: "seek", audio_ms: 21_500, with_sound: true });
      button("Pause").click();
      expect(last()).toEqual({ kind: "pause" });
    } finally {
      vi.useRealTimers();
    }
  });

  it("has no sound to offer at a pace at which nothing could be understood, or where none was kept", () => {
    const withSound = () => /** @type {HTMLInputElement} */ (shown.el.querySelector("input[type=checkbox]"));
    state({ speed: 8 });
    expect(withSound().disabled).toBe(true);
    state({ has_sound: false });
    expect(withSound().closest("label")?.hidden).toBe(true);
  });

  it("says what went wrong", () => {
    state({ error: "The tape is broken." });
    expect(shown.el.querySelector("[role=alert]:not(.ips-sound *)")?.textContent).toContain("The tape is broken.");
  });

  it("keeps nothing after it has gone", () => {
    shown.end();
    expect(shown.model.listeners()).toBe(0);
  });
});

describe("the head of a recording", () => {
  it("says that it is one, and of what", () => {
    const head = show(recording, {
      hides: "",
      state: {
        model: "u3-rt-pro",
        facts: ["AssemblyAI", "24 November 2026, 18:59 UTC", "its end is missing"],
        strip: {
          status: "paused", active: false, metered: false, clock: "0:12", cost: "$0.0015",
          notices: [{ message: "<b>1 s</b> was lost.", advice: "" }], error: null,
        },
      },
    });
    const text = head.el.textContent ?? "";
    for (const part of ["Replay of", "u3-rt-pro", "AssemblyAI\u00a0· 24 November 2026", "its end is missing", "paused", "$0.0015", "<b>1 s</b>"]) {
      expect(text).toContain(part);
    }
    head.end();
    expect(head.model.listeners()).toBe(0);
  });
});
