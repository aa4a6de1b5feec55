import { describe, expect, it } from "vitest";
import { Resampler } from "../../src/ipyscribe/widgets/microphone/resampler.js";
import { CHUNK_SAMPLES, Chunker, workletSource } from "../../src/ipyscribe/widgets/microphone/worklet.js";

const TO_HZ = 16000;
const SECONDS = 1;

/** @param {number} hz @param {number} rateHz */
const tone = (hz, rateHz) => Float32Array.from({ length: rateHz * SECONDS }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * i) / rateHz));

/** @param {Resampler} resampler @param {Float32Array} samples @param {number} piece */
function inPieces(resampler, samples, piece) {
  const out = [];
  for (let at = 0; at < samples.length; at += piece) out.push(...resampler.push(samples.subarray(at, at + piece)));
  return Float32Array.from(out);
}

/** Amplitude of a frequency in the middle of the sound. @param {Float32Array} samples @param {number} hz */
function amplitude(samples, hz) {
  const [from, length] = [1000, 12800];
  let [re, im] = [0, 0];
  for (let i = 0; i < length; i += 1) {
    const window = 1 - Math.cos((2 * Math.PI * i) / length);
    re += window * samples[from + i] * Math.cos((2 * Math.PI * hz * (from + i)) / TO_HZ);
    im += window * samples[from + i] * Math.sin((2 * Math.PI * hz * (from + i)) / TO_HZ);
  }
  return (2 * Math.hypot(re, im)) / length;
}

describe("the resampler", () => {
  it.each([44100, 48000, 22050, 96000, 32000])("keeps speech from %i Hz as it was", (rateHz) => {
    for (const hz of [100, 500, 1000, 3000, 6000, 6800]) {
      const out = inPieces(new Resampler(rateHz, TO_HZ), tone(hz, rateHz), 128);
      expect(Math.abs(20 * Math.log10(amplitude(out, hz) / 0.5))).toBeLessThan(0.1);
    }
  });

  it.each([44100, 48000])("lets nothing fold down from %i Hz", (rateHz) => {
    for (const hz of [8500, 9000, 10000, 15900, 20000]) {
      const out = inPieces(new Resampler(rateHz, TO_HZ), tone(hz, rateHz), 128);
      expect(Math.max(...out.subarray(200, 15000).map(Math.abs))).toBeLessThan(0.5e-3);
    }
  });

  it("raises a low rate without images", () => {
    const out = inPieces(new Resampler(8000, TO_HZ), tone(1000, 8000), 128);
    expect(amplitude(out, 1000)).toBeCloseTo(0.5, 2);
    expect(amplitude(out, 7000)).toBeLessThan(0.5e-3);
  });

  it("gives the same whatever the pieces", () => {
    const sound = tone(700, 44100);
    const whole = new Resampler(44100, TO_HZ).push(sound);
    expect(inPieces(new Resampler(44100, TO_HZ), sound, 128)).toEqual(whole);
    expect(inPieces(new Resampler(44100, TO_HZ), sound, 1)).toEqual(whole);
    expect(Math.abs(whole.length - TO_HZ * SECONDS)).toBeLessThan(80);
  });

  it("keeps time: it neither drifts nor shifts", () => {
    const click = new Float32Array(44100);
    click[22050] = 1;
    const out = new Resampler(44100, TO_HZ).push(click);
    expect(out.indexOf(Math.max(...out))).toBe(8000);
  });

  it("leaves 16 kHz alone", () => {
    const sound = tone(700, TO_HZ);
    expect(new Resampler(TO_HZ, TO_HZ).push(sound)).toEqual(sound);
  });
});

describe("chunks", () => {
  it("follow each other without a gap, and the rest can be taken", () => {
    const chunker = new Chunker(4);
    expect(chunker.push(new Float32Array(3))).toEqual([]);
    const [first] = chunker.push(Float32Array.from([0.5, -0.5, 0.25]));
    expect([first.position, [...first.pcm]]).toEqual([0, [0, 0, 0, 16384]]);
    expect(chunker.take()).toEqual({ pcm: Int16Array.from([-16384, 8192]), position: 4 });
    expect(chunker.take().pcm.length).toBe(0);
  });

  it("clip", () => {
    const [chunk] = new Chunker(3).push(Float32Array.from([2, -2, 1]));
    expect([...chunk.pcm]).toEqual([32767, -32768, 32767]);
  });
});

describe("the worklet", () => {
  it("stands alone and posts what it hears", () => {
    /** @type {any[]} */
    const posted = [];
    /** @type {any} */
    let made;
    class Processor {
      port = { onmessage: () => {}, postMessage: (/** @type {any} */ message) => posted.push(message) };
    }
    const register = (/** @type {string} */ _, /** @type {any} */ Kind) => {
      made = new Kind();
    };
    new Function("AudioWorkletProcessor", "registerProcessor", "sampleRate", workletSource())(Processor, register, 48000);
    for (let at = 0; at < 100; at += 1) expect(made.process([[new Float32Array(128)]])).toBe(true);
    expect(made.process([[]])).toBe(true);
    expect(posted.map((chunk) => [chunk.position, chunk.pcm.length])).toEqual([[0, CHUNK_SAMPLES], [1600, CHUNK_SAMPLES]]);
    made.port.onmessage();
    expect(made.process([[new Float32Array(128)]])).toBe(false);
    expect(posted.at(-2).position).toBe(3200);
    expect(posted.at(-1)).toBe(null);
  });
});
