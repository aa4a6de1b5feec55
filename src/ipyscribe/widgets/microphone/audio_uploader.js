import { Outbox } from "./outbox.js";
import { RATE_HZ } from "./worklet.js";

/** @typedef {import("./outbox.js").Chunk} Chunk */
/** @typedef {(message: Record<string, unknown>, buffers?: DataView[]) => void} Say */

export const HOLD_S = 60;
const WINDOWS = { comm: 10, websocket: 60 };
const RESEND_AFTER_MS = 5000;
const CONNECT_WITHIN_MS = 20_000; // nothing is lost meanwhile: the comm carries the sound
const HEADER_BYTES = 24;

/**
 * A chunk as one binary message: number, ms of sound that wait (uint32 each), position, time of capture (float64
 * each), little-endian, then PCM16.
 * @param {Chunk} chunk
 * @param {number} heldMs
 */
export function packed(chunk, heldMs) {
  const message = new Uint8Array(HEADER_BYTES + chunk.pcm.byteLength);
  const header = new DataView(message.buffer);
  header.setUint32(0, Number(chunk.seq), true);
  header.setUint32(4, heldMs, true);
  header.setFloat64(8, chunk.position, true);
  header.setFloat64(16, chunk.at, true);
  message.set(new Uint8Array(chunk.pcm.buffer, chunk.pcm.byteOffset, chunk.pcm.byteLength), HEADER_BYTES);
  return message;
}

/**
 * Where jupyter-server-proxy leads to a port of the kernel's machine, if this page knows its Jupyter server.
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
 * Brings the sound of one recording to the kernel: over the widget's comm, or where that can be had over a
 * WebSocket of the kernel's own, which is heard while a cell runs. What one way has not delivered the other does.
 */
export class Courier {
  /**
   * @param {number} take number of the recording
   * @param {Say} say sends over the comm
   * @param {() => number} [now] ms
   */
  constructor(take, say, now = () => performance.now()) {
    this.take = take;
    this.box = new Outbox(HOLD_S * RATE_HZ);
    /** @type {"comm" | "websocket"} */
    this.path = "comm";
    this.ended = false;
    this.delivered = false;
    this.say = say;
    this.now = now;
    this.answeredMs = now();
    this.sentMs = now();
    this.sinceMs = now();
    /** @type {WebSocket | null} */
    this.socket = null;
  }

  get heldS() {
    return this.box.heldSamples / RATE_HZ;
  }

  get droppedS() {
    return this.box.droppedSamples / RATE_HZ;
  }

  /** For how many ms the kernel has not answered what was sent. */
  get unansweredMs() {
    return this.box.flying.length || (this.ended && !this.delivered) ? this.now() - Math.max(this.answeredMs, this.sinceMs) : 0;
  }

  /** @param {Chunk} chunk */
  put(chunk) {
    if (this.ended) return;
    this.box.put(chunk);
    this.flush();
  }

  flush() {
    if (this.box.flying.length === 0) this.sinceMs = this.now();
    for (const chunk of this.box.due(WINDOWS[this.path])) {
      if (this.path === "websocket") this.socket?.send(packed(chunk, Math.round(1000 * this.heldS)));
      else this.sendByComm(chunk);
      this.sentMs = this.now();
    }
    if (this.ended && this.box.waiting.length === 0) this.tell({ kind: "end", take: this.take, count: this.box.next });
  }

  /** @param {Chunk} chunk */
  sendByComm({ seq, position, at, pcm }) {
    const sound = new DataView(pcm.buffer, pcm.byteOffset, pcm.byteLength);
    this.say({ kind: "chunk", take: this.take, seq, position, at, held_ms: Math.round(1000 * this.heldS) }, [sound]);
  }

  /** Say something by the way that is in use. @param {Record<string, unknown>} message */
  tell(message) {
    if (this.path === "websocket") this.socket?.send(JSON.stringify(message));
    else this.say(message);
  }

  /** There will be no more sound: the rest is delivered, then the kernel is told. */
  end() {
    this.ended = true;
    this.flush();
  }

  /** The kernel's answer. @param {{ next: number, over?: boolean }} answer */
  hear({ next, over }) {
    this.answeredMs = this.now();
    this.box.acknowledge(next);
    if (over) this.delivered = true;
    else this.flush();
  }

  /** Send again what was not answered for long: nothing is lost by that, and twice is once. */
  tick() {
    if (this.unansweredMs < RESEND_AFTER_MS || this.now() - this.sentMs < RESEND_AFTER_MS) return;
    this.sentMs = this.now();
    this.box.rewind();
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
      } else if (message.kind === "ack") this.hear(message);
    });
    socket.addEventListener("close", () => {
      clearTimeout(timer);
      if (this.path === "websocket") this.use("comm");
    });
  }

  /** @param {"comm" | "websocket"} path */
  use(path) {
    this.path = path;
    this.box.rewind();
    this.flush();
  }

  close() {
    this.ended = this.delivered = true;
    this.path = "comm";
    this.socket?.close();
  }
}
