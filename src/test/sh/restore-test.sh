#!/usr/bin/env bash
#
# Summary: Test scripts/restore.sh: good restores, what it refuses, and that whatever fails or interrupts it is undone
#
# Usage: restore-test.sh [TEST...]
#
# A real server, started by scripts/start.sh, makes the data; sets are made as scripts/backup.sh stores them, by a real restic. Each test
# has a copy of both. Signals come from programs that stand before the real ones on PATH, at the moment that is meant. Prints TAP and
# "N passed, N failed"; exits with 1 when one failed. Needs curl, node, restic and sqlite3, and what start.sh needs.
set -uo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd -P)
for tool in curl node restic sqlite3; do
  command -v "$tool" >/dev/null || {
    echo "restore-test.sh: $tool is missing" >&2
    exit 1
  }
done
# shellcheck source=scripts/lib.sh
source "$ROOT/scripts/lib.sh"
# shellcheck source=scripts/lib-backup.sh
source "$ROOT/scripts/lib-backup.sh"
find_program
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT
# shellcheck source=src/test/sh/tap.sh
source "$ROOT/src/test/sh/tap.sh"
at_end() { stop_server; }

SERVER=""
export RESTIC_CACHE_DIR=$SCRATCH/cache
# No setting of whoever runs this.
unset BACKUP_REPOSITORY BACKUP_S3_REPOSITORY DASHBOARD_SECRETS_DIR DASHBOARD_AUDIT_ANCHOR

# --- a server, and sets of its data

start_server() { # DATA
  : >"$1.log"
  DASHBOARD_CLI_PATH=${DASHBOARD_TEST_CLI:-} "$ROOT/scripts/start.sh" --port 0 --data "$1" --project "$SCRATCH/project" >"$1.log" 2>&1 &
  SERVER=$!
  local i
  for ((i = 0; i < 300; i++)); do
    URL=$(sed -n 's/^Dashboard ready: //p' "$1.log")
    [[ -z $URL ]] || return 0
    kill -0 "$SERVER" 2>/dev/null || break
    sleep 0.2
  done
  fail "the server does not start: $(cat "$1.log")"
}

stop_server() {
  [[ -n $SERVER ]] || return 0
  kill -TERM "$SERVER" 2>/dev/null || true
  wait "$SERVER" 2>/dev/null || true
  SERVER=""
}

# Each is an event that somebody is accountable for.
refused_sign_ins() { # COUNT
  local i
  for ((i = 0; i < $1; i++)); do
    curl -sS -o /dev/null -H 'Content-Type: application/json' --data "{\"username\":\"nobody$i\",\"password\":\"wrong password\"}" \
      "$URL/api/v1/auth/login" || fail "no sign-in"
  done
}

make_set() { # DATA SET
  mkdir -p "$2"/{attachments,claude/projects}
  "${PROGRAM[@]}" snapshot --data "$1" --to "$2/dashboard.db" >/dev/null || fail "no snapshot"
  echo "attachment of ${2##*/}" >"$2/attachments/a.txt"
  echo "transcript of ${2##*/}" >"$2/claude/projects/t.jsonl"
  write_set_words "$2" x
}

store() { # SET REPOSITORY TIME
  RESTIC_PASSWORD_FILE=$SCRATCH/password restic -q -r "$2" backup --host dashboard --time "$3" "$1" || fail "restic stores nothing"
}

prepare() {
  local data=$SCRATCH/made/data
  WORK=$SCRATCH/work
  mkdir -p "$SCRATCH"/{project,sets,made,work}
  (umask 077 && echo "a pass""word of tests" >"$SCRATCH/password")
  RESTIC_PASSWORD_FILE=$SCRATCH/password restic -q init -r "$SCRATCH/repository" || fail "restic"
  node "$ROOT/src/test/sh/light-key.mjs" "$SCRATCH/repository" "$SCRATCH/password" || fail "no light key"
  mkdir -p "$data"
  start_server "$data"
  refused_sign_ins 2
  make_set "$data" "$SCRATCH/sets/first"
  refused_sign_ins 2
  make_set "$data" "$SCRATCH/sets/second"
  refused_sign_ins 3
  stop_server
  mkdir -p "$data/attachments" "$data/claude/projects"
  echo present >"$data/attachments/b.txt"
  echo present >"$data/claude/projects/u.jsonl"
  echo "credential of tests" >"$data/claude/.credentials.json"
  cp "$SCRATCH/password" "$data/secrets/restic_password"
  store "$SCRATCH/sets/first" "$SCRATCH/repository" "2026-01-02 10:00:00"
  store "$SCRATCH/sets/second" "$SCRATCH/repository" "2026-01-02 11:00:00"
}

