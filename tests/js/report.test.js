import { afterEach, describe, expect, it, vi } from "vitest";
import * as report from "../../src/ipyscribe/widgets/report/report_view.js";
import { browserName, levelOf } from "../../src/ipyscribe/widgets/report/report_view.js";
import { show } from "./model.js";

const FINDINGS = [
  { topic: "Python", status: "fine", text: "3.11", advice: "" },
  { topic: "key", status: "fix", text: "<b>none</b>", advice: "Run: ipyscribe login" },
];
const STATE = { findings: FINDINGS, text: "fine Python", running: true, has_recording: false, hides: "" };
/** @type {ReturnType<typeof show>} */
let shown;

afterEach(() => {
  shown?.end();
});

describe("the names of browsers", () => {
  it.each([
    ["Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", "Firefox 153"],
    ["Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36", "Chromium 149"],
    ["Mozilla/5.0 AppleWebKit/537.36 Chrome/149.0.0.0 Safari/537.36 Edg/149.0.0.0", "Edge 149"],
    ["Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15", "Safari 26"],
    ["something", ""],
  ])("%s", (agent, name) => expect(browserName(agent)).toBe(name));
});

describe("the level", () => {
  it("is that of a full-scale square wave at 0, and finite for silence", () => {
    expect(levelOf(new Float32Array([1, -1, 1]))).toBe(0);
    expect(levelOf(new Float32Array([0.1, -0.1]))).toBeCloseTo(-20);
    expect(levelOf(new Float32Array(8))).toBe(-200);
  });
});

describe("the report", () => {
  it("shows a line for each finding as text", () => {
    shown = show(report, { ...STATE });
    const rows = [...shown.el.querySelectorAll("tr")];
    expect(rows.map((row) => row.dataset.status)).toEqual(["fine", "fix"]);
    expect(rows[1].textContent).toContain("<b>none</b>");
    expect(rows[1].querySelector(".advice")?.textContent).toBe("Run: ipyscribe login");
    expect(shown.el.querySelector("[role=status]")?.textContent).toBe("Checking…");
  });

  it("says what its page is once the kernel has answered", async () => {
    shown = show(report, { ...STATE });
    expect(shown.model.sent).toEqual([{ kind: "hello" }]);
    shown.model.receive({ kind: "hello" });
    await vi.waitFor(() => expect(shown.model.sent).toHaveLength(2));
    const { kind, facts } = shown.model.sent[1];
    expect(kind).toBe("page");
    expect(facts).toMatchObject({ media: false, allowed: true });
    expect(facts.roundtrip_ms).toBeGreaterThanOrEqual(0);
  });

  it("says what came of a microphone that is refused", async () => {
    const getUserMedia = vi.fn(() => Promise.reject(new DOMException("no", "NotAllowedError")));
    vi.stubGlobal("navigator", { ...navigator, userAgent: "", mediaDevices: { getUserMedia } });
    shown = show(report, { ...STATE });
    /** @type {HTMLButtonElement} */ (shown.el.querySelector("button")).click();
    await vi.waitFor(() => expect(shown.model.sent.at(-1)).toMatchObject({ kind: "recorded", level: -200 }));
    expect(shown.model.sent.at(-1).problem).toContain("NotAllowedError");
  });
});
