#!/usr/bin/env bash
#
# Summary: Replace the password of the backups: in each repository, then among the secrets
#
# Usage: change-backup-password.sh [--data DIR | --env ENV]
#
#   --data DIR   Folder with the data, as start.sh has it (default .data in the checkout)
#   --env ENV    An environment of compose (staging, production), whose backup container runs; run it as root
#   --given      The new one is on standard input, and the secret is replaced by whoever asked; for --env, in the container
#   --help       This text
#
# What was stored stays readable, by the new password alone. S3 comes first, since it may be away: then nothing was changed. The new one is
# made in restic_password.new; a run that was cut is done again, and goes on with that. Settings are those of backup.sh.
# Afterwards put a copy of restic_password where the old one was kept.
#
# Exit code: 0 replaced everywhere; 1 not; 64 wrong usage.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=scripts/lib-backup.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib-backup.sh"

# In the container.
INSIDE=/opt/backup/scripts/change-backup-password.sh

main() {
  parse "$@"
  umask 077
  if [[ -n $ENVIRONMENT ]]; then
    find_environment
    make_new
    docker exec --interactive "$CONTAINER" bash "$INSIDE" --data /data --given <"$NEW"
    replace
    say "next: docker compose --project-name dashboard-$ENVIRONMENT restart backup"
    return
  fi
  find_backup_settings "${DATA_GIVEN:-$(repo_root)/.data}"
  WORK=$(mktemp -d) CHILD=""
  trap 'stop_child; rm -rf "$WORK"' EXIT
  trap 'exit 130' INT TERM HUP
  exec 9>"$BACKUPS/lock"
  flock --nonblock 9 || die "a backup is under way in $BACKUPS; try again when it is over"
  if [[ $GIVEN == true ]]; then
    NEW=$WORK/new
    cat >"$NEW"
    [[ -s $NEW ]] || die "the new password is missing on standard input"
  else
    make_new
  fi
  if [[ -n $S3_REPOSITORY ]]; then change "$S3_REPOSITORY"; fi
  if [[ -e $LOCAL_REPOSITORY ]]; then change "$LOCAL_REPOSITORY"; fi
  if [[ $GIVEN == false ]]; then replace; fi
}

parse() {
  DATA_GIVEN="" ENVIRONMENT="" GIVEN=false
  while (($# > 0)); do
    case $1 in
      --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
      --given) GIVEN=true ;;
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
  [[ -z $DATA_GIVEN || -z $ENVIRONMENT ]] || usage_error "--data and --env exclude each other"
}

option() { # NAME VALUE
  [[ -n $2 ]] || usage_error "$1 needs a value"
  case $1 in
    --data) DATA_GIVEN=$2 ;;
    --env)
      [[ $2 =~ ^(staging|production)$ ]] || usage_error "--env is staging or production, not $2"
      ENVIRONMENT=$2
      ;;
  esac
}

find_environment() {
  local settings
  settings=${DEPLOY_ENV_FILE:-$(repo_root)/compose/.env.$ENVIRONMENT}
  [[ -r $settings ]] || die "there is no $settings that $(id -un) can read"
  SECRETS=$(env_file_value "$settings" SECRETS_DIR)
  [[ -n $SECRETS ]] || die "$settings does not say SECRETS_DIR"
  CONTAINER=$(backup_container "$ENVIRONMENT")
}

# Sets NEW. With the owner and the mode of the present one; complete or not there.
make_new() {
  NEW=$SECRETS/restic_password.new
  [[ -s $SECRETS/restic_password ]] || die "there is no password to replace: $SECRETS/restic_password"
  [[ -w $SECRETS ]] || die "$SECRETS cannot be written by $(id -un); run this as its owner, or root"
  [[ ! -s $NEW ]] || return 0
  cp -p "$SECRETS/restic_password" "$NEW.part"
  chmod u+w "$NEW.part"
  head -c 32 /dev/urandom | base64 | tr -d '\n' >"$NEW.part"
  chmod --reference="$SECRETS/restic_password" "$NEW.part"
  mv "$NEW.part" "$NEW"
}

change() { # REPOSITORY
  if PASSWORD_FILE=$NEW restic_on "$1" "$LONGEST_ASK" cat config --no-lock; then
    say "$1 has the new one already"
    return
  fi
  check_backup_secrets "$1"
  restic_on "$1" "$LONGEST_ASK" key passwd --new-password-file "$NEW" ||
    die "the password of $1 was not replaced; run this again when it is mended: $WORDS"
  say "$1 has the new one"
}

replace() {
  mv -f "$NEW" "$SECRETS/restic_password"
  say "replaced $SECRETS/restic_password: keep a copy elsewhere, without it no backup can be read"
}

main "$@"