a_copy() {
  cp -a "$SCRATCH/made/data" data
  BACKUP_REPOSITORY=$SCRATCH/repository
  export BACKUP_REPOSITORY
  digest data >before
}

restore() {
  "$ROOT/scripts/restore.sh" --data "$PWD/data" "$@"
}

# Every file with its mode and content.
digest() { # FOLDER
  (cd "$1" && find . -type f ! -name dashboard.lock -printf '%m %p\n' | LC_ALL=C sort && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum &&
    find . -mindepth 1 -type d ! -name backups -printf '%m %p\n' | LC_ALL=C sort)
}

is_as_before() {
  digest data >after
  diff before after || fail "something is other than before"
}

rows() { # DATABASE
  sqlite3 "file:$1?immutable=1" .dump
}

has() { # SET
  rows data/dashboard.db >found
  rows "$SCRATCH/sets/$1/dashboard.db" >wanted
  cmp wanted found || fail "the rows are not those of $1"
  diff -r "$SCRATCH/sets/$1/attachments" data/attachments || fail "the attachments are not those of $1"
  diff -r -x .credentials.json "$SCRATCH/sets/$1/claude" data/claude || fail "the CLI's folder is not that of $1"
}

own_repository() {
  cp -a "$SCRATCH/repository" repository
  BACKUP_REPOSITORY=$PWD/repository
}

# A program before the real one on PATH, which sends the script a signal when it is called so with those words for the Nth time.
strike() { # PROGRAM WORDS N SIGNAL
  mkdir -p bin
  cat >"bin/$1" <<SHIM
#!/bin/bash
if [[ "\$*" == *"$2"* ]]; then
  echo >>"$PWD/calls"
  # Once, also where two are called at the same time.
  if ((\$(wc -l <"$PWD/calls") >= $3)) && mkdir "$PWD/struck" 2>/dev/null; then kill -$4 "\$(<"$PWD/pid")"; fi
fi
exec "$(command -v "$1")" "\$@"
SHIM
  chmod +x "bin/$1"
}

struck() { # the exit code of a restore that is struck
  # Expanded by the inner shell. A shell cannot trap what it was started to ignore.
  # shellcheck disable=SC2016
  PATH=$PWD/bin:$PATH bash -c 'echo $$ >pid; exec env --default-signal=HUP,INT "$@"' - "$ROOT/scripts/restore.sh" --data "$PWD/data" --yes >said 2>&1
  echo $?
}

interrupted_while() { # PROGRAM WORDS N
  a_copy
  strike "$1" "$2" "$3" "${4:-TERM}"
  equal 130 "$(struck)" "exit code of $(cat said)"
  is_as_before
}

