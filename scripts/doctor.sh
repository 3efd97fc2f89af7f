#!/usr/bin/env bash
#
# Summary: Look at a machine, or at an environment on it, and say what is wrong and what to do about it
#
# Usage: doctor.sh [--data DIR | --env ENV]
#
#   --data DIR   A server as start.sh runs it, with this folder (default .data in the checkout)
#   --env ENV    An environment of compose: staging or production, as compose/.env.ENV describes it; or dev, which has no such file
#   --help       This text
#
# Prints a line for each check: "ok", "warn" or "fail", its name, what was found and, behind an arrow, what to do. Exits with 0 when
# nothing failed, with 1 when something did, with 64 for a wrong option. Only reads, takes no lock and prints no secret, so it may be
# run at any time, also where nothing is set up yet. For an environment run it as root: the secrets are readable to nobody else.
#
# Looks where start.sh looks: DASHBOARD_SECRETS_DIR, DASHBOARD_CLI_PATH, DASHBOARD_CLI_MAX_PROCESSES, DASHBOARD_SERVER_PORT and
# DASHBOARD_MANAGEMENT_PORT count here too, and DEPLOY_ENV_FILE as for deploy.sh. DASHBOARD_SYSTEM_ROOT is put before /proc and /sys, for tests.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

SERVER_USER=10001 RUNNER_USER=10002 PROXY_USER=10003 ALERTMANAGER_USER=10005 GRAFANA_USER=472
# As the alert BackupOld has it.
OLD_BACKUP_MINUTES=120
# Whoever came back from an incident knows by then.
OLD_ASIDE_DAYS=30
KEY_BYTES=32 MOST_SECRET_BYTES=8192
# Sizes in MiB. A CLI process takes some 120 of its own; the rest is for commands that it runs. See runbooks/Capacity.md.
SERVER_MEMORY=768 PROCESS_MEMORY=200
# Below the least a server is not ready, and a deploy is refused.
LEAST_DISK=256 FEW_DISK=1024
LEAST_DISK_DEPLOY=1024 FEW_DISK_DEPLOY=5120
# The server empties its WAL at 4 MiB when it can; far above, something keeps it from that.
LARGE_WAL=64
QUICK_CHECK_SECONDS=120
CLOCK_WARN=5 CLOCK_FAIL=300
PREVIOUS_KEY_MINUTES=$((7 * 24 * 60))
# The first that knows !override.
COMPOSE_NEEDED=2.24.4

main() {
  parse "$@"
  ROOT=$(repo_root)
  FAILED=0 WARNED=0
  if [[ -n $ENVIRONMENT ]]; then
    examine_environment
  else
    examine_machine
  fi
  echo "$FAILED failed, $WARNED to look at"
  ((FAILED == 0))
}

parse() {
  DATA="" ENVIRONMENT=""
  while (($# > 0)); do
    case $1 in
      --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
      --data | --env)
        (($# > 1)) || usage_error "$1 needs a value"
        option "$1" "$2"
        shift
        ;;
      --data=* | --env=*) option "${1%%=*}" "${1#*=}" ;;
      *) usage_error "unknown option $1" ;;
    esac
    shift
  done
  [[ -z $DATA || -z $ENVIRONMENT ]] || usage_error "--data and --env exclude each other"
}

option() { # NAME VALUE
  [[ -n $2 ]] || usage_error "$1 needs a value"
  case $1 in
    --data) DATA=$2 ;;
    --env)
      [[ $2 =~ ^(dev|staging|production)$ ]] || usage_error "--env is dev, staging or production, not $2"
      ENVIRONMENT=$2
      ;;
  esac
}

examine_machine() {
  DATA=${DATA:-$ROOT/.data}
  SECRETS=${DASHBOARD_SECRETS_DIR:-$DATA/secrets}
  find_server
  check_jdk
  check_build
  check_cli
  check_data
  check_disk disk "$DATA" "$LEAST_DISK" "$FEW_DISK"
  check_database
  check_aside "$DATA/backups"
  check_clock
  check_credentials
  check_limits
  check_memory
  check_ports
  check_server
}

examine_environment() {
  RUNNING=""
  if [[ $ENVIRONMENT == dev ]]; then
    examine_dev
    return
  fi
  check_settings || return 0
  SECRETS=$(setting SECRETS_DIR) STATE=$(setting STATE_DIR)
  find_images
  if check_engine; then
    check_compose
    check_images
    check_containers dashboard runner caddy
    if is_backed_up; then check_backups; fi
    if is_monitored; then check_monitoring; fi
    check_volume
    check_disk disk-docker "$(docker info --format '{{.DockerRootDir}}')" "$LEAST_DISK_DEPLOY" "$FEW_DISK_DEPLOY"
  fi
  check_environment_secrets
  check_state
  check_projects
  check_disk disk "$STATE" "$LEAST_DISK_DEPLOY" "$FEW_DISK_DEPLOY"
  check_environment_ports HTTP_PORT HTTPS_PORT
  check_memory
  check_site_clock
}

# It runs from the checkout, by start.sh in a container: no secrets, no releases, no proxy.
examine_dev() {
  SETTINGS=/dev/null
  SERVER_IMAGE=dashboard-dev RUNNER_IMAGE=none
  if check_engine; then
    check_compose
    check_containers dashboard
  fi
  check_disk disk "$ROOT" "$LEAST_DISK_DEPLOY" "$FEW_DISK_DEPLOY"
  check_environment_ports HTTP_PORT
  check_memory
}

# --- what is said

ok() { # NAME FINDING
  printf 'ok    %-12s %s\n' "$1" "$2"
}

