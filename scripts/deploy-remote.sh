#!/usr/bin/env bash
#
# Summary: Deploy to another host, or roll it back, over SSH
#
# Usage: deploy-remote.sh [--docker-config FILE] ENV IMAGE --runner IMAGE [--backup IMAGE]
#        deploy-remote.sh [--docker-config FILE] rollback ENV
#
#   ENV                    dev, staging or production
#   IMAGE                  By its digest: name@sha256:…
#   --docker-config FILE   Sign-ins to registries, for the time of this deploy; they leave nothing on the host
#   --help                 This text
#
# Ends as deploy.sh does: with 1 when nothing was changed or the release before serves again, with 2 when a person is needed now, with 3
# when the release serves, but its monitoring, or what makes its backups, does not run.
# Sends scripts, compose files and configuration of the present commit to the host and runs deploy.sh there. Once it has begun it
# goes on to its end, rollback included, also when the connection breaks. Reads from the environment:
#
#   DEPLOY_HOST          Name or address, with :PORT when it is not 22
#   DEPLOY_USER          User there, who may use Docker
#   DEPLOY_DIR           Folder there that holds compose/.env.ENV
#   DEPLOY_SSH_KEY       The private key, its text
#   DEPLOY_KNOWN_HOSTS   The host's key, as ssh-keyscan prints it and as somebody has compared it; no other is trusted
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

IMAGE_BY_DIGEST='^[a-z0-9._:/-]+@sha256:[0-9a-f]{64}$'

main() {
  parse "$@"
  connection
  if [[ ${COMMAND[0]} != rollback ]]; then
    git -C "$(repo_root)" archive --format=tar HEAD scripts compose config | on_host "tar -x -C '$DEPLOY_DIR'" ||
      die "nothing was deployed: the files did not get to $DEPLOY_HOST"
  fi
  run_deploy
}

# Everything that reaches the shell of the other host is of a known form.
parse() {
  local docker_config="" runner="" backup="" words=()
  while (($# > 0)); do
    case $1 in
      --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
      --docker-config | --runner | --backup)
        (($# > 1)) || usage_error "$1 needs a value"
        case $1 in
          --runner) runner=$2 ;;
          --backup) backup=$2 ;;
          *) docker_config=$2 ;;
        esac
        shift
        ;;
      -*) usage_error "unknown option $1" ;;
      *) words+=("$1") ;;
    esac
    shift
  done
  DOCKER_CONFIG_FILE=${docker_config:-/dev/null}
  [[ -r $DOCKER_CONFIG_FILE ]] || die "$DOCKER_CONFIG_FILE cannot be read"
  ((${#words[@]} == 2)) || usage_error "an environment and an image are needed"
  if [[ ${words[0]} == rollback ]]; then
    is_environment "${words[1]}"
    [[ -z $runner$backup ]] || usage_error "a rollback knows its images by itself"
    COMMAND=(rollback "${words[1]}")
  else
    is_environment "${words[0]}"
    [[ ${words[1]} =~ $IMAGE_BY_DIGEST ]] || usage_error "not an image by its digest: '${words[1]}'"
    [[ $runner =~ $IMAGE_BY_DIGEST ]] || usage_error "not an image by its digest: '$runner'"
    COMMAND=("${words[0]}" "${words[1]}" --runner "$runner")
    if [[ -n $backup ]]; then
      [[ $backup =~ $IMAGE_BY_DIGEST ]] || usage_error "not an image by its digest: '$backup'"
      COMMAND+=(--backup "$backup")
    fi
  fi
}

is_environment() {
  [[ $1 =~ ^(dev|staging|production)$ ]] || usage_error "no such environment: $1"
}

connection() {
  local name
  for name in DEPLOY_HOST DEPLOY_USER DEPLOY_DIR DEPLOY_SSH_KEY DEPLOY_KNOWN_HOSTS; do
    [[ -n ${!name:-} ]] || die "$name is not set; runbooks/github-setup.md says where it belongs"
  done
  [[ $DEPLOY_HOST =~ ^([A-Za-z0-9][A-Za-z0-9.-]*)(:([0-9]{1,5}))?$ ]] || die "DEPLOY_HOST is no host"
  local host=${BASH_REMATCH[1]} port=${BASH_REMATCH[3]:-22}
  [[ $DEPLOY_USER =~ ^[a-z_][a-z0-9_-]*$ ]] || die "DEPLOY_USER is no user"
  [[ $DEPLOY_DIR =~ ^/[A-Za-z0-9._/-]+$ ]] || die "DEPLOY_DIR must be an absolute path of plain characters"
  umask 077
  SCRATCH=$(mktemp -d)
  trap 'rm -rf "$SCRATCH"' EXIT
  printf '%s\n' "$DEPLOY_SSH_KEY" >"$SCRATCH/key"
  printf '%s\n' "$DEPLOY_KNOWN_HOSTS" >"$SCRATCH/known_hosts"
  unset DEPLOY_SSH_KEY
  SSH=(ssh -F none -i "$SCRATCH/key" -p "$port" -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes
    -o "UserKnownHostsFile=$SCRATCH/known_hosts" -o GlobalKnownHostsFile=none -o ConnectTimeout=20
    -o ServerAliveInterval=15 -o ServerAliveCountMax=8 "$DEPLOY_USER@$host")
}

on_host() { # COMMAND, for the shell there
  "${SSH[@]}" "$1"
}

# Apart from the connection, in a session of its own: a deploy that is cut in the middle would be worse than none.
run_deploy() {
  local status=0 program="
    umask 077
    work=\$(mktemp -d) || exit
    mkdir \"\$work/docker\"
    cat >\"\$work/docker/config.json\"
    if [ -s \"\$work/docker/config.json\" ]; then export DOCKER_CONFIG=\"\$work/docker\"; fi
    export work
    : >\"\$work/log\"
    setsid sh -c '\"$DEPLOY_DIR/scripts/deploy.sh\" ${COMMAND[*]} >>\"\$work/log\" 2>&1 </dev/null; echo \$? >\"\$work/status\"; rm -r \"\$work/docker\"' &
    tail -n +1 -f --pid=\$! \"\$work/log\"
    wait \$!
    status=\$(cat \"\$work/status\") || exit
    rm -r \"\$work\"
    exit \"\$status\"
  "
  on_host "$program" <"$DOCKER_CONFIG_FILE" || status=$?
  # 255 is ssh's own; deploy.sh has none that high.
  ((status < 128)) || die "the connection to $DEPLOY_HOST broke; a deploy that has begun goes on there, and deploy.sh status tells how it ended"
  if ((status != 0)); then say "deploy.sh on $DEPLOY_HOST failed; its own lines above say what is in use now"; fi
  exit "$status"
}

main "$@"