# The engine is played: its containers are files in "up", its volumes folders, and what is run in an image runs here.
an_environment() {
  a_copy
  mkdir -p volumes up down bin state secrets checkout/compose volumes/work/claude/projects
  mv data volumes/data
  ln -s volumes/data data
  echo present >volumes/work/claude/projects/u.jsonl
  cp "$SCRATCH/password" secrets/restic_password
  cp -r "$ROOT/scripts" checkout/
  printf '#!/bin/sh\necho smoke >>"%s/calls"\n[ ! -e "%s/smoke-fails" ]\n' "$PWD" "$PWD" >checkout/scripts/smoke-tests.sh
  printf '%s\n' "SITE_ADDRESS=localhost" "SECRETS_DIR=$PWD/secrets" "STATE_DIR=$PWD/state" "BACKUP_REPOSITORY=$SCRATCH/repository" >checkout/compose/.env.staging
  unset BACKUP_REPOSITORY
  touch up/dashboard up/runner calls
  export JAVA_HOME HERE=$PWD JAR=$ROOT/target/dashboard.jar
  cat >bin/docker <<'ENGINE'
#!/bin/bash
last=${*: -1}
service=${last#id-}
case $1 in
  info) ;;
  volume) cd "$HERE/volumes/${last#*_}" && pwd -P ;;
  ps)
    for service in dashboard runner backup litestream; do
      if [[ "$*" == *"compose.service=$service "* && (-e $HERE/up/$service || -e $HERE/down/$service) ]]; then echo "id-$service"; fi
    done
    ;;
  inspect)
    case "$*" in
      *Config.Image*) echo image ;;
      *Health*) if [[ -e $HERE/up/$service ]]; then echo "running healthy"; else echo "exited "; fi ;;
      *) if [[ -e $HERE/up/$service ]]; then echo running; else echo exited; fi ;;
    esac
    ;;
  stop | start)
    echo "$1 $service" >>"$HERE/calls"
    rm -f "$HERE"/{up,down}/"$service"
    if [[ $1 == start ]]; then touch "$HERE/up/$service"; else touch "$HERE/down/$service"; fi
    ;;
  run)
    # The replicator's image: it puts what it followed where it is told to.
    if [[ "$*" == *"--entrypoint litestream "* ]]; then
      echo "$BACKUP_CONTINUOUS_ENDPOINT $BACKUP_CONTINUOUS_BUCKET ${*/*--entrypoint/}" >"$HERE/followed"
      while [[ $1 != -o ]]; do shift; done
      exec cp "$HERE/followed.db" "$2"
    fi
    while [[ $1 != */dashboard.jar ]]; do shift; done
    shift
    exec "$JAVA_HOME/bin/java" -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED -jar "$JAR" "$@"
    ;;
  *) exit 1 ;;
esac
ENGINE
  chmod +x bin/docker
  export PATH=$PWD/bin:$PATH
  digest volumes >before
}

# And what copies the data.
a_followed_environment() {
  an_environment
  touch up/backup up/litestream
  echo a >secrets/s3_access_key
  echo b >secrets/s3_secret_key
  printf '%s\n' "BACKUP_CONTINUOUS_ENDPOINT=https://s3.example.org" "BACKUP_CONTINUOUS_BUCKET=followed" >>checkout/compose/.env.staging
  cp "$ROOT"/compose/{litestream.yml,compose.continuous.yaml} checkout/compose/
  cp "$SCRATCH/sets/second/dashboard.db" followed.db
  # So that it is another one than that of the set.
  sqlite3 followed.db "INSERT INTO settings (key, value) VALUES ('followed', 'true')"
  mkdir -p data/backups
  echo good >data/backups/last-good.json
  digest volumes >before
}

restore_staging() {
  checkout/scripts/restore.sh --env staging "$@"
}

# --- what it does

a_set_comes_back_row_by_row_and_the_server_runs_on_it() {
  a_copy
  # Left by a server that was killed: beside another database they would destroy it.
  touch data/dashboard.db-shm
  local began=$SECONDS
  restore --yes 2>said || fail "$(cat said)"
  echo "FIGURE restored in $((SECONDS - began)) s"
  has second
  grep -q "LOST: 3 events" said || fail "it does not say what is lost: $(cat said)"
  grep -q "restore point, verified" said || fail "$(cat said)"
  [[ ! -e data/dashboard.db-wal && ! -e data/dashboard.db-shm ]] || fail "files of the old database are left"
  [[ $(find data -name '.restore*' -o -name '.hold*') == "" ]] || fail "scratch is left"
  equal "600 700 700" "$(stat -c %a data/dashboard.db data/attachments data/claude | tr '\n' ' ' | sed 's/ $//')" modes
  diff -r "$SCRATCH/made/data/secrets" data/secrets || fail "secrets were touched"
  cmp "$SCRATCH/made/data/claude/.credentials.json" data/claude/.credentials.json || fail "the credential of the CLI is lost"
  local point
  point=$(echo data/backups/restore-point-*)
  rows "$point/dashboard.db" >kept
  rows "$SCRATCH/made/data/dashboard.db" >old
  cmp old kept || fail "the restore point is not what was there"
  [[ -e $point/attachments/b.txt && -e $point/claude/projects/u.jsonl ]] || fail "files of before are lost"
  cmp "$SCRATCH/made/data/audit-anchor" "$point/audit-anchor" || fail "the anchor of before is lost"
  "${PROGRAM[@]}" verify-audit --data data >audit || fail "the audit is not whole: $(cat audit)"
  grep -q "^restored .* set .* in place of " audit || fail "the anchor does not tell of the restore: $(cat audit)"
  start_server "$PWD/data"
  stop_server
  equal 1 "$(sqlite3 data/dashboard.db "SELECT count(*) FROM settings WHERE key = 'restored' AND value LIKE '%in place of%'")" "told by the audit"
  "${PROGRAM[@]}" verify-audit --data data >audit || fail "the audit is not whole after a start: $(cat audit)"
}

