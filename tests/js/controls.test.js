import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as controls from "../../src/ipyscribe/widgets/transcriber/controls.js";
import { textOf, valueOf } from "../../src/ipyscribe/widgets/transcriber/settings.js";
import { show, StillObserver } from "./model.js";

const silence = {
  name: "max_turn_silence", label: "Silence that ends any turn", kind: "integer", unit: "ms", choices: [],
  expected: "a whole number from 50 to 10000 ms", live: true,
};
const about = (/** @type {string} */ name, group = "AssemblyAI") => ({
  name, group, label: `${name} · ${group}`, facts: ["Fast", "English", "free"], note: "", settings: [silence],
});
const local = about("local-whisper-tiny.en", "This computer");
const state = (/** @type {object} */ changes = {}) => ({
  phase: "ready", running: false, status: "ready", model: local.name, about: local, source: "sample",
  parameters: {}, keep_alive: false, bad: {}, clock: "", cost: "free", notices: [], trouble: null, ...changes,
});
const choices = [
  { key: "sample", label: "Sample", problem: "" },
  { key: "microphone", label: "No microphone", problem: "Plug one in." },
];
/** @type {ReturnType<typeof show>} */
let shown;
const button = (/** @type {string} */ name) =>
  [...shown.el.querySelectorAll("button")].find((candidate) => candidate.textContent === name);
const field = (/** @type {string} */ label) =>
  /** @type {HTMLSelectElement} */ (shown.el.querySelector(`[aria-label="${label}"]`));
const last = () => shown.model.heard.at(-1);

beforeEach(() => {
  globalThis.ResizeObserver = StillObserver;
  shown = show(controls, { catalogue: [local, about("u3-rt-pro")], choices, state: state(), hides: "ipyscribe-static-1" });
});
afterEach(() => shown.end());

