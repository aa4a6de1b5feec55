import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as tour from "../../src/ipyscribe/widgets/tour/tour.js";
import { show } from "./model.js";

/** @type {ReturnType<typeof show>} */
let shown;
const root = () => /** @type {HTMLElement} */ (shown.el.querySelector(".ips-tour"));
const press = (/** @type {string} */ label) =>
  [...shown.el.querySelectorAll("button")].find((button) => button.textContent === label)?.click();

beforeEach(() => {
  shown = show(tour, { steps: ["one", "two", "three"].map((title) => ({ title, text: `about ${title}` })), step: 0, left: false });
});
afterEach(() => shown.end());

describe("the tour", () => {
  it("goes on, back, and ends", () => {
    expect(root().textContent).toContain("Step 1 of 3: one. about one");
    press("Next");
    press("Next");
    expect(root().textContent).toContain("Step 3 of 3: three.");
    press("Back");
    expect(root().textContent).toContain("Step 2 of 3: two.");
    press("Next");
    press("Done");
    expect(root().hidden).toBe(true);
  });

  it("follows the session, and can be left at once", () => {
    shown.model.set("step", 1);
    expect(root().textContent).toContain("Step 2 of 3");
    root().dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
    expect(root().hidden).toBe(true);
    expect(shown.model.get("left")).toBe(true);
  });
});
