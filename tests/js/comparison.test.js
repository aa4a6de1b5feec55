import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as comparison from "../../src/ipyscribe/widgets/comparison/comparison_panel.js";
import { inWords } from "../../src/ipyscribe/widgets/comparison/columns.js";
import { clockText } from "../../src/ipyscribe/export/clock_text.js";
import { versionsOf } from "../../src/ipyscribe/widgets/comparison/review_list.js";
import { show, StillObserver } from "./model.js";

const lane = (/** @type {string} */ label, changes = {}) => ({ label, about: "", status: "", first: 0, error: null, notices: [], ...changes });
const strip = (changes = {}) => ({
  status: "ready", active: false, metered: true, clock: "", cost: "$0.90/h while open", notices: [], error: null, ...changes,
});
const state = (changes = {}) => ({
  title: "2 models",
  source: "a sample",
  running: false,
  buttons: [["start", "Start"]],
  compared: 0,
  lanes: [lane("one"), lane("two")],
  strip: strip(),
  ...changes,
});
const disagreement = (changes = {}) => ({ first: 2, end: 3, texts: ["meet", "meat"], versions: [0, 1], ...changes });
/** @type {any} */
const row = {
  start: 61_500,
  cells: [
    [["so we", "", 0, -1], ["meet", "odd", 120, 0], ["at noon", "", 0, -1]],
    [["so we", "", 0, -1], ["meat", "odd", 0, 0], ["at", "new", 0, -1]],
  ],
  disagreements: [disagreement()],
};
const listed = (changes = {}) => ({ ...disagreement(), start: 62_000, before: "so we", after: "at noon", correction: null, ...changes });
const same = { start: 0, cells: [[["yes", "", 0, -1]], [["yes", "", 0, -1]]], disagreements: [] };

/** @type {ReturnType<typeof show>} */
let shown;
const $ = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (shown.el.querySelector(selector));
const all = (/** @type {string} */ selector) => /** @type {HTMLElement[]} */ ([...shown.el.querySelectorAll(selector)]);
const sendRows = (/** @type {[number, any][]} */ rows, count = rows.length) => shown.model.receive({ kind: "rows", count, rows });
const list = (/** @type {any[]} */ disagreements, total = disagreements.length) => shown.model.receive({ kind: "disagreements", total, disagreements });
const last = () => shown.model.sent.at(-1);
const button = (/** @type {string} */ name) => /** @type {HTMLButtonElement} */ (all("button").find((each) => each.textContent === name));

beforeEach(() => {
  globalThis.ResizeObserver = StillObserver;
  vi.spyOn(HTMLMediaElement.prototype, "play").mockResolvedValue();
  vi.spyOn(HTMLMediaElement.prototype, "pause").mockReturnValue();
  vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:sound");
  vi.spyOn(URL, "revokeObjectURL").mockReturnValue();
  shown = show(comparison, { state: state(), hides: "copy-1", microphone: "" });
});
afterEach(() => shown.end());

describe("a difference in words", () => {
  it("names each model that has got that far", () => {
    expect(inWords(["one", "two", "three"], ["meet", "", null])).toBe("one: meet; two: nothing");
  });

  it("puts the version of most models first", () => {
    const found = versionsOf(["a", "b", "c", "d"], { first: 0, end: 1, texts: ["meat", "Meet", "meet", null], versions: [0, 1, 1, 2] });
    expect(found).toEqual([
      { text: "Meet", models: ["b", "c"], most: true },
      { text: "meat", models: ["a"], most: false },
    ]);
  });

  it("has no majority where both are as frequent", () => {
    expect(versionsOf(["a", "b"], disagreement()).map(({ most }) => most)).toEqual([false, false]);
  });
});

