import { Outbox } from "./outbox.js";
import { RATE_HZ } from "./worklet.js";

/** @typedef {import("./outbox.js").Chunk} Chunk */
/** @typedef {(message: Record<string, unknown>, buffers?: DataView[]) => void} Send */

export const BUFFER_S = 60;
const WINDOWS = { comm: 10, websocket: 60 };
const RESEND_AFTER_MS = 5000;
const CONNECT_WITHIN_MS = 20_000; // nothing is lost meanwhile: the comm carries the sound
const HEADER_BYTES = 24;

/**
 * A chunk as one binary message: number, ms of sound that wait in the page (uint32 each), position, time of capture (float64
 * each), little-endian, then PCM16.
 * @param {Chunk} chunk
 * @param {number} waitingMs
 */
export function packed(chunk, waitingMs) {
  const message = new Uint8Array(HEADER_BYTES + chunk.pcm.byteLength);
  const header = new DataView(message.buffer);
  header.setUint32(0, Number(chunk.seq), true);
  header.setUint32(4, waitingMs, true);
  header.setFloat64(8, chunk.position, true);
  header.setFloat64(16, chunk.at, true);
  message.set(new Uint8Array(chunk.pcm.buffer, chunk.pcm.byteOffset, chunk.pcm.byteLength), HEADER_BYTES);
  return message;
}

/**
 * The address at which jupyter-server-proxy serves a port of the kernel's machine, if the page names its Jupyter server.
 * @param {number} port
 */
export function proxyAddress(port) {
  try {
    const { baseUrl } = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "");
    const address = new URL(`${baseUrl.replace(/\/?$/, "/")}proxy/${port}/`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    return address.href;
  } catch {
    return "";
  }
}

/**
 * Uploads the sound of one recording to the kernel: over the widget's comm, or where it can be reached over a
 * WebSocket of the kernel's own, which receives while a cell runs. What one path has not delivered the other does.
 */
export class AudioUploader {
  /**
   * @param {number} take number of the recording
   * @param {Send} sendByComm sends over the comm
   * @param {() => number} [now] ms
   */
  constructor(take, sendByComm, now = () => performance.now()) {
    this.take = take;
    this.outbox = new Outbox(BUFFER_S * RATE_HZ);
    /** @type {"comm" | "websocket"} */
    this.path = "comm";
    this.ended = false;
    this.delivered = false;
    this.sendByComm = sendByComm;
    this.now = now;
    this.acknowledgedMs = now();
    this.sentMs = now();
    this.sinceMs = now();
    /** @type {WebSocket | null} */
    this.socket = null;
  }

  get waitingS() {
    return this.outbox.bufferedSamples / RATE_HZ;
  }

  get droppedS() {
    return this.outbox.droppedSamples / RATE_HZ;
  }

  /** For how many ms the kernel has not acknowledged what was sent. */
  get unacknowledgedMs() {
    return this.outbox.unacknowledged.length || (this.ended && !this.delivered) ? this.now() - Math.max(this.acknowledgedMs, this.sinceMs) : 0;
  }

  /** @param {Chunk} chunk */
  put(chunk) {
    if (this.ended) return;
    this.outbox.put(chunk);
    this.flush();
  }

  flush() {
    if (this.outbox.unacknowledged.length === 0) this.sinceMs = this.now();
    for (const chunk of this.outbox.due(WINDOWS[this.path])) {
      if (this.path === "websocket") this.socket?.send(packed(chunk, Math.round(1000 * this.waitingS)));
      else this.sendChunkByComm(chunk);
      this.sentMs = this.now();
    }
    if (this.ended && this.outbox.waiting.length === 0) this.send({ kind: "end", take: this.take, count: this.outbox.next });
  }

  /** @param {Chunk} chunk */
  sendChunkByComm({ seq, position, at, pcm }) {
    const sound = new DataView(pcm.buffer, pcm.byteOffset, pcm.byteLength);
    this.sendByComm({ kind: "chunk", take: this.take, seq, position, at, waiting_ms: Math.round(1000 * this.waitingS) }, [sound]);
  }

  /** Send a message by the path in use. @param {Record<string, unknown>} message */
  send(message) {
    if (this.path === "websocket") this.socket?.send(JSON.stringify(message));
    else this.sendByComm(message);
  }

  /** There will be no more sound: the rest is delivered, then the end. */
  end() {
    this.ended = true;
    this.flush();
  }

  /** The kernel's acknowledgement. @param {{ next: number, over?: boolean }} acknowledgement */
  acknowledged({ next, over }) {
    this.acknowledgedMs = this.now();
    this.outbox.acknowledge(next);
    if (over) this.delivered = true;
    else this.flush();
  }

  /** Send again what was not acknowledged for long; the kernel takes each chunk once. */
  tick() {
    if (this.unacknowledgedMs < RESEND_AFTER_MS || this.now() - this.sentMs < RESEND_AFTER_MS) return;
    this.sentMs = this.now();
    this.outbox.rewind();
    this.flush();
  }

  /**
   * Use the kernel's WebSocket if it can be reached.
   * @param {string} address
   * @param {string} token
   */
  connect(address, token) {
    if (!address || this.socket) return;
    const socket = new WebSocket(address);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    const timer = setTimeout(() => socket.close(), CONNECT_WITHIN_MS);
    socket.addEventListener("open", () => socket.send(JSON.stringify({ kind: "token", take: this.take, token })));
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(data);
      if (message.kind === "ready") {
        clearTimeout(timer);
        this.use("websocket");
      } else if (message.kind === "ack") this.acknowledged(message);
    });
    socket.addEventListener("close", () => {
      clearTimeout(timer);
      if (this.path === "websocket") this.use("comm");
    });
  }

  /** @param {"comm" | "websocket"} path */
  use(path) {
    this.path = path;
    this.outbox.rewind();
    this.flush();
  }

  close() {
    this.ended = this.delivered = true;
    this.path = "comm";
    this.socket?.close();
  }
}
