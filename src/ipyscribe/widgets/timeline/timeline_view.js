import { clockText } from "../../export/clock_text.js";
import { make, setText } from "../shared/dom.js";
import { heard } from "../shared/late_module.js";
import { liveLanes } from "./live_lanes.js";
import { keyCommand, scrubber } from "./scrubber.js";
import { pageContext } from "../shared/page.js";
import { soundPlayer } from "../shared/sound_player.js";
import { followTheme } from "../shared/theme.js";
import { turnTip } from "./turn_tip.js";
import { waveform } from "./waveform.js";

/** @typedef {[start: number, end: number, left: number, right: number]} Axis ms on the audio clock at two shares of the width */
/** @typedef {{ audio_ms: number, duration_ms: number, past: boolean, paused: boolean, able: boolean, mark: string }} Position */

const SETTLE_MS = 150;
const PADDING_PX = 24;

/**
 * The handle that is dragged along the picture: what comes after it is veiled while an earlier moment is shown.
 * @param {(message: Record<string, unknown>) => void} send
 * @param {(part: Record<string, unknown>) => void} playSound
 * @param {(ms: number | null) => void} pointed where the keyboard has brought the handle; null for nowhere
 * @param {AbortSignal} signal
 */
function timelineHandle(send, playSound, pointed, signal) {
  const label = make("span", { class: "label" });
  const knob = make("div", { class: "knob", tabIndex: 0, role: "slider", "aria-label": "Moment on the timeline", "aria-valuemin": 0 }, label);
  const veil = make("div", { class: "veil", hidden: true });
  const rail = make("div", { class: "rail" }, veil, knob); // as wide as the track, so a percent of it is a percent of that
  const track = make("div", { class: "track", hidden: true }, rail);
  const scrub = scrubber(send, signal, () => show());
  /** @type {Axis | null} */
  let axis = null;
  /** @type {number | null} */
  let now = null; // where the picture, which is always a little late, has its line
  /** @type {Position | null} */
  let position = null;
  let dragging = false;
  let keyed = false;
  let atMs = 0;
  let told = { ms: NaN, text: "" };

  const show = () => {
    track.hidden = !axis || !position?.able;
    if (!axis || !position) return;
    const [start, end, left, right] = axis;
    const live = now !== null && !position.paused && !dragging;
    track.style.insetInlineStart = `${100 * left}%`;
    track.style.inlineSize = `${100 * (right - left)}%`;
    const share = ((live ? Number(now) : atMs) - start) / (end - start);
    const shown = Math.min(Math.max(share, 0), 1);
    rail.style.transform = `translateX(${(100 * shown).toFixed(2)}%)`;
    knob.classList.toggle("late", share > 0.85);
    knob.classList.toggle("past", position.past || dragging);
    knob.classList.toggle("live", live);
    veil.hidden = !position.paused && !dragging;
    setText(label, clockText(atMs, true));
    knob.setAttribute("aria-busy", String(scrub.busy()));
    knob.setAttribute("aria-valuenow", String(Math.round(atMs)));
    knob.setAttribute("aria-valuemax", String(Math.round(Math.max(position.duration_ms, atMs))));
    const moment = position.past ? `as it stood at ${clockText(atMs, true)}` : `the newest, ${clockText(atMs, true)}`;
    knob.setAttribute("aria-valuetext", told.ms === atMs && told.text ? `${moment}: ${told.text}` : moment);
  };
  const point = () => pointed(keyed && !dragging && position ? atMs : null);
  const timeAt = (/** @type {MouseEvent} */ event) => {
    if (!axis) return 0;
    const box = track.getBoundingClientRect();
    const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
    return axis[0] + share * (axis[1] - axis[0]);
  };
  const drag = (/** @type {MouseEvent} */ event) => {
    // The axis goes on after the sound where finals came late; there is nothing to look back at.
    const last = Math.max(position?.duration_ms ?? 0, now ?? 0);
    atMs = last > 0 ? Math.min(timeAt(event), last) : timeAt(event);
    scrub.seek({ audio_ms: atMs });
    show();
  };
  const on = (/** @type {string} */ name, /** @type {(event: any) => void} */ act) => track.addEventListener(name, act, { signal });
  on("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault(); // no text is selected on the way, and the focus goes where the keys help
    track.setPointerCapture?.(event.pointerId);
    knob.focus({ preventScroll: true });
    dragging = true;
    keyed = false;
    point();
    drag(event);
  });
  on("pointermove", (event) => dragging && drag(event));
  for (const name of ["pointerup", "pointercancel"]) {
    on(name, () => {
      dragging = false;
      show();
    });
  }
  on("dblclick", (event) => playSound({ near_ms: timeAt(event) }));
  on("focusout", () => {
    keyed = false;
    point();
  });
  on("keydown", (event) => {
    keyed = true;
    point();
    if (event.key === "Enter") playSound({ near_ms: atMs });
    const command = event.key === "Enter" ? null : keyCommand(event);
    if (event.key !== "Enter" && !command) return;
    event.preventDefault();
    event.stopPropagation();
    if (command) scrub.step(command);
  });

  return {
    track,
    /** A new picture. @param {Axis} newAxis @param {number | null} newNow */
    setAxis(newAxis, newNow) {
      axis = newAxis;
      now = newNow;
      if (now !== null && position && !position.past && !dragging && !scrub.busy()) atMs = now;
      show();
      if (keyed) point();
    },
    /** @param {Position} newPosition */
    setPosition(newPosition) {
      if (!scrub.accepts(newPosition.mark)) return;
      position = newPosition;
      if (!dragging && !scrub.busy()) atMs = newPosition.audio_ms;
      show();
      if (keyed) point();
    },
    /** What is there in words. @param {number} ms @param {string} text */
    tell(ms, text) {
      told = { ms, text };
      show();
    },
    canBeDragged: () => !track.hidden,
    isDragged: () => dragging,
    isKeyed: () => keyed,
    point,
  };
}

