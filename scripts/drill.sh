#!/usr/bin/env bash
#
# Summary: Play a disaster through to its end, and measure how much work is lost (RPO) and how long it takes (RTO)
#
# Usage: drill.sh [--scenario NAME]... [OPTION]...
#        drill.sh --env ENV [--yes-production] [OPTION]...
#
#   --scenario NAME    This one only; may be repeated (default: all six)
#   --list             Name the scenarios and end
#   --env ENV          Restore the newest backup of an environment (staging, production) beside it, and start a throwaway server on it
#   --yes-production   The environment is production, and is meant
#   --log              Add a line for each scenario to the drill log, src/docs/drill-log.md (DRILL_LOG names another file)
#   --who NAME         Who drills, for the log (default: git's user.name, else the login name)
#   --s3 URL           Back up to this bucket, s3:https://HOST/BUCKET, under a prefix of its own, instead of an S3 server on loopback
#   --s3-keys DIR      Folder with the files s3_access_key and s3_secret_key for --s3
#   --rpo DURATION     Most work that may be lost (default 1h). Of sets: no drill restores the continuous copy
#   --rto DURATION     Longest from the loss until a prompt is answered (default 15m)
#   --keep             Leave the scratch folder, and say where it is; it has the data and their keys
#   --help             This text
#
# Without --env nothing of this machine is used but its programs: in a scratch folder a real server runs three real sessions of the CLI
# against the built-in scripted model, two of them write all the while, scripts/backup.sh stores sets on disk and in S3, and then it
# happens. What came back is compared row by row with a copy that was taken aside at the moment of the loss: what a set has must be there
# as it was, and what is missing must have come after it. Then somebody signs in, reads a session from before, and has a prompt answered.
#
#   lost-volume        the server is killed, its data folder destroyed; back from S3
#   corrupt-database   bytes in the middle of the database are overwritten; back from the local repository
#   bad-migration      a release whose migrations damage the data and fail; back to the snapshot that a deploy takes before
#   leaked-key         the signing key, the repository's password and the keys of S3 are replaced; the old ones must be refused
#   s3-gone            S3 is away: the local copy must be good, and the failure on record; then S3 is back
#   lost-host          everything is gone but git, the repository in S3, its password and keys; a new host, new secrets
#
# With --env nothing of the environment is touched. Its newest set is fetched from its repository (S3 where it has one, else the local
# one), verified, and put into a scratch folder. On it a throwaway server is started, with secrets of its own and the scripted model: it
# has no way to the environment's model, and does not see the sessions that run there. Somebody signs in, by smoke_sign_in or smoke_token of
# SECRETS_DIR, reads a session, and has a prompt answered in a new one. RPO is what would be lost if the environment were lost now: the
# age of the set. RTO leaves out what people and a new host take. The restored data are removed at the end. It runs where
# compose/.env.ENV (DEPLOY_ENV_FILE names another file) and SECRETS_DIR are, as root on the environment's own host, from a checkout of
# the release that runs there. compose/.env.ENV must say DRILL=true, and production needs --yes-production besides.
#
# Prints a line for each scenario: ok or FAILED, its name, RPO and RTO, what was lost and what was compared. A figure beyond its target
# fails. The copy aside and the comparison count as part of RTO. Each wait has a limit. Ends only what it started. Writes nothing outside of
# its scratch folder but the log, when asked (the tests do not ask), and target/ when it has to build. Its own S3 server is S3Proxy
# (src/test/sh/s3.sh), which needs the whole checkout, Maven and Node. Needs restic, sqlite3, curl, git, ps, JDK 25 and what start.sh needs;
# openssl for leaked-key.
#
# Exit code: 0 all passed; 1 one did not, and the logs are kept where the last line says; 64 wrong usage; 130 interrupted.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=scripts/lib-backup.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib-backup.sh"

# One after the other, on the same data: each goes on with what the one before has brought back. The last one leaves nothing.
SCENARIOS=(lost-volume corrupt-database bad-migration leaked-key s3-gone lost-host)
SESSIONS=3
# Of each session; together below limits.writes, 300 a minute for one person.
WRITE_EVERY=1
MOST_WRITES=300
# How many prompts must be accepted before a backup begins, and again before the loss.
FEW_WRITES=6
LONGEST_START=90
LONGEST_STOP=30
LONGEST_ANSWER=60
LONGEST_WRITES=60
LONGEST_SCRIPT=300
# For an S3 that does not answer.
SHORT_ASK=5
UUID='[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'

main() {
  parse "$@"
  ROOT=$(repo_root)
  prepare
  local name
  PASSED=0
  if [[ -n $ENVIRONMENT ]]; then
    play "$ENVIRONMENT" environment
  else
    find_s3
    # In the order in which they can follow each other.
    for name in "${SCENARIOS[@]}"; do
      if [[ " ${SELECTED[*]} " == *" $name "* ]]; then play "$name" "${name//-/_}"; fi
    done
  fi
  say "$PASSED of ${#SELECTED[@]} passed, in $SECONDS s"
  ((PASSED == ${#SELECTED[@]})) || exit 1
}

parse() {
  LOG_FILE=/dev/null SELECTED=() ENVIRONMENT="" PRODUCTION=false LOG="" WHO="" S3="" S3_KEYS="" RPO=3600 RTO=900 KEEP=false
  while (($# > 0)); do
    case $1 in
      --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
      --list) printf '%s\n' "${SCENARIOS[@]}" && exit 0 ;;
      --log) LOG=yes ;;
      --keep) KEEP=true ;;
      --yes-production) PRODUCTION=true ;;
      --scenario | --env | --who | --s3 | --s3-keys | --rpo | --rto)
        (($# > 1)) || usage_error "$1 needs a value"
        option "$1" "$2"
        shift
        ;;
      --*=*) option "${1%%=*}" "${1#*=}" ;;
      *) usage_error "unknown option $1" ;;
    esac
    shift
  done
  [[ -z $ENVIRONMENT || ${#SELECTED[@]} == 0 ]] || usage_error "--env and --scenario exclude each other: nothing is destroyed in an environment"
  [[ -z $ENVIRONMENT || -z $S3$S3_KEYS ]] || usage_error "--env has its own repository; --s3 goes without it"
  [[ -n $S3 && -n $S3_KEYS || -z $S3$S3_KEYS ]] || usage_error "--s3 and --s3-keys go together"
  if [[ $PRODUCTION == true && $ENVIRONMENT != production ]]; then usage_error "--yes-production goes with --env production"; fi
  if [[ -n $ENVIRONMENT ]]; then SELECTED=("$ENVIRONMENT"); fi
  ((${#SELECTED[@]} > 0)) || SELECTED=("${SCENARIOS[@]}")
}

option() { # NAME VALUE
  [[ -n $2 ]] || usage_error "$1 needs a value"
  case $1 in
    --scenario)
      [[ " ${SCENARIOS[*]} " == *" $2 "* ]] || usage_error "there is no scenario $2; --list names them"
      [[ " ${SELECTED[*]} " == *" $2 "* ]] || SELECTED+=("$2")
      ;;
    --env)
      [[ $2 =~ ^(staging|production)$ ]] || usage_error "--env is staging or production, not $2"
      ENVIRONMENT=$2
      ;;
    --who)
      [[ $2 != *[$'|\n']* ]] || usage_error "--who is a name for a table"
      WHO=$2
      ;;
    --s3)
      [[ $2 =~ ^s3:https?://[^[:space:]/]+/[^[:space:]]+$ ]] || usage_error "--s3 must look like s3:https://HOST/BUCKET, not $2"
      S3=${2%/}
      ;;
    --s3-keys)
      [[ -s $2/s3_access_key && -s $2/s3_secret_key ]] || usage_error "--s3-keys: there is no s3_access_key with s3_secret_key in $2"
      S3_KEYS=$(cd "$2" && pwd -P)
      ;;
    --rpo) RPO=$(seconds_of "$2") || usage_error "--rpo is a number with s, m, h or d, like 1h, not $2" ;;
    --rto) RTO=$(seconds_of "$2") || usage_error "--rto is a number with s, m, h or d, like 15m, not $2" ;;
    *) usage_error "unknown option $1" ;;
  esac
}

