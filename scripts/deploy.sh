#!/usr/bin/env bash
#
# Summary: Put a release into an environment; on any failure the release before it comes back by itself
#
# Usage: deploy.sh ENV [IMAGE] [--runner IMAGE] [--backup IMAGE] [--dry-run] [--no-wait-for-turns]
#        deploy.sh rollback ENV [DIGEST] [--dry-run]
#        deploy.sh status ENV
#
#   ENV                    dev, staging or production; its settings stand in compose/.env.ENV
#   IMAGE                  Server image, by digest (name@sha256:…) or by a tag, which is resolved to its digest once and forgotten
#                          (default: SERVER_IMAGE of compose/.env.ENV)
#   --runner IMAGE         Runner image (default: RUNNER_IMAGE of compose/.env.ENV, else the one that runs). Only when it is another
#                          one does the runner start anew; else its sessions go on through the deploy
#   --backup IMAGE         Image that makes backups, of the same release (default: BACKUP_IMAGE of compose/.env.ENV, else the one that
#                          runs). Not looked at without BACKUP=true
#   --no-wait-for-turns    Do not give running turns time to end when the runner starts anew
#   --dry-run              Check everything and say what would be done; changes nothing
#   --help                 This text
#
# A deploy: lock, checks (disk, compose, images, signature, secrets, settings), a verified snapshot of the database, then the new
# containers, their health, and scripts/smoke-tests.sh. When one of these fails, the images before are started again and tested, and
# the exit code is 1; 2 means that this too failed and a person is needed now. The ledger in STATE_DIR has a line for each step.
#
# rollback goes back to the release before the present one, or to the server digest that is named, as the ledger has it. A server
# does not open a database that a newer one has migrated. A deploy that goes back by itself then puts its snapshot back, and keeps
# what came since aside, in the data volume; a rollback by hand stays with the present release and says so.
#
# With BACKUP=true in compose/.env.ENV, what makes hourly backups (compose/compose.backup.yaml; compose.offsite.yaml where
# BACKUP_S3_REPOSITORY is set, compose.continuous.yaml where BACKUP_CONTINUOUS_BUCKET is too) is started when the release serves, and with
# MONITORING=true Prometheus and what belongs to it (compose/compose.monitoring.yaml), or anew where their configuration is another one.
# They never hold a release up: when they do not start, the release stays and the exit code is 3. Without it they are removed, and their
# data stays: backups where they are, the monitoring's in STATE_DIR/monitoring.
#
# Only root, or a user who may use Docker and write STATE_DIR and SECRETS_DIR.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

SERVER_USER=10001
PROXY_USER=10003
# As compose.monitoring.yaml has them.
PROMETHEUS_USER=10004 ALERTMANAGER_USER=10005 LOKI_USER=10007 GRAFANA_USER=472
# Of Java's own start and the health check's interval; a migration of a large database takes longest.
LONGEST_START=${DEPLOY_LONGEST_START:-180}
LEAST_FREE_MIB=1024
# What may be lost; the doctor and the alert BackupOld go by it.
MOST_SECONDS_BETWEEN_BACKUPS=3600
RELEASE=(dashboard runner caddy)
BACKUP=(transcripts backup)
MONITORING=(prometheus alertmanager blackbox grafana loki alloy)
PROGRAM=(/opt/java/bin/java @/opt/dashboard/java.options -Xmx256m -jar /opt/dashboard/dashboard.jar)

main() {
  parse "$@"
  ROOT=$(repo_root)
  read_environment
  case $ACTION in
    status) status ;;
    deploy | rollback)
      take_lock
      preflight
      if [[ $ACTION == deploy ]]; then choose_images; else choose_earlier; fi
      check_signature
      secrets
      check_maker
      check_settings
      if [[ $DRY_RUN == true ]]; then plan; else release; fi
      ;;
  esac
}

parse() {
  ACTION=deploy DRY_RUN=false WAIT_FOR_TURNS=true ENVIRONMENT="" SERVER="" RUNNER="" MAKER=""
  local words=()
  while (($# > 0)); do
    case $1 in
      --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
      --dry-run) DRY_RUN=true ;;
      --no-wait-for-turns) WAIT_FOR_TURNS=false ;;
      --runner | --backup)
        (($# > 1)) || usage_error "$1 needs a value"
        if [[ $1 == --runner ]]; then RUNNER=$2; else MAKER=$2; fi
        shift
        ;;
      --runner=*) RUNNER=${1#*=} ;;
      --backup=*) MAKER=${1#*=} ;;
      -*) usage_error "unknown option $1" ;;
      *) words+=("$1") ;;
    esac
    shift
  done
  case ${words[0]:-} in
    rollback | status) ACTION=${words[0]} words=("${words[@]:1}") ;;
  esac
  ENVIRONMENT=${words[0]:-}
  SERVER=${words[1]:-}
  ((${#words[@]} <= 2)) || usage_error "too much: ${words[*]:2}"
  case $ENVIRONMENT in
    dev | staging | production) ;;
    "") usage_error "the environment is missing: dev, staging or production" ;;
    *) usage_error "unknown environment $ENVIRONMENT; there are dev, staging and production" ;;
  esac
  if [[ $ENVIRONMENT == dev ]]; then
    usage_error "dev runs from the checkout and is not deployed: scripts/start.sh, or compose/compose.dev.yaml"
  fi
}

