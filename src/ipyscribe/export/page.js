import { clockText } from "./clock_text.js";
import { lookAt, moments, places, unpack } from "./history_codec.js";
import { drawDetail, drawOverview } from "./page_timeline.js";
import { highlight, make, rangeIn, soundOf } from "./page_parts.js";

const STEP_MS = 1000;
const LEAP_MS = 10_000;
const SAY_AFTER_MS = 400;
const DRAG_PX = 4;
const MOST_FOUND = 5000;

/** @param {any} data */
export function start(data) {
  const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#turns li:not(.none)")]);
  const words = rows.map((row) => /** @type {HTMLElement} */ (row.querySelector(".words")));
  const lates = rows.map((row) => /** @type {HTMLElement} */ (row.querySelector(".late")));
  const delays = lates.map((late) => late.textContent ?? "");
  const labels = [...document.querySelectorAll("#turns h2")].map((heading) => heading.textContent ?? "");
  const packed = data.lanes.flatMap((/** @type {any} */ lane) => lane.turns);
  const turns = packed.map((/** @type {any[]} */ one, /** @type {number} */ i) => unpack(one, words[i].textContent ?? ""));
  const laneOf = data.lanes.flatMap((/** @type {any} */ lane, /** @type {number} */ number) => lane.turns.map(() => number));
  const lanes = data.lanes.map((/** @type {any} */ lane, /** @type {number} */ number) => ({
    label: labels[number] ?? "",
    turns: turns.filter((/** @type {any} */ _, /** @type {number} */ i) => laneOf[i] === number),
    marks: lane.marks,
  }));
  const session = { end: Math.max(data.end, 1), lanes };
  const changes = moments(turns);
  const canTravel = turns.some((/** @type {import("./history_codec.js").Turn} */ turn) => turn.pasts.length > 0);
  const sound = soundOf();

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
  const spoken = make("span", { class: "unseen", role: "status" });
  const overview = make("canvas", { "aria-hidden": "true" });
  const detail = make("canvas", { role: "img", "aria-label": document.querySelector("header p:last-of-type")?.textContent ?? "Timeline" });
  const panel = /** @type {HTMLElement} */ (document.getElementById("panel"));
  panel.setAttribute("role", "region");
  panel.setAttribute("aria-label", "Timeline and search");
  panel.append(
    make("div", { class: "bar" }, play, speed, back, on, slider, time),
    overview,
    detail,
    make("div", { class: "bar" }, search, up, down, count, then, now, spoken),
  );
  play.hidden = speed.hidden = !sound && !canTravel;
  back.hidden = on.hidden = !canTravel;
  document.body.classList.toggle("heard", sound !== null);

  const moment = { at: session.end, travelling: false };
  let view = { from: 0, span: session.end };
  let playing = false;
  let frozen = false;
  let last = 0;
  const current = lanes.map(() => -1);
  let timer = 0;
  let drawing = 0;
  /** @type {Range[]} */
  let found = [];
  let chosen = -1;
  /** @type {(string | null)[]} */
  const shown = rows.map(() => null);

  const lookOf = (/** @type {number} */ i) =>
    lookAt(turns[i], moment.travelling ? moment.at : Infinity) ??
    (moment.travelling ? null : { text: turns[i].text, firm: turns[i].text.length, state: turns[i].settled !== null ? "settled" : "open" });

  const showRow = (/** @type {number} */ i) => {
    const look = lookOf(i);
    const key = JSON.stringify(look);
    if (shown[i] === key) return false;
    shown[i] = key;
    rows[i].hidden = look === null;
    if (look === null) return true;
    const pending = look.text.slice(look.firm).trimStart();
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
        view = { from: Math.min(Math.max(moment.at - 0.7 * span, 0), session.end - span), span };
      }
      drawOverview(overview, session, moment, view);
      drawDetail(detail, session, moment, view);
    });
  };

  const wordAt = (/** @type {number} */ i) =>
    turns[i]?.words.findLast((/** @type {any} */ word) => word.start <= moment.at && moment.at < word.end + 200);

  const follow = () => {
    const reading = !moment.travelling && moment.at < session.end;
    const heard = current.map((/** @type {number} */ before, /** @type {number} */ lane) => {
      const next = reading ? turns.findLastIndex((/** @type {any} */ turn, /** @type {number} */ i) => laneOf[i] === lane && turn.start <= moment.at) : -1;
      if (next !== before) {
        rows[before]?.classList.remove("now");
        rows[next]?.classList.add("now");
        current[lane] = next;
        if (playing) rows[next]?.scrollIntoView({ block: "nearest" });
      }
      const word = reading ? wordAt(next) : undefined;
      return word ? [rangeIn(words[next], word.at, word.at + word.length)] : [];
    });
    highlight("word", heard.flat());
  };

  /** The newest row of those that are shown: columns are read at the same height. */
  const newest = () => {
    let found = -1;
    rows.forEach((row, i) => {
      if (!row.hidden && (found < 0 || turns[i].start > turns[found].start)) found = i;
    });
    return rows[found];
  };

  const say = () => {
    const seen = rows.filter((row) => !row.hidden).length;
    const said = moment.travelling ? `As it stood at ${clockText(moment.at, true)}: ${seen} of ${rows.length} turns` : "Final text";
    if (spoken.textContent !== said) spoken.textContent = said;
  };

  const show = () => {
    let changed = false;
    for (let i = 0; i < rows.length; i += 1) changed = showRow(i) || changed;
    slider.value = String(Math.round(moment.at));
    slider.setAttribute("aria-valuetext", `${clockText(moment.at, true)} of ${clockText(session.end)}`);
    time.textContent = `${clockText(moment.at, true)} / ${clockText(session.end)}`;
    then.textContent = moment.travelling ? `As it stood at ${clockText(moment.at, true)}` : "";
    now.hidden = !moment.travelling;
    follow();
    if (changed && search.value) find(false);
    if (changed && moment.travelling) newest()?.scrollIntoView({ block: "nearest" });
    clearTimeout(timer);
    timer = window.setTimeout(say, SAY_AFTER_MS);
    draw();
  };

  const go = (/** @type {number} */ ms, /** @type {boolean} */ travel) => {
    moment.at = Math.min(Math.max(ms, 0), session.end);
    moment.travelling = travel && canTravel && moment.at < session.end;
    if (sound) sound.currentTime = Math.max(moment.at - data.sound, 0) / 1000;
    show();
  };

  const stop = () => {
    playing = false;
    sound?.pause();
    play.textContent = idle;
  };

  const tick = (/** @type {number} */ frame) => {
    if (!playing) return;
    moment.at = sound ? sound.currentTime * 1000 + data.sound : moment.at + (frame - last) * Number(speed.value);
    last = frame;
    if (moment.at >= session.end || sound?.ended) {
      moment.at = session.end;
      moment.travelling = false;
      stop();
    }
    show();
    requestAnimationFrame(tick);
  };

  const begin = async () => {
    if (moment.at >= session.end) go(0, !sound);
    if (!sound) moment.travelling = canTravel;
    playing = true;
    play.textContent = busy;
    last = performance.now();
    if (sound) {
      sound.playbackRate = Number(speed.value);
      await sound.play();
    }
    requestAnimationFrame(tick);
  };

  const hear = (/** @type {number} */ ms) => {
    go(ms, false);
    if (sound && !playing) begin();
  };

  const find = (/** @type {boolean} */ move) => {
    const wanted = search.value.trim();
    found = [];
    rows.forEach((row, i) => {
      if (row.hidden || found.length > MOST_FOUND) return;
      for (const [from, to] of places(words[i].textContent ?? "", wanted)) found.push(rangeIn(words[i], from, to));
    });
    chosen = move ? 0 : Math.min(Math.max(chosen, 0), found.length - 1);
    highlight("found", found);
    choose(0, move);
  };

  const choose = (/** @type {number} */ by, /** @type {boolean} */ scroll) => {
    if (found.length > 0) chosen = (chosen + by + found.length) % found.length;
    const range = found[chosen];
    highlight("here", range ? [range] : []);
    up.disabled = down.disabled = found.length === 0;
    count.textContent = search.value.trim() === "" ? "" : range ? `${chosen + 1} of ${found.length}` : "nothing found";
    if (range && scroll) range.startContainer.parentElement?.closest("li")?.scrollIntoView({ block: "nearest" });
  };

  play.addEventListener("click", () => (playing ? stop() : begin()));
  speed.addEventListener("change", () => sound && (sound.playbackRate = Number(speed.value)));
  back.addEventListener("click", () => go(changes.findLast((ms) => ms < moment.at) ?? 0, true));
  on.addEventListener("click", () => go(changes.find((ms) => ms > moment.at) ?? session.end, true));
  now.addEventListener("click", () => {
    stop();
    go(session.end, false);
    slider.focus();
  });
  slider.addEventListener("input", () => go(Number(slider.value), true));
  slider.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -STEP_MS, ArrowDown: -STEP_MS, ArrowRight: STEP_MS, ArrowUp: STEP_MS, PageDown: -LEAP_MS, PageUp: LEAP_MS }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    go(moment.at + by, true);
  });
  search.addEventListener("input", () => find(true));
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") choose(event.shiftKey ? -1 : 1, true);
  });
  up.addEventListener("click", () => choose(-1, true));
  down.addEventListener("click", () => choose(1, true));
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
      if (canvas === overview) go(timeUnder(event, canvas), true);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (Number.isNaN(from) || (canvas === detail && Math.abs(event.clientX - from) < DRAG_PX && !moment.travelling)) return;
      go(timeUnder(event, canvas), true);
    });
    canvas.addEventListener("pointerup", (event) => {
      const ms = timeUnder(event, canvas);
      const moved = Math.abs(event.clientX - from) >= DRAG_PX;
      from = NaN;
      frozen = false;
      const turn = turns.find((/** @type {any} */ one) => one.start <= ms && ms <= one.end);
      if (canvas === detail && !moved) sound && turn ? hear(ms) : go(ms, true);
      else draw();
    });
  }

  rows.forEach((row, i) => {
    const label = `${sound ? "Play from" : "Show in the timeline:"} ${clockText(turns[i].start)}`;
    const button = make("button", { type: "button", class: "at", "aria-label": label, title: label }, clockText(turns[i].start));
    button.addEventListener("click", () => hear(turns[i].start));
    row.querySelector(".at")?.replaceWith(button);
    if (!sound) return;
    words[i].addEventListener("click", (event) => {
      if (moment.travelling || !getSelection()?.isCollapsed) return;
      const place = document.caretPositionFromPoint?.(event.clientX, event.clientY);
      const word = place && turns[i].words.find((/** @type {any} */ one) => place.offset <= one.at + one.length);
      if (word) hear(word.start);
    });
  });

  const room = () => {
    const covered = getComputedStyle(panel).position === "sticky" ? panel.offsetHeight + 8 : 0;
    document.documentElement.style.scrollPaddingBlockStart = `${covered}px`;
    draw();
  };
  new ResizeObserver(room).observe(panel);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  choose(0, false);
  show();
}

const held = document.getElementById("data")?.textContent;
const data = held ? JSON.parse(held) : null;
if (data?.lanes.some((/** @type {any} */ lane) => lane.turns.length > 0)) start(data);
