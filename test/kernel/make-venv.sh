#!/usr/bin/env bash
# Makes the Python environment of the kernel's checks, from the pinned requirements: make-venv.sh [DIR].
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=${1:-.venv-test}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r test/kernel/requirements.txt