# --- what the environment is ---------------------------------------------------------------------------------------------

read_environment() {
  ENV_FILE=${DEPLOY_ENV_FILE:-$ROOT/compose/.env.$ENVIRONMENT}
  [[ -f $ENV_FILE ]] || die "$ENV_FILE is missing; copy compose/.env.production.example there and fill it in"
  local name
  for name in SITE_ADDRESS SECRETS_DIR STATE_DIR; do
    [[ -n $(setting $name) ]] || die "$name is missing in $ENV_FILE"
  done
  SECRETS_DIR=$(setting SECRETS_DIR)
  STATE_DIR=$(setting STATE_DIR)
  [[ $SECRETS_DIR == /* && $STATE_DIR == /* ]] || die "SECRETS_DIR and STATE_DIR must be absolute paths in $ENV_FILE"
  LEDGER=$STATE_DIR/ledger.tsv
  export ENV_FILE SECRETS_DIR STATE_DIR
  MONITORED=$(setting MONITORING)
  MONITORED=${MONITORED:-false}
  [[ $MONITORED =~ ^(true|false)$ ]] || die "MONITORING must be true or false in $ENV_FILE"
  BACKED_UP=$(setting BACKUP)
  BACKED_UP=${BACKED_UP:-false}
  [[ $BACKED_UP =~ ^(true|false)$ ]] || die "BACKUP must be true or false in $ENV_FILE"
  if [[ $BACKED_UP == true ]]; then read_backup_settings; fi
  size_the_runner
}

setting() { # NAME
  env_file_value "$ENV_FILE" "$1"
}

read_backup_settings() {
  local every
  local -A unit=([s]=1 [m]=60 [h]=3600 [d]=86400)
  REPOSITORY=$(setting BACKUP_REPOSITORY)
  S3_REPOSITORY=$(setting BACKUP_S3_REPOSITORY)
  CONTINUOUS=$(setting BACKUP_CONTINUOUS_BUCKET)
  if [[ -n $CONTINUOUS ]]; then BACKUP+=(litestream); fi
  every=$(setting BACKUP_EVERY)
  # In the data it is without being named.
  [[ -z $REPOSITORY || ($REPOSITORY == /* && $REPOSITORY != / && $REPOSITORY/ != /data/*) ]] ||
    die "BACKUP_REPOSITORY must be an absolute path, and not below /data, in $ENV_FILE"
  [[ -z $S3_REPOSITORY || $S3_REPOSITORY =~ ^s3:https?://[^[:space:]]+$ ]] ||
    die "BACKUP_S3_REPOSITORY must look like s3:https://HOST/BUCKET in $ENV_FILE"
  # By what S3 has, a backup knows whether the data are another journal; the continuous copy waits for that.
  [[ -z $CONTINUOUS || -n $S3_REPOSITORY ]] ||
    die "BACKUP_CONTINUOUS_BUCKET is set and BACKUP_S3_REPOSITORY is not, in $ENV_FILE: without it nothing keeps a new host from sending \
its empty database over the copy of the lost one"
  [[ ${every:=1h} =~ ^([1-9][0-9]{0,4})([smhd])$ ]] || die "BACKUP_EVERY must be a number with s, m, h or d, like 1h, in $ENV_FILE"
  ((BASH_REMATCH[1] * unit[${BASH_REMATCH[2]}] <= MOST_SECONDS_BETWEEN_BACKUPS)) ||
    die "BACKUP_EVERY is $every in $ENV_FILE, and 1h is the most: at most an hour of work may be lost"
}

# What a CLI takes (190 MB at its most, 9 threads) and as much again for what it runs; see runbooks/Capacity.md.
size_the_runner() {
  local processes
  processes=$(setting DASHBOARD_CLI_MAX_PROCESSES)
  processes=${processes:-20}
  [[ $processes =~ ^[1-9][0-9]{0,3}$ ]] || die "DASHBOARD_CLI_MAX_PROCESSES must be a number from 1 to 9999 in $ENV_FILE"
  RUNNER_MEMORY=$(setting RUNNER_MEMORY)
  RUNNER_PIDS=$(setting RUNNER_PIDS)
  export RUNNER_MEMORY=${RUNNER_MEMORY:-$((512 + 384 * processes))M}
  export RUNNER_PIDS=${RUNNER_PIDS:-$((128 + 64 * processes))}
}

compose() { # COMPOSE'S WORDS...: -f FILE first adds an overlay
  local -a overlays=()
  if [[ $MONITORED == true ]]; then overlays=(-f "$ROOT/compose/compose.monitoring.yaml"); fi
  if [[ $BACKED_UP == true ]]; then
    overlays+=(-f "$ROOT/compose/compose.backup.yaml")
    if [[ -n $S3_REPOSITORY ]]; then overlays+=(-f "$ROOT/compose/compose.offsite.yaml"); fi
    if [[ -n $CONTINUOUS ]]; then overlays+=(-f "$ROOT/compose/compose.continuous.yaml"); fi
  fi
  if [[ $1 == -f ]]; then
    overlays+=(-f "$2")
    shift 2
  fi
  SERVER_IMAGE=${SERVER_IMAGE:-none} RUNNER_IMAGE=${RUNNER_IMAGE:-none} BACKUP_IMAGE=${BACKUP_IMAGE:-none} \
    docker compose --project-name "dashboard-$ENVIRONMENT" --project-directory "$ROOT/compose" --env-file "$ENV_FILE" \
    -f "$ROOT/compose/compose.yaml" -f "$ROOT/compose/compose.${ENVIRONMENT/production/prod}.yaml" "${overlays[@]}" "$@"
}

container() { # SERVICE
  compose ps --quiet --all "$1" 2>/dev/null | head -n 1
}

running_image() { # SERVICE: as it was named when it was started
  local id
  id=$(container "$1")
  if [[ -n $id ]]; then docker inspect --format '{{.Config.Image}}' "$id"; fi
}

# --- before anything changes ---------------------------------------------------------------------------------------------

take_lock() {
  mkdir -p "$STATE_DIR" 2>/dev/null || die "STATE_DIR $STATE_DIR cannot be made"
  [[ -w $STATE_DIR ]] || die "STATE_DIR $STATE_DIR cannot be written"
  exec 9>"$STATE_DIR/lock"
  flock --nonblock 9 || die "another deploy of $ENVIRONMENT is under way; look at $LEDGER"
}

preflight() {
  command -v docker >/dev/null || die "docker is missing; get it: $(how_to_get docker.io)"
  docker info >/dev/null 2>&1 || die "the Docker engine does not answer; is it running, and may this user use it?"
  local version
  version=$(docker compose version --short 2>/dev/null) || die "docker compose is missing; get it: $(how_to_get docker-compose-v2)"
  version_at_least "${version#v}" 2.24.4 || die "docker compose $version is too old, 2.24.4 or newer is needed"
  DOCKER_ROOT=$(docker info --format '{{.DockerRootDir}}')
  export DOCKER_ROOT
  compose config --quiet || die "compose does not accept the settings in $ENV_FILE"
  local free
  free=$(df --output=avail -m "$STATE_DIR" "$DOCKER_ROOT" | tail -n +2 | sort -n | head -n 1)
  ((free >= LEAST_FREE_MIB)) || die "only $free MiB are free on the disk; $LEAST_FREE_MIB MiB are needed. docker image prune removes old releases"
}

# Made where they can be made; wrong ones are refused before a container is, and never shown.
secrets() {
  local name file owner
  SECRETS=(jwt_secret jwt_secret_previous anthropic_api_key claude_code_oauth_token runner_key)
  if [[ $MONITORED == true ]]; then
    SECRETS+=(slack_webhook_url smtp_password heartbeat_url grafana_admin_password grafana_secret_key)
  fi
  if [[ $BACKED_UP == true ]]; then SECRETS+=(restic_password s3_access_key s3_secret_key); fi
  make_secrets
  for name in "${SECRETS[@]}"; do
    file=$SECRETS_DIR/$name owner=$(owner_of "$name")
    [[ -e $file || $DRY_RUN == false ]] || continue
    [[ -f $file ]] || die "the secret file $file is missing; an optional secret is an empty file"
    [[ $(stat -c %u "$file") == "$owner" ]] || die "$file must belong to user $owner: chown $owner $file"
    case $(stat -c %a "$file") in
      400 | 440 | 600) ;;
      *) die "$file can be read or changed by others: chmod 0400 $file" ;;
    esac
  done
  file=$SECRETS_DIR/jwt_secret
  if [[ -e $file ]] && (($(stat -c %s "$file") < 32)); then die "the secret jwt_secret is shorter than 32 bytes: $file"; fi
  file=$SECRETS_DIR/runner.pub
  [[ -s $file || ! -e $SECRETS_DIR/runner_key ]] || die "the public half is missing beside runner_key: $file"
  if [[ $BACKED_UP == true ]]; then check_backup_secrets; fi
}

check_backup_secrets() {
  local name
  local -a needed=(restic_password)
  if [[ -n $S3_REPOSITORY$CONTINUOUS ]]; then needed+=(s3_access_key s3_secret_key); fi
  for name in "${needed[@]}"; do
    [[ -s $SECRETS_DIR/$name || ! -e $SECRETS_DIR/$name ]] || die "the secret $name is empty, and backups need it: $SECRETS_DIR/$name"
  done
}

owner_of() { # SECRET: the user of the container that reads it
  case $1 in
    slack_webhook_url | smtp_password | heartbeat_url) echo "$ALERTMANAGER_USER" ;;
    grafana_*) echo "$GRAFANA_USER" ;;
    *) echo "$SERVER_USER" ;;
  esac
}

make_secrets() {
  local name
  for name in "${SECRETS[@]}"; do
    [[ ! -e $SECRETS_DIR/$name ]] || continue
    if [[ $DRY_RUN == true ]]; then
      echo "secret $name: would be made"
      continue
    fi
    say "making the secret $name"
    # Others may go through, since containers do, and see nothing.
    install -d -m 0711 "$SECRETS_DIR" || die "SECRETS_DIR $SECRETS_DIR cannot be made"
    case $name in
      jwt_secret | grafana_*) new_jwt_secret | keep "$name" ;;
      runner_key) make_runner_key ;;
      restic_password) make_restic_password ;;
      *) keep "$name" </dev/null ;;
    esac
  done
}

# There as a whole or not at all.
keep() { # NAME: a file of its reader's user with what stands on standard input
  local file=$SECRETS_DIR/$1 owner
  owner=$(owner_of "$1")
  (umask 077 && cat >"$file.new")
  chown "$owner" "$file.new" || die "cannot give $file to user $owner; run this as root"
  chmod 0400 "$file.new"
  mv "$file.new" "$file"
}

# Never where there are backups that another one opens: then that one is lost, and somebody should know.
make_restic_password() {
  local repository=$REPOSITORY
  if [[ -z $repository ]]; then
    repository=$(docker volume inspect --format '{{.Mountpoint}}' "dashboard-${ENVIRONMENT}_data" 2>/dev/null)/backups/restic || true
  fi
  [[ ! -e $repository/config ]] ||
    die "the secret restic_password is missing, and there are backups in $repository: put its copy into $SECRETS_DIR/restic_password"
  new_jwt_secret | keep restic_password
  say "KEEP A COPY of $SECRETS_DIR/restic_password elsewhere, in the team's vault: without it no backup can be read"
  if [[ -n $S3_REPOSITORY ]]; then say "where $S3_REPOSITORY has backups already, put their password into it instead"; fi
}

# By the program, which knows the form.
make_runner_key() {
  local fresh
  fresh=$(mktemp -d "$SECRETS_DIR/.pair.XXXXXX")
  docker run --rm --network none --user 0:0 --entrypoint /opt/java/bin/java -v "$fresh:/keys" "$SERVER_IMAGE" \
    -jar /opt/dashboard/dashboard.jar runner-key --private /keys/private --public /keys/public >&2 || die "no runner_key could be made"
  chmod 0444 "$fresh/public"
  mv "$fresh/public" "$SECRETS_DIR/runner.pub"
  keep runner_key <"$fresh/private"
  rm -r "$fresh"
}

# --- which images --------------------------------------------------------------------------------------------------------

choose_images() {
  SERVER=${SERVER:-$(setting SERVER_IMAGE)}
  [[ -n $SERVER ]] || die "which image? Name it, or SERVER_IMAGE in $ENV_FILE"
  RUNNER=${RUNNER:-$(setting RUNNER_IMAGE)}
  RUNNER=${RUNNER:-$(running_image runner)}
  [[ -n $RUNNER ]] || die "which runner image? Name it with --runner, or RUNNER_IMAGE in $ENV_FILE"
  SERVER_IMAGE=$(by_digest "$SERVER") || exit 1
  RUNNER_IMAGE=$(by_digest "$RUNNER") || exit 1
  export SERVER_IMAGE RUNNER_IMAGE
  choose_maker "$(setting BACKUP_IMAGE)"
}

# Sets BACKUP_IMAGE; empty: none.
choose_maker() { # IMAGE: unless another one was named; without it the one that runs
  BACKUP_IMAGE=""
  if [[ $BACKED_UP == true ]]; then
    MAKER=${MAKER:-$1}
    MAKER=${MAKER:-$(running_image backup)}
    [[ -n $MAKER ]] || die "BACKUP=true, and by which image? Name it with --backup, or BACKUP_IMAGE in $ENV_FILE"
    BACKUP_IMAGE=$(by_digest "$MAKER") || exit 1
  fi
  export BACKUP_IMAGE
}

# It reads and looks through the database that the server writes. To go back is never held up by it.
check_maker() {
  [[ -n $BACKUP_IMAGE && $(program_of "$BACKUP_IMAGE") != "$(program_of "$SERVER_IMAGE")" ]] || return 0
  [[ $ACTION == rollback ]] || die "$BACKUP_IMAGE is not of the release of $SERVER_IMAGE; name the one that is with --backup"
  say "$BACKUP_IMAGE is not of the release of $SERVER_IMAGE, and may not know its database: deploy that release again, with --backup"
}

program_of() { # IMAGE
  docker run --rm --network none --entrypoint sha256sum "$1" /opt/dashboard/dashboard.jar
}

# A tag can be moved while nobody looks; a digest is the content itself.
by_digest() { # IMAGE
  local digest name=$1
  # Without its tag; the colon of a registry's port is none.
  if [[ ${name##*/} == *:* ]]; then name=${name%:*}; fi
  if [[ $1 != sha256:* ]]; then
    docker pull --quiet "$1" >/dev/null 2>&1 || docker image inspect "$1" >/dev/null 2>&1 ||
      die "the image $1 cannot be fetched, and is not here; is the name right, and is this machine signed in to the registry?"
  fi
  if [[ $1 == *@sha256:* ]]; then
    echo "$1"
    return
  fi
  digest=$(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$1" 2>/dev/null |
    grep -F "$name@" | head -n 1) || true
  # Never pushed: what it is called on this machine is its content too.
  digest=${digest:-$(docker image inspect --format '{{.Id}}' "$1" 2>/dev/null)} || die "there is no image $1 here"
  echo "$digest"
}

