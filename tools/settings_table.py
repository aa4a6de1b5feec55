"""Write the table of every setting on every family of models into ``docs/protocol.md``.

    python tools/settings_table.py

The client's column is what ``check_parameters`` and ``setting_notes`` make of an example; the local server's what
``read_query`` does with it.
"""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from ipyscribe.errors import ParameterError
from ipyscribe.local.parameters import RefusalError, read_query
from ipyscribe.protocol import LOCAL_MODEL, PARAMETERS, Model, Parameter, check_parameters, find_model, models
from ipyscribe.protocol.parameters import query_string
from ipyscribe.protocol.setting_notes import setting_notes

PAGE = Path(__file__).parents[1] / "docs" / "protocol.md"
BEGIN, END = "<!-- settings: written by tools/settings_table.py -->", "<!-- end of settings -->"
COLUMNS = {
    "Universal-3": ("universal-3-6-pro", "universal-3-5-pro", "u3-rt-pro", "assemblyai-stt-3-7-realtime"),
    "streaming English": ("universal-streaming-english",),
    "streaming multilingual": ("universal-streaming-multilingual",),
    "`whisper-rt`": ("whisper-rt",),
    "local": (LOCAL_MODEL,),
}
EXAMPLES: dict[str, Any] = {
    "flag": True, "text": "x", "list": ["x"], "object": {"x": 1}, "language_codes": ["en"],
    "extra": {"turn_left_pad_ms": 1024},
}  # fmt: skip


def example(parameter: Parameter) -> Any:
    """A value that can be used."""
    if parameter.choices:
        return parameter.choices[0]
    if parameter.kind in ("integer", "number"):
        assert parameter.high is not None
        return min(parameter.high, 300_000)
    return EXAMPLES.get(parameter.name, EXAMPLES.get(parameter.kind))


def settings_with(parameter: Parameter) -> dict[str, Any]:
    """An example of ``parameter`` and of what it needs."""
    needed = {parameter.needs: example(PARAMETERS[parameter.needs])} if parameter.needs else {}
    return needed | {parameter.name: example(parameter)}


def on_the_client(parameter: Parameter, model: Model) -> str:
    """acts, ignored (sent, and a note says so), refused or unchecked."""
    try:
        checked = check_parameters(settings_with(parameter), model)
    except ParameterError:
        return "refused"
    if parameter.name == "extra":
        return "unchecked"
    return "ignored" if any(note.ignored for note in setting_notes(model, checked)) else "acts"


def on_the_local_server(parameter: Parameter, model: Model) -> str:
    """taken or refused with 3006."""
    names = (LOCAL_MODEL, *(each.name for each in models() if not each.local))
    try:
        read_query(dict(parse_qsl(query_string(model, 16_000, settings_with(parameter)))), names)
    except RefusalError:
        return "refused"
    return "taken"


def cell(parameter: Parameter, names: tuple[str, ...]) -> str:
    """What happens on the models of one column, which all agree."""
    kinds = {
        (on_the_client(parameter, model), on_the_local_server(parameter, model)) for model in map(find_model, names)
    }
    assert len(kinds) == 1, (parameter.name, kinds)
    client, server = kinds.pop()
    return client if (server == "refused") == (client == "refused") else f"{client} (local server: {server})"


def table() -> str:
    """The table in Markdown."""
    rows = ["| Setting | " + " | ".join(COLUMNS) + " | Can change while open |", "|" + " --- |" * (len(COLUMNS) + 2)]
    for parameter in PARAMETERS.values():
        live = "no" if not parameter.live else "yes"
        cells = [cell(parameter, names) for names in COLUMNS.values()]
        rows.append(f"| `{parameter.name}` | {' | '.join(cells)} | {live} |")
    return "\n".join(rows)


def page() -> str:
    """The page with its table as it should be."""
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.index(BEGIN) + len(BEGIN), text.index(END)
    return f"{text[:before]}\n{table()}\n{text[after:]}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"Wrote the table of {len(PARAMETERS)} settings into {PAGE}.")
