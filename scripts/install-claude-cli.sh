#!/usr/bin/env bash
#
# Summary: Install the pinned Claude CLI for this checkout
#
# Usage: install-claude-cli.sh [--dir DIR]
#
#   --dir DIR   Where to install it (default .claude-cli in the checkout, which git ignores)
#   --help      This text
#
# Fetches exactly the version that the dashboard was tested with, for this machine's platform (Linux, x64 or arm64, glibc
# or musl), with npm from the registry that npm is set to, and checks what came against a known hash. Does nothing when it is
# there already. Prints the path of the executable as its last line.
#
# The CLI is Anthropic's and proprietary: it is fetched by whoever runs this, and must not be committed or republished.
set -euo pipefail

VERSION=2.1.330

main() {
  parse "$@"
  PLATFORM=$(platform)
  PACKAGE=@anthropic-ai/claude-code-$PLATFORM
  mkdir -p "$DIR" || die "cannot make $DIR; choose another folder with --dir"
  DIR=$(cd "$DIR" && pwd -P)
  PROGRAM=$DIR/node_modules/$PACKAGE/claude
  if ! is_pinned "$PROGRAM"; then install_cli; fi
  echo "$PROGRAM"
}

parse() {
  DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)/.claude-cli
  while (($# > 0)); do
    case $1 in
      --help | -h) print_help && exit 0 ;;
      --dir)
        (($# > 1)) || usage_error "--dir needs a value"
        DIR=$2
        shift
        ;;
      --dir=*) DIR=${1#*=} ;;
      *) usage_error "unknown option $1" ;;
    esac
    shift
  done
  [[ -n $DIR ]] || usage_error "--dir needs a value"
}

# Named as the packages are.
platform() {
  [[ $(uname -s) == Linux ]] || die "only Linux is supported, not $(uname -s)"
  local machine libc=""
  case $(uname -m) in
    x86_64 | amd64) machine=x64 ;;
    aarch64 | arm64) machine=arm64 ;;
    *) die "there is no Claude CLI for $(uname -m)" ;;
  esac
  if compgen -G "/lib/ld-musl-*" >/dev/null && ! compgen -G "/lib*/ld-linux*" >/dev/null; then libc=-musl; fi
  echo "linux-$machine$libc"
}

# The hash that the registry published for this version, so that nothing else can take its place.
integrity() {
  case $1 in
    linux-x64) echo "sha512-9Gn+V7DtJ8M1nztP9CeDVl9g3RtrepI7rOFTyPRRnZe8D6zebIHKmC7OvBauucuAP0X0k85SDN/LPVZyjsGezQ==" ;;
    linux-arm64) echo "sha512-V4yanAY5EA5UpwwRPtjSfqDbNqAlUJeVn3NYZw2AgmRHjdpSsLtHAzbxRXfkAnbjwTXzE0uedjQxUY02ARPcsA==" ;;
    linux-x64-musl) echo "sha512-OnduSSPY1b59FA8jTbq20Y1XkDUV0S1OVyvYBNslEbpX79P81JF7Ih4lgYvDKiFnnSv75z4Kv6qLE5DQqogYXA==" ;;
    linux-arm64-musl) echo "sha512-NemfeTqZ30tQDhAeumZgDYoX4ewhAHkN3dbcsyvlgb+yvpKUlcYu5Bor8K+Du5azGe3uy9sftlJxbGhTsCR7zA==" ;;
  esac
}

is_pinned() {
  [[ -x $1 && $("$1" --version 2>/dev/null) == "$VERSION "* ]]
}

# Made aside and moved, so that an interrupted or a second install at the same time leaves nothing half done.
install_cli() {
  command -v npm >/dev/null || die "npm is missing; get it with your system's package manager (Debian, Ubuntu: apt-get install npm)"
  FRESH=$(mktemp -d "$DIR/.install.XXXXXX")
  trap 'rm -rf "$FRESH"' EXIT
  say "fetching $PACKAGE $VERSION (a large download)"
  npm install --prefix "$FRESH" --ignore-scripts --no-audit --no-fund --no-save --package-lock=true --loglevel=error \
    "$PACKAGE@$VERSION" >&2 || die "npm could not fetch $PACKAGE $VERSION; check the network and npm's registry"
  grep -qF "\"$(integrity "$PLATFORM")\"" "$FRESH/node_modules/.package-lock.json" ||
    die "what npm fetched is not the $PACKAGE $VERSION that was published; nothing was installed"
  is_pinned "$FRESH/node_modules/$PACKAGE/claude" ||
    die "the fetched Claude CLI does not run here (its --version does not say $VERSION)"
  rm -rf "$DIR/node_modules"
  mv -T "$FRESH/node_modules" "$DIR/node_modules" || is_pinned "$PROGRAM" || die "cannot write to $DIR"
}

# The comment block at the top.
print_help() {
  sed -n '2,/^[^#]/{/^#/!d; s/^# \{0,1\}//; p;}' "${BASH_SOURCE[0]}" | sed '1{/^$/d;}'
}

say() {
  echo "${0##*/}: $*" >&2
}

die() {
  say "$*"
  exit 1
}

usage_error() {
  say "$* (see --help)"
  exit 64
}

main "$@"