the_sets_are_listed() {
  a_copy
  restore --list >said || fail "not listed"
  equal 2 "$(wc -l <said)" sets
  equal "2026-01-02 10:00:00" "$(head -n 1 said | cut -d ' ' -f 3,4)" "the first"
  is_as_before
}

to_a_time_it_takes_the_last_set_of_then() {
  a_copy
  refused 1 "no set is as old as that" restore --yes --at 2026-01-02T09:59:59Z
  is_as_before
  restore --yes --at 2026-01-02T10:59:59Z
  has first
}

to_a_set_by_the_beginning_of_its_id_and_twice() {
  a_copy
  local id
  restore --list >sets
  id=$(head -n 1 sets | cut -d ' ' -f 1)
  refused 1 "there is no set 0000000000000000" restore --yes --snapshot 0000000000000000
  restore --yes --snapshot "$id"
  has first
  restore --yes
  has second
  restore --yes
  has second
  "${PROGRAM[@]}" verify-audit --data data >audit || fail "$(cat audit)"
  equal 3 "$(grep -c '^restored ' audit)" "restores that the anchor tells of"
  equal 3 "$(find data/backups -maxdepth 1 -name 'restore-point-*' | wc -l)" "restore points"
}

a_folder_with_nothing_in_it_is_filled() {
  a_copy
  mkdir -m 700 empty
  mkdir -m 700 empty/secrets
  cp data/secrets/restic_password empty/secrets/
  rm -r data
  mv empty data
  restore --yes 2>said || fail "$(cat said)"
  has second
  "${PROGRAM[@]}" verify-audit --data data || fail "not whole"
}

a_damaged_database_is_kept_as_it_is() {
  a_copy
  dd if=/dev/urandom of=data/dashboard.db bs=4096 seek=3 count=20 conv=notrunc status=none
  local was
  was=$(sha256sum <data/dashboard.db)
  restore --yes 2>said || fail "$(cat said)"
  grep -q "restore point, not verified" said || fail "$(cat said)"
  has second
  equal "$was" "$(sha256sum <"$(echo data/backups/restore-point-*/dashboard.db)")" "the damaged one"
}

another_audit_keeps_no_anchor_of_this_one() {
  a_copy
  sed -i 's/ [0-9a-f]\{8\}/ 00000000/' data/audit-anchor
  restore --yes 2>said || fail "$(cat said)"
  grep -q "the set has another audit" said || fail "$(cat said)"
  "${PROGRAM[@]}" verify-audit --data data >audit || fail "$(cat audit)"
  [[ -e $(echo data/backups/restore-point-*/audit-anchor) ]] || fail "the anchor of before is lost"
}

# --- what it refuses

while_the_server_runs_it_needs_to_be_told() {
  a_copy
  start_server "$PWD/data"
  refused 1 "the server runs" restore --yes
  kill -0 "$SERVER" || fail "the server was stopped"
  restore --yes --stop 2>said || fail "$(cat said)"
  wait "$SERVER" || true
  SERVER=""
  has second
}

without_a_yes_nothing_is_done() {
  a_copy
  refused 1 "nobody can be asked here" restore </dev/null
  is_as_before
}

a_set_of_a_newer_release_is_refused() {
  a_copy
  WORK=$PWD
  cp -r "$SCRATCH/sets/second" newer
  sqlite3 newer/dashboard.db "INSERT INTO schema_version VALUES (999, 'db/999-later.sql', 0)"
  sed -i "s/\"programVersion\":\"[^\"]*\"/\"programVersion\":\"99.1\"/; s/\"schemaVersion\":[0-9]*/\"schemaVersion\":999/
    s/\"sha256\":\"[^\"]*\"/\"sha256\":\"$(sha256sum <newer/dashboard.db | cut -d ' ' -f 1)\"/
    s/\"bytes\":[0-9]*/\"bytes\":$(stat -c %s newer/dashboard.db)/" newer/dashboard.db.json
  write_set_words newer x
  own_repository
  store newer repository "2026-01-03 10:00:00"
  refused 1 "Deploy release 99.1 or a newer one" restore --yes
  is_as_before
}

