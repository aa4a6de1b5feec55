import { clockText } from "../../export/clock_text.js";
import { make, say } from "../shared/dom.js";
import { handOf, keyStep } from "./scrubber.js";
import { soundPlayer } from "../shared/sound_player.js";
import { followTheme } from "../shared/theme.js";

/** @typedef {[start: number, end: number, left: number, right: number]} Axis ms on the audio clock at two shares of the width */
/** @typedef {{ audio: number, past: boolean, held: boolean, able: boolean, mark: string }} Place */

const SETTLE_MS = 150;
const PADDING_PX = 24;

/**
 * The line that a hand draws along the picture: what comes after it is veiled while an earlier moment is looked at.
 * @param {(message: Record<string, unknown>) => void} send
 * @param {(what: Record<string, unknown>) => void} hear
 * @param {AbortSignal} signal
 */
function handle(send, hear, signal) {
  const label = make("span", { class: "label" });
  const knob = make("div", { class: "knob", tabIndex: 0, role: "slider", "aria-label": "Moment on the timeline", "aria-valuemin": 0 }, label);
  const veil = make("div", { class: "veil", hidden: true });
  const track = make("div", { class: "track", hidden: true, title: "Draw it along to look back; a double click plays a turn" }, veil, knob);
  const hand = handOf(send, signal, () => show());
  /** @type {Axis | null} */
  let axis = null;
  /** @type {number | null} */
  let now = null; // where the picture, which is always a little late, has its line
  /** @type {Place | null} */
  let place = null;
  let dragging = false;
  let at = 0;

  const show = () => {
    track.hidden = !axis || !place?.able;
    if (!axis || !place) return;
    const [start, end, left, right] = axis;
    const live = now !== null && !place.held && !dragging;
    track.style.insetInlineStart = `${100 * left}%`;
    track.style.inlineSize = `${100 * (right - left)}%`;
    const share = ((live ? Number(now) : at) - start) / (end - start);
    const shown = Math.min(Math.max(share, 0), 1);
    knob.style.insetInlineStart = veil.style.insetInlineStart = `${100 * shown}%`;
    knob.classList.toggle("away", share < 0 || share > 1);
    knob.classList.toggle("late", share > 0.85);
    knob.classList.toggle("past", place.past || dragging);
    knob.classList.toggle("live", live);
    veil.hidden = !place.held && !dragging;
    say(label, clockText(at, true));
    knob.setAttribute("aria-busy", String(hand.busy()));
    knob.setAttribute("aria-valuenow", String(Math.round(at)));
    knob.setAttribute("aria-valuemax", String(Math.round(Math.max(end, at))));
    knob.setAttribute("aria-valuetext", place.past ? `as it stood at ${clockText(at, true)}` : `the newest, ${clockText(at, true)}`);
  };
  const under = (/** @type {MouseEvent} */ event) => {
    if (!axis) return 0;
    const box = track.getBoundingClientRect();
    const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
    return axis[0] + share * (axis[1] - axis[0]);
  };
  const go = (/** @type {MouseEvent} */ event) => {
    at = under(event);
    hand.go({ ms: at });
    show();
  };
  const on = (/** @type {string} */ name, /** @type {(event: any) => void} */ act) => track.addEventListener(name, act, { signal });
  on("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault(); // no text is selected on the way, and the focus goes where the keys help
    track.setPointerCapture?.(event.pointerId);
    knob.focus({ preventScroll: true });
    dragging = true;
    go(event);
  });
  on("pointermove", (event) => dragging && go(event));
  for (const name of ["pointerup", "pointercancel"]) {
    on(name, () => {
      dragging = false;
      show();
    });
  }
  on("dblclick", (event) => hear({ near: under(event) }));
  on("keydown", (event) => {
    if (event.key === "Enter") hear({ near: at });
    const message = event.key === "Enter" ? null : keyStep(event);
    if (event.key !== "Enter" && !message) return;
    event.preventDefault();
    event.stopPropagation();
    if (message) hand.step(message);
  });

  return {
    track,
    /** @param {Axis} newest @param {number | null} newestNow */
    place(newest, newestNow) {
      axis = newest;
      now = newestNow;
      if (now !== null && place && !place.past && !dragging && !hand.busy()) at = now;
      show();
    },
    /** @param {Place} told */
    take(told) {
      if (!hand.takes(told.mark)) return;
      place = told;
      if (!dragging && !hand.busy()) at = told.audio;
      show();
    },
  };
}

/** @type {import("@anywidget/types").Render<Record<string, never>>} */
function render({ model, el, signal }) {
  const picture = make("img", { alt: "", hidden: true, draggable: false });
  const range = make("button", { type: "button", class: "range", "aria-pressed": "false", hidden: true }, "Whole session");
  const send = (/** @type {Record<string, unknown>} */ message) => model.send(message);
  const sound = soundPlayer(send, signal);
  const moment = handle(send, sound.play, signal);
  const stage = make("div", { class: "stage" }, picture, moment.track);
  const root = make("div", { class: "ips ips-timeline" }, stage, sound.element, range);
  el.replaceChildren(root);

  let whole = false;
  let address = "";
  let width = 0;
  const widthNow = () => Math.max(0, root.clientWidth - PADDING_PX);
  const hello = () => {
    if (signal.aborted) return;
    width = widthNow();
    if (width === 0) return; // not laid out yet, or hidden: the observer calls again
    send({ kind: "hello", theme: root.dataset.theme ?? "light", width, ratio: globalThis.devicePixelRatio ?? 1, whole });
  };
  const show = (/** @type {any} */ message, /** @type {DataView[]} */ buffers) => {
    const made = URL.createObjectURL(new Blob([/** @type {BlobPart} */ (/** @type {unknown} */ (buffers[0]))], { type: "image/png" }));
    picture.src = made;
    picture.alt = message.alt;
    picture.hidden = false;
    if (address) URL.revokeObjectURL(address);
    address = made;
    range.hidden = !message.windowed && !whole;
    say(range, whole ? "Newest part" : "Whole session");
    if (message.axis) moment.place(message.axis, message.now ?? null);
  };
  const take = (/** @type {any} */ message, /** @type {DataView[]} */ buffers) => {
    if (message?.kind === "picture") show(message, buffers);
    else if (message?.kind === "place") moment.take(message);
    else sound.take(message, buffers);
  };

  range.addEventListener(
    "click",
    () => {
      whole = !whole;
      range.setAttribute("aria-pressed", String(whole));
      hello();
    },
    { signal },
  );
  let timer = 0;
  const observer = new ResizeObserver(() => {
    if (Math.abs(widthNow() - width) < 2) return;
    clearTimeout(timer);
    timer = window.setTimeout(hello, width === 0 ? 0 : SETTLE_MS);
  });
  observer.observe(root);
  model.on("msg:custom", take);
  signal.addEventListener("abort", () => {
    observer.disconnect();
    clearTimeout(timer);
    model.off("msg:custom", take);
    if (address) URL.revokeObjectURL(address);
  });
  followTheme(root, signal, hello);
}

export default { render };
