#!/bin/sh
# Copies what the processes need at run time, and nothing else, into the folder given; run after the build.
set -eu
out=$1
cd "$(dirname "$0")/.."
mkdir -p "$out"
for app in apps/ingest apps/worker apps/board apps/ops; do
  (cd "$app" && find dist -name '*.js' -o -name '*.js.map') | while read -r file; do
    mkdir -p "$(dirname "$out/$app/$file")"
    cp "$app/$file" "$out/$app/$file"
  done
done
# What is read at run time and no bundle holds: SQL statements, pages and styles.
for folder in packages/*/sql apps/board/static; do
  mkdir -p "$out/$(dirname "$folder")"
  cp -R "$folder" "$out/$(dirname "$folder")/"
done
cp -R prisma deploy "$out/"
# The board shows it.
mkdir -p "$out/docs"
cp docs/runbook.md "$out/docs/"
