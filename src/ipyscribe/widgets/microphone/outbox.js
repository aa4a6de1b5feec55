/** @typedef {{ pcm: Int16Array, position: number, at: number, seq?: number }} Chunk */

const MERGED = 10;

/**
 * Sound on its way to the kernel: numbered when it is first sent, kept until it is acknowledged, at most
 * `mostSamples` of it. Beyond that the oldest that was not sent yet is dropped, so that the numbers stay without a
 * gap and the positions show what is missing.
 */
export class Outbox {
  /** @param {number} mostSamples */
  constructor(mostSamples) {
    this.mostSamples = mostSamples;
    this.heldSamples = 0;
    this.droppedSamples = 0;
    /** The number of the next chunk that is sent for the first time. */
    this.next = 0;
    /** @type {Chunk[]} sent, not acknowledged */
    this.flying = [];
    /** @type {Chunk[]} */
    this.waiting = [];
    this.again = false;
  }

  get empty() {
    return this.flying.length + this.waiting.length === 0;
  }

  /** @param {Chunk} chunk */
  put(chunk) {
    this.waiting.push(chunk);
    this.heldSamples += chunk.pcm.length;
    while (this.heldSamples > this.mostSamples && this.waiting.length > 1) {
      const lost = /** @type {Chunk} */ (this.waiting.shift());
      this.heldSamples -= lost.pcm.length;
      this.droppedSamples += lost.pcm.length;
    }
  }

  /**
   * What is to be sent now, so that at most `window` chunks are without an answer.
   * @param {number} window
   */
  due(window) {
    const due = this.again ? [...this.flying] : [];
    this.again = false;
    while (this.flying.length < window && this.waiting.length) {
      const chunk = this.takeWaiting();
      chunk.seq = this.next;
      this.next += 1;
      this.flying.push(chunk);
      due.push(chunk);
    }
    return due;
  }

  /** The next chunk, or several that follow each other as one where many wait: each message costs time of its own. */
  takeWaiting() {
    const first = this.waiting[0];
    const count = this.waiting.length > MERGED ? MERGED : 1;
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
    while (this.flying.length && Number(this.flying[0].seq) < next) {
      this.heldSamples -= /** @type {Chunk} */ (this.flying.shift()).pcm.length;
    }
  }

  /** What is without an answer is to be sent again. */
  rewind() {
    this.again = true;
  }
}
