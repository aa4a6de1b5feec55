/** @typedef {{ path: string, file: File }} DroppedFile a file, and its path in the dropped folder */

/**
 * All files of a dropped folder, or the dropped files themselves. To be called while the event is handled: a browser
 * empties the list afterwards.
 * @param {DataTransferItemList} items
 * @returns {Promise<{ name: string, files: DroppedFile[] }>}
 */
export async function filesOf(items) {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const [only] = entries;
  if (entries.length === 1 && only.isDirectory) return { name: only.name, files: await inside(only, "") };
  const files = await Promise.all(entries.map((entry) => filesAt(entry, "")));
  return { name: "the dropped files", files: files.flat() };
}

/**
 * @param {FileSystemEntry} entry
 * @param {string} folder path of its folder, which ends with a slash, or ""
 * @returns {Promise<DroppedFile[]>}
 */
async function filesAt(entry, folder) {
  const path = folder + entry.name;
  if (entry.isDirectory) return inside(entry, `${path}/`);
  const file = await new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject));
  return [{ path, file }];
}

/**
 * @param {FileSystemEntry} folder
 * @param {string} path
 */
async function inside(folder, path) {
  const reader = /** @type {FileSystemDirectoryEntry} */ (folder).createReader();
  /** @type {DroppedFile[]} */
  const files = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!entries.length) return files; // it gives a hundred at a time
    for (const entry of entries) files.push(...(await filesAt(entry, path)));
  }
}
