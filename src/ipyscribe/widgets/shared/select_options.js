import { make } from "./dom.js";

/**
 * Fill a list, unless it has these options already: an open list must not change under the pointer.
 * @param {HTMLSelectElement} list
 * @param {{ value: string, label: string, group?: string, disabled?: boolean }[]} options
 */
export function fillOptions(list, options) {
  const content = JSON.stringify(options);
  if (list.dataset.content === content) return;
  list.dataset.content = content;
  /** @type {Map<string, HTMLOptGroupElement>} */
  const groups = new Map();
  list.replaceChildren();
  for (const { value, label, group, disabled } of options) {
    const option = make("option", { value, textContent: label, disabled: disabled ?? false });
    if (!group) {
      list.append(option);
      continue;
    }
    if (!groups.has(group)) {
      const optgroup = make("optgroup", { label: group });
      groups.set(group, optgroup);
      list.append(optgroup);
    }
    groups.get(group)?.append(option);
  }
}
