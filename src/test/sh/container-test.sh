#!/usr/bin/env bash
#
# Summary: Build the images, deploy them with a real Docker engine, and try to break them: hardening, deploy, rollback, stop
#
# Usage: container-test.sh [--keep | --images]
#
#   --keep     Leave everything running when it ends, and say where; for looking at it
#   --images   Only build the images, into the engine's cache, where the tests then find them
#   --help     This text
#
# The monitoring runs too, as far as Debian has packages: Grafana, Loki and Alloy are started as containers in which nothing runs, to see
# how they are locked in. Backups go to an S3 server in a container of its own, S3Proxy.
#
# Uses the machine's own Docker engine when it answers, else starts one (root on Debian; see engine.sh). Everything goes through
# scripts/deploy.sh as an operator would: an environment with settings and secrets of its own, images from a registry on this
# machine, Caddy with TLS in front. Each test builds on those before it. Prints TAP and "N passed, N failed"; exits with 1 when one
# failed. DASHBOARD_TEST_ENGINE names the folder of the engine (default: target/engine).
set -uo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../../scripts/lib.sh"
# shellcheck source=src/test/sh/tap.sh
source "$(dirname "${BASH_SOURCE[0]}")/tap.sh"
# shellcheck source=src/test/sh/s3.sh
source "$(dirname "${BASH_SOURCE[0]}")/s3.sh"

ROOT=$(repo_root)
HERE=$ROOT/src/test/sh
ENGINE=${DASHBOARD_TEST_ENGINE:-$ROOT/target/engine}
# Beyond the base image, in MB: the Java runtime 50, its class cache 50, the program and its libraries 28; the CLI 381, git 56; restic
# and what it needs 30.
SERVER_BUDGET_MB=150
RUNNER_BUDGET_MB=600
BACKUP_BUDGET_MB=130
KEEP=false

main() {
  case ${1:-} in
    --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
    --keep) KEEP=true ;;
    --images)
      set -e
      prepare_engine
      build_images
      return
      ;;
    "") ;;
    *) usage_error "unknown option $1" ;;
  esac
  # Not as a condition: that would switch it off inside.
  set -e
  prepare
  set +e
  run compose_accepts_every_environment
  run the_images_are_built_and_a_second_build_uses_the_cache
  run the_images_hold_nothing_that_they_do_not_need
  run the_first_start_takes_the_recorded_classes
  run the_runner_has_the_pinned_cli_and_the_server_has_none
  run wrong_settings_and_secrets_are_refused_before_anything_starts
  run a_dry_run_changes_nothing
  run a_release_is_deployed_and_passes_its_smoke_tests
  run the_containers_are_hardened_as_the_kernel_sees_it
  run the_containers_are_hardened_as_the_engine_sees_it
  run no_secret_is_in_environment_inspection_history_or_logs
  run a_person_signs_in_over_tls
  run a_cli_session_works_with_bash_and_git
  run commands_of_the_model_reach_the_model_gateway_and_nothing_else
  run commands_of_the_model_reach_no_secret_and_no_data
  run only_the_known_places_were_written
  run backups_are_made_of_all_that_must_come_back_and_of_no_credential
  run a_backup_that_is_killed_does_no_harm_and_the_next_one_is_good
  run what_was_lost_is_restored_from_s3
  run a_deploy_of_the_server_leaves_sessions_running
  run a_crashing_release_is_rolled_back
  run a_release_that_fails_only_a_smoke_test_is_rolled_back
  run a_release_that_migrated_the_database_is_rolled_back_to_the_snapshot
  run a_deploy_that_is_interrupted_goes_back
  run an_unsigned_image_is_refused_when_signatures_are_asked_for
  run a_person_rolls_back
  run a_deploy_of_the_runner_parks_sessions_and_they_come_back
  run a_stop_under_load_cuts_no_answer_and_keeps_the_grace_period
  run production_starts_with_its_monitoring_and_refuses_the_demo
  run the_monitoring_sees_the_dashboard_and_the_site
  run the_monitoring_is_hardened
  run the_monitoring_reaches_what_it_must_and_nobody_else_reaches_it
  run each_part_of_the_monitoring_reads_its_own_secrets_and_logs_alone
  conclude
}

# --- what all tests stand on ---------------------------------------------------------------------------------------------

# With what images are made from.
prepare_engine() {
  provide node nodejs
  use_jdk
  SCRATCH=$(mktemp -d)
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  mkdir -p "$ENGINE"
  ENGINE=$(cd "$ENGINE" && pwd -P)
  eval "$("$HERE/engine.sh" start "$ENGINE")"
  "$HERE/engine.sh" images "$ENGINE" >"$SCRATCH/bases"
  BASE=$(sed -n 's/^BASE_IMAGE=//p' "$SCRATCH/bases")
  mapfile -t BUILD_ARGS < <(sed 's/^/--build-arg=/' "$SCRATCH/bases" | grep -v CADDY)
  "$HERE/engine.sh" monitoring "$ENGINE" >"$SCRATCH/monitoring"
}

prepare() {
  provide curl curl
  provide ip iproute2
  provide restic restic
  prepare_engine
  provide_s3 "$ROOT"
  remove_environments
  REGISTRY=$("$HERE/engine.sh" registry "$ENGINE")
  NET=10.$((RANDOM % 200 + 20)).$((RANDOM % 250))
  export TOKEN_FILE=$SCRATCH/token
  start_s3_container
  environment staging "DASHBOARD_DEMO=true" "DASHBOARD_DEMO_PACE=0.2" "BACKUP=true" "BACKUP_S3_REPOSITORY=$S3/backups"
  for name in SERVER_V1 SERVER_V2 RUNNER_V1 BACKUP_V1; do echo none >"$SCRATCH/$name"; done
}

# Settings of an environment of this test alone, in files; deploy.sh takes them from there.
environment() { # ENV LINE...
  HTTP_PORT=$(free_port)
  HTTPS_PORT=$(free_port)
  mkdir -p "$SCRATCH/$1"
  printf '%s\n' "SITE_ADDRESS=dashboard.test" "SECRETS_DIR=$SCRATCH/$1/secrets" "STATE_DIR=$SCRATCH/$1/state" "NET=$NET" \
    "HTTP_PORT=$HTTP_PORT" "HTTPS_PORT=$HTTPS_PORT" "DASHBOARD_CLI_MAX_PROCESSES=4" \
    "$(grep CADDY_IMAGE "$SCRATCH/bases")" "${@:2}" >"$SCRATCH/$1/env"
  export BASE_URL=https://dashboard.test:$HTTPS_PORT CONNECT=127.0.0.1:$HTTPS_PORT CA=$SCRATCH/$1/state/caddy/caddy/pki/authorities/local/root.crt
}

