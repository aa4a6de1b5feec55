import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { clock } from "../../src/ipyscribe/widgets/dom.js";
import { luminance, themeBehind } from "../../src/ipyscribe/widgets/theme.js";
import * as timeline from "../../src/ipyscribe/widgets/timeline.js";
import { show, StillObserver } from "./model.js";

/** @type {ReturnType<typeof show>} */
let shown;
const picture = () => /** @type {HTMLImageElement} */ (shown.el.querySelector("img"));
const range = () => /** @type {HTMLButtonElement} */ (shown.el.querySelector("button"));

beforeEach(() => {
  globalThis.ResizeObserver = StillObserver;
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(824);
  shown = show(timeline, {});
});
afterEach(() => {
  shown.end();
  vi.restoreAllMocks();
});

describe("the timeline", () => {
  it("says how its place looks", () => {
    expect(shown.model.heard[0]).toEqual({ kind: "hello", theme: "light", width: 800, ratio: 1, whole: false });
  });

  it("shows the picture with its sentence, and lets go of the one before", () => {
    const let_go = vi.spyOn(URL, "revokeObjectURL");
    expect(picture().hidden).toBe(true);
    shown.model.tell({ kind: "picture", alt: "9 turns.", windowed: false }, [new DataView(new ArrayBuffer(8))]);
    const first = picture().src;
    expect([picture().hidden, picture().alt, range().hidden]).toEqual([false, "9 turns.", true]);
    shown.model.tell({ kind: "picture", alt: "10 turns.", windowed: true }, [new DataView(new ArrayBuffer(8))]);
    expect(let_go).toHaveBeenCalledWith(first);
    expect(range().hidden).toBe(false);
  });

  it("asks for the whole session and back", () => {
    shown.model.tell({ kind: "picture", alt: "", windowed: true }, [new DataView(new ArrayBuffer(8))]);
    range().click();
    expect(shown.model.heard.at(-1).whole).toBe(true);
    range().click();
    expect(shown.model.heard.at(-1).whole).toBe(false);
  });

  it("keeps nothing after it has gone", () => {
    shown.end();
    expect(shown.model.listeners()).toBe(0);
  });
});

describe("the theme", () => {
  it.each([
    ["rgb(255, 255, 255)", 1],
    ["rgb(0, 0, 0)", 0],
    ["rgba(0, 0, 0, 0)", null],
    ["transparent", null],
  ])("%s has luminance %s", (colour, value) => expect(luminance(colour)).toBe(value));

  it("is that of the nearest painted background", () => {
    const outer = document.createElement("div");
    const inner = document.createElement("div");
    outer.style.backgroundColor = "rgb(17, 20, 24)";
    outer.append(inner);
    document.body.append(outer);
    expect(themeBehind(inner)).toBe("dark");
    outer.style.backgroundColor = "rgb(250, 250, 250)";
    expect(themeBehind(inner)).toBe("light");
    outer.remove();
  });
});

describe("the clock", () => {
  it.each([[0, "0:00"], [59_999, "0:59"], [754_000, "12:34"], [3_600_000, "1:00:00"]])("%i ms is %s", (ms, text) =>
    expect(clock(ms)).toBe(text),
  );
});
