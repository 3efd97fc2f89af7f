#!/usr/bin/env bash
#
# Summary: Test scripts/doctor.sh: for each check a fault is planted and must be found, and a sound machine must have none
#
# Usage: doctor-test.sh
#
# Each test runs in a folder of its own that is removed afterwards. Prints TAP and "N passed, N failed"; exits with 1 when one
# failed. Docker is played by a script, since a broken engine cannot be had from a real one; owners of files are played by a "stat"
# where only root could give a file away. Needs curl, flock, node, openssl and sqlite3.
set -uo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd -P)
for tool in curl flock node openssl sqlite3; do
  command -v "$tool" >/dev/null || {
    echo "doctor-test.sh: $tool is missing" >&2
    exit 1
  }
done
SCRATCH=$(mktemp -d)
# Another user must get through it, in the tests of what that user may not do.
chmod 711 "$SCRATCH"
trap 'rm -rf "$SCRATCH"' EXIT
# shellcheck source=src/test/sh/tap.sh
source "$ROOT/src/test/sh/tap.sh"

started=()
at_end() {
  ((${#started[@]} == 0)) || kill "${started[@]}" 2>/dev/null || true
}

# --- a machine

# A checkout that needs no build, a JDK and a CLI that pretend, a real database, secrets: nothing is wrong with it but what a test
# plants. All that doctor.sh may know of the machine beside it comes from here too.
a_sound_machine() {
  mkdir -p checkout/target checkout/src/main data/secrets bin system/proc
  cp -r "$ROOT/scripts" checkout/
  touch -d '2 minutes ago' checkout/pom.xml
  touch checkout/target/dashboard.jar
  fake_jdk
  local pinned
  pinned=$(sed -n 's/^VERSION=//p' "$ROOT/scripts/install-claude-cli.sh")
  program claude "echo '$pinned (Claude Code)'"
  program bin/timedatectl "echo yes"
  program bin/ss ""
  free_space 50000 5
  printf 'MemAvailable: 16000000 kB\n' >system/proc/meminfo
  chmod 700 data data/secrets
  a_database
  secret jwt_secret 64
  secret anthropic_api_key 100
  SERVER_PORT=$(free_port) MANAGEMENT_PORT=$(free_port)
}

a_database() {
  sqlite3 data/dashboard.db "PRAGMA journal_mode=WAL;
    CREATE TABLE events(seq INTEGER PRIMARY KEY, time INTEGER, data TEXT NOT NULL);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
    INSERT INTO events SELECT i, ($(date +%s) - 60) * 1000, hex(randomblob(100)) FROM n;" >/dev/null
}

fake_jdk() {
  mkdir -p jdk/bin
  program jdk/bin/java ""
  program jdk/bin/javac "echo javac 25.0.1"
}

program() { # FILE TEXT
  printf '#!/bin/sh\n%s\n' "$2" >"$1"
  chmod +x "$1"
}

# As df says it.
free_space() { # MEBIBYTES INODES-USED-PERCENT
  # The text of the program, to be expanded when it runs.
  # shellcheck disable=SC2016
  program bin/df 'echo header; case $1 in -Pi) echo "disk 100 1 1 '"$2"'% /" ;; *) echo "disk 1 1 '"$1"' 1% /" ;; esac'
}

# The beginning is looked for in everything that is printed.
secret() { # NAME LENGTH
  printf 'planted-%0*d' "$(($2 - 8))" 7 >"data/secrets/$1"
  chmod 600 "data/secrets/$1"
}

free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

# Answers as a server does: health with details, and the time, so many seconds off. With TLS when there is a certificate.
answer() { # PORT BODY SECONDS-OFF
  node -e '
    const [port, body, off] = process.argv.slice(1);
    const fs = require("fs"), tls = fs.existsSync("tls.key");
    const options = tls ? {key: fs.readFileSync("tls.key"), cert: fs.readFileSync("tls.crt")} : {};
    require(tls ? "https" : "http").createServer(options, (_, response) => {
      response.setHeader("Date", new Date(Date.now() + off * 1000).toUTCString());
      response.end(body);
    }).listen(Number(port), "127.0.0.1");' "$1" "$2" "${3:-0}" &
  started+=($!)
  local try
  for ((try = 0; try < 100; try++)); do
    ! (: </dev/tcp/127.0.0.1/"$1") 2>/dev/null || return 0
    sleep 0.1
  done
  fail "nothing answers at port $1"
}

health() { # NAME WORDS: all is well but this
  local name checks=""
  for name in cli credential disk draining gateway housekeeping journal runner schema threads writer; do
    if [[ $name == "${1:-}" ]]; then checks+="\"$name\":\"$2\","; else checks+="\"$name\":\"ok\","; fi
  done
  echo "{\"status\":\"UP\",\"checks\":[{\"name\":\"dashboard\",\"data\":{${checks%,}}}]}"
}

# What has the folder's lock is the server.
a_running_server() { # HEALTH SECONDS-OFF
  hold data/dashboard.lock
  answer "$MANAGEMENT_PORT" "$1" "${2:-0}"
}

hold() { # FILE
  touch "$1"
  flock "$1" sleep 60 &
  started+=($!)
  local try
  for ((try = 0; try < 100; try++)); do
    flock --nonblock "$1" true || return 0
    sleep 0.1
  done
  fail "$1 was not locked"
}

doctor() { # OPTION...
  env -i HOME="$PWD" PATH="$PWD/bin:${TEST_PATH:-$PATH}" JAVA_HOME="$PWD/jdk" DASHBOARD_JDK_DIRS='' DASHBOARD_SYSTEM_ROOT="$PWD/system" \
    DASHBOARD_CLI_PATH="${CLI-$PWD/claude}" DASHBOARD_SERVER_PORT="$SERVER_PORT" DASHBOARD_MANAGEMENT_PORT="$MANAGEMENT_PORT" \
    ${DEPLOY_ENV_FILE:+DEPLOY_ENV_FILE="$DEPLOY_ENV_FILE"} ${AS_OTHER[@]+"${AS_OTHER[@]}"} checkout/scripts/doctor.sh "$@"
}

# A user to whom modes mean something: this one, or, for root, nobody.
somebody_else() {
  AS_OTHER=()
  if [[ $(id -u) == 0 ]]; then AS_OTHER=(setpriv --reuid 65534 --regid 65534 --clear-groups); fi
}

let_others_in() { # FOLDER...: below this one
  chmod a+x .
  chmod -R a+rX bin system "$@"
}

# The line must be there, the exit code must fit it, and no secret may be.
found() { # LEVEL NAME TEXT OPTION...
  local output status=0 wanted=0
  output=$(doctor "${@:4}" 2>&1) || status=$?
  grep -q "^$1  *$2 .*$3" <<<"$output" || fail "no line '$1 $2 … $3': $output"
  if [[ $1 != ok ]]; then
    grep -q "^$1  *$2 .*  → .*[a-zA-Z]" <<<"$output" || fail "no remedy for $2: $output"
  fi
  # A warning alone is no failure; a test plants one fault at a time.
  if [[ $1 == fail ]]; then wanted=1; fi
  [[ $status == "$wanted" ]] || fail "$2: ended with $status, not $wanted: $output"
  [[ $output != *planted-* ]] || fail "a secret was printed: $output"
}

finding() { # LEVEL NAME TEXT
  found "$@" --data data
}

a_sound_machine_with_a_running_server_has_no_fault() {
  a_sound_machine
  a_running_server "$(health)"
  local output
  output=$(doctor --data data) || fail "$output"
  ! grep -vE '^(ok  |0 failed, 0 to look at$)' <<<"$output" || fail "$output"
  (($(grep -c '^ok ' <<<"$output") >= 14)) || fail "checks are missing: $output"
}

nothing_is_written_and_nothing_locked() {
  a_sound_machine
  tree() { find checkout data system -printf '%p %m %u %s %T@ %i\n' | sort && find checkout data -type f -exec sha256sum {} + | sort; }
  tree >before
  doctor --data data
  tree >after
  cmp before after || fail "$(diff before after)"
  # Side files of a server that was cut off stay as they are too.
  sqlite3 data/dashboard.db ".filectrl persist_wal 1" "DELETE FROM events WHERE seq = 7" >/dev/null
  [[ -s data/dashboard.db-wal ]] || fail "no side file"
  tree >before
  doctor --data data
  tree >after
  cmp before after || fail "$(diff before after)"
}

where_nothing_is_set_up_it_says_so() {
  mkdir -p checkout/src/main system/proc bin
  cp -r "$ROOT/scripts" checkout/
  touch checkout/pom.xml
  printf 'MemAvailable: 16000000 kB\n' >system/proc/meminfo
  SERVER_PORT=$(free_port) MANAGEMENT_PORT=$(free_port) CLI=""
  TEST_PATH=$(path_without javac java mvn node npm sqlite3 docker)
  found fail jdk "no JDK 25"
  found fail build "mvn node npm missing"
  local output
  output=$(doctor) || true
  for name in cli data database secrets server; do
    grep -q "^warn  $name .*→" <<<"$output" || fail "nothing is said of $name: $output"
  done
  [[ ! -e checkout/.data && ! -e checkout/.claude-cli ]] || fail "something was made"
}

# A PATH with the base system's tools but without those named.
path_without() {
  local tool name tools
  tools=$(mktemp -d "$PWD/tools.XXXXXX")
  for tool in /usr/bin/* /bin/*; do
    name=${tool##*/}
    [[ " $* " == *" $name "* || -e $tools/$name ]] || ln -s "$tool" "$tools/$name"
  done
  echo "$tools"
}

wrong_options_are_refused() {
  a_sound_machine
  local options status
  for options in "--data" "--env" "--env prod" "--env=" "--data data --env dev" "--no-such" "data"; do
    status=0
    # shellcheck disable=SC2086
    doctor $options >/dev/null 2>&1 || status=$?
    [[ $status == 64 ]] || fail "$options ended with $status"
  done
}

an_old_JDK_and_a_build_of_another_state_are_found() {
  a_sound_machine
  program jdk/bin/javac "echo javac 21.0.1"
  TEST_PATH=$(path_without javac) finding fail jdk "no JDK 25"
  fake_jdk
  touch -d '+1 minute' checkout/src/main/Some.java
  finding warn build "not of this state"
  TEST_PATH=$(path_without javac mvn) finding fail build "mvn missing"
}

a_CLI_that_is_missing_or_broken_or_another_is_found() {
  a_sound_machine
  CLI="" finding warn cli "not installed"
  CLI=$PWD/none finding fail cli "is not there"
  program claude "echo no such library >&2; exit 127"
  finding fail cli "does not start: no such library"
  program claude "echo '1.0.0 (Claude Code)'"
  finding warn cli '"1.0.0 (Claude Code)"; tested is'
}

a_data_folder_that_is_open_or_of_another_is_found() {
  a_sound_machine
  chmod 750 data
  finding fail data "open to others"
  chmod 700 data
  owners "data/dashboard.db 4711"
  # find knows nothing of the played owner, so this one is played too.
  program bin/find "case \"\$*\" in *'! -user'*) echo data/dashboard.db ;; *) exec $(command -v find) \"\$@\" ;; esac"
  finding fail data "data/dashboard.db belongs to"
  rm bin/find bin/stat
  chmod 755 data
  let_others_in checkout
  somebody_else
  if [[ ${#AS_OTHER[@]} == 0 ]]; then chmod 555 data; fi
  finding fail data "cannot be written"
}

# Lets stat tell other owners of these files.
owners() { # "FILE NUMBER"...
  printf '%s\n' "$@" >owners.txt
  # The text of the program, to be expanded when it runs.
  # shellcheck disable=SC2016
  program bin/stat '
    for file; do :; done
    owner=$(awk -v file="$file" "\$1 != \"\" && substr(file, length(file) - length(\$1) + 1) == \$1 {print \$2}" '"'$PWD/owners.txt'"' | tail -n 1)
    case "$2 $owner" in
      "%u "?* | "%U "?*) echo "$owner" ;;
      *) exec '"$(command -v stat)"' "$@" ;;
    esac'
}

a_full_disk_is_found() {
  a_sound_machine
  free_space 200 5
  finding fail disk "200 MiB free"
  free_space 900 5
  finding warn disk "900 MiB free"
  free_space 50000 95
  finding fail disk "95 %"
}

a_damaged_database_is_found() {
  a_sound_machine
  # Into the middle, where rows are.
  head -c 4096 /dev/urandom | dd of=data/dashboard.db bs=4096 seek=40 conv=notrunc status=none
  finding fail database "malformed"
  # Rows that do not fit what the table says of itself.
  rm data/dashboard.db && a_database
  sqlite3 data/dashboard.db "PRAGMA writable_schema=1;
    UPDATE sqlite_schema SET sql='CREATE TABLE events(seq INTEGER PRIMARY KEY, time INTEGER, data TEXT, more TEXT NOT NULL)';"
  finding fail database "not whole"
  head -c 8192 /dev/urandom >data/dashboard.db
  finding fail database "not a database"
}

a_database_that_was_cut_off_or_is_held_or_cannot_be_read_is_found() {
  a_sound_machine
  sqlite3 data/dashboard.db ".filectrl persist_wal 1" "DELETE FROM events WHERE seq = 7" >/dev/null
  [[ -s data/dashboard.db-wal ]] || fail "no side file"
  finding ok database whole
  truncate -s 80M data/dashboard.db-wal
  finding warn database "80 MiB are not in the main file"
  rm data/dashboard.db-shm
  finding warn database "cut off"
  rm data/dashboard.db-wal
  TEST_PATH=$(path_without sqlite3) finding warn database "sqlite3 is missing"
  chmod 755 data && chmod 000 data/dashboard.db
  let_others_in checkout
  somebody_else
  grep -q "^warn  database .*cannot be read" <<<"$(doctor --data data)" || fail "$(doctor --data data)"
}

a_clock_that_was_set_back_or_is_off_is_found() {
  a_sound_machine
  sqlite3 data/dashboard.db "UPDATE events SET time = ($(date +%s) + 60) * 1000 WHERE seq = 9"
  finding warn clock "s in the future"
  sqlite3 data/dashboard.db "UPDATE events SET time = ($(date +%s) + 4000) * 1000 WHERE seq = 9"
  finding fail clock "s in the future"
  sqlite3 data/dashboard.db "UPDATE events SET time = 1000 WHERE seq = 9"
  program bin/timedatectl "echo no"
  finding warn clock "not synchronised"
  program bin/timedatectl "echo yes"
  a_running_server "$(health)" -100
  finding warn clock "the server are 1.. s apart\|the server are 9. s apart"
}

faults_of_secrets_are_found() {
  a_sound_machine
  chmod 770 data/secrets
  finding fail secrets "others may put files"
  chmod 700 data/secrets
  secret jwt_secret 31
  finding fail jwt_secret "31 bytes, at least 32"
  secret jwt_secret 9000
  finding fail jwt_secret "at most 8192"
  rm data/secrets/jwt_secret
  finding fail jwt_secret "no file"
  secret jwt_secret 64
  chmod 644 data/secrets/jwt_secret
  finding fail jwt_secret "has mode 644, not 600 or 400"
  chmod 600 data/secrets/jwt_secret
  owners "jwt_secret 4711"
  finding fail jwt_secret "belongs to user 4711"
  rm bin/stat
  secret jwt_secret_previous 64
  finding ok jwt_secret_previous "64 bytes"
  touch -d '8 days ago' data/secrets/jwt_secret_previous
  finding warn rotation "older than seven days"
  rm data/secrets/jwt_secret_previous
  secret runner_key 12
  finding fail runner_key "12 bytes"
  rm data/secrets/runner_key
  printf '\n' >data/secrets/anthropic_api_key
  finding fail anthropic_api_key "0 bytes"
  rm data/secrets/anthropic_api_key
  finding warn model-key "sessions cannot ask"
  secret claude_code_oauth_token 100
  finding ok claude_code_oauth_token "100 bytes"
  rm -r data/secrets
  finding fail secrets "there is no"
}

low_limits_are_found() {
  a_sound_machine
  (ulimit -n 500 && finding fail limits "500 files")
  (ulimit -n 2000 && finding warn limits "2000 files")
  (ulimit -Su 500 && finding fail limits "500 processes")
}

little_memory_is_found() {
  a_sound_machine
  printf 'MemAvailable: 900000 kB\n' >system/proc/meminfo
  finding fail memory "not enough for one session"
  printf 'MemAvailable: 2000000 kB\n' >system/proc/meminfo
  finding warn memory "about 5 of the 20 processes"
  printf 'MemAvailable: 16000000 kB\n' >system/proc/meminfo
  mkdir -p system/sys/fs/cgroup
  echo $((800 << 20)) >system/sys/fs/cgroup/memory.max
  echo $((100 << 20)) >system/sys/fs/cgroup/memory.current
  finding fail memory "700 MiB available"
  rm system/sys/fs/cgroup/memory.*
  mkdir system/sys/fs/cgroup/memory
  echo $((800 << 20)) >system/sys/fs/cgroup/memory/memory.limit_in_bytes
  echo $((200 << 20)) >system/sys/fs/cgroup/memory/memory.usage_in_bytes
  finding fail memory "600 MiB available"
}

a_taken_port_is_found() {
  a_sound_machine
  answer "$SERVER_PORT" "somebody else"
  finding fail "port-$SERVER_PORT" "taken by another program"
}

a_server_that_does_not_run_or_answer_or_is_not_well_is_found() {
  a_sound_machine
  finding warn server "none runs"
  hold data/dashboard.lock
  finding fail server "does not answer"
  answer "$MANAGEMENT_PORT" "$(health journal 'cannot be written')"
  finding fail server "journal: cannot be written"
}

a_server_without_the_model_is_found() {
  a_sound_machine
  a_running_server "$(health credential 'there is no key')"
  finding warn server "credential: there is no key"
}

a_server_whose_runner_is_away_whose_schema_is_another_or_that_forgets_nothing_is_found() {
  a_sound_machine
  a_running_server "$(health runner 'it does not answer')"
  finding warn server "runner: it does not answer"
  MANAGEMENT_PORT=$(free_port)
  answer "$MANAGEMENT_PORT" "$(health schema 'of another release')"
  finding fail server "not ready, schema: of another release"
  MANAGEMENT_PORT=$(free_port)
  answer "$MANAGEMENT_PORT" "$(health housekeeping 'it is switched off')"
  finding warn server "ready, but housekeeping: it is switched off  → runbooks/HousekeepingFailing.md"
}

a_server_that_tells_less_than_ours_is_not_called_ill_for_it() {
  a_sound_machine
  a_running_server '{"checks":[{"data":{"cli":"ok","credential":"ok","disk":"ok","draining":"ok","journal":"ok"}}]}'
  finding ok server "is ready"
}

old_things() { # DATA
  mkdir -p "$1"/backups/{restic,restore-point-20260901T000000Z-7,cut-restore-20260901T000000Z-7,newer-20260901T000000Z,newer-20261001T000000Z}
  head -c 3000000 /dev/urandom >"$1/backups/newer-20260901T000000Z/dashboard.db"
  touch -d '31 days ago' "$1"/backups/{restic,restore-point-20260901*,cut-*,newer-20260901*}
  touch -d '29 days ago' "$1"/backups/newer-20261001*
}

what_was_set_aside_is_named_when_it_is_old() {
  a_sound_machine
  mkdir -p data/backups/restore-point-20261101T000000Z-7
  finding ok set-aside "nothing in data/backups is older than 30 days"
  old_things data
  finding warn set-aside "let go of: cut-restore-20260901T000000Z-7 (1 MiB), newer-20260901T000000Z (3 MiB), restore-point-20260901T000000Z-7 (1 MiB)  → "
  finding warn set-aside "rm -r data/backups/cut-restore-20260901T000000Z-7 data/backups/newer-20260901T000000Z data/backups/restore-point-20260901T000000Z-7;"
}

# --- an environment of compose

# Docker's answers stand in files that tests change; what it is asked that has no answer here fails.
a_sound_environment() {
  a_sound_machine
  mkdir -p checkout/compose secrets state projects
  chmod 700 secrets
  HTTP_PORT=$(free_port) HTTPS_PORT=$(free_port)
  cat >checkout/compose/.env.production <<END
# An environment
SITE_ADDRESS=dashboard.test
export SECRETS_DIR='$PWD/secrets'
STATE_DIR="$PWD/state"   # here
PROJECTS_DIR=$PWD/projects # and here
HTTP_PORT=$HTTP_PORT
HTTPS_PORT=$HTTPS_PORT
END
  touch checkout/compose/compose.yaml checkout/compose/compose.prod.yaml checkout/compose/compose.dev.yaml
  local name
  for name in jwt_secret anthropic_api_key; do
    printf 'planted-%064d' 7 >"secrets/$name"
  done
  a_pair
  chmod 400 secrets/jwt_secret secrets/anthropic_api_key
  printf 'planted-token' >secrets/smoke_token && chmod 400 secrets/smoke_token
  printf '%s\n' "jwt_secret 10001" "jwt_secret_previous 10001" "anthropic_api_key 10001" "runner_key 10001" "/projects 10002" >sound-owners
  mapfile -t lines <sound-owners && owners "${lines[@]}"
  printf 'T1\tproduction\tdeploy\tserver@sha256:aa\trunner@sha256:bb\tok\nT2\tstaging\tdeploy\tx\ty\tok\n' >state/ledger.tsv
  printf 'T3\tproduction\tdeploy\tbad\tbad\tfailed\n' >>state/ledger.tsv
  mkdir answers
  echo 28.2.2 >answers/engine
  echo v2.26.1 >answers/compose
  printf 'server@sha256:aa\nrunner@sha256:bb\n' >answers/images
  for name in dashboard runner caddy; do
    printf 'running\tUp 2 hours (healthy)\n' >"answers/$name"
  done
  # The text of the program, to be expanded when it runs.
  # shellcheck disable=SC2016
  program bin/docker '
    cd "$(dirname "$0")/../answers"
    case "$*" in
      "version "*) cat engine ;;
      "compose version --short") cat compose ;;
      "compose --project-name dashboard-production --project-directory "*" --env-file "*"compose.prod.yaml config --quiet" | \
        "compose --project-name dashboard-production --project-directory "*"compose.prod.yaml -f "*"compose.monitoring.yaml config --quiet" | \
        "compose --project-name dashboard-production --project-directory "*"compose.prod.yaml -f "*"compose.backup.yaml -f "*"compose.offsite.yaml config --quiet" | \
        "compose --project-name dashboard-dev --project-directory "*"compose.dev.yaml config --quiet")
        [ -n "$SECRETS_DIR" ] && [ -n "$SERVER_IMAGE" ] && [ -n "$RUNNER_IMAGE" ] && [ -n "$BACKUP_IMAGE" ] && [ -n "$ENV_FILE" ] || { echo unset; exit 1; }
        [ ! -e fault ] || { cat fault; exit 1; }
        ;;
      "info --format {{.DockerRootDir}}") echo / ;;
      "image inspect "*) grep -qx "$3" images ;;
      "volume inspect --format {{.Mountpoint}} dashboard-production_data") cat volume ;;
      "ps --quiet "*) echo 4711 ;;
      "ps --all --filter label=com.docker.compose.project=dashboard-"*" --format "*)
        case $* in *service=*) name=${*##*service=} && cat "${name%% *}" ;; *) cat dashboard runner caddy ;; esac
        ;;
      "inspect "*4711) echo "connection refused" ;;
      "exec 4711 find /data/backups/last-good.json") cat good ;;
      "exec 4711 find /data/backups/last-good.json -mmin -120") cat young ;;
      "exec 4711 promtool query instant http://prometheus.tools:9090 up == 0") cat down ;;
      "exec 4711 promtool query instant http://prometheus.tools:9090 ALERTS{"*) cat firing ;;
      "exec 4711 promtool query instant http://prometheus.tools:9090 sum("*) cat beats ;;
      *) echo "what is $*" >&2; exit 99 ;;
    esac'
}

