import { make, setText } from "./dom.js";
import { kernelBusyNotice } from "./kernel_busy.js";
import { levelMeter } from "./level_meter.js";
import { pageContext } from "./page.js";

/** @typedef {{ label: string, command: string }} Action */
/** @typedef {{ message: string, advice: string, kind?: string, warm?: boolean, action?: Action | null, docs?: string }} Notice */
/** @typedef {{ id?: string, status: string, active: boolean, busy?: boolean, metered: boolean, clock: string, cost: string, notices: Notice[], error: Notice | null }} Strip */

/**
 * What a tool is doing, for how long, at what price and how loud; and what a person should know.
 * `status_strip.py` has the wordings.
 * @param {(command: string) => void} run a button of a notice was pressed
 * @param {AbortSignal} signal
 * @param {{ level?: string, clock?: string, cost?: string }} [labels] for screen readers
 */
export function statusStrip(run, signal, labels = {}) {
  const meter = levelMeter(labels.level ?? "Input level");
  const dot = make("span", { class: "dot" });
  const status = make("span", {});
  const clock = make("span", { role: "group", "aria-label": labels.clock ?? "Time open" });
  const cost = make("span", { role: "group", "aria-label": labels.cost ?? "Cost" });
  const line = make("div", { class: "strip" }, meter.element, make("span", { class: "status", role: "status" }, dot, status), clock, cost);
  const busy = kernelBusyNotice(signal);
  const errors = make("div", { role: "alert" });
  const notices = make("div", { class: "first", role: "status" });
  const others = make("div", {});
  const summary = make("summary", {});
  const more = make("details", { class: "more", hidden: true }, summary, others);

  const draw = (/** @type {Notice} */ { message, advice, warm, action, docs }, /** @type {boolean} */ isError) => {
    const box = make("div", warm || isError ? { class: "warm" } : {}, isError ? make("b", {}, message) : message, advice ? ` ${advice}` : "");
    if (docs) box.append(" ", make("a", { href: docs, target: "_blank", rel: "noopener noreferrer" }, "What this means"));
    if (action) {
      const button = make("button", { type: "button" }, action.label);
      button.addEventListener("click", () => run(action.command), { signal });
      box.append(button);
    }
    return box;
  };
  const fill = (/** @type {HTMLElement} */ list, /** @type {Notice[]} */ wanted, /** @type {boolean} */ isError) => {
    const content = JSON.stringify(wanted);
    if (list.dataset.content === content) return; // drawn again, it would be read aloud again
    list.dataset.content = content;
    list.replaceChildren(...wanted.map((notice) => draw(notice, isError)));
  };

  /** @type {Strip | null} */
  let shown = null;
  const showNow = (/** @type {any} */ now) => {
    if (now.dbfs !== undefined) meter.show(now.dbfs);
    if (now.clock !== undefined) {
      setText(clock, now.clock);
      setText(cost, now.cost);
    }
  };
  // What comes along with the timeline, which is a view of its own.
  pageContext().bus.addEventListener("now", (event) => {
    const now = /** @type {CustomEvent} */ (event).detail;
    if (shown && now.id === shown.id) showNow(now);
  }, { signal });

  return {
    line,
    notices: make("div", { class: "notices" }, busy.element, errors, notices, more),
    /** A button was pressed; the kernel has to acknowledge it. */
    pressed: busy.pressed,
    /** The same strip again keeps the clock and the cost that have come since. @param {Strip} strip */
    show(strip) {
      if (strip === shown) return;
      shown = strip;
      dot.hidden = !strip.active && !strip.busy;
      dot.classList.toggle("busy", strip.busy ?? false);
      meter.element.classList.toggle("off", !strip.metered);
      setText(status, strip.status);
      setText(clock, strip.clock);
      setText(cost, strip.cost);
      fill(errors, strip.error ? [strip.error] : [], true);
      const first = strip.error ? 0 : 1;
      const rest = strip.notices.slice(first);
      fill(notices, strip.notices.slice(0, first), false);
      fill(others, rest, false);
      more.hidden = rest.length === 0;
      setText(summary, rest.length === 1 ? "1 more message" : `${rest.length} more messages`);
    },
    /** A message of the kernel. @param {any} message */
    receive(message) {
      if (message?.kind === "received") busy.received();
      if (message?.kind === "now") showNow(message);
    },
  };
}
