import { describe, expect, it } from "vitest";
import { statusOf } from "../../src/ipyscribe/widgets/microphone/browser_microphone.js";
import { AudioUploader, packed, proxyAddress } from "../../src/ipyscribe/widgets/microphone/audio_uploader.js";
import { configuration, FakeSocket, world } from "./browser.js";

describe("the uploader", () => {
  const sound = (/** @type {number} */ i) => ({ pcm: new Int16Array(1600), position: 1600 * i, at: 0 });

  it("buffers what a busy kernel does not take, says so, and delivers it afterwards", () => {
    let now = 0;
    /** @type {any[]} */
    const sent = [];
    const uploader = new AudioUploader(1, (message, buffers) => sent.push({ ...message, bytes: buffers?.[0].byteLength }), () => now);
    for (let i = 0; i < 100; i += 1, now += 100) uploader.put(sound(i));
    expect(sent.length).toBe(10);
    expect(uploader.waitingS).toBe(10);
    expect(uploader.unacknowledgedMs).toBeGreaterThan(9000);
    expect(statusOf(/** @type {any} */ ({ phase: "recording", uploader, error: null }))).toBe("Recording: kernel busy, buffering 10 s (at most 60 s)");
    for (let next = 1; next <= 100; next += 1) uploader.acknowledged({ next });
    let at = 0;
    for (const [i, { seq, position, bytes }] of sent.entries()) {
      expect([seq, position]).toEqual([i, at]);
      at += bytes / 2;
    }
    expect([at, sent.length < 40]).toEqual([160_000, true]);
    expect([uploader.waitingS, uploader.unacknowledgedMs]).toEqual([0, 0]);
  });

  it("drops the oldest beyond a minute and counts it", () => {
    const uploader = new AudioUploader(1, () => {});
    for (let i = 0; i < 650; i += 1) uploader.put(sound(i));
    expect([uploader.waitingS, uploader.droppedS]).toEqual([60, 5]);
  });

  it("sends again what was not acknowledged for long", () => {
    let now = 0;
    /** @type {any[]} */
    const sent = [];
    const uploader = new AudioUploader(1, (message) => sent.push(message), () => now);
    uploader.put(sound(0));
    now = 5100;
    uploader.tick();
    expect(sent.map((message) => message.seq)).toEqual([0, 0]);
    uploader.tick();
    expect(sent.length).toBe(2);
  });

  it("uses the kernel's socket once that is ready, and the comm when it breaks", () => {
    world.WebSocket = FakeSocket;
    /** @type {any[]} */
    const sent = [];
    const uploader = new AudioUploader(1, (message) => sent.push(message));
    uploader.put(sound(0));
    uploader.connect("ws://here/", "secret");
    const { socket } = world;
    socket.dispatchEvent(new Event("open"));
    expect(JSON.parse(socket.sent[0]).token).toBe("secret");
    uploader.put(sound(1));
    expect(sent.map((message) => message.seq)).toEqual([0, 1]);
    socket.tell({ kind: "ready" });
    expect(uploader.path).toBe("websocket");
    expect(socket.sent.slice(1).map((/** @type {Uint8Array} */ data) => new DataView(data.buffer).getUint32(0, true))).toEqual([0, 1]);
    socket.tell({ kind: "ack", next: 1 });
    socket.dispatchEvent(new Event("close"));
    expect(uploader.path).toBe("comm");
    expect(sent.map((message) => message.seq)).toEqual([0, 1, 1]);
  });

  it("packs a chunk as the kernel reads it", () => {
    const bytes = packed({ pcm: Int16Array.from([1, -1]), position: 3200, at: 5, seq: 7 }, 250);
    const view = new DataView(bytes.buffer);
    expect([view.getUint32(0, true), view.getUint32(4, true), view.getFloat64(8, true), view.getFloat64(16, true)]).toEqual([7, 250, 3200, 5]);
    expect([view.getInt16(24, true), view.getInt16(26, true), bytes.length]).toEqual([1, -1, 28]);
  });

  it("finds the proxy of a Jupyter server", () => {
    expect(proxyAddress(5000)).toBe("");
    const config = configuration();
    expect(proxyAddress(5000)).toBe("ws://localhost:3000/user/me/proxy/5000/");
    config.remove();
  });
});
