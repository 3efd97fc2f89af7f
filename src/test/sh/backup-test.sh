#!/usr/bin/env bash
#
# Summary: Test scripts/backup.sh and scripts/verify-backup.sh with the real restic, a real S3 server, and a real server that writes
#
# Usage: backup-test.sh [TEST...]
#
# Each test runs in a folder of its own that is removed afterwards, three at a time: most of them wait. They begin from copies: of a
# folder with data, of an empty repository, and of both with one backup in it. Prints TAP and "N passed, N failed"; exits with 1 when one failed.
# Needs the packaged program, restic, faketime, flock, node, sqlite3, and for a disk that is full root, who may mount one.
set -uo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd -P)
for tool in faketime flock mvn node restic sqlite3; do
  command -v "$tool" >/dev/null || {
    echo "backup-test.sh: $tool is missing" >&2
    exit 1
  }
done
[[ -f $ROOT/target/dashboard.jar ]] || {
  echo "backup-test.sh: there is no target/dashboard.jar; mvn package makes it" >&2
  exit 1
}
SCRATCH=$(mktemp -d)
trap 'stop_server; stop_s3; rm -rf "$SCRATCH"' EXIT
# shellcheck source=scripts/lib.sh
source "$ROOT/scripts/lib.sh"
# shellcheck source=scripts/lib-backup.sh
source "$ROOT/scripts/lib-backup.sh"
# shellcheck source=src/test/sh/tap.sh
source "$ROOT/src/test/sh/tap.sh"
# shellcheck source=src/test/sh/s3.sh
source "$ROOT/src/test/sh/s3.sh"
use_jdk
provide_s3 "$ROOT" && install_tools "$ROOT" || exit 1
# Nothing of this machine's own may be used.
unset "${!BACKUP_@}" DASHBOARD_SECRETS_DIR
# No step takes as long; one that hangs fails its test.
export BACKUP_LONGEST_SECONDS=60 BACKUP_LONGEST_ASK_SECONDS=30

at_end() {
  # Its own one, which has its properties here.
  if [[ -e s3.properties ]]; then stop_s3; fi
  if [[ $SERVER_PID != "$SHARED_SERVER" ]]; then stop_server; fi
  if [[ -n ${REPLICATOR_PID:-} ]]; then kill -KILL "$REPLICATOR_PID" 2>/dev/null || true; fi
  if mountpoint --quiet small 2>/dev/null; then umount small; fi
}

# --- what there is

# One server for all: tests have copies of its database, but one, in whose folder it writes meanwhile.
start_server() { # DATA
  local cli try
  SERVER_DATA=$1
  cli=$(provide_cli "${DASHBOARD_TEST_CLI:-}")
  mkdir -p "$SERVER_DATA/secrets" "$SERVER_DATA/sample-project"
  chmod 700 "$SERVER_DATA/secrets"
  new_jwt_secret >"$SERVER_DATA/secrets/jwt_secret"
  # There before it is looked at, however late the shell below gets to it.
  : >"$SERVER_DATA.log"
  env DASHBOARD_DEMO=true DASHBOARD_CLI_PATH="$cli" DASHBOARD_SERVER_PORT=0 DASHBOARD_MANAGEMENT_PORT=0 DASHBOARD_DATA_DIR="$SERVER_DATA" \
    DASHBOARD_SECRETS_DIR="$SERVER_DATA/secrets" DASHBOARD_PROJECTS_ROOTS="$SERVER_DATA/sample-project" \
    "${PROGRAM[@]}" >"$SERVER_DATA.log" 2>&1 &
  SERVER_PID=$!
  for ((try = 0; try < 600; try++)); do
    PORT=$(sed -n 's/^Dashboard ready: .*:\([0-9]*\)$/\1/p' "$SERVER_DATA.log")
    [[ -z $PORT ]] || return 0
    sleep 0.1
  done
  cat "$SERVER_DATA.log" >&2
  return 1
}

stop_server() {
  [[ -n ${SERVER_PID:-} ]] || return 0
  kill "$SERVER_PID" 2>/dev/null || true
  wait "$SERVER_PID" 2>/dev/null || true
  SERVER_PID=""
}

# As the administrator, once a server has made one.
sign_in() {
  local password csrf
  password=$(<"$SERVER_DATA/initial-admin-password")
  csrf=$(ask POST auth/login "" "{\"username\":\"admin\",\"password\":\"$password\"}" | json_value /dev/stdin csrfToken)
  ask PUT auth/password "$csrf" "{\"currentPassword\":\"$password\",\"newPassword\":\"$(</proc/sys/kernel/random/uuid)\"}" |
    json_value /dev/stdin csrfToken >"$SERVER_DATA.csrf"
}

# A little of the server's own doing is logged more or less, which is an event each time. Prints the seconds of each.
write_meanwhile() {
  local csrf
  csrf=$(<"$SERVER_DATA.csrf")
  while true; do
    ask PUT system/log-level "$csrf" '{"level":"info"}' -o /dev/null -w '%{time_total} %{http_code}\n' || true
    sleep 0.1
  done
}