# Where the backups of staging have their way out, and nowhere else. The network is compose's own, made before it needs it.
start_s3_container() {
  S3_ACCESS=tests S3_SECRET=$(head -c 24 /dev/urandom | base64 | tr -d '+/=\n')
  S3=s3:http://$NET.100:8080
  mkdir -p "$SCRATCH/s3/buckets"
  printf '%s\n' "s3proxy.endpoint=http://0.0.0.0:8080" "s3proxy.authorization=aws-v2-or-v4" "s3proxy.identity=$S3_ACCESS" \
    "s3proxy.credential=$S3_SECRET" "jclouds.provider=filesystem-nio2" "jclouds.filesystem.basedir=/s3/buckets" >"$SCRATCH/s3/properties"
  docker network create --label com.docker.compose.project=dashboard-staging --label com.docker.compose.network=offsite \
    --subnet "$NET.96/28" dashboard-staging_offsite
  docker run --detach --name dashboard-test-s3 --network dashboard-staging_offsite --ip "$NET.100" -v "$S3_JARS:/jars:ro" \
    -v "$SCRATCH/s3:/s3" --entrypoint java "$(sed -n 's/^JDK_IMAGE=//p' "$SCRATCH/bases")" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -Xmx128m -cp '/jars/*' org.gaul.s3proxy.Main --properties /s3/properties
}

free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); });'
}

deploy() { # [rollback|status] ENV ...
  local env=$1
  case $1 in rollback | status) env=$2 ;; esac
  DEPLOY_ENV_FILE=$SCRATCH/$env/env DEPLOY_LONGEST_START=120 "$ROOT/scripts/deploy.sh" "$@"
}

container() { # SERVICE
  docker ps --all --quiet --filter "label=com.docker.compose.project=dashboard-${2:-staging}" --filter "label=com.docker.compose.service=$1"
}

inside() { # SERVICE COMMAND...
  docker exec "$(container "$1")" "${@:2}"
}

person() { # ACTION...
  BASE=$BASE_URL node "$HERE/container-client.mjs" "$@"
}

# Pushes an image and says what it is called from then on.
published() { # IMAGE NAME
  docker tag "$1" "$REGISTRY/$2" >&2
  docker push --quiet "$REGISTRY/$2" >&2
  docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$REGISTRY/$2" | grep -F "$REGISTRY/${2%:*}@" | head -n 1
}

# A release that is the first one but for some lines.
variant() { # NAME LINE...
  printf '%s\n' "FROM dashboard-test/dashboard-impatient" "LABEL variant=$1" "${@:2}" | docker build --quiet -t "dashboard-test/$1" - >&2
  published "dashboard-test/$1" "dashboard:$1"
}

recall() { cat "$SCRATCH/$1"; }

clean_up() {
  if [[ $KEEP == true ]]; then
    say "left running: engine in $ENGINE, settings in $SCRATCH"
    return
  fi
  remove_environments
  "$HERE/engine.sh" stop "$ENGINE"
  rm -rf "$SCRATCH"
}

# Of this run, or of one that was cut.
remove_environments() {
  local project
  docker rm --force dashboard-test-s3 >/dev/null 2>&1 || true
  for project in staging production; do
    things ps --all "$project" | xargs --no-run-if-empty docker rm --force >/dev/null
    things "volume ls" "" "$project" | xargs --no-run-if-empty docker volume rm >/dev/null
    things "network ls" "" "$project" | xargs --no-run-if-empty docker network rm >/dev/null
  done
}

things() { # LIST OPTION PROJECT
  # shellcheck disable=SC2086
  docker $1 $2 --quiet --filter "label=com.docker.compose.project=dashboard-$3"
}

compose_accepts_every_environment() {
  local overlay
  local -a below
  export SITE_ADDRESS=dashboard.test SECRETS_DIR=/secrets STATE_DIR=/state SERVER_IMAGE=server RUNNER_IMAGE=runner BACKUP_IMAGE=backup
  export BACKUP_CONTINUOUS_ENDPOINT=https://s3.test BACKUP_CONTINUOUS_BUCKET=bucket
  for overlay in "$ROOT"/compose/compose.*.yaml; do
    below=(-f "$ROOT/compose/compose.yaml")
    if [[ $overlay == */compose.offsite.yaml ]]; then below+=(-f "$ROOT/compose/compose.backup.yaml"); fi
    docker compose "${below[@]}" -f "$overlay" config --quiet
  done
  unset SITE_ADDRESS
  refused 15 "SITE_ADDRESS" docker compose -f "$ROOT/compose/compose.yaml" config --quiet
}

# --- images --------------------------------------------------------------------------------------------------------------

the_images_are_built_and_a_second_build_uses_the_cache() {
  local began first
  began=$(date +%s)
  build_images
  first=$(($(date +%s) - began))
  began=$(date +%s%N)
  build_images >"$SCRATCH/second" 2>&1
  echo "FIGURE first build $first s, second $((($(date +%s%N) - began) / 1000000)) ms"
  ! grep -E '^#[0-9]+ [0-9.]+ ' "$SCRATCH/second" || fail "a step of the second build ran again"
  impatient dashboard
  impatient runner
  published dashboard-test/dashboard-impatient dashboard:v1 >"$SCRATCH/SERVER_V1" &
  published dashboard-test/runner-impatient runner:v1 >"$SCRATCH/RUNNER_V1" &
  wait
  [[ -s $SCRATCH/SERVER_V1 && -s $SCRATCH/RUNNER_V1 ]] || fail "the images could not be pushed"
  # One that was never pushed: it is known by what it is called on this machine.
  docker image inspect --format '{{.Id}}' dashboard-test/backup >"$SCRATCH/BACKUP_V1"
  echo "BACKUP_IMAGE=$(recall BACKUP_V1)" >>"$SCRATCH/staging/env"
}

# The same image, but for how often it is asked about its health: a dozen deploys wait for that here.
impatient() { # IMAGE
  local asked
  asked=$(docker image inspect --format '{{json .Config.Healthcheck.Test}}' "dashboard-test/$1")
  printf '%s\n' "FROM dashboard-test/$1" "HEALTHCHECK --interval=3s --timeout=6s --start-period=60s --retries=3 CMD [${asked#*,}" |
    docker build --quiet -t "dashboard-test/$1-impatient" -
}

build_images() {
  local target
  for target in dashboard runner backup; do
    docker build --progress plain "${BUILD_ARGS[@]}" --target "$target" -t "dashboard-test/$target" "$ROOT"
  done
}

the_images_hold_nothing_that_they_do_not_need() {
  local image left
  for image in dashboard runner backup; do
    left=$(docker run --rm --user 0:0 --entrypoint find "dashboard-test/$image" / -xdev \
      \( -type f -perm /6000 -o -path '/var/lib/apt/lists/*' -type f -o -path '/var/cache/*' -type f -o -name '*.pem.key' \
      -o -name 'jwt_secret*' -o -name 'initial-admin-password' -o -path '/root/.m2' -o -path '/root/.npm' \) -print)
    equal "" "$left" "files in $image"
    left=$(docker run --rm --user 0:0 --entrypoint sh "dashboard-test/$image" -c 'for p in javac mvn npm node gcc curl wget; do command -v $p; done; true')
    equal "" "$left" "programs in $image"
  done
  size dashboard "$SERVER_BUDGET_MB"
  size runner "$RUNNER_BUDGET_MB"
  size backup "$BACKUP_BUDGET_MB"
  equal 10001:10001 "$(docker image inspect --format '{{.Config.User}}' dashboard-test/dashboard)" "user of the server"
  equal 10002:10002 "$(docker image inspect --format '{{.Config.User}}' dashboard-test/runner)" "user of the runner"
  equal 10001:10001 "$(docker image inspect --format '{{.Config.User}}' dashboard-test/backup)" "user of the backup"
}

