import { clockText } from "./clock_text.js";
import { changeTimes, lookAt, matches, unpack } from "./history_codec.js";
import { drawDetail, drawOverview } from "./page_timeline.js";
import { COLOURS, speakerColourNumber } from "./model_colour.js";
import { columnHeads, highlight, intoView, make, rangeIn, pageSound } from "./page_parts.js";

const STEP_MS = 1000;
const PAGE_STEP_MS = 10_000;
const ANNOUNCE_AFTER_MS = 400;
const DRAG_PX = 4;
const MAX_MATCHES = 5000;

/** @param {any} data */
export function start(data) {
  const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#turns li:not(.none)")]);
  const words = rows.map((row) => /** @type {HTMLElement} */ (row.querySelector(".words")));
  const lates = rows.map((row) => /** @type {HTMLElement} */ (row.querySelector(".late")));
  const delays = lates.map((late) => late.textContent ?? "");
  const labels = [...document.querySelectorAll("#turns h2")].map((heading) => heading.textContent ?? "");
  const packed = data.lanes.flatMap((/** @type {any} */ lane) => lane.turns);
  const several = data.lanes.length > 1;
  const laneOf = data.lanes.flatMap((/** @type {any} */ lane, /** @type {number} */ number) => lane.turns.map(() => number));
  const colourOf = (/** @type {number} */ i) => {
    const speaker = rows[i].querySelector("b");
    const number = speakerColourNumber(speaker?.textContent || "A");
    if (speaker) speaker.style.color = `var(--model-${number})`;
    return several ? laneOf[i] % COLOURS : number;
  };
  const turns = packed.map((/** @type {any[]} */ one, /** @type {number} */ i) => ({ ...unpack(one, words[i].textContent ?? ""), colour: colourOf(i) }));
  const lanes = data.lanes.map((/** @type {any} */ lane, /** @type {number} */ number) => ({
    label: labels[number] ?? "",
    turns: turns.filter((/** @type {any} */ _, /** @type {number} */ i) => laneOf[i] === number),
    marks: lane.marks,
  }));
  const session = { end: Math.max(data.end, 1), lanes };
  const total = clockText(session.end, true);
  const changes = changeTimes(turns);
  const canTravel = turns.some((/** @type {import("./history_codec.js").Turn} */ turn) => turn.versions.length > 0);
  const sound = pageSound();

  const [idle, busy] = sound ? ["Play", "Pause"] : ["Replay", "Pause"];
  const play = make("button", { type: "button", class: "play" }, idle);
  const speed = make("select", { "aria-label": "Speed" });
  for (const times of [0.5, 1, 2, 4]) speed.append(make("option", { value: times, selected: times === 1 }, `${times}×`));
  const back = make("button", { type: "button", "aria-label": "Earlier change", title: "Earlier change" }, "◂");
  const on = make("button", { type: "button", "aria-label": "Later change", title: "Later change" }, "▸");
  const slider = make("input", { type: "range", min: 0, max: session.end, step: 1, value: session.end, "aria-label": "Moment" });
  const time = make("span", { class: "quiet" });
  const search = make("input", { type: "search", placeholder: "Search", "aria-label": "Search the transcript" });
  const up = make("button", { type: "button", "aria-label": "Earlier match", title: "Earlier match" }, "↑");
  const down = make("button", { type: "button", "aria-label": "Later match", title: "Later match" }, "↓");
  const count = make("span", { class: "quiet", role: "status" });
  const then = make("span", { class: "then" });
  const now = make("button", { type: "button" }, "Final text");
  const liveRegion = make("span", { class: "unseen", role: "status" });
  const overview = make("canvas", { "aria-hidden": "true" });
  const detail = make("canvas", { role: "img", "aria-label": document.querySelector("header .description")?.textContent ?? "Timeline" });
  const panel = /** @type {HTMLElement} */ (document.getElementById("panel"));
  panel.setAttribute("role", "region");
  panel.setAttribute("aria-label", "Timeline and search");
  panel.append(
    make("div", { class: "bar" }, play, speed, back, on, slider, time),
    overview,
    detail,
    make("div", { class: "bar" }, search, up, down, count, then, now, liveRegion),
  );
  if (lanes.length > 1) panel.append(columnHeads());
  play.hidden = speed.hidden = !sound && !canTravel;
  back.hidden = on.hidden = !canTravel;
  document.body.classList.toggle("has-sound", sound !== null);

  const position = { at: session.end, travelling: false };
  let view = { from: 0, span: session.end };
  let playing = false;
  let frozen = false;
  let last = 0;
  const current = lanes.map(() => -1);
  let timer = 0;
  let drawing = 0;
  /** @type {Range[]} */
  let matchRanges = [];
  let chosen = -1;
  /** @type {(string | null)[]} */
  const shown = rows.map(() => null);

  const lookOf = (/** @type {number} */ i) =>
    lookAt(turns[i], position.travelling ? position.at : Infinity) ??
    (position.travelling ? null : { text: turns[i].text, finalChars: turns[i].text.length, state: turns[i].settled !== null ? "settled" : "open" });

  const showRow = (/** @type {number} */ i) => {
    const look = lookOf(i);
    const key = JSON.stringify(look);
    if (shown[i] === key) return false;
    shown[i] = key;
    rows[i].hidden = look === null;
    if (look === null) return true;
    const pending = look.text.slice(look.finalChars).trimStart();
    words[i].replaceChildren(look.text.slice(0, look.text.length - pending.length), ...(pending ? [make("span", { class: "pending" }, pending)] : []));
    rows[i].classList.toggle("open", look.state !== "settled");
    lates[i].textContent = look.state === "open" ? "…" : delays[i];
    return true;
  };

  const draw = () => {
    cancelAnimationFrame(drawing);
    drawing = requestAnimationFrame(() => {
      if (!frozen) {
        const span = Math.min(Math.max(overview.clientWidth * 34, 8000), 45_000, session.end);
        view = { from: Math.min(Math.max(position.at - 0.7 * span, 0), session.end - span), span };
      }
      drawOverview(overview, session, position, view);
      drawDetail(detail, session, position, view);
    });
  };

  const wordAt = (/** @type {number} */ i) =>
    turns[i]?.words.findLast((/** @type {any} */ word) => word.start <= position.at && position.at < word.end + 200);

  const highlightSpoken = () => {
    const reading = !position.travelling && position.at < session.end;
    const spokenWords = current.map((/** @type {number} */ before, /** @type {number} */ lane) => {
      const next = reading ? turns.findLastIndex((/** @type {any} */ turn, /** @type {number} */ i) => laneOf[i] === lane && turn.start <= position.at) : -1;
      if (next !== before) {
        rows[before]?.classList.remove("now");
        rows[next]?.classList.add("now");
        current[lane] = next;
        if (playing) intoView(rows[next]);
      }
      const word = reading ? wordAt(next) : undefined;
      return word ? [rangeIn(words[next], word.at, word.at + word.length)] : [];
    });
    highlight("word", spokenWords.flat());
  };

  /** The newest row of those that are shown: columns are read at the same height. */
  const newest = () => {
    let newestIndex = -1;
    rows.forEach((row, i) => {
      if (!row.hidden && (newestIndex < 0 || turns[i].start > turns[newestIndex].start)) newestIndex = i;
    });
    return rows[newestIndex];
  };

  const announce = () => {
    const shownCount = rows.filter((row) => !row.hidden).length;
    const announcement = position.travelling ? `As it stood at ${clockText(position.at, true)}: ${shownCount} of ${rows.length} turns` : "Final text";
    if (liveRegion.textContent !== announcement) liveRegion.textContent = announcement;
  };

  const show = () => {
    let changed = false;
    for (let i = 0; i < rows.length; i += 1) changed = showRow(i) || changed;
    slider.value = String(Math.round(position.at));
    slider.setAttribute("aria-valuetext", `${clockText(position.at, true)} of ${total}`);
    time.textContent = `${clockText(position.at, true)} / ${total}`;
    then.textContent = position.travelling ? `As it stood at ${clockText(position.at, true)}` : "";
    now.hidden = !position.travelling;
    document.getElementById("turns")?.classList.toggle("past", position.travelling);
    highlightSpoken();
    if (changed && search.value) findMatches(false);
    if (changed && position.travelling) intoView(newest());
    clearTimeout(timer);
    timer = window.setTimeout(announce, ANNOUNCE_AFTER_MS);
    draw();
  };

  const seek = (/** @type {number} */ ms, /** @type {boolean} */ travel) => {
    position.at = Math.min(Math.max(ms, 0), session.end);
    position.travelling = travel && canTravel && position.at < session.end;
    if (sound) sound.currentTime = Math.max(position.at - data.sound, 0) / 1000;
    show();
  };

  const stop = () => {
    playing = false;
    sound?.pause();
    play.textContent = idle;
  };

  const tick = (/** @type {number} */ frame) => {
    if (!playing) return;
    position.at = sound ? sound.currentTime * 1000 + data.sound : position.at + (frame - last) * Number(speed.value);
    last = frame;
    if (position.at >= session.end || sound?.ended) {
      position.at = session.end;
      position.travelling = false;
      stop();
    }
    show();
    requestAnimationFrame(tick);
  };

  const begin = async () => {
    if (position.at >= session.end) seek(0, true);
    if (!sound) position.travelling = canTravel;
    playing = true;
    play.textContent = busy;
    last = performance.now();
    if (sound) {
      sound.playbackRate = Number(speed.value);
      await sound.play();
    }
    requestAnimationFrame(tick);
  };

  const playFrom = (/** @type {number} */ ms) => {
    seek(ms, false);
    if (sound && !playing) begin();
  };

  const findMatches = (/** @type {boolean} */ move) => {
    const query = search.value.trim();
    matchRanges = [];
    rows.forEach((row, i) => {
      if (row.hidden || matchRanges.length > MAX_MATCHES) return;
      for (const [from, to] of matches(words[i].textContent ?? "", query)) matchRanges.push(rangeIn(words[i], from, to));
    });
    chosen = move ? 0 : Math.min(Math.max(chosen, 0), matchRanges.length - 1);
    highlight("match", matchRanges);
    stepMatch(0, move);
  };

  const stepMatch = (/** @type {number} */ by, /** @type {boolean} */ scroll) => {
    if (matchRanges.length > 0) chosen = (chosen + by + matchRanges.length) % matchRanges.length;
    const range = matchRanges[chosen];
    highlight("chosen", range ? [range] : []);
    up.disabled = down.disabled = matchRanges.length === 0;
    count.textContent = search.value.trim() === "" ? "" : range ? `${chosen + 1} of ${matchRanges.length}` : "nothing found";
    if (range && scroll) range.startContainer.parentElement?.closest("li")?.scrollIntoView({ block: "nearest" });
  };

  play.addEventListener("click", () => (playing ? stop() : begin()));
  speed.addEventListener("change", () => sound && (sound.playbackRate = Number(speed.value)));
  back.addEventListener("click", () => seek(changes.findLast((ms) => ms < position.at) ?? 0, true));
  on.addEventListener("click", () => seek(changes.find((ms) => ms > position.at) ?? session.end, true));
  now.addEventListener("click", () => {
    if (!sound || !playing) {
      stop();
      position.at = session.end;
    }
    position.travelling = false; // while sound plays, the final text is read along
    show();
    slider.focus();
  });
  slider.addEventListener("input", () => seek(Number(slider.value), true));
  slider.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -STEP_MS, ArrowDown: -STEP_MS, ArrowRight: STEP_MS, ArrowUp: STEP_MS, PageDown: -PAGE_STEP_MS, PageUp: PAGE_STEP_MS }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    seek(position.at + by, true);
  });
  search.addEventListener("input", () => findMatches(true));
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") stepMatch(event.shiftKey ? -1 : 1, true);
  });
  up.addEventListener("click", () => stepMatch(-1, true));
  down.addEventListener("click", () => stepMatch(1, true));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    search.focus();
  });

  const timeUnder = (/** @type {PointerEvent} */ event, /** @type {HTMLCanvasElement} */ canvas) => {
    const share = (event.clientX - canvas.getBoundingClientRect().left) / canvas.clientWidth;
    return canvas === overview ? share * session.end : view.from + share * view.span;
  };
  for (const canvas of [overview, detail]) {
    let from = NaN;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      from = event.clientX;
      frozen = canvas === detail;
      if (canvas === overview) seek(timeUnder(event, canvas), true);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (Number.isNaN(from) || (canvas === detail && Math.abs(event.clientX - from) < DRAG_PX && !position.travelling)) return;
      seek(timeUnder(event, canvas), true);
    });
    canvas.addEventListener("pointerup", (event) => {
      const ms = timeUnder(event, canvas);
      const moved = Math.abs(event.clientX - from) >= DRAG_PX;
      from = NaN;
      frozen = false;
      const turn = turns.find((/** @type {any} */ one) => one.start <= ms && ms <= one.end);
      if (canvas === detail && !moved) sound && turn ? playFrom(ms) : seek(ms, true);
      else draw();
    });
  }

  rows.forEach((row, i) => {
    const label = `${sound ? "Play from" : "Show in the timeline:"} ${clockText(turns[i].start)}`;
    const button = make("button", { type: "button", class: "at", "aria-label": label, title: label }, clockText(turns[i].start));
    button.addEventListener("click", () => playFrom(turns[i].start));
    row.querySelector(".at")?.replaceWith(button);
    if (!sound) return;
    words[i].addEventListener("click", (event) => {
      if (position.travelling || !getSelection()?.isCollapsed) return;
      const caret = document.caretPositionFromPoint?.(event.clientX, event.clientY);
      const word = caret && turns[i].words.find((/** @type {any} */ one) => caret.offset <= one.at + one.length);
      if (word) playFrom(word.start);
    });
  });

  const resize = () => {
    const covered = getComputedStyle(panel).position === "sticky" ? panel.offsetHeight + 8 : 0;
    document.documentElement.style.scrollPaddingBlockStart = `${covered}px`;
    draw();
  };
  new ResizeObserver(resize).observe(panel);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  stepMatch(0, false);
  show();
}

const dataText = document.getElementById("data")?.textContent;
const data = dataText ? JSON.parse(dataText) : null;
if (data?.lanes.some((/** @type {any} */ lane) => lane.turns.length > 0)) start(data);
