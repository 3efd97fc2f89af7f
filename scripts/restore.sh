#!/usr/bin/env bash
#
# Summary: Put a backup back: into a data folder or an environment, verified before anything is exchanged, undone on any failure
#
# Usage: restore.sh [--data DIR | --env ENV] [--from local|s3] --list
#        restore.sh [--data DIR | --env ENV] [--from local|s3] [--with-continuous] [--snapshot ID | --at TIME] [--stop] [--yes]
#        restore.sh [--data DIR | --env ENV] --from continuous [--at TIME] [--stop] [--yes]
#
#   --data DIR       Folder with the data, as start.sh has it (default .data in the checkout)
#   --env ENV        An environment of compose on this machine (staging, production), by compose/.env.ENV; run it as root
#   --from WHERE     local, BACKUP_REPOSITORY, or s3, BACKUP_S3_REPOSITORY (default: local where it is there, else s3). Or continuous:
#                    the copy that Litestream has in BACKUP_CONTINUOUS_BUCKET, some seconds behind. That is the database alone, so where
#                    attachments and the CLI's folder are lost too, take a set --with-continuous
#   --with-continuous
#                    The set, but with the database of the continuous copy in place of its own, which is older
#   --list           Lists the sets that are there, oldest first, and changes nothing
#   --snapshot ID    Which set: its id, or the first characters of it, or latest (the default)
#   --at TIME        The last set not younger than TIME, as date(1) reads it: 2026-11-26T09:00:00Z, or "2 hours ago"
#   --stop           Stop what runs. An environment is started again and smoke-tested; a server of your own you start again
#   --yes            Do not ask
#   --help           This text
#
# First it fetches the set into a folder beside the data and verifies it: the checksum of each part, the database's pages, references,
# journal and audit. Then it takes a restore point of what is there, says what will be lost, asks, and exchanges database, attachments
# and the CLI's folder by renaming. Nothing of the present state is thrown away: it stays in DIR/backups/restore-point-TIME. Secrets
# are not touched, the CLI's own credential neither. The audit's anchor gets a line that tells of the restore, and so does the audit
# itself when the server starts. Where Litestream follows the database, it waits after a set for the next good backup (last-good.json of
# before is in the restore point): until then its copy, which may be younger than the set, is not written over.
#
# Settings, by environment or in compose/.env.ENV: BACKUP_REPOSITORY (default DIR/backups/restic), BACKUP_S3_REPOSITORY,
# BACKUP_CONTINUOUS_ENDPOINT, _BUCKET and _REGION. Secret files, in SECRETS_DIR, or DIR/secrets (DASHBOARD_SECRETS_DIR): restic_password,
# s3_access_key, s3_secret_key. Needs restic, and for a folder JDK 25, and litestream where it is asked for, with BACKUP_CONTINUOUS_CONFIG,
# its configuration, if that is another one than compose/litestream.yml. DEPLOY_ENV_FILE names the settings of an environment as for deploy.sh.
#
# Exit code: 0 restored; 1 not, and all is as it was before, or nothing was begun; 2 not, and what was there before does not run again:
# a person is needed now; 64 wrong usage; 130 interrupted, and all is as it was before.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=scripts/lib-backup.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib-backup.sh"

LONGEST_START=${DEPLOY_LONGEST_START:-180}
LONGEST_STOP=120
# Clocks of two machines may differ by as many seconds.
MOST_SKEW=300
LONGEST_FETCH=${RESTORE_LONGEST_FETCH:-7200}
# For what a file system wants for itself.
ROOM_BESIDE=$((64 << 20))
RUNNER_USER=10002
# Of an environment, what reads or writes the data; the proxy goes on, and says that the dashboard is away.
SERVICES=(dashboard runner backup litestream)

main() {
  parse "$@"
  ROOT=$(repo_root)
  umask 077
  CHILD="" HOLD="" POINT="" STAGE="" UNDER=.restore-$$ STOPPED=() SWAPPED=false STARTED=false
  WORK=$(mktemp -d)
  trap 'ended $?' EXIT
  trap 'exit 130' INT TERM HUP
  find_target
  find_repository
  if [[ $LIST == true ]]; then list; else restore; fi
}

