/**
 * Changes the rate of sound as it comes, band-limited: a polyphase low-pass of a Kaiser-windowed sinc, flat to
 * 6.8 kHz and 80 dB down above 8 kHz for an output of 16 kHz.
 *
 * Its source text goes into an AudioWorklet, so it refers to nothing outside itself.
 */
export class Resampler {
  /**
   * @param {number} fromHz whole number
   * @param {number} toHz whole number
   */
  constructor(fromHz, toHz) {
    const common = (/** @type {number} */ a, /** @type {number} */ b) => {
      while (b) [a, b] = [b, a % b];
      return a;
    };
    const bessel = (/** @type {number} */ x) => {
      let [sum, term] = [1, 1];
      for (let k = 1; term > 1e-12 * sum; k += 1) sum += term *= (x / (2 * k)) ** 2;
      return sum;
    };
    const [zeros, beta, pass] = [32, 8, 0.92];
    this.up = toHz / common(fromHz, toHz);
    this.down = fromHz / common(fromHz, toHz);
    const cutoff = 0.5 * pass * Math.min(1, toHz / fromHz);
    this.half = Math.ceil(zeros / (2 * cutoff));
    /** Taps for each of the places between two samples where an output can lie. */
    this.phases = Array.from({ length: this.up }, (_, phase) => {
      const taps = new Float32Array(2 * this.half);
      let sum = 0;
      for (let k = 0; k < taps.length; k += 1) {
        const x = k - this.half + 1 - phase / this.up;
        const sinc = x === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * x) / (Math.PI * x);
        taps[k] = sinc * bessel(beta * Math.sqrt(Math.max(0, 1 - (x / this.half) ** 2)));
        sum += taps[k];
      }
      return taps.map((tap) => tap / sum);
    });
    this.held = new Float32Array(this.half - 1);
    this.phase = 0;
  }

  /**
   * The output that is ready after this input. `n` samples give `n * toHz / fromHz` in all, less the few ms that the
   * filter looks ahead.
   * @param {Float32Array} samples
   */
  push(samples) {
    if (this.up === this.down) return samples.slice();
    const input = new Float32Array(this.held.length + samples.length);
    input.set(this.held);
    input.set(samples, this.held.length);
    const out = [];
    let at = 0;
    while (at + 2 * this.half <= input.length) {
      const taps = this.phases[this.phase];
      let sum = 0;
      for (let k = 0; k < taps.length; k += 1) sum += taps[k] * input[at + k];
      out.push(sum);
      this.phase += this.down;
      at += Math.floor(this.phase / this.up);
      this.phase %= this.up;
    }
    this.held = input.slice(at);
    return Float32Array.from(out);
  }
}
