#!/usr/bin/env bash
#
# Summary: How the shell tests run and tell their tests; sourced, never run by itself
#
# Needs SCRATCH, a folder that the sourcing test makes and removes. A function at_end is called at the end of each test, however it
# ended.

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  echo "tap.sh is sourced by the tests and does nothing by itself" >&2
  exit 64
fi

number=0 passed=0 failed=0

run() { # TEST: a function; a folder of its own is the working directory
  attempt "$1"
  tell "$1"
}

# Each as by "run", so many at a time; told in the order in which they end.
run_beside() { # LANES TEST...
  local test
  declare -A BESIDE=()
  for test in "${@:2}"; do
    if ((${#BESIDE[@]} == $1)); then tell_next; fi
    attempt "$test" &
    BESIDE[$!]=$test
  done
  while ((${#BESIDE[@]} > 0)); do tell_next; done
}

tell_next() {
  local pid
  wait -n -p pid "${!BESIDE[@]}"
  tell "${BESIDE[$pid]}"
  unset "BESIDE[$pid]"
}

attempt() { # TEST
  local folder=$SCRATCH/$1 began=$SECONDS
  mkdir -p "$folder"
  # Not as a condition: that would switch off "set -e" inside the test.
  (
    cd "$folder" || exit 1
    if declare -F at_end >/dev/null; then trap at_end EXIT; fi
    set -e
    "$1"
  ) >"$folder.log" 2>&1
  echo "$? $((SECONDS - began))" >"$folder.end"
}

tell() { # TEST
  number=$((number + 1))
  local folder=$SCRATCH/$1 status=1 seconds=0
  read -r status seconds <"$folder.end"
  if ((status == 0)); then
    passed=$((passed + 1))
    echo "ok $number - ${1//_/ } # $seconds s"
  else
    failed=$((failed + 1))
    echo "not ok $number - ${1//_/ } # $seconds s"
    tail -n 100 "$folder.log" | sed 's/^/  # /'
  fi
  # For whoever reads along.
  sed -n 's/^FIGURE /# /p' "$folder.log"
}

# The last lines; fails when a test did.
conclude() {
  echo "1..$number"
  echo "$passed passed, $failed failed"
  ((failed == 0))
}

fail() {
  echo "failed: $*"
  exit 1
}

equal() { # WANTED FOUND WHAT
  [[ $1 == "$2" ]] || fail "$3: wanted '$1', found '$2'"
}

# Succeeds when the command fails with this status and its output, in OUTPUT afterwards, holds the text.
refused() { # STATUS TEXT COMMAND...
  local status=0
  OUTPUT=$("${@:3}" 2>&1) || status=$?
  [[ $status == "$1" ]] || fail "${*:3} ended with $status, not $1: $OUTPUT"
  [[ $OUTPUT == *"$2"* ]] || fail "${*:3} did not say '$2': $OUTPUT"
}