describe("the controls", () => {
  it("send what is pressed", () => {
    expect(last()).toEqual({ kind: "hello" });
    button("Start")?.click();
    expect(last()).toMatchObject({ kind: "do", what: "start" });
    shown.model.set("state", state({ phase: "listening", running: true, status: "listening" }));
    for (const [name, what] of [["Stop", "stop"], ["Pause", "pause"], ["End turn", "force_endpoint"]]) {
      button(name)?.click();
      expect(last()).toEqual({ kind: "do", what });
    }
  });

  it("say that the kernel has not heard what was pressed, until it has", () => {
    vi.useFakeTimers();
    shown.model.set("state", state({ phase: "listening", running: true }));
    const said = () => [...shown.el.querySelectorAll(".warm:not([hidden])")].map((note) => note.textContent).join();
    button("Stop")?.click();
    shown.model.tell({ kind: "heard" });
    vi.advanceTimersByTime(60_000);
    expect(said()).toBe("");
    button("Stop")?.click();
    vi.advanceTimersByTime(1400);
    expect(said()).toBe("");
    vi.advanceTimersByTime(200);
    expect(said()).toContain("interrupt the kernel to be heard sooner");
    shown.model.tell({ kind: "level", dbfs: -20 });
    expect(said()).not.toBe("");
    shown.model.tell({ kind: "heard" });
    expect(said()).toBe("");
    vi.useRealTimers();
  });

  it("offer two ways to pause, and say what each means", () => {
    const list = field("While paused");
    expect(list.hidden).toBe(true);
    shown.model.set("state", state({ phase: "listening", running: true }));
    expect(list.hidden).toBe(false);
    expect([...list.options].map((option) => option.textContent)).toEqual(["with silence", "without sound"]);
    expect(list.value).toBe("silence");
    expect(list.title).toContain("the clock stands still");
    expect(list.title).toContain("billed in both cases");
    list.focus();
    list.value = "keep_alive";
    list.dispatchEvent(new Event("change"));
    expect(last()).toEqual({ kind: "choose", keep_alive: true });
    shown.model.set("state", state({ phase: "listening", running: true, keep_alive: true }));
    expect(list.value).toBe("keep_alive");
    expect(document.activeElement).toBe(list);
    shown.model.set("state", state({ phase: "paused", running: true, keep_alive: true }));
    expect(list.disabled).toBe(true);
  });

  it("keep the focus on the button that starts and stops", () => {
    const start = button("Start");
    start?.focus();
    shown.model.set("state", state({ phase: "listening", running: true }));
    expect(document.activeElement).toBe(button("Stop"));
    expect(button("Stop")).toBe(start);
  });

  it("list the models by where they run, and take another name", () => {
    const list = field("Model");
    expect([...list.querySelectorAll("optgroup")].map((group) => group.label)).toEqual(["This computer", "AssemblyAI"]);
    list.value = "u3-rt-pro";
    list.dispatchEvent(new Event("change"));
    expect(last()).toEqual({ kind: "choose", model: "u3-rt-pro" });
    list.selectedIndex = list.options.length - 1;
    list.dispatchEvent(new Event("change"));
    const name = /** @type {HTMLInputElement} */ (shown.el.querySelector("input"));
    expect(name.hidden).toBe(false);
    name.value = " universal-9 ";
    name.dispatchEvent(new Event("change"));
    expect(last()).toEqual({ kind: "choose", model: "universal-9" });
    shown.model.set("state", state({ model: "universal-9", about: about("universal-9") }));
    expect(list.value).toBe("universal-9");
  });

  it("never show a played model under AssemblyAI's label", () => {
    const played = { ...about("u3-rt-pro"), group: "Simulated", label: "u3-rt-pro · simulated" };
    shown.model.set("state", state({ running: true, model: "u3-rt-pro", about: played }));
    const list = field("Model");
    expect(list.selectedOptions[0].textContent).toBe("u3-rt-pro · simulated");
    expect(list.querySelectorAll('option[value="u3-rt-pro"]').length).toBe(1);
  });

  it("list the sources, and why one cannot be used", () => {
    const list = field("Sound from");
    expect(list.options[1].disabled).toBe(true);
    expect(list.title).toBe("No microphone. Plug one in.");
    list.selectedIndex = 2;
    list.dispatchEvent(new Event("change"));
    expect(last()).toEqual({ kind: "do", what: "look" });
    expect(list.value).toBe("sample");
  });

  it("cannot change model and source while a session runs", () => {
    shown.model.set("state", state({ running: true, phase: "listening" }));
    expect(field("Model").disabled && field("Sound from").disabled).toBe(true);
  });

  it("show pause as what it is", () => {
    shown.model.set("state", state({ running: true, phase: "paused", status: "paused (still billed)" }));
    expect(button("Resume")).toBeDefined();
    expect(shown.el.querySelector(".status")?.textContent).toBe("paused (still billed)");
  });

  it("show an error with the button that helps", () => {
    const trouble = { message: "It broke.", advice: "Start again.", action: { label: "Try again", what: "start" } };
    shown.model.set("state", state({ trouble }));
    expect(shown.el.querySelector(".notes[role=alert]")?.textContent).toBe("It broke. Start again.Try again");
    button("Try again")?.click();
    expect(last()).toMatchObject({ kind: "do", what: "start" });
    shown.model.set("state", state());
    expect(shown.el.querySelector(".notes[role=alert]")?.textContent).toBe("");
  });

  it("show the level to eye and ear", () => {
    shown.model.tell({ kind: "level", dbfs: -30 });
    const meter = /** @type {HTMLElement} */ (shown.el.querySelector("[role=meter]"));
    expect(meter.getAttribute("aria-valuetext")).toBe("-30 dB");
    expect(/** @type {HTMLElement} */ (meter.firstElementChild).style.transform).toBe("scaleX(0.50)");
    shown.model.tell({ kind: "level", dbfs: null });
    expect(meter.getAttribute("aria-valuetext")).toBe("silence");
  });

  it("offer the settings of the model and say what is wrong with a value", () => {
    button("Settings")?.click();
    const input = /** @type {HTMLInputElement} */ (shown.el.querySelector(".setting input"));
    input.value = "40";
    input.dispatchEvent(new Event("change"));
    expect(last()).toEqual({ kind: "set", name: "max_turn_silence", value: 40 });
    shown.model.set("state", state({ bad: { max_turn_silence: "40 is too short." } }));
    expect(input.value).toBe("40");
    expect(input.getAttribute("aria-invalid")).toBe("true");
    expect(shown.el.querySelector(".bad")?.textContent).toBe("40 is too short.");
    shown.model.set("state", state({ parameters: { max_turn_silence: 900 }, running: true, phase: "listening" }));
    expect(input.value).toBe("900");
    expect(shown.el.querySelector(".setting .quiet:not(.box *)")?.textContent).toBe("acts at once");
  });

  it("hide the saved copy while they are there", () => {
    const rules = () => [...document.head.querySelectorAll("style")].filter((s) => s.textContent?.includes("ipyscribe-static-1"));
    expect(rules().length).toBe(1);
    shown.end();
    expect(rules().length).toBe(0);
    expect(shown.model.listeners()).toBe(0);
  });
});

describe("values of settings", () => {
  const of = (/** @type {string} */ kind) => ({ ...silence, kind });
  it.each([
    ["integer", "900", 900],
    ["number", "0.4", 0.4],
    ["integer", "soon", "soon"],
    ["flag", "false", false],
    ["list", " a b \n\nc,d", ["a b", "c,d"]],
    ["text", " as it is", " as it is"],
    ["text", "  ", null],
  ])("%s %j is %j", (kind, text, value) => expect(valueOf(of(kind), text)).toEqual(value));

  it("stand in fields as they were typed", () => {
    expect([textOf(undefined), textOf(false), textOf(["a", "b"]), textOf(0)]).toEqual(["", "false", "a\nb", "0"]);
  });
});
