import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as transcript from "../../src/ipyscribe/widgets/transcript/transcript_view.js";
import { show, StillObserver } from "./model.js";

/**
 * @param {Partial<import("../../src/ipyscribe/widgets/transcript/transcript_view.js").Row>} changes
 * @returns {import("../../src/ipyscribe/widgets/transcript/transcript_view.js").Row}
 */
const row = (changes = {}) => ({
  order: 0,
  start: 61_500,
  end: 63_000,
  text: "Hello there.",
  state: "settled",
  final_chars: 12,
  doubts: [],
  delay: 1350,
  speaker: null,
  language: null,
  ...changes,
});
/** @type {ReturnType<typeof show>} */
let shown;
const turns = () => /** @type {HTMLElement} */ (shown.el.querySelector(".turns"));
const tell = (/** @type {[number, any][]} */ rows, count = rows.length, whole = rows.length === count) =>
  shown.model.receive({ kind: "turns", count, rows, whole });

beforeEach(() => {
  globalThis.ResizeObserver = StillObserver;
  shown = show(transcript, { hint: "Press Start." });
});
afterEach(() => shown.end());

describe("pieces", () => {
  it("cuts where words are unfinished or doubtful", () => {
    const found = transcript.pieces(row({ text: "one two three", state: "open", final_chars: 7, doubts: [[4, 7, 0.41]] }));
    expect(found).toEqual([
      { text: "one ", pending: false, confidence: null },
      { text: "two", pending: false, confidence: 0.41 },
      { text: " three", pending: true, confidence: null },
    ]);
  });

  it("counts characters as Python does", () => {
    const found = transcript.pieces(row({ text: "🎤🎤 yes", final_chars: 7, doubts: [[3, 6, 0.2]] }));
    expect(found.map((piece) => piece.text)).toEqual(["🎤🎤 ", "yes"]);
  });

  it("survives positions outside of the text", () => {
    const found = transcript.pieces(row({ text: "ab", final_chars: 99, doubts: [[1, 50, 0.1]] }));
    expect(found.map((piece) => piece.text).join("")).toBe("ab");
  });
});

