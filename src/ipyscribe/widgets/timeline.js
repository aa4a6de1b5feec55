import { make, say } from "./dom.js";
import { followTheme } from "./theme.js";

const SETTLE_MS = 150;
const PADDING_PX = 24;

/** @type {import("@anywidget/types").Render<Record<string, never>>} */
function render({ model, el, signal }) {
  const picture = make("img", { alt: "", hidden: true });
  const range = make("button", { type: "button", "aria-pressed": "false", hidden: true }, "Whole session");
  const root = make("div", { class: "ips ips-timeline" }, picture, range);
  el.replaceChildren(root);

  let whole = false;
  let address = "";
  let width = 0;
  const widthNow = () => Math.max(0, root.clientWidth - PADDING_PX);
  const hello = () => {
    if (signal.aborted) return;
    width = widthNow();
    if (width === 0) return; // not laid out yet, or hidden: the observer calls again
    model.send({ kind: "hello", theme: root.dataset.theme ?? "light", width, ratio: globalThis.devicePixelRatio ?? 1, whole });
  };
  const show = (/** @type {any} */ message, /** @type {DataView[]} */ buffers) => {
    if (message?.kind !== "picture") return;
    const made = URL.createObjectURL(new Blob([/** @type {BlobPart} */ (/** @type {unknown} */ (buffers[0]))], { type: "image/png" }));
    picture.src = made;
    picture.alt = message.alt;
    picture.hidden = false;
    if (address) URL.revokeObjectURL(address);
    address = made;
    range.hidden = !message.windowed && !whole;
    say(range, whole ? "Newest part" : "Whole session");
  };

  range.addEventListener(
    "click",
    () => {
      whole = !whole;
      range.setAttribute("aria-pressed", String(whole));
      hello();
    },
    { signal },
  );
  let timer = 0;
  const observer = new ResizeObserver(() => {
    if (Math.abs(widthNow() - width) < 2) return;
    clearTimeout(timer);
    timer = window.setTimeout(hello, width === 0 ? 0 : SETTLE_MS);
  });
  observer.observe(root);
  model.on("msg:custom", show);
  signal.addEventListener("abort", () => {
    observer.disconnect();
    clearTimeout(timer);
    model.off("msg:custom", show);
    if (address) URL.revokeObjectURL(address);
  });
  followTheme(root, signal, hello);
}

export default { render };