describe("the bar", () => {
  it("says hello, and what it costs before Start", () => {
    expect(shown.model.sent).toEqual([{ kind: "hello", page: expect.any(String) }]);
    expect($(".bar").textContent).toContain("$0.90/h while open");
    expect($(".hint").textContent).toBe("Press Start to send the same sound to all models.");
  });

  it("keeps its button, and the focus on it, when Start becomes Stop", () => {
    const go = button("Start");
    go.focus();
    go.click();
    expect(last()).toMatchObject({ kind: "command", command: "start" });
    shown.model.set("state", state({ running: true, buttons: [["stop", "Stop"], ["pause", "Pause"]] }));
    expect(document.activeElement?.textContent).toBe("Stop");
    button("Pause").click();
    expect(last()).toMatchObject({ kind: "command", command: "pause" });
    button("Stop").click();
    expect(last()).toMatchObject({ kind: "command", command: "stop" });
    shown.model.set("state", state());
    expect(all(".buttons button").length).toBe(1);
  });

  it("shows the level while it runs", () => {
    shown.model.set("state", state({ running: true }));
    shown.model.receive({ kind: "now", dbfs: -30 });
    expect($(".meter").hidden).toBe(false);
    expect($(".meter").getAttribute("aria-valuetext")).toBe("-30 dB");
    shown.model.receive({ kind: "now", dbfs: null });
    expect($(".meter").getAttribute("aria-valuetext")).toBe("silence");
  });

  it("says what went wrong, once", () => {
    shown.model.set("state", state({ strip: strip({ error: { message: "No.", advice: "Do this." } }) }));
    const error = $(".notices [role=alert] .warm");
    expect(error.textContent).toBe("No. Do this.");
    shown.model.set("state", state({ strip: strip({ clock: "0:01", error: { message: "No.", advice: "Do this." } }) }));
    expect($(".notices [role=alert] .warm")).toBe(error);
  });

  it("hides the saved copy as long as it is there", () => {
    const rules = () => [...document.head.querySelectorAll("style")].filter((rule) => rule.textContent?.includes(".copy-1")).length;
    expect(rules()).toBe(1);
    shown.end();
    expect(rules()).toBe(0);
  });
});

