/**
 * The model that a widget's front end gets, without a kernel: `sent` keeps what was sent, `receive` delivers a message of the kernel.
 * @param {Record<string, any>} state
 */
export function fakeModel(state) {
  /** @type {Map<string, Set<Function>>} */
  const listeners = new Map();
  const emit = (/** @type {string} */ event, /** @type {any[]} */ ...values) =>
    listeners.get(event)?.forEach((listener) => listener(...values));
  return {
    /** @type {any[]} */
    sent: [],
    get: (/** @type {string} */ name) => state[name],
    set(/** @type {string} */ name, /** @type {any} */ value) {
      state[name] = value;
      emit(`change:${name}`);
    },
    save_changes() {},
    send(/** @type {any} */ message) {
      this.sent.push(message);
    },
    on(/** @type {string} */ event, /** @type {Function} */ listener) {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
    },
    off(/** @type {string} */ event, /** @type {Function} */ listener) {
      listeners.get(event)?.delete(listener);
    },
    receive: (/** @type {any} */ message, /** @type {any[]} */ buffers = []) => emit("msg:custom", message, buffers),
    listeners: () => [...listeners.values()].reduce((sum, set) => sum + set.size, 0),
  };
}

/**
 * Render a widget's front end into the page.
 * @param {{ default: any }} module
 * @param {Record<string, any>} state
 */
export function show(module, state) {
  const model = fakeModel(state);
  const el = document.createElement("div");
  document.body.append(el);
  const end = new AbortController();
  module.default.render({ model, el, signal: end.signal, experimental: {} });
  return {
    model,
    el,
    end: () => {
      end.abort();
      el.remove();
    },
  };
}

/** jsdom lays nothing out and has no ResizeObserver. */
export class StillObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}
