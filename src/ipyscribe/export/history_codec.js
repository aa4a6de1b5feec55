/** @typedef {{ at: number, text: string, finalChars: number }} Version the text of a turn from `at` on, and how many of its characters were final */
/** @typedef {{ start: number, end: number, final: number | null, settled: number | null, text: string, versions: Version[],
 *   words: { at: number, length: number, start: number, end: number }[] }} Turn */
/** @typedef {{ text: string, finalChars: number, state: "open" | "provisional" | "settled" }} Look */

/**
 * A turn of the page's data, with its versions restored.
 * @param {any[]} packed
 * @param {string} text the final text of the turn
 * @returns {Turn}
 */
export function unpack([start, end, final, settled, changes, words], text) {
  /** @type {Version[]} */
  const versions = [];
  let at = 0;
  let current = "";
  for (const [later, kept, added, finalChars] of changes) {
    at += later;
    current = current.slice(0, kept) + added;
    versions.push({ at, text: current, finalChars });
  }
  return {
    start,
    end,
    final,
    settled,
    text,
    versions,
    words: words.map((/** @type {number[]} */ [position, length, since, lasts]) => ({
      at: position,
      length,
      start: start + since,
      end: start + since + lasts,
    })),
  };
}

/**
 * How a turn looked at `ms`; null before its first words came.
 * @param {Turn} turn
 * @param {number} ms on the audio clock
 * @returns {Look | null}
 */
export function lookAt(turn, ms) {
  let index = turn.versions.length - 1;
  while (index >= 0 && turn.versions[index].at > ms) index -= 1;
  if (index < 0) return null;
  const { text, finalChars } = turn.versions[index];
  if (turn.final === null || ms < turn.final) return { text, finalChars, state: "open" };
  return { text, finalChars: text.length, state: turn.settled !== null && turn.settled <= ms ? "settled" : "provisional" };
}

/**
 * The times at which something changed, in ascending order.
 * @param {Turn[]} turns
 */
export function changeTimes(turns) {
  const times = new Set(turns.flatMap((turn) => [...turn.versions.map((version) => version.at), ...(turn.final === null ? [] : [turn.final])]));
  return [...times].sort((a, b) => a - b);
}

/**
 * Where `query` occurs in `text`, whatever the case, as [start, end] pairs.
 * @param {string} text
 * @param {string} query
 * @returns {[number, number][]}
 */
export function matches(text, query) {
  if (query === "") return [];
  const fold = (/** @type {string} */ s) => (s.toLowerCase().length === s.length ? s.toLowerCase() : s);
  const [haystack, needle] = [fold(text), fold(query)];
  /** @type {[number, number][]} */
  const spans = [];
  for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, at + needle.length)) spans.push([at, at + needle.length]);
  return spans;
}
