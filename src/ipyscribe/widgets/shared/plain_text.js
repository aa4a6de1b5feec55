const BLANKED = /[\p{Cc}\p{Cs}\u2028\u2029\ufffe\uffff]/gu;
const LEFT_OUT = /(?![\u200b-\u200d\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}])\p{Cf}/gu;

/**
 * A text that comes from the browser itself, such as the name of a device, as it is read: as `plain` in
 * `plain_text.py`, which does the same for everything that comes from the kernel.
 * @param {string} text
 */
export function plain(text) {
  return text.replace(BLANKED, " ").replace(LEFT_OUT, "");
}
