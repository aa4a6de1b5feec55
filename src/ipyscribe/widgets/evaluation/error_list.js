import { make, setText } from "../shared/dom.js";

/** @typedef {{ name: string, at: number, clock: string }} ErrorPlace */
/** @typedef {{ text: string, facts: string, places: ErrorPlace[], more: number }} ErrorRow */
/** @typedef {{ open: boolean, models: string[], view: string, model: string, other?: string, rows: ErrorRow[] }} Errors */

const VIEWS = /** @type {[string, string][]} */ ([["errors", "most frequent errors"], ["words", "words most often wrong"], ["differences", "differences between two models"]]);

/**
 * Why the models are wrong: errors with the places at which they were made, each of which can be heard.
 * @param {(message: Record<string, unknown>) => void} send
 * @param {AbortSignal} signal
 */
export function errorList(send, signal) {
  const summary = make("summary", {}, "Errors, and where they occurred");
  const view = make("select", { "aria-label": "What to list" }, ...VIEWS.map(([value, label]) => make("option", { value }, label)));
  const model = make("select", { "aria-label": "Model" });
  const against = make("span", { class: "quiet" }, "against");
  const other = make("select", { "aria-label": "Other model" });
  const list = make("ol", { class: "errors" });
  const status = make("div", { class: "quiet", role: "status" });
  const element = make("details", { class: "why" }, summary, make("div", { class: "top" }, view, model, against, other), status, list);

  const ask = () => send({ kind: "unfold", part: "errors", open: element.open, view: view.value, model: model.value, other: other.value });
  element.addEventListener("toggle", () => {
    if (element.open && !list.childElementCount) setText(status, "Counting…");
    ask();
  }, { signal });
  for (const select of [view, model, other]) select.addEventListener("change", ask, { signal });

  const offer = (/** @type {HTMLSelectElement} */ select, /** @type {string[]} */ names, /** @type {string} */ chosen) => {
    if (select.options.length !== names.length || names.some((name, index) => select.options[index].value !== name)) {
      select.replaceChildren(...names.map((name) => make("option", { value: name }, name)));
    }
    if (document.activeElement !== select) select.value = chosen;
  };
  const drawRow = (/** @type {ErrorRow} */ { text, facts, places, more }) => {
    const buttons = places.map(({ name, at, clock }) => {
      const button = make("button", { type: "button", class: "place", title: `Open ${name} and hear it`, dir: "auto" }, `${name} ${clock}`);
      button.addEventListener("click", () => send({ kind: "open", name, at }), { signal });
      return button;
    });
    const rest = more ? [make("span", { class: "quiet" }, `and ${more.toLocaleString("en")} more`)] : [];
    return make("li", {}, make("b", { dir: "auto" }, text), make("span", { class: "quiet" }, facts), make("span", { class: "places" }, ...buttons, ...rest));
  };
  let content = "";
  return {
    element,
    /** @param {Errors} errors */
    receive(errors) {
      if (!errors.open) return;
      if (JSON.stringify(errors) === content) return;
      content = JSON.stringify(errors);
      view.querySelectorAll("option").forEach((option) => (option.hidden = option.value === "differences" && errors.models.length < 2));
      if (document.activeElement !== view) view.value = errors.view;
      offer(model, errors.models, errors.model);
      const compares = errors.view === "differences" && errors.models.length > 1;
      against.hidden = other.hidden = !compares;
      offer(other, errors.models.filter((name) => name !== errors.model), errors.other ?? "");
      setText(status, errors.rows.length ? "" : compares ? "No word is wrong more often in one of the two." : "No errors so far.");
      list.replaceChildren(...errors.rows.map(drawRow));
    },
  };
}
