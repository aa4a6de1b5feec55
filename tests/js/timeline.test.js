import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pageContext } from "../../src/ipyscribe/widgets/shared/page.js";
import { luminance, themeBehind } from "../../src/ipyscribe/widgets/shared/theme.js";
import * as timeline from "../../src/ipyscribe/widgets/timeline/timeline_view.js";
import { show, StillObserver } from "./model.js";

/** @type {ReturnType<typeof show>} */
let shown;
const picture = () => /** @type {HTMLImageElement} */ (shown.el.querySelector("img"));
const range = () => /** @type {HTMLButtonElement} */ (shown.el.querySelector("button.range"));

beforeEach(() => {
  globalThis.ResizeObserver = StillObserver;
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(824);
  shown = show(timeline, {});
});
afterEach(() => {
  shown.end();
});

describe("the timeline", () => {
  it("says how its place looks, in which page, and when it has left it", () => {
    const { page } = shown.model.sent[0];
    expect(shown.model.sent).toEqual([{ kind: "hello", theme: "light", width: 800, ratio: 1, everything: false, page }]);
    shown.end();
    expect(shown.model.sent.at(-1)).toEqual({ kind: "bye", page });
  });

  it("shows the picture with its sentence, and lets go of the one before", () => {
    const let_go = vi.spyOn(URL, "revokeObjectURL");
    expect(picture().hidden).toBe(true);
    shown.model.receive({ kind: "picture", alt: "9 turns.", windowed: false }, [new DataView(new ArrayBuffer(8))]);
    const first = picture().src;
    expect([picture().hidden, picture().alt, range().hidden]).toEqual([false, "9 turns.", true]);
    shown.model.receive({ kind: "picture", alt: "10 turns.", windowed: true }, [new DataView(new ArrayBuffer(8))]);
    expect(let_go).toHaveBeenCalledWith(first);
    expect(range().hidden).toBe(false);
  });

  it("draws what runs by itself, and puts a picture in its place once it stands", () => {
    const live = () => /** @type {HTMLElement} */ (shown.el.querySelector(".live"));
    const frame = { total: 800, left: 26, width: 748, height: 136, axis: 94, middles: [51], span: 30_000, tick: 5000, names: "above", brackets: false, warning: "" };
    shown.model.receive({ kind: "live", start: 0, now: 1000, alt: "1 turn.", frame, differ: [], lanes: [] });
    expect([live().hidden, picture().hidden, range().hidden, live().getAttribute("aria-label")]).toEqual([false, true, false, "1 turn."]);
    shown.model.receive({ kind: "picture", alt: "2 turns.", windowed: false }, [new DataView(new ArrayBuffer(8))]);
    expect([live().hidden, picture().hidden, range().hidden]).toEqual([true, false, true]);
  });

  it("passes on the level that comes with what runs, even before it can draw that", () => {
    const heard = vi.fn();
    pageContext().bus.addEventListener("now", heard, { once: true });
    shown.model.receive({ kind: "live", start: 0, now: 1000, strip: { id: "one", dbfs: -30 } });
    expect(heard.mock.calls[0][0].detail).toEqual({ id: "one", dbfs: -30 });
  });

  it("shows how loud the sound is beneath the picture, where there is some", () => {
    const wave = () => /** @type {HTMLElement} */ (shown.el.querySelector(".wave"));
    const draw = (/** @type {number[]} */ ...heights) =>
      shown.model.receive({ kind: "picture", alt: "", windowed: false, axis: [0, 1000, 0.1, 0.9] }, [new DataView(new ArrayBuffer(8)), new DataView(new Uint8Array(heights).buffer)]);
    draw(0, 50, 100);
    expect([wave().hidden, wave().style.left, wave().style.width]).toEqual([false, "10%", "80%"]);
    expect(wave().querySelector("path")?.getAttribute("d")).toBe("M0 99h1v2h-1zM1 50h1v100h-1zM2 0h1v200h-1z");
    draw();
    expect(wave().hidden).toBe(true);
  });

  it("asks for the whole session and back", () => {
    shown.model.receive({ kind: "picture", alt: "", windowed: true }, [new DataView(new ArrayBuffer(8))]);
    range().click();
    expect(shown.model.sent.at(-1).everything).toBe(true);
    range().click();
    expect(shown.model.sent.at(-1).everything).toBe(false);
  });

  describe("has a handle", () => {
    const track = () => /** @type {HTMLElement} */ (shown.el.querySelector(".track"));
    const rail = () => /** @type {HTMLElement} */ (shown.el.querySelector(".rail")).style.transform;
    const knob = () => /** @type {HTMLElement} */ (shown.el.querySelector("[role=slider]"));
    const at = (/** @type {string} */ name, /** @type {number} */ x) =>
      track().dispatchEvent(new MouseEvent(name, { clientX: x, button: 0, bubbles: true, cancelable: true }));
    const tell = (/** @type {Record<string, unknown>} */ place) =>
      shown.model.receive({ kind: "position", audio_ms: 40_000, duration_ms: 40_000, past: false, paused: false, able: true, mark: "", ...place });

    beforeEach(() => {
      vi.spyOn(HTMLElement.prototype, "getBoundingClientRect").mockReturnValue(new DOMRect(100, 0, 1000, 50));
      shown.model.receive({ kind: "picture", alt: "", windowed: true, axis: [10_000, 40_000, 0.1, 0.9] }, [new DataView(new ArrayBuffer(8))]);
    });

    it("beside which the pointer and the keyboard are told the turn that is there", () => {
      const tip = () => /** @type {HTMLElement} */ (shown.el.querySelector(".tip"));
      const answer = (/** @type {[string, string, string][]} */ ...turns) =>
        shown.model.receive({ kind: "turns_at", audio_ms: shown.model.sent.findLast(({ kind }) => kind === "point").audio_ms, turns });
      at("pointermove", 350);
      expect(shown.model.sent.at(-1)).toEqual({ kind: "point", audio_ms: 15_625 });
      const asked = shown.model.sent.length;
      at("pointermove", 360);
      expect(shown.model.sent.length).toBe(asked); // one question at a time
      answer(["one · 0:14", "Good evening.", "final 531 ms after its last word"], ["other · 0:14", "Good morning.", "not final yet"]);
      expect([tip().hidden, tip().childElementCount]).toEqual([false, 2]);
      expect(tip().firstElementChild?.textContent).toBe("one · 0:14 Good evening. · final 531 ms after its last word");
      expect(shown.model.sent.at(-1)).toEqual({ kind: "point", audio_ms: 16_000 });
      answer();
      expect(tip().hidden).toBe(true); // a pause, and nothing to drag
      tell({});
      at("pointermove", 370);
      answer();
      expect(tip().textContent).toContain("Drag to look back");
      track().parentElement?.dispatchEvent(new MouseEvent("pointerleave"));
      expect(tip().hidden).toBe(true);
      knob().dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true }));
      const { mark } = shown.model.sent.at(-1);
      answer(["0:38", "Good night.", "final 400 ms after its last word"]);
      tell({ audio_ms: 39_000, past: true, paused: true, mark });
      answer(["0:38", "Good night.", "final 400 ms after its last word"]);
      expect(tip().hidden).toBe(false);
      expect(knob().getAttribute("aria-valuetext")).toBe("as it stood at 0:39.0: 0:38 Good night. final 400 ms after its last word");
      knob().dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
      expect(tip().hidden).toBe(true);
    });

    it("that stays with the keyboard while the pointer rests or leaves", () => {
      const tip = () => /** @type {HTMLElement} */ (shown.el.querySelector(".tip"));
      const points = () => shown.model.sent.filter(({ kind }) => kind === "point");
      const answer = () => shown.model.receive({ kind: "turns_at", audio_ms: points().at(-1).audio_ms, turns: [["0:38", "Good night.", "not final yet"]] });
      tell({});
      at("pointermove", 350);
      answer();
      knob().dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true }));
      answer();
      expect(points().at(-1).audio_ms).toBe(40_000);
      const frame = { total: 800, left: 26, width: 748, height: 136, axis: 94, middles: [51], span: 30_000, tick: 5000, names: "above", brackets: false, warning: "" };
      shown.model.receive({ kind: "live", start: 0, now: 1000, frame, differ: [], lanes: [] });
      expect(points().at(-1).audio_ms).toBe(40_000); // where the handle is, not where the pointer rests
      track().parentElement?.dispatchEvent(new MouseEvent("pointerleave"));
      expect(tip().hidden).toBe(false);
    });

    it("that stays beside the handle where the picture moves", () => {
      const tip = () => /** @type {HTMLElement} */ (shown.el.querySelector(".tip"));
      const answer = () => shown.model.receive({ kind: "turns_at", audio_ms: 25_000, turns: [["0:25", "Good night.", "not final yet"]] });
      tell({ audio_ms: 25_000, past: true, paused: true });
      knob().dispatchEvent(new KeyboardEvent("keydown", { key: "Shift", bubbles: true }));
      answer();
      expect(tip().style.right).toBe("calc(50% + 12px)");
      shown.model.receive({ kind: "picture", alt: "", windowed: true, axis: [15_000, 45_000, 0.1, 0.9] }, [new DataView(new ArrayBuffer(8))]);
      answer();
      expect(tip().style.left).toBe("calc(36.7% + 12px)");
    });

    it("that is not told what another view of the widget has asked for", () => {
      const tip = () => /** @type {HTMLElement} */ (shown.el.querySelector(".tip"));
      at("pointermove", 350);
      shown.model.receive({ kind: "turns_at", audio_ms: 30_000, turns: [["0:30", "Good morning.", "not final yet"]] });
      expect(tip().hidden).toBe(true);
      shown.model.receive({ kind: "turns_at", audio_ms: 15_625, turns: [["0:15", "Good evening.", "not final yet"]] });
      expect(tip().textContent).toContain("Good evening.");
    });

    it("which is asked for again after an answer was lost", () => {
      at("pointermove", 350);
      track().parentElement?.dispatchEvent(new MouseEvent("pointerleave"));
      at("pointermove", 360);
      expect(shown.model.sent.at(-1)).toEqual({ kind: "point", audio_ms: 16_000 });
    });

    it("only where there is a tape to go along", () => {
      expect(track().hidden).toBe(true);
      tell({ able: false });
      expect(track().hidden).toBe(true);
      tell({});
      expect([track().hidden, track().style.inlineSize]).toEqual([false, "80%"]);
      expect(knob().getAttribute("aria-valuetext")).toBe("the newest, 0:40.0");
    });

    it("that stops at the end of the sound where late finals make the axis longer", () => {
      tell({ audio_ms: 25_000, duration_ms: 25_000 });
      at("pointerdown", 350);
      at("pointermove", 900);
      expect(knob().textContent).toBe("0:25.0");
      expect(rail()).toBe("translateX(50.00%)");
      at("pointerup", 900);
      tell({ audio_ms: 17_500, duration_ms: 25_000, past: true, paused: true, mark: shown.model.sent.at(-1).mark });
      expect(shown.model.sent.at(-1)).toMatchObject({ kind: "seek", audio_ms: 25_000 });
    });

    it("that asks for the moment under the pointer, one at a time, and for the newest at last", () => {
      tell({});
      at("pointerdown", 600);
      for (const x of [500, 400, 350]) at("pointermove", x);
      const asked = () => shown.model.sent.filter(({ kind }) => kind === "seek");
      expect(asked().map(({ audio_ms }) => audio_ms)).toEqual([25_000]);
      tell({ audio_ms: 25_000, past: true, paused: true, mark: asked()[0].mark });
      expect(asked().map(({ audio_ms }) => audio_ms)).toEqual([25_000, 17_500]);
      expect(rail()).toBe("translateX(25.00%)");
      at("pointerup", 350);
      tell({ audio_ms: 1, past: true, paused: true, mark: "of long ago" });
      expect(knob().getAttribute("aria-valuetext")).toBe("as it stood at 0:17.5");
      tell({ audio_ms: 17_400, past: true, paused: true, mark: asked()[1].mark });
      expect(knob().getAttribute("aria-valuetext")).toBe("as it stood at 0:17.4");
      expect(/** @type {HTMLElement} */ (shown.el.querySelector(".veil")).hidden).toBe(false);
      at("pointermove", 900);
      expect(asked().length).toBe(2);
    });

    it.each([
      [{ key: "ArrowLeft" }, { kind: "seek", by_s: -1 }],
      [{ key: "ArrowRight" }, { kind: "seek", by_s: 1 }],
      [{ key: "PageDown" }, { kind: "seek", by_s: -10 }],
      [{ key: "ArrowRight", shiftKey: true }, { kind: "step", back: false }],
      [{ key: "ArrowLeft", shiftKey: true }, { kind: "step", back: true }],
      [{ key: "Home" }, { kind: "seek", share: 0 }],
      [{ key: "End" }, { kind: "to_end" }],
      [{ key: "Escape" }, { kind: "to_end" }],
    ])("that obeys the key %o", (key, wish) => {
      tell({});
      knob().dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...key }));
      expect(shown.model.sent.at(-1)).toMatchObject(wish);
    });

    it("that goes with the pictures of a session that runs, until an earlier moment is looked at", () => {
      const draw = (/** @type {number | null} */ now) =>
        shown.model.receive({ kind: "picture", alt: "", windowed: true, axis: [10_000, 40_000, 0.1, 0.9], now }, [
          new DataView(new ArrayBuffer(8)),
        ]);
      const said = () => knob().getAttribute("aria-valuetext");
      tell({ audio_ms: 12_000 });
      draw(25_000);
      expect([said(), rail()]).toEqual(["the newest, 0:25.0", "translateX(50.00%)"]);
      tell({ audio_ms: 15_000, past: true, paused: true });
      draw(26_000);
      expect(said()).toBe("as it stood at 0:15.0");
      tell({ audio_ms: 40_000 });
      draw(null);
      expect(said()).toBe("the newest, 0:40.0");
    });

    it("and plays the turn under it on a double click or Enter", () => {
      tell({});
      at("dblclick", 600);
      expect(shown.model.sent.at(-1)).toMatchObject({ kind: "play_audio", near_ms: 25_000 });
      knob().dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
      expect(shown.model.sent.at(-1)).toMatchObject({ kind: "play_audio", near_ms: 40_000 });
    });
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
