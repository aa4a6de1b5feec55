#!/usr/bin/env bash
# anywidget 0.11.0 in JupyterLab 4.6.6: a widget whose module takes longer than 2 s to load is shown once it has loaded,
# and from then on receives nothing from the kernel: no change of a trait, no custom message, for as long as the page
# lives. Its model awaits one promise before each message, and that promise is rejected 2 s after the model was made,
# whether or not the module comes later; the view awaits another. What the page sends does arrive. A slow machine, a slow
# line to a hub, or a module that imports a large package from elsewhere is enough.
# Here two widgets with the same code are shown, of which one waits for a moment before it is loaded. Needs Chromium.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q --disable-pip-version-check install \
    anywidget==0.11.0 jupyterlab==4.6.6 ipykernel==7.4.0 ipywidgets==8.1.9 playwright==1.65.2
export JUPYTER_CONFIG_DIR="$folder/config" JUPYTER_DATA_DIR="$folder/data" JUPYTER_RUNTIME_DIR="$folder/runtime"
"$folder/venv/bin/python" - "$folder" <<'PY'
import sys

import nbformat

SHOWN = '''
import anywidget, traitlets

def widget(loads_after_ms):
    class Counter(anywidget.AnyWidget):
        _esm = """
        await new Promise(done => setTimeout(done, %d));
        export default { render({ model, el }) {
            el.className = "counter%d";
            let messages = 0;
            const show = () => el.textContent = `n=${model.get("n")} messages=${messages}`;
            model.on("change:n", show);
            model.on("msg:custom", () => { messages += 1; show(); });
            show();
            setTimeout(() => model.send("hello"), 100);
        } };
        """ % (loads_after_ms, loads_after_ms)
        n = traitlets.Int(0).tag(sync=True)
    counter = Counter()
    counter.heard = []
    counter.on_msg(lambda _, content, buffers: counter.heard.append(content))
    return counter

quick, slow = widget(200), widget(3000)
display(quick, slow)
'''
SENT = '''
for number in (1, 2, 3):
    for each in (quick, slow):
        each.n = number
        each.send("a message")
print("sent; heard from", quick.heard, slow.heard)
'''
cells = [nbformat.v4.new_code_cell(source) for source in (SHOWN, SENT)]
kernel = {"kernelspec": {"name": "python3", "display_name": "python3", "language": "python"}}
nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), f"{sys.argv[1]}/a.ipynb")
PY
port=$("$folder/venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$folder/venv/bin/python" -m jupyterlab --allow-root --no-browser --expose-app-in-browser --ServerApp.ip=127.0.0.1 \
    --ServerApp.port="$port" --IdentityProvider.token=only-here --ServerApp.root_dir="$folder" >"$folder/log" 2>&1 &
server=$!
"$folder/venv/bin/python" - "$port" "$chromium" <<'PY'
import sys
import time
import urllib.error
import urllib.request
from importlib.metadata import version

from playwright.sync_api import expect, sync_playwright

port, chromium = sys.argv[1:]
address = f"http://127.0.0.1:{port}"
for _ in range(300):
    try:
        urllib.request.urlopen(f"{address}/api?token=only-here", timeout=5)
        break
    except (urllib.error.URLError, OSError):
        time.sleep(0.2)
print("anywidget", version("anywidget"), "jupyterlab", version("jupyterlab"))
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu"])
    page = browser.new_page()
    page.set_default_timeout(120_000)
    expect.set_options(timeout=120_000)
    page.goto(f"{address}/lab/tree/a.ipynb?token=only-here")
    page.wait_for_function(
        "() => [...(window.jupyterapp?.shell.widgets('main') ?? [])]"
        ".some(w => w.sessionContext?.session?.kernel?.connectionStatus === 'connected')"
    )
    run = "() => window.jupyterapp.commands.execute('notebook:run-cell-and-select-next')"
    page.evaluate(run)
    quick, slow = page.locator(".counter200"), page.locator(".counter3000")
    expect(quick).to_have_text("n=0 messages=0")
    expect(slow).to_have_text("n=0 messages=0")
    page.wait_for_timeout(1_000)
    page.evaluate(run)
    expect(page.get_by_text("sent; heard from ['hello'] ['hello']")).to_be_visible()
    expect(quick).to_have_text("n=3 messages=3")
    page.wait_for_timeout(3_000)
    print("module loaded after 0.2 s:", quick.inner_text())
    print("module loaded after 3 s:  ", slow.inner_text())
    assert slow.inner_text() == "n=0 messages=0", slow.inner_text()
    browser.close()
PY