a_pair() {
  rm -f secrets/runner_key secrets/runner.pub
  openssl genpkey -algorithm ed25519 -outform DER -out pair.der
  base64 -w 0 pair.der >secrets/runner_key
  openssl pkey -inform DER -in pair.der -pubout -outform DER | base64 -w 0 >secrets/runner.pub
  rm pair.der
  chmod 400 secrets/runner_key && chmod 444 secrets/runner.pub
}

in_environment() { # LEVEL NAME TEXT
  found "$@" --env production
}

a_sound_environment_has_no_fault() {
  a_sound_environment
  answer_tls
  local output
  output=$(doctor --env production) || fail "$output"
  ! grep -vE '^(ok  |0 failed, 0 to look at$)' <<<"$output" || fail "$output"
  (($(grep -c '^ok ' <<<"$output") >= 16)) || fail "checks are missing: $output"
  [[ $output == *"as https://dashboard.test has it"* ]] || fail "the site's clock was not asked: $output"
  [[ $output == *"of deploy of T1"* ]] || fail "not the last good release of production: $output"
}

answer_tls() { # SECONDS-OFF
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout tls.key -out tls.crt -days 1 \
    -subj /CN=dashboard.test 2>/dev/null
  answer "$HTTPS_PORT" hello "${1:-0}"
}

