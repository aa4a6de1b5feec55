"""A folder that a page sends, piece by piece, and the evaluation that begins with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from comparison.speakers import saying
from local.harness import wait_for
from support.front_end_messages import deliver
from support.scripted_server import scripted
from widgets.conftest import MODEL, SentMessages
from widgets.test_evaluation import corpus

from ipyscribe import EvaluationUpload
from ipyscribe.errors import ParameterError
from ipyscribe.widgets.evaluation import uploaded_files
from ipyscribe.widgets.evaluation.uploaded_files import UploadedFiles


def send(upload: Any, sent: SentMessages, files: dict[str, bytes], name: str = "speech") -> None:
    """Offer ``files`` and answer what is asked for, as the page does."""
    answered = len(sent.of("send"))
    offered = [{"path": path, "size": len(data)} for path, data in files.items()]
    contents = list(files.values())
    before = upload.upload_view.evaluated
    deliver(upload.upload_view, {"kind": "folder", "name": name, "files": offered})
    while upload.upload_view.evaluated is before:
        wait_for(lambda seen=answered: len(sent.of("send")) > seen or upload.upload_view.evaluated is not before)
        for message in sent.of("send")[answered:]:
            answered += 1
            for chunk in message["chunks"]:
                data = contents[chunk["file"]][chunk["start"] : chunk["end"]]
                part = {"kind": "chunk", "file": chunk["file"], "start": chunk["start"]}
                deliver(upload.upload_view, part, [data])


def test_a_dropped_folder_is_sent_evaluated_and_deleted_in_the_end(
    tmp_path: Path, sent: SentMessages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploaded_files, "CHUNK_BYTES", 10_000)
    monkeypatch.setattr(uploaded_files, "IN_FLIGHT", 3)
    corpus(tmp_path)
    files = {path.name: path.read_bytes() for path in sorted(tmp_path.iterdir())}
    files |= {".DS_Store": b"hidden", "clips/.hidden.wav": b"hidden"}
    files["metadata.jsonl"] = files.pop("corpus.jsonl")
    with scripted(saying("so we meet")) as server:
        models = {"one": {"model": MODEL, "endpoint": server.url, "api_key": "k"}}
        upload: Any = EvaluationUpload(models, at_once=1, speed=8, silence_s=0, max_cost_usd=1.0)
        assert upload.saved_copy.bundle(None)["text/plain"] == "No recordings yet."
        deliver(upload.upload_view, {"kind": "folder", "name": "texts", "files": [{"path": "a.txt", "size": 3}]})
        wait_for(lambda: "contains no sound files" in upload.upload_view.state.get("error", ""))

        send(upload, sent, files)
        evaluation = upload.evaluation
        assert len(evaluation.recordings) == 4
        folder = upload.upload_view.evaluated.folder
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
            name: data for name, data in files.items() if "/" not in name and not name.startswith(".")
        }
        wait_for(lambda: not evaluation.left and not evaluation.running)
        assert upload.panel.state["strip"]["error"] is None
        deliver(upload.panel, {"kind": "list", "sort": "group", "of": 0, "descending": True, "search": "a"})
        deliver(upload.panel, {"kind": "open", "name": "a.wav"})
        wait_for(lambda: upload.recording_panel.state.get("open"))
        wait_for(lambda: upload.upload_view.state["text"] == "Folder: speech")
        assert "so we meet" in upload.saved_copy.bundle(evaluation)["text/html"]

        deliver(upload.upload_view, {"kind": "folder", "name": "more", "files": [{"path": "../a.wav", "size": 3}]})
        wait_for(lambda: "is not a file in the folder" in upload.upload_view.state["error"])
        assert upload.evaluation is evaluation
        send(upload, sent, {"a.wav": files["a.wav"], "a.txt": b"so we meet"}, "another")
        assert [each.name for each in upload.evaluation.recordings] == ["a.wav"]
        wait_for(lambda: upload.panel.state["title"] == "1 recording, 1 model")
        wait_for(lambda: not upload.recording_panel.state["open"])
        wait_for(lambda: [row["name"] for row in sent.of("list")[-1]["rows"]] == ["a.wav"])
        assert (sent.of("list")[-1]["sort"], upload.children[1:]) == ("number", (upload.panel, upload.recording_panel))
        assert not folder.exists()
        again = upload.upload_view.evaluated.folder
        wait_for(lambda: not upload.evaluation.left and not upload.evaluation.running)
        upload.close()
        assert not again.exists()


def test_a_folder_that_would_cost_money_waits_for_start(tmp_path: Path, sent: SentMessages) -> None:
    corpus(tmp_path)
    files = {"a.wav": (tmp_path / "a.wav").read_bytes(), "a.txt": b"so we meet"}
    upload: Any = EvaluationUpload({"one": {"model": MODEL, "endpoint": "ws://127.0.0.1:9", "api_key": "k"}})
    send(upload, sent, files)
    panel = upload.panel
    deliver(panel, {"kind": "hello", "width": 600, "ratio": 1, "theme": "dark"})
    wait_for(lambda: panel.state.get("buttons") == [("start", "Start")])
    assert not upload.evaluation.running
    deliver(upload.upload_view, {"kind": "folder", "name": "b", "files": [{"path": "b.wav", "size": 5}]})
    wait_for(lambda: upload.upload_view.state["receiving"])
    deliver(upload.upload_view, {"kind": "hello"})
    wait_for(lambda: not upload.upload_view.state["receiving"])
    upload.close()


def test_models_are_checked_before_anything_is_dropped() -> None:
    with pytest.raises(ParameterError, match="models"):
        EvaluationUpload([])


@pytest.mark.parametrize("path", ["/etc/a.wav", "a/../../b.wav", "a\\b.wav", "\ud800.wav", "", None, 3])
def test_a_path_out_of_the_folder_is_refused(path: object) -> None:
    with pytest.raises(ParameterError, match="is not a file in the folder"):
        UploadedFiles("speech", [{"path": path, "size": 1}])