# --- before and after ----------------------------------------------------------------------------------------------------

prepare() {
  local tool
  for tool in restic:restic sqlite3:sqlite3 curl:curl git:git ps:procps timeout:coreutils; do
    command -v "${tool%:*}" >/dev/null || die "${tool%:*} is missing; get it: $(how_to_get "${tool#*:}")"
  done
  if [[ " ${SELECTED[*]} " == *" leaked-key "* && -z $ENVIRONMENT ]]; then
    command -v openssl >/dev/null || die "openssl is missing; get it: $(how_to_get openssl)"
  fi
  if [[ -n $LOG ]]; then
    LOG=${DRILL_LOG:-$ROOT/src/docs/drill-log.md}
    [[ -w $LOG ]] || die "the drill log $LOG is not there, or cannot be written"
  fi
  [[ -n $WHO ]] || WHO=$(git -C "$ROOT" config user.name 2>/dev/null) || WHO=$(id -un)
  if [[ -n $ENVIRONMENT ]]; then find_environment; fi
  use_jdk
  if build_is_stale "$ROOT"; then build "$ROOT"; fi
  find_program
  CLI=$(provide_cli "${DASHBOARD_CLI_PATH:-}") || exit 1
  # Nothing of whoever runs this: not its server, not its backups, not its secrets.
  local variable
  for variable in "${!DASHBOARD_@}" "${!BACKUP_@}"; do
    [[ $variable == DASHBOARD_JDK_DIRS ]] || unset "$variable"
  done
  export DASHBOARD_CLI_PATH=$CLI TZ=UTC LC_ALL=C
  # No delays between the words of the scripted model.
  export DASHBOARD_DEMO_PACE=0
  umask 077
  SCRATCH=$(mktemp -d)
  LOGS=$(mktemp -d)
  LOG_FILE=$LOGS/drill.log
  PIDS=$SCRATCH/pids HOST=$SCRATCH/host VAULT=$SCRATCH/vault STATE=$SCRATCH/state RESULT=$SCRATCH/result
  DATA=$HOST/data
  mkdir "$PIDS" "$HOST" "$VAULT" "$STATE"
  PLAYING="" APART=()
  trap 'finish $?' EXIT
  trap 'say interrupted; exit 130' INT TERM HUP
  if [[ -n $ENVIRONMENT ]]; then return; fi
  # What is kept elsewhere, in a vault of passwords and with git; the new host has nothing else.
  random_text >"$VAULT/restic_password"
  git init --quiet "$SCRATCH/git"
  echo "A project." >"$SCRATCH/git/README.md"
  git -C "$SCRATCH/git" add README.md
  git -C "$SCRATCH/git" -c user.name=drill -c user.email=drill@localhost commit --quiet --message "Begin"
}

finish() { # STATUS
  local file
  trap - EXIT
  trap '' INT TERM HUP
  set +e
  if [[ -n $PLAYING ]]; then end_tree "$PLAYING"; fi
  for file in "$PIDS"/*; do end_noted "${file##*/}"; done
  cp "$SCRATCH/s3/s3.log" "$LOGS/" 2>/dev/null
  if [[ $KEEP == true ]]; then say "left as it is: $SCRATCH"; else rm -rf "$SCRATCH"; fi
  if (($1 == 0)); then rm -rf "$LOGS"; else say "the logs are in $LOGS"; fi
  exit "$1"
}

# Notes a process under a name, with when it began: numbers are used again.
note_process() { # NAME PID
  echo "$2 $(began_at "$2")" >"$PIDS/$1"
}

began_at() { # PID: in ticks since the machine was started
  sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20
}

# Prints the number of a process that was noted, if it still is the one that was.
noted() { # NAME
  local pid="" at=""
  read -r pid at 2>/dev/null <"$PIDS/$1" || return 1
  [[ -n $at && $(began_at "$pid") == "$at" ]] && lives "$pid" && echo "$pid"
}

end_noted() { # NAME
  local pid
  if pid=$(noted "$1"); then end_tree "$pid"; fi
  rm -f "$PIDS/$1"
}

# A process and all that it has started, as when the power goes.
end_tree() { # PID
  local pid tree
  tree=$(tree_of "$1")
  for pid in $tree; do kill -KILL "$pid" 2>/dev/null || true; done
  # Gone when this returns, so that nothing writes any more. Some are of another shell, which alone could wait for them.
  for pid in $tree; do
    # A child of this shell is waited for, lest the shell tells of its end.
    wait "$pid" 2>/dev/null || wait_gone "$pid" 10 || true
  done
}

# Itself first, so that it starts nothing more.
tree_of() { # PID
  ps -A -o pid= -o ppid= | awk -v root="$1" '
    {parent[$1] = $2}
    END {
      if (!(root in parent)) exit
      print root
      for (pid in parent) {
        for (up = parent[pid]; up in parent && up != root && up > 1; up = parent[up]);
        if (up == root) print pid
      }
    }'
}

# One that has ended and that nobody has asked about yet does not.
lives() { # PID
  [[ $(ps -o stat= -p "$1" 2>/dev/null) =~ ^[^Z] ]]
}

wait_gone() { # PID SECONDS
  local end=$((SECONDS + $2))
  while lives "$1"; do
    ((SECONDS < end)) || return 1
    sleep 0.1
  done
}

# Plays one in a process of its own, prints its line and, when asked, logs it.
play() { # NAME FUNCTION
  local status=0 began=$SECONDS
  LOG_FILE=$LOGS/$1.log
  say "$1"
  rm -rf "$RESULT"
  mkdir "$RESULT"
  # Not as a condition: that would switch off "set -e" inside.
  (
    trap - EXIT INT TERM HUP
    scenario_"$2"
  ) &
  PLAYING=$!
  wait "$PLAYING" || status=$?
  PLAYING=""
  stop_writers
  if ((status != 0)) && [[ ! -s $RESULT/faults ]]; then fault "it ended with $status; the last that was said: $(last_words)"; fi
  report "$1" "$((SECONDS - began))"
  if [[ ! -s $RESULT/faults ]]; then
    PASSED=$((PASSED + 1))
  elif [[ -z $ENVIRONMENT ]]; then
    # The next one begins anew, on nothing that this one has left.
    clear_host
  fi
}

# To the log too, beside what the scripts say there.
say() { # MESSAGE
  echo "${0##*/}: $*" >&2
  echo "$(date -u +%T) $*" >>"$LOG_FILE"
}

# The scenario goes on, and has failed.
fault() { # MESSAGE
  say "FAULT: $1"
  echo "$1" >>"$RESULT/faults"
}

# The scenario ends here.
give_up() { # MESSAGE
  fault "$1"
  exit 1
}

measure() { # NAME VALUE
  echo "$2" >"$RESULT/$1"
}

measured() { # NAME [OTHERWISE]
  cat "$RESULT/$1" 2>/dev/null || echo "${2:--}"
}

report() { # NAME SECONDS
  local word=ok faults="" rpo rto
  rpo=$(measured rpo) rto=$(measured rto)
  if [[ -s $RESULT/faults ]]; then
    word=FAILED
    faults=$(paste -s -d ';' "$RESULT/faults" | sed 's/;/; /g')
  fi
  echo "$word $1: RPO $(in_seconds "$rpo") (target $(in_words "$RPO")), RTO $(in_seconds "$rto") (target $(in_words "$RTO"))$(
    [[ ! -e $RESULT/lost ]] || echo ", lost: $(measured lost)"
  )$([[ ! -e $RESULT/same ]] || echo ", the same: $(measured same)")$(
    [[ ! -e $RESULT/said ]] || echo ", $(measured said)"
  ), database $(measured size 0) KiB, took $2 s${faults:+: $faults}"
  [[ -n $LOG ]] || return 0
  local version
  version=$(cat "$STATE/version" 2>/dev/null || echo -)
  printf '| %s | %s | %s | %s | %s | %s | %s KiB | %s | %s | %s |\n' "$(date -u +'%Y-%m-%d %H:%M')" "${ENVIRONMENT:-scratch}" \
    "$(if [[ -n $ENVIRONMENT ]]; then echo restore; else echo "$1"; fi)" "$(in_seconds "$rpo")" "$(measured lost -)" "$(in_seconds "$rto")" \
    "$(measured size -)" "${version//|/}" "$(if [[ $word == ok ]]; then echo passed; else echo "**failed**: $(tr '|' '/' <<<"$faults" | cut -c 1-300)"; fi)" \
    "$WHO" >>"$LOG"
}