faults_of_an_environments_settings_are_found() {
  a_sound_environment
  sed -i '/^STATE_DIR/d' checkout/compose/.env.production
  in_environment fail settings "does not say STATE_DIR"
  sed -i '/^SITE_ADDRESS/d' checkout/compose/.env.production
  in_environment fail settings "does not say SITE_ADDRESS STATE_DIR"
  mv checkout/compose/.env.production elsewhere
  in_environment fail settings "there is no compose/.env.production"
  grep -q "^fail  settings .*elsewhere does not say" <<<"$(DEPLOY_ENV_FILE=$PWD/elsewhere doctor --env production)" ||
    fail "$(DEPLOY_ENV_FILE=$PWD/elsewhere doctor --env production)"
}

faults_of_engine_and_compose_are_found() {
  a_sound_environment
  echo "services.dashboard is wrong" >answers/fault
  in_environment fail compose "do not fit together: services.dashboard is wrong"
  rm answers/fault
  echo 2.20.0 >answers/compose
  in_environment fail compose "2.20.0 is too old"
  rm answers/compose
  in_environment fail compose "has no compose"
  rm answers/engine
  in_environment fail engine "does not reach"
  rm bin/docker
  TEST_PATH=$(path_without docker) in_environment fail engine "docker is missing"
}

