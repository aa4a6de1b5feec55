import { make, setText } from "../shared/dom.js";
import { heard } from "../shared/late_module.js";
import { followTheme } from "../shared/theme.js";

/** @typedef {{ steps: { title: string, text: string }[], step: number, left: boolean }} Model */

/** @type {import("@anywidget/types").Render<Model>} */
function render({ model, el, signal }) {
  const count = make("span", { class: "quiet" });
  const title = make("b", {});
  const text = make("span", {});
  const backButton = make("button", { type: "button" }, "Back");
  const nextButton = make("button", { type: "button" }, "Next");
  const leaveButton = make("button", { type: "button" }, "Leave the tour");
  const root = make(
    "div",
    { class: "ips ips-tour", role: "group", "aria-label": "Tour" },
    make("div", { class: "step", "aria-live": "polite" }, count, " ", title, " ", text),
    make("div", { class: "buttons" }, backButton, nextButton, leaveButton),
  );
  el.replaceChildren(root);
  followTheme(root, signal);

  const show = () => {
    const steps = model.get("steps");
    const step = Math.min(Math.max(0, model.get("step")), steps.length - 1);
    root.hidden = model.get("left");
    setText(count, `Step ${step + 1} of ${steps.length}:`);
    setText(title, `${steps[step].title}.`);
    setText(text, steps[step].text);
    backButton.disabled = step === 0;
    nextButton.hidden = step === steps.length - 1;
    setText(leaveButton, step === steps.length - 1 ? "Done" : "Leave the tour");
  };
  const go = (/** @type {number} */ by) => {
    model.set("step", model.get("step") + by);
    model.save_changes();
    show();
  };
  const leave = () => {
    model.set("left", true);
    model.save_changes();
    show();
  };

  backButton.addEventListener("click", () => go(-1), { signal });
  nextButton.addEventListener("click", () => go(1), { signal });
  leaveButton.addEventListener("click", leave, { signal });
  root.addEventListener("keydown", (event) => event.key === "Escape" && leave(), { signal });
  const traits = ["steps", "step", "left"];
  for (const trait of traits) model.on(`change:${trait}`, show);
  signal.addEventListener("abort", () => {
    for (const trait of traits) model.off(`change:${trait}`, show);
  });
  show();
}

export default { render: heard(render) };