in_seconds() { # MILLISECONDS or -
  if [[ $1 == - ]]; then echo "not measured"; else awk -v ms="$1" 'BEGIN {printf "%.1f s", ms / 1000}'; fi
}

in_words() { # SECONDS
  if (($1 % 3600 == 0)); then
    echo "$(($1 / 3600)) h"
  elif (($1 % 60 == 0)); then
    echo "$(($1 / 60)) min"
  else
    echo "$1 s"
  fi
}

# Milliseconds.
clock() {
  local micros=${EPOCHREALTIME//[.,]/}
  echo "$((micros / 1000))"
}

# Both against their targets.
judge() { # RPO_MS RTO_MS
  measure rpo "$1"
  measure rto "$2"
  (($1 <= RPO * 1000)) || fault "RPO $(in_seconds "$1") is more than $(in_words "$RPO")"
  (($2 <= RTO * 1000)) || fault "RTO $(in_seconds "$2") is more than $(in_words "$RTO")"
}

random_text() {
  head -c 24 /dev/urandom | base64 | tr -d '/+=\n'
}

new_uuid() {
  cat /proc/sys/kernel/random/uuid
}

# In bounded time; what it says goes to the log alone. Ends with its exit code.
quietly() { # SECONDS COMMAND...
  timeout --kill-after=10 "$@" >>"$LOG_FILE" 2>&1 </dev/null
}

# --- the server ----------------------------------------------------------------------------------------------------------

# Sets URL. What it was started with stands in its log.
start_server() {
  local pid end=$((SECONDS + LONGEST_START)) log=$LOGS/server.log
  : >"$log"
  # The second compiler is not worth its while in so short a life.
  JAVA_TOOL_OPTIONS=-XX:TieredStopAtLevel=1 ${APART[@]+"${APART[@]}"} "$ROOT/scripts/start.sh" --demo --port 0 --data "$DATA" --project "$HOST/project" >"$log" 2>&1 </dev/null &
  pid=$!
  note_process server "$pid"
  URL=""
  while [[ -z $URL ]]; do
    if ! kill -0 "$pid" 2>/dev/null; then
      rm -f "$PIDS/server"
      cat "$log" >>"$LOG_FILE"
      return 1
    fi
    ((SECONDS < end)) || give_up "the server does not start within $LONGEST_START s"
    sleep 0.1
    URL=$(sed -n 's/^Dashboard ready: //p' "$log")
  done
  echo "$URL" >"$STATE/url"
}

needs_server() { # WHAT
  start_server || give_up "the server does not start $1: $(grep -v '^{' "$LOGS/server.log" | tail -n 3 | tr '\n' ' ')"
}

is_up() {
  noted server >/dev/null
}

# With the processes of its sessions, at once.
kill_server() {
  end_noted server
}

stop_server() {
  local pid
  pid=$(noted server) || give_up "the server has died"
  kill -TERM "$pid"
  wait_gone "$pid" "$LONGEST_STOP" || give_up "the server does not stop within $LONGEST_STOP s"
  rm -f "$PIDS/server"
}

# Sends a request. Sets STATUS, and writes the file BODY.
ask() { # PATH [CURL OPTION]...
  BODY=$STATE/body
  STATUS=$(curl --disable --silent --show-error --noproxy '*' --max-time 15 --output "$BODY" --write-out '%{http_code}' "${@:2}" "$URL$1" \
    2>>"$LOG_FILE") || true
}

# As the one who has signed in.
ask_as_admin() { # PATH [CURL OPTION]...
  ask "$1" --config "$STATE/who" "${@:2}"
}

send() { # METHOD PATH JSON
  ask_as_admin "$2" --request "$1" --header 'Content-Type: application/json' --data "$3"
}

expect() { # STATUS-PATTERN WHAT
  [[ $STATUS =~ ^($1)$ ]] || give_up "$2 was answered with $STATUS: $(head -c 300 "$BODY")"
}

field() { # NAME: the first of it in BODY
  grep -oE "\"$1\":(\"[^\"]*\"|[0-9]+)" "$BODY" | head -n 1 | sed 's/^[^:]*://; s/"//g' || true
}

# Passwords and tokens are in files, never in arguments.
sign_in() {
  ask /api/v1/auth/login --header 'Content-Type: application/json' --data-binary "@$VAULT/sign-in.json" --cookie-jar "$STATE/cookies"
  expect 200 "the sign-in"
  keep_sign_in
}

keep_sign_in() {
  printf 'cookie = "%s"\nheader = "X-CSRF-Token: %s"\n' "$STATE/cookies" "$(field csrfToken)" >"$STATE/who"
  keep_version
}

# For the log: of what runs, and of what it was made from.
keep_version() {
  echo "$(field version), $(git -C "$ROOT" rev-parse --short HEAD 2>/dev/null || echo "no commit")" >"$STATE/version"
}

# The administrator of the first start gets a password of his own.
first_sign_in() {
  local once own
  once=$(tr -d '\n' <"$DATA/initial-admin-password")
  own=$(random_text)
  printf '{"username":"admin","password":"%s"}' "$once" >"$VAULT/sign-in.json"
  sign_in
  printf '{"currentPassword":"%s","newPassword":"%s"}' "$once" "$own" >"$STATE/password.json"
  ask_as_admin /api/v1/auth/password --request PUT --header 'Content-Type: application/json' --data-binary "@$STATE/password.json"
  expect 200 "the change of the password"
  printf '{"username":"admin","password":"%s"}' "$own" >"$VAULT/sign-in.json"
  rm "$STATE/password.json"
  sign_in
}

# --- sessions, and those who write -------------------------------------------------------------------------------------------

# A server with sessions that somebody works in: the one that the scenario before has left, else a new one.
running() {
  if is_up; then
    URL=$(<"$STATE/url")
    settings
    return
  fi
  clear_host
  settings
  mkdir -p "$DATA/attachments"
  give_keys
  git clone --quiet "$SCRATCH/git" "$HOST/project"
  needs_server "for the first time"
  first_sign_in
  # No request leads here yet that could put it there.
  head -c 100000 /dev/urandom >"$DATA/attachments/drill"
  # Of a program; it is in the set as people are.
  send POST /api/v1/tokens '{"name":"drill","role":"operator"}'
  expect 201 "making a token"
  field secret >"$VAULT/token"
  send POST /api/v1/projects "{\"path\":\"$HOST/project\"}"
  expect "200|201" "adding the project"
  local project number
  project=$(field id)
  for ((number = 0; number < SESSIONS; number++)); do
    send POST /api/v1/sessions "{\"projectId\":\"$project\",\"title\":\"Drill $number\"}"
    expect 201 "starting a session"
    field id >"$STATE/session-$number"
  done
  for ((number = 0; number < SESSIONS; number++)); do say_in "$(session "$number")"; done
}

# As a machine that has nothing: nothing of the scenario before is left, and nothing is stored where that has stored.
clear_host() {
  local number
  if is_up; then kill_server; fi
  rm -rf "$HOST" "$SCRATCH/disk" "$STATE/mark"
  mkdir "$HOST"
  number=$(($(cat "$STATE/number" 2>/dev/null || echo 0) + 1))
  echo "$number" >"$STATE/number"
}

# Where backups go.
settings() {
  export BACKUP_REPOSITORY=$SCRATCH/disk/restic BACKUP_S3_REPOSITORY BACKUP_LONGEST_SECONDS=$LONGEST_SCRIPT
  BACKUP_S3_REPOSITORY=$S3-$(<"$STATE/number")
}

session() { # NUMBER
  cat "$STATE/session-$1"
}

# From where they are kept.
give_keys() {
  mkdir -p "$DATA/secrets"
  cp "$VAULT"/{restic_password,s3_access_key,s3_secret_key} "$DATA/secrets/"
}

# A prompt with a word that comes back.
say_in() { # SESSION
  local word=drill-$RANDOM$RANDOM
  wake "$1"
  send POST "/api/v1/sessions/$1/prompts" "{\"promptId\":\"$(new_uuid)\",\"text\":\"echo $word\"}"
  expect 202 "a prompt"
  await_words "$1" "$word" "$(field seq)" turn-ended
  echo "$word" >"$STATE/word-$1"
}

# A session whose turn was cut is resumed by a person.
wake() { # SESSION
  local end=$((SECONDS + LONGEST_ANSWER)) state asked=false
  while true; do
    ask_as_admin "/api/v1/sessions/$1"
    expect 200 "looking at a session"
    state=$(field state)
    case $state in
      idle | working | parked | queued) return ;;
      interrupted)
        if [[ $asked == false ]]; then
          send POST "/api/v1/sessions/$1/resumptions" "{}"
          expect 202 "resuming a session"
          asked=true
        fi
        ;;
      starting) ;;
      *) give_up "a session is $state" ;;
    esac
    ((SECONDS < end)) || give_up "a session is still $state after $LONGEST_ANSWER s"
    sleep 0.1
  done
}

