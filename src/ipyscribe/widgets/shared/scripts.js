// Writing systems that put no spaces between words.

const UNSPACED = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\u3000-\u303f\uff01-\uff9f]$/u;

/**
 * What is written between two texts: a space, or nothing.
 * @param {string} before
 * @param {string} after
 */
export const spaceBetween = (before, after) => ([...before].slice(-1).concat([...after].slice(0, 1)).some((character) => UNSPACED.test(character)) ? "" : " ");
