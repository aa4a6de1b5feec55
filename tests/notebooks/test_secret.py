"""Keys and tokens that a notebook uses: one test for each way on which they could leave it.

The notebook logs everything, with websocket-client's trace, shows every object, and lets sessions fail.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

import nbformat
import pytest
import soundfile
from notebooks.running import executed, printed

from ipyscribe.audio import sample_path

pytestmark = [pytest.mark.kernel, pytest.mark.recogniser, pytest.mark.timeout(300)]

CELLS = [
    """
import logging, os, websocket
import ipyscribe as scribe
websocket.enableTrace(True)
logging.basicConfig(level=logging.DEBUG, force=True)
logging.getLogger("matplotlib").setLevel(logging.WARNING)
clip = scribe.AudioFile("clip.wav")
print(len(os.environ["ASSEMBLYAI_API_KEY"]), scribe.Transcriber().model)
""",
    """
t = scribe.Transcriber("local-whisper-tiny.en", source=clip, api_key=os.environ["ASSEMBLYAI_API_KEY"])
t
""",
    "t.start(); t.wait(); print(t.transcript.text)",
    "display(t, repr(t), t.session, t.session.parameters, t.controls, t.transcript_view)\n"
    "display(t.timeline, t.plot_timeline())",
    """
import traceback
credentials = {"api_key": os.environ["ASSEMBLYAI_API_KEY"]}, {"token": os.environ["A_TOKEN"]}
for given in credentials:
    session = scribe.Session("u3-rt-pro", source=clip, endpoint="ws://127.0.0.1:1", **given)
    try:
        with session:
            pass
    except scribe.errors.ConnectError as error:
        print(type(error).__name__)
        traceback.print_exception(error)
    display(session, session.error, session.notices)
""",
    """
from ipyscribe.access.local_server import LoopbackServer
server = LoopbackServer(idle_exit_s=600)  # the one for all may be about to leave, idle
for given in credentials:
    refused = scribe.Transcriber("local-whisper-tiny.en", source=clip, endpoint=server.address()[0], **given)
    display(refused)
    refused.start()
    try:
        refused.wait()
    except scribe.errors.AuthenticationError as error:
        print(type(error).__name__)
        traceback.print_exception(error)
""",
]


@dataclass(frozen=True)
class Ran:
    notebook: Any
    secrets: tuple[str, ...]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("notebook")
    sound, rate = soundfile.read(sample_path(), stop=48_000)
    soundfile.write(folder / "clip.wav", sound, rate)
    key, token = secrets.token_hex(16), secrets.token_urlsafe(90)
    notebook = executed(CELLS, folder, store_widget_state=True, ASSEMBLYAI_API_KEY=key, A_TOKEN=token)
    assert printed(notebook.cells[0]).split() == ["32", "universal-3-6-pro"], "the kernel has the key"
    assert "minute" in printed(notebook.cells[2])
    assert printed(notebook.cells[4]).split() == 2 * ["ConnectionRefusedByHostError"]
    assert printed(notebook.cells[5]).split() == 2 * ["AuthenticationError"]
    return Ran(notebook, (key, token))


def shown(ran: Ran, text: str) -> list[str]:
    return [secret for secret in ran.secrets if secret in text]


def test_no_log_in_the_outputs_shows_a_secret(ran: Ran) -> None:
    logged = "".join(o.text for cell in ran.notebook.cells for o in cell.outputs if o.get("name") == "stderr")
    assert "authorization: ***" in logged.lower(), "there was a trace"
    assert "token=***" in logged
    assert "Traceback" in logged
    assert shown(ran, logged) == []


def test_no_output_shows_a_secret(ran: Ran) -> None:
    outputs = [o for cell in ran.notebook.cells for o in cell.outputs]
    assert len([o for o in outputs if o.output_type == "display_data"]) >= 15
    assert shown(ran, json.dumps(outputs)) == []


def test_no_widget_state_holds_a_secret(ran: Ran) -> None:
    state = ran.notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    assert len(state) >= 12, "the saved notebook holds the state of three widgets and their parts"
    assert shown(ran, json.dumps(state)) == []


def test_no_saved_notebook_holds_a_secret(ran: Ran) -> None:
    assert shown(ran, nbformat.writes(ran.notebook)) == []


def test_no_page_made_of_the_notebook_holds_a_secret(ran: Ran) -> None:
    from nbconvert import HTMLExporter  # here, as every worker loads this file

    page, _ = HTMLExporter(template_name="lab").from_notebook_node(ran.notebook)
    assert "minute" in page
    assert shown(ran, page) == []