# Until the session has said the word and, when asked for, its turn has ended.
await_words() { # SESSION WORD AFTER [turn-ended]
  local end=$((SECONDS + LONGEST_ANSWER)) after=$3 last
  while true; do
    ask_as_admin "/api/v1/sessions/$1/events?after=$after&limit=200"
    expect 200 "reading a session"
    # An event a line.
    sed 's/{"seq":/\n&/g' "$BODY" | grep '^{"seq":' >"$STATE/events" || true
    if awk -v word="$2" -v type="${4:-}" '
      /"type":"assistant-replied"/ && index($0, word) {said = 1}
      said && index($0, "\"type\":\"" type) {found = 1}
      END {exit !found}' "$STATE/events"; then return; fi
    if grep -q '"type":"session-failed"' "$STATE/events"; then
      give_up "a session failed: $(grep '"type":"session-failed"' "$STATE/events" | head -c 400)"
    fi
    # What follows the word may come on the same page.
    if ! grep '"type":"assistant-replied"' "$STATE/events" | grep -qF "$2"; then
      last=$(sed -n '$s/^{"seq":\([0-9]*\),.*/\1/p' "$STATE/events")
      after=${last:-$after}
    fi
    if ((SECONDS >= end)); then
      ask_as_admin "/api/v1/sessions/$1"
      give_up "a session did not answer within $LONGEST_ANSWER s: it is $(field state), and its last events are $(
        tail -n 5 "$STATE/events" | sed -n 's/.*"type":"\([^"]*\)".*/\1/p' | paste -s -d ' '
      )"
    fi
    sleep 0.1
  done
}

# What was said before the loss can be read, and something new is answered.
check_session() { # SESSION WORD
  await_words "$1" "$2" 0
  say_in "$1"
}

# What the session that is at rest has said last.
last_word() {
  cat "$STATE/word-$(session 0)"
}

# Every session but the first writes, until it is stopped; what the server has accepted is on a list.
start_writers() {
  local number
  rm -f "$STATE/acks"
  touch "$STATE/acks"
  for ((number = 1; number < SESSIONS; number++)); do
    wake "$(session "$number")"
    writer "$number" &
    note_process "writer-$number" "$!"
  done
}

writer() { # NUMBER
  local id count seq
  id=$(session "$1")
  # Its own: several ask at the same time.
  local body=$STATE/body-$1
  for ((count = 0; count < MOST_WRITES; count++)); do
    if [[ $(curl --disable --silent --noproxy '*' --max-time 15 --config "$STATE/who" --header 'Content-Type: application/json' \
      --data "{\"promptId\":\"$(new_uuid)\",\"text\":\"many 10\"}" --output "$body" --write-out '%{http_code}' \
      "$URL/api/v1/sessions/$id/prompts") == 202 ]]; then
      seq=$(grep -oE '"seq":[0-9]+' "$body" | cut -d : -f 2)
      # One write for a line, so that no two are mixed.
      echo "$seq" >>"$STATE/acks"
    fi
    sleep "$WRITE_EVERY"
  done
}

stop_writers() {
  local file
  for file in "$PIDS"/writer-*; do end_noted "${file##*/}"; done
}

# Until so many more prompts have been accepted.
await_writes() { # COUNT
  local wanted end=$((SECONDS + LONGEST_WRITES))
  wanted=$(($(wc -l <"$STATE/acks") + $1))
  while (($(wc -l <"$STATE/acks") < wanted)); do
    ((SECONDS < end)) || give_up "not $1 prompts were accepted within $LONGEST_WRITES s"
    is_up || give_up "the server died: $(tail -n 3 "$LOGS/server.log" | head -c 600)"
    sleep 0.1
  done
}

# --- backups -----------------------------------------------------------------------------------------------------------------

# An S3 server on loopback, unless another one is given.
find_s3() {
  OWN_S3=false
  if [[ -n $S3 ]]; then
    cp "$S3_KEYS"/{s3_access_key,s3_secret_key} "$VAULT/"
    # Nothing that is in the bucket is touched.
    S3=$S3/drill-$(date -u +%Y%m%dT%H%M%SZ)-$$
    return
  fi
  OWN_S3=true
  # Nothing of it is stored.
  if [[ ${SELECTED[*]} == bad-migration ]]; then
    touch "$VAULT"/{s3_access_key,s3_secret_key}
    return
  fi
  [[ -f $ROOT/src/test/sh/s3.sh ]] || die "there is no src/test/sh/s3.sh here, which has an S3 server for drills; name one with --s3"
  need_maven
  need_node
  # shellcheck source=src/test/sh/s3.sh
  source "$ROOT/src/test/sh/s3.sh"
  provide_s3 "$ROOT" || die "S3Proxy cannot be had"
  mkdir "$SCRATCH/s3"
  printf 'tests' >"$VAULT/s3_access_key"
  random_text >"$VAULT/s3_secret_key"
  local attempt
  for attempt in 1 2 3; do
    S3_PORT=""
    if s3_up && s3_answers; then break; fi
    ((attempt < 3)) || die "the S3 server does not start: $(tail -n 2 "$SCRATCH/s3/s3.log")"
  done
  # The name of a bucket.
  S3=s3:$S3_URL/drill
}

# With the key of the vault, and on the port that it had.
s3_up() {
  # Read by start_s3.
  # shellcheck disable=SC2034
  S3_SECRET=$(<"$VAULT/s3_secret_key")
  cd "$SCRATCH/s3"
  start_s3 >>"$LOG_FILE" 2>&1 || return 1
  cd "$ROOT"
  note_process s3 "$S3_PID"
  # So that the shell does not tell of its end.
  disown "$S3_PID"
}

# Somebody else may have taken the port before it could.
s3_answers() {
  noted s3 >/dev/null && curl --disable --silent --noproxy '*' --max-time 15 "$S3_URL/" | grep -q "<Error>"
}

s3_down() {
  end_noted s3
}

# While the writers write. Remembers how far the journal was when it began: all that must be in the set.
back_up() {
  local mark
  mark=$(newest_event "$DATA/dashboard.db")
  say "backup"
  quietly "$LONGEST_SCRIPT" "$ROOT/scripts/backup.sh" --data "$DATA" || give_up "the backup ended with $?: $(last_words)"
  is_up || give_up "the server died while the backup was made"
  echo "$mark" >"$STATE/mark"
  last_word >"$STATE/stored-word"
}

