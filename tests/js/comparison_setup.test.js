import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as setup from "../../src/ipyscribe/widgets/comparison/setup_view.js";
import { show } from "./model.js";

/** @type {ReturnType<typeof show>} */
let shown;
const $ = (/** @type {string} */ selector) => /** @type {any} */ (shown.el.querySelector(selector));
const catalogue = [
  { name: "u3-rt-pro", label: "u3-rt-pro", group: "AssemblyAI", price: "$0.45 an hour" },
  { name: "whisper-rt", label: "whisper-rt", group: "AssemblyAI", price: "$0.30 an hour" },
  { name: "local-pocketsphinx", label: "local-pocketsphinx", group: "This computer", price: "free" },
];
const sources = [
  { key: "sample", label: "the sample", problem: "" },
  { key: "microphone", label: "Microphone", problem: "PortAudio is missing" },
];
const state = { chosen: ["u3-rt-pro"], source: "sample", running: false, ready: false, earlier: [], shown: -1, error: null };
const change = (/** @type {HTMLElement} */ element) => element.dispatchEvent(new Event("change", { bubbles: true }));

beforeEach(() => {
  shown = show(setup, { catalogue, sources, state: { ...state }, hides: "copy-1" });
});
afterEach(() => shown.end());

describe("models to compare", () => {
  it("lists them in groups, and says how many to tick", () => {
    expect([...shown.el.querySelectorAll("legend")].map((each) => each.textContent)).toEqual(["AssemblyAI", "This computer"]);
    const boxes = [...shown.el.querySelectorAll("input")];
    expect(boxes.map((box) => box.checked)).toEqual([true, false, false]);
    expect($(".go").disabled).toBe(true);
    expect($(".hint").textContent).toBe("Tick 2 to 6 models.");
    expect([...shown.el.querySelectorAll(".price")].map((each) => each.textContent)).toEqual(["$0.45 an hour", "$0.30 an hour", "free"]);
    boxes[2].checked = true;
    change(boxes[2]);
    expect(shown.model.sent.at(-1)).toEqual({ kind: "choose", model: "local-pocketsphinx", chosen: true });
  });

  it("starts, and lets nothing be changed meanwhile", () => {
    shown.model.set("state", { ...state, chosen: ["u3-rt-pro", "whisper-rt"], ready: true });
    $(".go").click();
    expect(shown.model.sent.at(-1)).toMatchObject({ kind: "start", page: expect.any(String) });
    shown.model.set("state", { ...state, ready: true, running: true });
    expect([...shown.el.querySelectorAll("input, button, select")].every((/** @type {any} */ each) => each.disabled)).toBe(true);
  });

  it("offers the sources that can be used, and to look again", () => {
    const list = $("select");
    expect([...list.options].map((/** @type {any} */ each) => each.disabled)).toEqual([false, true, false]);
    list.value = list.options[2].value;
    change(list);
    expect(shown.model.sent.at(-1)).toEqual({ kind: "refresh_microphones" });
    expect(list.value).toBe("sample");
  });

  it("goes back to an earlier one, and shows what is wrong", () => {
    const error = { message: "Something is wrong.", advice: "Mend it." };
    shown.model.set("state", { ...state, earlier: ["Comparison 1: a, b", "Comparison 2: a, c"], shown: 1, error });
    const list = $('select[aria-label="Comparison shown"]');
    expect([list.hidden, list.value]).toEqual([false, "1"]);
    list.value = "0";
    change(list);
    expect(shown.model.sent.at(-1)).toEqual({ kind: "earlier", number: 0 });
    expect($("[role=alert]").textContent).toBe("Something is wrong. Mend it.");
    shown.end();
    expect(shown.model.listeners()).toBe(0);
  });
});