ask() { # METHOD PATH CSRF BODY CURL'S WORDS...
  curl -s -b "$SERVER_DATA.jar" -c "$SERVER_DATA.jar" -X "$1" -H 'Content-Type: application/json' -H "X-CSRF-Token: $3" -d "$4" "${@:5}" \
    "http://127.0.0.1:$PORT/api/v1/$2"
}

# What tests begin from: "plain", a folder as a server leaves it, with attachments, what a CLI has, and an empty repository; an empty
# bucket beside it; and "stored", where one backup was made, in its bucket too.
prepare() {
  local data=$SCRATCH/plain
  umask 077
  find_program
  start_server "$SCRATCH/server" || return
  SHARED_SERVER=$SERVER_PID
  sign_in
  mkdir -p "$data"/{attachments,claude/projects/-work,secrets,backups}
  "${PROGRAM[@]}" snapshot --data "$SERVER_DATA" --to "$data/dashboard.db" >/dev/null || return
  rm "$data/dashboard.db.json"
  head -c 300000 /dev/urandom >"$data/attachments/picture"
  printf '{"type":"user"}\n' >"$data/claude/projects/-work/session.jsonl"
  printf '{"hooks":{}}\n' >"$data/claude/settings.json"
  # Split, so that the search for secrets does not take it for one.
  S3_SECRET=tests-$RANDOM$RANDOM
  printf 'tests' >"$data/secrets/s3_access_key"
  printf '%s' "$S3_SECRET" >"$data/secrets/s3_secret_key"
  printf 'for-tests-%s' "$RANDOM" >"$data/secrets/restic_password"
  RESTIC_PASSWORD_FILE=$data/secrets/restic_password restic -q init -r "$data/backups/restic" || return
  node "$ROOT/src/test/sh/light-key.mjs" "$data/backups/restic" "$data/secrets/restic_password" || return
  cd "$SCRATCH"
  start_s3 || return
  cp -r "$data/backups/restic" s3/plain
  cp -a plain stored
  cp -r s3/plain s3/stored
  BACKUP_S3_REPOSITORY=s3:$S3_URL/stored "$ROOT/scripts/backup.sh" --data stored || return
  cd "$ROOT"
}

some_data() {
  cp -a "$SCRATCH/plain" data
}

# With a backup of it.
stored_data() {
  cp -a "$SCRATCH/stored" data
  rm data/backups/{last-good.json,history.jsonl}
}

# A bucket of the test alone, with the same backup in it.
some_s3() {
  BUCKET=$SCRATCH/s3/of-$BASHPID
  cp -r "$SCRATCH/s3/stored" "$BUCKET"
  export BACKUP_S3_REPOSITORY=s3:$S3_URL/${BUCKET##*/}
}

# A server of the test alone, to be started, and stopped.
own_s3() {
  S3_PID=""
  choose_s3_port
  mkdir s3
  cp -r "$SCRATCH/s3/plain" s3/backups
  export BACKUP_S3_REPOSITORY=s3:$S3_URL/backups
}

backup() {
  "$ROOT/scripts/backup.sh" --data data "$@"
}

restore() {
  "$ROOT/scripts/restore.sh" --data data "$@"
}

verify() {
  "$ROOT/scripts/verify-backup.sh" --data data "$@"
}

last() { # FIELD: of the history
  tail -n 1 data/backups/history.jsonl | node -e 'console.log(JSON.parse(require("fs").readFileSync(0, "utf8"))[process.argv[1]])' "$1"
}

nothing_is_left() {
  [[ ! -e data/backups/staging && ! -e data/backups/status.json ]] || fail "left: $(ls data/backups)"
}

no_good_one() {
  [[ ! -e data/backups/last-good.json ]] || fail "it counts as good: $(cat data/backups/last-good.json)"
  equal failed "$(last outcome)" outcome
  nothing_is_left
}

restored() { # REPOSITORY: the newest, in "restored"
  rm -rf restored
  RESTIC_PASSWORD_FILE=data/secrets/restic_password restic --no-cache -q -r "$1" restore latest --target restored
}

await() { # SECONDS COMMAND...: that it succeeds
  local end=$((SECONDS + $1))
  while ! "${@:2}"; do
    ((SECONDS < end)) || fail "not within $1 s: ${*:2}"
    sleep 0.1
  done
}

events() {
  sqlite3 "file:$SERVER_DATA/dashboard.db?mode=ro" "SELECT count(*) FROM events"
}

uploading() {
  [[ -e s3/backups/config ]] && grep -q '"phase":"s3"' data/backups/status.json
}

refused_by_signal() { # PID
  local status=0
  wait "$1" || status=$?
  equal 1 "$status" "its end"
}

is_of_now() {
  local finished
  finished=$(date -d "$(json_value data/backups/last-good.json finishedAt)" +%s)
  (($(date +%s) - finished < 60 && finished <= $(date +%s))) || fail "the last good one: $(cat data/backups/last-good.json)"
}

# What a CLI says, a third in few large words, as of pictures, one behind the other, two thirds in many small ones; as many megabytes.
enlarge() { # DATABASE MEGABYTES
  sqlite3 "$1" "
    PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
    CREATE TEMP TABLE bytes AS SELECT hex(randomblob(262144)) AS h;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2 * 160)
    INSERT INTO events SELECT (SELECT max(seq) FROM events) + i, 1790000000000 + i, '0b6eb9c0-84a8-4c42-8d88-528addfc3b89', '{\"kind\":\"cli\"}', 'assistant-replied',
      '{\"cliUuid\":\"u' || i || '\",\"messageId\":\"m' || i || '\",\"index\":0,\"text\":\"' ||
      CASE WHEN i <= $2 / 3 THEN (SELECT h FROM bytes) || hex(randomblob(256)) || (SELECT h FROM bytes) ELSE hex(randomblob(2000)) END || '\",\"aborted\":false}'
      FROM n;" >/dev/null
}

