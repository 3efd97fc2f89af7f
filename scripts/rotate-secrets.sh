#!/usr/bin/env bash
#
# Summary: Replace the key that signs access tokens, without signing anybody out, or the keys between server and runner
#
# Usage: rotate-secrets.sh [--data DIR | --env ENV] [--finish] [--force]
#        rotate-secrets.sh [--data DIR | --env ENV] --runner-key
#
#   --data DIR     Folder with the data, as start.sh has it (default .data in the checkout)
#   --env ENV      An environment of compose (dev, staging, production): the SECRETS_DIR of compose/.env.ENV; run it as root
#   --finish       The last step: remove the previous key once nobody needs it
#   --force        Go on although the previous key may still be needed; who came with it must reload or sign in again
#   --runner-key   Make a new pair of runner_key and runner.pub, also where there is none yet
#   --help         This text
#
# The present key, jwt_secret, becomes jwt_secret_previous, and a new one takes its place with the same owner. After a restart the new
# key signs, and both are accepted. Seven days later, the life of a refresh token (auth.refresh-token), everybody has tokens of the
# new key or has to sign in anyway: then run it again with --finish.
#
# runner_key (the server's) and runner.pub (the runner's) only fit as a pair: restart both programs one after the other; between the
# two the runner refuses the server. Needs openssl.
#
# A key keeps its owner; its mode is 0600, and 0400 in an environment, where a new one belongs to user 10001, the server. There
# jwt_secret_previous stays as an empty file when it is not needed, so that compose finds it. DASHBOARD_SECRETS_DIR names the folder of
# the secrets when it is not DIR/secrets, DEPLOY_ENV_FILE the settings of an environment as for deploy.sh.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

NEEDED_MINUTES=$((7 * 24 * 60))
SERVER_USER=10001

main() {
  parse "$@"
  find_secrets
  KEY=$SECRETS/jwt_secret
  PREVIOUS=$SECRETS/jwt_secret_previous
  if [[ $RUNNER_KEY == true ]]; then
    make_pair
    return
  fi
  [[ -s $KEY ]] || die "there is no key to replace: $KEY; scripts/start.sh makes one, --data and --env name other folders"
  [[ -w $SECRETS && -r $KEY ]] || die "$SECRETS must be writable and $KEY readable; run this as the owner of both"
  if [[ $FINISH == true ]]; then finish; else rotate; fi
}

parse() {
  DATA="" ENVIRONMENT="" FINISH=false FORCE=false RUNNER_KEY=false
  while (($# > 0)); do
    case $1 in
      --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
      --finish) FINISH=true ;;
      --force) FORCE=true ;;
      --runner-key) RUNNER_KEY=true ;;
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
  if [[ $RUNNER_KEY == true && ($FINISH == true || $FORCE == true) ]]; then
    usage_error "--runner-key is done in one step; it goes with neither --finish nor --force"
  fi
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

# Sets SECRETS, the folder, and MODE, that of a key in it.
find_secrets() {
  local root settings
  root=$(repo_root)
  if [[ -z $ENVIRONMENT ]]; then
    SECRETS=${DASHBOARD_SECRETS_DIR:-${DATA:-$root/.data}/secrets}
    MODE=600
    return
  fi
  settings=${DEPLOY_ENV_FILE:-$root/compose/.env.$ENVIRONMENT}
  [[ -r $settings ]] || die "there is no ${settings#"$root/"} that $(id -un) can read"
  SECRETS=$(env_file_value "$settings" SECRETS_DIR)
  [[ -n $SECRETS ]] || die "${settings#"$root/"} does not say SECRETS_DIR"
  [[ -w $SECRETS ]] || die "$SECRETS is not there or not writable by $(id -un); run this as root"
  MODE=400
}

rotate() {
  # Both the same: an earlier run was cut between its two steps, and goes on here.
  if [[ -s $PREVIOUS ]] && ! cmp -s "$KEY" "$PREVIOUS"; then
    refuse_while_needed "replaced"
  fi
  umask 077
  # Its time tells when it stopped being the present key.
  put "$PREVIOUS" <"$KEY"
  new_jwt_secret | put "$KEY"
  echo "The key was replaced; the one before stands in $PREVIOUS."
  echo "Next: $(restart dashboard). Seven days after that: ${BASH_SOURCE[0]} --finish with the same options, and restart again."
}

# Writes a key from stdin, with the owner that the present one has. A moved file is there as a whole or not at all.
put() { # FILE
  rm -f "$1.new"
  # The copy keeps the owner when root runs this.
  cp -p "$KEY" "$1.new"
  chmod 600 "$1.new"
  cat >"$1.new"
  chmod "$MODE" "$1.new"
  touch "$1.new"
  mv -f "$1.new" "$1"
}

finish() {
  if [[ ! -s $PREVIOUS ]]; then
    echo "There is no previous key; nothing to do."
    return
  fi
  refuse_while_needed "removed"
  if [[ -n $ENVIRONMENT ]]; then
    put "$PREVIOUS" </dev/null
  else
    rm -f "$PREVIOUS"
  fi
  echo "The previous key was removed. Next: $(restart dashboard), which accepts the new key alone from then on."
}

refuse_while_needed() { # WHAT: would be done to it
  [[ $FORCE == false ]] || return 0
  [[ -z $(find "$PREVIOUS" -mmin "-$NEEDED_MINUTES") ]] ||
    die "the previous key is younger than seven days and may still be needed; it was not $1. Wait, or give --force if it has leaked"
}

# In the forms that the runner-key command of the program makes: Base64 of PKCS #8, and of X.509 for the public half.
make_pair() {
  command -v openssl >/dev/null || die "openssl is missing; get it: $(how_to_get openssl)"
  [[ -w $SECRETS ]] || die "$SECRETS is not there or not writable by $(id -un)"
  local private=$SECRETS/runner_key public=$SECRETS/runner.pub owner
  owner=$(pair_owner "$private")
  umask 077
  rm -f "$private.new" "$public.new"
  openssl genpkey -algorithm ed25519 -outform DER | base64 -w 0 >"$private.new"
  base64 -d "$private.new" | openssl pkey -inform DER -pubout -outform DER | base64 -w 0 >"$public.new"
  chown "$owner" "$private.new" "$public.new" || die "only root can give a key to $owner; nothing was changed"
  chmod "$MODE" "$private.new"
  # Nothing secret, and another user reads it.
  chmod 444 "$public.new"
  mv -f "$public.new" "$public"
  mv -f "$private.new" "$private"
  echo "The server has a new $private, the runner a new $public."
  echo "Next: $(restart runner), then $(restart dashboard). Until both have restarted, nothing new can start."
}

# Of the present key, else of the jwt_secret beside it, else the server's.
pair_owner() { # FILE
  local file
  for file in "$1" "$KEY"; do
    if [[ -e $file ]]; then
      stat -Lc %u:%g "$file"
      return
    fi
  done
  if [[ -n $ENVIRONMENT ]]; then echo "$SERVER_USER:$SERVER_USER"; else id -u; fi
}

restart() { # SERVICE
  if [[ -n $ENVIRONMENT ]]; then
    echo "docker compose --project-name dashboard-$ENVIRONMENT restart $1"
  else
    echo "restart the $1"
  fi
}

main "$@"