describe("the transcript", () => {
  it("copies what is shown", async () => {
    const writeText = vi.fn(async () => {});
    vi.stubGlobal("navigator", { clipboard: { writeText } });
    tell([[0, row()], [1, row({ order: 1, text: "Who is it?", speaker: "B" })]]);
    const copy = /** @type {HTMLButtonElement} */ (shown.el.querySelector(".copy"));
    copy.click();
    await vi.waitFor(() => expect(copy.textContent).toBe("Copied"));
    expect(writeText).toHaveBeenCalledWith("Hello there.\nB: Who is it?");
  });

  it("says hello and shows the hint until there are words", () => {
    expect(shown.model.sent).toEqual([{ kind: "hello" }]);
    expect(shown.el.querySelector(".hint")?.textContent).toBe("Press Start.");
    shown.model.set("hint", "Listening.");
    expect(shown.el.querySelector(".hint")?.textContent).toBe("Listening.");
    tell([[0, row()]]);
    expect(shown.el.querySelector(".hint")?.hasAttribute("hidden")).toBe(true);
  });

  it("says beside the count what has to be known of the words", () => {
    const badge = () => /** @type {HTMLElement} */ (shown.el.querySelector(".badge"));
    expect(badge().hidden).toBe(true);
    shown.model.set("badge", "u3-rt-pro (simulated)");
    expect(badge().hidden).toBe(false);
    expect(badge().textContent).toBe("u3-rt-pro (simulated)");
  });

  it("shows time, speaker, text and delay", () => {
    tell([[0, row({ speaker: "A", language: "de" })]]);
    expect(turns().textContent).toBe("1:01AdeHello there.1,350 ms");
  });

  it("marks unfinished words by more than colour", () => {
    tell([[0, row({ state: "open", final_chars: 5, delay: null })]]);
    expect(turns().querySelector(".turn.open .pending")?.textContent).toBe(" there.");
  });

  it("replaces a turn in its place when it settles", () => {
    tell([[0, row({ text: "Hello", state: "open" })]]);
    tell([[0, row()]]);
    expect(turns().querySelectorAll(".turn").length).toBe(1);
    expect(turns().querySelector(".open")).toBeNull();
  });

  it("leaves an unchanged turn alone", () => {
    tell([[0, row()]]);
    const before = turns().firstElementChild;
    tell([[0, row()]]);
    expect(turns().firstElementChild).toBe(before);
  });

  it("starts anew with a new session", () => {
    tell([[0, row()], [1, row({ order: 1 })]]);
    tell([], 0);
    expect(turns().querySelectorAll(".turn").length).toBe(0);
  });

  it("keeps the place of the words while there are none, once a session has begun", () => {
    const waiting = () => shown.el.querySelector(".ips-transcript.waiting") !== null;
    const head = /** @type {HTMLElement} */ (shown.el.querySelector(".head"));
    expect([waiting(), head.hidden]).toEqual([false, true]);
    shown.model.set("reserved", true);
    expect([waiting(), head.hidden]).toEqual([true, false]);
    tell([[0, row()]]);
    expect([waiting(), head.hidden]).toEqual([false, false]);
  });

  it("waits for the whole when it has missed a part", () => {
    tell([[7, row({ order: 7 })]], 8);
    expect(turns().querySelectorAll(".turn").length).toBe(0);
    tell(Array.from({ length: 8 }, (_, i) => [i, row({ order: i })]));
    expect(turns().querySelectorAll(".turn").length).toBe(8);
  });

  it("hides what an earlier moment does not have, and shows it again without being told", () => {
    tell([[0, row({ text: "one" })], [1, row({ order: 1, text: "two" })]]);
    const second = turns().querySelectorAll(".turn")[1];
    shown.model.set("moment", "as it stood at 0:01.2");
    tell([[0, row({ text: "on", state: "open" })]], 1, false);
    const visible = () => [...turns().querySelectorAll(".turn")].map((turn) => !(/** @type {HTMLElement} */ (turn).hidden));
    expect(visible()).toEqual([true, false]);
    expect(shown.el.querySelector(".moment")?.textContent).toBe("as it stood at 0:01.2");
    expect(shown.el.querySelector(".ips-transcript.past")).not.toBeNull();
    tell([[0, row({ text: "one" })]], 2, false);
    expect(visible()).toEqual([true, true]);
    expect(turns().querySelectorAll(".turn")[1]).toBe(second);
    expect(shown.el.querySelector("[role=log]")?.textContent).toBe("");
  });

  it("takes hostile text as text", () => {
    tell([[0, row({ text: "<img src=x onerror=alert(1)>", final_chars: 28, speaker: "<b>A</b>" })]]);
    expect(turns().querySelector("img, b")).toBeNull();
    expect(turns().textContent).toContain("<img src=x onerror=alert(1)>");
  });

  it("lets the words alone decide the direction of a turn", () => {
    tell([[0, row({ text: "שלום, עולם", final_chars: 10, speaker: "A", language: "he" })]]);
    const words = /** @type {HTMLElement} */ (turns().querySelector(".words"));
    expect(words.getAttribute("dir")).toBe("auto");
    expect([...words.querySelectorAll("bdi")].map((each) => each.textContent)).toEqual(["A", "he"]);
    expect(words.lastChild?.textContent).toBe("שלום, עולם");
  });

  it("announces what settles, turn by turn, and not what was there before", () => {
    const log = () => shown.el.querySelector("[role=log]")?.textContent;
    tell([[0, row({ text: "old" })]]);
    expect(log()).toBe("");
    tell([[1, row({ text: "now", state: "open" })]], 2);
    expect(log()).toBe("");
    tell([[1, row({ text: "now said", speaker: "B" })]], 2);
    expect(log()).toBe("B: now said");
  });

  it("leaves a reader who scrolled back alone, and offers the new words", () => {
    const list = turns();
    Object.defineProperties(list, { scrollHeight: { value: 1000 }, clientHeight: { value: 100 } });
    tell([[0, row()]]);
    list.scrollTop = 200;
    list.dispatchEvent(new Event("scroll"));
    tell([[1, row({ order: 1 })]], 2);
    expect(list.scrollTop).toBe(200);
    const button = /** @type {HTMLButtonElement} */ (shown.el.querySelector(".newest"));
    expect(button.hidden).toBe(false);
    button.click();
    expect(list.scrollTop).toBe(1000);
    expect(button.hidden).toBe(true);
  });

  it("stays at the newest words when it is laid out anew", () => {
    const list = turns();
    let height = 1000;
    Object.defineProperties(list, { scrollHeight: { get: () => height }, clientHeight: { value: 100 } });
    tell([[0, row()]]);
    height = 2000;
    list.dispatchEvent(new Event("scroll"));
    expect(list.scrollTop).toBe(2000);
    tell([[1, row({ order: 1 })]], 2);
    expect(/** @type {HTMLButtonElement} */ (shown.el.querySelector(".newest")).hidden).toBe(true);
  });

  it("marks doubtful words on demand", () => {
    tell([[0, row({ doubts: [[0, 5, 0.3]] })]]);
    const doubtful = /** @type {HTMLElement} */ (turns().querySelector(".unsure"));
    expect(doubtful.title).toBe("confidence 0.3");
    /** @type {HTMLInputElement} */ (shown.el.querySelector("input[type=checkbox]")).click();
    expect(shown.el.querySelector(".ips-transcript.doubts")).not.toBeNull();
  });

  it("keeps nothing after it has gone", () => {
    shown.end();
    expect(shown.model.listeners()).toBe(0);
  });
});