a_set_whose_parts_are_not_what_was_stored_is_refused() {
  a_copy
  cp -r "$SCRATCH/sets/second" bent
  echo more >>bent/attachments/a.txt
  own_repository
  store bent repository "2026-01-03 10:00:00"
  refused 1 "those that were stored: attachments" restore --yes
  is_as_before
}

a_damaged_repository_is_refused() {
  a_copy
  own_repository
  local pack
  find repository/data -type f | while read -r pack; do
    chmod u+w "$pack"
    # As long as before: of a shorter one restic would ask again and again.
    dd if=/dev/urandom of="$pack" bs=1 count=200 conv=notrunc status=none
  done
  refused 1 "" restore --yes
  is_as_before
}

a_wrong_password_is_refused() {
  a_copy
  echo "another pass""word" >data/secrets/restic_password
  digest data >before
  refused 1 "cannot be read" restore --yes
  is_as_before
  rm data/secrets/restic_password
  refused 1 "the secret restic_password is missing" restore --yes
}

too_little_room_is_said_before_anything_is_fetched() {
  a_copy
  mkdir bin
  printf '#!/bin/sh\nprintf "Avail\\n1000000\\n"\n' >bin/df
  chmod +x bin/df
  PATH=$PWD/bin:$PATH refused 1 "the disk is too full" restore --yes
  is_as_before
}

a_disk_that_fills_while_it_fetches_is_undone() {
  a_copy
  # No file may grow further than this: as a full disk, what is written fails in the middle.
  (
    ulimit -f 64
    refused 1 "cannot be fetched whole" restore --yes
  )
  is_as_before
}

# --- interrupted

interrupted_while_it_fetches() { interrupted_while restic "restore" 1; }
interrupted_while_it_verifies() { interrupted_while sha256sum "" 3 INT; }
interrupted_while_it_makes_the_restore_point() { interrupted_while cp "audit-anchor" 1 HUP; }
interrupted_before_the_first_exchange() { interrupted_while sync "" 1; }
interrupted_after_the_database_went_aside() { interrupted_while mv "data/dashboard.db $PWD/data/.restore" 1; }
interrupted_in_the_middle_of_the_exchange() { interrupted_while mv "-T" 4; }
interrupted_at_the_last_exchange() { interrupted_while mv "$PWD/data/audit-anchor" 2; }

killed_in_the_middle_it_is_mended_by_the_next_run() {
  a_copy
  strike mv "-T" 4 KILL
  equal 137 "$(struck)" "exit code"
  ! (digest data | diff before - >/dev/null) || fail "it was not killed in the middle"
  restore --yes 2>said || fail "$(cat said)"
  grep -q "putting back what was there before it" said || fail "$(cat said)"
  has second
  # The restore point of the second run is of what was there before the first.
  rows "$(find data/backups -path '*restore-point*' -name dashboard.db | sort | tail -n 1)" >kept
  rows "$SCRATCH/made/data/dashboard.db" >old
  cmp old kept || fail "what was there before the first run is lost"
  [[ $(find data -name '.restore*') == "" ]] || fail "scratch is left"
}

# --- an environment

an_environment_is_stopped_started_and_tested() {
  [[ $(id -u) == 0 ]] || fail "only root can restore an environment"
  an_environment
  refused 1 "the server runs" restore_staging --yes
  restore_staging --yes --stop 2>said || fail "$(cat said)"
  rows data/dashboard.db >found
  rows "$SCRATCH/sets/second/dashboard.db" >wanted
  cmp wanted found || fail "the rows are not those of the set"
  diff -r "$SCRATCH/sets/second/claude" volumes/work/claude || fail "the CLI's folder is not that of the set"
  equal 10002 "$(stat -c %u volumes/work/claude/projects/t.jsonl)" "owner of the CLI's files"
  equal "stop dashboard,stop runner,start dashboard,start runner,smoke," "$(tr '\n' , <calls)" "what was done"
  [[ $(find volumes -name '.restore*') == "" ]] || fail "scratch is left"
  [[ -e $(echo volumes/data/backups/restore-point-*/claude/projects/u.jsonl) ]] || fail "transcripts of before are lost"
}

