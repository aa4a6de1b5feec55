/** @typedef {{ pcm: Int16Array, position: number, at: number, seq?: number }} Chunk */

const MOST_MERGED = 10;

/**
 * Sound on its way to the kernel: numbered when it is first sent, kept until it is acknowledged, at most
 * `maxSamples` of it. Beyond that the oldest that was not sent yet is dropped, so that the numbers stay without a
 * gap and the positions show what is missing.
 */
export class Outbox {
  /** @param {number} maxSamples */
  constructor(maxSamples) {
    this.maxSamples = maxSamples;
    this.bufferedSamples = 0;
    this.droppedSamples = 0;
    /** The number of the next chunk that is sent for the first time. */
    this.next = 0;
    /** @type {Chunk[]} sent, not acknowledged */
    this.unacknowledged = [];
    /** @type {Chunk[]} */
    this.waiting = [];
    this.resend = false;
  }

  get empty() {
    return this.unacknowledged.length + this.waiting.length === 0;
  }

  /** @param {Chunk} chunk */
  put(chunk) {
    this.waiting.push(chunk);
    this.bufferedSamples += chunk.pcm.length;
    while (this.bufferedSamples > this.maxSamples && this.waiting.length > 1) {
      const lost = /** @type {Chunk} */ (this.waiting.shift());
      this.bufferedSamples -= lost.pcm.length;
      this.droppedSamples += lost.pcm.length;
    }
  }

  /**
   * What is to be sent now, so that at most `window` chunks are unacknowledged.
   * @param {number} window
   */
  due(window) {
    const due = this.resend ? [...this.unacknowledged] : [];
    this.resend = false;
    while (this.unacknowledged.length < window && this.waiting.length) {
      const chunk = this.takeWaiting();
      chunk.seq = this.next;
      this.next += 1;
      this.unacknowledged.push(chunk);
      due.push(chunk);
    }
    return due;
  }

  /** The next chunk, or several consecutive ones merged where many wait: each message has a cost of its own. */
  takeWaiting() {
    const first = this.waiting[0];
    const count = this.waiting.length > MOST_MERGED ? MOST_MERGED : 1;
    let end = first.position;
    let taken = 0;
    for (; taken < count && this.waiting[taken].position === end; taken += 1) end += this.waiting[taken].pcm.length;
    const parts = this.waiting.splice(0, taken);
    if (taken === 1) return first;
    const pcm = new Int16Array(end - first.position);
    for (const part of parts) pcm.set(part.pcm, part.position - first.position);
    return { ...first, pcm };
  }

  /**
   * All before number `next` has arrived.
   * @param {number} next
   */
  acknowledge(next) {
    while (this.unacknowledged.length && Number(this.unacknowledged[0].seq) < next) {
      this.bufferedSamples -= /** @type {Chunk} */ (this.unacknowledged.shift()).pcm.length;
    }
  }

  /** What is unacknowledged is to be sent again. */
  rewind() {
    this.resend = true;
  }
}