choose_earlier() {
  local now
  now=$(running_image dashboard)
  local line
  if [[ -n $SERVER ]]; then
    line=$(good_releases | awk -F '\t' -v want="$SERVER" 'index($4, want) {found = $0} END {print found}')
    [[ -n $line ]] || die "the ledger has no release that worked with $SERVER; scripts/deploy.sh status $ENVIRONMENT lists them"
  else
    line=$(good_releases | awk -F '\t' -v now="$now" '$4 != now {found = $0} END {print found}')
    [[ -n $line ]] || die "the ledger has no release before the present one; name an image: scripts/deploy.sh $ENVIRONMENT IMAGE"
  fi
  SERVER_IMAGE=$(cut -f 4 <<<"$line")
  RUNNER_IMAGE=$(cut -f 5 <<<"$line")
  [[ -z $RUNNER ]] || RUNNER_IMAGE=$(by_digest "$RUNNER") || exit 1
  local image
  for image in "$SERVER_IMAGE" "$RUNNER_IMAGE"; do by_digest "$image" >/dev/null || exit 1; done
  export SERVER_IMAGE RUNNER_IMAGE
  # Of a release from before there were backups: the one that there is.
  choose_maker "$(cut -f 7 <<<"$line")"
}

good_releases() {
  [[ -f $LEDGER ]] || return 0
  awk -F '\t' '$6 == "ok" && ($3 == "deploy" || $3 == "rollback")' "$LEDGER"
}