# One that is not older than this run.
have_backup() {
  [[ ! -e $STATE/mark ]] || return 0
  start_writers
  await_writes "$FEW_WRITES"
  back_up
  stop_writers
}

# Of a script that failed.
last_words() {
  grep -v '^{' "$LOG_FILE" | tail -n 2 | tr '\n' ' ' | head -c 500
}

# Of a database that a server may be writing.
newest_event() { # DATABASE
  sqlite3 -readonly "$1" "SELECT coalesce(max(seq), 0) FROM events"
}

restore_from() { # local or s3
  say "restore"
  quietly "$LONGEST_SCRIPT" "$ROOT/scripts/restore.sh" --data "$DATA" --from "$1" --yes || give_up "the restore ended with $?: $(last_words)"
}

restic_with() { # PASSWORD_FILE REPOSITORY WORDS...: in bounded time, and never for long where it does not answer
  local -x RESTIC_PASSWORD_FILE=$1
  local -x AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
  AWS_ACCESS_KEY_ID=$(<"$DATA/secrets/s3_access_key")
  AWS_SECRET_ACCESS_KEY=$(<"$DATA/secrets/s3_secret_key")
  timeout --kill-after=5 60 restic --no-cache --repo "$2" "${@:3}" 2>>"$LOG_FILE" </dev/null
}

# --- the comparison ----------------------------------------------------------------------------------------------------------

# The truth at the moment of the loss, where nothing of the disaster comes.
take_witness() {
  local part
  rm -rf "$SCRATCH/witness"
  mkdir "$SCRATCH/witness"
  # First: what is accepted meanwhile may be in it or not.
  sort -nu "$STATE/acks" >"$STATE/accepted"
  if is_up; then
    sqlite3 -readonly "$DATA/dashboard.db" ".timeout 5000" ".backup '$SCRATCH/witness/dashboard.db'"
  else
    cp "$DATA"/dashboard.db* "$SCRATCH/witness/"
    rm -f "$SCRATCH/witness/dashboard.db-shm"
  fi
  # One file, which a comparison only reads.
  sqlite3 "$SCRATCH/witness/dashboard.db" "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE" >/dev/null
  for part in attachments claude; do
    if [[ -d $DATA/$part ]]; then cp -a "$DATA/$part" "$SCRATCH/witness/"; fi
  done
  check_accepted
}

# What the server has accepted is in its journal, whenever it dies.
check_accepted() {
  local accepted found
  accepted=$(paste -s -d , "$STATE/accepted")
  found=$(sqlite3 "$SCRATCH/witness/dashboard.db" "SELECT count(*) FROM events WHERE type = 'prompt-submitted' AND seq IN ($accepted)")
  [[ $found == "$(wc -l <"$STATE/accepted")" ]] || fault "prompts that were accepted are not in the journal of the server that was killed"
}

# Words to both: main is what came back, w the witness. Neither is written.
both() { # SQL
  sqlite3 -batch -bail "file:$BACK/dashboard.db?immutable=1" "ATTACH 'file:$SCRATCH/witness/dashboard.db?immutable=1' AS w" "$1" ||
    give_up "what came back cannot be compared"
}

# Row by row. What came back ends with an event; up to that, everything must be there as it was, and what is missing must have come after.
# Rows that are rewritten (the state of a session, the last sign-in of a person) are compared where no later event is of them; of the others,
# what never changes.
compare() { # MARK [FOLDER]: an event that must be there, and what came back
  BACK=${2:-$DATA}
  local until table same=0 count lost
  until=$(both "SELECT coalesce(max(seq), 0) FROM main.events")
  ((until >= $1)) || fault "what came back ends with event $until, and the backup was begun at $1: it is not the newest one"
  [[ $(both "SELECT count(*) FROM (SELECT type, name, sql FROM main.sqlite_schema EXCEPT SELECT type, name, sql FROM w.sqlite_schema)
      UNION ALL SELECT count(*) FROM (SELECT type, name, sql FROM w.sqlite_schema EXCEPT SELECT type, name, sql FROM main.sqlite_schema)" |
    sort -u) == 0 ]] || fault "the tables are other ones"
  while IFS= read -r table; do
    compare_table "$table" "$until"
    count=$(both "SELECT count(*) FROM main.\"$table\"")
    same=$((same + count))
  done < <(both "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
  compare_unchanging "$until"
  compare_files
  lost=$(both "SELECT count(*) FROM w.events WHERE seq > $until")
  measure lost "$lost events"
  measure same "$same rows up to event $until"
  measure size "$(($(stat -c %s "$BACK/dashboard.db") / 1024))"
  say "event $until is the last one that came back; $lost came after it"
  # From the last event that came back to the last one that somebody was told is safe.
  LOST_MS=$(both "SELECT max(0, (SELECT max(time) FROM w.events WHERE seq <= $(newest_accepted)) - (SELECT time FROM main.events WHERE seq = $until))")
}

newest_accepted() {
  tail -n 1 "$STATE/accepted"
}

compare_table() { # TABLE UNTIL
  local mine="" theirs="" key="" later="SELECT session FROM w.events WHERE seq > $2 AND session IS NOT NULL"
  local people="SELECT json_extract(data, '\$.userId') FROM w.events WHERE seq > $2 AND json_extract(data, '\$.userId') IS NOT NULL"
  case $1 in
    events | audit) theirs="WHERE seq <= $2" ;;
    sessions) key=id ;;
    user) key=id later=$people ;;
    sign_in) key=user_id later=$people ;;
    refresh_token)
      key=sign_in_id
      later="SELECT id FROM main.sign_in WHERE user_id IN ($people) UNION SELECT id FROM w.sign_in WHERE user_id IN ($people)"
      ;;
    settings) key=key later="SELECT s.key FROM w.events e, json_each(e.data, '\$.now') s WHERE e.seq > $2 AND e.type = 'configuration-changed'" ;;
    launch_inputs)
      later="SELECT launch FROM main.launches WHERE session IN ($later) UNION SELECT launch FROM w.launches WHERE session IN ($later)"
      key=launch
      ;;
    *) if [[ $(both "SELECT count(*) FROM pragma_table_info('$1') WHERE name = 'session'") == 1 ]]; then key=session; fi ;;
  esac
  if [[ -n $key ]]; then mine="WHERE $key NOT IN ($later)" theirs=$mine; fi
  local more missing
  more=$(both "SELECT count(*) FROM (SELECT * FROM main.\"$1\" $mine EXCEPT SELECT * FROM w.\"$1\")")
  missing=$(both "SELECT count(*) FROM (SELECT * FROM w.\"$1\" $theirs EXCEPT SELECT * FROM main.\"$1\")")
  say "table $1: $(both "SELECT count(*) FROM main.\"$1\"") rows came back of $(both "SELECT count(*) FROM w.\"$1\"")"
  ((more == 0)) || fault "$more rows of $1 came back that were never there so"
  ((missing == 0)) || fault "$missing rows of $1 are not as they were"
}

# Of rows that later events have changed: what stays for ever.
compare_unchanging() { # UNTIL
  local table differing
  local -A key=([sessions]=id [approvals]=id [prompts]="session, id" [user]=id)
  local -A same=([sessions]="id, project, cwd, owner_id, owner_name, created_seq, created_at"
    [approvals]="id, session, seq, kind, tool_use_id, tool, input, requested_at" [prompts]="session, id, seq, author_id, author_name"
    [user]="id, name, name_key, role, created_at")
  for table in "${!key[@]}"; do
    differing=$(both "SELECT count(*) FROM (SELECT ${same[$table]} FROM main.$table WHERE (${key[$table]}) IN (SELECT ${key[$table]} FROM w.$table)
      EXCEPT SELECT ${same[$table]} FROM w.$table)")
    ((differing == 0)) || fault "$differing rows of $table have become others"
  done
}