# As of a server that has just been set up.
of_another_journal() { # DATABASE
  sqlite3 "$1" "DELETE FROM audit; DELETE FROM events; INSERT INTO events
    VALUES (1, 1790000000000, '0b6eb9c0-84a8-4c42-8d88-528addfc3b89', '{\"kind\":\"cli\"}', 'activity-changed', '{\"activity\":\"idle\"}')"
}

lines() { # FILE LEAST
  [[ -e $1 ]] && (($(wc -l <"$1") >= $2))
}

median() { # FILE
  sort -n "$1" | sed -n "$((($(wc -l <"$1") + 1) / 2))p"
}

most() { # FILE
  sort -n "$1" | tail -n 1
}

# Runs the program; sets MEASURED_SECONDS and MEASURED_MIB, the most memory that it had.
measured() { # SUBCOMMAND...
  local pid began=$SECONDS said
  MEASURED_MIB=0
  "${PROGRAM[@]}" "$@" >/dev/null &
  pid=$!
  while said=$(awk '/^VmHWM/ {print int($2 / 1024)}' "/proc/$pid/status" 2>/dev/null) && [[ -n $said ]]; do
    MEASURED_MIB=$said
    sleep 0.1
  done
  wait "$pid"
  MEASURED_SECONDS=$((SECONDS - began))
}