a_monitored_environment() {
  a_sound_environment
  echo "MONITORING=true" >>checkout/compose/.env.production
  local name
  for name in prometheus alertmanager blackbox grafana loki alloy; do
    printf 'running\tUp 2 hours\n' >"answers/$name"
  done
  : >answers/down && : >answers/firing
  echo '{} => 5 @[1700000000]' >answers/beats
  printf 'planted-%064d' 7 | tee secrets/slack_webhook_url secrets/heartbeat_url secrets/grafana_admin_password >secrets/grafana_secret_key
  : >secrets/smtp_password
  chmod 400 secrets/slack_webhook_url secrets/heartbeat_url secrets/grafana_* secrets/smtp_password
  printf '%s\n' "slack_webhook_url 10005" "heartbeat_url 10005" "smtp_password 10005" "grafana_admin_password 472" "grafana_secret_key 472" >>sound-owners
  mapfile -t lines <sound-owners && owners "${lines[@]}"
}

a_monitored_environment_has_no_fault() {
  a_monitored_environment
  answer_tls
  local output
  output=$(doctor --env production) || fail "$output"
  ! grep -vE '^(ok  |0 failed, 0 to look at$)' <<<"$output" || fail "$output"
  (($(grep -cE '^ok    (prometheus|alertmanager|blackbox|grafana|loki|alloy|monitoring|alerts|heartbeat|slack_webhook_url|grafana_admin_password) ' <<<"$output") == 11)) ||
    fail "checks are missing: $output"
}