# Attachments never change; a transcript grows, so what came back is the beginning of what there was.
compare_files() {
  local file count=0
  diff -r "$SCRATCH/witness/attachments" "$BACK/attachments" >>"$LOG_FILE" 2>&1 || fault "the attachments are not as they were"
  while IFS= read -r -d '' file; do
    count=$((count + 1))
    cmp -s -n "$(stat -c %s "$BACK/claude/$file")" "$BACK/claude/$file" "$SCRATCH/witness/claude/$file" || fault "the transcript $file is not as it was"
  done < <(cd "$BACK/claude" 2>/dev/null && find projects -name '*.jsonl' -print0)
  ((count >= SESSIONS)) || fault "of $SESSIONS transcripts or more, $count came back"
}

# The server runs on what came back: somebody signs in, reads, and is answered. Measures from BEGAN on.
back_in_service() { # BEGAN WORD: of a session, from before what came back was stored
  needs_server "on what came back"
  sign_in
  say "signed in after $(in_seconds "$(($(clock) - $1))")"
  # The first one is the one that was at rest; of the others, one that was cut.
  check_session "$(session 0)" "$2"
  RTO_MS=$(($(clock) - $1))
  say_in "$(session 1)"
}

# --- the scenarios -----------------------------------------------------------------------------------------------------------

scenario_lost_volume() {
  local began
  running
  start_writers
  await_writes "$FEW_WRITES"
  back_up
  await_writes "$FEW_WRITES"
  say "kill -9, and the data are gone"
  began=$(clock)
  kill_server
  stop_writers
  take_witness
  # The secrets are on another volume.
  find "$DATA" -mindepth 1 -maxdepth 1 ! -name secrets -exec rm -rf {} +
  restore_from s3
  compare "$(<"$STATE/mark")"
  back_in_service "$began" "$(<"$STATE/stored-word")"
  judge "$LOST_MS" "$RTO_MS"
}

scenario_corrupt_database() {
  local began good size
  running
  have_backup
  start_writers
  await_writes "$FEW_WRITES"
  stop_writers
  good=$(ls "$BACKUP_REPOSITORY/snapshots")
  # Stopped in order, so that all of it is in the file that is damaged.
  began=$(clock)
  stop_server
  take_witness
  say "a third of the database is overwritten"
  size=$(stat -c %s "$DATA/dashboard.db")
  dd if=/dev/urandom of="$DATA/dashboard.db" bs=4096 seek="$((size / 4096 / 3))" count="$((size / 4096 / 3))" conv=notrunc status=none
  "$ROOT/scripts/doctor.sh" --data "$DATA" >"$STATE/doctor" 2>>"$LOG_FILE" || true
  cat "$STATE/doctor" >>"$LOG_FILE"
  grep -Eq '^fail +database +' "$STATE/doctor" || fault "doctor.sh does not say that the database is damaged"
  if start_server; then
    fault "the server starts on the damaged database"
    kill_server
  else
    grep -Eq '^dashboard: The database .*(is damaged|cannot be opened)' "$LOGS/server.log" ||
      fault "the server does not say what is wrong: $(grep -v '^{' "$LOGS/server.log" | tail -n 2 | tr '\n' ' ')"
  fi
  if quietly "$LONGEST_SCRIPT" "$ROOT/scripts/backup.sh" --data "$DATA"; then fault "a backup of the damaged database counts as good"; fi
  [[ $(ls "$BACKUP_REPOSITORY/snapshots") == "$good" ]] ||
    fault "the damaged database was stored, or good ones were removed"
  restore_from local
  grep -q "LOST: whatever was done since" "$LOG_FILE" || fault "nobody was told what is lost"
  compare "$(<"$STATE/mark")"
  back_in_service "$began" "$(<"$STATE/stored-word")"
  judge "$LOST_MS" "$RTO_MS"
}

# By the steps of deploy.sh: a snapshot by the release that runs, then the next one, whose start fails; the one before refuses the migrated
# database, so the snapshot takes its place, and what was there is kept aside.
scenario_bad_migration() {
  local began snapshot aside name mark
  running
  next_release
  start_writers
  await_writes "$FEW_WRITES"
  mark=$(newest_event "$DATA/dashboard.db")
  mkdir -p "$DATA/backups"
  snapshot=$DATA/backups/before-deploy-$(date -u +%Y%m%dT%H%M%SZ).db
  quietly "$LONGEST_SCRIPT" "${PROGRAM[@]}" snapshot --data "$DATA" --to "$snapshot" || give_up "no snapshot could be taken: $(last_words)"
  await_writes "$FEW_WRITES"
  began=$(clock)
  stop_server
  stop_writers
  take_witness
  say "the next release is started"
  start_next_release && give_up "the next release, whose migrations fail, starts"
  grep -q "migration" "$LOGS/next-release.log" || fault "the next release does not say what is wrong: $(tail -n 2 "$LOGS/next-release.log")"
  [[ $(sqlite3 "$DATA/dashboard.db" "SELECT count(*) FROM prompts") == 0 ]] || give_up "the migration has damaged nothing"
  if start_server; then give_up "the release before starts on a database that a newer one has migrated"; fi
  grep -q "The database has schema .* but this server knows" "$LOGS/server.log" || fault "the release before does not say what is wrong"
  aside=$DATA/backups/newer-$(date -u +%Y%m%dT%H%M%SZ)
  mkdir "$aside"
  for name in dashboard.db dashboard.db-wal dashboard.db-shm audit-anchor; do
    if [[ -e $DATA/$name ]]; then mv "$DATA/$name" "$aside/$name"; fi
  done
  cp "$snapshot" "$DATA/dashboard.db.new"
  chmod 0600 "$DATA/dashboard.db.new"
  mv "$DATA/dashboard.db.new" "$DATA/dashboard.db"
  compare "$mark"
  back_in_service "$began" "$(last_word)"
  judge "$LOST_MS" "$RTO_MS"
}

