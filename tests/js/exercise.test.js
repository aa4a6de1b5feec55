import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as exercise from "../../src/ipyscribe/widgets/lesson/exercise.js";
import { show } from "./model.js";

const TURNS = [
  { order: 3, start: "0:01", parts: [{ text: "Hi" }, { gap: 0, letters: 3, before: "", after: "," }, { text: "do" }] },
  { order: 4, start: "0:05", parts: [{ gap: 1, letters: 4, before: "", after: "." }] },
];
/** @type {ReturnType<typeof show>} */
let shown;
const inputs = () => [...shown.el.querySelectorAll("input")];
const button = (/** @type {string} */ text) =>
  /** @type {HTMLButtonElement} */ ([...shown.el.querySelectorAll("button")].find((each) => each.textContent === text));

beforeEach(() => {
  shown = show(exercise, { turns: TURNS, typed: [], marks: [], answers: [], summary: "", has_sound: true, hides: "" });
});
afterEach(() => shown.end());

describe("the gaps", () => {
  it("stand between the words, without their answers", () => {
    const line = shown.el.querySelector(".line");
    expect(line?.textContent).toBe("Hi , do ");
    expect(inputs().map((input) => input.getAttribute("aria-label"))).toEqual(["Word 1", "Word 2"]);
  });

  it("are checked by the kernel, on Enter and by the button", () => {
    inputs()[0].value = "Sam";
    inputs()[0].dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    expect(shown.model.sent.at(-1)).toEqual({ kind: "check", typed: ["Sam", ""] });
    expect(document.activeElement).toBe(inputs()[1]);
    inputs()[1].value = "time";
    button("Check").click();
    expect(shown.model.sent.at(-1)).toEqual({ kind: "check", typed: ["Sam", "time"] });
  });

  it("show what they are worth, and the answers only on request", () => {
    shown.model.set("marks", ["right", "close"]);
    shown.model.set("summary", "1 of 2 right, 1 nearly: 50%");
    expect(inputs().map((input) => input.dataset.mark)).toEqual(["right", "close"]);
    expect(inputs()[1].getAttribute("aria-label")).toBe("Word 2, nearly right");
    button("Show the words").click();
    expect(shown.model.sent.at(-1)).toEqual({ kind: "reveal" });
    shown.model.set("answers", ["Sam", "time"]);
    expect(shown.el.querySelector(".answer")?.textContent).toBe(" (Sam)");
  });

  it("play their turn", () => {
    button("▶ 0:05").click();
    expect(shown.model.sent.at(-1)).toMatchObject({ kind: "play_audio", order: 4 });
  });
});