warn() { # NAME FINDING TO-DO
  WARNED=$((WARNED + 1))
  printf 'warn  %-12s %s  → %s\n' "$1" "$2" "$3"
}

fault() { # NAME FINDING TO-DO
  FAILED=$((FAILED + 1))
  printf 'fail  %-12s %s  → %s\n' "$1" "$2" "$3"
}

# --- a server as start.sh runs it

# The process that has the lock of the data folder, and where it answers.
find_server() {
  SERVER_PID=$(lock_holder "$DATA/dashboard.lock") HEALTH="" MANAGEMENT=""
  [[ -n $SERVER_PID ]] || return 0
  local port
  for port in $(management_ports); do
    HEALTH=$(curl -sS --max-time 5 "http://127.0.0.1:$port/health/ready" 2>/dev/null || true)
    # The dashboard's own port answers too, but without details.
    if [[ $HEALTH == *'"checks"'* ]]; then
      MANAGEMENT=http://127.0.0.1:$port
      return
    fi
  done
  HEALTH=""
}

management_ports() {
  echo "${DASHBOARD_MANAGEMENT_PORT:-9090}"
  if [[ -z ${DASHBOARD_MANAGEMENT_PORT:-} ]] && command -v ss >/dev/null; then
    ss -Hltnp | awk -v pid="pid=$SERVER_PID," 'index($0, pid) {sub(/.*:/, "", $4); print $4}'
  fi
}

check_jdk() {
  local home
  if home=$(find_jdk); then
    ok jdk "JDK $(jdk_major "$home") in $home"
  else
    fault jdk "no JDK $JAVA_NEEDED or newer" "$(how_to_get "openjdk-$JAVA_NEEDED-jdk-headless" openjdk), or set JAVA_HOME"
  fi
}

