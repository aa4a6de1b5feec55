import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as controls from "../../src/ipyscribe/widgets/transcriber/controls.js";
import { namesOf, textOf, valueOf } from "../../src/ipyscribe/widgets/transcriber/settings.js";
import { show, StillObserver } from "./model.js";

const silence = {
  name: "max_turn_silence", label: "Silence that ends any turn", kind: "integer", unit: "ms", choices: [], names: {},
  expected: "a whole number from 50 to 10000 ms", default: "760", link: "https://example.org/silence", live: true,
};
const captions = { name: "captions", use: "text as early as possible", values: "max_turn_silence=400", source: "a page, 2026-03-23" };
const info = (/** @type {string} */ name, group = "AssemblyAI") => ({
  name, group, label: `${name} · ${group}`, facts: ["Fast", "English", "free"], note: "", free: false, settings: [silence], presets: [captions],
});
const local = info("local-whisper-tiny.en", "This computer");
const strip = (/** @type {object} */ changes = {}) => ({
  status: "ready", active: false, metered: true, clock: "", cost: "free", notices: [], error: null, ...changes,
});
const state = (/** @type {object} */ changes = {}) => ({
  phase: "ready", running: false, source: "sample", keep_alive: false, bad_settings: {}, preset: "", channel: "mix", channels: [],
  strip: strip(), ...changes,
});
const sources = [
  { key: "sample", label: "Sample", problem: "" },
  { key: "microphone", label: "No microphone", problem: "Plug one in." },
];
/** @type {ReturnType<typeof show>} */
let shown;
const button = (/** @type {string} */ name) =>
  [...shown.el.querySelectorAll("button")].find((candidate) => candidate.textContent === name);
const field = (/** @type {string} */ label) =>
  /** @type {HTMLSelectElement} */ (shown.el.querySelector(`[aria-label="${label}"]`));
const last = () => shown.model.sent.at(-1);

beforeEach(() => {
  globalThis.ResizeObserver = StillObserver;
  shown = show(controls, { catalogue: [local, info("u3-rt-pro")], sources, selected: local, state: state(), parameters: {}, hides: "ipyscribe-static-1" });
});
afterEach(() => shown.end());

