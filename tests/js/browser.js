/** @type {any} */
export const world = globalThis;

/** A browser with one microphone. */
export class FakeBrowser {
  constructor() {
    this.state = "running";
    this.refuse = "";
    this.blocked = false;
    /** @type {any[]} */
    this.asked = [];
    /** @type {any} */
    this.track = Object.assign(new EventTarget(), {
      label: "Headset",
      readyState: "live",
      stop() {
        this.readyState = "ended";
      },
      getSettings: () => ({ echoCancellation: false, noiseSuppression: true, channelCount: 2 }),
    });
    const browser = this;
    world.isSecureContext = true;
    world.AudioContext = class {
      sampleRate = 48000;
      audioWorklet = { addModule: async () => browser.blocked && Promise.reject(new Error("CSP")) };
      get state() {
        return browser.state;
      }
      createMediaStreamSource = () => ({ connect() {} });
      resume = async () => {};
      close = async () => {};
    };
    world.AudioWorkletNode = class {
      constructor() {
        browser.port = this.port;
      }
      port = {
        /** @type {(event: any) => void} */
        onmessage: () => {},
        /** @param {any} _ */
        postMessage(_) {
          this.onmessage({ data: null });
        },
      };
    };
    Object.defineProperty(navigator, "mediaDevices", { configurable: true, value: this });
    URL.createObjectURL ??= () => "blob:";
    URL.revokeObjectURL ??= () => {};
  }
  /** @type {any} */
  port = null;
  /** @param {any} wish */
  async getUserMedia(wish) {
    this.asked.push(wish.audio);
    if (this.refuse) throw Object.assign(new Error("no"), { name: this.refuse });
    return { getTracks: () => [this.track], getAudioTracks: () => [this.track] };
  }
  enumerateDevices = async () => [{ kind: "audioinput", deviceId: "a", label: "Headset" }];
  addEventListener() {}
  /** @param {number} position */
  hear(position) {
    this.port.onmessage({ data: { pcm: new Int16Array(1600).fill(1000), position, at: 0 } });
  }
}

/** A WebSocket that a test opens and speaks through. */
export class FakeSocket extends EventTarget {
  /** @type {any[]} */
  sent = [];
  constructor() {
    super();
    world.socket = this;
  }
  /** @param {any} data */
  send(data) {
    this.sent.push(data);
  }
  close() {}
  /** @param {object} message */
  tell(message) {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) }));
  }
}

/** What a Jupyter server writes into its pages. */
export function configuration() {
  const config = document.createElement("script");
  config.id = "jupyter-config-data";
  config.type = "application/json";
  config.textContent = '{"baseUrl": "/user/me/"}';
  document.head.append(config);
  return config;
}