check_build() {
  if ! build_is_stale "$ROOT"; then
    ok build "target/dashboard.jar is up to date"
    return
  fi
  local missing=() tool
  for tool in mvn node npm; do
    command -v "$tool" >/dev/null || missing+=("$tool")
  done
  if ((${#missing[@]} > 0)); then
    fault build "not built, or not of this state, and ${missing[*]} missing" "$(how_to_get "${missing[*]}")"
  else
    warn build "not built, or not of this state" "scripts/start.sh builds it"
  fi
}

check_cli() {
  local pinned program said
  pinned=$(sed -n 's/^VERSION=//p' "$ROOT/scripts/install-claude-cli.sh")
  program=${DASHBOARD_CLI_PATH:-$(compgen -G "$ROOT/.claude-cli/node_modules/@anthropic-ai/claude-code-*/claude" | head -n 1 || true)}
  if [[ -z $program ]]; then
    warn cli "the Claude CLI is not installed" "scripts/install-claude-cli.sh"
  elif [[ ! -x $program ]]; then
    fault cli "$program is not there or cannot be run" "scripts/install-claude-cli.sh, and unset DASHBOARD_CLI_PATH"
  # Without a home of its own it has nowhere to write.
  elif ! said=$(env -i PATH="$PATH" HOME=/nonexistent CLAUDE_CONFIG_DIR=/nonexistent timeout 20 "$program" --version 2>&1); then
    fault cli "$program does not start: $(head -n 1 <<<"$said")" "remove .claude-cli, then scripts/install-claude-cli.sh"
  elif [[ $said != "$pinned "* ]]; then
    warn cli "$program is \"$said\"; tested is $pinned" "scripts/install-claude-cli.sh, and unset DASHBOARD_CLI_PATH"
  else
    ok cli "$pinned in $program"
  fi
}

check_data() {
  if [[ ! -d $DATA ]]; then
    warn data "there is no $DATA yet" "scripts/start.sh makes it"
    return
  fi
  local foreign
  # Also where this user may not look: then the folder is not this user's.
  foreign=$(find "$DATA" -maxdepth 1 ! -user "$(stat -c %u "$DATA")" 2>/dev/null | head -n 1 || true)
  if [[ ! -w $DATA || ! -x $DATA ]]; then
    fault data "$DATA cannot be written by $(id -un)" "run the server as $(stat -c %U "$DATA"), or give the folder to $(id -un)"
  elif [[ -n $foreign ]]; then
    fault data "$foreign belongs to $(stat -c %U "$foreign"), its folder to $(stat -c %U "$DATA")" \
      "chown -R $(stat -c %u "$DATA") $DATA, with the server stopped"
  elif (($(mode "$DATA") & 077)); then
    fault data "$DATA is open to others (mode $(stat -c %a "$DATA"))" "chmod 700 $DATA"
  else
    ok data "$DATA belongs to $(stat -c %U "$DATA"), mode $(stat -c %a "$DATA")"
  fi
}

check_disk() { # NAME FOLDER LEAST FEW: in MiB
  local folder=$2 free inodes
  until [[ -d $folder || $folder == / ]]; do folder=$(dirname "$folder"); done
  free=$(df -Pm "$folder" | awk 'NR == 2 {print $4}')
  inodes=$(df -Pi "$folder" | awk 'NR == 2 {sub("%", "", $5); print $5}')
  if ((free < $3)); then
    fault "$1" "$free MiB free for $folder, less than $3" "make room; runbooks/Capacity.md, and runbooks/JournalWriteFailing.md now"
  elif [[ $inodes =~ ^[0-9]+$ ]] && ((inodes >= 90)); then
    fault "$1" "$inodes % of the files that $folder may have are used" "remove files there, or move to another disk"
  elif ((free < $4)); then
    warn "$1" "$free MiB free for $folder" "make room; runbooks/Capacity.md"
  else
    ok "$1" "$free MiB free for $folder"
  fi
}

check_database() {
  local file=$DATA/dashboard.db said wal=0
  NEWEST=""
  if [[ ! -e $file ]]; then
    warn database "there is no $file yet" "scripts/start.sh makes it"
    return
  fi
  if [[ -e $file-wal ]]; then wal=$(($(stat -c %s "$file-wal") >> 20)); fi
  if ! command -v sqlite3 >/dev/null; then
    warn database "not looked at: sqlite3 is missing" "$(how_to_get sqlite3)"
  elif [[ ! -r $file ]]; then
    warn database "$file cannot be read by $(id -un)" "run this as $(stat -c %U "$file")"
  elif ! said=$(ask_database); then
    fault database "cannot be read: $(one_line "${said:-no answer in $QUICK_CHECK_SECONDS s}")" \
      "copy $DATA before anything else; runbooks/JournalWriteFailing.md"
  elif [[ $said == unordered ]]; then
    warn database "the server was cut off, and only its next start can put the newest part in order" "scripts/start.sh"
  elif [[ ${said%%$'\n'*} != ok ]]; then
    fault database "not whole: ${said%%$'\n'*}" "stop the server, copy $DATA, go back to the newest whole copy"
  elif ((wal > LARGE_WAL)); then
    NEWEST=${said##*$'\n'}
    warn database "whole, but $wal MiB are not in the main file yet" "end other programs that have $file open (fuser -v), restart"
  else
    NEWEST=${said##*$'\n'}
    ok database "whole; $(($(stat -c %s "$file") >> 20)) MiB, and $wal MiB not in the main file yet"
  fi
}

# Prints what quick_check says, then the time of the newest event. Nothing is written: neither the file nor its side files, which a
# reader would otherwise make and mark.
ask_database() {
  local file=$DATA/dashboard.db how="mode=ro&readonly_shm=1"
  if [[ ! -s $file-wal ]]; then
    # Nobody writes to it, unless a server runs; then its side files are there.
    [[ -e $file-shm ]] || how="mode=ro&immutable=1"
  elif [[ ! -e $file-shm ]]; then
    echo unordered
    return
  fi
  timeout "$QUICK_CHECK_SECONDS" sqlite3 -bail -init /dev/null "file:$(uri_path "$(realpath "$file")")?$how" \
    "PRAGMA quick_check(1); SELECT coalesce(max(time), '') FROM events;" 2>&1
}

one_line() { # TEXT
  tr -s '[:space:]' ' ' <<<"$1" | sed 's/ $//'
}

uri_path() { # PATH
  local path=${1//%/%25}
  path=${path//\?/%3f}
  echo "${path//\#/%23}"
}

# What a restore or a rollback has set aside. It may be the only way back, so nothing but a person removes it; until then it holds words
# that retention has let go of.
check_aside() { # FOLDER
  local path size found=() told=""
  [[ -d $1 ]] || return 0
  mapfile -t found < <(find "$1" -mindepth 1 -maxdepth 1 -type d -mmin "+$((OLD_ASIDE_DAYS * 24 * 60))" \
    \( -name 'restore-point-*' -o -name 'cut-restore-*' -o -name 'newer-*' \) 2>/dev/null | sort)
  for path in "${found[@]}"; do
    size=$(du -sm "$path" 2>/dev/null | cut -f 1) || true
    told+="${told:+, }${path##*/} (${size:-?} MiB)"
  done
  if [[ -n $told ]]; then
    warn set-aside "older than $OLD_ASIDE_DAYS days, with words that retention may have let go of: $told" \
      "once nobody needs them: rm -r ${found[*]}; runbooks/Restore.md"
  else
    ok set-aside "nothing in $1 is older than $OLD_ASIDE_DAYS days"
  fi
}

check_clock() {
  local behind server
  if [[ $NEWEST =~ ^[0-9]+$ ]]; then
    behind=$((NEWEST / 1000 - $(date +%s)))
    if ((behind > CLOCK_WARN)); then
      off_clock clock "$behind" "the newest event is $behind s in the future: the clock was set back"
      return
    fi
  fi
  if unsynchronised; then
    warn clock "the system says that its clock is not synchronised" "timedatectl set-ntp true, or start chrony"
  elif [[ -n $MANAGEMENT ]] && server=$(date_header "$MANAGEMENT/health/live"); then
    compare_clock clock "$server" "the server"
  else
    ok clock "$(date -u '+%Y-%m-%d %H:%M:%S') UTC, not before the newest event"
  fi
}

unsynchronised() {
  command -v timedatectl >/dev/null && [[ $(timedatectl show -p NTPSynchronized --value 2>/dev/null) == no ]]
}

# Seconds since 1970 in what a server says of the time; fails when it does not answer.
date_header() { # URL CURL-OPTION...
  local said
  said=$(curl -sS --max-time 5 --dump-header - --output /dev/null "${@:2}" "$1" 2>/dev/null |
    tr -d '\r' | sed -n 's/^[Dd]ate: //p' | head -n 1) || return 1
  [[ -n $said ]] && date -d "$said" +%s
}

compare_clock() { # NAME SECONDS WHOSE
  local off=$(($2 - $(date +%s)))
  off=${off#-}
  if ((off > CLOCK_WARN)); then
    off_clock "$1" "$off" "this clock and that of $3 are $off s apart"
  else
    ok "$1" "$(date -u '+%Y-%m-%d %H:%M:%S') UTC, as $3 has it"
  fi
}

off_clock() { # NAME SECONDS FINDING
  if (($2 > CLOCK_FAIL)); then
    fault "$1" "$3" "set the clock, keep it by NTP (timedatectl set-ntp true)"
  else
    warn "$1" "$3" "keep the clock by NTP (timedatectl set-ntp true)"
  fi
}

check_credentials() {
  if [[ ! -d $SECRETS ]]; then
    if [[ -e $DATA/dashboard.db ]]; then
      fault secrets "there is no $SECRETS" "scripts/start.sh makes it; DASHBOARD_SECRETS_DIR names another"
    else
      warn secrets "there is no $SECRETS yet" "scripts/start.sh makes it"
    fi
    return
  fi
  if (($(mode "$SECRETS") & 022)); then
    fault secrets "others may put files into $SECRETS" "chmod 700 $SECRETS"
  fi
  local owner
  owner=$(stat -c %u "$SECRETS")
  check_secret jwt_secret "$KEY_BYTES" "$owner" "600 400" "scripts/start.sh makes one"
  if [[ -s $SECRETS/jwt_secret_previous ]]; then
    check_secret jwt_secret_previous "$KEY_BYTES" "$owner" "600 400" ""
    check_previous_key
  fi
  check_model_key "$owner" "600 400"
  if [[ -e $SECRETS/runner_key ]]; then check_secret runner_key 64 "$owner" "600 400" ""; fi
}

# No secret is printed, compared or passed to another program, only its length counted.
check_secret() { # FILE BYTES: at least; OWNER MODES HOW-TO-GET
  local file=$SECRETS/$1 length owner modes=" $4 "
  if [[ ! -f $file ]]; then
    fault "$1" "there is no file $file" "$5"
    return
  fi
  owner=$(stat -Lc %u "$file")
  if [[ $owner != "$3" ]]; then
    fault "$1" "belongs to user $owner, not $3" "chown $3 $file"
  elif [[ $modes != *" $(stat -Lc %a "$file") "* ]]; then
    fault "$1" "has mode $(stat -Lc %a "$file"), not ${4// / or }" "chmod ${4%% *} $file"
  elif [[ ! -r $file ]]; then
    warn "$1" "owner and mode are right; $(id -un) cannot see its length" "run this as root"
  else
    length=$(tr -d '[:space:]' <"$file" | wc -c)
    if ((length < $2)); then
      fault "$1" "has $length bytes, at least $2 are needed" "${5:-runbooks/RotateSecrets.md}"
    elif ((length > MOST_SECRET_BYTES)); then
      fault "$1" "has $length bytes, at most $MOST_SECRET_BYTES are read" "runbooks/RotateSecrets.md"
    else
      ok "$1" "$length bytes, user $owner, mode $(stat -Lc %a "$file")"
    fi
  fi
}

# An empty file counts as missing. Without a key the server runs and says so; that is no fault of the machine.
check_model_key() { # OWNER MODES
  if [[ -s $SECRETS/anthropic_api_key ]]; then
    check_secret anthropic_api_key 20 "$1" "$2" "runbooks/CliSignedOut.md"
  elif [[ -s $SECRETS/claude_code_oauth_token ]]; then
    check_secret claude_code_oauth_token 20 "$1" "$2" "runbooks/CliSignedOut.md"
  elif [[ ${HEALTH:-} == *'"credential":"ok"'* ]]; then
    ok model-key "the server that runs needs none of yours (--demo)"
  else
    warn model-key "no anthropic_api_key in $SECRETS; sessions cannot ask the model" "runbooks/CliSignedOut.md"
  fi
}

check_previous_key() {
  if [[ -z $(find "$SECRETS/jwt_secret_previous" -mmin "-$PREVIOUS_KEY_MINUTES") ]]; then
    warn rotation "the previous key is older than seven days and still accepted" \
      "scripts/rotate-secrets.sh ${ENVIRONMENT:+--env $ENVIRONMENT }--finish, then restart; runbooks/RotateSecrets.md"
  fi
}

check_limits() {
  local files processes
  # Java raises the soft limit of files to the hard one by itself.
  files=$(ulimit -Hn) processes=$(ulimit -u)
  if [[ $files != unlimited ]] && ((files < 1024)); then
    fault limits "$files files may be open, too few for browsers and processes" "ulimit -n 8192, or LimitNOFILE of its service"
  elif [[ $processes != unlimited ]] && ((processes < 512)); then
    fault limits "$processes processes and threads, too few" "ulimit -u 4096, or LimitNPROC and TasksMax of its service"
  elif [[ $files != unlimited ]] && ((files < 4096)); then
    warn limits "$files files may be open; limits.connections alone are 3000" "ulimit -n 8192, or LimitNOFILE of its service"
  else
    ok limits "$files files, $processes processes and threads"
  fi
}

check_memory() {
  local available limit processes=${DASHBOARD_CLI_MAX_PROCESSES:-20} room
  [[ -z $ENVIRONMENT ]] || processes=$(setting DASHBOARD_CLI_MAX_PROCESSES 20)
  available=$(awk '/^MemAvailable:/ {print int($2 / 1024)}' "${DASHBOARD_SYSTEM_ROOT:-}/proc/meminfo")
  limit=$(cgroup_memory)
  if ((limit < available)); then available=$limit; fi
  # A server that runs has taken its part already.
  room=$available
  if [[ -z ${SERVER_PID:-}${RUNNING:-} ]]; then room=$((room - SERVER_MEMORY)); fi
  room=$((room / PROCESS_MEMORY))
  if ((room < 1)); then
    fault memory "$available MiB available, not enough for one session" "end other programs, or add memory; runbooks/Capacity.md"
  elif ((room < processes)); then
    warn memory "$available MiB available, for about $room of the $processes processes of cli.max-processes" \
      "lower DASHBOARD_CLI_MAX_PROCESSES, or add memory; runbooks/Capacity.md"
  else
    ok memory "$available MiB available, enough for $processes processes; $(nproc) cores"
  fi
}

# What is left below the limit of this control group, in MiB; the limit of a container is one.
cgroup_memory() {
  local root=${DASHBOARD_SYSTEM_ROOT:-}/sys/fs/cgroup most used
  if [[ -r $root/memory.max ]]; then
    most=$(<"$root/memory.max") used=$(<"$root/memory.current")
  elif [[ -r $root/memory/memory.limit_in_bytes ]]; then
    most=$(<"$root/memory/memory.limit_in_bytes") used=$(<"$root/memory/memory.usage_in_bytes")
  fi
  if [[ ${most:-max} == max ]]; then echo 1000000000; else echo $(((most - used) >> 20)); fi
}

check_ports() {
  local port
  for port in "${DASHBOARD_SERVER_PORT:-8080}" "${DASHBOARD_MANAGEMENT_PORT:-9090}"; do
    if ! is_taken "$port"; then
      ok "port-$port" "free"
    elif [[ -n $SERVER_PID ]]; then
      ok "port-$port" "taken, and the server runs"
    else
      fault "port-$port" "taken by another program, or by a server with another folder" \
        "ss -ltnp names it; end it, or take other ports: --port N, DASHBOARD_MANAGEMENT_PORT"
    fi
  done
}

is_taken() { # PORT
  awk -v port="$(printf ':%04X' "$1")" \
    '$4 == "0A" && substr($2, length($2) - 4) == port {found = 1} END {exit !found}' /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

check_server() {
  if [[ -z $SERVER_PID ]]; then
    warn server "none runs with $DATA" "scripts/start.sh"
  elif [[ -z $HEALTH ]]; then
    fault server "process $SERVER_PID has the folder, but its management port does not answer" \
      "is DASHBOARD_MANAGEMENT_PORT right? Else restart; runbooks/StartAndStop.md"
  else
    check_health
  fi
}

check_health() {
  local name said page
  for name in threads writer draining journal schema disk cli credential runner gateway housekeeping; do
    said=$(grep -oE "\"$name\":\"([^\"\\\\]|\\\\.)*\"" <<<"$HEALTH" | sed 's/^"[a-z]*":"//; s/"$//' || true)
    case $name in
      threads) page=runbooks/SchedulerStarved.md ;;
      draining) page=runbooks/StartAndStop.md ;;
      writer | schema) page=runbooks/DashboardNotReady.md ;;
      journal) page=runbooks/JournalWriteFailing.md ;;
      disk) page=runbooks/DiskFilling.md ;;
      cli) page=runbooks/SessionsNotStarting.md ;;
      credential) page=runbooks/CliSignedOut.md ;;
      runner) page=runbooks/RunnerAway.md ;;
      gateway) page=runbooks/ModelFailing.md ;;
      housekeeping) page=runbooks/HousekeepingFailing.md ;;
    esac
    case $name:$said in
      # The server of another release may not know all, and not all of them are always looked at.
      *:ok | threads: | writer: | schema: | runner: | gateway: | housekeeping:) continue ;;
      cli:* | credential:* | runner:* | gateway:* | housekeeping:*) warn server "ready, but $name: ${said:-not told}" "$page" ;;
      *) fault server "not ready, $name: ${said:-not told}" "$page" ;;
    esac
    return
  done
  ok server "process $SERVER_PID is ready"
}

