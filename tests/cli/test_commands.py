"""The commands as a person runs them."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import jiwer
import numpy as np
import pytest
import soundfile
from cli.shell import COMMAND, Done, call, errors, run
from local.harness import Client as WireClient
from local.harness import CountingRecognition, running
from support.processes import rest
from support.scripted_server import Client, closed_port, scripted
from support.waiting import LIMIT_S
from whisper_normalizer.english import EnglishTextNormalizer

import ipyscribe.audio
from ipyscribe.audio import sample_path
from ipyscribe.protocol.messages import ServerWarning

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX terminals and signals")
normal = EnglishTextNormalizer()


@contextlib.contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """The sample's first sentence."""
    samples, rate = soundfile.read(sample_path(), dtype="int16", frames=36_000)
    soundfile.write(tmp_path / "clip.wav", np.concatenate([samples, np.zeros(rate // 2, np.int16)]), rate)
    return tmp_path / "clip.wav"


def told_in_a_sentence(done: Done, sentence: str) -> None:
    """The command failed and said why on one line."""
    assert done.returncode == 1
    assert done.stderr.startswith("ipyscribe: ")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


# usage


@pytest.mark.parametrize(
    ("arguments", "usage", "reason"),
    [
        ([], "", "required: COMMAND"),
        (["bogus"], "", "invalid choice: 'bogus'"),
        (["serve", "--token", "x", "--no-token"], "serve", "not allowed with argument --token"),
        (["serve", "--port", "x"], "serve", "'x' is not a port from 0 to 65535"),
        (["serve", "--port", "65536"], "serve", "'65536' is not a port from 0 to 65535"),
        (["serve", "--port", "-1"], "serve", "argument --port"),
        (["serve", "--idle-exit", "nan"], "serve", "'nan' is not a number of seconds"),
        (["transcribe", "--modle", "x"], "transcribe", "unrecognized arguments: --modle"),
        (["models", "extra"], "models", "unrecognized arguments: extra"),
    ],
)
def test_wrong_usage(arguments: list[str], usage: str, reason: str) -> None:
    done = call(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"usage: ipyscribe {usage}".rstrip())
    assert reason in done.stderr
    assert done.stderr.endswith(f"Try '{f'ipyscribe {usage}'.rstrip()} --help'.\n")


def test_version() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"ipyscribe {ipyscribe.__version__}\n")


def test_a_log_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    done = call("serve", "--log", str(tmp_path / "no" / "log.jsonl"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ipyscribe: The log ")


def test_a_private_key_needs_its_certificate() -> None:
    done = call("serve", "--key", "key.pem")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ipyscribe: --key was given without --cert. ")


def test_a_missing_key_is_answered_with_what_helps_in_a_shell() -> None:
    done = run("transcribe", "--model", "u3-rt-pro")
    told_in_a_sentence(done, "no API key was found")
    assert "Run 'ipyscribe login', set ASSEMBLYAI_API_KEY" in done.stderr


def test_help() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert all(command in done.stdout for command in ("serve", "transcribe", "models", "devices", "login", "tapes"))


# serve


@pytest.mark.recogniser
def test_serving_without_a_token() -> None:
    with started("serve", "--port", "0", "--no-token") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("listening on ws://127.0.0.1:")
        assert "pages whose address begins with http://localhost" in process.stdout.readline()
        with WireClient(line.split()[-1]) as client:
            client.until("Begin")
        process.send_signal(signal.SIGINT)
        out, err = rest(process)
        assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.recogniser
def test_serving_with_a_token() -> None:
    with started("serve", "--token", "T") as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        with WireClient(url) as client:
            assert client.refusal()[0] == 1008
        with WireClient(url, header=["Authorization: T"]) as client:
            client.until("Begin")
        process.terminate()
        assert rest(process) == ("", "")


def test_serving_makes_a_token() -> None:
    with started("serve") as process:
        assert process.stdout is not None
        process.stdout.readline()
        word, token = process.stdout.readline().split()
        assert (word, len(token) >= 32) == ("token", True)


def test_serving_by_tls_tells_how_to_trust_it(tmp_path: Path) -> None:
    (tmp_path / "script.json").write_text('{"turns": []}')
    with started("serve", "--tls", "--no-token", "--script", str(tmp_path / "script.json")) as process:
        assert process.stdout is not None
        url, _, ca = (process.stdout.readline().split()[-1] for _ in range(3))
        assert url.startswith("wss://127.0.0.1:")
        with WireClient(url, sslopt={"ca_certs": ca}) as client:
            client.until("Begin")
        process.terminate()
        assert rest(process) == ("", "")
        assert not Path(ca).parent.exists()


def test_serving_elsewhere_is_refused() -> None:
    done = call("serve", "--host", "0.0.0.0")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ipyscribe: '0.0.0.0' is not a loopback address.")


# transcribe


def test_a_session_that_does_not_open_is_tried_again_and_says_so(tone_file: Path) -> None:
    attempts = iter(["fails"])

    def script(client: Client) -> None:
        if next(attempts, None):
            client.fail(3005, "Session Cancelled: An error occurred")
            return
        client.begin()
        client.hear("Terminate")
        client.turn(0, "Opened.", end=True)
        client.terminate()

    with scripted(script) as server:
        done = call("transcribe", str(tone_file), "--endpoint", server.url, "--connect-for", "30")
    assert done.returncode == 0
    assert "ipyscribe: Not open after 1 try: The server failed (close code 3005)." in done.stderr
    assert "Trying again for up to 30 s" in done.stderr
    assert "Opened." in done.stdout


@pytest.mark.recogniser
def test_transcribing_a_file_with_the_local_model(clip: Path) -> None:
    done = run("transcribe", str(clip))
    assert (done.returncode, errors(done)) == (0, [])
    head, *turns, tail = done.stdout.splitlines()
    assert head == "local-whisper-tiny.en (this computer) · clip.wav"
    assert tail == f"{len(turns)} turns, 3 s of sound"
    text = " ".join(line.split("  ", 1)[1] for line in turns)
    assert jiwer.wer(normal("Hi Sam, do you have a minute?"), normal(text)) <= 0.2


def terminal_output(process: subprocess.Popen[bytes], master: int, *, until: bytes = b"") -> bytes:
    """What has been written when ``until`` was, or at the end."""
    written = b""
    while not until or until not in written:
        ready, _, _ = select.select([master], [], [], LIMIT_S)
        assert ready, written
        try:
            more = os.read(master, 65_536)
        except OSError:  # Linux says so when the other side has closed
            break
        if not more:
            break
        written += more
    return written


@contextlib.contextmanager
def at_a_terminal(*arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    master, slave = pty.openpty()
    process = subprocess.Popen([*COMMAND, *arguments], stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)
    try:
        yield process, master
    finally:
        process.kill()
        process.wait(LIMIT_S)
        os.close(master)


def test_partials_are_rewritten_at_a_terminal(tone_file: Path) -> None:
    shown = threading.Event()

    def script(client: Client) -> None:
        client.begin()
        client.turn(0, "Word0 Word1.")
        assert shown.wait(LIMIT_S)
        client.turn(0, "Word0 Word1 Word2 Word3.", end=True)
        client.hear("Terminate")
        client.terminate()

    with scripted(script) as server:
        arguments = ("transcribe", str(tone_file), "--model", "local-whisper-tiny.en", "--endpoint", server.url)
        with at_a_terminal(*arguments) as (process, master):
            partial = terminal_output(process, master, until=b"Word0 Word1.")
            shown.set()
            written = (partial + terminal_output(process, master)).decode()
            assert process.wait(LIMIT_S) == 0
    pieces = written.split("\r\x1b[K")
    assert pieces[0].endswith("tone.wav\r\n")
    assert [piece for piece in pieces if piece == "0:00  Word0 Word1."]
    (settled,) = [piece for piece in pieces if piece.startswith("0:00") and piece.endswith("\r\n")]
    assert settled.startswith("0:00  Word0 Word1 Word2 Word3")
    assert written.endswith("1 turns, 2 s of sound\r\n")


def test_ctrl_c_ends_it_with_what_was_said(tmp_path: Path, counting: str) -> None:
    samples = (np.sin(np.arange(16_000 * 60) * 0.3) * 8000).astype("<i2")
    soundfile.write(tmp_path / "long.wav", samples, 16_000)
    arguments = ("transcribe", str(tmp_path / "long.wav"), "--model", "local-whisper-tiny.en", "--endpoint", counting)
    with at_a_terminal(*arguments) as (process, master):
        terminal_output(process, master, until=b"Word1")
        process.send_signal(signal.SIGINT)
        written = terminal_output(process, master).decode()
        assert process.wait(LIMIT_S) == 130
    assert "Traceback" not in written
    assert written.splitlines()[-1].startswith("\r\x1b[K1 turns, ") or "1 turns, " in written.splitlines()[-1]
    assert "Word0 Word1" in written


def polite(client: Client) -> None:
    client.begin()
    client.turn(0, "\x1b[31mred\x07 \u202eevil\u202c.", end=True)
    client.hear("Terminate")
    client.terminate()


def test_hostile_words_and_names_do_not_reach_the_terminal(tmp_path: Path, tone_file: Path) -> None:
    named = tmp_path / "a\x1b[2Jb.wav"
    tone_file.rename(named)
    with scripted(polite) as server:
        done = run("transcribe", str(named), "--model", "local-whisper-tiny.en", "--endpoint", server.url)
    assert (done.returncode, errors(done)) == (0, [])
    assert "0:00   [31mred  evil." in done.stdout
    assert "a [2Jb.wav" in done.stdout
    assert not set(done.stdout) & {"\x1b", "\x07", "\u202e", "\u202c"}


def test_hostile_errors_do_not_reach_the_terminal(tone_file: Path) -> None:
    with scripted(lambda client: client.fail(3006, "\x1b]0;owned\x07 no")) as server:
        done = call("transcribe", str(tone_file), "--model", "local-whisper-tiny.en", "--endpoint", server.url)
    assert done.returncode == 1
    assert "The server refused a parameter" in done.stderr
    assert not set(done.stderr) & {"\x1b", "\x07"}


def test_a_server_that_fails_in_the_middle(tone_file: Path) -> None:
    def script(client: Client) -> None:
        client.begin()
        client.turn(0, "Kept.", end=True)
        client.hear(chunks=3)
        client.fail(3005, "Session Cancelled: An error occurred")

    with scripted(script) as server:
        done = call("transcribe", str(tone_file), "--model", "local-whisper-tiny.en", "--endpoint", server.url)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "0:00  Kept."
    (error,) = errors(done)
    assert error.startswith("ipyscribe: The server failed (close code 3005).")


def test_notices_are_told_once_beside_the_words(tone_file: Path) -> None:
    def script(client: Client) -> None:
        client.begin(configuration={"model": "u3-rt-pro"})
        client.say(ServerWarning(1, "domain \x1b[2J ignored"))
        client.turn(0, "Heard.", end=True)
        client.hear("Terminate")
        client.terminate()

    with scripted(script) as server:
        done = call("transcribe", str(tone_file), "--model", "local-whisper-tiny.en", "--endpoint", server.url)
    assert (done.returncode, done.stdout.splitlines()[1]) == (0, "0:00  Heard.")
    assert sorted(errors(done)) == [
        "ipyscribe: The server runs u3-rt-pro, not local-whisper-tiny.en.",
        "ipyscribe: The server warns: domain  [2J ignored",
    ]


def test_a_played_model_is_marked(tone_file: Path) -> None:
    with running(CountingRecognition, simulate=True) as url:
        done = call("transcribe", str(tone_file), "--model", "u3-rt-pro", "--endpoint", url)
    assert done.returncode == 0
    assert errors(done) == [
        "ipyscribe: This is not AssemblyAI's u3-rt-pro, but a simulation on this computer. The words are those of the "
        "offline recogniser; only the way in which they come is u3-rt-pro's."
    ]
    assert done.stdout.splitlines()[-1].endswith(" turns, 2 s of sound (simulated)")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["no-such-file.wav"], "no-such-file.wav"),
        (["--model", "local-bogus"], "There is no local model 'local-bogus'"),
        (["--model", "whisper-rt", "--endpoint", "asia"], "endpoint='asia' cannot be used"),
        (["--endpoint", f"ws://127.0.0.1:{closed_port()}"], "Nothing is listening at 127.0.0.1"),
        (["--output", "talk.docx"], "There is no export to '.docx'"),
        (["--output", "no-such-folder/talk.srt"], "is not a folder that can be written to"),
        (["--microphone", "--speed", "2"], "--speed is for a file"),
        (["--speed", "0"], "speed"),
    ],
)
def test_errors_are_told_in_a_sentence(arguments: list[str], sentence: str) -> None:
    told_in_a_sentence(call("transcribe", *arguments), sentence)


@pytest.mark.parametrize("name", ["talk.srt", "talk.TEXTGRID", "talk.seglst.json", "talk.wav"])
def test_a_transcript_is_written_in_the_format_of_its_extension(name: str, tone_file: Path, tmp_path: Path) -> None:
    with running(CountingRecognition) as url:
        done = call("transcribe", str(tone_file), "--speed", "4", "--endpoint", url, "--output", str(tmp_path / name))
    assert (done.returncode, errors(done)) == (0, [])
    assert done.stdout.splitlines()[-2] == f"Saved: {tmp_path / name}"
    assert len((tmp_path / name).read_bytes()) > 20
