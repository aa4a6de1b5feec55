import subprocess
import sys

CODE = """
import sys
import ipyscribe as scribe
transcript = scribe.Transcript()
for extension in ("txt", "md", "srt", "vtt", "json", "csv", "html"):
    assert scribe.export.content(transcript, extension) or extension in ("txt", "md", "srt")
heavy = ["IPython", "anywidget", "matplotlib", "pandas", "polars", "praatio", "pympi", "soundfile", "websocket"]
print([name for name in heavy if name in sys.modules])
"""


def test_what_is_not_used_is_not_imported() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=100)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
