"""The browser's microphone as a person and a page see it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

RECOGNISE = "import ipyscribe as scribe\nt = scribe.Transcriber('local-whisper-tiny.en', source='auto')\nt"
"""A cell with a widget that listens to the browser's microphone; the kernel starts the offline recogniser."""
MAKE = "import os\n" + RECOGNISE.replace("'auto'", "'auto', endpoint=os.environ['SAMPLE_SERVER']")
"""The same with the words of the fixture ``sample_server``."""
BY_WEBSOCKET = "by WebSocket"
BY_COMM = "through the notebook's connection"
NOTES = """
window.tracks = [];
window.worklets = [];
window.proxySockets = [];
window.WebSocket = class extends WebSocket {
  constructor(url, ...given) {
    super(url, ...given);
    if (!/[/]proxy[/][0-9]+[/]/.test(url)) return;
    window.proxySockets.push(this);
    if (window.withoutProxy) this.close();
  }
};
const { mediaDevices } = navigator;
if (mediaDevices) {
  const ask = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (wish) => {
    const stream = await ask(wish);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
  window.AudioWorkletNode = class extends AudioWorkletNode {
    constructor(...given) {
      super(...given);
      const chunks = [];
      window.worklets.push(chunks);
      this.port.addEventListener("message", ({ data }) => data && chunks.push([...data.pcm]));
    }
  };
}
"""
"""Has a page note every track that it is given, the sound that its audio worklets hand out, and the WebSockets that
lead to the kernel, through jupyter-server-proxy.

With ``WITHOUT_PROXY`` no such WebSocket opens.
"""
WITHOUT_PROXY = "() => { window.withoutProxy = true; }"
FORGET = "() => { Object.assign(window, { tracks: [], worklets: [], proxySockets: [], withoutProxy: false }) }"
"""For the next test in the same page."""


def light(page: Page) -> None:
    expect(page.locator(".ips-microphone .light.on").first).to_be_visible()


def dark(page: Page) -> None:
    expect(page.locator(".ips-microphone").first).to_be_visible()
    expect(page.locator(".ips-microphone .light.on")).to_have_count(0)


def tracks(page: Page) -> int:
    """How many microphones the page has open."""
    return int(page.evaluate("() => window.tracks.filter(track => track.readyState === 'live').length"))
