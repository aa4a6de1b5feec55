import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as save from "../../src/ipyscribe/widgets/save/save_view.js";
import { nameOf, sizeOf } from "../../src/ipyscribe/widgets/save/save_view.js";
import { show } from "./model.js";

const CHOICES = [
  { key: "txt", label: "Text", group: "To read" },
  { key: "srt", label: "Subtitles (SRT)", group: "Subtitles" },
  { key: "vtt", label: "Subtitles (WebVTT)", group: "Subtitles" },
];
/** @type {ReturnType<typeof show>} */
let shown;
/** @type {{ name: string, type: string, size: number }[]} */
let saved;
const list = () => /** @type {HTMLSelectElement} */ (shown.el.querySelector("select"));
const button = () => /** @type {HTMLButtonElement} */ (shown.el.querySelector("button"));
const text = (/** @type {string} */ role) => shown.el.querySelector(`[role=${role}]`)?.textContent;
const content = () => new DataView(new TextEncoder().encode("1\n").buffer);

beforeEach(() => {
  saved = [];
  /** @type {Blob[]} */
  const blobs = [];
  vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => `blob:${blobs.push(/** @type {Blob} */ (blob)) - 1}`);
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(/** @this {HTMLAnchorElement} */ function () {
    const { type, size } = blobs[Number(this.href.slice(5))];
    saved.push({ name: this.download, type, size });
  });
  shown = show(save, { choices: CHOICES, able: true });
});
afterEach(() => {
  shown.end();
  vi.useRealTimers();
});

describe("the menu", () => {
  it("lists the files in groups and keeps what was chosen", () => {
    expect([...shown.el.querySelectorAll("optgroup")].map((group) => group.label)).toEqual(["To read", "Subtitles"]);
    list().value = "vtt";
    shown.model.set("choices", [...CHOICES, { key: "wav", label: "Sound (WAV)", group: "Sound" }]);
    expect([list().value, list().options.length]).toEqual(["vtt", 4]);
    shown.model.set("choices", []);
    expect(list().options.length).toBe(0);
  });

  it("can be used as soon as there are words", () => {
    shown.model.set("able", false);
    expect([list().disabled, button().disabled]).toEqual([true, true]);
    shown.model.set("able", true);
    expect([list().disabled, button().disabled]).toEqual([false, false]);
  });

  it("has a label", () => {
    expect(shown.el.querySelector("label")?.htmlFor).toBe(list().id);
  });

  it("saves the file that it asked for, once", () => {
    list().value = "srt";
    button().click();
    const asked = shown.model.sent.at(-1);
    expect(asked).toMatchObject({ kind: "save", format: "srt" });
    expect(text("status")).toBe("Preparing…");
    const answer = { kind: "file", request: asked.request, extension: "srt", type: "application/x-subrip" };
    shown.model.receive({ ...answer, request: "of another view" }, [content()]);
    expect(saved).toEqual([]);
    shown.model.receive(answer, [content()]);
    shown.model.receive(answer, [content()]);
    expect(saved).toEqual([{ name: expect.stringMatching(/^transcript-\d{4}-\d\d-\d\d-\d{4}\.srt$/), type: "application/x-subrip", size: 2 }]);
    expect(text("status")).toMatch(/\.srt, 1 kB$/);
  });

  it("tells what went wrong, and forgets it at the next try", () => {
    button().click();
    shown.model.receive({ kind: "problem", request: shown.model.sent.at(-1).request, message: "praatio is missing." });
    expect([text("alert"), text("status")]).toEqual(["praatio is missing.", ""]);
    button().click();
    expect(text("alert")).toBe("");
    expect(saved).toEqual([]);
  });

  it("says so when the kernel has no time", () => {
    vi.useFakeTimers();
    button().click();
    vi.advanceTimersByTime(5000);
    expect(text("status")).toContain("The kernel is busy");
  });

  it("leaves nothing behind", () => {
    shown.end();
    expect(shown.model.listeners()).toBe(0);
  });
});

it("names and sizes", () => {
  expect(nameOf("vtt", new Date(2026, 0, 5, 7, 4))).toBe("transcript-2026-01-05-0704.vtt");
  expect([sizeOf(3), sizeOf(12_400), sizeOf(3_210_000)]).toEqual(["1 kB", "12 kB", "3.2 MB"]);
});
