import { describe, expect, it } from "vitest";
import { pageContext } from "../../src/ipyscribe/widgets/shared/page.js";
import { statusStrip } from "../../src/ipyscribe/widgets/shared/status_strip.js";

const notice = (/** @type {string} */ message) => ({ message, advice: "" });
const state = (/** @type {any} */ changes) => ({ status: "listening", active: true, metered: true, clock: "", cost: "", notices: [], error: null, ...changes });

describe("the status strip", () => {
  const shown = () => {
    const strip = statusStrip(() => {}, new AbortController().signal);
    const visible = () =>
      [...strip.notices.children].filter((part) => !(/** @type {HTMLElement} */ (part).hidden) && part.tagName !== "DETAILS").map((part) => part.textContent).filter(Boolean);
    const folded = () => {
      const more = /** @type {HTMLElement} */ (strip.notices.querySelector(".more"));
      return more.hidden ? "" : more.textContent;
    };
    return { strip, visible, folded };
  };

  it("shows one message at a time and folds the others away", () => {
    const { strip, visible, folded } = shown();
    strip.show(state({ notices: [notice("first"), notice("second"), notice("third")] }));
    expect(visible()).toEqual(["first"]);
    expect(folded()).toBe("2 more messagessecondthird");
    strip.show(state({ notices: [notice("first")], error: notice("It broke.") }));
    expect(visible()).toEqual(["It broke."]);
    expect(folded()).toBe("1 more messagefirst");
    strip.show(state({}));
    expect(visible()).toEqual([]);
    expect(folded()).toBe("");
  });

  it("leads from an error to the page that explains it, where there is one", () => {
    const { strip } = shown();
    const link = () => strip.notices.querySelector("a");
    strip.show(state({ error: { ...notice("It broke."), docs: "https://example.org/codes" } }));
    expect(link()?.getAttribute("href")).toBe("https://example.org/codes");
    expect(link()?.textContent).toBe("What this means");
    strip.show(state({ error: { ...notice("It broke again."), docs: "" } }));
    expect(link()).toBe(null);
  });

  it("keeps the clock that came after the state", () => {
    const { strip } = shown();
    const first = state({ clock: "0:01", cost: "free" });
    strip.show(first);
    strip.receive({ kind: "now", clock: "0:02", cost: "$0.0001" });
    strip.show(first);
    expect(strip.line.textContent).toBe("listening0:02$0.0001");
    strip.show(state({ status: "ended", clock: "0:03", cost: "$0.0002" }));
    expect(strip.line.textContent).toBe("ended0:03$0.0002");
  });

  it("takes what comes along with the timeline, if it is its own", () => {
    const { strip } = shown();
    strip.show(state({ id: "one", clock: "0:01" }));
    for (const [id, clock] of [["one", "0:02"], ["another", "0:09"]])
      pageContext().bus.dispatchEvent(new CustomEvent("now", { detail: { id, clock, cost: "free" } }));
    expect(strip.line.textContent).toContain("0:02");
  });

  it("gives a sign of life while there is nothing to see", () => {
    const { strip } = shown();
    const dot = /** @type {HTMLElement} */ (strip.line.querySelector(".dot"));
    strip.show(state({ active: false, busy: true }));
    expect([dot.hidden, dot.classList.contains("busy")]).toEqual([false, true]);
    strip.show(state({ active: false }));
    expect(dot.hidden).toBe(true);
  });
});