const shareOf = (/** @type {Axis} */ [start, end, left, right], /** @type {number} */ ms) =>
  left + Math.min(Math.max((ms - start) / (end - start), 0), 1) * (right - left);

/** @type {import("@anywidget/types").Render<Record<string, never>>} */
function render({ model, el, signal }) {
  const picture = make("img", { alt: "", hidden: true, draggable: false });
  const waves = waveform();
  const live = make("div", { class: "live", role: "img", hidden: true });
  const lanes = liveLanes(live);
  const range = make("button", { type: "button", class: "range", "aria-pressed": "false", hidden: true }, "Whole session");
  const send = (/** @type {Record<string, unknown>} */ message) => model.send(message);
  const sound = soundPlayer(send, signal);
  const tip = turnTip(send, (ms, text) => handle.tell(ms, text));
  /** @type {Axis | null} */
  let axis = null;
  const handle = timelineHandle(send, sound.play, (ms) => (ms === null || !axis ? tip.leave() : tip.point(ms, shareOf(axis, ms), false)), signal);
  const stage = make("div", { class: "stage" }, picture, waves.element, live, handle.track, tip.element);
  const root = make("div", { class: "ips ips-timeline" }, stage, sound.element, range);
  el.replaceChildren(root);

  let everything = false;
  let url = "";
  let width = 0;
  const currentWidth = () => Math.max(0, root.clientWidth - PADDING_PX);
  const hello = () => {
    if (signal.aborted) return;
    width = currentWidth();
    if (width === 0) return; // not laid out yet, or hidden: the observer calls again
    send({ kind: "hello", theme: root.dataset.theme ?? "light", width, ratio: globalThis.devicePixelRatio ?? 1, everything, page: pageContext().id });
  };
  /** @type {number | null} */
  let pointerX = null;
  const tellPointed = () => {
    if (!axis || pointerX === null || handle.isDragged()) return tip.leave();
    const box = stage.getBoundingClientRect();
    const [start, end, left, right] = axis;
    const share = (pointerX - box.left) / box.width;
    if (share < left || share > right) return tip.leave();
    tip.point(start + ((share - left) / (right - left)) * (end - start), share, handle.canBeDragged());
  };
  const showPicture = (/** @type {any} */ message, /** @type {DataView[]} */ buffers) => {
    const newUrl = URL.createObjectURL(new Blob([/** @type {BlobPart} */ (/** @type {unknown} */ (buffers[0]))], { type: "image/png" }));
    picture.src = newUrl;
    picture.alt = message.alt;
    picture.hidden = false;
    live.hidden = true;
    root.classList.add("drawn");
    if (url) URL.revokeObjectURL(url);
    url = newUrl;
    showRange(message.windowed);
    waves.show(buffers[1], message.axis);
    axis = message.axis;
    handle.setAxis(message.axis, message.now ?? null);
  };
  const showRange = (/** @type {boolean} */ windowed) => {
    range.hidden = !windowed && !everything;
    setText(range, everything ? "Newest part" : "Whole session");
  };
  const showLive = (/** @type {any} */ message) => {
    if (message.strip) pageContext().bus.dispatchEvent(new CustomEvent("now", { detail: message.strip }));
    const newAxis = lanes.show(message);
    if (!newAxis) return;
    axis = newAxis;
    if (message.alt) live.setAttribute("aria-label", message.alt);
    if (live.hidden) {
      live.hidden = false;
      root.classList.add("drawn");
      picture.hidden = true;
      waves.element.hidden = true;
      showRange(true);
    }
    handle.setAxis(axis, message.now);
    if (pointerX !== null && !handle.isKeyed()) tellPointed(); // another turn has come there
  };
  const receive = (/** @type {any} */ message, /** @type {DataView[]} */ buffers) => {
    if (message?.kind === "live") showLive(message);
    else if (message?.kind === "picture") showPicture(message, buffers);
    else if (message?.kind === "position") handle.setPosition(message);
    else if (message?.kind === "turns_at") tip.receive(message);
    else sound.receive(message, buffers);
  };
  stage.addEventListener(
    "pointermove",
    (event) => {
      pointerX = event.pointerType === "touch" ? null : event.clientX;
      tellPointed();
    },
    { signal },
  );
  stage.addEventListener(
    "pointerleave",
    () => {
      pointerX = null;
      handle.point();
    },
    { signal },
  );

  range.addEventListener(
    "click",
    () => {
      everything = !everything;
      range.setAttribute("aria-pressed", String(everything));
      hello();
    },
    { signal },
  );
  let timer = 0;
  const observer = new ResizeObserver(() => {
    if (Math.abs(currentWidth() - width) < 2) return;
    clearTimeout(timer);
    timer = window.setTimeout(hello, width === 0 ? 0 : SETTLE_MS);
  });
  observer.observe(root);
  model.on("msg:custom", receive);
  signal.addEventListener("abort", () => {
    observer.disconnect();
    clearTimeout(timer);
    model.off("msg:custom", receive);
    if (url) URL.revokeObjectURL(url);
    try {
      send({ kind: "bye", page: pageContext().id });
    } catch {
      // The widget is closed.
    }
  });
  followTheme(root, signal, hello);
}

export default { render: heard(render) };
