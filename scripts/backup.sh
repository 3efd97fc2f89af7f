#!/usr/bin/env bash
#
# Summary: Make a backup, restore it into a scratch place, compare, and only then call it good
#
# Usage: backup.sh [--data DIR | --env ENV] [--every DURATION] [--trigger WORD] [--id ID]
#
#   --data DIR         Folder with the data, as start.sh has it (default .data in the checkout). The server may run, and write
#   --env ENV          An environment of compose (staging, production): asks its backup container, which BACKUP=true adds
#   --every DURATION   Stay, and make one each 90s, 30m, 1h or 1d, and at once when somebody asks for it in the dashboard
#   --trigger WORD     Who wants it, for the history: person (default), clock or deploy
#   --id ID            Its name in the history (default: a new one)
#   --help             This text
#
# A backup is a set: a snapshot of the database, taken while the server writes and looked through, its manifest, the attachments, the
# configuration and transcripts of the CLI, and the checksums of all that. restic stores it, encrypted, in a local repository, then in S3
# when that is set. It is restored again and compared with what was stored, byte by byte; from S3 as far as BACKUP_VERIFY_REMOTE says.
# Then old ones are removed as the retention says. A repository whose newest set is of other data, as of a server that was lost, is left as
# it is until those were restored. When all of that went well, backups/last-good.json is written. Secrets are never in a
# set, nor credentials of the CLI.
#
# Settings, from the environment:
#   BACKUP_REPOSITORY       Folder of the local repository (default DIR/backups/restic; another disk is better)
#   BACKUP_S3_REPOSITORY    s3:https://HOST/BUCKET; empty: none
#   BACKUP_VERIFY_REMOTE    How much of S3 each backup reads back. share (default): a 24th part of all that is stored there, the next one
#                           each time, and each 24th time the set whole; so hourly backups read all of it each day. whole: the set, each
#                           time. Whatever it is, all must be there, in its length; and without a local copy the set is read whole
#   BACKUP_KEEP_HOURLY 24, BACKUP_KEEP_DAILY 14, BACKUP_KEEP_WEEKLY 8, BACKUP_KEEP_MONTHLY 12
#   BACKUP_CLAUDE_DIR       Folder of the CLI (default DIR/claude), or a socket at which it is lent: lend-transcripts.sh
#   BACKUP_LONGEST_SECONDS  Longest that one step may take (default 3600)
#   DASHBOARD_SECRETS_DIR   Folder of the secret files restic_password, s3_access_key, s3_secret_key (default DIR/secrets). On a private
#                           machine restic_password is made at the first backup: keep a copy elsewhere, nothing can be read without it
#
# In DIR/backups: last-good.json, status.json (of what runs; touched each second), history.jsonl (the last 1,000), request (asks for one;
# void after an hour), beat (touched each 10 s with --every), remote-share (which part of S3 was read last). The set is put together
# there too, which takes twice the room of the data, and what restic has not yet sent waits there.
#
# Exit code: 0 good; 1 not; 2 the local copy is good, the one in S3 is not; 64 wrong usage; 75 another backup is under way, nothing was
# done. To be run as the server's user. Needs restic, flock, GNU coreutils and findutils, bash 5.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=scripts/lib-backup.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib-backup.sh"

EXIT_ONLY_LOCAL=2
# Somebody else is at it (EX_TEMPFAIL of sysexits).
EXIT_BUSY=75
HISTORY_LINES=1000
REQUEST_MINUTES=60
BEAT_SECONDS=10
REMOTE_SHARES=24
ROOM_BESIDE=$((16 * 1024 * 1024))
# In the container.
INSIDE=/opt/backup/scripts/backup.sh
# Of the CLI's folder: credentials and what may hold one (its own state, locks of editors, keys of its processes), and what it makes anew
# by itself.
LEFT_OUT=('.credentials.json*' '.claude.json*' './sessions' './backups' './ide' './shell-snapshots' './session-env' './cache' './debug'
  './statsig' './telemetry')
# A file of the configuration that holds one of these stays out too. Transcripts are what people and the model have said, and stay.
CREDENTIAL='sk-ant-[A-Za-z0-9_-]{8}|"(primaryApiKey|accessToken|refreshToken|authToken)"'