parse() {
  DATA="" ENVIRONMENT="" FROM="" LIST=false WANTED="" AT="" STOP=false YES=false WITH_CONTINUOUS=false
  while (($# > 0)); do
    case $1 in
      --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
      --list) LIST=true ;;
      --stop) STOP=true ;;
      --yes) YES=true ;;
      --with-continuous) WITH_CONTINUOUS=true ;;
      --data | --env | --from | --snapshot | --at)
        (($# > 1)) || usage_error "$1 needs a value"
        option "$1" "$2"
        shift
        ;;
      --data=* | --env=* | --from=* | --snapshot=* | --at=*) option "${1%%=*}" "${1#*=}" ;;
      *) usage_error "unknown option $1" ;;
    esac
    shift
  done
  [[ -z $DATA || -z $ENVIRONMENT ]] || usage_error "--data and --env exclude each other"
  [[ -z $WANTED || -z $AT ]] || usage_error "--snapshot and --at exclude each other"
  if [[ $LIST == true && ($STOP == true || $YES == true || -n $WANTED$AT) ]]; then usage_error "--list changes nothing and goes alone"; fi
  if [[ $FROM == continuous && ($LIST == true || -n $WANTED) ]]; then usage_error "--from continuous has no sets; --at takes it back"; fi
  if [[ $WITH_CONTINUOUS == true && ($LIST == true || $FROM == continuous) ]]; then
    usage_error "--with-continuous goes with a set that is restored, --from local or s3"
  fi
  WANTED=${WANTED:-latest}
}

option() { # NAME VALUE
  [[ -n $2 ]] || usage_error "$1 needs a value"
  case $1 in
    --data) DATA=$2 ;;
    --env)
      [[ $2 =~ ^(staging|production)$ ]] || usage_error "--env is staging or production, not $2"
      ENVIRONMENT=$2
      ;;
    --from)
      [[ $2 =~ ^(local|s3|continuous)$ ]] || usage_error "--from is local, s3 or continuous, not $2"
      FROM=$2
      ;;
    --snapshot)
      [[ $2 =~ ^(latest|[0-9a-f]{4,64})$ ]] || usage_error "--snapshot is latest, or at least 4 characters of an id, not $2"
      WANTED=$2
      ;;
    --at) AT=$(date -d "$2" +%s%N 2>/dev/null) || usage_error "--at: date does not understand $2" ;;
  esac
}

# --- what there is -------------------------------------------------------------------------------------------------------

find_target() {
  if [[ -n $ENVIRONMENT ]]; then
    find_environment
  else
    DATA=${DATA:-$ROOT/.data}
    mkdir -p "$DATA" || die "cannot make $DATA"
    find_backup_settings "$DATA"
    CLAUDE=${BACKUP_CLAUDE_DIR:-$DATA/claude}
    ANCHOR=${DASHBOARD_AUDIT_ANCHOR:-$DATA/audit-anchor}
  fi
  [[ -w $DATA ]] || die "$DATA cannot be written by $(id -un); run this as its owner"
  OWNER=$(stat -c %u:%g "$DATA")
}

