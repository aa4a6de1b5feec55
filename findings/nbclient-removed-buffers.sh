#!/usr/bin/env bash
# nbclient 0.11.0 (nbconvert --execute, papermill): what a widget's binary trait held stays in the executed notebook after
# the trait was set to None, or a list of bytes was made shorter. State and buffers are kept apart and only ever added to,
# so the saved state says None and a saved buffer for that place holds the old bytes. Put in their places, as ipywidgets
# does, the buffers give the widget its old value again: a recording that was taken out before the notebook was saved is
# still in the file. An empty value (b"") in place of None does replace it. Nothing is raised.
# Here the widget is one with a trait for a sound and one for parts of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q --disable-pip-version-check install \
    nbclient==0.11.0 nbformat==5.10.4 ipykernel==7.4.0 ipywidgets==8.1.9
PATH="$folder/venv/bin:$PATH" "$folder/venv/bin/python" - <<'PY' 2> "$folder/log" || { cat "$folder/log"; exit 1; }
import base64

import nbformat
from ipywidgets.widgets.widget import _put_buffers
from nbclient import NotebookClient

CELLS = (
    """
import ipywidgets
import traitlets

class Player(ipywidgets.DOMWidget):
    sound = traitlets.Bytes(allow_none=True, default_value=None).tag(sync=True)
    emptied = traitlets.Bytes().tag(sync=True)
    parts = traitlets.List().tag(sync=True)

player = Player(sound=b"what was said", emptied=b"what was said", parts=[b"first part", b"second part"])
player
""",
    "player.sound, player.emptied, player.parts = None, b'', [b'third part']",
    "print(player.sound, player.emptied, player.parts)",
)
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
NotebookClient(notebook, kernel_name="python3").execute()
print("in the kernel:", notebook.cells[-1].outputs[0].text.strip())
states = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"].values()
[saved] = [each for each in states if "sound" in each["state"]]
buffers = {tuple(each["path"]): base64.b64decode(each["data"]) for each in saved["buffers"]}
print("in the notebook: sound =", saved["state"]["sound"])
for path, data in buffers.items():
    print("  buffer for", path, data)
assert saved["state"]["sound"] is None
assert buffers == {
    ("sound",): b"what was said",
    ("emptied",): b"",
    ("parts", 0): b"third part",
    ("parts", 1): b"second part",
}, "nbclient no longer keeps the buffers of what was removed"
_put_buffers(saved["state"], [("sound",)], [buffers["sound",]])
print("once the buffer is in its place: sound =", saved["state"]["sound"])
assert saved["state"]["sound"] == b"what was said"
PY
