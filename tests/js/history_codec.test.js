import { describe, expect, it } from "vitest";
import { changeTimes, lookAt, matches, unpack } from "../../src/ipyscribe/export/history_codec.js";

const changes = [
  [900, 0, "we", 0],
  [400, 2, " measure", 2],
  [500, 3, "measured it", 11],
  [600, 0, "We measured it.", 15],
];
const turn = unpack([500, 1900, 2400, 2400, changes, [[3, 8, 100, 600]]], "We measured it.");

describe("a turn of the page", () => {
  it("has its versions restored", () => {
    expect(turn.versions.map((version) => [version.at, version.text])).toEqual([
      [900, "we"],
      [1300, "we measure"],
      [1800, "we measured it"],
      [2400, "We measured it."],
    ]);
    expect(turn.words).toEqual([{ at: 3, length: 8, start: 600, end: 1200 }]);
  });

  it("is not there before its first words came", () => {
    expect(lookAt(turn, 899)).toBeNull();
    expect(lookAt(turn, 900)).toEqual({ text: "we", finalChars: 0, state: "open" });
  });

  it("looks at every moment as it did then", () => {
    expect(lookAt(turn, 1799)).toEqual({ text: "we measure", finalChars: 2, state: "open" });
    expect(lookAt(turn, 2399)).toEqual({ text: "we measured it", finalChars: 11, state: "open" });
    expect(lookAt(turn, 2400)).toEqual({ text: "We measured it.", finalChars: 15, state: "settled" });
    expect(lookAt(turn, Infinity)?.state).toBe("settled");
  });

  it("waits for its formatted text between two finals", () => {
    const twice = unpack([0, 500, 700, 1000, [[700, 0, "so it is", 8], [300, 0, "So it is.", 9]], []], "So it is.");
    expect(lookAt(twice, 900)).toEqual({ text: "so it is", finalChars: 8, state: "provisional" });
    expect(lookAt(twice, 1000)?.state).toBe("settled");
  });

  it("stays open where no final came", () => {
    const open = unpack([0, 500, null, null, [[700, 0, "so", 0]], []], "so");
    expect(lookAt(open, Infinity)).toEqual({ text: "so", finalChars: 0, state: "open" });
    expect(changeTimes([open, turn])).toEqual([700, 900, 1300, 1800, 2400]);
  });
});

describe("searching", () => {
  it.each([
    ["You and you", "you", [[0, 3], [8, 11]]],
    ["aaa", "aa", [[0, 2]]],
    ["İstanbul", "istanbul", []],
    ["a.b", ".", [[1, 2]]],
    ["anything", "", []],
  ])("%j for %j", (text, query, spans) => expect(matches(text, query)).toEqual(spans));
});
