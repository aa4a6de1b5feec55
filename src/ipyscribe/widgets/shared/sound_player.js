import { clockText } from "../../export/clock_text.js";
import { make, say } from "./dom.js";
import { thisPage } from "./page.js";

/** @typedef {{ ask: string, start: number, end: number, more: boolean, problem?: string }} Heard */
/** @typedef {{ address: string, start: number, end: number, more: boolean }} Stretch */

const SOON_S = 8;
const PLACE_EVERY_MS = 100;
const LATE_SOUND_MS = 2000;

/**
 * Plays stretches of recorded sound that the kernel sends, one at a time in a whole page.
 * @param {(message: Record<string, unknown>) => void} send
 * @param {AbortSignal} signal
 * @param {{ changed?: () => void, at?: (ms: number) => void, ended?: () => void }} [hear] what is told of it: that it
 *   begins or stops, where it is, on the audio clock, and that it has come to its end
 */
export function soundPlayer(send, signal, hear = {}) {
  const audio = make("audio", { preload: "auto" });
  const told = make("span", { class: "quiet" });
  const stopper = make("button", { type: "button" }, "Stop the sound");
  const problem = make("span", { class: "problem", role: "alert" });
  const element = make("span", { class: "ips-sound", hidden: true }, audio, told, stopper, problem);
  const { bus } = thisPage();
  const ident = Symbol("sound");

  let ask = "";
  let follows = false;
  let rate = 1;
  let timer = 0;
  let late = 0;
  /** @type {Stretch | null} */
  let now = null;
  /** @type {Stretch | null} */
  let next = null;
  let wanting = false;

  const playing = () => ask !== "";
  const show = (/** @type {string} */ text, /** @type {string} */ wrong = "") => {
    say(told, text);
    say(problem, wrong);
    stopper.hidden = !playing() || follows;
    element.hidden = text === "" && wrong === "" && stopper.hidden;
  };
  const drop = (/** @type {Stretch | null} */ stretch) => stretch && URL.revokeObjectURL(stretch.address);
  const stop = (/** @type {string} */ wrong = "") => {
    const was = playing();
    clearInterval(timer);
    clearTimeout(late);
    ask = "";
    wanting = false;
    if (was) audio.pause();
    audio.removeAttribute("src");
    drop(now);
    drop(next);
    now = next = null;
    show("", wrong);
    if (was) hear.changed?.();
  };
  const request = (/** @type {Record<string, unknown>} */ what) => {
    wanting = true;
    send({ kind: "listen", ...what, ask });
  };
  const look = () => {
    if (!now) return;
    hear.at?.(now.start + audio.currentTime * 1000);
    if (now.more && !next && !wanting && audio.duration - audio.currentTime < SOON_S) request({ from: now.end });
  };
  const begin = (/** @type {Stretch} */ stretch) => {
    drop(now);
    now = stretch;
    next = null;
    audio.src = stretch.address;
    audio.playbackRate = rate;
    show(follows ? "" : `${clockText(stretch.start)} to ${clockText(stretch.end)}`);
    clearInterval(timer);
    timer = window.setInterval(look, PLACE_EVERY_MS);
    Promise.resolve(audio.play()).catch((error) => {
      if (error?.name !== "AbortError") stop("The browser did not play it; press once more."); // it may want a click of its own
    });
  };

  audio.addEventListener(
    "ended",
    () => {
      if (now?.more && next) begin(next);
      else if (now?.more && wanting) return; // it comes late, and plays as soon as it is here
      else {
        stop();
        hear.ended?.();
      }
    },
    { signal },
  );
  stopper.addEventListener("click", () => stop(), { signal });
  bus.addEventListener("sound", (event) => /** @type {CustomEvent} */ (event).detail !== ident && playing() && stop(), { signal });
  signal.addEventListener("abort", () => stop());

  return {
    element,
    playing,
    stop: () => stop(),
    /** @param {number} speed */
    setRate(speed) {
      rate = speed;
      audio.playbackRate = speed;
    },
    /**
     * Ask for a stretch and play it.
     * @param {Record<string, unknown>} what `{ order, at }`, `{ order }`, `{ near }` or `{ from }`, as in sounds.py
     */
    play(what) {
      stop();
      bus.dispatchEvent(new CustomEvent("sound", { detail: ident }));
      ask = `${performance.now()}-${Math.random()}`; // every view hears the answer, and only one may play it
      follows = "from" in what;
      late = window.setTimeout(() => show("The kernel is busy; the sound comes when it is free."), LATE_SOUND_MS);
      request(what);
      show("");
      hear.changed?.();
    },
    /**
     * Something that the kernel said.
     * @param {any} message
     * @param {DataView[]} buffers
     */
    take(message, buffers) {
      if (message?.kind !== "sound" || !ask || message.ask !== ask) return;
      clearTimeout(late);
      wanting = false;
      /** @type {Heard} */
      const { start, end, more, problem: wrong } = message;
      if (!buffers[0]) {
        if (!now) stop(wrong ?? "");
        else if (audio.ended) {
          stop();
          hear.ended?.();
        } else now.more = false;
        return;
      }
      const content = /** @type {BlobPart} */ (/** @type {unknown} */ (buffers[0]));
      const stretch = { address: URL.createObjectURL(new Blob([content], { type: "audio/wav" })), start, end, more: follows && more };
      if (now && !audio.ended) next = stretch;
      else begin(stretch);
    },
  };
}
