from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ipyscribe.errors import LocalServerError
from ipyscribe.local.weights import DEFAULT_MODEL, TINY_EN_SHA256, Weights, find_weights


def test_the_packaged_weights_have_a_known_checksum() -> None:
    weights = find_weights()
    assert (weights.model, weights.sha256) == (DEFAULT_MODEL, TINY_EN_SHA256)
    weights.verify()


def test_other_bytes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"something else")
    digest = hashlib.sha256(b"something else").hexdigest()
    with pytest.raises(LocalServerError) as refused:
        Weights(tmp_path, DEFAULT_MODEL, TINY_EN_SHA256).verify()
    text = str(refused.value)
    assert all(part in text for part in (str(tmp_path), digest, TINY_EN_SHA256, "pip install"))


def test_a_directory_of_ones_own_is_served_under_its_name(tmp_path: Path) -> None:
    directory = tmp_path / "small.en"
    directory.mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (directory / name).write_bytes(b"{}")
    weights = find_weights(directory)
    assert weights.model == "local-whisper-small.en"
    weights.verify()


def test_an_incomplete_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"")
    with pytest.raises(LocalServerError, match=r"has no config\.json, tokenizer\.json"):
        find_weights(tmp_path)


def test_a_name_that_is_nothing_is_refused() -> None:
    with pytest.raises(LocalServerError, match="There is no directory 'nonesuch'"):
        find_weights("nonesuch")