# Configured: then nothing unsigned gets past here.
check_signature() {
  local key identity issuer image
  key=$(setting COSIGN_KEY) identity=$(setting COSIGN_IDENTITY) issuer=$(setting COSIGN_ISSUER)
  [[ -n $key$identity ]] || return 0
  command -v cosign >/dev/null || die "cosign is missing, and $ENV_FILE asks for signed images; get it: $(how_to_get cosign)"
  local -a by
  if [[ -n $key ]]; then
    # A key of one's own needs no public log.
    by=(--key "$key" --insecure-ignore-tlog=true)
  else
    [[ -n $issuer ]] || die "COSIGN_ISSUER is missing beside COSIGN_IDENTITY in $ENV_FILE"
    by=(--certificate-identity-regexp "$identity" --certificate-oidc-issuer "$issuer")
  fi
  for image in "$SERVER_IMAGE" "$RUNNER_IMAGE" ${BACKUP_IMAGE:+"$BACKUP_IMAGE"}; do
    cosign verify "${by[@]}" "$image" >/dev/null 2>&1 || die "the signature of $image is missing or is not one of ours; nothing was changed"
  done
  say "signatures are good"
}

# By the program that is to run: whatever it would refuse at its start is said while the release before still runs.
check_settings() {
  check_monitoring
  [[ -e $SECRETS_DIR/jwt_secret && -e $SECRETS_DIR/runner_key ]] || return 0
  local said
  said=$(compose -f "$ROOT/compose/compose.check.yaml" run --rm --no-deps --no-TTY --quiet-pull dashboard check-config 2>&1) || {
    echo "$said" >&2
    die "the server refuses these settings; nothing was changed"
  }
}