find_environment() {
  ENV_FILE=${DEPLOY_ENV_FILE:-$ROOT/compose/.env.$ENVIRONMENT}
  [[ -f $ENV_FILE ]] || die "$ENV_FILE is missing; copy it from where the settings are kept, or compose/.env.production.example"
  command -v docker >/dev/null || die "docker is missing; get it: $(how_to_get docker.io)"
  docker info >/dev/null 2>&1 || die "the Docker engine does not answer; is it running, and may this user use it?"
  DASHBOARD_SECRETS_DIR=$(env_file_value "$ENV_FILE" SECRETS_DIR)
  STATE=$(env_file_value "$ENV_FILE" STATE_DIR)
  [[ -d $DASHBOARD_SECRETS_DIR && -d $STATE ]] || die "SECRETS_DIR and STATE_DIR of $ENV_FILE are not there; scripts/deploy.sh $ENVIRONMENT makes them"
  DATA=$(volume data) || die "there is no volume dashboard-${ENVIRONMENT}_data; scripts/deploy.sh $ENVIRONMENT makes it, then restore into it"
  # The CLI works in the runner's volume; the server's has a folder of the name too.
  CLAUDE=$(volume work) || die "there is no volume dashboard-${ENVIRONMENT}_work; scripts/deploy.sh $ENVIRONMENT makes it"
  CLAUDE=$CLAUDE/claude
  ANCHOR=$(env_file_value "$ENV_FILE" DASHBOARD_AUDIT_ANCHOR)
  ANCHOR=${ANCHOR:-/data/audit-anchor}
  [[ $ANCHOR == /data/* ]] || die "DASHBOARD_AUDIT_ANCHOR $ANCHOR is outside of the data volume: runbooks/Restore.md says how to go on"
  ANCHOR=$DATA/${ANCHOR#/data/}
  BACKUP_REPOSITORY=$(env_file_value "$ENV_FILE" BACKUP_REPOSITORY)
  # As the containers call it.
  if [[ $BACKUP_REPOSITORY == /data/* ]]; then BACKUP_REPOSITORY=$DATA/${BACKUP_REPOSITORY#/data/}; fi
  BACKUP_S3_REPOSITORY=$(env_file_value "$ENV_FILE" BACKUP_S3_REPOSITORY)
  local name
  for name in ENDPOINT BUCKET REGION; do declare -g "BACKUP_CONTINUOUS_$name=$(env_file_value "$ENV_FILE" "BACKUP_CONTINUOUS_$name")"; done
  find_backup_settings "$DATA"
  # A deploy, or another restore, at the same time would start what is stopped here.
  exec 9>"$STATE/lock"
  flock --nonblock 9 || die "a deploy or a restore of $ENVIRONMENT is under way; look at $STATE/ledger.tsv"
}

volume() { # NAME
  docker volume inspect --format '{{.Mountpoint}}' "dashboard-${ENVIRONMENT}_$1" 2>/dev/null
}

container() { # SERVICE
  docker ps --all --quiet --filter "label=com.docker.compose.project=dashboard-$ENVIRONMENT" \
    --filter "label=com.docker.compose.service=$1" --filter label=com.docker.compose.oneoff=False | head -n 1
}

find_repository() {
  if [[ -z $FROM ]]; then
    FROM=local
    if [[ ! -e $LOCAL_REPOSITORY/config && -n $S3_REPOSITORY ]]; then FROM=s3; fi
  fi
  if [[ $FROM == continuous ]]; then
    find_replicator
    return
  fi
  if [[ $FROM == local ]]; then
    REPOSITORY=$LOCAL_REPOSITORY
    [[ -e $REPOSITORY/config ]] || die "there is no repository in $REPOSITORY; --from s3 takes the other one, BACKUP_REPOSITORY names another place"
  else
    REPOSITORY=$S3_REPOSITORY
    [[ -n $REPOSITORY ]] || die "BACKUP_S3_REPOSITORY is not set"
  fi
  check_backup_secrets "$REPOSITORY"
  if [[ $WITH_CONTINUOUS == true ]]; then find_replicator; fi
}

# Sets REPLICATOR, the command, and CONTINUOUS, its configuration.
find_replicator() {
  [[ -n ${BACKUP_CONTINUOUS_BUCKET:-} ]] || die "BACKUP_CONTINUOUS_BUCKET is not set"
  check_s3_secrets "$BACKUP_CONTINUOUS_BUCKET"
  export BACKUP_CONTINUOUS_ENDPOINT BACKUP_CONTINUOUS_BUCKET BACKUP_CONTINUOUS_REGION=${BACKUP_CONTINUOUS_REGION:-}
  CONTINUOUS=${BACKUP_CONTINUOUS_CONFIG:-$ROOT/compose/litestream.yml}
  if [[ -z $ENVIRONMENT ]]; then
    command -v litestream >/dev/null || die "litestream is missing; get it from its maker, in the version that compose/compose.continuous.yaml names"
    REPLICATOR=(litestream)
    return
  fi
  local image
  image=$(env_file_value "$ENV_FILE" LITESTREAM_IMAGE)
  image=${image:-$(sed -n 's/.*LITESTREAM_IMAGE:-\([^}]*\)}.*/\1/p' "$ROOT/compose/compose.continuous.yaml")}
  REPLICATOR=(docker run --rm --user "$OWNER" --read-only --tmpfs /tmp --cap-drop ALL -e AWS_ACCESS_KEY_ID -e AWS_SECRET_ACCESS_KEY
    -e BACKUP_CONTINUOUS_ENDPOINT -e BACKUP_CONTINUOUS_BUCKET -e BACKUP_CONTINUOUS_REGION -v "$CONTINUOUS:$CONTINUOUS:ro" -v "$DATA:$DATA"
    --entrypoint litestream "$image")
}

# Leaves all sets in $WORK/snapshots, and of those the ones of the future in $WORK/future: by times of a clock that was wrong, or read by
# one that is, nobody can tell which set is the newest.
find_sets() {
  snapshots_of "$REPOSITORY" || die "the repository $REPOSITORY cannot be read: $WORDS"
  [[ -s $WORK/snapshots ]] || die "there is no set in $REPOSITORY"
  awk -v latest="$(date -d "+$MOST_SKEW seconds" +%Y-%m-%dT%H:%M:%S)" '$1 > latest' "$WORK/snapshots" >"$WORK/future"
}

list() {
  find_sets
  local time id
  while read -r time id; do
    echo "${id:0:8}  $(date -d "$time" '+%Y-%m-%d %H:%M:%S') UTC$(! grep -q "$id" "$WORK/future" || echo '  in the future of this machine')"
  done <"$WORK/snapshots"
}

# Sets SET, an id, and WHAT, its name for people.
choose() {
  if [[ $FROM == continuous ]]; then
    SET=continuous WHAT="the continuous copy"
    return
  fi
  find_sets
  SET=""
  local time id
  if [[ -n $AT ]]; then
    while read -r time id; do
      if (($(date -d "$time" +%s%N) <= AT)); then SET=$id; fi
    done <"$WORK/snapshots"
    [[ -n $SET ]] || die "no set is as old as that; the oldest is of $(head -n 1 "$WORK/snapshots" | cut -d ' ' -f 1)"
  elif [[ $WANTED == latest ]]; then
    [[ ! -s $WORK/future ]] ||
      die "which set is the latest cannot be told: it is $(now) here, and there is one of $(tail -n 1 "$WORK/future" | cut -d ' ' -f 1). \
Set the clock right, look at --list, and name a set with --snapshot or a time with --at"
    SET=$(tail -n 1 "$WORK/snapshots" | cut -d ' ' -f 2)
  else
    SET=$(cut -d ' ' -f 2 "$WORK/snapshots" | grep "^$WANTED" || true)
    [[ -n $SET ]] || die "there is no set $WANTED; --list tells which there are"
    [[ $SET != *$'\n'* ]] || die "$WANTED is the beginning of several sets; give more of the id"
  fi
  WHAT="the set ${SET:0:8}"
}

# --- the program ---------------------------------------------------------------------------------------------------------

# That of the release that is to read the data; it sees them by the same paths.
find_restoring_program() {
  if [[ -z $ENVIRONMENT ]]; then
    find_program
    return
  fi
  local id image
  id=$(container dashboard)
  if [[ -n $id ]]; then image=$(docker inspect --format '{{.Config.Image}}' "$id"); else image=$(env_file_value "$ENV_FILE" SERVER_IMAGE); fi
  [[ -n $image ]] || die "which release? Nothing is deployed; scripts/deploy.sh $ENVIRONMENT IMAGE first"
  PROGRAM=(docker run --rm --interactive --network none --user "$OWNER" --read-only --tmpfs /tmp --cap-drop ALL
    --entrypoint "" -v "$DATA:$DATA" "$image" "${PROGRAM_OF_IMAGE[@]}")
}

# --- restore -------------------------------------------------------------------------------------------------------------

restore() {
  find_restoring_program
  if is_running; then
    [[ $STOP == true ]] || die "the server runs; stop it first, or let it be stopped with --stop. Nothing was changed"
  else
    hold
    mend
  fi
  choose
  if [[ $FROM == continuous ]]; then fetch_continuous; else fetch; fi
  verify
  if [[ $WITH_CONTINUOUS == true ]]; then
    FROM=continuous
    choose
    fetch_continuous
    verify
  fi
  ask
  if [[ -z $HOLD ]]; then
    stop
    hold
    mend
    rm -rf "$POINT"
    point
  fi
  swap
  if ((${#STOPPED[@]} > 0)); then
    start || die "the server does not start on the set, or its smoke tests fail"
  fi
  finish
}

is_running() {
  if [[ -n $ENVIRONMENT ]]; then
    [[ -n $(running) ]]
  else
    [[ -n $(lock_holder "$DATA/dashboard.lock") ]]
  fi
}

# The services of the environment that run, or are being started over and over.
running() {
  local service id
  for service in "${SERVICES[@]}"; do
    id=$(container "$service")
    if [[ -n $id && $(docker inspect --format '{{.State.Status}}' "$id") =~ ^(running|restarting|paused)$ ]]; then echo "$service"; fi
  done
}

# No server starts on the data until this ends, however it ends.
hold() {
  coproc HELD { "${PROGRAM[@]}" hold --data "$DATA" 2>"$WORK/hold"; }
  HOLD=$HELD_PID
  local answer=""
  if ! read -r -t 60 answer <&"${HELD[0]}" || [[ $answer != held* ]]; then
    answer=$(<"$WORK/hold")
    die "${answer:-the data folder cannot be held}"
  fi
}

let_go() {
  [[ -n $HOLD ]] || return 0
  local pid=$HOLD
  HOLD=""
  if [[ -n ${HELD[1]:-} ]]; then eval "exec ${HELD[1]}>&-"; fi
  wait "$pid" 2>/dev/null || true
}

fetch() {
  restic_on "$REPOSITORY" "$LONGEST_ASK" stats --no-lock --mode restore-size --json "$SET" ||
    die "the size of $WHAT cannot be told; the repository may be damaged: $WORDS"
  make_stage "$(json_value "$WORK/out" total_size)"
  say "fetching $WHAT from $REPOSITORY"
  restic_on "$REPOSITORY" "$LONGEST_FETCH" restore --no-lock "$SET" --target "$STAGE/fetched" ||
    die "$WHAT cannot be fetched whole from $REPOSITORY: $WORDS"
  # Within the path that it had when it was stored.
  local found
  found=$(find "$STAGE/fetched" -name set.json -type f -printf '%d %h\n' | sort -n | head -n 1 | cut -d ' ' -f 2-)
  [[ -n $found && -f $found/dashboard.db && -f $found/dashboard.db.json ]] || die "$WHAT is no backup set: set.json, dashboard.db or its manifest is missing"
  mv "$found" "$STAGE/set"
  rm -rf "$STAGE/fetched"
}

# Makes a set of it, or with it of the one that was fetched, which goes the way of the others.
fetch_continuous() {
  local -a at=()
  local -x AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
  AWS_ACCESS_KEY_ID=$(<"$SECRETS/s3_access_key")
  AWS_SECRET_ACCESS_KEY=$(<"$SECRETS/s3_secret_key")
  if [[ -n $AT ]]; then at=(-timestamp "$(date -d "@$((AT / 1000000000))" +%Y-%m-%dT%H:%M:%SZ)"); fi
  # Twice, and how large it is nobody tells: as large as the present one, or not known.
  make_stage "$((2 * $(present_bytes ${STAGE:+"$STAGE/set"})))"
  mkdir -p "$STAGE/fetched" "$STAGE/set"
  chown -R "$OWNER" "$STAGE"
  say "fetching $WHAT from $BACKUP_CONTINUOUS_BUCKET"
  bounded "$LONGEST_FETCH" "${REPLICATOR[@]}" restore -config "$CONTINUOUS" "${at[@]}" -o "$STAGE/fetched/dashboard.db" /data/dashboard.db ||
    die "$WHAT cannot be fetched whole from $BACKUP_CONTINUOUS_BUCKET: $WORDS"
  rm -f "$STAGE"/set/dashboard.db*
  bounded "$LONGEST" "${PROGRAM[@]}" snapshot --data "$STAGE/fetched" --to "$STAGE/set/dashboard.db" || die "$WHAT is not good: $WORDS"
  rm -rf "$STAGE/fetched"
  write_set_words "$STAGE/set" continuous
}

make_stage() { # BYTES: of what it is to hold
  local needed free
  needed=$(($1 + $(present_bytes) + ROOM_BESIDE))
  free=$(df --output=avail -B1 "$DATA" | tail -n 1)
  ((free >= needed)) ||
    die "the disk is too full: $((needed >> 20)) MiB are needed in $DATA, for $WHAT and a copy of the present database, and $((free >> 20)) MiB are free"
  [[ -z $STAGE ]] || return 0
  STAGE=$DATA/$UNDER
  mkdir "$STAGE"
}

present_bytes() { # [ANOTHER FOLDER]
  find "$DATA" "$@" -maxdepth 1 -name 'dashboard.db*' -printf '%s\n' | awk '{sum += $1} END {printf "%d", sum}'
}

verify() {
  # The program runs as the owner of the data.
  chown -R "$OWNER" "$STAGE"
  check_set "$STAGE/set" || {
    if [[ $WORDS == *"knows schemas up to"* ]]; then
      die "the set has schema $(manifest schemaVersion), which this release does not know. Deploy release $(manifest programVersion) or a newer one, then restore"
    fi
    die "$WHAT is not good, take another one: $WORDS"
  }
  say "$WHAT is good: $(<"$WORK/out")"
  TAKEN=$(manifest takenAt)
  # Of this the manifest was made here.
  if [[ $FROM == continuous ]]; then TAKEN="its last event"; fi
}

manifest() { # NAME: of the set
  json_value "$STAGE/set/dashboard.db.json" "$1"
}

# What there is now, so that nothing is lost: a verified copy where that can be had, else the files as they are.
point() {
  POINT=$DATA/backups/restore-point-$(date -u +%Y%m%dT%H%M%SZ)-$$
  install -d -m 0700 -o "${OWNER%:*}" -g "${OWNER#*:}" "$DATA/backups" "$POINT"
  VERIFIED=none
  if [[ ! -e $DATA/dashboard.db ]]; then
    say "there is no database yet, so nothing to keep of it"
  elif bounded "$LONGEST" "${PROGRAM[@]}" snapshot --data "$DATA" --to "$POINT/dashboard.db"; then
    VERIFIED=true
    say "restore point, verified: $POINT"
  else
    VERIFIED=false
    say "the present database cannot be read whole ($WORDS); its files are copied as they are"
    bounded "$LONGEST" cp -a "$DATA"/dashboard.db* "$POINT/" || die "no copy can be made of it either; nothing was changed"
    say "restore point, not verified: $POINT"
  fi
  if [[ -e $ANCHOR ]]; then cp -p "$ANCHOR" "$POINT/audit-anchor"; fi
}

# Says what is lost, and goes on when a person, or --yes, says so.
ask() {
  point
  local last present
  last=$(manifest lastSeq)
  say "$WHAT: taken at $TAKEN by release $(manifest programVersion), $last events, $(manifest records) records of the audit"
  case $VERIFIED in
    true)
      present=$(json_value "$POINT/dashboard.db.json" lastSeq)
      if ((present > last)); then
        say "LOST: $((present - last)) events ($((last + 1)) to $present), and whatever else was done between $TAKEN and $(now)"
      elif ((present == last)); then
        say "no event is lost; there is none since $TAKEN"
      else
        say "the present database has $present events, fewer than the set; they are lost where the set does not have them"
      fi
      ;;
    false) say "LOST: whatever was done since $TAKEN; how much that is cannot be told of the damaged database" ;;
    none) say "nothing is lost here; whatever was done between $TAKEN and the loss of the data is in no set" ;;
  esac
  [[ $YES == false ]] || return 0
  [[ -t 0 ]] || die "nobody can be asked here; say --yes. Nothing was changed"
  local answer
  read -r -p "Go on? Type yes: " answer || true
  [[ $answer == yes ]] || die "not restored, as you said; nothing was changed"
}

stop() {
  if [[ -n $ENVIRONMENT ]]; then
    mapfile -t STOPPED < <(running)
    local service
    for service in "${STOPPED[@]}"; do
      say "stopping $service"
      bounded "$((LONGEST_STOP + 30))" docker stop --time "$LONGEST_STOP" "$(container "$service")" || die "$service does not stop"
    done
  else
    local pid i
    pid=$(lock_holder "$DATA/dashboard.lock")
    [[ -n $pid ]] || return 0
    say "stopping the server, process $pid; start it again when this is done"
    kill -TERM "$pid" || die "process $pid cannot be told to stop"
    for ((i = 0; i < LONGEST_STOP * 5; i++)); do
      kill -0 "$pid" 2>/dev/null || return 0
      sleep 0.2
    done
    die "the server, process $pid, does not stop"
  fi
}

start() {
  let_go
  STARTED=true
  start_services dashboard runner || return 1
  smoke_environment "$ENV_FILE" || return 1
  # What copies the data comes when these are known to stay.
  start_services backup litestream
}

# Those of them that were stopped.
start_services() { # SERVICE...
  local service started=" "
  for service; do
    [[ " ${STOPPED[*]} " == *" $service "* ]] || continue
    docker start "$(container "$service")" >/dev/null || return 1
    started+="$service "
  done
  [[ $started == *" dashboard "* ]] || return 0
  local i state
  for ((i = 0; i < LONGEST_START; i++)); do
    state=$(docker inspect --format '{{.State.Status}} {{with .State.Health}}{{.Status}}{{end}}' "$(container dashboard)")
    [[ $state != "running healthy" ]] || return 0
    bounded 2 sleep 1
  done
  say "the server is $state after $LONGEST_START s"
  return 1
}

# --- exchanging, and back ------------------------------------------------------------------------------------------------

# The list is written before anything is moved: by it a later run puts back what one that was killed has left half done.
swap() {
  local name claude_owner=$OWNER
  if [[ -n $ENVIRONMENT ]]; then claude_owner=$RUNNER_USER:$RUNNER_USER; fi
  printf '%s\t%s\n' "$DATA/dashboard.db" "$STAGE/set/dashboard.db" >"$STAGE/list"
  # Of the database that goes: beside another one they would be taken for its own.
  for name in dashboard.db-wal dashboard.db-shm dashboard.db-journal .dashboard.db-litestream initial-admin-password; do
    printf '%s\t%s\n' "$DATA/$name" - >>"$STAGE/list"
  done
  if holds_the_follower; then
    printf '%s\t-\n' "$DATA/backups/last-good.json" >>"$STAGE/list"
    mkdir -p "$DATA/backups/$UNDER"
  fi
  stage_folder "$DATA/attachments" "$OWNER" attachments
  stage_folder "$CLAUDE" "$claude_owner" claude
  "${PROGRAM[@]}" anchor-after-restore --database "$STAGE/set/dashboard.db" --anchor "$ANCHOR" --to "$STAGE/audit-anchor" --set "${SET:0:16}" \
    </dev/null >&2 || die "the audit's anchor cannot be written"
  rm -f "$STAGE"/set/dashboard.db-*
  beside "$ANCHOR" "$STAGE/audit-anchor"
  chmod 0600 "$STAGE/set/dashboard.db"
  sync
  local number=0 target staged old
  SWAPPED=true
  while IFS=$'\t' read -r target staged; do
    number=$((number + 1)) old=$(dirname "$target")/$UNDER/old-$number
    if [[ -e $target || -L $target ]]; then mv -T "$target" "$old"; else : >"$old.absent"; fi
    if [[ $staged != - ]]; then mv -T "$staged" "$target"; fi
  done <"$STAGE/list"
}

# Litestream waits for last-good.json. Its copy may be younger than a set, and is wanted still; what is of the copy it may follow at once.
holds_the_follower() {
  [[ -n $ENVIRONMENT && -n ${BACKUP_CONTINUOUS_BUCKET:-} && $FROM != continuous ]]
}

# A part of the set that is a folder; what the set does not have stays as it is.
stage_folder() { # TARGET OWNER NAME
  local staged=$STAGE/set/$3
  [[ -d $staged ]] || return 0
  chmod -R u+rwX,go-rwx "$staged"
  # No backup has it, and without it everybody would have to sign the CLI in again.
  if [[ -e $1/.credentials.json ]]; then cp -p "$1/.credentials.json" "$staged/"; fi
  chown -R "$2" "$staged"
  beside "$1" "$staged"
}

# Onto the volume of its target, so that the exchange itself is a rename.
beside() { # TARGET STAGED
  local folder staged=$2
  folder=$(dirname "$1")/$UNDER
  mkdir -p "$folder"
  if [[ $folder != "$STAGE" ]]; then
    mv "$staged" "$folder/"
    staged=$folder/${staged##*/}
  fi
  printf '%s\t%s\n' "$1" "$staged" >>"$STAGE/list"
}

# Safe to repeat, and to be cut and repeated.
swap_back() { # STAGE [FOLDER]: which gets what has to go, instead of its being removed
  local number=0 target old under=${1##*/}
  while IFS=$'\t' read -r target _; do
    number=$((number + 1)) old=$(dirname "$target")/$under/old-$number
    [[ -e $old || -L $old || -e $old.absent ]] || continue
    if [[ -n ${2:-} && -e $target ]]; then mv -T "$target" "$2/${target##*/}" || return 1; fi
    rm -rf "$target"
    if [[ ! -e $old.absent ]]; then mv -T "$old" "$target" || return 1; fi
  done <"$1/list"
}

# The one that the list stands in last.
remove_stage() { # STAGE
  local target folder
  if [[ -e $1/list ]]; then
    while IFS=$'\t' read -r target _; do
      folder=$(dirname "$target")/${1##*/}
      [[ $folder == "$1" ]] || rm -rf "$folder"
    done <"$1/list"
  fi
  rm -rf "$1"
}

# What a restore that was killed has left.
mend() {
  local stage aside
  for stage in "$DATA"/.restore-*; do
    [[ -d $stage && $stage != "$STAGE" ]] || continue
    if [[ -e $stage/list && ! -e $stage/done ]]; then
      say "a restore was cut while it exchanged files: putting back what was there before it"
      # A server may have been started on what was half done.
      aside=$DATA/backups/cut-restore-$(date -u +%Y%m%dT%H%M%SZ)-$$
      install -d -m 0700 -o "${OWNER%:*}" -g "${OWNER#*:}" "$DATA/backups" "$aside"
      swap_back "$stage" "$aside" || die "what was there before a restore that was cut cannot be put back: look into $stage"
    fi
    remove_stage "$stage"
  done
}

finish() {
  # From here on it is the set that counts, whatever ends this.
  trap - EXIT
  trap '' INT TERM HUP
  : >"$STAGE/done"
  local number=0 target old name
  while IFS=$'\t' read -r target _; do
    number=$((number + 1)) old=$(dirname "$target")/$UNDER/old-$number name=${target##*/}
    [[ -e $old || -L $old ]] || continue
    # The point has it already, as one whole file or as the files were.
    if [[ $name == dashboard.db* || $name == audit-anchor ]]; then
      rm -f "$old"
    else
      mv -T "$old" "$POINT/$name" || say "$old could not be moved to $POINT"
    fi
  done <"$STAGE/list"
  remove_stage "$STAGE"
  chown -R "$OWNER" "$POINT"
  let_go
  rm -rf "$WORK"
  say "restored to $TAKEN; what was there before is in $POINT, with the anchor of its audit: keep it, it is evidence"
  if holds_the_follower; then
    say "the continuous copy stays as it is until the next good backup, which may come by itself within minutes: now is when \
--from continuous can put it on top; scripts/backup.sh --env $ENVIRONMENT lets it go on"
  fi
  if [[ -z $ENVIRONMENT ]]; then say "start the server again: scripts/start.sh --data $DATA"; fi
}

# Whatever ended it before its end: everything as it was.
ended() { # STATUS
  is_the_script || return 0
  local status=$1 service
  trap - EXIT
  trap '' INT TERM HUP
  set +e
  stop_child
  rm -rf "$WORK"
  if [[ $LIST == true ]]; then exit "$status"; fi
  ((status != 0)) || status=1
  if [[ $STARTED == true ]]; then
    for service in "${STOPPED[@]}"; do docker stop --time "$LONGEST_STOP" "$(container "$service")" >/dev/null 2>&1; done
  fi
  if [[ $SWAPPED == true ]]; then
    say "putting back what was there before"
    if ! swap_back "$STAGE"; then
      let_go
      say "it cannot be put back; it is in $STAGE and $POINT: see runbooks/Restore.md now"
      exit 2
    fi
  fi
  if [[ -n $STAGE ]]; then remove_stage "$STAGE"; fi
  if [[ -n $POINT ]]; then rm -rf "$POINT"; fi
  let_go
  if ((${#STOPPED[@]} > 0)); then
    say "starting what ran before"
    if ! start_services "${SERVICES[@]}"; then
      say "it does not start: see runbooks/Restore.md now"
      exit 2
    fi
  fi
  exit "$status"
}

main "$@"
