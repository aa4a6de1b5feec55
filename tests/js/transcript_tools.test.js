import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as transcript from "../../src/ipyscribe/widgets/transcript/transcript_view.js";
import { show, StillObserver } from "./model.js";

const row = (/** @type {number} */ order, /** @type {string} */ text, changes = {}) => [
  order,
  { order, start: 1000 * order, end: 1000 * order + 900, text, state: "settled", final_chars: text.length, doubts: [], delay: 500, speaker: null, language: null, ...changes },
];
/** @type {ReturnType<typeof show>} */
let shown;
/** @type {Map<string, Set<Range>>} */
let highlights;
const root = () => /** @type {HTMLElement} */ (shown.el.querySelector(".ips-transcript"));
const named = (/** @type {string} */ name) => /** @type {HTMLButtonElement} */ (shown.el.querySelector(`[aria-label="${name}"]`));
const button = (/** @type {string} */ text) => /** @type {HTMLButtonElement} */ ([...shown.el.querySelectorAll("button")].find((each) => each.textContent === text));
const marked = (/** @type {string} */ name) => [...(highlights.get(name) ?? [])].map(String);
const press = (/** @type {Element} */ target, /** @type {string} */ key, changes = {}) =>
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...changes }));

beforeEach(() => {
  globalThis.ResizeObserver = StillObserver;
  highlights = new Map();
  vi.stubGlobal("CSS", { highlights });
  vi.stubGlobal("Highlight", Set);
  localStorage.clear();
  shown = show(transcript, { hint: "Press Start.", has_sound: true });
  shown.model.receive({ kind: "turns", count: 2, rows: [row(0, "Hello there, hello.", { speaker: "Hello" }), row(1, "Say hello 🎤 twice.")], whole: true });
});
afterEach(() => {
  shown.end();
  localStorage.clear();
});

describe("finding in the transcript", () => {
  const field = () => /** @type {HTMLInputElement} */ (/** @type {unknown} */ (named("Find in the transcript")));
  const count = () => shown.el.querySelector(".find [role=status]")?.textContent;
  const type = (/** @type {string} */ text) => {
    field().value = text;
    field().dispatchEvent(new Event("input"));
  };

  it("marks what was said, wherever it is, and goes from one to the next", () => {
    type("hello");
    expect([count(), marked("ips-match"), marked("ips-chosen")]).toEqual(["1 of 3", ["Hello", "hello", "hello"], ["Hello"]]);
    press(field(), "Enter");
    expect(count()).toBe("2 of 3");
    press(field(), "Enter", { shiftKey: true });
    named("Earlier match").click();
    expect(count()).toBe("3 of 3");
    type("nobody");
    expect([count(), marked("ips-match"), named("Later match").disabled]).toEqual(["no match", [], true]);
  });

  it("finds what comes later, and lets go of everything on Escape", () => {
    type("hello");
    shown.model.receive({ kind: "turns", count: 3, rows: [row(2, "hello again")], whole: false });
    expect(count()).toBe("1 of 4");
    press(field(), "Escape");
    expect([field().value, count(), marked("ips-match")]).toEqual(["", "", []]);
    expect(named("Later match").hidden).toBe(true);
  });

  it("begins with the key /", () => {
    press(root(), "/");
    expect(document.activeElement).toBe(field());
    expect(press(field(), "?")).toBe(true); // typed, and no wish for the keys
  });

  it("leaves no marks behind", () => {
    type("hello");
    shown.end();
    expect(marked("ips-match")).toEqual([]);
  });
});

describe("the text", () => {
  const size = () => root().style.getPropertyValue("--ips-text");

  it("grows and shrinks within bounds, and is as large the next time", () => {
    expect(size()).toBe("1");
    named("Larger text").click();
    press(root(), "+");
    expect(size()).toBe("1.5");
    for (let times = 0; times < 9; times += 1) press(root(), "-");
    expect([size(), named("Smaller text").disabled]).toEqual(["0.85", true]);
    named("Larger text").click();
    named("Larger text").click();
    const next = show(transcript, { hint: "" });
    expect(/** @type {HTMLElement} */ (next.el.querySelector(".ips-transcript")).style.getPropertyValue("--ips-text")).toBe("1.2");
    next.end();
  });

  it("fills the screen as captions until they are left, with high contrast if wanted", () => {
    const request = vi.fn(async () => {});
    root().requestFullscreen = request;
    button("Captions").click();
    expect([root().classList.contains("captions"), request.mock.calls.length]).toEqual([true, 1]);
    button("High contrast").click();
    expect(root().classList.contains("contrast")).toBe(true);
    press(root(), "Escape");
    expect([root().classList.contains("captions"), button("Captions").textContent]).toEqual([false, "Captions"]);
    press(root(), "f");
    expect(button("Leave full screen")).toBeTruthy();
  });

  it("shows its keys on ? and on the button", () => {
    const keys = () => /** @type {HTMLElement} */ (shown.el.querySelector(".keys"));
    expect(keys().hidden).toBe(true);
    press(root(), "?");
    expect([keys().hidden, keys().textContent?.includes("ten seconds")]).toEqual([false, true]);
    button("Close").click();
    expect([keys().hidden, document.activeElement]).toEqual([true, button("?")]);
  });

  it("marks the word that sound of the same box plays", () => {
    const bus = /** @type {any} */ (globalThis)[Symbol.for("ipyscribe.page")].bus;
    const spoken = (/** @type {any} */ word, /** @type {Element | null} */ box = null) => bus.dispatchEvent(new CustomEvent("spoken", { detail: { box, word } }));
    spoken([1000, 1200, 1, 12, 17]);
    expect(marked("ips-spoken")).toEqual(["twice"]);
    spoken([0, 200, 0, 0, 5], document.body);
    expect(marked("ips-spoken")).toEqual(["twice"]);
    spoken(null);
    expect(marked("ips-spoken")).toEqual([]);
  });
});