faults_of_monitoring_are_found() {
  a_monitored_environment
  printf 'exited\tExited (1) 3 minutes ago\n' >answers/loki
  in_environment fail loki "does not run: Exited (1)"
  printf 'running\tUp 2 hours\n' >answers/loki
  printf 'up{instance="loki:3100", job="loki"} => 0 @[1700000000]\nup{instance="alloy:12345", job="alloy"} => 0 @[1700000000]\n' >answers/down
  in_environment fail monitoring "does not reach: alloy, loki"
  : >answers/down
  printf 'ALERTS{alertname="DiskFilling", alertstate="firing", severity="ticket"} => 1 @[1700000000]\n' >answers/firing
  in_environment warn alerts "these fire: DiskFilling"
  : >answers/firing
  : >answers/beats
  in_environment fail heartbeat "none got out"
  chmod 600 secrets/heartbeat_url && : >secrets/heartbeat_url
  in_environment warn heartbeat "nobody outside expects one"
  rm answers/down
  in_environment fail monitoring "Prometheus does not answer"
  : >answers/down
  chmod 444 secrets/slack_webhook_url
  in_environment fail slack_webhook_url "has mode 444"
  chmod 400 secrets/slack_webhook_url
  rm -f secrets/grafana_secret_key
  in_environment warn grafana_secret_key "there is no"
}

