import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { make } from "../../src/ipyscribe/widgets/shared/dom.js";
import { runAt, wordsIn } from "../../src/ipyscribe/widgets/transcript/words.js";

/** @type {HTMLElement} */
let list;
/** @type {AbortController} */
let over;
/** @type {[number, number | null][]} */
let pressed;
/** @type {ReturnType<typeof wordsIn>} */
let words;
const turn = (/** @type {(Node | string)[]} */ ...parts) =>
  make("div", { class: "turn" }, make("span", { class: "at" }, "0:01"), make("span", { class: "words" }, ...parts));
const key = (/** @type {string} */ name, shiftKey = false) =>
  (document.activeElement ?? list).dispatchEvent(new KeyboardEvent("keydown", { key: name, shiftKey, bubbles: true, cancelable: true }));
const on = () => document.activeElement?.textContent;

beforeEach(() => {
  over = new AbortController();
  pressed = [];
  list = make("div", { tabIndex: 0 }, turn(make("bdi", {}, "A"), "🎤 one two"), turn("three ", make("span", { class: "pending" }, "four")));
  document.body.replaceChildren(list);
  words = wordsIn(list, (row, at) => pressed.push([row, at]), over.signal);
  list.focus();
});
afterEach(() => over.abort());

describe("words", () => {
  it.each([
    [0, [0, 3]],
    [3, [0, 3]],
    [4, [4, 7]],
    [9, null],
  ])("around position %i of a text", (at, run) => expect(runAt("one two  ", at)).toEqual(run));

  it("are gone through by arrows, over the ends of turns", () => {
    const seen = [];
    for (let i = 0; i < 6; i += 1) {
      key("ArrowRight");
      seen.push(on());
    }
    expect(seen).toEqual(["🎤", "one", "two", "three", "four", "four"]);
    key("ArrowLeft");
    expect(on()).toBe("three");
    key("ArrowUp");
    expect(on()).toBe("🎤");
    key("ArrowDown");
    expect(on()).toBe("three");
  });

  it("are pressed by Enter, counted in characters, and with Shift the whole turn", () => {
    key("ArrowRight");
    key("ArrowRight");
    key("Enter");
    key("Enter", true);
    expect(pressed).toEqual([[0, 2], [0, null]]);
    expect(document.activeElement?.getAttribute("aria-label")).toBe("one, play");
  });

  it("are as before when they are left", () => {
    const before = list.innerHTML;
    key("ArrowLeft");
    expect(on()).toBe("four");
    key("Escape");
    expect(list.innerHTML).toBe(before);
    expect(document.activeElement).toBe(list);
  });

  it("keep whoever is on one when their turn is drawn anew", () => {
    key("ArrowRight");
    key("ArrowRight");
    words.keep(/** @type {HTMLElement} */ (list.children[0]), turn("🎤 won two"));
    expect(on()).toBe("won");
  });

  it("that an earlier moment hides are passed over", () => {
    /** @type {HTMLElement} */ (list.children[0]).hidden = true;
    key("ArrowRight");
    expect(on()).toBe("three");
  });

  it("are played with their turn by a press on its time", () => {
    /** @type {HTMLElement} */ (list.children[1].querySelector(".at")).click();
    expect(pressed).toEqual([[1, null]]);
  });
});