NEWEST_MIGRATION=$(printf '%s\n' "$ROOT"/src/main/resources/db/*.sql | sort | tail -n 1)
NEWEST=$((10#$(basename "$NEWEST_MIGRATION" | cut -d - -f 1)))

# The data as the release before had them: what the newest migration does is taken back. A newer one needs its own words here.
before_the_newest_migration() {
  equal 13 "$NEWEST" "the migration that is taken back"
  sqlite3 data/dashboard.db "PRAGMA journal_mode = WAL; ALTER TABLE sessions DROP COLUMN turn_fault;
    ALTER TABLE sessions DROP COLUMN turn_fault_message; ALTER TABLE sessions DROP COLUMN turn_model;
    DELETE FROM schema_version WHERE version = 13" >/dev/null
}

beside_a_server() {
  find_program
  start_server "$PWD/data"
  sign_in
  write_meanwhile >quiet &
  local writer=$!
  await 120 lines quiet 100
  kill "$writer"
  write_meanwhile >writes &
  writer=$!
  backup
  kill "$writer"
  stop_server
  echo "FIGURE a backup of $(last bytes) bytes, read back: $(last seconds) s; a write took $(median quiet) s at most $(most quiet) s before," \
    "$(median writes) s at most $(most writes) s meanwhile ($(wc -l <writes) of them)"
}

# --- good

a_backup_of_a_server_that_writes_is_whole_in_both_places() {
  ln -s "$SERVER_DATA" data
  mkdir -p data/attachments
  echo words >data/attachments/a
  cp "$SCRATCH/plain/secrets"/{s3,restic}_* data/secrets/
  export BACKUP_S3_REPOSITORY=s3:$S3_URL/new
  write_meanwhile >writes &
  local writer=$! before after
  before=$(events)
  # What restic puts there until it is sent may be more than a container has room for.
  TMPDIR=$PWD/none backup --id first --trigger deploy
  after=$(events)
  kill "$writer"
  ((after > before)) || fail "nothing was written meanwhile"
  equal good "$(last outcome)" outcome
  equal "first deploy true true" "$(last id) $(last trigger) $(last local) $(last remote)" history
  node -e '
    const said = JSON.parse(require("fs").readFileSync("data/backups/last-good.json", "utf8"));
    if (!(said.verified === true && said.bytes > 100000 && said.seconds >= 0 && Math.abs(Date.now() - Date.parse(said.finishedAt)) < 60000))
      throw new Error(JSON.stringify(said));'
  nothing_is_left
  restored "$PWD/data/backups/restic"
  (($(sqlite3 restored/dashboard.db "SELECT count(*) FROM events") >= before)) || fail "events from before are missing"
  verify
  verify --s3
  echo "FIGURE $(last bytes) bytes to two places, each read back: $(last seconds) s"
}

what_was_stored_comes_back_from_S3_after_all_else_is_lost() {
  stored_data
  some_s3
  mv data lost
  mkdir -m 700 -p data
  cp -a lost/secrets data/
  equal 1 "$(restore --list | wc -l)" "sets, where only S3 has one"
  restore --from s3 --yes
  equal "$(sqlite3 lost/dashboard.db .dump)" "$(sqlite3 data/dashboard.db .dump)" "rows"
  diff -r lost/attachments data/attachments
  diff -r lost/claude data/claude
}

of_S3_each_reads_the_next_share() {
  stored_data
  some_s3
  local object turn other
  object=$(find "$BUCKET/data" -type f -size +100k | head -n 1)
  turn=$((0x$(basename "$object" | cut -c 1-2) % 24 + 1))
  # Another one, and not the first, which reads the set whole.
  other=$((turn == 2 ? 3 : 2))
  printf 'changed' | dd of="$object" bs=1 seek=5000 conv=notrunc status=none
  echo "$((other - 1)) $BACKUP_S3_REPOSITORY" >data/backups/remote-share
  backup
  equal "$other $BACKUP_S3_REPOSITORY" "$(cat data/backups/remote-share)" "share"
  echo "$((turn - 1)) $BACKUP_S3_REPOSITORY" >data/backups/remote-share
  refused 2 "is damaged" backup
  equal "$((turn - 1)) $BACKUP_S3_REPOSITORY" "$(cat data/backups/remote-share)" "share, which has its turn again"
  BACKUP_VERIFY_REMOTE=whole BACKUP_LONGEST_SECONDS=20 refused 2 "cannot be read back from s3:" backup
}

what_the_CLI_has_is_in_it_and_no_credential_is() {
  some_data
  local planted=planted-$RANDOM key=sk-ant-$RANDOM$RANDOM
  mkdir -p data/claude/ide data/claude/backups data/claude/agents
  printf '{"claudeAiOauth":{"x":"%s"}}' "$planted" | tee data/claude/.credentials.json data/claude/.claude.json data/claude/ide/1.lock \
    data/claude/backups/.claude.json.1 data/claude/projects/.credentials.json.old >data/secrets/jwt_secret
  printf '{"env":{"K":"%s","p":"%s"}}' "$key" "$planted" >data/claude/settings.local.json
  printf 'an agent' >data/claude/agents/one.md
  echo "$planted" >data/initial-admin-password
  ln -s ../secrets/jwt_secret data/claude/link
  mkfifo data/claude/pipe
  backup
  restored "$PWD/data/backups/restic"
  ! grep -rl -e "$planted" -e "$key" restored || fail "a credential is in it"
  cmp data/attachments/picture restored/attachments/picture
  cmp data/claude/projects/-work/session.jsonl restored/claude/projects/-work/session.jsonl
  cmp data/claude/settings.json restored/claude/settings.json
  cmp data/claude/agents/one.md restored/claude/agents/one.md
  equal "agents projects settings.json" "$(cd restored/claude && echo *)" "the CLI's folder"
  equal "attachments claude dashboard.db dashboard.db.json set.json" "$(cd restored && echo *)" "the set"
  [[ $(last message) == *"claude/settings.local.json"* ]] || fail "nobody was told what was left out: $(last message)"
}

old_ones_go_and_the_history_is_bounded() {
  stored_data
  local i
  for ((i = 0; i < 1200; i++)); do echo "{\"id\":\"old-$i\"}"; done >data/backups/history.jsonl
  export BACKUP_KEEP_HOURLY=1 BACKUP_KEEP_DAILY=1 BACKUP_KEEP_WEEKLY=1 BACKUP_KEEP_MONTHLY=1
  backup
  equal 1000 "$(wc -l <data/backups/history.jsonl)" "lines of the history"
  equal '{"id":"old-201"}' "$(head -n 1 data/backups/history.jsonl)" "the oldest"
  equal 1 "$(restore --list | wc -l)" "kept"
}

one_that_is_asked_for_is_made_at_once() {
  some_data
  printf '{"trigger":"clock","startedAt":"%s"}\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >data/backups/history.jsonl
  printf '{"id":"void"}' >data/backups/request
  touch -d '2 hours ago' data/backups/request
  "$ROOT/scripts/backup.sh" --data data --every 1h 2>staying.log &
  local staying=$!
  await 20 test -e data/backups/beat
  await 20 test ! -e data/backups/request
  printf '{"id":"asked-1","by":"u","at":"x"}' >data/backups/request
  await 60 grep -qs '"id":"asked-1".*"trigger":"person","outcome":"good"' data/backups/history.jsonl
  [[ ! -e data/backups/request ]] || fail "the request is still there"
  ! grep -q void data/backups/history.jsonl || fail "a void request was answered"
  kill -TERM "$staying"
  wait "$staying" || fail "it ended with $?"
}

the_first_by_the_clock_is_made_at_once() {
  some_data
  "$ROOT/scripts/backup.sh" --data data --every 1d 2>staying.log &
  local staying=$!
  await 60 grep -qs '"trigger":"clock","outcome":"good"' data/backups/history.jsonl
  kill -TERM "$staying"
  wait "$staying" || fail "it ended with $?"
}

an_environment_is_asked_by_its_container() {
  mkdir bin
  # To be expanded when it runs.
  # shellcheck disable=SC2016
  printf '#!/bin/sh\n[ "$1" != ps ] || { echo "$*" >ps; [ -e none ] || echo c1; exit; }\necho "$*"\nexit 2\n' >bin/docker
  chmod +x bin/docker
  export PATH=$PWD/bin:$PATH
  refused 2 "exec c1 bash /opt/backup/scripts/backup.sh --data /data --trigger person --id x1" "$ROOT/scripts/backup.sh" --env staging --id x1
  grep -q "project=dashboard-staging .*service=backup" ps
  refused 2 "exec c1 bash /opt/backup/scripts/verify-backup.sh --data /data --within 90s --s3" \
    "$ROOT/scripts/verify-backup.sh" --env production --s3 --within 90s
  touch none
  refused 1 "no backup container that runs" "$ROOT/scripts/backup.sh" --env staging
}

wrong_words_are_refused() {
  some_data
  refused 64 "exclude each other" backup --env staging
  refused 64 "--every is a number" backup --every hourly
  refused 64 "--trigger is clock" backup --trigger me
  refused 64 "--id is of letters" backup --id '"'
  refused 64 "--within is a number" verify --within 0h
  refused 1 "BACKUP_KEEP_DAILY must be" env BACKUP_KEEP_DAILY=0 "$ROOT/scripts/backup.sh" --data data
  refused 1 "BACKUP_VERIFY_REMOTE must be" env BACKUP_VERIFY_REMOTE=full "$ROOT/scripts/backup.sh" --data data
  refused 1 "BACKUP_S3_REPOSITORY must look like" env BACKUP_S3_REPOSITORY=bucket "$ROOT/scripts/backup.sh" --data data
  refused 1 "there is no data folder" "$ROOT/scripts/backup.sh" --data none
  rm data/secrets/restic_password
  refused 1 "restic_password is missing" verify
}

what_a_command_said_begins_with_what_it_was() {
  local trace='github.com/restic/restic/internal/errors.Wrap\n\t/build/errors.go:12\nruntime.goexit\n\t/usr/src/asm_amd64.s:1594\n'
  printf 'Save(<data/1>) returned error, retrying\n%.0sWrite: no space left on device\n'"$trace" 1 2 >said
  equal "Write: no space left on device Save(<data/1>) returned error, retrying" "$(words_of said)" "of a trace"
  printf 'warning\nFatal: one thing\n1\n2\n3\n4\n\n5\n' >said
  equal "Fatal: one thing 1 2 3 4 5" "$(words_of said)" "of many lines"
}

# --- bad

an_object_that_was_cut_is_found() {
  stored_data
  some_s3
  cp "$SCRATCH/stored/backups/last-good.json" data/backups/
  local good object
  good=$(cat data/backups/last-good.json)
  object=$(find "$BUCKET/data" -type f -size +100k | head -n 1)
  truncate -s -100 "$object"
  refused 2 "is damaged" backup
  equal "failed s3-check true false" "$(last outcome) $(last phase) $(last local) $(last remote)" history
  equal "$good" "$(cat data/backups/last-good.json)" "the last good one"
  BACKUP_LONGEST_SECONDS=3 refused 1 "BAD repository" verify --s3 --within 40s
  verify
}

a_snapshot_that_was_changed_is_found() {
  stored_data
  local object
  object=$(find data/backups/restic/data -type f -size +100k | head -n 1)
  chmod u+w "$object"
  # Of the same length: only reading tells.
  printf 'changed' | dd of="$object" bs=1 seek=5000 conv=notrunc status=none
  refused 1 "BAD " verify --within 30s
  # restic would go on trying for a quarter of an hour.
  BACKUP_LONGEST_SECONDS=20 refused 1 "cannot be read back" backup
  equal "failed local-check false" "$(last outcome) $(last phase) $(last local)" history
  equal 2 "$(restore --list | wc -l)" "sets: of one that cannot be read nobody knows that it is bad"
}

# What restic has kept well may have been bad when it was stored. One that is so at once is not the latest.
a_set_that_was_bad_when_it_was_stored_is_found() {
  stored_data
  mkdir bin
  cat >bin/restic <<SHIM
#!/bin/bash
"$(command -v restic)" "\$@" || exit
[[ " \$* " != *" restore "* ]] || echo more >>"$PWD/data/backups/staging/restored/attachments/picture"
SHIM
  chmod +x bin/restic
  PATH=$PWD/bin:$PATH refused 1 "its files are not those that were stored: attachments" backup
  [[ $(last message) == *"it was taken out of "* ]] || fail "nobody was told: $(last message)"
  equal 1 "$(restore --list | wc -l)" "sets"
  restored "$PWD/data/backups/restic"
  sqlite3 restored/dashboard.db "DELETE FROM events WHERE seq = 1"
  (cd restored && RESTIC_PASSWORD_FILE=../data/secrets/restic_password restic --no-cache -q -r ../data/backups/restic backup --host dashboard .)
  refused 1 "its files are not those that were stored: dashboard.db" verify
  grep -q "^good " <<<"$OUTPUT" || fail "the good one is bad too: $OUTPUT"
}

a_damaged_database_is_not_stored() {
  stored_data
  printf 'damage' | dd of=data/dashboard.db bs=1 seek=8192 conv=notrunc status=none
  refused 1 "damaged" backup
  no_good_one
  equal snapshot "$(last phase)" phase
  equal 1 "$(restore --list | wc -l)" "stored ones"
}

a_wrong_password_is_said_and_nothing_is_made_over() {
  stored_data
  echo another >data/secrets/restic_password
  refused 1 "wrong password" backup
  no_good_one
  refused 1 "wrong password" verify
  rm data/secrets/restic_password
  refused 1 "restic_password is missing" backup
  [[ ! -e data/secrets/restic_password ]] || fail "a new one was made over it"
}

an_empty_database_is_no_success() {
  some_data
  sqlite3 data/dashboard.db "DELETE FROM events; DELETE FROM audit;"
  refused 1 "is empty" backup
  no_good_one
  rm data/dashboard.db
  refused 1 "There is no" backup
  no_good_one
}

# The volume was lost, and the new server makes a backup before anybody has restored.
the_sets_of_other_data_stay_until_they_are_restored() {
  some_data
  some_s3
  export BACKUP_KEEP_HOURLY=1 BACKUP_KEEP_DAILY=1 BACKUP_KEEP_WEEKLY=1 BACKUP_KEEP_MONTHLY=1
  local sets
  cp -r "$SCRATCH/stored/backups/restic" other
  sets=$(find "$BUCKET/snapshots" other/snapshots -type f | sort)
  of_another_journal data/dashboard.db
  refused 2 "holds backups of other data (newest of 20" backup
  no_good_one
  equal "s3 true false" "$(last phase) $(last local) $(last remote)" history
  BACKUP_S3_REPOSITORY="" BACKUP_REPOSITORY=$PWD/other refused 1 "$PWD/other holds backups of other data" backup
  equal "$sets" "$(find "$BUCKET/snapshots" other/snapshots -type f | sort)" "sets of the other data"
  equal 1 "$(restore --list --from s3 | wc -l)" "sets in S3"
  restore --from s3 --yes
  # The local one has the set of what was just replaced.
  backup
  equal "good true true" "$(last outcome) $(last local) $(last remote)" "after they were restored"
}

a_full_disk_is_said() {
  some_data
  mkdir small
  mount -t tmpfs -o size=300k tmpfs small
  cp -r data/backups/restic small/
  BACKUP_REPOSITORY=$PWD/small/restic refused 1 "no space left" backup
  no_good_one
  equal local "$(last phase)" phase
}

a_full_data_disk_is_said_and_left_as_it_was() {
  mkdir small
  mount -t tmpfs -o size=3m tmpfs small
  (cd small && some_data)
  mv small/data/backups/restic .
  ln -s small/data data
  head -c 1500k /dev/zero >data/attachments/large
  BACKUP_REPOSITORY=$PWD/restic refused 1 "NOT good" backup
  [[ ! -e data/backups/staging ]] || fail "the staging is left"
  equal failed "$(last outcome)" outcome
}

S3_that_is_down_leaves_the_local_copy() {
  some_data
  own_s3
  BACKUP_LONGEST_ASK_SECONDS=5 refused 2 "the local copy is good" backup
  no_good_one
  equal "s3 true false" "$(last phase) $(last local) $(last remote)" history
  verify
  start_s3
  backup
  equal "good true" "$(last outcome) $(last remote)" "once it is back"
}

a_password_is_replaced_everywhere_or_nowhere() {
  some_data
  own_s3
  start_s3
  backup
  local old
  old=$(<data/secrets/restic_password)
  stop_s3
  BACKUP_LONGEST_ASK_SECONDS=5 refused 1 "was not replaced" "$ROOT/scripts/change-backup-password.sh" --data data
  equal "$old" "$(<data/secrets/restic_password)" "the secret while S3 is away"
  RESTIC_PASSWORD=$old restic --no-cache --repo data/backups/restic cat config >/dev/null || fail "the local one was changed"
  start_s3
  # As a run leaves it that was cut between the two.
  new=$PWD/data/secrets/restic_password.new
  restic --no-cache --repo data/backups/restic --password-file data/secrets/restic_password key passwd --new-password-file "$new"
  "$ROOT/scripts/change-backup-password.sh" --data data
  [[ $(<data/secrets/restic_password) != "$old" && ! -e $new ]] || fail "the secret was not replaced"
  if RESTIC_PASSWORD=$old restic --no-cache --repo data/backups/restic cat config >/dev/null; then fail "the old one still opens it"; fi
  backup
  equal "good true true" "$(last outcome) $(last local) $(last remote)" "by the new one"
}

an_upload_that_is_cut_is_no_backup_and_the_next_one_is() {
  some_data
  own_s3
  start_s3
  head -c 20000000 /dev/urandom >data/attachments/large
  "$ROOT/scripts/backup.sh" --data data 2>cut.log &
  local cut=$!
  # The repository is there, and S3 stands still: whatever is sent now does not come.
  await 60 uploading
  kill -STOP "$S3_PID"
  kill -TERM "$cut"
  refused_by_signal "$cut"
  kill -CONT "$S3_PID"
  no_good_one
  equal "s3 true false" "$(last phase) $(last local) $(last remote)" history
  [[ $(last message) == *interrupted* ]] || fail "$(last message)"
  backup
  verify --s3
}

after_a_kill_the_next_one_begins_anew() {
  some_data
  head -c 20000000 /dev/urandom >data/attachments/large
  "$ROOT/scripts/backup.sh" --data data 2>cut.log &
  local cut=$!
  await 60 grep -qs '"phase":"local"' data/backups/status.json
  kill -KILL "$cut"
  [[ -e data/backups/staging ]] || fail "there is nothing left to clear"
  # Until what it had started is gone too.
  await 60 flock --nonblock data/backups/lock true
  backup
  nothing_is_left
}

# As of a prune: it hangs at an index that cannot be read, and is killed.
a_lock_that_a_kill_has_left_holds_up_no_backup() {
  stored_data
  local index locking
  index=$(find "$PWD/data/backups/restic/index" -type f)
  mv "$index" index
  mkfifo "$index"
  RESTIC_PASSWORD_FILE=data/secrets/restic_password restic --no-cache -q -r data/backups/restic check &
  locking=$!
  await 20 compgen -G "data/backups/restic/locks/*"
  # One that lives is not pushed aside.
  refused 1 "already locked exclusively" backup
  kill -KILL "$locking"
  wait "$locking" || true
  mv index "$index"
  backup
  equal "good" "$(last outcome)" "once it is dead"
}

two_at_once_are_one() {
  some_data
  local one status=0
  backup --id one &
  one=$!
  await 30 grep -qs '"id":"one"' data/backups/status.json
  refused 75 "another backup is under way" backup --id two
  wait "$one" || status=$?
  equal "0 1 one" "$status $(wc -l <data/backups/history.jsonl) $(last id)" "end of the first, lines of the history"
}

a_migration_under_way_is_neither_seen_nor_disturbed() {
  some_data
  before_the_newest_migration
  # As the server does it, but slower; nothing of it is in the file until it is done, or already some pages are.
  coproc MIGRATION { sqlite3 -bail data/dashboard.db 2>&1; }
  local migration=$MIGRATION_PID from=${MIGRATION[0]} to=${MIGRATION[1]} line
  printf '%s\n' "PRAGMA cache_size = 10;" "BEGIN IMMEDIATE;" "$(<"$NEWEST_MIGRATION")" \
    "CREATE TABLE later AS SELECT hex(randomblob(500000)) AS words;" \
    "INSERT INTO schema_version VALUES ($NEWEST, 'db/${NEWEST_MIGRATION##*/}', 0);" ".print under way" >&"$to"
  read -r line <&"$from"
  equal "under way" "$line" "the migration"
  backup
  restored "$PWD/data/backups/restic"
  equal "$((NEWEST - 1)) $((NEWEST - 1))" "$(json_value restored/set.json schemaVersion) $(sqlite3 restored/dashboard.db 'SELECT max(version) FROM schema_version')" "schema of the set"
  printf '%s\n' "COMMIT;" ".quit" >&"$to"
  wait "$migration" || fail "the migration failed"
  backup
  restored "$PWD/data/backups/restic"
  equal "$NEWEST" "$(json_value restored/set.json schemaVersion)" "schema of the next set"
}