a_backed_up_environment() {
  a_sound_environment
  printf '%s\n' "BACKUP=true" "BACKUP_S3_REPOSITORY=s3:https://s3.example.org/bucket" >>checkout/compose/.env.production
  local name
  for name in backup transcripts; do printf 'running\tUp 2 hours (healthy)\n' >"answers/$name"; done
  echo /data/backups/last-good.json | tee answers/good >answers/young
  for name in restic_password s3_access_key s3_secret_key; do
    printf 'planted-%064d' 7 >"secrets/$name"
    chmod 400 "secrets/$name"
    echo "$name 10001" >>sound-owners
  done
  mapfile -t lines <sound-owners && owners "${lines[@]}"
}

a_backed_up_environment_has_no_fault() {
  a_backed_up_environment
  answer_tls
  local output
  output=$(doctor --env production) || fail "$output"
  ! grep -vE '^(ok  |0 failed, 0 to look at$)' <<<"$output" || fail "$output"
  (($(grep -cE '^ok    (backup|transcripts|backups|restic_password|s3_access_key|s3_secret_key) ' <<<"$output") == 6)) ||
    fail "checks are missing: $output"
}

what_an_environment_has_set_aside_is_named_when_it_is_old() {
  a_sound_environment
  # Before its first deploy it has no volume.
  ! doctor --env production | grep -q ' set-aside ' || fail "$(doctor --env production)"
  echo "$PWD/data" >answers/volume
  old_things data
  in_environment warn set-aside "rm -r $PWD/data/backups/cut-restore-20260901T000000Z-7 "
  echo "$PWD/elsewhere" >answers/volume
  in_environment warn set-aside "may not look into $PWD/elsewhere"
}

