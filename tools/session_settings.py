"""Write ``SessionSettings``, the type of a session's settings, from the table of connection parameters.

    python tools/session_settings.py

reads ``PARAMETERS`` of ``ipyscribe.protocol.parameters`` and writes ``session_settings.py`` beside it.
"""

from pathlib import Path

from ipyscribe.protocol import parameters
from ipyscribe.protocol.parameters import PARAMETERS, Parameter, expected
from ipyscribe.protocol.presets import PRESETS

TARGET = Path(parameters.__file__).with_name("session_settings.py")
TYPES = {
    "flag": "bool",
    "integer": "int",
    "number": "float",
    "text": "str",
    "list": "list[str] | tuple[str, ...]",
    "object": "Mapping[str, Any]",
}
HEAD = '''"""The settings of a session as a type, so that an editor completes them and a type checker knows them.

Written by ``tools/session_settings.py`` from the table in ``parameters.py``: change that and run it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict


class SessionSettings(TypedDict, total=False):
    """The connection's parameters by name; one that is None or left out keeps the server's default."""
'''


def source() -> str:
    """The module's text."""
    return HEAD + "".join(_field(parameter) for parameter in PARAMETERS.values()) + _preset()


def _field(parameter: Parameter) -> str:
    if parameter.kind == "choice":
        quoted = ", ".join(f'"{choice}"' for choice in parameter.choices)
        wanted = f"Literal[{quoted}]"
    elif parameter.name == "language_codes":
        wanted = f"str | {TYPES['list']}"
    else:
        wanted = TYPES[parameter.kind]
    return f'\n    {parameter.name}: {wanted} | None\n    """{parameter.meaning}: {expected(parameter)}."""\n'


def _preset() -> str:
    uses = "; ".join(f"{preset.name!r}: {preset.use}" for preset in PRESETS.values())
    names = ", ".join(f'"{name}"' for name in PRESETS)
    return f'\n    preset: Literal[{names}] | None\n    """Settings by use. {uses}."""\n'


if __name__ == "__main__":
    TARGET.write_text(source(), encoding="utf-8")
    print(f"Wrote {TARGET} with {len(PARAMETERS)} settings.")
