#!/usr/bin/env bash
# pytest-xdist 3.8.0 with pytest 9.2.0: `--dist loadgroup` groups nothing. The worker appends "@group" to an item's
# private `_nodeid`, and pytest 9.2.0 makes `nodeid` from another attribute, so the scheduler never sees the group.
# Tests with the same `xdist_group` mark go to different workers, and each worker sets up their module's fixtures.
# With pytest 8.4.2 the same files stay together. Nothing is raised, and no warning is given.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > test_together.py <<'PY'
import os

import pytest

pytestmark = pytest.mark.xdist_group("together")


@pytest.mark.parametrize("number", range(12))
def test_where(number):
    with open("workers.txt", "a") as workers:
        workers.write(os.environ["PYTEST_XDIST_WORKER"] + "\n")
PY
for version in 8.4.2 9.2.0; do
    python3 -m venv "venv-$version"
    "venv-$version/bin/pip" -q --disable-pip-version-check install "pytest==$version" pytest-xdist==3.8.0
    rm -f workers.txt
    "venv-$version/bin/python" -m pytest -q -n 2 --dist loadgroup -p no:cacheprovider test_together.py >/dev/null
    used=$(sort -u workers.txt | wc -l)
    echo "pytest $version: the one group ran on $used of 2 workers"
    declare "workers_${version//./_}=$used"
done
[ "$workers_8_4_2" = 1 ] || { echo "the older pytest no longer groups either"; exit 1; }
[ "$workers_9_2_0" = 2 ] || { echo "loadgroup groups again"; exit 1; }
