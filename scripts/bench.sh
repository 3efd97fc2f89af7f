#!/usr/bin/env bash
#
# Summary: Measure the engine: delays, rates, lost events, start-up and memory
#
# Usage: bench.sh [--floor-only]
#
#   --floor-only   Only what the machine itself needs, without the server
#   --help         This text
#
# Builds what is out of date, measures the machine's floor, then the real server over HTTP and its event stream, with a
# stand-in for the CLI that writes the time into each event. Prints a table and writes target/bench.json. Takes about three
# minutes; ends by itself after four. Uses loopback and a scratch folder only.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

LIMIT_SECONDS=240

case ${1:-} in
  --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
  --floor-only | "") ;;
  *) usage_error "unknown option $1" ;;
esac

ROOT=$(repo_root)
use_jdk
need_node
if build_is_stale "$ROOT"; then build "$ROOT"; fi
need_maven
(cd "$ROOT" && mvn --batch-mode --quiet -Dweb.skip test-compile >&2)

# Its own limit, since macOS has no timeout command.
"$JAVA_HOME/bin/java" -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED \
  -cp "$ROOT/target/test-classes:$ROOT/target/classes:$ROOT/target/lib/*" \
  dev.dashboard.bench.Bench "$ROOT" "$@" &
bench=$!
trap 'kill "$bench" 2>/dev/null || true' EXIT
(
  for ((second = 0; second < LIMIT_SECONDS; second++)); do
    sleep 1
    kill -0 "$bench" 2>/dev/null || exit 0
  done
  kill "$bench"
) &
wait "$bench" || die "the benchmark failed or took more than $LIMIT_SECONDS seconds"
