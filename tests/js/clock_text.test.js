import { describe, expect, it } from "vitest";
import { clockText } from "../../src/ipyscribe/export/clock_text.js";

describe("a time on the audio clock", () => {
  it.each([[0, "0:00"], [59_999, "0:59"], [61_950, "1:01"], [754_000, "12:34"], [3_600_000, "1:00:00"]])("%i ms is %s", (ms, text) =>
    expect(clockText(ms)).toBe(text),
  );
  it.each([[0, "0:00.0"], [59_960, "1:00.0"], [83_450, "1:23.5"], [3_723_400, "1:02:03.4"]])("%i ms with tenths is %s", (ms, text) =>
    expect(clockText(ms, true)).toBe(text),
  );
});
