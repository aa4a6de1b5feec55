import { Resampler } from "./resampler.js";

export const RATE_HZ = 16000;
export const CHUNK_SAMPLES = 1600;

/**
 * Collects samples into chunks of PCM16, each with the place of its first sample.
 *
 * Its source text goes into an AudioWorklet, so it refers to nothing outside itself.
 */
export class Chunker {
  /** @param {number} size samples in a chunk */
  constructor(size) {
    this.chunk = new Int16Array(size);
    this.filled = 0;
    this.position = 0;
  }

  /**
   * The chunks that are full after these samples.
   * @param {Float32Array} samples values from -1 to 1; beyond that they are clipped
   */
  push(samples) {
    const full = [];
    for (const sample of samples) {
      this.chunk[this.filled] = Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
      this.filled += 1;
      if (this.filled === this.chunk.length) full.push(this.take());
    }
    return full;
  }

  /** What has been collected so far. */
  take() {
    const taken = { pcm: this.chunk.slice(0, this.filled), position: this.position };
    this.position += this.filled;
    this.filled = 0;
    return taken;
  }
}

/** The text of an AudioWorklet that posts `{ pcm, position, at }`, and what is left of it when it is told to end. */
export function workletSource() {
  return `
const Resampler = ${Resampler};
const Chunker = ${Chunker};
registerProcessor("ipyscribe", class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate, ${RATE_HZ});
    this.chunker = new Chunker(${CHUNK_SAMPLES});
    this.on = true;
    this.port.onmessage = () => {
      this.on = false;
      this.post(this.chunker.take());
      this.port.postMessage(null);
    };
  }
  post({ pcm, position }) {
    if (pcm.length) this.port.postMessage({ pcm, position, at: Date.now() }, [pcm.buffer]);
  }
  process([[channel]]) {
    if (channel && this.on) for (const chunk of this.chunker.push(this.resampler.push(channel))) this.post(chunk);
    return this.on;
  }
});`;
}