# --- an environment of compose

check_settings() {
  SETTINGS=${DEPLOY_ENV_FILE:-$ROOT/compose/.env.$ENVIRONMENT}
  if [[ ! -r $SETTINGS ]]; then
    fault settings "there is no ${SETTINGS#"$ROOT/"} that $(id -un) can read" \
      "copy compose/.env.production.example and fill it in; runbooks/Deploy.md"
    return 1
  fi
  local name missing=()
  for name in SITE_ADDRESS SECRETS_DIR STATE_DIR; do
    [[ -n $(setting "$name") ]] || missing+=("$name")
  done
  if ((${#missing[@]} > 0)); then
    fault settings "${SETTINGS#"$ROOT/"} does not say ${missing[*]}" "fill it in; runbooks/Deploy.md"
    return 1
  fi
  ok settings "${SETTINGS#"$ROOT/"}"
}

setting() { # NAME DEFAULT
  local value
  value=$(env_file_value "$SETTINGS" "$1")
  echo "${value:-${2:-}}"
}

# The images of the last release that was deployed; before the first, those of the settings.
find_images() {
  SERVER_IMAGE=$(setting SERVER_IMAGE) RUNNER_IMAGE=$(setting RUNNER_IMAGE)
  [[ -r $STATE/ledger.tsv ]] || return 0
  local time environment action server runner outcome
  while IFS=$'\t' read -r time environment action server runner outcome; do
    if [[ $environment == "$ENVIRONMENT" && $outcome == ok* ]]; then
      SERVER_IMAGE=$server RUNNER_IMAGE=$runner LAST_RELEASE="$action of $time"
    fi
  done <"$STATE/ledger.tsv"
}

check_engine() {
  local version
  if ! command -v docker >/dev/null; then
    fault engine "docker is missing" "$(how_to_get docker.io docker)"
    return 1
  elif ! version=$(timeout 20 docker version --format '{{.Server.Version}}' 2>/dev/null) || [[ -z $version ]]; then
    fault engine "docker does not reach its engine" "systemctl start docker; is $(id -un) in the group docker, DOCKER_HOST right?"
    return 1
  fi
  ok engine "Docker $version"
}

check_compose() {
  local version said
  version=$(docker compose version --short 2>/dev/null || true)
  version=${version#v}
  if [[ -z $version ]]; then
    fault compose "docker has no compose" "$(how_to_get docker-compose-plugin docker-compose)"
  elif ! version_at_least "$version" "$COMPOSE_NEEDED"; then
    fault compose "$version is too old, $COMPOSE_NEEDED or newer is needed" "$(how_to_get docker-compose-plugin docker-compose)"
  elif ! said=$(read_compose 2>&1); then
    fault compose "the files do not fit together: $(tail -n 1 <<<"$said")" "correct compose/.env.$ENVIRONMENT; runbooks/Deploy.md"
  else
    ok compose "$version, and the files fit together"
  fi
}

# As deploy.sh calls it; it reads the files and does no more.
read_compose() {
  local name=compose.${ENVIRONMENT/production/prod}.yaml
  local -a overlay=()
  if [[ $ENVIRONMENT == dev ]]; then export SITE_ADDRESS=localhost SECRETS=/nonexistent STATE_DIR=/nonexistent; fi
  if is_monitored; then overlay=(-f "$ROOT/compose/compose.monitoring.yaml"); fi
  if is_backed_up; then
    overlay+=(-f "$ROOT/compose/compose.backup.yaml")
    if [[ -n $(setting BACKUP_S3_REPOSITORY) ]]; then overlay+=(-f "$ROOT/compose/compose.offsite.yaml"); fi
    if [[ -n $(setting BACKUP_CONTINUOUS_BUCKET) ]]; then overlay+=(-f "$ROOT/compose/compose.continuous.yaml"); fi
  fi
  SERVER_IMAGE=${SERVER_IMAGE:-none} RUNNER_IMAGE=${RUNNER_IMAGE:-none} BACKUP_IMAGE=none ENV_FILE=$SETTINGS SECRETS_DIR=$SECRETS \
    docker compose --project-name "dashboard-$ENVIRONMENT" --project-directory "$ROOT/compose" --env-file "$SETTINGS" \
    -f "$ROOT/compose/compose.yaml" -f "$ROOT/compose/$name" "${overlay[@]}" config --quiet
}

is_monitored() {
  [[ $ENVIRONMENT != dev && $(setting MONITORING) == true ]]
}

is_backed_up() {
  [[ $ENVIRONMENT != dev && $(setting BACKUP) == true ]]
}

check_images() {
  local image missing=()
  if [[ -z $SERVER_IMAGE || -z $RUNNER_IMAGE ]]; then
    warn images "nothing was deployed, and no images are named" "scripts/deploy.sh $ENVIRONMENT IMAGE; runbooks/Deploy.md"
    return
  fi
  for image in "$SERVER_IMAGE" "$RUNNER_IMAGE"; do
    docker image inspect "$image" >/dev/null 2>&1 || missing+=("$image")
  done
  if ((${#missing[@]} > 0)); then
    fault images "not on this machine: ${missing[*]}" "docker pull them while the registry has them; a rollback needs them too"
  else
    ok images "of ${LAST_RELEASE:-compose/.env.$ENVIRONMENT}, both are here"
  fi
}

check_containers() { # SERVICE...
  local service found
  if [[ -z $(containers "") ]]; then
    warn containers "none of dashboard-$ENVIRONMENT" "$(how_to_deploy)"
    return
  fi
  for service; do
    found=$(containers "$service" | head -n 1)
    case $found in
      running*unhealthy*)
        fault "$service" "runs, but is unhealthy: $(last_health "$service")" "runbooks/Troubleshooting.md; its log: docker compose logs"
        ;;
      running*starting*) warn "$service" "is starting" "look again in a minute" ;;
      running*)
        RUNNING=true
        ok "$service" "${found#*$'\t'}"
        ;;
      "") fault "$service" "has no container" "$(how_to_deploy)" ;;
      *) fault "$service" "does not run: ${found#*$'\t'}" "docker compose logs $service; runbooks/Troubleshooting.md" ;;
    esac
  done
}

how_to_deploy() {
  if [[ $ENVIRONMENT == dev ]]; then
    echo "runbooks/Onboarding.md, part 3, has the command"
  else
    echo "scripts/deploy.sh $ENVIRONMENT; runbooks/Deploy.md"
  fi
}

check_backups() {
  local maker
  check_containers backup transcripts
  if [[ -n $(setting BACKUP_CONTINUOUS_BUCKET) ]]; then check_containers litestream; fi
  maker=$(container_id backup)
  if [[ -z $(find_good "$maker") ]]; then
    warn backups "there is no good one yet" "docker compose logs backup; runbooks/BackupOld.md"
  elif [[ -z $(find_good "$maker" -mmin "-$OLD_BACKUP_MINUTES") ]]; then
    fault backups "the last good one is older than $((OLD_BACKUP_MINUTES / 60)) hours" "docker compose logs backup; runbooks/BackupOld.md"
  else
    ok backups "the last one was read back and is younger than $((OLD_BACKUP_MINUTES / 60)) hours"
  fi
}

find_good() { # CONTAINER FIND'S WORDS...
  timeout 20 docker exec "$1" find /data/backups/last-good.json "${@:2}" 2>/dev/null || true
}

check_volume() {
  local volume
  # Before the first deploy there is none.
  volume=$(docker volume inspect --format '{{.Mountpoint}}' "dashboard-${ENVIRONMENT}_data" 2>/dev/null) || return 0
  if [[ -x $volume ]]; then
    check_aside "$volume/backups"
  else
    warn set-aside "$(id -un) may not look into $volume" "run this as root"
  fi
}

# Prometheus is asked: it knows of the others, and of what Alertmanager could tell.
check_monitoring() {
  local down firing beats
  check_containers prometheus alertmanager blackbox grafana loki alloy
  if ! down=$(ask_prometheus 'up == 0'); then
    fault monitoring "Prometheus does not answer" "docker compose logs prometheus; runbooks/Monitoring.md"
    return
  elif [[ -n $down ]]; then
    fault monitoring "Prometheus does not reach: $(label job <<<"$down")" "runbooks/Monitoring.md"
  else
    ok monitoring "Prometheus reaches all that it asks"
  fi
  firing=$(ask_prometheus 'ALERTS{alertstate="firing", alertname!="Watchdog"}' | label alertname)
  if [[ -n $firing ]]; then
    warn alerts "these fire: $firing" "runbooks has a page of each name"
  else
    ok alerts "none fires"
  fi
  if [[ ! -s $SECRETS/heartbeat_url ]]; then
    warn heartbeat "nobody outside expects one (heartbeat_url), so a dead monitoring is not noticed" "runbooks/Monitoring.md"
    return
  fi
  beats=$(ask_prometheus 'sum(increase(alertmanager_notifications_total{integration="webhook"}[5m]))
    - (sum(increase(alertmanager_notifications_failed_total{integration="webhook"}[5m])) or vector(0)) > 0')
  if [[ -n $beats ]]; then
    ok heartbeat "got out in the last five minutes"
  else
    fault heartbeat "none got out in the last five minutes" "docker compose logs alertmanager; runbooks/Monitoring.md"
  fi
}

ask_prometheus() { # QUERY: prints what it finds, a line each
  timeout 20 docker exec "$(container_id prometheus)" promtool query instant http://prometheus.tools:9090 "$1" 2>/dev/null
}

label() { # NAME: its values in what Prometheus found, with commas between them
  sed -n "s/.*[{ ]$1=\"\([^\"]*\)\".*/\1/p" | sort -u | paste -sd , | sed 's/,/, /g'
}

# State and status, with a tab between them, of the containers of a service, or of all.
containers() { # SERVICE
  docker ps --all --filter "label=com.docker.compose.project=dashboard-$ENVIRONMENT" \
    ${1:+--filter "label=com.docker.compose.service=$1"} --format '{{.State}}{{"\t"}}{{.Status}}' 2>/dev/null || true
}

last_health() { # SERVICE
  docker inspect --format '{{range .State.Health.Log}}{{.Output}}{{end}}' "$(container_id "$1")" 2>/dev/null | tail -n 1 || true
}

container_id() { # SERVICE
  docker ps --quiet --filter "label=com.docker.compose.project=dashboard-$ENVIRONMENT" \
    --filter "label=com.docker.compose.service=$1" | head -n 1
}

check_environment_secrets() {
  local modes="400 440 600"
  if [[ ! -d $SECRETS ]]; then
    not_there secrets "there is no $SECRETS"
    return
  elif [[ ! -x $SECRETS ]]; then
    warn secrets "$(id -un) may not look into $SECRETS" "run this as root"
    return
  fi
  if (($(mode "$SECRETS") & 022)); then
    fault secrets "others may put files into $SECRETS" "chmod 711 $SECRETS"
  fi
  if [[ -e $SECRETS/jwt_secret ]]; then
    check_secret jwt_secret "$KEY_BYTES" "$SERVER_USER" "$modes" ""
  else
    not_there jwt_secret "there is no $SECRETS/jwt_secret"
  fi
  # An empty one is for compose, which wants the file.
  if [[ -s $SECRETS/jwt_secret_previous ]]; then
    check_secret jwt_secret_previous "$KEY_BYTES" "$SERVER_USER" "$modes" ""
    check_previous_key
  fi
  check_model_key "$SERVER_USER" "$modes"
  if [[ -e $SECRETS/runner_key ]]; then
    check_secret runner_key 64 "$SERVER_USER" "$modes" "scripts/rotate-secrets.sh --env $ENVIRONMENT --runner-key"
    check_public_key
  else
    not_there runner_key "there is no $SECRETS/runner_key"
  fi
  if is_backed_up; then check_backup_secrets "$modes"; fi
  if is_monitored; then check_monitoring_secrets "$modes"; fi
  if [[ -e $SECRETS/smoke_token ]] && (($(mode "$SECRETS/smoke_token") & 077)); then
    fault smoke_token "is open to others (mode $(stat -c %a "$SECRETS/smoke_token"))" "chmod 400 $SECRETS/smoke_token"
  fi
}

# Without its password no backup can be read, so a lost one is a fault before it is needed.
check_backup_secrets() { # MODES
  local name
  if [[ -e $SECRETS/restic_password ]]; then
    check_secret restic_password 12 "$SERVER_USER" "$1" "put its copy back; runbooks/Backup.md"
  else
    not_there restic_password "there is no $SECRETS/restic_password"
  fi
  if [[ -n $(setting BACKUP_S3_REPOSITORY)$(setting BACKUP_CONTINUOUS_BUCKET) ]]; then
    for name in s3_access_key s3_secret_key; do check_secret "$name" 1 "$SERVER_USER" "$1" "runbooks/Backup.md"; done
  fi
}

check_monitoring_secrets() { # MODES
  local name
  for name in slack_webhook_url smtp_password heartbeat_url; do
    # Empty is not in use.
    if [[ -s $SECRETS/$name ]]; then check_secret "$name" 1 "$ALERTMANAGER_USER" "$1" ""; fi
  done
  for name in grafana_admin_password grafana_secret_key; do
    if [[ -e $SECRETS/$name ]]; then
      check_secret "$name" 12 "$GRAFANA_USER" "$1" "runbooks/Monitoring.md"
    else
      warn "$name" "there is no $SECRETS/$name" "the next deploy makes it; runbooks/Monitoring.md"
    fi
  done
}

# What the first deploy makes; gone later, it is a fault that shows at the next restart.
not_there() { # NAME FINDING
  if [[ -n $RUNNING || -n ${LAST_RELEASE:-} ]]; then
    fault "$1" "$2, though a release was deployed" "put back the copy you have, or a new one: runbooks/RotateSecrets.md"
  else
    warn "$1" "$2" "the first deploy makes it; runbooks/Deploy.md"
  fi
}

check_public_key() {
  local file=$SECRETS/runner.pub again="scripts/rotate-secrets.sh --env $ENVIRONMENT --runner-key"
  if [[ ! -s $file ]]; then
    fault runner.pub "there is no $file, or it is empty" "$again"
  elif (($(mode "$file") & 04)) || [[ $(stat -c %u "$file") == "$RUNNER_USER" ]]; then
    check_pair "$file" "$again"
  else
    fault runner.pub "user $RUNNER_USER, the runner, cannot read it" "chmod 444 $file"
  fi
}

# The public half is computed from the private one; neither is printed.
check_pair() { # PUBLIC-FILE AGAIN
  local public
  if ! command -v openssl >/dev/null || [[ ! -r $SECRETS/runner_key ]]; then
    warn runner.pub "whether it belongs to runner_key was not looked at" "run this as root, with openssl installed"
  elif public=$(base64 -d "$SECRETS/runner_key" 2>/dev/null | openssl pkey -inform DER -pubout -outform DER 2>/dev/null | base64 -w 0) &&
    [[ $public == "$(tr -d '[:space:]' <"$1")" ]]; then
    ok runner.pub "belongs to runner_key"
  else
    fault runner.pub "does not belong to runner_key; the runner refuses the server" "$2"
  fi
}

check_state() {
  if [[ ! -d $STATE ]]; then
    warn state "there is no $STATE yet" "the first deploy makes it"
  elif [[ ! -w $STATE ]]; then
    fault state "$STATE cannot be written by $(id -un)" "deploy as its owner, $(stat -c %U "$STATE")"
  elif [[ -d $STATE/caddy && $(stat -c %u "$STATE/caddy") != "$PROXY_USER" ]]; then
    fault state "$STATE/caddy belongs to user $(stat -c %u "$STATE/caddy"), not $PROXY_USER, the proxy" "chown -R $PROXY_USER $STATE/caddy"
  elif [[ -n $(lock_holder "$STATE/lock") ]]; then
    warn state "a deploy is under way" "wait for it; scripts/deploy.sh status $ENVIRONMENT"
  elif [[ -r $STATE/ledger.tsv && $(tail -n 1 "$STATE/ledger.tsv" | cut -f 6) == started ]]; then
    fault state "the last deploy was cut before its end" "deploy again, or scripts/deploy.sh rollback $ENVIRONMENT; runbooks/RollBack.md"
  else
    ok state "$STATE; last release: ${LAST_RELEASE:-none}"
  fi
}

# Without a folder of its own an environment has a volume, whose owner is the image's doing.
check_projects() {
  local folder
  folder=$(setting PROJECTS_DIR)
  if [[ -z $folder ]]; then
    ok projects "a volume of dashboard-$ENVIRONMENT"
  elif [[ ! -d $folder ]]; then
    fault projects "there is no $folder" "make it: install -d -o $RUNNER_USER -g $RUNNER_USER $folder"
  elif [[ $(stat -c %u "$folder") != "$RUNNER_USER" ]]; then
    warn projects "$folder belongs to user $(stat -c %u "$folder"); the runner is user $RUNNER_USER" "chown $RUNNER_USER $folder"
  else
    ok projects "$folder belongs to the runner"
  fi
}

check_environment_ports() { # VARIABLE...
  local name port
  for name; do
    port=$(setting "$name" "$(usual_port "$name")")
    if ! is_taken "$port"; then
      ok "port-$port" "free"
    elif [[ -n $RUNNING ]]; then
      ok "port-$port" "taken, and dashboard-$ENVIRONMENT runs"
    else
      fault "port-$port" "taken by another program" "end it (ss -ltnp names it), or set another $name"
    fi
  done
}

# As compose.yaml has it.
usual_port() { # VARIABLE
  if [[ $1 == HTTPS_PORT ]]; then echo 8443; else echo 8080; fi
}

# The environment may be on another machine than the people who look at it; their clocks should agree.
check_site_clock() {
  local site port seconds
  site=$(setting SITE_ADDRESS) port=$(setting HTTPS_PORT "$(usual_port HTTPS_PORT)")
  # Whether the certificate is good is a question of its own; here it is about the time.
  if unsynchronised; then
    warn clock "the system says that its clock is not synchronised" "timedatectl set-ntp true, or start chrony"
  elif [[ -n $RUNNING ]] && seconds=$(date_header "https://$site/health/live" --insecure --connect-to "::127.0.0.1:$port"); then
    compare_clock clock "$seconds" "https://$site"
  else
    ok clock "$(date -u '+%Y-%m-%d %H:%M:%S') UTC; no site answered to compare it with"
  fi
}

# The permissions of a file as a number.
mode() { # FILE
  echo "0$(stat -Lc %a "$1")"
}

main "$@"