faults_of_backups_are_found() {
  a_backed_up_environment
  printf 'exited\tExited (1) 3 minutes ago\n' >answers/transcripts
  in_environment fail transcripts "does not run: Exited (1)"
  printf 'running\tUp 2 hours (healthy)\n' >answers/transcripts
  : >answers/young
  in_environment fail backups "older than 2 hours"
  rm answers/good answers/young
  in_environment warn backups "there is no good one yet"
  chmod 600 secrets/s3_secret_key && : >secrets/s3_secret_key
  in_environment fail s3_secret_key "at least 1 are needed"
  rm -f secrets/restic_password
  in_environment fail restic_password "though a release was deployed"
}

missing_images_are_found() {
  a_sound_environment
  echo 'server@sha256:aa' >answers/images
  in_environment fail images "not on this machine: runner@sha256:bb"
  rm state/ledger.tsv
  in_environment warn images "no images are named"
}

containers_that_are_not_well_are_found() {
  a_sound_environment
  printf 'running\tUp 2 minutes (unhealthy)\n' >answers/dashboard
  in_environment fail dashboard "unhealthy: connection refused"
  printf 'running\tUp 2 seconds (health: starting)\n' >answers/dashboard
  in_environment warn dashboard "is starting"
  printf 'exited\tExited (1) 3 minutes ago\n' >answers/runner
  in_environment fail runner "does not run: Exited (1)"
  printf 'running\tUp\n' >answers/runner
  printf '' >answers/caddy
  in_environment fail caddy "has no container"
  printf '' >answers/dashboard && printf '' >answers/runner
  in_environment warn containers "none of dashboard-production"
}

faults_of_an_environments_secrets_are_found() {
  a_sound_environment
  local lines
  mapfile -t lines <sound-owners
  chmod 644 secrets/jwt_secret
  in_environment fail jwt_secret "has mode 644, not 400 or 440 or 600"
  chmod 400 secrets/jwt_secret
  owners "${lines[@]}" "jwt_secret 0"
  in_environment fail jwt_secret "belongs to user 0, not 10001"
  owners "${lines[@]}" "anthropic_api_key 0"
  in_environment fail anthropic_api_key "belongs to user 0"
  owners "${lines[@]}" "runner_key 10002"
  in_environment fail runner_key "belongs to user 10002, not 10001"
  owners "${lines[@]}"
  cp secrets/runner.pub old.pub
  a_pair
  in_environment ok runner.pub "belongs to runner_key"
  chmod 600 secrets/runner.pub && cat old.pub >secrets/runner.pub && chmod 444 secrets/runner.pub
  in_environment fail runner.pub "does not belong to runner_key"
  a_pair
  chmod 440 secrets/runner.pub
  in_environment fail runner.pub "cannot read it"
  rm -f secrets/runner.pub
  in_environment fail runner.pub "there is no"
  a_pair
  rm -f secrets/runner_key
  in_environment fail runner_key "there is no .* a release was deployed"
  a_pair
  chmod 444 secrets/smoke_token
  in_environment fail smoke_token "open to others"
  chmod 400 secrets/smoke_token
  chmod 777 secrets
  in_environment fail secrets "others may put files"
  chmod 700 secrets
  rm -f secrets/anthropic_api_key && touch secrets/anthropic_api_key secrets/claude_code_oauth_token
  in_environment warn model-key "sessions cannot ask"
  rm -f secrets/jwt_secret
  in_environment fail jwt_secret "there is no .* a release was deployed"
  rm -rf secrets
  in_environment fail secrets "there is no .* a release was deployed"
}