main() {
  parse "$@"
  if [[ -n $ENVIRONMENT ]]; then
    in_backup_container "$ENVIRONMENT" "$INSIDE" --trigger "$TRIGGER" --id "$ID"
  elif [[ -n $EVERY ]]; then
    find_backup_settings "${DATA_GIVEN:-$(repo_root)/.data}"
    stay
  else
    find_backup_settings "${DATA_GIVEN:-$(repo_root)/.data}"
    check_retention
    make_backup
  fi
}

parse() {
  DATA_GIVEN="" ENVIRONMENT="" EVERY="" TRIGGER=person ID=""
  while (($# > 0)); do
    case $1 in
      --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
      --data | --env | --every | --trigger | --id)
        (($# > 1)) || usage_error "$1 needs a value"
        option "$1" "$2"
        shift
        ;;
      --data=* | --env=* | --every=* | --trigger=* | --id=*) option "${1%%=*}" "${1#*=}" ;;
      *) usage_error "unknown option $1" ;;
    esac
    shift
  done
  [[ -z $DATA_GIVEN || -z $ENVIRONMENT ]] || usage_error "--data and --env exclude each other"
  [[ -z $EVERY || -z $ENVIRONMENT ]] || usage_error "--every is for the container itself; the backup container of $ENVIRONMENT has it"
  if [[ -z $ID ]]; then ID=$(</proc/sys/kernel/random/uuid); fi
}

option() { # NAME VALUE
  [[ -n $2 ]] || usage_error "$1 needs a value"
  case $1 in
    --data) DATA_GIVEN=$2 ;;
    --env)
      [[ $2 =~ ^(staging|production)$ ]] || usage_error "--env is staging or production, not $2"
      ENVIRONMENT=$2
      ;;
    --every)
      EVERY=$(seconds_of "$2") || usage_error "--every is a number with s, m, h or d, like 1h, not $2"
      ;;
    --trigger)
      [[ $2 =~ ^(clock|person|deploy)$ ]] || usage_error "--trigger is clock, person or deploy, not $2"
      TRIGGER=$2
      ;;
    --id)
      [[ $2 =~ ^[A-Za-z0-9-]{1,64}$ ]] || usage_error "--id is of letters, digits and dashes, 64 at most"
      ID=$2
      ;;
  esac
}

# --- one after the other

# Each is a process of its own: whatever becomes of one, the next begins anew.
stay() {
  umask 077
  mkdir -p "$BACKUPS"
  check_retention
  clear_away
  trap 'stop_child; exit 0' TERM INT HUP
  say "a backup each $EVERY s, and when asked for"
  local last_beat=-$BEAT_SECONDS tick
  CHILD=""
  LAST=$(last_begun)
  while true; do
    if ((SECONDS - last_beat >= BEAT_SECONDS)); then
      touch "$BACKUPS/beat" || say "$BACKUPS cannot be written"
      last_beat=$SECONDS
    fi
    if [[ -z $CHILD ]]; then
      begin_when_due
    elif ! kill -0 "$CHILD" 2>/dev/null; then
      wait "$CHILD" || say "the backup ended with $?"
      CHILD=""
    fi
    sleep 1 &
    tick=$!
    wait "$tick" || true
  done
}

# What one left that was killed, with its container as a rule: by its status the dashboard would take it for one that runs, and refuse
# another one for a while.
clear_away() {
  (
    flock --nonblock 9 || exit 0
    rm -rf "$BACKUPS/staging" "$BACKUPS/status.json"
  ) 9>"$BACKUPS/lock"
}

# Seconds of when the last backup by the clock began; 0 when there was none. A restart of the container begins none before its time.
last_begun() {
  local line
  line=$(grep '"trigger":"clock"' "$BACKUPS/history.jsonl" 2>/dev/null | tail -n 1 | sed -n 's/.*"startedAt":"\([^"]*\)".*/\1/p') || true
  date -d "${line:-@0}" +%s 2>/dev/null || echo 0
}

begin_when_due() {
  local now id
  now=$(date +%s)
  if id=$(requested); then
    begin person "$id"
  # A clock that was set back must not hold up the next one.
  elif ((now - LAST >= EVERY || now < LAST)); then
    LAST=$now
    begin clock "$(</proc/sys/kernel/random/uuid)"
  fi
}

begin() { # TRIGGER ID
  "${BASH_SOURCE[0]}" --data "$DATA" --trigger "$1" --id "$2" &
  CHILD=$!
}

