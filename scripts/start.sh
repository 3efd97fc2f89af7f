#!/usr/bin/env bash
#
# Summary: Run the dashboard on this machine, from a fresh checkout or any later one
#
# Usage: start.sh [--demo] [--port N] [--data DIR] [--project DIR]... [--reload]
#
#   --demo          Try it without an account: the real Claude CLI on a built-in scripted model, with a sample project
#   --port N        Port on 127.0.0.1 (default 8080; 0 picks a free one)
#   --data DIR      Folder for everything it stores (default .data in the checkout, .data-demo with --demo)
#   --project DIR   Folder in which sessions may work, it and what is below it; may be repeated (default: your home)
#   --reload        Build and start anew whenever a source changes, to work on the dashboard itself
#   --help          This text
#
# Finds JDK 25, builds what is out of date, installs the pinned Claude CLI unless DASHBOARD_CLI_PATH names one, makes the
# secrets on the first start, and runs the server in the foreground; Ctrl-C stops it. Prints
# "Dashboard ready: http://127.0.0.1:PORT" when it is ready, and on the first start where the one-time password lies.
#
# To use your own account, put your key into DIR/secrets/anthropic_api_key, or a token of `claude setup-token` into
# DIR/secrets/claude_code_oauth_token, with mode 0600.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# As in the images: a server that has run out of memory ends, rather than stays half alive.
JVM_FLAGS=(-XX:+UseSerialGC -XX:+UseCompactObjectHeaders -XX:+ExitOnOutOfMemoryError --enable-native-access=ALL-UNNAMED -Xmx512m)

main() {
  parse "$@"
  ROOT=$(repo_root)
  prepare_data
  use_jdk
  if build_is_stale "$ROOT"; then build "$ROOT"; fi
  DASHBOARD_CLI_PATH=$(provide_cli "${DASHBOARD_CLI_PATH:-}")
  export DASHBOARD_CLI_PATH
  # Another address is for a container, whose port is published on loopback, as compose/compose.dev.yaml does it.
  export DASHBOARD_SERVER_HOST=${DASHBOARD_SERVER_HOST:-127.0.0.1}
  export DASHBOARD_SERVER_PORT=$PORT
  export DASHBOARD_DATA_DIR=$DATA
  export DASHBOARD_SECRETS_DIR=$DATA/secrets
  export DASHBOARD_PROJECTS_ROOTS=$PROJECTS
  if [[ $DEMO == true ]]; then
    export DASHBOARD_DEMO=true
  elif [[ ! -s $DATA/secrets/anthropic_api_key && ! -s $DATA/secrets/claude_code_oauth_token ]]; then
    say "no account yet: put a key into $DATA/secrets/anthropic_api_key (mode 0600) and start again, or try --demo"
  fi
  # A management port of its own for each server, unless one is asked for: two may run side by side.
  export DASHBOARD_MANAGEMENT_PORT=${DASHBOARD_MANAGEMENT_PORT:-$([[ $PORT == 8080 ]] && echo 9090 || echo 0)}
  cd "$ROOT"
  # The first run leaves an archive of the loaded classes when it stops; later ones start in a third of the time.
  SERVER=("$JAVA_HOME/bin/java" "${JVM_FLAGS[@]}"
    -XX:+AutoCreateSharedArchive -XX:SharedArchiveFile="$ROOT/target/dashboard.jsa" -Xlog:cds=error -jar "$ROOT/target/dashboard.jar")
  if [[ $RELOAD == true ]]; then reload; else exec "${SERVER[@]}"; fi
}

# The server stops before the build: it reads the jar that the build replaces.
reload() {
  trap 'stop; exit 0' INT TERM
  local built
  built=$(mktemp)
  while true; do
    touch "$built"
    if ! build_is_stale "$ROOT" || (build "$ROOT"); then
      "${SERVER[@]}" &
      RUNNING=$!
    else
      say "the next change is tried"
    fi
    until changed_since "$ROOT" "$built"; do
      if [[ -n ${RUNNING:-} ]] && ! kill -0 "$RUNNING" 2>/dev/null; then die "the server has ended"; fi
      sleep 1
    done
    say "a source has changed"
    stop
  done
}

stop() {
  [[ -n ${RUNNING:-} ]] || return 0
  kill -TERM "$RUNNING" 2>/dev/null || true
  wait "$RUNNING" || true
  RUNNING=""
}

parse() {
  DEMO=false RELOAD=false PORT=${DASHBOARD_SERVER_PORT:-8080} DATA="" PROJECTS=""
  while (($# > 0)); do
    case $1 in
      --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
      --demo) DEMO=true ;;
      --reload) RELOAD=true ;;
      --port | --data | --project)
        (($# > 1)) || usage_error "$1 needs a value"
        option "$1" "$2"
        shift
        ;;
      --port=* | --data=* | --project=*) option "${1%%=*}" "${1#*=}" ;;
      *) usage_error "unknown option $1" ;;
    esac
    shift
  done
}

option() { # NAME VALUE
  [[ -n $2 ]] || usage_error "$1 needs a value"
  case $1 in
    --port)
      if [[ ! $2 =~ ^[0-9]{1,5}$ ]] || ((10#$2 > 65535)); then
        usage_error "--port must be a number from 0 to 65535, not $2"
      fi
      PORT=$((10#$2))
      ;;
    --data) DATA=$2 ;;
    --project)
      [[ -d $2 ]] || usage_error "--project: no such folder: $2"
      [[ $2 != *,* ]] || usage_error "--project: a folder with a comma in its name cannot be given: $2"
      PROJECTS+=${PROJECTS:+,}$(cd "$2" && pwd -P)
      ;;
  esac
}

# Folders and secrets for this user only. What is there stays, but loses permissions of others.
prepare_data() {
  if [[ -z $DATA ]]; then
    if [[ $DEMO == true ]]; then DATA=$ROOT/.data-demo; else DATA=$ROOT/.data; fi
  fi
  umask 077
  mkdir -p "$DATA/secrets" || die "cannot make $DATA; choose another folder with --data"
  DATA=$(cd "$DATA" && pwd -P)
  chmod 700 "$DATA" "$DATA/secrets"
  if [[ ! -s $DATA/secrets/jwt_secret ]]; then
    # Written aside and moved: an interrupted first start leaves no half of a secret.
    new_jwt_secret >"$DATA/secrets/jwt_secret.new"
    mv "$DATA/secrets/jwt_secret.new" "$DATA/secrets/jwt_secret"
  fi
  find "$DATA/secrets" -type f -exec chmod 600 {} +
  if [[ -z $PROJECTS ]]; then
    if [[ $DEMO == true ]]; then PROJECTS=$DATA/sample-project; else PROJECTS=${DASHBOARD_PROJECTS_ROOTS:-$HOME}; fi
  elif [[ $DEMO == true ]]; then
    PROJECTS=$DATA/sample-project,$PROJECTS
  fi
  if [[ $DEMO == true ]]; then mkdir -p "$DATA/sample-project"; fi
}

main "$@"
