import subprocess
import sys

import ipyscribe.timeline


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=90)
    return done.stdout.strip()


def test_importing_loads_no_plotting_library():
    assert run("import sys, ipyscribe.timeline; print({'matplotlib', 'numpy'} & set(sys.modules))") == "set()"


def test_drawing_loads_neither_pyplot_nor_jupyter():
    code = (
        "import sys; from ipyscribe.timeline import plot_timeline, placed_timeline; "
        "from ipyscribe.transcript import Transcript; "
        "plot_timeline(Transcript())._repr_png_(); placed_timeline(Transcript(), theme='dark', width_px=400).png; "
        "from ipyscribe.timeline import ModelPoint, plot_accuracy_latency, plot_lanes, plot_latency, plot_words; "
        "plot_lanes({'a': Transcript()}); plot_latency({'a': [1.0]}); plot_words({'a': []}); "
        "plot_accuracy_latency([ModelPoint('a', 0.1, 300.0)])._repr_png_(); "
        "print({'matplotlib.pyplot', 'IPython', 'ipywidgets', 'tkinter'} & set(sys.modules))"
    )
    assert run(code) == "set()"


def test_all_names_exist():
    for name in ipyscribe.timeline.__all__:
        assert getattr(ipyscribe.timeline, name).__doc__