# Prints the id of what somebody asked for; one that is void, or makes no sense, is removed.
requested() {
  local file=$BACKUPS/request id
  [[ -f $file ]] || return 1
  id=$(head -c 4096 "$file" | tr -d '\n ' | sed -n 's/.*"id":"\([A-Za-z0-9-]\{1,64\}\)".*/\1/p')
  if [[ -z $id || -z $(find "$file" -mmin "-$REQUEST_MINUTES") ]]; then
    rm -f "$file"
    return 1
  fi
  echo "$id"
}

check_retention() {
  local name
  KEEP=()
  for name in HOURLY:24 DAILY:14 WEEKLY:8 MONTHLY:12; do
    local variable=BACKUP_KEEP_${name%:*} value
    value=${!variable:-${name#*:}}
    [[ $value =~ ^[1-9][0-9]{0,3}$ ]] || die "$variable must be a number from 1 to 9999, not $value"
    KEEP+=("--keep-$(tr '[:upper:]' '[:lower:]' <<<"${name%:*}")" "$value")
  done
}

# --- one

make_backup() {
  umask 077
  mkdir -p "$BACKUPS"
  # What this script starts has it too: after a kill -9, the next one waits until that is gone.
  exec 9>"$BACKUPS/lock"
  flock --nonblock 9 || {
    say "another backup is under way in $BACKUPS; nothing was done"
    exit "$EXIT_BUSY"
  }
  STARTED=$(now)
  # Not the wall clock's, which may be set meanwhile.
  local began=$SECONDS
  CLAUDE=${BACKUP_CLAUDE_DIR:-$DATA/claude}
  WORK=$BACKUPS/staging SET=$BACKUPS/staging/set RESTORED=$BACKUPS/staging/restored
  CHILD="" LOCAL=false REMOTE=false BYTES=0 PHASE="" FAILED_PHASE="" FAULTS="" NOTES=""
  trap 'ended "$?" "$((SECONDS - '"$began"'))"' EXIT
  trap 'interrupted' TERM INT HUP
  rm -rf "$WORK"
  mkdir -p "$SET"
  phase snapshot
  # The one that asked may see now that it was taken.
  if [[ $(requested || true) == "$ID" ]]; then rm -f "$BACKUPS/request"; fi
  find_program
  make_password
  check_backup_secrets "${S3_REPOSITORY:-$LOCAL_REPOSITORY}"
  make_set || exit 1
  cd "$SET"
  if store_in "$LOCAL_REPOSITORY" local; then LOCAL=true; fi
  # Also when there is no local copy: then all the more.
  if [[ -n $S3_REPOSITORY ]] && store_in "$S3_REPOSITORY" s3; then REMOTE=true; fi
  if [[ $LOCAL == false ]]; then exit 1; fi
  if [[ -n $S3_REPOSITORY && $REMOTE == false ]]; then exit "$EXIT_ONLY_LOCAL"; fi
}

interrupted() {
  trap '' TERM INT HUP
  fault "$PHASE" "interrupted"
  exit 1
}

# However it ends: nothing is left of the staging, and the history has a line.
ended() { # STATUS SECONDS
  is_the_script || return 0
  local status=$1 seconds=$2
  set +e
  stop_child
  cd /
  rm -rf "$WORK"
  if ((status == 0)); then
    put last-good.json '{"finishedAt":"%s","seconds":%d,"bytes":%d,"verified":true}\n' "$(now)" "$seconds" "$BYTES" || {
      fault record "last-good.json cannot be written"
      status=1
    }
  elif [[ -z $FAILED_PHASE ]]; then
    # It was said where it happened.
    fault "$PHASE" "it could not be made; the log of this run says why"
  fi
  record "$status" "$seconds" || say "the history in $BACKUPS cannot be written"
  rm -f "$BACKUPS/status.json"
  case $status in
    0) say "good: $BYTES bytes in $seconds s, restored and compared${NOTES:+; $NOTES}" ;;
    "$EXIT_ONLY_LOCAL") say "the local copy is good, there is none in S3: $FAULTS" ;;
    *) say "NOT good, at $FAILED_PHASE: $FAULTS" ;;
  esac
  exit "$status"
}

