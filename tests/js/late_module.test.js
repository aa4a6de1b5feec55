import { describe, expect, it } from "vitest";
import { heard } from "../../src/ipyscribe/widgets/shared/late_module.js";
import { fakeModel } from "./model.js";

/** A model as anywidget makes it, whose module was in time or not. @param {boolean} inTime */
function hostOf(inTime) {
  class WidgetModel {
    /** @type {any[]} */
    received = [];
    comm = { receive: (/** @type {any} */ message) => this._handle_comm_msg(message), on_msg(/** @type {any} */ receive) { this.receive = receive; } };
    async _handle_comm_msg(/** @type {any} */ message) {
      if (message.content.data.method !== "none") this.received.push(message.content.data);
    }
  }
  class AnyModel extends WidgetModel {
    ready = inTime ? Promise.resolve() : Promise.reject(new Error("Failed to initialize model."));
    async _handle_comm_msg(/** @type {any} */ message) {
      await this.ready;
      return super._handle_comm_msg(message);
    }
  }
  return new AnyModel();
}

/** @param {any} manager */
function rendered(manager) {
  const model = Object.assign(fakeModel({ ident: "one" }), { widget_manager: manager });
  /** @type {any[]} */
  const drawn = [];
  const done = heard((props) => drawn.push(props))(/** @type {any} */ ({ model, signal: new AbortController().signal }));
  return { model, drawn, done };
}

const managerOf = (/** @type {any} */ host) => ({ has_model: (/** @type {string} */ id) => id === "one", get_model: async () => host });

describe("a module", () => {
  it.each([true, false])("hears the kernel whether it was in time or not: %s", async (inTime) => {
    const host = hostOf(inTime);
    const { model, drawn, done } = rendered(managerOf(host));
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    expect([drawn.length, model.sent]).toEqual(inTime ? [1, []] : [0, [{ kind: "missed" }]]);
    model.receive({ kind: "made_up" });
    await done;
    expect([drawn.length, model.listeners()]).toEqual([1, 0]);
    const data = { method: "custom", content: { kind: "turns" } };
    await host.comm.receive({ content: { data } });
    expect(host.received).toEqual([data]);
  });

  it("is drawn at once by a host that is not one of ipywidgets", () => {
    expect(rendered({ get_model: () => new Promise(() => {}) }).drawn.length).toBe(1);
    expect(rendered(undefined).drawn.length).toBe(1);
  });
});
