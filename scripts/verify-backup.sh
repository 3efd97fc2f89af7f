#!/usr/bin/env bash
#
# Summary: Read every backup of a repository back, and say of each whether it is what was stored
#
# Usage: verify-backup.sh [--data DIR | --env ENV] [--s3] [--within DURATION]
#
#   --data DIR          Folder with the data, as start.sh has it (default .data in the checkout)
#   --env ENV           An environment of compose (staging, production): asks its backup container
#   --s3                The repository in S3, not the local one
#   --within DURATION   Longest that it may take, like 90s, 30m, 6h (default), 1d
#   --help              This text
#
# First restic reads all that the repository has, down to the last byte. Then each snapshot, the newest first, is restored into a scratch
# place in DIR/backups and compared with the checksums that were written when it was made; its database is looked through. One line for
# each on standard output: good or BAD, its time, its name, and why. Where a snapshot is of a release that knew another schema than this
# one looks through, its bytes are compared, and it is said. Settings are those of backup.sh. Backups go on meanwhile, and
# remove no old ones.
#
# Exit code: 0 all are good; 1 one is not, or none is there, or it took too long; 64 wrong usage.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=scripts/lib-backup.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib-backup.sh"

INSIDE=/opt/backup/scripts/verify-backup.sh

main() {
  parse "$@"
  if [[ -n $ENVIRONMENT ]]; then
    local -a words=(--within "${WITHIN}s")
    if [[ $S3 == true ]]; then words+=(--s3); fi
    in_backup_container "$ENVIRONMENT" "$INSIDE" "${words[@]}"
  fi
  find_backup_settings "${DATA_GIVEN:-$(repo_root)/.data}"
  REPOSITORY=$LOCAL_REPOSITORY
  if [[ $S3 == true ]]; then
    [[ -n $S3_REPOSITORY ]] || die "BACKUP_S3_REPOSITORY is not set"
    REPOSITORY=$S3_REPOSITORY
  fi
  check_backup_secrets "$REPOSITORY"
  find_program
  umask 077
  mkdir -p "$BACKUPS"
  WORK=$(mktemp -d "$BACKUPS/verify.XXXXXX")
  CHILD=""
  trap 'if is_the_script; then stop_child; rm -rf "$WORK"; fi' EXIT
  trap 'say "interrupted"; exit 1' TERM INT HUP
  # Held while this runs: backup.sh removes no old ones then.
  exec 8>"$BACKUPS/reading"
  flock --shared --wait "$WITHIN" 8 || die "old backups were being removed for $WITHIN s"
  verify
}

parse() {
  DATA_GIVEN="" ENVIRONMENT="" S3=false WITHIN=$((6 * 3600))
  while (($# > 0)); do
    case $1 in
      --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
      --s3) S3=true ;;
      --data | --env | --within)
        (($# > 1)) || usage_error "$1 needs a value"
        option "$1" "$2"
        shift
        ;;
      --data=* | --env=* | --within=*) option "${1%%=*}" "${1#*=}" ;;
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
    --within) WITHIN=$(seconds_of "$2") || usage_error "--within is a number with s, m, h or d, like 6h, not $2" ;;
  esac
}

verify() {
  local number=0 bad=0 of time id
  snapshots_of "$REPOSITORY" || die "$REPOSITORY cannot be read: $WORDS"
  of=$(wc -l <"$WORK/snapshots")
  ((of > 0)) || die "$REPOSITORY has no backup"
  say "$of snapshots; reading all that $REPOSITORY has"
  # What is missing or too short first, which takes no time; restic tries to read such an object for a quarter of an hour.
  if ! restic_on "$REPOSITORY" "$(left)" check --no-lock || ! restic_on "$REPOSITORY" "$(left)" check --read-data --no-lock; then
    echo "BAD repository: $WORDS"
    bad=1
  fi
  while read -r time id; do
    number=$((number + 1))
    (($(left) > 1)) || die "not done within $WITHIN s: $((of - number + 1)) of $of were not looked at; give it more time with --within"
    say "$number of $of: ${id:0:8} of $time"
    if read_back "$id"; then
      echo "good $time ${id:0:8}${WORDS:+ ($WORDS)}"
    else
      echo "BAD $time ${id:0:8}: $WORDS"
      bad=$((bad + 1))
    fi
  done < <(sort -r "$WORK/snapshots")
  ((bad == 0)) || die "NOT all are good: $REPOSITORY; runbooks/README.md says what to do"
  say "all $of are good, in $SECONDS s"
}

# Of the time that it may take; 1 at least, as timeout takes 0 for no limit.
left() {
  echo "$((WITHIN - SECONDS > 1 ? WITHIN - SECONDS : 1))"
}

read_back() { # SNAPSHOT: sets WORDS
  local longest=$LONGEST
  if (($(left) < longest)); then longest=$(left); fi
  rm -rf "$WORK/restored"
  restic_on "$REPOSITORY" "$longest" restore "$1" --target "$WORK/restored" --no-lock || return 1
  check_set "$WORK/restored" || {
    [[ $WORDS == *"Use the release that "* ]] || return 1
    WORDS="the same bytes; its schema is another one than this release looks through"
  }
}

main "$@"
