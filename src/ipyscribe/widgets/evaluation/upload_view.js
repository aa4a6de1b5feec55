import { make, setText, uniqueId } from "../shared/dom.js";
import { heard } from "../shared/late_module.js";
import { hideSavedCopy } from "../shared/saved_copy.js";
import { followTheme } from "../shared/theme.js";
import { filesOf } from "./dropped_files.js";

/** @typedef {{ receiving: boolean, share: number, text: string, error: string }} State */
/** @typedef {{ models: string, state: State, hides: string }} Model */
/** @typedef {{ kind: string, chunks: { file: number, start: number, end: number }[] }} Request */

/** @type {import("@anywidget/types").Render<Model>} */
function render({ model, el, signal }) {
  const id = uniqueId("folder");
  const chooser = make("input", { id, type: "file", multiple: true, class: "unseen" });
  chooser.webkitdirectory = true;
  const choose = make("button", { type: "button" }, "Choose a folder");
  const bar = make("progress", { max: 1, value: 0, hidden: true, "aria-label": "Recordings sent" });
  const text = make("span", { class: "text quiet", role: "status", dir: "auto" });
  const problem = make("div", { class: "problem", role: "alert", hidden: true });
  const prompt = make("label", { for: id }, "Drop a folder of recordings with their texts here, or");
  const root = make(
    "div",
    { class: "ips ips-upload", role: "group", "aria-label": "Recordings to evaluate" },
    make("div", { class: "row" }, prompt, choose, chooser, bar, text),
    make("div", { class: "quiet", dir: "auto" }, model.get("models")),
    problem,
  );
  el.replaceChildren(root);
  followTheme(root, signal);
  hideSavedCopy(model.get("hides"), signal);

  /** @type {import("./dropped_files.js").DroppedFile[]} */
  let files = [];
  const offer = (/** @type {{ name: string, files: import("./dropped_files.js").DroppedFile[] }} */ folder) => {
    files = folder.files;
    const listed = files.map(({ path, file }) => ({ path, size: file.size }));
    model.send({ kind: "folder", name: folder.name, files: listed });
  };
  const fail = (/** @type {string} */ message) => {
    problem.hidden = false;
    setText(problem, message);
  };
  const sendChunks = async (/** @type {Request} */ { chunks }) => {
    for (const { file, start, end } of chunks) {
      const { path, file: source } = files[file] ?? {};
      if (!source) return; // asked of another page
      try {
        const data = await source.slice(start, end).arrayBuffer();
        if (signal.aborted) return;
        model.send({ kind: "chunk", file, start }, undefined, [data]);
      } catch {
        model.send({ kind: "unreadable", path });
        return;
      }
    }
  };
  const hovers = (/** @type {boolean} */ over) => root.classList.toggle("over", over);
  root.addEventListener("dragover", (event) => {
    event.preventDefault();
    hovers(true);
  });
  root.addEventListener("dragleave", (event) => {
    if (!root.contains(/** @type {Node | null} */ (event.relatedTarget))) hovers(false);
  });
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation(); // the notebook would open the files
    hovers(false);
    if (event.dataTransfer) filesOf(event.dataTransfer.items).then(offer, () => fail("The browser cannot read this folder."));
  });
  choose.addEventListener("click", () => chooser.click());
  chooser.addEventListener("change", () => {
    const chosen = [...(chooser.files ?? [])];
    const [name = ""] = chosen[0]?.webkitRelativePath.split("/") ?? [];
    if (chosen.length) {
      offer({ name, files: chosen.map((file) => ({ path: file.webkitRelativePath.split("/").slice(1).join("/"), file })) });
    }
    chooser.value = "";
  });

  const showState = () => {
    const state = model.get("state");
    if (state.text === undefined) return; // the kernel has not sent it yet
    bar.hidden = !state.receiving;
    bar.value = state.share;
    setText(text, state.text);
    setText(problem, state.error);
    problem.hidden = !state.error;
  };
  const receive = (/** @type {Request} */ message) => {
    if (message?.kind === "send") sendChunks(message);
  };
  model.on("change:state", showState);
  model.on("msg:custom", receive);
  signal.addEventListener("abort", () => {
    model.off("change:state", showState);
    model.off("msg:custom", receive);
  });
  showState();
  model.send({ kind: "hello" });
}

export default { render: heard(render) };
