#!/bin/sh
# Typesets the sample form and checks it with tools that are not ours. Says so when Python or the tools are missing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! python3 -m venv "$work/venv" || ! "$work/venv/bin/pip" install --quiet -r "$here/requirements.txt"; then
  echo "pdf-check: SKIPPED, Python tools cannot be installed" >&2
  exit 0
fi
mkdir "$work/samples"
DOCUMENT_SAMPLES="$work/samples" cargo test --quiet -p document --test typeset a_sheet_is_accessible_and_archival
if command -v qpdf >/dev/null; then
  for file in "$work"/samples/*.pdf; do qpdf --check "$file" >/dev/null; done
fi
for file in "$work"/samples/*.pdf; do
  "$work/venv/bin/python" "$here/pdf-check.py" "$file" --data "${file%.pdf}.json"
done
