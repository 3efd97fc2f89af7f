#!/usr/bin/env bash
#
# Summary: Print the images that ours are built from, each by its digest, as arguments of a build; pin these and those of others
#
# Usage: base-images.sh [--pin]
#
#   --pin    Look up the present digest of each and write it into .github/base-images/Dockerfile, and that of each image of others
#            into the files of compose; needs docker with buildx
#   --help   This text
#
# Prints one NAME=IMAGE@DIGEST a line, for "docker build --build-arg". Fails when an image has no digest: a tag may mean
# something else tomorrow, so nothing that is deployed is built from one.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

LINE='^FROM ([^@ ]+:[^@ ]+)(@sha256:[0-9a-f]{64})? AS ([a-z_]+)$'
# Of compose: where an environment names no other.
DEFAULT='^ *image: \$\{[A-Z]+_IMAGE:-([^@ }]+:[^@ }]+)(@sha256:[0-9a-f]{64})?\}$'

main() {
  FILE=$(repo_root)/.github/base-images/Dockerfile
  case ${1:-} in
    --help | -h) print_help "${BASH_SOURCE[0]}" ;;
    --pin) pin ;;
    "") print ;;
    *) usage_error "unknown option $1" ;;
  esac
}

print() {
  local line output=""
  while IFS= read -r line; do
    [[ $line =~ $LINE ]] || die "not understood in $FILE: $line"
    [[ -n ${BASH_REMATCH[2]} ]] ||
      die "${BASH_REMATCH[1]} has no digest in .github/base-images/Dockerfile; write the present ones with scripts/base-images.sh --pin"
    output+="${BASH_REMATCH[3]^^}=${BASH_REMATCH[1]}${BASH_REMATCH[2]}"$'\n'
  done < <(grep '^FROM' "$FILE")
  [[ -n $output ]] || die "no image stands in $FILE"
  printf '%s' "$output"
}

# All or nothing: a fault in the last file leaves the first one as it was.
pin() {
  local file
  command -v docker >/dev/null || die "docker is missing; its buildx looks up the digests"
  NEW=()
  trap 'rm -f "${NEW[@]}"' EXIT
  renew "$FILE" "$LINE" '^FROM'
  for file in "$(repo_root)"/compose/*.yaml; do
    if [[ -f $file ]]; then renew "$file" "$DEFAULT" '_IMAGE:-'; fi
  done
  for file in "${NEW[@]}"; do mv "$file" "${file%.new}"; done
  print
}

renew() { # FILE PATTERN LINES: into FILE.new; each of the lines must be of the pattern
  local line digest image
  cp "$1" "$1.new"
  NEW+=("$1.new")
  while IFS= read -r line; do
    [[ $line =~ $2 ]] || die "not understood in $1: $line"
    image=${BASH_REMATCH[1]}
    digest=$(docker buildx imagetools inspect "$image" | sed -n 's/^Digest: *\(sha256:[0-9a-f]\{64\}\)$/\1/p' | head -n 1) ||
      digest=""
    [[ -n $digest ]] || die "the registry named no digest for $image; nothing was changed"
    sed -i "s|$image\(@sha256:[0-9a-f]\{64\}\)\?\([ }]\)|$image@$digest\2|" "$1.new"
  done < <(grep "$3" "$1")
}

main "$@"
