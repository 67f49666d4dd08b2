#!/bin/sh
# Copies what the compiled processes need at run time, and nothing else, into the folder given; run after the build.
set -eu
out=$1
cd "$(dirname "$0")/.."
mkdir -p "$out"
for workspace in packages/* apps/ingest apps/worker apps/board apps/ops; do
  mkdir -p "$out/$workspace"
  cp -R "$workspace/dist" "$out/$workspace/"
  # What is read at run time and no compiler copies: SQL statements beside the code, pages and styles among it.
  for folder in sql static; do
    if [ -d "$workspace/$folder" ]; then cp -R "$workspace/$folder" "$out/$workspace/"; fi
  done
  (cd "$workspace/src" && find . -type f ! -name '*.ts') | while read -r file; do
    mkdir -p "$(dirname "$out/$workspace/dist/$file")"
    cp "$workspace/src/$file" "$out/$workspace/dist/$file"
  done
done
cp -R prisma deploy "$out/"
# The board shows it.
mkdir -p "$out/docs"
cp docs/runbook.md "$out/docs/"
