#!/usr/bin/env bash
#
# Summary: Put a server under the load of a team at work, and judge it by thresholds
#
# Usage: load-test.sh [--gate] [--rounds N] [--readers N] [--streams N]
#        load-test.sh [OPTIONS] [--project ID] [--yes-this-host] BASE_URL
#
#   --gate           Judge by failures, counts and a ratio alone, never by the clock: for machines that others use too
#   --rounds N       1 to 8, 5 without it: how much each person does
#   --readers N      1 to 64, 6 without it: people who look around, as fast as they are answered
#   --streams N      1 to 50, 20 without it: event streams that stay open
#   --project ID     Of the server at BASE_URL: open four sessions there and prompt them, which may cost what the model costs;
#                    without it people only look
#   --yes-this-host  BASE_URL is no address of this machine, and may be loaded
#   --help           This text
#
# Without BASE_URL it builds what is out of date and starts a server of its own on loopback, with a stand-in for the CLI. With one
# it signs in there as LOAD_USER with the password in the file LOAD_PASSWORD_FILE. Prints a table and writes target/load.json.
# Exit 1 when a threshold of src/test/load/thresholds.json is missed. Ends by itself after eight minutes at most. Requests are
# JMeter's; its libraries are downloaded once, and are no part of the program or of its tests.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

arguments=() base_url="" project="" other_host=false

number() { # OPTION VALUE MOST
  if ! [[ $2 =~ ^[1-9][0-9]?$ ]] || (($2 > $3)); then usage_error "$1 needs a number from 1 to $3"; fi
  arguments+=("$1" "$2")
}

while (($# > 0)); do
  case $1 in
    --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
    --gate) arguments+=(--gate) && shift ;;
    --rounds) number "$1" "${2:-}" 8 && shift 2 ;;
    --readers) number "$1" "${2:-}" 64 && shift 2 ;;
    --streams) number "$1" "${2:-}" 50 && shift 2 ;;
    --project)
      [[ ${2:-} =~ ^[0-9a-f-]{36}$ ]] || usage_error "--project needs the id of a project"
      project=$2 && shift 2
      ;;
    --yes-this-host) other_host=true && shift ;;
    -*) usage_error "unknown option $1" ;;
    *)
      [[ -z $base_url ]] || usage_error "only one BASE_URL"
      base_url=${1%/} && shift
      ;;
  esac
done

if [[ -n $base_url ]]; then
  [[ $base_url =~ ^https?://(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(:[0-9]+)?$ ]] ||
    usage_error "BASE_URL is http or https, a host, and a port or none"
  case ${BASH_REMATCH[1]} in
    localhost | 127.0.0.1 | "[::1]") ;;
    *) [[ $other_host == true ]] || usage_error "${BASH_REMATCH[1]} is another machine; --yes-this-host loads it" ;;
  esac
  [[ -n ${LOAD_USER:-} ]] || usage_error "LOAD_USER must name who signs in"
  [[ -r ${LOAD_PASSWORD_FILE:-} ]] || usage_error "LOAD_PASSWORD_FILE must name a file with the password"
  arguments+=(--server "$base_url")
fi
if [[ -n $project ]]; then
  [[ -n $base_url ]] || usage_error "--project goes with BASE_URL"
  arguments+=(--project "$project")
fi

ROOT=$(repo_root)
use_jdk
need_maven
if [[ -z $base_url ]]; then
  need_node
  if build_is_stale "$ROOT"; then build "$ROOT"; fi
fi
CLASS_PATH=$ROOT/target/load.classpath
cd "$ROOT"
if [[ " ${arguments[*]-} " == *" --gate "* ]]; then
  need_node
  node src/test/load/check-k6.mjs || die "src/test/load/load.js is not what k6 should run"
fi
mvn --batch-mode --quiet -Dweb.skip test-compile >&2
if [[ ! -s $CLASS_PATH || pom.xml -nt $CLASS_PATH ]]; then
  mvn --batch-mode --quiet -P load dependency:build-classpath -Dmdep.outputFile="$CLASS_PATH" >&2
fi

# JMeter writes its log and reads its settings where it stands.
SCRATCH=$(mktemp -d)
load=""
trap '[[ -z $load ]] || kill "$load" 2>/dev/null || true; rm -rf "$SCRATCH"' EXIT
cd "$SCRATCH"
"$JAVA_HOME/bin/java" -XX:+UseSerialGC -Xmx512m --enable-native-access=ALL-UNNAMED \
  -cp "$ROOT/target/test-classes:$ROOT/target/classes:$(<"$CLASS_PATH")" \
  "$ROOT/src/test/load/Load.java" "$ROOT" ${arguments[@]+"${arguments[@]}"} &
load=$!
wait "$load"