record() { # STATUS SECONDS
  local line outcome=good remote="" message=$FAULTS
  if (($1 != 0)); then outcome=failed; fi
  if [[ -n $NOTES ]]; then message=${message:+$message; }$NOTES; fi
  if [[ -n $S3_REPOSITORY ]]; then remote=",\"remote\":$REMOTE"; fi
  line=$(printf '{"id":"%s","startedAt":"%s","finishedAt":"%s","trigger":"%s","outcome":"%s"%s%s,"bytes":%d,"seconds":%d,"local":%s%s}' \
    "$ID" "$STARTED" "$(now)" "$TRIGGER" "$outcome" "${FAILED_PHASE:+,\"phase\":\"$FAILED_PHASE\"}" \
    "${message:+,\"message\":\"$(json_text "$message")\"}" "$BYTES" "$2" "$LOCAL" "$remote")
  {
    tail -n "$((HISTORY_LINES - 1))" "$BACKUPS/history.jsonl" 2>/dev/null
    printf '%s\n' "$line"
  } >"$BACKUPS/history.jsonl.new" && mv "$BACKUPS/history.jsonl.new" "$BACKUPS/history.jsonl"
}

# There as a whole or not at all.
put() { # NAME FORMAT WORDS...
  # The format is one of this script.
  # shellcheck disable=SC2059
  printf "${@:2}" >"$BACKUPS/$1.new" && sync "$BACKUPS/$1.new" && mv "$BACKUPS/$1.new" "$BACKUPS/$1"
}

# What is done now, and how far that is.
phase() { # NAME [DONE OF]
  PHASE=$1
  # On a full disk the backup says so itself.
  {
    printf '{"id":"%s","startedAt":"%s","phase":"%s"%s}\n' "$ID" "$STARTED" "$1" "${3:+,\"done\":$2,\"of\":$3}" \
      >"$BACKUPS/status.json.new" && mv "$BACKUPS/status.json.new" "$BACKUPS/status.json"
  } 2>/dev/null || true
}

# Called each second while something runs: whoever looks can tell this from a file that a kill -9 left.
on_tick() {
  local line done_bytes of_bytes
  touch "$BACKUPS/status.json" 2>/dev/null || true
  line=$(tail -n 1 "$WORK/out" 2>/dev/null) || return 0
  [[ $line == *'"message_type":"status"'* ]] || return 0
  done_bytes=$(sed -n 's/.*"bytes_done":\([0-9]*\).*/\1/p' <<<"$line")
  of_bytes=$(sed -n 's/.*"total_bytes":\([0-9]*\).*/\1/p' <<<"$line")
  if [[ -n $of_bytes ]]; then phase "$PHASE" "${done_bytes:-0}" "$of_bytes"; fi
}

fault() { # PHASE MESSAGE
  FAILED_PHASE=${FAILED_PHASE:-$1}
  FAULTS=${FAULTS:+$FAULTS; }$2
}

note() { # MESSAGE
  NOTES=${NOTES:+$NOTES; }$1
}

# Only where it cannot hide that an old one is lost: a private machine without a repository.
make_password() {
  [[ ! -e $SECRETS/restic_password && $SECRETS == "$DATA/secrets" && ! -e $LOCAL_REPOSITORY && -z $S3_REPOSITORY ]] || return 0
  mkdir -p "$SECRETS"
  head -c 32 /dev/urandom | base64 | tr -d '\n' >"$SECRETS/restic_password.new"
  mv "$SECRETS/restic_password.new" "$SECRETS/restic_password"
  say "made $SECRETS/restic_password: keep a copy elsewhere, without it no backup can be read"
}

# --- the set

make_set() {
  if ! bounded "$LONGEST" "${PROGRAM[@]}" snapshot --data "$DATA" --to "$SET/dashboard.db"; then
    fault snapshot "$WORDS"
    return 1
  fi
  # Sound, and worthless: what it would take the place of is worth more.
  if [[ $(json_value "$SET/dashboard.db.json" events) == 0 ]]; then
    fault snapshot "the database in $DATA is empty: it has no event"
    return 1
  fi
  phase files
  if [[ -d $DATA/attachments ]]; then copy_folder "$DATA/attachments" attachments || return 1; fi
  if [[ -d $CLAUDE || -S $CLAUDE ]]; then
    copy_folder "$CLAUDE" claude || return 1
    leave_credentials_out || return 1
  elif [[ -n ${BACKUP_CLAUDE_DIR:-} ]]; then
    fault files "there is no folder $CLAUDE"
    return 1
  fi
  write_set_words "$SET" "$ID" || {
    fault files "the set cannot be written"
    return 1
  }
  BYTES=$(bytes_of "$SET")
}

