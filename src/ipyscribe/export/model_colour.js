export const COLOURS = 6;

/** The number of a speaker's colour, as `speaker_colour` in `timeline/palette.py` gives it. @param {string} speaker */
export function speakerColourNumber(speaker) {
  const text = speaker.trim();
  const letters = [...text].map((letter) => letter.codePointAt(0) ?? 0);
  const number = /^[\0-\x7f]$/.test(text) ? text.toUpperCase().charCodeAt(0) - 65 : letters.reduce((sum, code) => sum + code, 0);
  return ((number % COLOURS) + COLOURS) % COLOURS;
}