describe("the columns", () => {
  it("marks differences by more than colour, and unsettled words", () => {
    sendRows([[0, row]]);
    const [one, two] = all(".cell");
    expect(one.textContent).toBe("oneso we meet (differs) at noon");
    expect(one.querySelector(".odd.first")?.getAttribute("title")).toBe("first here, 120 ms before the next model");
    expect(two.querySelector(".disagreement")?.getAttribute("title")).toBe("one: meet; two: meat");
    expect(two.querySelector(".pending")?.textContent).toBe("at");
    expect($(".row .at").textContent).toBe("1:01");
    expect($(".foot").textContent).toContain("1 difference");
  });

  it("shows where a word is missing", () => {
    const cells = [[["red", "odd", 0, 0]], [["", "gap", 0, 0]]];
    sendRows([[0, { start: 0, cells, disagreements: [disagreement({ texts: ["red", ""] })] }]]);
    expect(all(".cell")[1].textContent).toBe("two^ (nothing here, others differ)");
  });

  it("shows only where they differ on demand", () => {
    sendRows([[0, same], [1, row]]);
    expect(all(".row").map((each) => each.classList.contains("differs"))).toEqual([false, true]);
    /** @type {HTMLInputElement} */ ($(".foot input")).click();
    expect($(".lanes").classList.contains("only")).toBe(true);
  });

  it("draws the newest of many rows at once, and all of them soon", async () => {
    const many = Array.from({ length: 100 }, (_, index) => /** @type {[number, any]} */ ([index, { ...row, start: 1000 * index }]));
    sendRows(many);
    const drawn = () => all(".row").map((each) => each.childElementCount > 0);
    expect(drawn().lastIndexOf(false)).toBe(69);
    sendRows([[2, { ...row, start: 900_000 }]], 98); // meanwhile one changes and the last two go
    await vi.waitFor(() => expect(drawn()).not.toContain(false), { timeout: 30_000 });
    expect(all(".row .at").map((at) => at.textContent)).toEqual(many.slice(0, 98).map((_, index) => (index === 2 ? "15:00" : clockText(1000 * index))));
    all(".row .disagreement")[2].click();
    expect(last()).toMatchObject({ kind: "play_audio", first: 2, end: 3 });
  });

  it("changes only the rows that changed", () => {
    sendRows([[0, same], [1, row]]);
    const [first, second] = all(".row");
    sendRows([[0, same], [1, { ...row, start: 62_500 }]]);
    expect(all(".row")[0]).toBe(first);
    expect(all(".row")[1]).not.toBe(second);
    sendRows([], 1);
    expect(all(".row").length).toBe(1);
  });

  it("waits for the whole when it has missed a part", () => {
    sendRows([[7, row]], 8);
    expect(all(".row").length).toBe(0);
  });

  it("takes hostile text as text", () => {
    const text = "<img src=x onerror=alert(1)>";
    shown.model.set("state", state({ lanes: [lane("<b>one</b>"), lane("two")] }));
    sendRows([[0, { start: 0, cells: [[[text, "odd", 0, 0]], []], disagreements: [disagreement({ texts: [text, null] })] }]]);
    list([listed({ texts: [text, "x"], before: text, correction: { start: 0, end: 1, text } })]);
    expect(shown.el.querySelector("img, b b")).toBeNull();
    expect($(".row").textContent).toContain(text);
  });

  it("announces what differs, once, and not what was there before", () => {
    const log = () => $("[role=log]").textContent;
    sendRows([[0, row]]);
    expect(log()).toBe("");
    sendRows([[1, { ...row, disagreements: [disagreement({ first: 9, texts: ["red", ""] })] }]], 2);
    sendRows([[1, { ...row, start: 70_000, disagreements: [disagreement({ first: 9, texts: ["red", ""] })] }]], 2);
    expect(log()).toBe("1:01: one: red; two: nothing");
  });

  it("says in the column of a model that it has failed", () => {
    shown.model.set("state", state({ compared: 9, lanes: [lane("one", { first: 7 }), lane("two", { error: { message: "Refused.", advice: "Check the key." } })] }));
    expect(all(".model")[0].textContent).toBe("onefirst for 7 of 9 words");
    expect(all(".model")[1].querySelector("[role=alert]")?.textContent).toBe("Stopped by an error. Refused. Check the key.");
  });

  it("puts no space between words of languages that have none", () => {
    const cells = [[["今日", "", 0, -1], ["は", "odd", 0, 0], ["AI", "most", 0, 0], ["app", "most", 0, 0], ["です", "new", 0, -1]], []];
    sendRows([[0, { start: 0, cells, disagreements: [disagreement({ texts: ["はAI app", null] })] }]]);
    expect($(".words").textContent).toBe("今日はAI app (differs)です");
  });

  it("leaves a reader who scrolled back alone, and offers the new words", () => {
    const rows = $(".rows");
    Object.defineProperties(rows, { scrollHeight: { value: 1000 }, clientHeight: { value: 100 } });
    sendRows([[0, same]]);
    rows.scrollTop = 200;
    rows.dispatchEvent(new Event("scroll"));
    sendRows([[1, row]], 2);
    expect(rows.scrollTop).toBe(200);
    expect($(".newest").hidden).toBe(false);
    $(".newest").click();
    expect(rows.scrollTop).toBe(1000);
  });
});

