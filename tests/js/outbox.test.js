import { describe, expect, it } from "vitest";
import { Outbox } from "../../src/ipyscribe/widgets/microphone/outbox.js";

/** @param {Outbox} box @param {number} count @param {number} [from] */
const fill = (box, count, from = 0) => {
  for (let i = from; i < from + count; i += 1) box.put({ pcm: new Int16Array(10), position: 10 * i, at: 0 });
};
const places = (/** @type {import("../../src/ipyscribe/widgets/microphone/outbox.js").Chunk[]} */ chunks) =>
  chunks.map(({ seq, position }) => [seq, position]);

describe("the outbox", () => {
  it("numbers what it sends and waits for answers", () => {
    const box = new Outbox(1000);
    fill(box, 5);
    expect(places(box.due(3))).toEqual([[0, 0], [1, 10], [2, 20]]);
    expect(box.due(3)).toEqual([]);
    box.acknowledge(2);
    expect(places(box.due(3))).toEqual([[3, 30], [4, 40]]);
    expect(box.bufferedSamples).toBe(30);
    box.acknowledge(5);
    expect([box.empty, box.bufferedSamples]).toEqual([true, 0]);
  });

  it("drops the oldest that was not sent, and says how much", () => {
    const box = new Outbox(50);
    fill(box, 2);
    box.due(2);
    fill(box, 6, 2);
    expect([box.bufferedSamples, box.droppedSamples]).toEqual([50, 30]);
    box.acknowledge(2);
    expect(places(box.due(9))).toEqual([[2, 50], [3, 60], [4, 70]]);
  });

  it("sends again what had no answer when the way there changes", () => {
    const box = new Outbox(1000);
    fill(box, 4);
    box.due(3);
    box.acknowledge(1);
    box.rewind();
    expect(places(box.due(9))).toEqual([[1, 10], [2, 20], [3, 30]]);
    expect(box.due(9)).toEqual([]);
  });

  it("takes a late answer and one that comes twice", () => {
    const box = new Outbox(1000);
    fill(box, 3);
    box.due(3);
    box.acknowledge(2);
    box.acknowledge(1);
    box.acknowledge(2);
    expect(box.bufferedSamples).toBe(10);
  });

  it("sends many that wait as few, but never across a gap", () => {
    const box = new Outbox(200);
    fill(box, 12);
    fill(box, 8, 13);
    expect(box.due(9).map(({ seq, position, pcm }) => [seq, position, pcm.length])).toEqual([
      [0, 0, 100], [1, 100, 10], [2, 110, 10], [3, 130, 10], [4, 140, 10], [5, 150, 10], [6, 160, 10], [7, 170, 10], [8, 180, 10],
    ]);
    box.acknowledge(1);
    expect(box.bufferedSamples).toBe(100);
  });

  it("keeps the newest chunk whatever the bound", () => {
    const box = new Outbox(5);
    fill(box, 3);
    expect(places(box.due(9))).toEqual([[0, 20]]);
  });
});
