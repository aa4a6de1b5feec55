import { beforeEach, describe, expect, it } from "vitest";
import { liveLanes } from "../../src/ipyscribe/widgets/timeline/live_lanes.js";

const frame = {
  total: 900, left: 26, width: 848, height: 136, axis: 94, middles: [51], span: 30_000, tick: 5000, names: "above", brackets: false,
  warning: "",
};
const rest = { label: "u3-rt-pro (simulated)", dots: false, summary: null, marks: [[9000, true, "reconnected"]] };
const turn = (/** @type {object} */ changes = {}) => {
  const { start, end, settled, words, delay } = { start: 1000, end: 4000, settled: true, words: [["in", 1200, ["good evening", "everyone"]]], delay: [4500, "500 ms"], ...changes };
  return [start, end, settled, words, delay];
};
/** @type {HTMLElement} */
let el;
/** @type {ReturnType<typeof liveLanes>} */
let lanes;
const all = (/** @type {string} */ selector) => /** @type {HTMLElement[]} */ ([...el.querySelectorAll(selector)]);
const send = (/** @type {object} */ message) => lanes.show(/** @type {any} */ ({ start: 0, now: 6000, ...message }));

beforeEach(() => {
  el = document.createElement("div");
  lanes = liveLanes(el);
});

describe("lanes that run", () => {
  it("wait for a message that has everything", () => {
    expect(send({ lanes: [{ lane: 0, turns: [[0, turn()]] }] })).toBe(null);
  });

  it("are drawn where the kernel says, with their clock", () => {
    const axis = send({ frame, differ: [], lanes: [{ lane: 0, turns: [[0, turn()]], rest }] });
    expect(axis).toEqual([0, 30_000, 26 / 900, 874 / 900]);
    const [bar] = all(".bar");
    expect([bar.style.left, bar.style.width]).toEqual(["28.3px", "84.8px"]);
    expect(bar.querySelector("span")?.innerHTML).toBe("good evening<br>everyone");
    expect(all(".ms").map((each) => each.textContent)).toEqual(["500 ms"]);
    expect(all(".name").map((each) => each.textContent)).toEqual(["u3-rt-pro (simulated)"]);
    expect(all(".mark.warm").map((each) => each.textContent)).toEqual(["reconnected"]);
    expect(all(".tick").map((each) => each.textContent)).toEqual(["0:00", "0:05", "0:10", "0:15", "0:20", "0:25", "0:30"]);
    expect(all(".empty")[0].hidden).toBe(true);
  });

  it("move with the clock, and change only where they are told to", () => {
    send({ frame, differ: [], lanes: [{ lane: 0, turns: [[0, turn()], [1, turn({ start: 5000, end: 5500, settled: false, words: [["beside", 5600, ["the"]]], delay: null })]], rest }] });
    const [settled, open] = all(".bar");
    send({ start: 3000, now: 30_000, lanes: [{ lane: 0, turns: [[1, turn({ start: 5000, end: 7000, delay: null })]] }] });
    expect(all(".bar")[0]).toBe(settled);
    expect(open.isConnected).toBe(false);
    expect(all(".beside")).toEqual([]);
    expect(all(".moving")[0].style.transform).toBe("translateX(-84.8px)");
    expect(all(".bar")[0].style.getPropertyValue("--hidden")).toBe("56.5px"); // the words of a bar that leaves stay in view
    send({ start: 5000, now: 32_000, lanes: [{ lane: 0, gone: [0] }] });
    expect(all(".bar").length).toBe(1);
    expect(all(".tick")[0].textContent).toBe("0:05");
  });

  it("let a label go with its bar, and say what is empty then", () => {
    send({ frame, differ: [], lanes: [{ lane: 0, turns: [[0, turn({ words: [["above", 1200, ["good evening"]]] })]], rest }] });
    expect(all(".gone")).toEqual([]);
    send({ start: 10_000, now: 35_000 });
    expect(all(".bar.gone ~ .above").map((each) => each.textContent)).toEqual(["good evening"]);
    send({ start: 20_000, now: 45_000, lanes: [{ lane: 0, gone: [0] }] });
    expect([all(".empty")[0].hidden, all(".empty")[0].textContent]).toEqual([false, "no speech in this part"]);
  });

  it("show dots where bars of delays would overlap, and a warning across them", () => {
    send({
      frame: { ...frame, warning: "Latencies are those of this computer." }, differ: [[1000, 2000]],
      lanes: [{ lane: 0, turns: [[0, turn({ delay: [4500, 0.5] })]], rest: { ...rest, dots: true, summary: [5000, ["median 500 ms", "longest 1 s"]] } }],
    });
    expect(all(".dot").map((each) => each.style.top)).toEqual(["8.5px"]);
    expect(all(".ms, .delay")).toEqual([]);
    expect(all(".summary")[0].innerHTML).toBe("median 500 ms<br>longest 1 s");
    expect(all(".warning")[0].textContent).toContain("this computer");
    expect(all(".differ").length).toBe(1);
  });

  it("show how loud the sound is, as far as it is in view", () => {
    const paths = () => all(".levels path").map((path) => path.getAttribute("d"));
    send({ frame, differ: [], lanes: [{ lane: 0, rest }], levels: [[500, 20], [1000, 60], [5000, 10]] });
    const first = all(".levels path")[1];
    expect(paths()).toEqual(["M5.7 80H14.1V120H5.7zM14.1 40H28.3V160H14.1z", "M19.8 90H28.3V110H19.8z"]); // nothing between: no sound
    send({ start: 5000, now: 35_000, levels: [[5500, 20]] });
    expect(paths()).toEqual(["M19.8 90H28.3V110H19.8zM28.3 80H42.4V120H28.3z"]);
    expect(all(".levels path")[0]).toBe(first);
    expect(all(".band")[0].style.transform).toBe("translateX(-141.3px)");
    send({ start: 0, now: 2000, levels: [[800, 5]] }); // begun anew
    expect(paths()).toEqual(["M14.1 95H22.6V105H14.1z"]);
    send({ start: 0, now: 4500, levels: [[3900, 50], [4200, 50]] });
    expect(paths().map((path) => path?.split("z").at(-2))).toEqual(["M110.2 50H113.1V150H110.2", "M0.0 50H5.7V150H0.0"]);
  });

  it("put words in as text", () => {
    send({ frame, differ: [], lanes: [{ lane: 0, turns: [[0, turn({ words: [["in", 1200, ["<img src=x>"]]] })]], rest }] });
    expect(all("img")).toEqual([]);
  });
});