# What the program is, with two more migrations: one that destroys, and one that cannot work.
next_release() {
  local schema=$ROOT/src/main/java/dev/dashboard/Schema.java next=$SCRATCH/next last
  rm -rf "$next"
  mkdir -p "$next/classes/db"
  last=$(grep -oE 'db/[0-9]{3}' "$schema" | tail -n 1 | cut -d / -f 2)
  last=$((10#$last))
  local first second
  first=db/$(printf %03d $((last + 1)))-drill-damage.sql second=db/$(printf %03d $((last + 2)))-drill-failure.sql
  echo "DELETE FROM prompts; UPDATE events SET data = '{}' WHERE seq % 3 = 0;" >"$next/classes/$first"
  echo "ALTER TABLE no_such_table ADD COLUMN drill TEXT;" >"$next/classes/$second"
  sed "s#\.sql\");#.sql\", \"$first\", \"$second\");#" "$schema" >"$next/Schema.java"
  quietly 60 "$JAVA_HOME/bin/javac" -proc:none -cp "$ROOT/target/dashboard.jar" -d "$next/classes" "$next/Schema.java" ||
    give_up "the next release cannot be made: $(last_words)"
}

# As start.sh does; ends by itself, since it fails.
start_next_release() {
  env DASHBOARD_DEMO=true DASHBOARD_SERVER_HOST=127.0.0.1 DASHBOARD_SERVER_PORT=0 DASHBOARD_MANAGEMENT_PORT=0 DASHBOARD_DATA_DIR="$DATA" \
    DASHBOARD_SECRETS_DIR="$DATA/secrets" DASHBOARD_PROJECTS_ROOTS="$DATA/sample-project,$HOST/project" \
    timeout --kill-after=5 "$LONGEST_START" "$JAVA_HOME/bin/java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED -Xmx256m \
    -cp "$SCRATCH/next/classes:$ROOT/target/dashboard.jar" dev.dashboard.Main >"$LOGS/next-release.log" 2>&1 </dev/null
}

scenario_leaked_key() {
  local began
  running
  have_backup
  sign_in
  cp "$STATE/cookies" "$STATE/old-cookies"
  forge >"$STATE/forged"
  ask /api/v1/auth/me --config "$STATE/forged"
  expect 200 "a token that was made with the leaked key"
  cp -r "$DATA/secrets" "$SCRATCH/leaked"
  began=$(clock)
  say "the signing key is replaced"
  quietly 60 "$ROOT/scripts/rotate-secrets.sh" --data "$DATA" --force || give_up "rotate-secrets.sh ended with $?: $(last_words)"
  quietly 60 "$ROOT/scripts/rotate-secrets.sh" --data "$DATA" --finish --force || give_up "rotate-secrets.sh ended with $?: $(last_words)"
  stop_server
  needs_server "with the new key"
  ask /api/v1/auth/me --config "$STATE/forged"
  [[ $STATUS == 401 ]] || fault "a token that was made with the leaked key is answered with $STATUS"
  ask /api/v1/auth/me --cookie "$STATE/old-cookies"
  [[ $STATUS == 401 ]] || fault "an access token of before is answered with $STATUS"
  sign_in
  check_session "$(session 0)" "$(last_word)"
  change_password
  change_s3_key
  measure rto "$(($(clock) - began))"
  start_writers
  await_writes "$FEW_WRITES"
  back_up
  stop_writers
  check_old_password
  rm -rf "$SCRATCH/leaked"
  measure lost nothing
  measure size "$(($(stat -c %s "$DATA/dashboard.db") / 1024))"
  judge 0 "$(measured rto)"
}

# A token that nobody was given: the present one, with another id and a later end, signed with the key in the file.
forge() {
  local token head body key
  token=$(awk '$6 ~ /dashboard_access$/ {print $7}' "$STATE/cookies")
  key=$(tr -d '\n' <"$DATA/secrets/jwt_secret" | od -An -v -tx1 | tr -d ' \n')
  head=$(cut -d . -f 1 <<<"$token")
  body=$(from_base64url "$(cut -d . -f 2 <<<"$token")" |
    sed -E "s/\"jti\":\"[^\"]*\"/\"jti\":\"$(new_uuid)\"/; s/\"exp\":[0-9]+/\"exp\":$(($(date +%s) + 600))/" | to_base64url)
  printf 'header = "Cookie: dashboard_access=%s.%s.%s"\n' "$head" "$body" \
    "$(printf '%s.%s' "$head" "$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | to_base64url)"
}

to_base64url() {
  base64 -w 0 | tr '+/' '-_' | tr -d =
}

from_base64url() { # TEXT
  local text=$1
  while ((${#text} % 4 != 0)); do text+="="; done
  tr -- '-_' '+/' <<<"$text" | base64 -d
}

change_password() {
  say "the password of the repositories is replaced"
  quietly "$LONGEST_SCRIPT" "$ROOT/scripts/change-backup-password.sh" --data "$DATA" ||
    give_up "change-backup-password.sh ended with $?: $(last_words)"
  cp "$DATA/secrets/restic_password" "$VAULT/"
}

change_s3_key() {
  if [[ $OWN_S3 == false ]]; then
    measure said "the keys of S3 are its keeper's to replace and were not"
    return
  fi
  say "the key of S3 is replaced"
  s3_down
  random_text >"$VAULT/s3_secret_key"
  s3_up || give_up "the S3 server does not start with its new key"
  if restic_with "$DATA/secrets/restic_password" "$BACKUP_S3_REPOSITORY" snapshots --no-lock >>"$LOG_FILE"; then
    fault "S3 takes the key that has leaked"
  fi
  cp "$VAULT/s3_secret_key" "$DATA/secrets/"
}

# The old one opens nothing; what was stored with it is read with the new one.
check_old_password() {
  local repository oldest
  for repository in "$BACKUP_REPOSITORY" "$BACKUP_S3_REPOSITORY"; do
    if restic_with "$SCRATCH/leaked/restic_password" "$repository" snapshots --no-lock >>"$LOG_FILE"; then
      fault "$repository opens with the password that has leaked"
    fi
  done
  oldest=$(restic_with "$DATA/secrets/restic_password" "$repository" snapshots --no-lock | grep '^[0-9a-f]\{8\} ' | head -n 1 | cut -d ' ' -f 1)
  restic_with "$DATA/secrets/restic_password" "$repository" dump --no-lock "$oldest" /set.json | grep -q '"setVersion"' ||
    fault "the oldest set of $repository cannot be read with the new password: $(last_words)"
}

scenario_s3_gone() {
  local began status=0 good before mark id=drill-$RANDOM
  running
  have_backup
  start_writers
  await_writes "$FEW_WRITES"
  good=$(cat "$DATA/backups/last-good.json" 2>/dev/null || echo none)
  before=$(<"$STATE/mark")
  say "S3 is away"
  mark=$(newest_event "$DATA/dashboard.db")
  back_up_without_s3 "$id" || status=$?
  ((status == 2)) || give_up "the backup without S3 ended with $status, not 2: $(last_words)"
  tail -n 1 "$DATA/backups/history.jsonl" | grep -F "\"id\":\"$id\"" | grep -F '"outcome":"failed","phase":"s3"' | grep -qF '"local":true,"remote":false' ||
    fault "the history does not tell it: $(tail -n 1 "$DATA/backups/history.jsonl")"
  [[ $(cat "$DATA/backups/last-good.json" 2>/dev/null || echo none) == "$good" ]] || fault "a backup without S3 counts as a good one, so nobody is alerted"
  ask_as_admin /api/v1/backups
  expect 200 "the list of backups"
  tr -d '\n' <"$BODY" | grep -oE "\{[^{}]*\"id\":\"$id\"[^{}]*\}" | grep -q '"failed"' || fault "the dashboard does not show that it failed"
  take_witness
  DASHBOARD_SECRETS_DIR=$DATA/secrets quietly "$LONGEST_SCRIPT" "$ROOT/scripts/restore.sh" --data "$SCRATCH/beside" --from local --yes ||
    give_up "the local copy cannot be restored: $(last_words)"
  compare "$mark" "$SCRATCH/beside"
  rm -rf "$SCRATCH/beside"
  # What the loss of the machine would have cost at its worst: all since the last set that S3 has.
  measure rpo "$(sqlite3 -readonly "$DATA/dashboard.db" \
    "SELECT (SELECT time FROM events WHERE seq = $(newest_accepted)) - (SELECT time FROM events WHERE seq = $before)")"
  say "S3 is back"
  if [[ $OWN_S3 == true ]]; then s3_up || give_up "the S3 server does not start again"; fi
  began=$(clock)
  back_up
  stop_writers
  tail -n 1 "$DATA/backups/history.jsonl" | grep -qF '"outcome":"good"' || fault "the backup after it is not a good one"
  restic_with "$DATA/secrets/restic_password" "$BACKUP_S3_REPOSITORY" snapshots --no-lock --json latest |
    grep -qF "$(tail -n 1 "$DATA/backups/history.jsonl" | grep -o '"id":"[^"]*"' | cut -d '"' -f 4)" || fault "S3 does not have the newest set"
  measure lost "nothing"
  judge "$(measured rpo)" "$(($(clock) - began))"
}

# Of a server that is not ours, what stands for its being away is a port at which nobody is.
back_up_without_s3() { # ID
  local -x BACKUP_LONGEST_ASK_SECONDS=$SHORT_ASK BACKUP_S3_REPOSITORY=$BACKUP_S3_REPOSITORY
  if [[ $OWN_S3 == true ]]; then s3_down; else BACKUP_S3_REPOSITORY=s3:http://127.0.0.1:1/drill; fi
  quietly "$LONGEST_SCRIPT" "$ROOT/scripts/backup.sh" --data "$DATA" --id "$1"
}

# Nothing of the host is left, the repository on its other disk neither. The new one has what is kept elsewhere.
scenario_lost_host() {
  local began
  running
  have_backup
  start_writers
  await_writes "$FEW_WRITES"
  cp "$STATE/cookies" "$STATE/old-cookies"
  say "kill -9, and the host is gone"
  began=$(clock)
  kill_server
  stop_writers
  take_witness
  rm -rf "$HOST" "$SCRATCH/disk"
  mkdir -p "$DATA"
  git clone --quiet "$SCRATCH/git" "$HOST/project"
  give_keys
  back_up_too_soon
  restore_from s3
  compare "$(<"$STATE/mark")"
  back_in_service "$began" "$(<"$STATE/stored-word")"
  ask /api/v1/auth/me --cookie "$STATE/old-cookies"
  [[ $STATUS == 401 ]] || fault "a token of the lost host is answered with $STATUS on the new one"
  judge "$LOST_MS" "$RTO_MS"
}

# The new host makes its first backup before anybody has restored. What S3 has of the lost one must stay as it is.
back_up_too_soon() {
  local status=0 sets
  sets=$(sets_in_s3)
  needs_server "on the new host"
  say "a backup before the restore"
  quietly "$LONGEST_SCRIPT" "$ROOT/scripts/backup.sh" --data "$DATA" || status=$?
  kill_server
  if ((status != 2)) || ! tail -n 1 "$DATA/backups/history.jsonl" | grep -qF "holds backups of other data"; then
    fault "a backup of the new host before its restore was not refused in S3: it ended with $status: $(last_words)"
  fi
  [[ $(sets_in_s3) == "$sets" ]] || fault "a backup of the new host before its restore changed the sets in S3"
}

sets_in_s3() {
  restic_with "$DATA/secrets/restic_password" "$BACKUP_S3_REPOSITORY" snapshots --no-lock --json | grep -o '"id":"[^"]*"' ||
    give_up "the sets in S3 cannot be listed: $(last_words)"
}

# --- an environment ----------------------------------------------------------------------------------------------------------

# What it says of itself, read before anything else is done.
find_environment() {
  ENV_FILE=${DEPLOY_ENV_FILE:-$ROOT/compose/.env.$ENVIRONMENT}
  [[ -r $ENV_FILE ]] || die "there is no ${ENV_FILE#"$ROOT/"} that $(id -un) can read"
  [[ $(env_file_value "$ENV_FILE" DRILL) == true ]] ||
    die "$ENVIRONMENT does not say that it may be drilled: DRILL=true in ${ENV_FILE#"$ROOT/"}. Nothing was done"
  [[ $ENVIRONMENT != production || $PRODUCTION == true ]] ||
    die "production is drilled only with --yes-production: its data would lie in a scratch folder of this machine for some minutes. Nothing was done"
  ENV_SECRETS=$(env_file_value "$ENV_FILE" SECRETS_DIR)
  [[ -r $ENV_SECRETS/restic_password ]] || die "$ENV_SECRETS/restic_password cannot be read by $(id -un)"
  [[ -s $ENV_SECRETS/smoke_sign_in || -s $ENV_SECRETS/smoke_token ]] ||
    die "nobody can sign in: there is neither smoke_sign_in nor smoke_token in $ENV_SECRETS"
  ENV_FROM=s3 ENV_S3=$(env_file_value "$ENV_FILE" BACKUP_S3_REPOSITORY) ENV_LOCAL=""
  [[ -z $ENV_S3 ]] || return 0
  ENV_FROM=local ENV_LOCAL=$(env_file_value "$ENV_FILE" BACKUP_REPOSITORY)
  ENV_LOCAL=${ENV_LOCAL:-/data/backups/restic}
  # As the containers call it.
  if [[ $ENV_LOCAL == /data/* ]]; then
    local volume
    volume=$(docker volume inspect --format '{{.Mountpoint}}' "dashboard-${ENVIRONMENT}_data" 2>/dev/null) ||
      die "$ENVIRONMENT has no repository in S3, and its volume is not on this machine"
    ENV_LOCAL=$volume/${ENV_LOCAL#/data/}
  fi
}

scenario_environment() {
  local began taken set=$DATA/dashboard.db
  began=$(clock)
  mkdir -p "$DATA/secrets" "$HOST/project"
  export BACKUP_REPOSITORY=$ENV_LOCAL BACKUP_S3_REPOSITORY=$ENV_S3
  say "restoring the newest set of $ENVIRONMENT"
  # Read where they are; the throwaway server has others.
  DASHBOARD_SECRETS_DIR=$ENV_SECRETS quietly "${RESTORE_LONGEST_FETCH:-7200}" "$ROOT/scripts/restore.sh" --data "$DATA" --from "$ENV_FROM" --yes ||
    give_up "the restore ended with $?: $(last_words)"
  taken=$(sed -nE 's/.*: (taken at|of) ([^ ,]*),? (by )?release .*/\2/p' "$LOG_FILE" | tail -n 1)
  [[ -n $taken ]] || give_up "restore.sh does not say of when the set is"
  measure size "$(($(stat -c %s "$set") / 1024))"
  measure same "$(sqlite3 "file:$set?immutable=1" "SELECT count(*) FROM events") events, verified"
  measure lost "what was done since $taken"
  keep_apart
  needs_server "on what came back"
  sign_in_as_known
  say "signed in after $(in_seconds "$(($(clock) - began))")"
  read_history
  ask_as_admin /api/v1/projects
  expect 200 "the list of projects"
  # The sample of the scripted model: the folders of the environment's projects are not here.
  local project
  project=$(grep -oE '\{[^{}]*"name":"sample-project"[^{}]*\}' "$BODY" | grep -F "\"path\":\"$DATA/" | sed 's/.*"id":"\([^"]*\)".*/\1/' | head -n 1)
  [[ -n $project ]] || give_up "there is no project to work in"
  send POST /api/v1/sessions "{\"projectId\":\"$project\",\"title\":\"Drill\",\"sharing\":\"private\"}"
  expect 201 "starting a session"
  say_in "$(field id)"
  judge "$(($(clock) - $(date -d "$taken" +%s%3N)))" "$(($(clock) - began))"
}

# A server that starts ends what processes of its sessions it still finds, by the marks in their environment. Those of the environment bear
# the same marks, and are none of its business: it must not see them.
keep_apart() {
  local marks=$STATE/marks
  if unshare --pid --fork --mount-proc --kill-child true 2>>"$LOG_FILE"; then
    APART=(unshare --pid --fork --mount-proc --kill-child)
    return
  fi
  sqlite3 "file:$DATA/dashboard.db?immutable=1" "SELECT 'DASHBOARD_LAUNCH=' || launch FROM sessions WHERE launch IS NOT NULL" >"$marks"
  if [[ -s $marks ]] && grep -qszxFf "$marks" /proc/[0-9]*/environ; then
    give_up "sessions of $ENVIRONMENT run on this machine, and the throwaway server cannot be kept from seeing them without root: run this on another machine"
  fi
}

# A person of the environment, or a program with a token; what it may do came back with the set.
sign_in_as_known() {
  local name="" password=""
  if [[ -s $ENV_SECRETS/smoke_sign_in ]]; then
    { IFS= read -r name && IFS= read -r password; } <"$ENV_SECRETS/smoke_sign_in" || true
    [[ -n $password ]] || give_up "smoke_sign_in must have a name and a password, a line each"
    printf '{"username":"%s","password":"%s"}' "$(json_text "$name")" "$(json_text "$password")" >"$VAULT/sign-in.json"
    sign_in
    return
  fi
  printf 'header = "Authorization: Bearer %s"\n' "$(tr -d '\r\n' <"$ENV_SECRETS/smoke_token")" >"$STATE/who"
  ask_as_admin /api/v1/auth/me
  expect 200 "the token"
  keep_version
}

# The newest session that this person may see.
read_history() {
  local id
  ask_as_admin /api/v1/sessions
  expect 200 "the list of sessions"
  id=$(grep -oE "\"id\":\"$UUID\",\"projectId\"" "$BODY" | head -n 1 | cut -d '"' -f 4)
  if [[ -z $id ]]; then
    measure said "there was no session to read"
    return
  fi
  ask_as_admin "/api/v1/sessions/$id/events?after=0&limit=200"
  expect 200 "reading a session"
  grep -q '"type":"session-created"' "$BODY" || fault "a session of before cannot be read from its beginning"
}

main "$@"