describe("a painting", () => {
  const say = (/** @type {number} */ number, /** @type {string} */ text) =>
    shown.model.receive({ kind: "turns", count: 1, rows: [[0, row({ text })]], whole: false, number });
  const told = () => shown.model.sent.filter((message) => message.kind === "painted");
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is told with those before it once none has come for a second: number, how long it took, how long ago that was", () => {
    say(7, "Hello.");
    tell([[0, row({ text: "Hello again." })]]);
    vi.advanceTimersByTime(500);
    say(8, "Hello once more.");
    vi.advanceTimersByTime(999);
    expect(told()).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(told()).toEqual([{ kind: "painted", paints: [expect.any(Array), expect.any(Array)] }]);
    const [[first, took, since], [second, , later]] = told()[0].paints;
    expect([first, second]).toEqual([7, 8]);
    expect(took).toBeGreaterThan(0);
    expect(took).toBeLessThan(50);
    expect(later).toBeCloseTo(1000, 5);
    expect(Math.abs(since - 1500)).toBeLessThan(20); // frames come every 16 ms
    vi.advanceTimersByTime(5000);
    expect(told().length).toBe(1);
    say(9, "Goodbye.");
    vi.advanceTimersByTime(1100);
    expect(told().at(-1).paints.map((/** @type {number[]} */ [number]) => number)).toEqual([9]);
  });

  it("is told after five seconds at the latest, however many come", () => {
    for (let number = 0; number < 20; number += 1) {
      say(number, `Hello ${number}.`);
      vi.advanceTimersByTime(300);
    }
    expect(told().map(({ paints }) => paints.length)).toEqual([17]);
    expect(told()[0].paints[0][2]).toBeCloseTo(5000, 5);
  });

  it("is not told to a kernel that has gone meanwhile", () => {
    say(8, "Hello.");
    shown.model.send = () => {
      throw new Error("Cannot send");
    };
    expect(() => vi.advanceTimersByTime(2000)).not.toThrow();
  });

  it("is not told once the view has gone", () => {
    say(8, "Hello.");
    vi.advanceTimersByTime(100);
    say(9, "Hello again.");
    shown.end();
    vi.advanceTimersByTime(5000);
    expect(told()).toEqual([]);
  });
});
