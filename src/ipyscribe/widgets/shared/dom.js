/**
 * An element with properties and children; text goes in as text, never as markup.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [properties] `class`, `aria-…`, `data-…` and `role` become attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (/^(class|for|role|dir|aria-|data-)/.test(name)) element.setAttribute(name, String(value));
    else Reflect.set(element, name, value);
  }
  element.append(...children);
  return element;
}

/** @template {"svg" | "path"} K @param {K} tag @returns {SVGElementTagNameMap[K]} */
export function makeSvg(tag) {
  return document.createElementNS("http://www.w3.org/2000/svg", tag);
}

/**
 * Change an element's text only where it differs, so that a reader's selection and focus stay.
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

let ids = 0;
const pageId = Math.random().toString(36).slice(2, 10);

/**
 * An id that no other element of the page has: each widget is a module of its own, with counters of its own.
 * @param {string} name
 */
export function uniqueId(name) {
  return `${name}-${pageId}-${(ids += 1)}`;
}

/** Facts on one line; where it breaks, none of them begins with the dot. @param {string[]} facts */
export function joined(facts) {
  return facts.join("\u00a0· ");
}