size() { # IMAGE BUDGET
  local all base
  all=$(docker image inspect --format '{{.Size}}' "dashboard-test/$1")
  base=$(docker image inspect --format '{{.Size}}' "$BASE")
  echo "FIGURE $1: $((all / 1000000)) MB, $(((all - base) / 1000000)) MB of it beyond the base image"
  (((all - base) / 1000000 <= $2)) || fail "$1 adds $(((all - base) / 1000000)) MB to the base image; the budget is $2 MB"
}

the_first_start_takes_the_recorded_classes() {
  local shared
  local cache=(@/opt/dashboard/java.options -XX:AOTCache=/opt/dashboard/dashboard.aot)
  # With "on" Java refuses to start when the cache does not fit this runtime, these flags and this layout.
  refused 64 "usage: runner-key" docker run --rm --entrypoint /opt/java/bin/java dashboard-test/dashboard "${cache[@]}" \
    -XX:AOTMode=on -jar /opt/dashboard/dashboard.jar runner-key
  shared=$(docker run --rm --entrypoint /opt/java/bin/java dashboard-test/dashboard "${cache[@]}" \
    -Xlog:class+load:file=/dev/stdout -jar /opt/dashboard/dashboard.jar runner-key 2>/dev/null || true)
  shared=$(grep -c 'dev\.dashboard.*source: shared objects file' <<<"$shared" || true)
  ((shared > 0)) || fail "classes of the program do not come from the cache"
}

the_runner_has_the_pinned_cli_and_the_server_has_none() {
  local pinned image
  pinned=$(sed -n 's/^VERSION=//p' "$ROOT/scripts/install-claude-cli.sh")
  docker run --rm --network none --tmpfs /tmp --env HOME=/tmp --entrypoint /opt/claude/claude dashboard-test/runner --version | grep -F "$pinned "
  docker run --rm --entrypoint bash dashboard-test/runner -c 'git --version && bash --version' >/dev/null
  for image in dashboard backup; do
    equal "" "$(docker run --rm --user 0:0 --entrypoint find "dashboard-test/$image" / -xdev -iname '*claude*' -size +1M)" "the CLI in the image $image"
  done
}

# --- deploy: before anything starts ---------------------------------------------------------------------------------------

wrong_settings_and_secrets_are_refused_before_anything_starts() {
  local image secrets=$SCRATCH/staging/secrets
  image=$(recall SERVER_V1)
  refused 64 "unknown environment somewhere" deploy_raw somewhere "$image"
  refused 64 "the environment is missing" deploy_raw
  refused 1 "missing; copy compose/.env.production.example" env DEPLOY_ENV_FILE=/nonexistent "$ROOT/scripts/deploy.sh" staging "$image"
  refused 1 "cannot be fetched" deploy staging "$REGISTRY/dashboard:none" --runner "$(recall RUNNER_V1)"
  mkdir -p "$secrets"
  echo short >"$secrets/jwt_secret"
  chown 10001 "$secrets/jwt_secret"
  chmod 0400 "$secrets/jwt_secret"
  refused 1 "shorter than 32 bytes" deploy staging "$image" --runner "$(recall RUNNER_V1)"
  head -c 48 /dev/urandom | base64 >"$secrets/jwt_secret"
  chmod 0444 "$secrets/jwt_secret"
  refused 1 "can be read or changed by others" deploy staging "$image" --runner "$(recall RUNNER_V1)"
  chmod 0400 "$secrets/jwt_secret"
  chown 0 "$secrets/jwt_secret"
  refused 1 "must belong to user 10001" deploy staging "$image" --runner "$(recall RUNNER_V1)"
  chown 10001 "$secrets/jwt_secret"
  refused 1 "the secret s3_access_key is empty" deploy staging "$image" --runner "$(recall RUNNER_V1)"
  s3_keys
  # Of the same form, and of another release.
  docker build --quiet -t dashboard-test/stranger - <<<"FROM $BASE
RUN mkdir -p /opt/dashboard && echo another >/opt/dashboard/dashboard.jar" >&2
  refused 1 "is not of the release of" deploy staging "$image" --runner "$(recall RUNNER_V1)" --backup dashboard-test/stranger
  rm -r "$secrets"
  (
    flock 9
    refused 1 "another deploy of staging is under way" deploy staging "$image" --runner "$(recall RUNNER_V1)"
  ) 9>"$SCRATCH/staging/state/lock"
  equal "" "$(container dashboard)" "containers after refused deploys"
}

s3_keys() {
  printf %s "$S3_ACCESS" | install -m 0400 -o 10001 /dev/stdin "$SCRATCH/staging/secrets/s3_access_key"
  printf %s "$S3_SECRET" | install -m 0400 -o 10001 /dev/stdin "$SCRATCH/staging/secrets/s3_secret_key"
}

deploy_raw() { "$ROOT/scripts/deploy.sh" "$@"; }

a_dry_run_changes_nothing() {
  deploy staging "$REGISTRY/dashboard:v1" --runner "$(recall RUNNER_V1)" --dry-run >"$SCRATCH/plan"
  grep -F "dashboard: nothing -> $(recall SERVER_V1)" "$SCRATCH/plan"
  # Without a tag, from a registry with a port: the same content by the same name.
  docker tag dashboard-test/dashboard-impatient "$REGISTRY/dashboard"
  docker push --quiet "$REGISTRY/dashboard"
  deploy staging "$REGISTRY/dashboard" --runner "$(recall RUNNER_V1)" --dry-run >"$SCRATCH/plan"
  grep -F "dashboard: nothing -> $(recall SERVER_V1)" "$SCRATCH/plan"
  equal "" "$(container dashboard)" "containers after a dry run"
  [[ ! -e $SCRATCH/staging/secrets/jwt_secret ]] || fail "a dry run made a secret"
  [[ ! -e $SCRATCH/staging/state/ledger.tsv ]] || fail "a dry run wrote into the ledger"
}

# --- the first release ----------------------------------------------------------------------------------------------------

a_release_is_deployed_and_passes_its_smoke_tests() {
  local began
  install -d -m 0711 "$SCRATCH/staging/secrets"
  s3_keys
  began=$(date +%s)
  # By tag: what runs is the digest.
  deploy staging "$REGISTRY/dashboard:v1" --runner "$REGISTRY/runner:v1" --backup dashboard-test/backup
  echo "FIGURE first deploy $(($(date +%s) - began)) s"
  equal "$(recall SERVER_V1)" "$(docker inspect --format '{{.Config.Image}}' "$(container dashboard)")" "image of the server"
  equal "$(recall RUNNER_V1)" "$(docker inspect --format '{{.Config.Image}}' "$(container runner)")" "image of the runner"
  equal "$(recall BACKUP_V1)" "$(docker inspect --format '{{.Config.Image}}' "$(container backup)")" "image of the backup"
  equal "ok $(recall BACKUP_V1)" "$(tail -n 1 "$SCRATCH/staging/state/ledger.tsv" | cut -f 6,7 | tr '\t' ' ')" "the ledger's last line"
  deploy status staging | grep -F "dashboard: running healthy"
  DEPLOY_ENV_FILE=$SCRATCH/staging/env "$ROOT/scripts/doctor.sh" --env staging
}