check_monitoring() {
  [[ $MONITORED == true ]] || return 0
  local trial
  trial=$(mktemp -d)
  configure_monitoring "$trial" || {
    rm -r "$trial"
    die "the monitoring cannot be configured from these settings; nothing was changed"
  }
  rm -r "$trial"
}

configure_monitoring() { # FOLDER
  DEPLOY_ENV_FILE=$ENV_FILE "$ROOT/scripts/monitoring-config.sh" "$ENVIRONMENT" --to "$1"
}

# --- the release ---------------------------------------------------------------------------------------------------------

plan() {
  local part
  for part in "dashboard $SERVER_IMAGE" "runner $RUNNER_IMAGE" ${BACKUP_IMAGE:+"backup $BACKUP_IMAGE"}; do
    if [[ $(running_image "${part% *}") == "${part#* }" ]]; then
      echo "${part% *}: stays ${part#* }"
    else
      echo "${part% *}: $(running_image "${part% *}" | grep . || echo nothing) -> ${part#* }"
    fi
  done
  echo "backups: $(if [[ $BACKED_UP == true ]]; then echo "on${S3_REPOSITORY:+, to S3 too}"; else echo off; fi)"
  echo "monitoring: $(if [[ $MONITORED == true ]]; then echo on; else echo off; fi)"
  echo "would: take a snapshot, start what changes, wait for its health, run the smoke tests, and go back if one of these fails"
}

