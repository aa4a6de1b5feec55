"""The browser's microphone as a person and a page see it."""

from __future__ import annotations

import base64

from playwright.sync_api import Page
from support.expect import expect

RECOGNISE = "import ipyscribe as scribe\nt = scribe.Transcriber('local-whisper-tiny.en', source='auto')\nt"
"""A cell with a widget that listens to the browser's microphone; the kernel starts the offline recogniser."""
MAKE = "import os\n" + RECOGNISE.replace("'auto'", "'auto', endpoint=os.environ['QUICK_SERVER']")
"""The same with the words of the fixture ``quick_server``."""
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
      this.port.addEventListener("message", ({ data }) => data && chunks.push(data.pcm.slice()));
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
_HANDED_OUT = """() => new Promise((done, fail) => {
  const [chunks, ...others] = window.worklets;
  if (others.length) fail(new Error("more than one audio worklet"));
  const reader = new FileReader();
  reader.onload = () => done(reader.result.split(",")[1]);
  reader.readAsDataURL(new Blob(chunks));
})"""


def handed_out(page: Page) -> bytes:
    """The sound that the page's one audio worklet has handed out: 16-bit samples, little-endian."""
    return base64.b64decode(page.evaluate(_HANDED_OUT))


def light(page: Page) -> None:
    expect(page.locator(".ips-microphone .light.on").first).to_be_visible()


def dark(page: Page) -> None:
    expect(page.locator(".ips-microphone").first).to_be_visible()
    expect(page.locator(".ips-microphone .light.on")).to_have_count(0)


def tracks(page: Page) -> int:
    """How many microphones the page has open."""
    return int(page.evaluate("() => window.tracks.filter(track => track.readyState === 'live').length"))