describe("the differences", () => {
  beforeEach(() => {
    sendRows([[0, row]]);
    list([listed(), listed({ first: 7, end: 9, texts: ["red lamps", ""] })], 5);
  });

  it("are listed with the version of each model", () => {
    expect($(".review .top").textContent).toContain("5 differences");
    const [first, second] = all(".entry").map((each) => each.textContent);
    expect(first).toBe("1:02so we […] at noon meet onemeat two");
    expect(second).toContain("nothing two");
    button("More differences").click();
    expect(last()).toEqual({ kind: "more_disagreements" });
  });

  it("plays the sound that was asked for and no other", async () => {
    all(".entry")[0].click();
    const asked = last();
    expect(asked).toMatchObject({ kind: "play_audio", first: 2, end: 3 });
    const sound = { kind: "audio", start: 1400, end: 2750 };
    shown.model.receive({ ...sound, request: "another view's" }, [new DataView(new ArrayBuffer(4))]);
    expect(HTMLMediaElement.prototype.play).not.toHaveBeenCalled();
    shown.model.receive({ ...sound, request: asked.request }, [new DataView(new ArrayBuffer(4))]);
    await Promise.resolve();
    expect(HTMLMediaElement.prototype.play).toHaveBeenCalledOnce();
    expect($(".sound").textContent).toBe("1.4 to 2.8 s");
    shown.model.receive({ ...sound, request: asked.request }, []);
    expect($(".sound").textContent).toBe("Its sound was not kept.");
  });

  it("opens a difference that is clicked in the text", () => {
    $(".row .disagreement").click();
    expect(last()).toMatchObject({ kind: "play_audio", first: 2, end: 3 });
    expect(all(".entry")[0].getAttribute("aria-expanded")).toBe("true");
    expect(document.activeElement).toBe(all(".entry")[0]);
  });

  it("sends what was typed, or that nothing was said", () => {
    all(".entry")[0].click();
    const input = /** @type {HTMLInputElement} */ ($("form input"));
    button("Save").click();
    expect(last().kind).toBe("play_audio");
    /** @type {HTMLElement} */ (shown.el.querySelector(".fills button")).click();
    expect(input.value).toBe("meet");
    button("Save").click();
    expect(last()).toEqual({ kind: "resolve", first: 2, end: 3, text: "meet" });
    input.value = "met";
    input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    expect(last()).toEqual({ kind: "resolve", first: 2, end: 3, text: "met" });
    button("Nothing was said").click();
    expect(last()).toEqual({ kind: "resolve", first: 2, end: 3, text: "" });
  });

  it("shows a correction in its place, and undoes it", () => {
    all(".entry")[0].click();
    list([listed({ correction: { start: 1900, end: 2200, text: "meet" } }), listed({ first: 7, end: 9, texts: ["red lamps", ""] })], 5);
    expect($(".correction").textContent).toBe("You: meet Undo");
    expect($("li form input")).not.toBeNull();
    button("Undo").click();
    expect(last()).toEqual({ kind: "undo_correction", start: 1900, end: 2200 });
  });

  it("does not move under the pointer", () => {
    all(".entry")[1].focus();
    const before = all(".entry");
    list([listed({ first: 20, end: 26 }), listed()], 6);
    expect(all(".entry")).toEqual(before);
    button("Sort again").click();
    expect(all(".entry").length).toBe(2);
    expect(all(".entry")[1]).toBe(before[0]);
  });

  it("closes with Escape and gives the focus back", () => {
    all(".entry")[0].click();
    $("form input").focus();
    $("form input").dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    expect($("form")).toBeNull();
    expect(document.activeElement).toBe(all(".entry")[0]);
  });
});

describe("the metrics", () => {
  it("are a table with its notes", () => {
    expect($(".metrics").hidden).toBe(true);
    shown.model.receive({ kind: "metrics", rows: [["model", "churn"], ["one", "8 %"]], differences: ["no difference shown"], notes: ["unequal"] });
    expect($("tbody th").textContent).toBe("one");
    expect($("tbody td").textContent).toBe("8 %");
    expect(all(".metrics li").map((each) => each.textContent)).toEqual(["no difference shown", "unequal"]);
  });

  it("are grey where words have come since, and say up to when they hold", () => {
    const figures = { kind: "metrics", rows: [["model", "churn"], ["one", "8 %"]], differences: [], notes: [], at: "0:11" };
    const period = () => $(".metrics > .quiet").textContent;
    shown.model.receive({ ...figures, stale: true });
    expect([$(".metrics").classList.contains("stale"), period()]).toEqual([true, "Figures for the first 0:11; newer words are not scored yet"]);
    shown.model.receive({ ...figures, at: "0:16", stale: false });
    expect([$(".metrics").classList.contains("stale"), period()]).toEqual([false, "Figures for the first 0:16"]);
  });
});

it("keeps nothing after it has gone", () => {
  shown.end();
  expect(shown.model.listeners()).toBe(0);
});
