/**
 * An element with properties and children; text goes in as text, never as markup.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [properties]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (/^(class|role|aria-)/.test(name)) element.setAttribute(name, String(value));
    else Reflect.set(element, name, value);
  }
  element.append(...children);
  return element;
}

/**
 * The part of an element's text between two positions.
 * @param {Element} element
 * @param {number} start
 * @param {number} end
 */
export function rangeIn(element, start, end) {
  const range = document.createRange();
  const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let passed = 0;
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const length = node.textContent?.length ?? 0;
    if (start >= passed && start <= passed + length) range.setStart(node, start - passed);
    if (end >= passed && end <= passed + length) {
      range.setEnd(node, end - passed);
      break;
    }
    passed += length;
  }
  return range;
}

/**
 * @param {string} name
 * @param {Range[]} ranges
 */
export function highlight(name, ranges) {
  if (globalThis.CSS?.highlights) CSS.highlights.set(name, new Highlight(...ranges));
}

/**
 * Scrolls down or up to a row; sideways, columns stay where the reader has them.
 * @param {HTMLElement | undefined} row
 */
export function intoView(row) {
  const columns = row?.closest("#turns");
  const left = columns?.scrollLeft ?? 0;
  row?.scrollIntoView({ block: "nearest" });
  if (columns) columns.scrollLeft = left;
}

/** The labels of the columns as a row that can stay in sight; it goes sideways with them. */
export function columnHeads() {
  const columns = /** @type {HTMLElement} */ (document.getElementById("turns"));
  const headings = [...columns.querySelectorAll("h2")];
  for (const heading of headings) heading.classList.add("unseen");
  const labels = headings.map((heading) => make("span", { dir: "auto" }, heading.textContent ?? ""));
  const heads = make("div", { class: "several heads", "aria-hidden": "true" }, ...labels);
  columns.addEventListener("scroll", () => (heads.scrollLeft = columns.scrollLeft), { passive: true });
  return heads;
}

/**
 * The sound embedded in the page, or null.
 * @returns {HTMLAudioElement | null}
 */
export function pageSound() {
  const base64 = document.getElementById("sound")?.textContent;
  if (!base64) return null;
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  return new Audio(URL.createObjectURL(new Blob([bytes], { type: "audio/ogg" })));
}
