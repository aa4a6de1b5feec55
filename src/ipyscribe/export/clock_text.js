/**
 * A time on the audio clock as `0:05`, `12:30` or `1:02:03`; with `tenths` as `0:05.5`, rounded.
 * @param {number} ms
 * @param {boolean} [tenths]
 */
export function clockText(ms, tenths = false) {
  const all = tenths ? Math.max(0, Math.round(ms / 100)) : 10 * Math.floor(ms / 1000 + 1e-6);
  const seconds = Math.floor(all / 10);
  const pad = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const text = hours ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
  return tenths ? `${text}.${all % 10}` : text;
}
