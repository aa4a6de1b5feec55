import { make } from "../shared/dom.js";

/**
 * Where the word lies that holds position `at` of `text`: a run of characters without a space.
 * @param {string} text
 * @param {number} at
 * @returns {[number, number] | null} its first position and the one after its last
 */
export function runAt(text, at) {
  for (const found of text.matchAll(/\S+/g)) {
    if (found.index + found[0].length >= at) return found.index <= at ? [found.index, found.index + found[0].length] : null;
  }
  return null;
}

/**
 * Where each word lies.
 * @param {string} text
 * @returns {[number, number][]}
 */
export function runs(text) {
  return [...text.matchAll(/\S+/g)].map((found) => [found.index, found.index + found[0].length]);
}

/**
 * The text nodes of a turn's words, without its speaker and language.
 * @param {Element} words
 */
function textsOf(words) {
  const walk = document.createTreeWalker(words, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement?.closest("bdi") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  /** @type {Text[]} */
  const found = [];
  for (let node = walk.nextNode(); node; node = walk.nextNode()) found.push(/** @type {Text} */ (node));
  return found;
}

/** The words of a turn as text. @param {Element} words */
export const textOf = (words) => textsOf(words).map((node) => node.data).join("");

/**
 * The part of a turn's words between two positions; null where there is none.
 * @param {Element} words
 * @param {number} from
 * @param {number} to
 */
export function rangeIn(words, from, to) {
  const [start, last] = [nodeAt(words, from), nodeAt(words, to - 1)];
  if (!start || !last) return null;
  const range = document.createRange();
  range.setStart(start.node, start.within);
  range.setEnd(last.node, last.within + 1);
  return range;
}

/**
 * The text node and the place in it where position `at` of all words lies.
 * @param {Element} words
 * @param {number} at
 */
function nodeAt(words, at) {
  let passed = 0;
  for (const node of textsOf(words)) {
    if (at < passed + node.length) return { node, within: at - passed };
    passed += node.length;
  }
  return null;
}

/** @param {number} x @param {number} y @returns {{ node: Node, offset: number } | null} */
function caretAt(x, y) {
  if (document.caretPositionFromPoint) {
    const place = document.caretPositionFromPoint(x, y);
    return place && { node: place.offsetNode, offset: place.offset };
  }
  const range = document.caretRangeFromPoint?.(x, y);
  return range ? { node: range.startContainer, offset: range.startOffset } : null;
}

/** How many characters, as Python counts them. @param {string} text @param {number} at */
const charactersIn = (text, at) => Array.from(text.slice(0, at)).length;

/**
 * Makes the words of a list of turns things that can be pressed, by pointer and by keyboard.
 *
 * In the list, arrows go from word to word, Enter presses one, with Shift its whole turn; Escape leaves the words.
 * @param {HTMLElement} list it holds `.turn` with `.at` and `.words`
 * @param {(row: number, at: number | null) => void} press the turn, and which character of it, or null for all
 * @param {AbortSignal} signal
 */
export function wordsIn(list, press, signal) {
  /** @type {{ turn: HTMLElement, run: number, word: HTMLElement } | null} */
  let cursor = null;
  const shown = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".turn")]).filter((turn) => !turn.hidden);
  const wordsOf = (/** @type {HTMLElement} */ turn) => /** @type {HTMLElement} */ (turn.querySelector(".words"));
  const textOfTurn = (/** @type {HTMLElement} */ turn) => textOf(wordsOf(turn));

  const leave = () => {
    const word = cursor?.word;
    cursor = null;
    if (!word) return;
    const parent = word.parentNode;
    word.replaceWith(...word.childNodes);
    parent?.normalize();
  };
  const enter = (/** @type {HTMLElement} */ turn, /** @type {number} */ run) => {
    leave();
    const place = runs(textOfTurn(turn))[run];
    const start = place && nodeAt(wordsOf(turn), place[0]);
    if (!place || !start) return;
    const range = document.createRange();
    range.setStart(start.node, start.within);
    range.setEnd(start.node, Math.min(start.within + place[1] - place[0], start.node.length));
    const text = range.toString();
    const word = make("span", { class: "word", role: "button", tabIndex: -1, "aria-label": `${text}, play` });
    range.surroundContents(word);
    cursor = { turn, run, word };
    word.focus({ preventScroll: true });
    word.scrollIntoView?.({ block: "nearest" });
  };
  const move = (/** @type {number} */ by) => {
    const turns = shown();
    if (!cursor) return turns.length > 0 && (by > 0 ? enter(turns[0], 0) : last(turns, turns.length - 1));
    const at = turns.indexOf(cursor.turn);
    const next = cursor.run + by;
    if (next < 0) return at > 0 && last(turns, at - 1);
    if (next < runs(textOfTurn(cursor.turn)).length) return enter(cursor.turn, next);
    if (at + 1 < turns.length) enter(turns[at + 1], 0);
  };
  const last = (/** @type {HTMLElement[]} */ turns, /** @type {number} */ at) =>
    enter(turns[at], runs(textOfTurn(turns[at])).length - 1);
  const jump = (/** @type {number} */ by) => {
    const turns = shown();
    const at = cursor ? turns.indexOf(cursor.turn) + by : 0;
    if (turns[at]) enter(turns[at], 0);
  };
  const pressAt = (/** @type {HTMLElement} */ turn, /** @type {number | null} */ at) =>
    press([...list.querySelectorAll(".turn")].indexOf(turn), at === null ? null : charactersIn(textOfTurn(turn), at));

  list.addEventListener(
    "keydown",
    (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key === "ArrowRight" || event.key === "ArrowLeft") move(event.key === "ArrowRight" ? 1 : -1);
      else if (cursor && (event.key === "ArrowUp" || event.key === "ArrowDown")) jump(event.key === "ArrowDown" ? 1 : -1);
      else if (cursor && (event.key === "Enter" || event.key === " "))
        pressAt(cursor.turn, event.shiftKey ? null : runs(textOfTurn(cursor.turn))[cursor.run][0]);
      else if (cursor && event.key === "Escape") {
        leave();
        list.focus();
      } else return;
      event.preventDefault();
      event.stopPropagation(); // a notebook has its own ideas of arrows and Enter
    },
    { signal },
  );
  list.addEventListener("focusout", (event) => {
    if (cursor && event.target === cursor.word && !list.contains(/** @type {Node | null} */ (event.relatedTarget))) leave();
  }, { signal });
  list.addEventListener(
    "click",
    (event) => {
      const target = /** @type {Element} */ (event.target);
      const turn = /** @type {HTMLElement | null} */ (target.closest(".turn"));
      if (!turn || getSelection()?.isCollapsed === false) return; // who marks text does not want to hear it
      if (target.closest(".at")) return pressAt(turn, null);
      const place = target.closest(".words") && caretAt(event.clientX, event.clientY);
      if (!place) return;
      const nodes = textsOf(wordsOf(turn));
      const index = nodes.indexOf(/** @type {Text} */ (place.node));
      if (index < 0) return;
      const run = runAt(textOfTurn(turn), nodes.slice(0, index).reduce((sum, node) => sum + node.length, place.offset));
      if (!run) return;
      enter(turn, runs(textOfTurn(turn)).findIndex(([start]) => start === run[0]));
      pressAt(turn, run[0]);
    },
    { signal },
  );

  return {
    /** Put a new drawing of a turn in place of the old one; who is on one of its words stays there. @param {HTMLElement} old @param {HTMLElement} drawn */
    keep(old, drawn) {
      const run = cursor?.turn === old ? cursor.run : -1;
      if (run >= 0) cursor = null;
      old.replaceWith(drawn);
      if (run >= 0) enter(drawn, run);
    },
  };
}
