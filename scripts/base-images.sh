#!/usr/bin/env bash
#
# Summary: Print the images that ours are built from, each by its digest, as arguments of a build
#
# Usage: base-images.sh [--pin]
#
#   --pin    Look up the present digest of each and write it into .github/base-images/Dockerfile; needs docker with buildx
#   --help   This text
#
# Prints one NAME=IMAGE@DIGEST a line, for "docker build --build-arg". Fails when an image has no digest: a tag may mean
# something else tomorrow, so nothing that is deployed is built from one.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

LINE='^FROM ([^@ ]+:[^@ ]+)(@sha256:[0-9a-f]{64})? AS ([a-z_]+)$'

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

pin() {
  local line digest
  command -v docker >/dev/null || die "docker is missing; its buildx looks up the digests"
  cp "$FILE" "$FILE.new"
  trap 'rm -f "$FILE.new"' EXIT
  while IFS= read -r line; do
    [[ $line =~ $LINE ]] || die "not understood in $FILE: $line"
    digest=$(docker buildx imagetools inspect "${BASH_REMATCH[1]}" | sed -n 's/^Digest: *\(sha256:[0-9a-f]\{64\}\)$/\1/p' | head -n 1) ||
      digest=""
    [[ -n $digest ]] || die "the registry named no digest for ${BASH_REMATCH[1]}; nothing was changed"
    sed -i "s|^$line\$|FROM ${BASH_REMATCH[1]}@$digest AS ${BASH_REMATCH[3]}|" "$FILE.new"
  done < <(grep '^FROM' "$FILE")
  mv "$FILE.new" "$FILE"
  print
}

main "$@"