the_containers_are_hardened_as_the_kernel_sees_it() {
  local service status user
  for service in dashboard runner caddy backup transcripts; do
    status=$(inside "$service" cat /proc/1/status)
    case $service in dashboard | backup) user=10001 ;; runner | transcripts) user=10002 ;; caddy) user=10003 ;; esac
    equal "$user $user $user $user" "$(kernel Uid "$status")" "$service: user"
    equal "$user $user $user $user" "$(kernel Gid "$status")" "$service: group"
    equal 1 "$(kernel NoNewPrivs "$status")" "$service: no new privileges"
    equal 2 "$(kernel Seccomp "$status")" "$service: seccomp"
    equal 0000000000000000 "$(kernel CapEff "$status")" "$service: capabilities"
    if [[ $service != caddy ]]; then
      equal 0000000000000000 "$(kernel CapBnd "$status")" "$service: capabilities that could be had"
      equal "$user" "$(kernel Groups "$status" | grep . || echo "$user")" "$service: further groups"
    fi
    refused 1 "Read-only file system" inside "$service" sh -c 'echo x >/usr/x || exit 1'
    inside "$service" sh -c 'cp /bin/true /tmp/true 2>/dev/null || cat /bin/true >/tmp/true; chmod +x /tmp/true'
    refused 1 "Permission denied" inside "$service" sh -c '/tmp/true || exit 1'
    inside "$service" rm /tmp/true
  done
}

kernel() { # FIELD STATUS
  sed -n "s/^$1:[[:space:]]*//p" <<<"$2" | tr -s '\t ' ' ' | sed 's/ $//'
}

the_containers_are_hardened_as_the_engine_sees_it() {
  local id format
  format='{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.Privileged}} {{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}} {{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}}'
  id=$(container dashboard)
  equal "true false [ALL] [no-new-privileges:true] 805306368 1000000000 256" "$(docker inspect --format "$format" "$id")" "the server"
  # 4 processes: 512 + 4 * 384 MiB, 128 + 4 * 64 processes.
  id=$(container runner)
  equal "true false [ALL] [no-new-privileges:true] $(((512 + 4 * 384) * 1048576)) 1500000000 384" "$(docker inspect --format "$format" "$id")" "the runner"
  equal true "$(docker inspect --format '{{.HostConfig.Init}}' "$id")" "init in the runner"
  id=$(container backup)
  equal "true false [ALL] [no-new-privileges:true] 805306368 1000000000 128" "$(docker inspect --format "$format" "$id")" "what makes backups"
  equal "dashboard-staging_offsite dashboard-backup" "$(docker inspect --format '{{range $n, $_ := .NetworkSettings.Networks}}{{$n}}{{end}} {{.Config.Hostname}}' "$id")" "network and name of what makes backups"
  id=$(container transcripts)
  equal "true false [ALL] [no-new-privileges:true] 67108864 500000000 32" "$(docker inspect --format "$format" "$id")" "what lends transcripts"
  equal "none false" "$(docker inspect --format '{{.HostConfig.NetworkMode}} {{range .Mounts}}{{if eq .Destination "/work"}}{{.RW}}{{end}}{{end}}' "$id")" "network of what lends transcripts, and whether it may write them"
  # Limits in force, not only asked for.
  equal 384 "$(inside runner sh -c 'cat /sys/fs/cgroup/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids/pids.max')" "the limit of processes in force"
  equal "127.0.0.1" "$(docker inspect --format '{{range $p, $b := .NetworkSettings.Ports}}{{range $b}}{{println .HostIp}}{{end}}{{end}}' "$(container caddy)" | sort -u | grep .)" "published addresses"
  equal "" "$(docker inspect --format '{{range $p, $b := .NetworkSettings.Ports}}{{range $b}}{{.HostPort}}{{end}}{{end}}' "$(container dashboard)" "$(container runner)" "$(container backup)" "$(container transcripts)" | tr -d '\n')" "published ports of server, runner and backups"
  equal "json-file 10m 5" "$(docker inspect --format '{{.HostConfig.LogConfig.Type}} {{index .HostConfig.LogConfig.Config "max-size"}} {{index .HostConfig.LogConfig.Config "max-file"}}' "$(container dashboard)")" "log rotation"
}

no_secret_is_in_environment_inspection_history_or_logs() {
  local secret name
  for name in jwt_secret runner_key restic_password s3_secret_key; do
    secret=$(cat "$SCRATCH/staging/secrets/$name")
    {
      docker inspect "$(container dashboard)" "$(container runner)" "$(container caddy)" "$(container backup)" "$(container transcripts)"
      docker history --no-trunc dashboard-test/dashboard
      docker history --no-trunc dashboard-test/runner
      docker history --no-trunc dashboard-test/backup
      docker logs "$(container dashboard)"
      docker logs "$(container runner)"
      docker logs "$(container backup)"
      # What restic has in its environment while it runs, others have not.
      inside backup sh -c 'cat /proc/1/environ /proc/[0-9]*/cmdline 2>/dev/null || true'
      inside dashboard cat /proc/1/environ
      inside runner sh -c 'cat /proc/[0-9]*/environ 2>/dev/null || true'
    } >"$SCRATCH/everything" 2>&1
    # Not by grep's arguments, which others could read.
    printf '%s' "$secret" >"$SCRATCH/needle"
    ! grep -aFf "$SCRATCH/needle" "$SCRATCH/everything" || fail "$name is to be seen"
  done
  rm "$SCRATCH/needle" "$SCRATCH/everything"
}

# --- people and sessions --------------------------------------------------------------------------------------------------

a_person_signs_in_over_tls() {
  docker exec --user 10002 "$(container runner)" sh -c 'mkdir /projects/sample && cd /projects/sample && git init -q && echo one >file && git add . && git commit -qm First'
  inside dashboard cat /data/initial-admin-password | person set-up /projects/sample >"$SCRATCH/project"
  [[ -s $SCRATCH/project ]]
  # From here on the smoke tests run a session too.
  install -m 0400 "$TOKEN_FILE" "$SCRATCH/staging/secrets/smoke_token"
  echo "SMOKE_PROJECT=$(recall project)" >>"$SCRATCH/staging/env"
}

a_cli_session_works_with_bash_and_git() {
  person open "$(recall project)" >"$SCRATCH/session"
  person bash "$(recall session)" 'echo two >>file && git commit -qam Second && git log --format=%s && id -u' | tee "$SCRATCH/output"
  grep -qx Second "$SCRATCH/output"
  grep -qx 10002 "$SCRATCH/output"
  equal "10002 two" "$(docker exec "$(container runner)" sh -c 'stat -c %u /projects/sample/file | tr "\n" " "; tail -n 1 /projects/sample/file')" "the file that the session wrote"
}