before_the_first_deploy_what_it_makes_is_not_missed() {
  a_sound_environment
  rm -rf secrets state
  local name output
  for name in dashboard runner caddy; do printf '' >"answers/$name"; done
  output=$(doctor --env production) || fail "$output"
  for name in images containers secrets state; do
    grep -q "^warn  $name .*→" <<<"$output" || fail "nothing is said of $name: $output"
  done
  mkdir secrets && chmod 711 secrets
  in_environment warn jwt_secret "there is no"
  in_environment warn runner_key "there is no"
}

the_environment_for_development_needs_no_settings() {
  a_sound_environment
  rm -rf checkout/compose/.env.production secrets state projects
  # Its port is the usual one, which something else may have here.
  program bin/awk "case \"\$*\" in *port=:1F90*) exit 1 ;; *) exec $(command -v awk) \"\$@\" ;; esac"
  local output
  output=$(doctor --env dev) || fail "$output"
  ! grep -vE '^(ok  |0 failed, 0 to look at$)' <<<"$output" || fail "$output"
  echo "no such file" >answers/fault
  found fail compose "do not fit together: no such file" --env dev
  rm answers/fault
  printf 'exited\tExited (1) 3 minutes ago\n' >answers/dashboard
  found fail dashboard "does not run: Exited" --env dev
  free_space 500 5
  grep -q "^fail  disk .*less than 1024" <<<"$(doctor --env dev)" || fail "$(doctor --env dev)"
}

secrets_that_cannot_be_looked_at_are_not_called_good() {
  a_sound_environment
  let_others_in checkout answers bin
  chmod a+x secrets && chmod 000 secrets/jwt_secret
  somebody_else
  chmod 400 secrets/jwt_secret
  if [[ ${#AS_OTHER[@]} == 0 ]]; then
    # This user could read its own file; a folder that nobody may enter is the same to both.
    chmod 000 secrets
    grep -q "^warn  secrets .*may not look" <<<"$(doctor --env production)" || fail "$(doctor --env production)"
    chmod 700 secrets
  else
    grep -q "^warn  jwt_secret .*cannot see its length" <<<"$(doctor --env production)" || fail "$(doctor --env production)"
    chmod 700 secrets
    grep -q "^warn  secrets .*may not look" <<<"$(doctor --env production)" || fail "$(doctor --env production)"
  fi
}

faults_of_the_state_folder_are_found() {
  a_sound_environment
  cp state/ledger.tsv ledger
  printf 'T4\tproduction\tdeploy\tx\ty\tstarted\n' >>state/ledger.tsv
  in_environment fail state "was cut before its end"
  cp ledger state/ledger.tsv
  mkdir state/caddy
  in_environment fail state "state/caddy belongs to user [0-9]*, not 10003"
  rmdir state/caddy
  hold state/lock
  in_environment warn state "a deploy is under way"
  at_end
  let_others_in checkout answers bin
  chmod 555 state
  somebody_else
  grep -q "^fail  state .*cannot be written" <<<"$(doctor --env production)" || fail "$(doctor --env production)"
  AS_OTHER=()
  chmod 755 state && rm -rf state
  in_environment warn state "there is no"
}

faults_of_projects_disk_ports_and_clock_of_an_environment_are_found() {
  a_sound_environment
  owners "jwt_secret 10001" "anthropic_api_key 10001" "runner_key 10001" "/projects 0"
  in_environment warn projects "belongs to user 0"
  rmdir projects
  in_environment fail projects "there is no"
  mkdir projects
  local lines
  mapfile -t lines <sound-owners && owners "${lines[@]}"
  sed -i '/^PROJECTS_DIR/d' checkout/compose/.env.production
  in_environment ok projects "a volume"
  free_space 900 5
  in_environment fail disk "900 MiB free"
  in_environment fail disk-docker "900 MiB free"
  free_space 3000 5
  in_environment warn disk "3000 MiB free"
  free_space 50000 5
  answer_tls 400
  in_environment fail clock "dashboard.test are [34].. s apart"
  local name
  for name in dashboard runner caddy; do printf '' >"answers/$name"; done
  in_environment fail "port-$HTTPS_PORT" "taken by another program"
}

tests=()
while read -r _ _ name; do
  case $name in
    run | run_beside | attempt | tell | tell_next | conclude | fail | equal | refused | at_end | a_sound_machine | a_database | fake_jdk | program | free_space | secret | free_port | answer | health | a_running_server) ;;
    hold | doctor | old_things | somebody_else | let_others_in | found | finding | path_without | owners | a_sound_environment | a_monitored_environment | a_backed_up_environment | a_pair | in_environment | answer_tls) ;;
    *) tests+=("$name") ;;
  esac
done < <(declare -F)

for name in "${tests[@]}"; do
  run "$name"
done
conclude
