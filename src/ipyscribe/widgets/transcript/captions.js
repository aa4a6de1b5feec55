import { make } from "../shared/dom.js";
import { isTyping } from "../shared/keys_help.js";

const SIZES = [0.85, 1, 1.2, 1.5, 2, 2.5, 3.2, 4];
const KEPT = "ipyscribe.text";

const stored = () => {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "{}");
  } catch {
    return {}; // a page without storage, as in a sandboxed frame
  }
};
const store = (/** @type {Record<string, unknown>} */ values) => {
  try {
    localStorage.setItem(KEPT, JSON.stringify({ ...stored(), ...values }));
  } catch {
    // the size is that of this page only
  }
};

/**
 * The size of the text, and captions in full screen for those who sit far away: nothing but words, in the colours
 * of the page or in black and white.
 * @param {HTMLElement} root
 * @param {AbortSignal} signal
 * @param {{ changed: () => void, find: () => void }} on the text has another size; a person wants to find something
 */
export function captions(root, signal, on) {
  const smaller = make("button", { type: "button", "aria-label": "Smaller text", title: "Smaller text (−)" }, "A−");
  const larger = make("button", { type: "button", "aria-label": "Larger text", title: "Larger text (+)" }, "A+");
  const full = make("button", { type: "button", class: "full", title: "Captions in full screen (F)" }, "Captions");
  const contrast = make("button", { type: "button", class: "contrast", "aria-pressed": "false" }, "High contrast");
  const element = make("span", { class: "text-size", role: "group", "aria-label": "Text" }, smaller, larger, contrast, full);
  let size = SIZES.indexOf(stored().size) < 0 ? 1 : stored().size;

  const shown = () => root.classList.contains("captions");
  const resize = (/** @type {number} */ by) => {
    const at = Math.min(Math.max(SIZES.indexOf(size) + by, 0), SIZES.length - 1);
    size = SIZES[at];
    root.style.setProperty("--ips-text", String(size));
    smaller.disabled = at === 0;
    larger.disabled = at === SIZES.length - 1;
    if (by) store({ size });
    on.changed();
  };
  const show = (/** @type {boolean} */ wanted) => {
    root.classList.toggle("captions", wanted);
    full.textContent = wanted ? "Leave full screen" : "Captions";
    if (wanted) root.requestFullscreen?.()?.catch(() => {}); // where a frame may not, they fill the frame
    else if (document.fullscreenElement === root) document.exitFullscreen();
    on.changed();
  };
  const setContrast = (/** @type {boolean} */ wanted) => {
    root.classList.toggle("contrast", wanted);
    contrast.setAttribute("aria-pressed", String(wanted));
  };
  smaller.addEventListener("click", () => resize(-1), { signal });
  larger.addEventListener("click", () => resize(1), { signal });
  full.addEventListener("click", () => show(!shown()), { signal });
  contrast.addEventListener(
    "click",
    () => {
      setContrast(!root.classList.contains("contrast"));
      store({ contrast: root.classList.contains("contrast") });
    },
    { signal },
  );
  document.addEventListener("fullscreenchange", () => shown() && document.fullscreenElement !== root && show(false), { signal });
  root.addEventListener(
    "keydown",
    (event) => {
      if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "+" || event.key === "=") resize(1);
      else if (event.key === "-") resize(-1);
      else if (event.key === "f" || event.key === "F") show(!shown());
      else if (event.key === "/") on.find();
      else if (event.key === "Escape" && shown()) show(false);
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    { signal },
  );
  resize(0);
  setContrast(stored().contrast === true);
  return { element };
}
