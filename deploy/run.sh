#!/bin/sh
# The image's entry point: starts one of the processes, or runs a one-off command.
set -eu
cd "$(dirname "$0")/.."

usage() {
  echo "usage: ingest | worker | board      one process, until it is stopped; worker takes --only events,resets,channels,upkeep"
  echo "       migrate                      brings the database's schema up to date, then ends"
  echo "       ops <command>                the operator's command line (ops --help lists it)"
  echo "       health                       asks the process of this container whether it lives"
}

node_app() {
  app=$1
  shift
  exec node "apps/$app/dist/main.js" "$@"
}

# Which process lives here is known by the port that answers: each container runs one.
health() {
  exec node -e '
    const ports = ["INGEST_PORT", "BOARD_PORT", "WORKER_PORT"].map((name) => process.env[name]).filter(Boolean);
    const ask = (port) => fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(3000) })
      .then((answer) => answer.ok || Promise.reject(new Error(`port ${port} answers ${answer.status}`)));
    Promise.any(ports.map(ask)).then(() => process.exit(0), () => process.exit(1));
  '
}

case "${1:---help}" in
  ingest | board) node_app "$1" ;;
  worker) shift && node_app worker "$@" ;;
  migrate) exec node apps/ops/dist/migrate.js ;;
  ops) shift && node_app ops "$@" ;;
  health) health ;;
  -h | --help) usage ;;
  *) echo "there is no command $1" >&2 && usage >&2 && exit 64 ;;
esac
