#!/usr/bin/env bash
#
# Summary: Make sure that images come from this repository's pipeline, on main
#
# Usage: verify-image.sh OWNER/REPOSITORY IMAGE...
#
#   OWNER/REPOSITORY   Of GitHub, the pipeline of which must have built them
#   IMAGE              By its digest: name@sha256:…
#   --help             This text
#
# Each image must be signed by .github/workflows/ci-cd.yml as it is on main, and have two attestations of the same origin: how it
# was built, and what is in it. Needs cosign, gh with GH_TOKEN, and to be signed in to the registry.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ISSUER=https://token.actions.githubusercontent.com
PREDICATES=(https://slsa.dev/provenance/v1 https://spdx.dev/Document/v2.3)

main() {
  case ${1:-} in
    --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
    -*) usage_error "unknown option $1" ;;
  esac
  (($# >= 2)) || usage_error "a repository and at least one image are needed"
  [[ $1 =~ ^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$ ]] || usage_error "no repository: $1"
  local image repository=$1 identity=https://github.com/$1/.github/workflows/ci-cd.yml@refs/heads/main predicate
  for image in "${@:2}"; do
    [[ $image =~ ^[a-z0-9._:/-]+@sha256:[0-9a-f]{64}$ ]] || die "not an image by its digest: '$image'"
  done
  command -v cosign >/dev/null || die "cosign is missing; get it: https://docs.sigstore.dev/cosign"
  command -v gh >/dev/null || die "gh is missing; get it: $(how_to_get gh)"
  for image in "${@:2}"; do
    cosign verify --certificate-identity "$identity" --certificate-oidc-issuer "$ISSUER" "$image" >/dev/null ||
      die "$image is not signed by $identity"
    for predicate in "${PREDICATES[@]}"; do
      gh attestation verify "oci://$image" --repo "$repository" --cert-identity "$identity" --cert-oidc-issuer "$ISSUER" \
        --predicate-type "$predicate" >/dev/null || die "$image has no attestation $predicate by $identity"
    done
    echo "$image: signed and attested"
  done
}

main "$@"
