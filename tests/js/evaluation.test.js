import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as evaluation from "../../src/ipyscribe/widgets/evaluation/evaluation_panel.js";
import * as recording from "../../src/ipyscribe/widgets/evaluation/recording_panel.js";
import { show, StillObserver } from "./model.js";

const strip = { status: "playing", active: true, metered: false, clock: "0:05", cost: "free", notices: [], error: null };
const state = (changes = {}) => ({
  title: "3 recordings, 2 models",
  labels: ["one", "two"],
  groups: ["accent"],
  running: true,
  share: 0.5,
  progress: "1 of 3 played",
  playing: "b.wav",
  buttons: [["stop", "Stop"], ["pause", "Pause"]],
  strip,
  ...changes,
});
const row = (/** @type {number} */ number, /** @type {string} */ name, changes = {}) => ({
  number, name, status: "played", rates: ["10.0 %", ""], disagreement: "5.0 %", length: "0:03", groups: ["north"], problem: "", ...changes,
});
const page = (/** @type {any[]} */ rows, changes = {}) => ({
  kind: "list", rows, total: rows.length, all: rows.length, page: 0, pages: 1, first: 1, sort: "number", of: -1, descending: false, ...changes,
});

/** @type {ReturnType<typeof show>} */
let shown;
const $ = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (shown.el.querySelector(selector));
const all = (/** @type {string} */ selector) => /** @type {HTMLElement[]} */ ([...shown.el.querySelectorAll(selector)]);
const last = () => shown.model.sent.at(-1);
const names = () => all(".recordings tbody .open").map(({ textContent }) => textContent);

beforeEach(() => {
  globalThis.ResizeObserver = StillObserver;
  vi.spyOn(HTMLMediaElement.prototype, "play").mockResolvedValue();
  vi.spyOn(HTMLMediaElement.prototype, "pause").mockReturnValue();
  vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:it");
  vi.spyOn(URL, "revokeObjectURL").mockReturnValue();
});
afterEach(() => shown.end());

describe("the panel of an evaluation", () => {
  beforeEach(() => {
    shown = show(evaluation, { state: state(), hides: "copy-1" });
  });

  it("shows how far it is and sends what is pressed", () => {
    expect($(".counted").textContent).toBe("1 of 3 played");
    expect(/** @type {HTMLProgressElement} */ ($("progress")).value).toBe(0.5);
    all(".buttons button")[1].click();
    expect(last()).toEqual({ kind: "command", command: "pause" });
  });

  it("sorts by a click on a column, the worst first, and the other way by the next one", () => {
    shown.model.receive(page([row(1, "a.wav"), row(2, "b.wav", { status: "playing", rates: ["", ""] })]));
    expect(names()).toEqual(["a.wav", "b.wav"]);
    expect(/** @type {HTMLButtonElement} */ (all(".recordings .open")[1]).disabled).toBe(true);
    all("thead button").find(({ textContent }) => textContent === "one")?.click();
    expect(last()).toEqual({ kind: "list", sort: "rate", of: 0, descending: true, search: "", page: 0 });
    shown.model.receive(page([row(2, "b.wav"), row(1, "a.wav")], { sort: "rate", of: 0, descending: true }));
    expect(names()).toEqual(["b.wav", "a.wav"]);
    expect(all("th[aria-sort]").map((cell) => cell.getAttribute("aria-sort"))).toEqual(["none", "descending", "none", "none", "none", "none"]);
    all("thead button")[1].click();
    expect(last()).toMatchObject({ sort: "rate", descending: false });
  });

  it("keeps the focus on a recording that moves", () => {
    shown.model.receive(page([row(1, "a.wav"), row(2, "b.wav")]));
    all(".recordings .open")[0].focus();
    shown.model.receive(page([row(2, "b.wav"), row(1, "a.wav")]));
    expect(document.activeElement?.textContent).toBe("a.wav");
    /** @type {HTMLElement} */ (document.activeElement).click();
    expect(last()).toEqual({ kind: "open", name: "a.wav" });
  });

  it("pages through many and says how many match", () => {
    shown.model.receive(page([row(21, "u.wav")], { total: 41, all: 3000, page: 1, pages: 3, first: 21 }));
    expect($(".paging").textContent).toBe("Previous21 to 21 of 41Next");
    expect($(".recordings .top [role=status]").textContent).toBe("41 of 3,000 match");
    all(".paging button")[1].click();
    expect(last()).toMatchObject({ page: 2 });
    shown.model.receive(page([]));
    expect($(".recordings").textContent).toContain("No recording matches.");
  });

  it("keeps what a person has scrolled or unfolded while figures move", () => {
    const figures = (/** @type {string} */ rate) => ({ kind: "metrics", rows: [["model", "word error rate"], ["one", rate]], differences: ["No difference."], notes: [rate] });
    shown.model.receive(figures("10 %"));
    const [table, notes] = [$(".metrics .wide"), /** @type {HTMLDetailsElement} */ ($(".metrics details"))];
    notes.open = true;
    table.focus();
    shown.model.receive(figures("20 %"));
    expect([$(".metrics .wide"), $(".metrics details"), document.activeElement]).toEqual([table, notes, table]);
    expect([table.textContent, notes.textContent, notes.open]).toEqual(["modelword error rateone20 %", "1 note on these figures20 %", true]);
  });

  it("is hidden while there is no evaluation, and drops the picture of the one before", () => {
    shown.model.receive({ kind: "picture", alt: "One: 5 %.", width: 400 }, [new DataView(new ArrayBuffer(2))]);
    shown.model.receive({ kind: "metrics", rows: [], differences: [], notes: ["0 of 8 recordings were played."] });
    expect(/** @type {HTMLImageElement} */ ($(".picture")).hidden).toBe(true);
    shown.end();
    shown = show(evaluation, { state: {}, hides: "" });
    expect($(".ips-evaluation").hidden).toBe(true);
    shown.model.set("state", state());
    expect($(".ips-evaluation").hidden).toBe(false);
  });

  it("says why a recording failed", () => {
    shown.model.receive(page([row(1, "a.wav", { status: "failed", problem: "Nothing is listening." })]));
    expect($(".recordings .state").textContent).toBe("failed: Nothing is listening.");
  });

  it("lists errors with places that open their recording", () => {
    const why = /** @type {HTMLDetailsElement} */ ($(".why"));
    why.open = true;
    why.dispatchEvent(new Event("toggle"));
    expect(last()).toMatchObject({ kind: "unfold", part: "errors", open: true, view: "errors" });
    const rows = [{ text: "meet → meat", facts: "3 of 4", places: [{ name: "a.wav", at: 400, clock: "0:00" }], more: 2 }];
    shown.model.receive({ kind: "errors", open: true, models: ["one", "two"], view: "errors", model: "one", rows });
    expect($(".errors li").textContent).toBe("meet → meat3 of 4a.wav 0:00and 2 more");
    $(".place").click();
    expect(last()).toEqual({ kind: "open", name: "a.wav", at: 400 });
  });

  it("shows the groups and the picture", () => {
    shown.model.receive({ kind: "groups", open: true, columns: ["accent"], column: "accent", rows: [["group", "model"], ["north", "one"]], notes: ["None."] });
    expect($(".groups table").textContent).toBe("groupmodelnorthone");
    shown.model.receive({ kind: "picture", alt: "One: 5 %.", width: 400 }, [new DataView(new ArrayBuffer(2))]);
    expect(/** @type {HTMLImageElement} */ ($(".picture")).alt).toBe("One: 5 %.");
  });
});

