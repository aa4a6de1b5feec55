"""Every setting on every model: the docs say what client and local server do, and none that ends a session is sent."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from ipyscribe.protocol import PARAMETERS, find_model, models
from ipyscribe.protocol.models import LOCAL_MODEL
from ipyscribe.protocol.parameters import Parameter

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def command() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tools_settings_table", ROOT / "tools" / "settings_table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_docs_hold_the_table_that_the_command_makes(command: ModuleType) -> None:
    text = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    assert text == command.page(), "run: python tools/settings_table.py"
    assert all(text.count(f"\n| `{name}` |") == 1 for name in PARAMETERS)


@pytest.mark.parametrize("parameter", PARAMETERS.values(), ids=lambda parameter: parameter.name)
def test_the_client_lets_nothing_through_that_ends_the_session(command: ModuleType, parameter: Parameter) -> None:
    names = [LOCAL_MODEL, *(model.name for model in models() if not model.local)]
    for model in map(find_model, names):
        client, server = command.on_the_client(parameter, model), command.on_the_local_server(parameter, model)
        assert client in ("acts", "ignored", "refused", "unchecked")
        assert (server == "refused") == (client == "refused"), model.name
        assert (client == "refused") == (model.family in parameter.refused)