# Also while it migrates: that is a matter of an instant, so that it may be before, between or after them.
a_server_that_starts_and_migrates_goes_on_beside_a_backup() {
  some_data
  before_the_newest_migration
  backup &
  local backup=$!
  start_server "$PWD/data"
  wait "$backup" || fail "no backup"
  equal "$NEWEST" "$(sqlite3 data/dashboard.db 'SELECT max(version) FROM schema_version')" "schema of the server"
  stop_server
  restored "$PWD/data/backups/restic"
  [[ $(json_value restored/set.json schemaVersion) =~ ^($((NEWEST - 1))|$NEWEST)$ ]] || fail "$(cat restored/set.json)"
}

an_older_schema_than_it_looks_through_is_said() {
  some_data
  sqlite3 data/dashboard.db "DELETE FROM schema_version WHERE version > 8"
  refused 1 "Use the release that wrote it" backup
  no_good_one
}

a_clock_that_was_set_back_removes_nothing() {
  stored_data
  export BACKUP_KEEP_HOURLY=1 BACKUP_KEEP_DAILY=1 BACKUP_KEEP_WEEKLY=1 BACKUP_KEEP_MONTHLY=1
  faketime -f '-400d' "$ROOT/scripts/backup.sh" --data data
  [[ $(last message) == *"by this machine's clock"* ]] || fail "nobody was told: $(last message)"
  equal 2 "$(restore --list | wc -l)" "kept"
  # By that clock the newest cannot be told; by the right one it can, and the age of the last good one too.
  refused 1 "which set is the latest cannot be told" faketime -f '-400d' "$ROOT/scripts/restore.sh" --data data --yes
  backup
  equal good "$(last outcome)" "with the right time"
  is_of_now
}

