#!/bin/bash
#
# Summary: Make the cache of loaded classes for the images, by a real start with a sign-in, as the final layout has it
#
# Usage: train.sh FILE
#
# Runs inside the build of the image. Needs nothing but bash and the program. Everything it makes but FILE, the key and the
# password of this start included, is gone when it ends.
set -euo pipefail

JAVA=(/opt/java/bin/java @/opt/dashboard/java.options)
PROGRAM=(-jar /opt/dashboard/dashboard.jar)

main() {
  FILE=$1
  SCRATCH=$(mktemp -d)
  trap 'rm -rf "$SCRATCH"' EXIT
  start
  use
  kill -TERM "$SERVER"
  # 143 is how Java ends after the signal; the cache is written on the way.
  wait "$SERVER" || (($? == 143)) || fail "the server ended with $?"
  [[ -s $FILE ]] || fail "no cache was written"
  # With "on" Java refuses to start when the cache does not fit.
  "${JAVA[@]}" -XX:AOTCache="$FILE" -XX:AOTMode=on "${PROGRAM[@]}" verify-audit --data "$SCRATCH/data"
}

start() {
  DASHBOARD_PROFILE=dev DASHBOARD_DEMO=true DASHBOARD_DATA_DIR=$SCRATCH/data DASHBOARD_SERVER_PORT=0 DASHBOARD_MANAGEMENT_PORT=0 \
    DASHBOARD_SECRETS_DIR=$SCRATCH/none DASHBOARD_PROJECTS_ROOTS=$SCRATCH/data/sample-project \
    "${JAVA[@]}" -XX:AOTCacheOutput="$FILE" "${PROGRAM[@]}" >"$SCRATCH/log" 2>&1 &
  SERVER=$!
  local i
  for ((i = 0; i < 300; i++)); do
    PORT=$(sed -n 's#^Dashboard ready: http://127.0.0.1:##p' "$SCRATCH/log")
    if [[ -n $PORT ]]; then return; fi
    kill -0 "$SERVER" 2>/dev/null || break
    sleep 0.2
  done
  fail "the server did not become ready"
}

# What the first visitor does.
use() {
  local password
  password=$(<"$SCRATCH/data/initial-admin-password")
  expect 200 GET /health/ready
  expect 200 GET /
  expect 401 GET /api/v1/sessions
  expect 200 POST /api/v1/auth/login "{\"username\":\"admin\",\"password\":\"$password\"}"
}

expect() { # STATUS METHOD PATH [BODY]
  local status
  status=$(request "${@:2}")
  [[ $status == "$1" ]] || fail "$2 $3 answered $status, not $1"
}

# Prints the status of the answer.
request() { # METHOD PATH [BODY]
  local body=${3:-} status
  exec 3<>"/dev/tcp/127.0.0.1/$PORT"
  printf '%s %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\nOrigin: http://127.0.0.1:%s\r\nContent-Type: application/json\r\nContent-Length: %s\r\n\r\n%s' \
    "$1" "$2" "$PORT" "$PORT" "${#body}" "$body" >&3
  IFS=' ' read -r -t 10 _ status _ <&3
  timeout 10 cat <&3 >/dev/null
  exec 3<&-
  echo "$status"
}

fail() {
  echo "train.sh: $*" >&2
  cat "$SCRATCH/log" >&2
  exit 1
}

main "$@"
