"""The tapes of the lessons, which come with the package: the bundled sample through models and settings."""

from __future__ import annotations

from pathlib import Path

from ipyscribe.errors import ParameterError
from ipyscribe.tape import Tape

_FOLDER = Path(__file__).parent / "tapes"


def tapes() -> tuple[str, ...]:
    """The names that ``tape`` takes."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.tape")))


def tape(name: str) -> Tape:
    """A tape of the lessons.

    "models" has four lanes: "tiny.en" and "pocketsphinx", recognisers of this computer, and "immutable" and
    "revising", simulations of two families of AssemblyAI's models: their way of talking, with the words of tiny.en.
    "silences" has tiny.en, which waits for 150, 400, 700 and 1500 ms of silence before it ends a turn. All heard the
    bundled sample at the pace of speech. Raises ``ParameterError`` for another name.
    """
    if name not in tapes():
        raise ParameterError(f"{name!r:.80} is not a tape of the lessons.", advice=f"Available: {', '.join(tapes())}.")
    return Tape.load(_FOLDER / f"{name}.tape")