release() {
  BEFORE_SERVER=$(running_image dashboard)
  BEFORE_RUNNER=$(running_image runner)
  AFTER_SERVER=$SERVER_IMAGE AFTER_RUNNER=$RUNNER_IMAGE
  fetch caddy || die "the image of the proxy is not here; nothing was changed"
  install -d -o "$PROXY_USER" -m 0700 "$STATE_DIR/caddy" || die "cannot give $STATE_DIR/caddy to user $PROXY_USER; run this as root"
  snapshot
  note started
  # Whatever ends this script from here on, a signal too, ends in the release before.
  trap 'failed "interrupted"' EXIT
  trap 'exit 130' INT TERM HUP
  bring_up "$AFTER_SERVER" "$AFTER_RUNNER" || failed "the containers did not become healthy"
  smoke || failed "smoke tests failed"
  trap - EXIT
  note ok
  say "$ENVIRONMENT runs $AFTER_SERVER"
  local status=0
  if [[ $BACKED_UP == true ]]; then
    back_up || {
      say "the release serves, but nothing makes backups of it: runbooks/Backup.md"
      status=3
    }
  fi
  if [[ $MONITORED == true ]]; then
    monitor || {
      say "the release serves, but its monitoring does not run: runbooks/Monitoring.md"
      status=3
    }
  fi
  exit "$status"
}

# Images that are not of a release; those of a release are fetched when it is chosen.
fetch() { # SERVICE...
  local image
  while IFS= read -r image; do
    docker image inspect "$image" >/dev/null 2>&1 || docker pull --quiet "$image" >&2 || return 1
  done < <(compose config --images "$@" | sort -u)
}

note() { # OUTCOME
  printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$ENVIRONMENT" "$ACTION" "$AFTER_SERVER" "$AFTER_RUNNER" "$1" "$BACKUP_IMAGE" >>"$LEDGER"
}

# By the program that knows the database as it is now; into the data volume, the newest five are kept.
snapshot() {
  local id to
  SNAPSHOT=""
  id=$(container dashboard)
  [[ -n $id ]] || return 0
  to=/data/backups/before-deploy-$(date -u +%Y%m%dT%H%M%SZ).db
  local -a inside=(docker exec "$id")
  if [[ $(docker inspect --format '{{.State.Running}}' "$id") != true ]]; then
    inside=(docker run --rm --network none --volumes-from "$id" --entrypoint "" "$BEFORE_SERVER")
  fi
  # A first start that failed has left no database.
  if ! "${inside[@]}" test -e /data/dashboard.db; then return 0; fi
  "${inside[@]}" mkdir -p -m 0700 /data/backups
  "${inside[@]}" "${PROGRAM[@]}" snapshot --data /data --to "$to" >&2 || die "no snapshot could be taken, so nothing was changed"
  SNAPSHOT=$to
  say "snapshot $to"
  # Expanded inside.
  # shellcheck disable=SC2016
  "${inside[@]}" sh -c 'ls -1t /data/backups/before-deploy-*.db | tail -n +6 | while read -r old; do rm -f "$old" "$old.json"; done'
}

