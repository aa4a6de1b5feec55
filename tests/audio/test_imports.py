import subprocess
import sys
from types import FunctionType, ModuleType

import ipyscribe.audio

HEAVY = ("av", "numpy", "sounddevice", "soundfile", "soxr")


def test_importing_loads_no_audio_library():
    code = f"import sys, ipyscribe.audio; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_exported_once():
    public = [
        name
        for name, value in vars(ipyscribe.audio).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    ]
    assert sorted(ipyscribe.audio.__all__) == sorted(public)


def test_everything_exported_is_documented():
    for name in ipyscribe.audio.__all__:
        value = getattr(ipyscribe.audio, name)
        if isinstance(value, type | FunctionType):
            assert value.__doc__, name