commands_of_the_model_reach_the_model_gateway_and_nothing_else() {
  local address listener port AMONG=staging
  local -a asking=()
  open_from runner "$NET.18/8090" || fail "the model gateway is not reached"
  # This machine itself, by whatever address it has there, on a port that is open to everybody.
  node -e 'const s = require("net").createServer((c) => c.end()).listen(0, () => console.log(s.address().port)); setTimeout(process.exit, 30000);' >"$SCRATCH/port" &
  listener=$!
  until [[ -s $SCRATCH/port ]]; do
    kill -0 "$listener"
    sleep 0.1
  done
  port=$(recall port)
  timeout 3 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port" || fail "the listener does not listen"
  for address in "$NET.18/8080" "$NET.18/9090" "$NET.2/8080" "$NET.2/9090" "$NET.2/8090" "$NET.3/8443" "$NET.1/$HTTPS_PORT" "$NET.100/8080" \
    $(docker inspect --format "{{range .NetworkSettings.Networks}}{{with .Gateway}}{{println . }}{{end}}{{end}}" "$(container runner)" | sed "s|\$|/$port|; s|^/.*||"); do
    closed_from runner "$address" &
    asking+=($!)
  done
  # From the proxy: not its management and not its gateway. From what makes backups: nothing of the dashboard, as far as this machine is in
  # its networks; where it is not, the question would go to the world outside.
  for address in "caddy $NET.2/9090" "caddy $NET.2/8090" "backup $NET.2/8080" "backup $NET.2/9090" "backup $NET.3/8443"; do
    # shellcheck disable=SC2086
    closed_from $address &
    asking+=($!)
  done
  wait "${asking[@]}"
  kill "$listener"
  ! grep . "$SCRATCH"/reached.* 2>/dev/null || fail "somebody reaches what is closed"
  open_from backup "$NET.100/8080" || fail "backups do not reach S3"
  equal "true true" "$(docker network inspect --format '{{.Internal}}' dashboard-staging_model dashboard-staging_work | tr '\n' ' ' | sed 's/ $//')" "the runner's networks are internal"
}

commands_of_the_model_reach_no_secret_and_no_data() {
  local found
  found=$(person bash "$(recall session)" 'ls /run/secrets; cat /run/secrets/jwt_secret /run/secrets/runner_key 2>&1; ls /data; find / -xdev -name dashboard.db 2>/dev/null; env | grep -ci "jwt\|sk-ant" ; true')
  echo "$found"
  ! grep -q 'dashboard.db' <<<"$found" || fail "the database is reached"
  grep -q "cannot open\|No such file" <<<"$found" || fail "no refusal was seen"
  equal "runner.pub" "$(inside runner ls /run/secrets)" "secrets in the runner"
}

only_the_known_places_were_written() {
  local service
  for service in dashboard runner caddy backup transcripts; do
    # Mount points that the engine makes.
    equal "" "$(docker diff "$(container "$service")" | grep -vE '^[AC] (/run|/run/secrets|/run/secrets/[a-z0-9_.]+|/run/runner|/run/transcripts|/repository|/work|/etc|/etc/caddy|/etc/caddy/Caddyfile|/certs|/data|/projects|/tmp|/usr|/usr/sbin|(/usr)?/sbin/docker-init)$' || true)" "what $service wrote"
  done
  equal "" "$(docker exec --user 10001 "$(container dashboard)" sh -c 'touch /projects/x 2>/dev/null && echo written; true')" "the server in projects"
}

# --- backups --------------------------------------------------------------------------------------------------------------