# Plain files alone: a link would lead to what is not there, or to what must not be.
copy_folder() { # FOLDER PART
  local status pattern excluded=()
  if [[ $2 == claude ]]; then
    for pattern in "${LEFT_OUT[@]}"; do excluded+=(--exclude="$pattern"); done
  fi
  mkdir "$SET/$2"
  # Transcripts grow, and files go, while they are read: tar says so with 1. The archive that is lent is two, one behind the other.
  status=$(
    archive "$1" "${excluded[@]}" 2>"$WORK/err" | tar -C "$SET/$2" "${excluded[@]}" --ignore-zeros -xf - 2>"$WORK/err2"
    echo "${PIPESTATUS[*]}"
  )
  find "$SET/$2" ! -type f ! -type d -delete
  # Whatever it was: it is read again, and removed.
  chmod -R u+rwX,go= "$SET/$2"
  if [[ -S $1 && $status == "0 0" ]]; then
    # Who lends it says by this that it is whole.
    rm "$SET/$2/.complete" 2>"$WORK/err2" || status="not whole"
  fi
  [[ $status == "0 0" || ($status == "1 0" && ! -S $1) ]] || {
    fault files "$1 cannot be copied: $(head -q -n 1 "$WORK/err" "$WORK/err2" | tr '\n' ' ' | cut -c "1-$MOST_WORDS")"
    return 1
  }
}

archive() { # FOLDER OR SOCKET TAR'S WORDS...
  if [[ -S $1 ]]; then
    # Whoever lends it may be starting; one that hangs is given up.
    timeout --kill-after=10 "$LONGEST" socat -u -T 60 "UNIX-CONNECT:$1,retry=20,interval=1" STDOUT
  else
    tar -C "$1" "${@:2}" --warning=no-file-changed --warning=no-file-removed -cf - .
  fi
}

leave_credentials_out() {
  local file status=0
  find "$SET/claude" -path "$SET/claude/projects" -prune -o -type f -print0 |
    xargs -0 -r grep -lZE "$CREDENTIAL" >"$WORK/found" || status=$?
  # 123: grep has found nothing in some; a fault of its own is told.
  ((status == 0 || status == 123)) || {
    fault files "the CLI's folder cannot be looked through"
    return 1
  }
  while IFS= read -r -d '' file; do
    rm -f "$file"
    note "left out, since it holds a credential: claude/${file#"$SET/claude/"}"
  done <"$WORK/found"
}

# --- into a repository, and back

store_in() { # REPOSITORY PHASE: local or s3
  local snapshot newest taken journal
  # As restic has it.
  taken=${STARTED/T/ } taken=${taken%Z}
  journal=$(json_value "$SET/dashboard.db.json" journal)
  phase "$2"
  open_repository "$1" "$2" || return 1
  is_of_this_data "$1" "$2" "$journal" || return 1
  newest=$(tail -n 1 "$WORK/snapshots" 2>/dev/null) || true
  if ! past_locks "$1" backup --json --host "$RESTIC_HOST" --tag dashboard --tag "$ID" --tag "journal-$journal" --time "$taken" .; then
    fault "$2" "not stored in $1: $WORDS"
    return 1
  fi
  snapshot=$(grep -o '"snapshot_id":"[0-9a-f]*"' "$WORK/out" | cut -d '"' -f 4)
  phase "$2-check"
  is_intact "$1" "$2-check" || return 1
  if [[ $2 == local || $VERIFY_REMOTE == whole || $LOCAL == false ]]; then
    compare "$1" "$snapshot" "$2-check" || return 1
  else
    compare_share "$1" "$snapshot" "$2-check" || return 1
  fi
  phase "$2-retention"
  forget "$1" "$newest"
}

# Makes it when there is none; never over one that does not answer. Leaves what snapshots_of says of it.
open_repository() { # REPOSITORY PHASE
  rm -f "$WORK/snapshots" "$WORK/journals"
  if snapshots_of "$1"; then return 0; fi
  if [[ $1 == s3:* ]]; then
    if [[ $WORDS != *"specified key does not exist"* && $WORDS != *"specified bucket does not exist"* ]]; then
      fault "$2" "$1 cannot be opened: $WORDS"
      return 1
    fi
  elif [[ -n $(ls -A "$1" 2>/dev/null) ]]; then
    fault "$2" "$1 cannot be opened: $WORDS"
    return 1
  fi
  if ! restic_on "$1" "$LONGEST_ASK" init; then
    fault "$2" "no repository could be made at $1: $WORDS"
    return 1
  fi
  say "there was no repository at $1; made one"
}