describe("a recording side by side", () => {
  const lane = (/** @type {string} */ label) => ({ label, about: "", status: "", first: 0, error: null, notices: [] });
  const opened = { open: true, number: 1, name: "a.wav", facts: "0:03", lanes: ["reference", "one"].map(lane), error: null };

  beforeEach(() => {
    shown = show(recording, { state: { open: false }, reference: "" });
  });

  it("gives each model the colour that it has in the table, and the reference none", () => {
    shown.model.set("state", opened);
    expect(all(".head .swatch").map(({ parentElement }) => parentElement?.querySelector("b")?.textContent)).toEqual(["one"]);
    expect($(".head .swatch").style.background).toBe("var(--ips-model-0)");
  });

  it("is hidden until one is opened, and shows its words", () => {
    expect($(".ips-recording").hidden).toBe(true);
    shown.model.set("reference", "so we meet");
    shown.model.set("state", opened);
    expect($(".ips-recording").hidden).toBe(false);
    const cells = [[["so we", "", 0, -1], ["meet", "odd", 0, 0]], [["so we", "", 0, -1], ["meat", "odd", 0, 0]]];
    const difference = { first: 2, end: 3, texts: ["meet", "meat"], versions: [0, 1] };
    shown.model.receive({ kind: "rows", count: 1, name: "a.wav", rows: [[0, { start: 0, cells, disagreements: [difference] }]] });
    expect($(".rows").textContent).toContain("meat");
    $(".row .disagreement").click();
    expect(last()).toMatchObject({ kind: "play_audio", first: 2, end: 3 });
    shown.model.set("state", { open: false });
    expect($(".ips-recording").hidden).toBe(true);
  });

  it("sends a corrected reference, and only one that was changed", () => {
    shown.model.set("reference", "so we meet");
    shown.model.set("state", opened);
    const text = /** @type {HTMLTextAreaElement} */ ($("textarea"));
    const save = /** @type {HTMLButtonElement} */ (all("button").find(({ textContent }) => textContent === "Save the reference"));
    expect([text.value, save.disabled]).toEqual(["so we meet", true]);
    text.value = "so we meat";
    text.dispatchEvent(new Event("input"));
    save.click();
    expect(last()).toEqual({ kind: "reference", text: "so we meat" });
  });

  it("plays the place of an error", () => {
    shown.model.set("state", opened);
    shown.model.receive({ kind: "play", start: 100, end: 2100 });
    expect(last()).toMatchObject({ kind: "play_audio", start_ms: 100, end_ms: 2100 });
  });
});