backups_are_made_of_all_that_must_come_back_and_of_no_credential() {
  local made listed name
  # As the CLI has it where somebody has signed it in.
  docker exec --user 10002 "$(container runner)" sh -c 'umask 077; echo planted >/data/claude/.credentials.json'
  # The first one began with the deploy.
  made=$(person backed-up)
  [[ $made == *'"trigger":"clock","outcome":"good"'*'"local":true,"remote":true'* ]] || fail "the first one: $made"
  made=$(person back-up)
  [[ $made =~ \"seconds\":([0-9]+) ]]
  echo "FIGURE a backup to disk and S3, read back from both: ${BASH_REMATCH[1]} s"
  [[ $made == *'"trigger":"person","outcome":"good"'*'"local":true,"remote":true'* ]] || fail "the one that was asked for: $made"
  inside backup cat /data/backups/last-good.json | grep -F '"verified":true'
  listed=$(inside backup restic --repo /data/backups/restic --password-file /run/secrets/restic_password --no-cache --no-lock ls latest)
  for name in dashboard.db dashboard.db.json set.json; do grep -qx "/$name" <<<"$listed" || fail "no $name in $listed"; done
  grep -q '^/claude/projects/-projects-sample/.*\.jsonl$' <<<"$listed" || fail "no transcript in $listed"
  ! grep -E 'credentials|claude\.json|/claude/sessions|\.key|/secrets|password' <<<"$listed" || fail "what must not be in a backup"
  # What makes them cannot read the runner's files, only what is lent; and what lends them has nothing else.
  ! inside backup ls /work 2>/dev/null || fail "what makes backups sees the runner's volume"
  ! inside transcripts ls /run/secrets /data/dashboard.db 2>/dev/null || fail "what lends transcripts sees more than these"
  equal "restic_password s3_access_key s3_secret_key" "$(inside backup ls /run/secrets | xargs)" "secrets of what makes backups"
  refused 1 "Read-only file system" inside transcripts sh -c 'echo x >/work/claude/x || exit 1'
}

a_backup_that_is_killed_does_no_harm_and_the_next_one_is_good() {
  local id made
  id=$(container backup)
  person ask-for-backup
  for _ in $(seq 300); do
    if inside backup grep -s '"phase":"local' /data/backups/status.json; then break; fi
    sleep 0.05
  done
  docker kill "$id"
  docker start "$id"
  made=$(person back-up)
  [[ $made == *'"outcome":"good"'*'"local":true,"remote":true'* ]] || fail "$made"
  equal "" "$(inside backup sh -c 'ls -d /data/backups/staging /data/backups/status.json 2>/dev/null || true')" "what the killed one left"
}

# All of the database, and all transcripts; what was done after the backup is gone.
what_was_lost_is_restored_from_s3() {
  local data work later began
  data=$(docker volume inspect --format '{{.Mountpoint}}' dashboard-staging_data)
  work=$(docker volume inspect --format '{{.Mountpoint}}' dashboard-staging_work)
  later=$(person open "$(recall project)")
  rm -rf "$data"/dashboard.db* "$data/backups/restic" "$work/claude/projects"
  began=$(date +%s)
  DEPLOY_ENV_FILE=$SCRATCH/staging/env "$ROOT/scripts/restore.sh" --env staging --stop --yes
  echo "FIGURE restore from S3, with stop, start and smoke tests $(($(date +%s) - began)) s"
  equal "dashboard runner backup transcripts" "$(for service in dashboard runner backup transcripts; do
    docker inspect --format "{{if .State.Running}}$service{{end}}" "$(container "$service")"
  done | xargs)" "what runs after the restore"
  grep -q Second <<<"$(person answers "$(recall session)")" || fail "the session has not come back"
  refused 1 "There is no session" person state "$later"
  # The CLI reads its own transcript, and writes on.
  equal "10002 600" "$(stat -c '%u %a' "$work"/claude/projects/-projects-sample/*.jsonl | sort -u)" "owner and mode of transcripts"
  person ask "$(recall session)" "echo after the restore"
  grep -q "after the restore" <<<"$(person answers "$(recall session)")" || fail "the session does not go on"
}

# --- further releases -----------------------------------------------------------------------------------------------------

a_deploy_of_the_server_leaves_sessions_running() {
  local before session
  variant v2 >"$SCRATCH/SERVER_V2"
  session=$(recall session)
  person begin "$session" "touch meanwhile; sleep 20; echo slept through it"
  before=$(inside runner pgrep -f "opt/claude/claude" | sort)
  [[ -n $before ]]
  # What makes backups goes, since from here on they cost time; what they made stays.
  sed -i 's/^BACKUP=true/BACKUP=false/' "$SCRATCH/staging/env"
  watching staging "$(recall SERVER_V2)"
  equal "" "$(container backup)$(container transcripts)" "containers of backups"
  inside dashboard test -e /data/backups/last-good.json
  # A smoke test's own session has come and gone.
  equal "$before" "$(comm -12 <(echo "$before") <(inside runner pgrep -f "opt/claude/claude" | sort))" "the CLI's process"
  equal "$(recall SERVER_V2)" "$(docker inspect --format '{{.Config.Image}}' "$(container dashboard)")" "image of the server"
  person await "$session" idle
  equal 1 "$(person answers "$session" | grep -c 'slept through it')" "answers to the prompt that ran meanwhile"
}

# Deploys while somebody uses it: nothing may fail, it may only take a moment longer.
watching() { # DEPLOY ARGUMENT...
  rm -f "$SCRATCH/stop"
  person watch "$SCRATCH/stop" >"$SCRATCH/seen" &
  local watcher=$! status=0
  deploy "$@" || status=$?
  touch "$SCRATCH/stop"
  wait "$watcher"
  echo "FIGURE seen during deploy $*: $(recall seen)" | sed 's/@sha256:\(........\)[0-9a-f]*/@\1/g'
  node -e 'const s = JSON.parse(require("fs").readFileSync(process.argv[1])); if (s.failed.length || s.refused > 20 || s.longestMs > 30000 || s.requests < 20 || !s.writes) { console.error(s); process.exit(1); }' "$SCRATCH/seen" ||
    fail "people saw failures"
  return "$status"
}

a_crashing_release_is_rolled_back() {
  local bad
  # Not at the question about its settings, but at its start.
  # shellcheck disable=SC2016
  bad=$(variant crashing 'ENTRYPOINT ["sh", "-c", "[ -n \"$1\" ]", "sh"]')
  refused 1 "the release before runs again" watching staging "$bad"
  back_on_v2 automatic-rollback
}

a_release_that_fails_only_a_smoke_test_is_rolled_back() {
  local bad
  # Healthy in every respect, but it never says "too many" to somebody who tries passwords.
  bad=$(variant careless 'ENV DASHBOARD_AUTH_LOGIN_PER_NAME_PER_MINUTE=1000 DASHBOARD_AUTH_LOGIN_PER_ADDRESS_PER_MINUTE=10000')
  refused 1 "smoke tests failed" watching staging "$bad"
  back_on_v2 automatic-rollback
}

a_release_that_migrated_the_database_is_rolled_back_to_the_snapshot() {
  local bad before
  before=$(person answers "$(recall session)")
  # Its start does no more than that; it answers questions about its settings as ever. Expanded in the image.
  # shellcheck disable=SC2016
  bad=$(variant migrating 'USER 0:0' 'RUN apt-get update -qq && apt-get install -qq -y --no-install-recommends sqlite3 >/dev/null' \
    'RUN printf "%s\n" "[ -z \"\$1\" ] || exit 0" "sqlite3 /data/dashboard.db \"INSERT OR IGNORE INTO schema_version VALUES (999, 1, 1)\"" "exit 1" >/start' \
    'USER 10001:10001' 'ENTRYPOINT ["sh", "/start"]')
  refused 1 "on the database from before" deploy staging "$bad"
  back_on_v2 automatic-rollback
  equal "$before" "$(person answers "$(recall session)")" "what was said before"
  inside dashboard sh -c 'test -s /data/backups/newer-*/dashboard.db && test -s /data/backups/newer-*/audit-anchor'
  # What the audit says of the time before is still proven, and it tells of the exchange.
  inside dashboard grep -E '^restored .* set before-deploy-' /data/audit-anchor
}

back_on_v2() { # ACTION
  equal "$(recall SERVER_V2)" "$(docker inspect --format '{{.Config.Image}}' "$(container dashboard)")" "image of the server"
  equal "$1 ok" "$(tail -n 1 "$SCRATCH/staging/state/ledger.tsv" | cut -f 3,6 | tr '\t' ' ')" "the ledger's last line"
}

a_deploy_that_is_interrupted_goes_back() {
  local deploying status=0
  DEPLOY_ENV_FILE=$SCRATCH/staging/env "$ROOT/scripts/deploy.sh" staging "$(recall SERVER_V1)" &
  deploying=$!
  until [[ $(tail -n 1 "$SCRATCH/staging/state/ledger.tsv" | cut -f 6) == started ]]; do sleep 0.1; done
  refused 1 "another deploy of staging is under way" deploy staging "$(recall SERVER_V1)"
  ! deploy status staging | grep -F "was cut before its end" || fail "a deploy under way counts as cut"
  kill -TERM "$deploying"
  wait "$deploying" || status=$?
  equal 1 "$status" "how the deploy ended"
  back_on_v2 automatic-rollback
  # One that had no time to go back, as when the power goes.
  printf 'x\tstaging\tdeploy\tx\tx\tstarted\n' >>"$SCRATCH/staging/state/ledger.tsv"
  deploy status staging | grep -F "was cut before its end"
  sed -i '$d' "$SCRATCH/staging/state/ledger.tsv"
}

an_unsigned_image_is_refused_when_signatures_are_asked_for() {
  local name=$SCRATCH/staging/env
  cp "$name" "$name.plain"
  (cd "$SCRATCH" && COSIGN_PASSWORD="" cosign_tool generate-key-pair >/dev/null 2>&1)
  echo "COSIGN_KEY=$SCRATCH/cosign.pub" >>"$name"
  PATH=$SCRATCH/bin:$PATH refused 1 "signature" deploy staging "$(recall SERVER_V1)" --dry-run
  for image in "$(recall SERVER_V1)" "$(recall RUNNER_V1)"; do
    COSIGN_PASSWORD="" cosign_tool sign --yes --tlog-upload=false --key "$SCRATCH/cosign.key" "$image"
  done
  PATH=$SCRATCH/bin:$PATH deploy staging "$(recall SERVER_V1)" --dry-run
  mv "$name.plain" "$name"
}

# Debian 13's, unpacked: this system's own has none.
cosign_tool() {
  if [[ ! -x $SCRATCH/bin/cosign ]]; then
    mkdir -p "$SCRATCH/bin"
    ln -s "$("$HERE/engine.sh" cosign "$ENGINE")" "$SCRATCH/bin/cosign"
  fi
  "$SCRATCH/bin/cosign" "$@"
}

a_person_rolls_back() {
  local began
  began=$(date +%s)
  watching rollback staging
  echo "FIGURE rollback $(($(date +%s) - began)) s"
  equal "$(recall SERVER_V1)" "$(docker inspect --format '{{.Config.Image}}' "$(container dashboard)")" "image of the server"
  equal "rollback ok" "$(tail -n 1 "$SCRATCH/staging/state/ledger.tsv" | cut -f 3,6 | tr '\t' ' ')" "the ledger's last line"
  # Each deploy has left a snapshot, and not more than five are kept.
  local snapshots
  snapshots=$(inside dashboard sh -c 'ls /data/backups/before-deploy-*.db' | wc -l)
  ((snapshots >= 2 && snapshots <= 5)) || fail "there are $snapshots snapshots"
}

a_deploy_of_the_runner_parks_sessions_and_they_come_back() {
  local session next
  session=$(recall session)
  printf '%s\n' "FROM dashboard-test/runner-impatient" "LABEL variant=next" | docker build --quiet -t dashboard-test/runner-next - >&2
  next=$(published dashboard-test/runner-next runner:next)
  person ask "$session" "echo before the runner went"
  deploy staging "$(recall SERVER_V1)" --runner "$next"
  equal "$next" "$(docker inspect --format '{{.Config.Image}}' "$(container runner)")" "image of the runner"
  person await "$session" parked
  person ask "$session" "echo after the runner came"
  equal "before the runner went;after the runner came" "$(person answers "$session" | grep 'the runner' | tr '\n' ';' | sed 's/;$//')" "answers"
}

a_stop_under_load_cuts_no_answer_and_keeps_the_grace_period() {
  local began took id
  id=$(container dashboard)
  rm -f "$SCRATCH/stop"
  person watch "$SCRATCH/stop" >"$SCRATCH/seen" &
  local watcher=$!
  person begin "$(recall session)" "touch later; sleep 12; echo slept on"
  began=$(date +%s)
  docker stop --time 40 "$id"
  took=$(($(date +%s) - began))
  docker start "$id"
  for _ in $(seq 120); do
    [[ $(docker inspect --format '{{.State.Health.Status}}' "$id") != healthy ]] || break
    sleep 0.5
  done
  touch "$SCRATCH/stop"
  wait "$watcher"
  echo "FIGURE stop took $took s; seen: $(recall seen)"
  ((took < 40)) || fail "the server did not stop by itself"
  [[ $(recall seen) == *'"failed":[]'* ]] || fail "answers were cut"
  person await "$(recall session)" idle
  equal 1 "$(person answers "$(recall session)" | grep -c 'slept on')" "answers to the prompt that ran meanwhile"
}

production_starts_with_its_monitoring_and_refuses_the_demo() {
  docker rm --force "$(container dashboard)" "$(container runner)" "$(container caddy)" dashboard-test-s3 >/dev/null
  docker network ls --quiet --filter "label=com.docker.compose.project=dashboard-staging" | xargs docker network rm >/dev/null
  free_port >"$SCRATCH/grafana-port"
  environment production MONITORING=true RUNBOOKS_URL=https://git.example.org/dashboard "GRAFANA_PORT=$(recall grafana-port)" "$(cat "$SCRATCH/monitoring")"
  # One of the operator's; what is not there is made. Nobody listens there.
  install -d -m 0711 "$SCRATCH/production/secrets"
  echo "http://127.0.0.1:9/" | install -m 0400 -o 10005 /dev/stdin "$SCRATCH/production/secrets/slack_webhook_url"
  deploy production "$(recall SERVER_V1)" --runner "$(recall RUNNER_V1)"
  equal production "$(inside_production dashboard printenv DASHBOARD_PROFILE)" "profile"
  equal "always" "$(docker inspect --format '{{.HostConfig.RestartPolicy.Name}}' "$(container dashboard production)")" "restart"
  cp "$SCRATCH/production/env" "$SCRATCH/production/env.good"
  echo "DASHBOARD_DEMO=true" >>"$SCRATCH/production/env"
  refused 1 "demo: not allowed in production" deploy production "$(recall SERVER_V2)"
  mv "$SCRATCH/production/env.good" "$SCRATCH/production/env"
  sed -i '/^RUNBOOKS_URL/d' "$SCRATCH/production/env"
  refused 1 "RUNBOOKS_URL is missing" deploy production "$(recall SERVER_V2)"
  equal "$(recall SERVER_V1)" "$(docker inspect --format '{{.Config.Image}} {{.State.Health.Status}}' "$(container dashboard production)" | sed 's/ healthy$//')" "what runs after the refusal"
}

inside_production() { docker exec "$(container "$1" production)" "${@:2}"; }

# --- monitoring ------------------------------------------------------------------------------------------------------------

the_monitoring_sees_the_dashboard_and_the_site() {
  local expiry said
  measured 'up{job="dashboard"} == 1'
  measured 'probe_success{job="site"} == 1'
  measured 'up{job=~"prometheus|alertmanager"} == 1'
  measured 'dashboard_check_failing or dashboard_start_time_seconds or {__name__=~"dashboard_.+"}'
  expiry=$(measured 'probe_ssl_earliest_cert_expiry{job="site"} - time() > 0' | sed -n 's/.*=> \([0-9]*\).*/\1/p')
  echo "FIGURE the probe sees a certificate that is good for $((expiry / 3600)) h"
  # As the runbook has it.
  inside_production alertmanager amtool --alertmanager.url=http://alertmanager.tools:9093 alert query
  inside_production alertmanager amtool --alertmanager.url=http://alertmanager.tools:9093 silence add alertname=DiskFilling --duration=2h --author="on call" --comment="a larger disk"
  # The doctor sees what does not run here: the parts that have no package.
  said=$(DEPLOY_ENV_FILE=$SCRATCH/production/env "$ROOT/scripts/doctor.sh" --env production || true)
  grep -F "fail  monitoring   Prometheus does not reach: alloy, grafana, loki" <<<"$said" || fail "$said"
  echo "FIGURE not run, for want of packages: Grafana, Loki, Alloy"
}

# Prometheus has it within two scrapes.
measured() { # QUERY
  local found
  for _ in $(seq 60); do
    found=$(inside_production prometheus promtool query instant http://prometheus.tools:9090 "$1" || true)
    if [[ -n $found ]]; then
      head -n 20 <<<"$found"
      return
    fi
    sleep 0.5
  done
  inside_production prometheus promtool query instant http://prometheus.tools:9090 'up or probe_success'
  fail "Prometheus never saw $1"
}

the_monitoring_is_hardened() {
  local service limits user status
  while read -r service user limits; do
    equal "$user true false [ALL] [] [no-new-privileges:true] $limits json-file 10m 5" \
      "$(docker inspect --format '{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.Privileged}} {{.HostConfig.CapDrop}} {{.HostConfig.CapAdd}} {{.HostConfig.SecurityOpt}} {{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}} {{.HostConfig.LogConfig.Type}} {{index .HostConfig.LogConfig.Config "max-size"}} {{index .HostConfig.LogConfig.Config "max-file"}}' "$(container "$service" production)" | sed 's/ <no value>/ []/')" "$service"
    status=$(inside_production "$service" cat /proc/1/status)
    equal "0000000000000000 1 2" "$(kernel CapEff "$status") $(kernel NoNewPrivs "$status") $(kernel Seccomp "$status")" "$service: capabilities, new privileges, seccomp"
    equal "${user%:*}" "$(kernel Uid "$status" | cut -d ' ' -f 1)" "$service: user"
    refused 1 "Read-only file system" inside_production "$service" sh -c 'echo x >/usr/x || exit 1'
  done <<<"prometheus 10004:10004 805306368 500000000 128
alertmanager 10005:10005 134217728 250000000 64
blackbox 10006:10006 67108864 100000000 32
grafana 472:0 402653184 500000000 128
loki 10007:10007 536870912 500000000 128
alloy 0:0 268435456 250000000 64"
}

the_monitoring_reaches_what_it_must_and_nobody_else_reaches_it() {
  local from address outside grafana
  grafana=$(recall grafana-port)
  # Those who must.
  open_from prometheus "$NET.34/9090" || fail "Prometheus does not reach management"
  open_from prometheus "$NET.51/9093" || fail "Prometheus does not reach Alertmanager"
  open_from blackbox "$NET.3/8443" || fail "the probe does not reach the proxy"
  # Asked is only where there is a way, or none at all: what has no way here would be sent to the world outside. So from the runner, Loki
  # and Alloy, which have none, all of it; from the others and from this machine what shares a network with them.
  for address in "$NET.34/9090" "$NET.2/9090" "$NET.35/9090" "$NET.50/9090" "$NET.51/9093" "$NET.52/9115" "$NET.4/9115" "$NET.53/3000" "$NET.54/3100" "$NET.55/12345"; do
    closed_from runner "$address" &
  done
  for from in loki alloy; do closed_from "$from" "$NET.34/9090" & done
  for address in "$NET.2/9090" "$NET.4/9115"; do closed_from caddy "$address" & done
  for address in "$NET.2/9090" "$NET.4/9115" "$(address_in notify alertmanager)/9093"; do closed_from here "$address" & done
  # By the address that others have of this machine.
  outside=$(ip -4 route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \([0-9.]*\).*/\1/p')
  for address in ${outside:+"$outside/$grafana" "$outside/9090" "$outside/9093" "$outside/9115"}; do closed_from here "$address" & done
  wait
  ! grep . "$SCRATCH"/reached.* 2>/dev/null || fail "somebody reaches what is closed"
  (exec 3<>"/dev/tcp/127.0.0.1/$grafana") || fail "Grafana's port is not open here"
  equal "127.0.0.1 $grafana" "$(published_ports grafana)" "where Grafana is published"
  for from in prometheus alertmanager blackbox loki alloy dashboard runner; do equal "" "$(published_ports "$from")" "published ports of $from"; done
  # Networks that lead nowhere, and that this machine is not in.
  equal "true true" "$(docker network inspect --format '{{.Internal}}' dashboard-production_monitoring dashboard-production_tools | xargs)" "internal networks"
  ! ip -4 route show | grep -E "^$NET\.(32|48)/" || fail "this machine is in a network of the monitoring"
  equal "dashboard prometheus" "$(members monitoring)" "who is in the network of management"
  equal "alertmanager alloy blackbox grafana loki prometheus" "$(members tools)" "who is in the network of the parts"
}

members() { # NETWORK
  docker network inspect --format '{{range .Containers}}{{println .Name}}{{end}}' "dashboard-production_$1" | sed -n 's/^dashboard-production-\(.*\)-1$/\1/p' | sort | xargs
}

address_in() { # NETWORK SERVICE
  docker inspect --format "{{(index .NetworkSettings.Networks \"dashboard-production_$1\").IPAddress}}" "$(container "$2" production)"
}

# Of the environment AMONG.
open_from() { # SERVICE ADDRESS/PORT
  docker exec "$(container "$1" "${AMONG:-production}")" timeout 2 bash -c "exec 3<>/dev/tcp/$2" 2>/dev/null
}

# In the background, all at once: what is closed by silence takes its time to be found so.
closed_from() { # SERVICE|here ADDRESS/PORT
  if [[ $1 == here ]]; then
    ! timeout 2 bash -c "exec 3<>/dev/tcp/$2" 2>/dev/null || echo "this machine reaches $2" >"$SCRATCH/reached.${2//\//-}"
  else
    ! open_from "$@" || echo "$1 reaches $2" >"$SCRATCH/reached.$1-${2//\//-}"
  fi
}

published_ports() { # SERVICE
  docker inspect --format '{{range $p, $b := .NetworkSettings.Ports}}{{range $b}}{{.HostIp}} {{.HostPort}}{{end}}{{end}}' "$(container "$1" production)"
}

# The dollars are those of the shell inside.
# shellcheck disable=SC2016
each_part_of_the_monitoring_reads_its_own_secrets_and_logs_alone() {
  local secrets=$SCRATCH/production/secrets name line
  equal "heartbeat_url slack_webhook_url smtp_password" "$(inside_production alertmanager ls /run/secrets | xargs)" "secrets of Alertmanager"
  equal "http://127.0.0.1:9/" "$(inside_production alertmanager cat /run/secrets/slack_webhook_url)" "what Alertmanager reads"
  equal "grafana_admin_password grafana_secret_key" "$(inside_production grafana ls /run/secrets | xargs)" "secrets of Grafana"
  equal 64 "$(inside_production grafana cat /run/secrets/grafana_admin_password | wc -c)" "length of the password that was made"
  ! cmp -s "$secrets/grafana_admin_password" "$secrets/grafana_secret_key" || fail "one secret for two things"
  for name in prometheus blackbox loki alloy; do
    ! inside_production "$name" ls /run/secrets 2>/dev/null || fail "$name has secrets"
  done
  equal "10005 400;472 400" "$(stat -c '%u %a' "$secrets/slack_webhook_url" "$secrets/grafana_admin_password" | paste -sd ';')" "owners and modes"
  for name in grafana_admin_password grafana_secret_key; do
    ! docker inspect "$(container grafana production)" | grep -qaFf "$secrets/$name" || fail "$name is to be seen"
  done
  # As root without a capability it can read what the engine writes, sees whose it is, and can change nothing.
  line=$(inside_production alloy sh -c 'cat /var/log/containers/*/*-json.log | grep -F "\"com.docker.compose.service\":\"dashboard\"" | grep -F "\"log\":\"{" | tail -n 1')
  node -e 'const { log, time, attrs } = JSON.parse(process.argv[1]); JSON.parse(log); if (attrs["com.docker.compose.project"] !== "dashboard-production" || !time) process.exit(1);' "$line" ||
    fail "not a line as Alloy is told to read it: $line"
  refused 1 "Read-only file system" inside_production alloy sh -c 'for f in /var/log/containers/*/*-json.log; do echo x >>"$f" || exit 1; done'
  ! inside_production alloy sh -c 'ls /var/run/docker.sock /run/docker.sock' 2>/dev/null || fail "Alloy has the engine's socket"
}

main "$@"