a_clock_that_was_set_forward_hides_nothing() {
  stored_data
  local right
  right=$(restore --list | cut -d ' ' -f 1)
  faketime -f '+400d' "$ROOT/scripts/backup.sh" --data data
  restore --list >sets
  equal "$right" "$(head -n 1 sets | cut -d ' ' -f 1)" "the first"
  equal 1 "$(grep -c 'in the future' sets)" "of the future"
  refused 1 "which set is the latest cannot be told" restore --yes
  restore --yes --at now
  backup
  [[ $(last message) == *"by this machine's clock"* ]] || fail "nobody was told: $(last message)"
  equal 3 "$(restore --list | wc -l)" "kept"
  is_of_now
}

# By default 100 MB looked through in a heap that would not hold half of it; with DASHBOARD_TEST_GB=1, 1 GB in the one that is shipped,
# beside a server that writes, and a whole backup of it.
a_large_database_needs_no_more_memory_than_a_small_one() {
  some_data
  export BACKUP_LONGEST_SECONDS=600
  local heap=-Xmx40m megabytes=100
  if [[ -n ${DASHBOARD_TEST_GB:-} ]]; then heap=-Xmx256m megabytes=1024; fi
  enlarge data/dashboard.db "$megabytes"
  PROGRAM=("${PROGRAM[@]/-Xmx256m/$heap}")
  measured snapshot --data data --to large.db
  local seconds=$MEASURED_SECONDS most=$MEASURED_MIB
  measured verify-snapshot --manifest large.db.json large.db
  echo "FIGURE $(($(stat -c %s large.db) >> 20)) MiB, $(json_value large.db.json events) events with $heap: snapshot $seconds s, $most MiB; verified $MEASURED_SECONDS s, $MEASURED_MIB MiB"
  # Beside the heap: the machine itself, and what SQLite holds.
  ((most < ${heap//[^0-9]/} + 150 && MEASURED_MIB < ${heap//[^0-9]/} + 150)) || fail "most memory was $most and $MEASURED_MIB MiB"
  ((seconds + MEASURED_SECONDS < megabytes)) || fail "$((seconds + MEASURED_SECONDS)) s"
  if [[ -n ${DASHBOARD_TEST_GB:-} ]]; then beside_a_server; fi
}

# Server and replicator are killed under writes, after a backup was made and the server wanted to cut its write-ahead log. Litestream is
# 0.3 here, which npm has; the configuration that is shipped is for 0.5, and is put into the older words.
the_continuous_copy_is_whole_and_seconds_behind() {
  mkdir -p data "$SCRATCH/s3/continuous" bin
  ln -s "$ROOT/.github/tools/node_modules/@flydotio/litestream-linux-x64/litestream" bin/
  export PATH=$PWD/bin:$PATH BACKUP_CONTINUOUS_ENDPOINT=$S3_URL BACKUP_CONTINUOUS_BUCKET=continuous BACKUP_CONTINUOUS_REGION=us-east-1
  export BACKUP_CONTINUOUS_CONFIG=$PWD/litestream.yml
  sed '/^    replica:/,/^$/ {s/replica:/replicas:/; s/^      type:/      - type:/; t; s/^      /        /}' "$ROOT/compose/litestream.yml" >litestream.yml
  sed "s|path: /data/|path: $PWD/data/|" litestream.yml >follow.yml
  DASHBOARD_HOUSEKEEPING_WAL_KEPT=0 start_server "$PWD/data"
  sign_in
  cp "$SCRATCH/plain/secrets"/{s3,restic}_* data/secrets/
  mkdir data/backups
  cp -r "$SCRATCH/plain/backups/restic" data/backups/
  local writer began
  AWS_ACCESS_KEY_ID=tests AWS_SECRET_ACCESS_KEY=$S3_SECRET litestream replicate -config follow.yml >litestream.log 2>&1 &
  REPLICATOR_PID=$!
  write_meanwhile >writes &
  writer=$!
  await 60 lines writes 20
  backup
  kill "$writer"
  # As the server's housekeeping does when nobody writes. It cannot, as the replicator reads, and waits for nobody.
  [[ $(sqlite3 data/dashboard.db "PRAGMA wal_checkpoint(TRUNCATE)") == "1|"* ]] || fail "the log was cut"
  write_meanwhile >later &
  writer=$!
  await 60 lines later 20
  kill -KILL "$SERVER_PID" "$REPLICATOR_PID"
  kill "$writer"
  mv data lost
  mkdir -m 700 data
  cp -a lost/secrets data/
  began=$SECONDS
  restore --from continuous --yes
  local newest
  newest=$(sqlite3 data/dashboard.db "SELECT max(seq) FROM events")
  equal "$(sqlite3 lost/dashboard.db "SELECT * FROM events WHERE seq <= $newest ORDER BY seq")" "$(sqlite3 data/dashboard.db "SELECT * FROM events ORDER BY seq")" "events"
  local lost
  lost=$(sqlite3 lost/dashboard.db "ATTACH 'data/dashboard.db' AS found;
    SELECT max(main.events.time) - (SELECT max(time) FROM found.events) FROM main.events")
  echo "FIGURE $((SECONDS - began)) s to restore the continuous copy; lost were $lost ms, $(sqlite3 lost/dashboard.db "SELECT max(seq) - $newest FROM events") of $newest events"
  ((lost < 10000)) || fail "lost were $lost ms"
  "${PROGRAM[@]}" verify-audit --data data
}

old_ones_stay_while_they_are_read() {
  stored_data
  exec 8>data/backups/reading
  flock --shared 8
  backup 8>&-
  [[ $(last message) == *"verify-backup.sh reads them"* ]] || fail "$(last message)"
  exec 8>&-
}

prepare >"$SCRATCH/prepare.log" 2>&1 || {
  cat "$SCRATCH/prepare.log"
  exit 1
}
if (($# > 0)); then
  tests=("$@")
else
  mapfile -t tests < <(sed -n '/^# --- good/,$ s/^\([A-Za-z0-9_]*\)() {.*/\1/p' "$ROOT/src/test/sh/backup-test.sh")
fi
run_beside 3 "${tests[@]}"
conclude
