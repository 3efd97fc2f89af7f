#!/usr/bin/env bash
#
# Summary: Refuse a repository of images that anybody could read
#
# Usage: require-private-registry.sh IMAGE
#
#   IMAGE    Registry and name, as in registry.example.org/team/runner; with @sha256:… it is this very image that is asked for
#   --help   This text
#
# The runner's image holds the Claude CLI, which is proprietary and must not be published. Asks the registry as a stranger would;
# goes on only when it says no. What is neither yes nor no fails too. REPOSITORY_VISIBILITY (public, private or internal) tells of
# the GitHub repository: a new package of ghcr.io is as public as the repository that makes it, so a public one may not use it.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

main() {
  case ${1:-} in
    --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
    -*) usage_error "unknown option $1" ;;
  esac
  [[ ${1:-} =~ ^([a-z0-9.-]+(:[0-9]+)?)/([a-z0-9._/-]+)(@(sha256:[0-9a-f]{64}))?$ && ${BASH_REMATCH[1]} == *[.:]* ]] ||
    die "a registry and a name are needed, as in registry.example.org/team/runner, not '${1:-}'; which is a variable of the pipeline"
  REGISTRY=${BASH_REMATCH[1]} NAME=${BASH_REMATCH[3]} DIGEST=${BASH_REMATCH[5]}
  case $REGISTRY in
    docker.io | *.docker.io | public.ecr.aws | quay.io | mcr.microsoft.com) die "$REGISTRY is for the public; name a private registry" ;;
    ghcr.io)
      [[ ${REPOSITORY_VISIBILITY:-} == private || ${REPOSITORY_VISIBILITY:-} == internal ]] ||
        die "this repository is '${REPOSITORY_VISIBILITY:-unknown}', and so would be its packages on ghcr.io; name another registry"
      ;;
  esac
  command -v curl >/dev/null || die "curl is missing; get it: $(how_to_get curl)"
  SCRATCH=$(mktemp -d)
  trap 'rm -rf "$SCRATCH"' EXIT
  as_a_stranger
}

as_a_stranger() {
  local path=tags/list scheme=https status
  if [[ -n $DIGEST ]]; then path=manifests/$DIGEST; fi
  # Only a test serves images of this machine, without TLS.
  if [[ $REGISTRY == 127.0.0.1:* ]]; then scheme=http; fi
  URL=$scheme://$REGISTRY/v2/$NAME/$path
  status=$(ask "$URL")
  if [[ $status == 401 ]] && token_for_strangers; then
    status=$(ask "$URL" --header "@$SCRATCH/authorization")
  fi
  case $status in
    401 | 403 | 404) echo "$REGISTRY/$NAME is not for strangers" ;;
    200) die "$REGISTRY/$NAME can be read by anybody; make it private, and delete the runner's images that are there" ;;
    *) die "$REGISTRY answered $status, which is neither yes nor no; nothing was decided" ;;
  esac
}

ask() { # URL OPTIONS...: prints the status; 000 when there is none
  curl --silent --show-error --max-time 30 --output "$SCRATCH/body" --dump-header "$SCRATCH/headers" --write-out '%{http_code}' \
    --header 'Accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json' \
    --header 'Accept: application/vnd.docker.distribution.manifest.v2+json' "${@:2}" "$1" || true
}

# Registries give strangers a token too, one that reads what is public.
token_for_strangers() {
  local challenge realm service token
  challenge=$(sed -n 's/^[Ww][Ww][Ww]-[Aa]uthenticate: *[Bb]earer *\(.*\)$/\1/p' "$SCRATCH/headers" | tr -d '\r' | head -n 1)
  realm=$(parameter realm "$challenge")
  service=$(parameter service "$challenge")
  [[ -n $realm ]] || return
  [[ $(ask "$realm?service=$service&scope=repository:$NAME:pull") == 200 ]] || return
  token=$(sed -n 's/.*"\(access_\)\{0,1\}token" *: *"\([^"]*\)".*/\2/p' "$SCRATCH/body" | head -n 1)
  [[ -n $token ]] || return
  echo "Authorization: Bearer $token" >"$SCRATCH/authorization"
}

parameter() { # NAME CHALLENGE
  sed -n "s/.*\b$1=\"\([^\"]*\)\".*/\1/p" <<<"$2"
}

main "$@"
