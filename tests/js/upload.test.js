import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as upload from "../../src/ipyscribe/widgets/evaluation/upload_view.js";
import { show } from "./model.js";

/** @type {ReturnType<typeof show>} */
let shown;
/** @type {{ message: any, buffers: any }[]} */
let sent;
const $ = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (shown.el.querySelector(selector));
const state = { receiving: false, share: 0, text: "", error: "" };

const fileEntry = (/** @type {File} */ file) => ({
  name: file.name, isDirectory: false, file: (/** @type {Function} */ resolve) => resolve(file),
});
const folderEntry = (/** @type {string} */ name, /** @type {any[]} */ entries) => ({
  name,
  isDirectory: true,
  createReader() {
    const parts = [entries.slice(0, 1), entries.slice(1), []]; // a browser gives a part at a time
    return { readEntries: (/** @type {Function} */ resolve) => resolve(parts.shift()) };
  },
});
const drop = (/** @type {any[]} */ entries) => {
  const event = new Event("drop", { bubbles: true, cancelable: true });
  const items = entries.map((entry) => ({ webkitGetAsEntry: () => entry }));
  Object.assign(event, { dataTransfer: { items } });
  $(".ips-upload").dispatchEvent(event);
  return event;
};
const settled = () => new Promise((resolve) => setTimeout(resolve));

beforeEach(() => {
  shown = show(upload, { models: "Models: u3-rt-pro.", state: { ...state }, hides: "copy-1" });
  sent = [];
  shown.model.send = (/** @type {any[]} */ ...[message, , buffers]) => void sent.push({ message, buffers });
});
afterEach(() => shown.end());

describe("the place for a folder", () => {
  it("offers all files of a dropped folder, and sends what is asked for", async () => {
    const [a, b] = [new File(["0123456789"], "1.wav"), new File(["so we meet"], "1.txt")];
    const event = drop([folderEntry("speech", [fileEntry(a), folderEntry("texts", [fileEntry(b)])])]);
    expect(event.defaultPrevented).toBe(true);
    await settled();
    const files = [{ path: "1.wav", size: 10 }, { path: "texts/1.txt", size: 10 }];
    expect(sent.map(({ message }) => message)).toEqual([{ kind: "folder", name: "speech", files }]);
    shown.model.receive({ kind: "send", chunks: [{ file: 0, start: 2, end: 5 }, { file: 7, start: 0, end: 1 }] });
    await settled();
    await settled();
    expect(sent[1].message).toEqual({ kind: "chunk", file: 0, start: 2 });
    expect(new TextDecoder().decode(sent[1].buffers[0])).toBe("234");
    expect(sent).toHaveLength(2);
  });

  it("says which file cannot be read", async () => {
    const gone = new File(["x"], "1.wav");
    gone.slice = () => /** @type {any} */ ({ arrayBuffer: () => Promise.reject(new Error("gone")) });
    drop([fileEntry(gone)]);
    await settled();
    expect(sent[0].message.name).toBe("the dropped files");
    shown.model.receive({ kind: "send", chunks: [{ file: 0, start: 0, end: 1 }] });
    await settled();
    expect(sent[1].message).toEqual({ kind: "unreadable", path: "1.wav" });
  });

  it("takes a chosen folder too", () => {
    const file = new File(["x"], "1.wav");
    Object.defineProperty(file, "webkitRelativePath", { value: "speech/north/1.wav" });
    const chooser = /** @type {HTMLInputElement} */ ($("input"));
    Object.defineProperty(chooser, "files", { value: [file] });
    chooser.dispatchEvent(new Event("change"));
    expect(sent[0].message).toEqual({ kind: "folder", name: "speech", files: [{ path: "north/1.wav", size: 1 }] });
  });

  it("shows how much was sent, and what is wrong", () => {
    shown.model.set("state", { receiving: true, share: 0.5, text: "speech: 1.0 of 2.0 MB sent", error: "" });
    expect([$("progress").hidden, /** @type {HTMLProgressElement} */ ($("progress")).value]).toEqual([false, 0.5]);
    expect($("[role=status]").textContent).toBe("speech: 1.0 of 2.0 MB sent");
    expect($("[role=alert]").hidden).toBe(true);
    shown.model.set("state", { ...state, error: "'x' contains no sound files." });
    expect($("[role=alert]").textContent).toBe("'x' contains no sound files.");
  });
});
