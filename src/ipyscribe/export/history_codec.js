/** @typedef {{ at: number, text: string, firm: number }} Past what a turn read from `at` on, and how much of it was firm */
/** @typedef {{ start: number, end: number, final: number | null, settled: number | null, text: string, pasts: Past[],
 *   words: { at: number, length: number, start: number, end: number }[] }} Turn */
/** @typedef {{ text: string, firm: number, state: "open" | "provisional" | "settled" }} Look */

/**
 * A turn of the page's data, its texts put together again.
 * @param {any[]} packed
 * @param {string} text what the turn reads in the end
 * @returns {Turn}
 */
export function unpack([start, end, final, settled, changes, words], text) {
  /** @type {Past[]} */
  const pasts = [];
  let at = 0;
  let read = "";
  for (const [later, kept, added, firm] of changes) {
    at += later;
    read = read.slice(0, kept) + added;
    pasts.push({ at, text: read, firm });
  }
  return {
    start,
    end,
    final,
    settled,
    text,
    pasts,
    words: words.map((/** @type {number[]} */ [position, length, since, lasts]) => ({
      at: position,
      length,
      start: start + since,
      end: start + since + lasts,
    })),
  };
}

/**
 * How a turn looked at a moment; null before its first words came.
 * @param {Turn} turn
 * @param {number} ms on the audio clock
 * @returns {Look | null}
 */
export function lookAt(turn, ms) {
  let index = turn.pasts.length - 1;
  while (index >= 0 && turn.pasts[index].at > ms) index -= 1;
  if (index < 0) return null;
  const { text, firm } = turn.pasts[index];
  if (turn.final === null || ms < turn.final) return { text, firm, state: "open" };
  return { text, firm: text.length, state: turn.settled !== null && turn.settled <= ms ? "settled" : "provisional" };
}

/**
 * The moments at which something changed, in order.
 * @param {Turn[]} turns
 */
export function moments(turns) {
  const found = new Set(turns.flatMap((turn) => [...turn.pasts.map((past) => past.at), ...(turn.final === null ? [] : [turn.final])]));
  return [...found].sort((a, b) => a - b);
}

/**
 * Where `wanted` stands in `text`, whatever the case, as [start, end] pairs.
 * @param {string} text
 * @param {string} wanted
 * @returns {[number, number][]}
 */
export function places(text, wanted) {
  if (wanted === "") return [];
  const fold = (/** @type {string} */ s) => (s.toLowerCase().length === s.length ? s.toLowerCase() : s);
  const [inside, part] = [fold(text), fold(wanted)];
  /** @type {[number, number][]} */
  const found = [];
  for (let at = inside.indexOf(part); at >= 0; at = inside.indexOf(part, at + part.length)) found.push([at, at + part.length]);
  return found;
}
