#!/usr/bin/env bash
#
# Summary: Replace the key that signs access tokens, without signing anybody out
#
# Usage: rotate-secrets.sh [--data DIR] [--finish] [--force]
#
#   --data DIR   Folder with the data, as start.sh has it (default .data in the checkout)
#   --finish     The last step: remove the previous key once nobody needs it
#   --force      Go on although the previous key may still be needed; who came with it must reload or sign in again
#   --help       This text
#
# The present key, DIR/secrets/jwt_secret, becomes jwt_secret_previous, and a new one takes its place with the same owner and mode
# 0600. After a restart the new key signs, and both are accepted. Seven days later, the life of a refresh token
# (auth.refresh-token), everybody has tokens of the new key or has to sign in anyway: then run it again with --finish.
#
# DASHBOARD_SECRETS_DIR names the folder of the secrets when it is not DIR/secrets.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

NEEDED_MINUTES=$((7 * 24 * 60))

main() {
  parse "$@"
  SECRETS=${DASHBOARD_SECRETS_DIR:-$DATA/secrets}
  KEY=$SECRETS/jwt_secret
  PREVIOUS=$SECRETS/jwt_secret_previous
  [[ -s $KEY ]] || die "there is no key to replace: $KEY; scripts/start.sh makes one, --data names another folder"
  [[ -w $SECRETS && -r $KEY ]] || die "$SECRETS must be writable and $KEY readable; run this as the owner of both"
  if [[ $FINISH == true ]]; then finish; else rotate; fi
}

parse() {
  DATA="" FINISH=false FORCE=false
  while (($# > 0)); do
    case $1 in
      --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
      --finish) FINISH=true ;;
      --force) FORCE=true ;;
      --data)
        (($# > 1)) || usage_error "--data needs a value"
        DATA=$2
        shift
        ;;
      --data=*) DATA=${1#*=} ;;
      *) usage_error "unknown option $1" ;;
    esac
    shift
  done
  if [[ -z $DATA ]]; then DATA=$(repo_root)/.data; fi
}

rotate() {
  # Both the same: an earlier run was cut between its two steps, and goes on here.
  if [[ -e $PREVIOUS ]] && ! cmp -s "$KEY" "$PREVIOUS"; then
    refuse_while_needed "replaced"
  fi
  umask 077
  # The copies keep the owner when root runs this; a moved file is there as a whole or not at all.
  cp -p "$KEY" "$PREVIOUS.new"
  chmod 600 "$PREVIOUS.new"
  # Its time tells when it stopped being the present key.
  touch "$PREVIOUS.new"
  mv -f "$PREVIOUS.new" "$PREVIOUS"
  cp -p "$KEY" "$KEY.new"
  chmod 600 "$KEY.new"
  new_jwt_secret >"$KEY.new"
  touch "$KEY.new"
  mv -f "$KEY.new" "$KEY"
  echo "The key was replaced; the one before stands in $PREVIOUS."
  echo "Next: restart the dashboard. Seven days after that: ${BASH_SOURCE[0]} --finish with the same options, and restart again."
}

finish() {
  if [[ ! -e $PREVIOUS ]]; then
    echo "There is no previous key; nothing to do."
    return
  fi
  refuse_while_needed "removed"
  rm -f "$PREVIOUS"
  echo "The previous key was removed. Next: restart the dashboard, which accepts the new key alone from then on."
}

refuse_while_needed() { # WHAT: would be done to it
  [[ $FORCE == false ]] || return 0
  [[ -z $(find "$PREVIOUS" -mmin "-$NEEDED_MINUTES") ]] ||
    die "the previous key is younger than seven days and may still be needed; it was not $1. Wait, or give --force if it has leaked"
}

main "$@"