an_environment_that_fails_its_smoke_tests_goes_back() {
  [[ $(id -u) == 0 ]] || fail "only root can restore an environment"
  a_followed_environment
  touch smoke-fails
  refused 1 "putting back what was there before" restore_staging --yes --stop
  digest volumes >after
  diff before after || fail "something is other than before"
  [[ -e up/dashboard && -e up/runner && -e up/backup && -e up/litestream ]] || fail "what ran before does not run"
  ! sed '/smoke/q' calls | grep -E 'start (backup|litestream)' || fail "what did not stay may have been copied: $(cat calls)"
}

# After a set: the copy is younger, and must not be written over in between. And with the next one, at once.
an_environment_goes_on_from_its_continuous_copy() {
  [[ $(id -u) == 0 ]] || fail "only root can restore an environment"
  a_followed_environment
  sed -i.whole /BUCKET/d checkout/compose/.env.staging
  refused 1 "BACKUP_CONTINUOUS_BUCKET is not set" restore_staging --from continuous --yes --stop
  mv checkout/compose/.env.staging.whole checkout/compose/.env.staging
  mv secrets/s3_access_key kept
  refused 1 "the secret s3_access_key is missing" restore_staging --from continuous --yes --stop
  mv kept secrets/s3_access_key
  restore_staging --at 2026-01-02T10:59:59Z --yes --stop 2>said || fail "$(cat said)"
  grep -q "stays as it is until the next good backup" said || fail "$(cat said)"
  [[ ! -e data/backups/last-good.json ]] || fail "Litestream goes on, over its copy"
  equal good "$(cat data/backups/restore-point-*/last-good.json)" "the one in the restore point"
  equal "" "$(find volumes -name '.restore*')" "scratch"
  equal "stop dashboard,stop runner,stop backup,stop litestream,start dashboard,start runner,smoke,start backup,start litestream," \
    "$(tr '\n' , <calls)" "what was done"
  # What is of the copy itself may be followed at once, where the backups before it were good.
  echo good >data/backups/last-good.json
  restore_staging --with-continuous --at 2026-01-02T11:00:00Z --yes --stop 2>said || fail "$(cat said)"
  rows data/dashboard.db >found
  rows followed.db >wanted
  cmp wanted found || fail "the rows are not those of the copy"
  [[ $(<followed) == "https://s3.example.org followed "*" litestream/litestream:"*" -timestamp 2026-01-02T11:00:00Z "*" /data/dashboard.db" ]] || fail "$(cat followed)"
  grep -q "the present database has .* events, fewer than the set" said || fail "it does not say what is lost: $(cat said)"
  diff -r "$SCRATCH/sets/second/claude" volumes/work/claude || fail "the CLI's folder is not that of the set"
  [[ -e data/backups/last-good.json ]] || fail "Litestream waits, with data that are its own"
}

wrong_options_are_refused() {
  refused 64 "exclude each other" "$ROOT/scripts/restore.sh" --data data --env production
  refused 64 "exclude each other" "$ROOT/scripts/restore.sh" --snapshot latest --at 2026-01-01
  refused 64 "does not understand" "$ROOT/scripts/restore.sh" --at "no time"
  refused 64 "has no sets" "$ROOT/scripts/restore.sh" --from continuous --list
  refused 64 "goes with a set" "$ROOT/scripts/restore.sh" --from continuous --with-continuous
  refused 64 "goes alone" "$ROOT/scripts/restore.sh" --list --yes
}

(trap stop_server EXIT && prepare) >"$SCRATCH/prepare.log" 2>&1 || {
  cat "$SCRATCH/prepare.log"
  exit 1
}
if (($# > 0)); then
  tests=("$@")
else
  mapfile -t tests < <(sed -n '/^# --- what it does/,$ s/^\([a-z_]*\)() {.*/\1/p' "${BASH_SOURCE[0]}")
fi
run_beside 3 "${tests[@]}"
conclude