bring_up() { # SERVER RUNNER
  export SERVER_IMAGE=$1 RUNNER_IMAGE=$2
  local started
  started=$(date +%s)
  if [[ -n $(container runner) && $(running_image runner) != "$2" ]]; then
    # The newer server is there while the runner changes: it helps turns to end, and speaks with a runner that is one release older.
    if [[ $ACTION == deploy ]]; then up --no-deps dashboard || return 1; fi
    if [[ $WAIT_FOR_TURNS == false ]]; then compose stop --timeout 2 runner >&2; fi
    up --no-deps runner || return 1
  fi
  up "${RELEASE[@]}" || return 1
  [[ $(running_image dashboard) == "$1" && $(running_image runner) == "$2" ]] || return 1
  say "healthy after $(($(date +%s) - started)) s"
}

up() { # WHAT...
  compose up --detach --no-build --pull never --remove-orphans --wait --wait-timeout "$LONGEST_START" "$@" >&2 9>&-
}

smoke() {
  smoke_environment "$ENV_FILE"
}

# --- what makes backups of it ------------------------------------------------------------------------------------------------

# After the release, as with what watches it. A backup that runs meanwhile is of the release before, or fails and is made anew.
back_up() {
  if [[ -n $REPOSITORY ]]; then install -d -o "$SERVER_USER" -g "$SERVER_USER" -m 0700 "$REPOSITORY" || return 1; fi
  # They are read when it starts. Not their content: a file that was replaced is another file.
  BACKUP_REVISION=$(stat -c '%n %i %Y' "$SECRETS_DIR"/{restic_password,s3_access_key,s3_secret_key} | sha256sum | cut -c 1-16) || return 1
  export BACKUP_REVISION
  if [[ -n $CONTINUOUS ]]; then fetch litestream || return 1; fi
  up "${BACKUP[@]}" || return 1
  say "backups are made each $(setting BACKUP_EVERY | grep . || echo 1h)${S3_REPOSITORY:+, and stored in $S3_REPOSITORY too}"
}

# --- what watches it ---------------------------------------------------------------------------------------------------------

# After the release, and apart from it: whether that is good does not hang on this.
monitor() {
  fetch "${MONITORING[@]}" || return 1
  prepare_monitoring || return 1
  up "${MONITORING[@]}" || return 1
  say "the monitoring runs; Grafana is at 127.0.0.1:$(setting GRAFANA_PORT | grep . || echo 3000) of this machine"
}

prepare_monitoring() {
  local folder=$STATE_DIR/monitoring authority=/dev/null
  install -d -m 0711 "$folder" || return 1
  install -d -o "$PROMETHEUS_USER" -m 0700 "$folder/prometheus" || return 1
  install -d -o "$ALERTMANAGER_USER" -m 0700 "$folder/alertmanager" || return 1
  install -d -o "$GRAFANA_USER" -m 0700 "$folder/grafana" || return 1
  install -d -o "$LOKI_USER" -m 0700 "$folder/loki" || return 1
  install -d -o 0 -m 0700 "$folder/alloy" || return 1
  configure_monitoring "$folder" || return 1
  # The proxy's own is readable to the proxy alone.
  if [[ $(setting TLS | grep . || echo internal) == internal ]]; then
    authority=$STATE_DIR/caddy/caddy/pki/authorities/local/root.crt
  fi
  install -m 0444 "$authority" "$folder/ca.crt.new" && mv "$folder/ca.crt.new" "$folder/ca.crt" || return 1
  MONITORING_REVISION=$(monitoring_revision "$folder") || return 1
  export MONITORING_REVISION
}