describe("the controls", () => {
  it("send what is pressed", () => {
    expect(last()).toEqual({ kind: "hello", page: expect.any(String) });
    button("Start")?.click();
    expect(last()).toMatchObject({ kind: "command", command: "start" });
    shown.model.set("state", state({ phase: "listening", running: true }));
    for (const [name, command] of [["Stop", "stop"], ["Pause", "pause"], ["End turn", "force_endpoint"]]) {
      button(name)?.click();
      expect(last()).toMatchObject({ kind: "command", command });
    }
  });

  it("say that the kernel has not received what was pressed, until it has", () => {
    vi.useFakeTimers();
    shown.model.set("state", state({ phase: "listening", running: true }));
    const warnings = () => [...shown.el.querySelectorAll(".warm:not([hidden])")].map((note) => note.textContent).join();
    button("Stop")?.click();
    shown.model.receive({ kind: "received" });
    vi.advanceTimersByTime(60_000);
    expect(warnings()).toBe("");
    button("Stop")?.click();
    vi.advanceTimersByTime(1400);
    expect(warnings()).toBe("");
    vi.advanceTimersByTime(200);
    expect(warnings()).toContain("interrupt the kernel to have it received sooner");
    shown.model.receive({ kind: "now", dbfs: -20 });
    expect(warnings()).not.toBe("");
    shown.model.receive({ kind: "received" });
    expect(warnings()).toBe("");
    vi.useRealTimers();
  });

  it("offer two ways to pause among the settings, and say what each does", () => {
    const [list] = /** @type {NodeListOf<HTMLSelectElement>} */ (shown.el.querySelectorAll(".pause select"));
    expect([...list.options].map((option) => option.textContent?.split(":")[0])).toEqual(["send silence", "send nothing"]);
    const bill = /** @type {HTMLElement} */ (shown.el.querySelector(".pause .quiet"));
    expect([bill.textContent, bill.hidden]).toEqual(["A session is billed while it is paused.", false]);
    shown.model.set("selected", { ...local, free: true });
    expect(bill.hidden).toBe(true);
    expect(list.value).toBe("silence");
    list.value = "keep_alive";
    list.dispatchEvent(new Event("change"));
    expect(last()).toEqual({ kind: "select", keep_alive: true });
    shown.model.set("state", state({ phase: "paused", running: true, keep_alive: true }));
    expect([list.value, list.disabled]).toEqual(["keep_alive", true]);
  });

  it("have the same buttons in every state, so that none jumps", () => {
    const names = () => [...shown.el.querySelectorAll(".act > button")].filter((each) => !(/** @type {HTMLElement} */ (each).hidden)).map((each) => each.textContent);
    expect(names()).toEqual(["Start", "Pause", "End turn", "Settings"]);
    expect([button("Pause")?.disabled, button("End turn")?.disabled]).toEqual([true, true]);
    shown.model.set("state", state({ phase: "listening", running: true, strip: strip({ metered: false }) }));
    expect(names()).toEqual(["Stop", "Pause", "End turn", "Settings"]);
    expect(button("Pause")?.disabled).toBe(false);
    expect(/** @type {HTMLElement} */ (shown.el.querySelector(".meter")).hidden).toBe(false);
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
    expect(last()).toEqual({ kind: "select", model: "u3-rt-pro" });
    list.selectedIndex = list.options.length - 1;
    list.dispatchEvent(new Event("change"));
    const name = /** @type {HTMLInputElement} */ (shown.el.querySelector("input"));
    expect(name.hidden).toBe(false);
    name.value = " universal-9 ";
    name.dispatchEvent(new Event("change"));
    expect(last()).toEqual({ kind: "select", model: "universal-9" });
    shown.model.set("selected", info("universal-9"));
    expect(list.value).toBe("universal-9");
  });

  it("never show a simulated model under AssemblyAI's label", () => {
    const simulated = { ...info("u3-rt-pro"), group: "Simulated", label: "u3-rt-pro · simulated" };
    shown.model.set("selected", simulated);
    shown.model.set("state", state({ running: true }));
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
    expect(last()).toMatchObject({ kind: "command", command: "refresh_microphones" });
    expect(list.value).toBe("sample");
  });

  it("cannot change model and source while a session runs", () => {
    shown.model.set("state", state({ running: true, phase: "listening" }));
    expect(field("Model").disabled && field("Sound from").disabled).toBe(true);
  });

  it("show pause as what it is", () => {
    shown.model.set("state", state({ running: true, phase: "paused", strip: strip({ status: "paused (still billed)" }) }));
    button("Resume")?.click();
    expect(last()).toMatchObject({ kind: "command", command: "resume" });
    expect(shown.el.querySelector(".status")?.textContent).toBe("paused (still billed)");
  });

  it("show an error with the button that helps", () => {
    const error = { message: "It broke.", advice: "Start again.", action: { label: "Try again", command: "start" } };
    shown.model.set("state", state({ strip: strip({ error }) }));
    expect(shown.el.querySelector(".notices [role=alert]")?.textContent).toBe("It broke. Start again.Try again");
    button("Try again")?.click();
    expect(last()).toMatchObject({ kind: "command", command: "start" });
    shown.model.set("state", state());
    expect(shown.el.querySelector(".notices [role=alert]")?.textContent).toBe("");
  });

  it("offer the channels of a source that has two, with a level for each", () => {
    const list = field("Channel");
    const box = /** @type {HTMLElement} */ (list.parentElement);
    expect(box.hidden).toBe(true);
    const channels = [
      { value: "mix", label: "Both channels" },
      { value: "left", label: "Left channel" },
      { value: "right", label: "Right channel" },
    ];
    shown.model.set("state", state({ channels, channel: "right" }));
    expect(box.hidden).toBe(false);
    expect(list.value).toBe("right");
    list.value = "left";
    list.dispatchEvent(new Event("change"));
    expect(last()).toEqual({ kind: "select", channel: "left" });
    shown.model.set("state", state({ channels, channel: "left", running: true, phase: "listening" }));
    expect(list.disabled).toBe(true);
    shown.model.receive({ kind: "channel_levels", dbfs: [-12, null] });
    const meters = [...box.querySelectorAll("[role=meter]")];
    expect(meters.map((meter) => [meter.getAttribute("aria-label"), meter.getAttribute("aria-valuetext")])).toEqual([
      ["Level, Left channel", "-12 dB"],
      ["Level, Right channel", "silence"],
    ]);
    shown.model.receive({ kind: "channel_levels", dbfs: [] });
    expect(box.querySelector("[role=meter]")).toBe(null);
  });

  it("show the level to eye and ear", () => {
    shown.model.receive({ kind: "now", dbfs: -30 });
    const meter = /** @type {HTMLElement} */ (shown.el.querySelector("[role=meter]"));
    expect(meter.getAttribute("aria-valuetext")).toBe("-30 dB");
    expect(/** @type {HTMLElement} */ (meter.firstElementChild).style.transform).toBe("scaleX(0.50)");
    shown.model.receive({ kind: "now", dbfs: null });
    expect(meter.getAttribute("aria-valuetext")).toBe("silence");
  });

  it("offer the settings of the model and say what is wrong with a value", () => {
    button("Settings")?.click();
    const input = /** @type {HTMLInputElement} */ (shown.el.querySelector(".setting input"));
    input.value = "40";
    input.dispatchEvent(new Event("change"));
    expect(last()).toEqual({ kind: "set", name: "max_turn_silence", value: 40 });
    shown.model.set("state", state({ bad_settings: { max_turn_silence: "40 is too short." } }));
    expect(input.value).toBe("40");
    input.value = "50";
    input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
    expect(last()).toEqual({ kind: "set", name: "max_turn_silence", value: 50 });
    input.value = "40";
    expect(input.getAttribute("aria-invalid")).toBe("true");
    expect(shown.el.querySelector(".bad")?.textContent).toBe("40 is too short.");
    expect(input.placeholder).toBe("default 760");
    expect(shown.el.querySelector(".setting a code")?.textContent).toBe("max_turn_silence");
    expect(/** @type {HTMLAnchorElement} */ (shown.el.querySelector(".setting a")).href).toBe("https://example.org/silence");
    shown.model.set("parameters", { max_turn_silence: 900 });
    shown.model.set("state", state({ running: true, phase: "listening" }));
    expect(input.value).toBe("900");
    expect(shown.el.querySelector(".setting .when")?.textContent).toBe("takes effect at once");
  });

  it("offer presets, and show what the chosen one stands for and from where", () => {
    button("Settings")?.click();
    const list = /** @type {HTMLSelectElement} */ (shown.el.querySelector(".preset select"));
    const values = shown.el.querySelector(".preset .quiet");
    expect([...list.options].map((option) => option.textContent)).toEqual(["none", "captions: text as early as possible"]);
    expect(list.value + values?.textContent).toBe("");
    list.value = "captions";
    list.dispatchEvent(new Event("change"));
    expect(last()).toEqual({ kind: "select", preset: "captions" });
    shown.model.set("state", state({ preset: "captions" }));
    expect(values?.textContent).toBe("max_turn_silence=400 (a page, 2026-03-23)");
    shown.model.set("selected", { ...local, presets: [] });
    expect(/** @type {HTMLElement} */ (shown.el.querySelector(".preset")).hidden).toBe(true);
  });

  it("hide the saved copy while they are there", () => {
    const rules = () => [...document.head.querySelectorAll("style")].filter((s) => s.textContent?.includes("ipyscribe-static-1"));
    expect(rules().length).toBe(1);
    shown.end();
    expect(rules().length).toBe(0);
    expect(shown.model.listeners()).toBe(0);
  });
});

describe("two sets of controls in a page", () => {
  it("have labels that point to their own fields", () => {
    const other = show(controls, { catalogue: [local], sources, selected: local, state: state(), parameters: {}, hides: "ipyscribe-static-2" });
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(2);
    other.end();
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

  it("have the names of languages beside their codes", () => {
    const codes = { ...of("list"), names: { en: "English", yue: "Cantonese" } };
    expect([namesOf(codes, ["yue", "en", "x"]), namesOf(codes, undefined)]).toEqual(["Cantonese, English, x", ""]);
  });

  it("stand in fields as they were typed", () => {
    expect([textOf(undefined), textOf(false), textOf(["a", "b"]), textOf(0)]).toEqual(["", "false", "a\nb", "0"]);
  });
});