# Else the first set of a new server, which has the settings of a lost one, would be the newest, and the retention would remove the last one
# of what was lost. Sets of what a restore has replaced here are no other data: somebody wanted that, and its restore point says of which
# journal it was.
is_of_this_data() { # REPOSITORY PHASE JOURNAL
  local time="" other=""
  read -r time other < <(tail -n 1 "$WORK/journals" 2>/dev/null) || true
  if [[ -z $other || $other == "$3" ]] || grep -qs "\"journal\":\"$other\"" "$BACKUPS"/restore-point-*/dashboard.db.json; then return 0; fi
  fault "$2" "$1 holds backups of other data (newest of ${time%%.*}), so nothing was stored or removed there: restore them first \
(runbooks/DisasterRecovery.md, Restore.md), or name another repository"
  return 1
}

# Whether all is there, in its length. Reading what is not would be tried for a quarter of an hour.
is_intact() { # REPOSITORY PHASE [RESTIC'S WORDS...]
  if ! restic_on "$1" "$LONGEST" check --no-lock "${@:3}"; then
    fault "$2" "$1 is damaged: $WORDS"
    return 1
  fi
}

# What was stored is read back, whole, and is the same.
compare() { # REPOSITORY SNAPSHOT PHASE
  local free status=0
  free=$(df --output=avail -B1 "$WORK" | tail -n 1)
  if ((free < BYTES + ROOM_BESIDE)); then
    fault "$3" "to read it back $(((BYTES + ROOM_BESIDE) >> 20)) MiB are needed in $BACKUPS, and $((free >> 20)) MiB are free"
    return 1
  fi
  rm -rf "$RESTORED"
  if ! restic_on "$1" "$LONGEST" restore "$2" --target "$RESTORED"; then
    fault "$3" "it cannot be read back from $1: $WORDS"
    return 1
  fi
  check_set "$RESTORED" || status=$?
  if ((status == 0)) && ! cmp -s "$SET/set.json" "$RESTORED/set.json"; then status=$DIFFERS WORDS="its set.json is another one"; fi
  if ((status == 0)); then
    rm -rf "$RESTORED"
    return 0
  fi
  fault "$3" "what $1 has is not what was stored: $WORDS"
  if ((status == DIFFERS)); then disown_set "$1" "$2"; fi
  return 1
}

# It must not be the latest. What it consists of stays until the retention comes to it.
disown_set() { # REPOSITORY SNAPSHOT
  if past_locks "$1" forget "$2"; then
    note "it was taken out of $1 again: ${2:0:8}"
  else
    note "it could not be taken out of $1 again, so do not restore ${2:0:8}: $WORDS"
  fi
}

# The next part of all that is stored, and with the first one the set whole. A part that is bad has its turn again.
compare_share() { # REPOSITORY SNAPSHOT PHASE
  local last=0 repository="" share
  read -r last repository 2>/dev/null <"$BACKUPS/remote-share" || true
  if [[ $repository != "$1" || ! $last =~ ^[0-9]{1,2}$ ]]; then last=0; fi
  share=$((10#$last % REMOTE_SHARES + 1))
  is_intact "$1" "$3" --read-data-subset "$share/$REMOTE_SHARES" || return 1
  if ((share == 1)); then compare "$@" || return 1; fi
  put remote-share '%d %s\n' "$share" "$1" || {
    fault "$3" "remote-share cannot be written"
    return 1
  }
}

# Only with a clock that can be believed: by a wrong one the newest would go. What is kept for too long harms nobody, so no fault.
forget() { # REPOSITORY NEWEST: TIME ID of the one before
  if [[ -n $2 && $(date -d "${2% *}" +%s) -gt $(date +%s) ]]; then
    note "no old ones were removed: by this machine's clock, $1 has one of the future (${2% *})"
    return 0
  fi
  exec 8>"$BACKUPS/reading"
  if flock --nonblock 8; then
    past_locks "$1" forget --host "$RESTIC_HOST" --tag dashboard --group-by host "${KEEP[@]}" --prune ||
      note "old ones were not removed from $1: $WORDS"
  else
    note "no old ones were removed: verify-backup.sh reads them"
  fi
  exec 8>&-
}

# restic; where the repository is locked, once more without the locks that a kill has left. Those of somebody who lives stay.
past_locks() { # REPOSITORY WORDS...
  restic_on "$1" "$LONGEST" "${@:2}" && return
  [[ $WORDS == *"already locked"* ]] && restic_on "$1" "$LONGEST_ASK" unlock && restic_on "$1" "$LONGEST" "${@:2}"
}

main "$@"
