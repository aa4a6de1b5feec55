import { clockText } from "../../export/clock_text.js";
import { make, setText } from "./dom.js";
import { pageContext } from "./page.js";

/** Where a word of a turn is spoken, and its place in the turn's text, in characters.
 * @typedef {[startMs: number, endMs: number, order: number, from: number, to: number]} SpokenWord */
/** @typedef {{ request: string, start: number, end: number, more: boolean, problem?: string, words?: SpokenWord[] }} Answer */
/** A part of the recording as a WAV file of the page.
 * @typedef {{ url: string, start: number, end: number, more: boolean, words: SpokenWord[] }} Clip */

const PREFETCH_S = 8;
const POSITION_EVERY_MS = 100;
const LATE_SOUND_MS = 2000;

/**
 * Plays recorded sound that the kernel sends in clips, one at a time in a whole page.
 * @param {(message: Record<string, unknown>) => void} send
 * @param {AbortSignal} signal
 * @param {{ changed?: () => void, position?: (ms: number) => void, ended?: () => void }} [listeners] called when it
 *   begins or stops, with the audio clock while it plays, and when it has come to its end
 */
export function soundPlayer(send, signal, listeners = {}) {
  const audio = make("audio", { preload: "auto" });
  const status = make("span", { class: "quiet" });
  const stopButton = make("button", { type: "button" }, "Stop the sound");
  const problem = make("span", { class: "problem", role: "alert" });
  const element = make("span", { class: "ips-sound", hidden: true }, audio, status, stopButton, problem);
  const { bus } = pageContext();
  const ident = Symbol("sound");

  let request = "";
  let continuous = false;
  let rate = 1;
  let positionTimer = 0;
  let lateTimer = 0;
  /** @type {Clip | null} */
  let current = null;
  /** @type {Clip | null} */
  let next = null;
  let requested = false;
  /** @type {SpokenWord | null} */
  let spoken = null;

  const playing = () => request !== "";
  const show = (/** @type {string} */ text, /** @type {string} */ error = "") => {
    setText(status, text);
    setText(problem, error);
    stopButton.hidden = !playing() || continuous;
    element.hidden = text === "" && error === "" && stopButton.hidden;
  };
  const release = (/** @type {Clip | null} */ clip) => clip && URL.revokeObjectURL(clip.url);
  const stop = (/** @type {string} */ error = "") => {
    const wasPlaying = playing();
    clearInterval(positionTimer);
    clearTimeout(lateTimer);
    request = "";
    requested = false;
    if (wasPlaying) audio.pause();
    audio.removeAttribute("src");
    release(current);
    release(next);
    current = next = null;
    show("", error);
    if (wasPlaying) tellSpoken(null);
    if (wasPlaying) listeners.changed?.();
  };
  /** Notify the transcript of the same box of the word that is being played. @param {SpokenWord | null} word */
  const tellSpoken = (word) => {
    if (word === spoken) return;
    spoken = word;
    bus.dispatchEvent(new CustomEvent("spoken", { detail: { box: element.closest(".ipyscribe"), word } }));
  };
  const ask = (/** @type {Record<string, unknown>} */ part) => {
    requested = true;
    send({ kind: "play_audio", ...part, request });
  };
  const reportPosition = () => {
    if (!current) return;
    const ms = current.start + audio.currentTime * 1000;
    tellSpoken(current.words.findLast(([start]) => start <= ms) ?? null);
    listeners.position?.(ms);
    if (current.more && !next && !requested && audio.duration - audio.currentTime < PREFETCH_S) ask({ from_ms: current.end });
  };
  const begin = (/** @type {Clip} */ clip) => {
    release(current);
    current = clip;
    next = null;
    audio.src = clip.url;
    audio.playbackRate = rate;
    show(continuous ? "" : `${clockText(clip.start)} to ${clockText(clip.end)}`);
    clearInterval(positionTimer);
    positionTimer = window.setInterval(reportPosition, POSITION_EVERY_MS);
    Promise.resolve(audio.play()).catch((error) => {
      if (error?.name !== "AbortError") stop("The browser did not play it; press once more."); // autoplay policies may want another click
    });
  };

  audio.addEventListener(
    "ended",
    () => {
      if (current?.more && next) begin(next);
      else if (current?.more && requested) return; // the next clip is late, and plays as soon as it arrives
      else {
        stop();
        listeners.ended?.();
      }
    },
    { signal },
  );
  stopButton.addEventListener("click", () => stop(), { signal });
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
     * Ask the kernel for a part of the recording and play it.
     * @param {Record<string, unknown>} part `{ order, at }`, `{ order }`, `{ near_ms }` or `{ from_ms }`, as in sound_requests.py
     */
    play(part) {
      stop();
      bus.dispatchEvent(new CustomEvent("sound", { detail: ident }));
      request = `${performance.now()}-${Math.random()}`; // every view gets the answer, and only one may play it
      continuous = "from_ms" in part;
      lateTimer = window.setTimeout(() => show("The kernel is busy; the sound plays when it is free."), LATE_SOUND_MS);
      ask(part);
      show("");
      listeners.changed?.();
    },
    /**
     * A message of the kernel.
     * @param {any} message
     * @param {DataView[]} buffers
     */
    receive(message, buffers) {
      if (message?.kind !== "audio" || !request || message.request !== request) return;
      clearTimeout(lateTimer);
      requested = false;
      /** @type {Answer} */
      const { start, end, more, problem: error, words = [] } = message;
      if (!buffers[0]) {
        if (!current) stop(error ?? "");
        else if (audio.ended) {
          stop();
          listeners.ended?.();
        } else current.more = false;
        return;
      }
      const content = /** @type {BlobPart} */ (/** @type {unknown} */ (buffers[0]));
      const clip = { url: URL.createObjectURL(new Blob([content], { type: "audio/wav" })), start, end, more: continuous && more, words };
      if (current && !audio.ended) next = clip;
      else begin(clip);
    },
  };
}
