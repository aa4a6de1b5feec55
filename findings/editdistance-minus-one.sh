#!/usr/bin/env bash
# editdistance 0.8.1: the token ids -1 and -2 count as equal. The elements of both sequences are compared by their hash
# alone, and CPython gives -1 and -2 the same one (-2). Where padding or "ignore" is -1 and another special token is -2,
# an error rate over ids is too low: two sequences that differ in every place have distance 0.
# RapidFuzz 3.14.6, over the same lists, counts every difference.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q --disable-pip-version-check install editdistance==0.8.1 rapidfuzz==3.14.6
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import editdistance
from rapidfuzz.distance import Levenshtein

print("editdistance", version("editdistance"), "rapidfuzz", version("rapidfuzz"))
for reference, hypothesis, right, wrong in (
    ([-1, -1, -1], [-2, -2, -2], 3, 0),
    ([7, -1, 9], [7, -2, 9, 4], 2, 1),
    ([-1, 5], [-3, 5], 1, 1),
):
    seen, other = editdistance.eval(reference, hypothesis), Levenshtein.distance(reference, hypothesis)
    print(f"{reference} against {hypothesis}: editdistance {seen}, RapidFuzz {other}, right {right}")
    assert seen == wrong, seen
    assert other == right, other
PY