# What the parts read at their start, as one number. Of secrets not the content: a file that was replaced is another file.
monitoring_revision() { # FOLDER
  {
    cat "$1"/*.yml "$1"/templates/* "$1/ca.crt"
    find "$ROOT/compose/monitoring" -type f \( -path '*/rules/*' -o -path '*/loki/*' -o -path '*/alloy/*' -o -path '*/provisioning/*' \) \
      -print0 | sort -z | xargs -0 cat
    stat -c '%n %i %Y' "$SECRETS_DIR"/{slack_webhook_url,smtp_password,heartbeat_url,grafana_admin_password,grafana_secret_key}
  } | sha256sum | cut -c 1-16
}

# --- going back --------------------------------------------------------------------------------------------------------------

# Ends the script: with 1 when the release before runs again, with 2 when it does not.
failed() { # WHY
  trap - EXIT
  trap '' INT TERM HUP
  say "$1; what the server said last:"
  compose logs --no-log-prefix --tail 15 dashboard >&2 || true
  note "failed: $1"
  if [[ -z $BEFORE_SERVER || -z $BEFORE_RUNNER ]]; then
    compose stop >&2 || true
    die "$1; there is no release to go back to, so everything is stopped"
  fi
  say "going back to $BEFORE_SERVER"
  AFTER_SERVER=$BEFORE_SERVER AFTER_RUNNER=$BEFORE_RUNNER ACTION=automatic-rollback
  if bring_up "$BEFORE_SERVER" "$BEFORE_RUNNER" && smoke; then
    note ok
    die "$1; the release before runs again"
  fi
  if [[ -n $SNAPSHOT ]] && refuses_newer_schema && put_snapshot_back && bring_up "$BEFORE_SERVER" "$BEFORE_RUNNER" && smoke; then
    note ok
    die "$1; the release before runs again, on the database from before. What came since is in $ASIDE of the data volume"
  fi
  note failed
  say "$1, and the release before does not work either: see runbooks/RollBack.md now"
  exit 2
}

refuses_newer_schema() {
  compose logs --no-log-prefix --tail 20 dashboard 2>/dev/null | grep -q "The database has schema .* but this server knows"
}

# The anchor of the audit, which says how far the other one was, goes aside too; the one in its place tells of the exchange, so that
# what the audit says of the time before it is still proven. A release that cannot write such a one begins anew. Litestream, which would
# go on with the file that it has open, is stopped for it and begins with a copy of the whole.
put_snapshot_back() {
  local anchor follower=""
  ASIDE=/data/backups/newer-$(date -u +%Y%m%dT%H%M%SZ)
  anchor=$(setting DASHBOARD_AUDIT_ANCHOR)
  say "the database was migrated: putting $SNAPSHOT back"
  if [[ $BACKED_UP == true && -n $CONTINUOUS ]]; then follower=$(container litestream); fi
  compose stop dashboard ${follower:+litestream} >&2 || return 1
  # Expanded inside.
  # shellcheck disable=SC2016
  docker run --rm --network none --volumes-from "$(container dashboard)" --entrypoint sh "$BEFORE_SERVER" -euc '
    aside=$1 snapshot=$2 anchor=$3
    shift 3
    mkdir -m 0700 "$aside"
    cp "$snapshot" /data/dashboard.db.new
    chmod 0600 /data/dashboard.db.new
    "$@" anchor-after-restore --database /data/dashboard.db.new --anchor "$anchor" --to "$aside/anchor.new" --set "${snapshot##*/}" || true
    rm -f /data/dashboard.db.new-*
    for file in /data/dashboard.db /data/dashboard.db-wal /data/dashboard.db-shm "$anchor"; do
      if [ -e "$file" ]; then mv "$file" "$aside/"; fi
    done
    if [ -e "$aside/anchor.new" ]; then mv "$aside/anchor.new" "$anchor"; fi
    rm -rf /data/.dashboard.db-litestream
    mv /data/dashboard.db.new /data/dashboard.db' - "$ASIDE" "$SNAPSHOT" "${anchor:-/data/audit-anchor}" "${PROGRAM[@]}" >&2 || return 1
  if [[ -n $follower ]]; then compose start litestream >&2 || say "Litestream does not start: runbooks/Backup.md"; fi
}

status() {
  local service services=("${RELEASE[@]}")
  if [[ $BACKED_UP == true ]]; then services+=("${BACKUP[@]}"); fi
  if [[ $MONITORED == true ]]; then services+=("${MONITORING[@]}"); fi
  for service in "${services[@]}"; do
    local id
    id=$(container "$service")
    if [[ -z $id ]]; then
      echo "$service: not there"
    else
      echo "$service: $(docker inspect --format '{{.State.Status}}{{with .State.Health}} {{.Status}}{{end}} since {{.State.StartedAt}} {{.Config.Image}}' "$id")"
    fi
  done
  [[ -f $LEDGER ]] || return 0
  if [[ $(tail -n 1 "$LEDGER" | cut -f 6) == started ]] && flock --nonblock "$STATE_DIR/lock" true; then
    echo "the last deploy was cut before its end; deploy or roll back again"
  fi
  tail -n 10 "$LEDGER"
}

main "$@"
