#!/usr/bin/env bash
#
# Summary: Measure the engine: delays, rates, lost events, start-up and memory
#
# Usage: bench.sh [--list] [--only NAME]... [--soak MINUTES]
#
#   --list           Name the scenarios and end
#   --only NAME      This scenario only; may be repeated
#   --soak MINUTES   Half of the usual load for so long, with the heap after a collection each minute; alone unless --only names
#                    scenarios too
#   --help           This text
#
# Builds what is out of date, then measures the real server over HTTP and its event streams, with a stand-in for the CLI that
# writes the time into each event. Prints what it got, beside the machine's own floor and the aim, and writes target/bench.json.
# All scenarios take about twelve minutes; it ends by itself after twenty, and the soak. Uses loopback and a scratch folder only.
# Needs perl for the stand-in, and Linux.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

LIMIT_SECONDS=1200

arguments=("$@")
while (($# > 0)); do
  case $1 in
    --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
    --list) shift ;;
    --only)
      (($# > 1)) || usage_error "$1 needs a value"
      shift 2
      ;;
    --soak)
      [[ ${2:-} =~ ^[1-9][0-9]{0,3}$ ]] || usage_error "--soak needs a number of minutes"
      LIMIT_SECONDS=$((LIMIT_SECONDS + $2 * 70))
      shift 2
      ;;
    *) usage_error "unknown option $1" ;;
  esac
done
command -v perl >/dev/null || die "perl is needed for the stand-in"

ROOT=$(repo_root)
use_jdk
if build_is_stale "$ROOT"; then build "$ROOT"; fi
need_maven
(cd "$ROOT" && mvn --batch-mode --quiet -Dweb.skip test-compile >&2)

# Its own limit, since macOS has no timeout command.
"$JAVA_HOME/bin/java" -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED \
  -cp "$ROOT/target/test-classes:$ROOT/target/classes:$ROOT/target/lib/*" \
  dev.dashboard.bench.Bench "$ROOT" ${arguments[@]+"${arguments[@]}"} &
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
