#!/usr/bin/env bash
#
# Summary: Look for secrets in the files of the checkout and in everything that was ever committed
#
# Usage: scan-secrets.sh [DIR]
#
#   DIR      The git work tree to look at (default: this checkout)
#   --help   This text
#
# Exits with 0 when nothing was found, with 1 and the places when something was; the secrets themselves are not shown. Uses
# gitleaks with the rules of .github/tools/gitleaks.toml: the one that is installed, else Debian's package, unpacked into
# target/tools and not installed.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case ${1:-} in
  --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
  -*) usage_error "unknown option $1" ;;
esac

main() {
  need_git
  RULES=$(repo_root)/.github/tools/gitleaks.toml
  TARGET=$(cd "${1:-$(repo_root)}" && pwd -P)
  git -C "$TARGET" rev-parse --is-inside-work-tree >/dev/null 2>&1 || die "$TARGET is no git work tree"
  TARGET=$(git -C "$TARGET" rev-parse --show-toplevel)
  GITLEAKS=$(gitleaks_path)
  SCRATCH=$(mktemp -d)
  trap 'rm -rf "$SCRATCH"' EXIT
  mkdir "$SCRATCH/texts"
  committed_to "$SCRATCH/texts"
  changed_to "$SCRATCH/texts"
  [[ -s $SCRATCH/names ]] || die "there is nothing to scan in $TARGET"
  messages_to "$SCRATCH/texts"
  make_readable "$SCRATCH/texts"
  scan
}

# Prints the path of gitleaks. The package of Debian 13 needs nothing but a C library that Debian 12 has too; apt checks its
# signature, with lists of its own, so that the system's stay as they are.
gitleaks_path() {
  command -v gitleaks && return
  local tools=
  tools=$(repo_root)/target/tools
  if [[ ! -x $tools/gitleaks ]]; then
    command -v apt-get >/dev/null || die "gitleaks is missing; get it: $(how_to_get gitleaks)"
    unpack_gitleaks "$tools" >&2 || die "gitleaks could not be fetched; get it: $(how_to_get gitleaks)"
  fi
  echo "$tools/gitleaks"
}

unpack_gitleaks() ( # TOOLS
  say "fetching gitleaks"
  mkdir -p "$1"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  cd "$work" || exit
  mkdir -p lists/partial cache/archives/partial
  : >status
  options=(-qq -o APT::Sandbox::User=root -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache"
    -o "Dir::State::status=$work/status")
  # Elsewhere, as on Ubuntu 24.04, the system's own sources have it.
  if grep -q '^ID=debian$' /etc/os-release; then
    mirror=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\).*/\2/p' /etc/apt/sources.list.d/debian.sources \
      /etc/apt/sources.list 2>/dev/null | head -n 1)
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >sources
    options+=(-o "Dir::Etc::sourcelist=$work/sources" -o Dir::Etc::sourceparts=/dev/null)
  fi
  apt-get "${options[@]}" update || exit
  apt-get "${options[@]}" download gitleaks || exit
  dpkg-deb -x gitleaks_*.deb unpacked || exit
  # Moved, so that a run beside this one never finds half of it.
  mv unpacked/usr/bin/gitleaks "$1/gitleaks.$$" && mv "$1/gitleaks.$$" "$1/gitleaks"
)

# Every version of every file in every commit and in the index, each once and named by its object.
# A tree of all of them, in an object store of its own, lets git write them out at once.
committed_to() { # DIR
  local objects tree
  objects=$(git -C "$TARGET" rev-parse --path-format=absolute --git-path objects)
  git -C "$TARGET" rev-list --objects --all --indexed-objects |
    git -C "$TARGET" cat-file --batch-check='%(objecttype) %(objectname) %(rest)' |
    sed -n 's/^blob //p' | sort -u -k1,1 >"$SCRATCH/names"
  if [[ -s $SCRATCH/names ]]; then
    mkdir "$SCRATCH/objects"
    tree=$(sed 's/^\([^ ]*\).*/100644 blob \1\t\1/' "$SCRATCH/names" | aside "$objects" mktree)
    aside "$objects" archive --format=tar "$tree" | tar -x -C "$1"
  fi
}

messages_to() { # DIR
  git -C "$TARGET" log --all --format='%H%n%an %ae%n%B' >"$1/messages"
  git -C "$TARGET" for-each-ref refs/tags --format='%(refname)%0a%(contents)' >"$1/tags"
  echo "messages messages of commits" >>"$SCRATCH/names"
  echo "tags messages of tags" >>"$SCRATCH/names"
}

aside() { # OBJECTS GIT-COMMAND...
  GIT_OBJECT_DIRECTORY=$SCRATCH/objects GIT_ALTERNATE_OBJECT_DIRECTORIES=$1 git -C "$TARGET" "${@:2}"
}

# What lies in the work tree, is not ignored, and is not what the index has.
changed_to() { # DIR
  local number=0 file
  while IFS= read -r -d '' file; do
    [[ -f $TARGET/$file && ! -L $TARGET/$file ]] || continue
    number=$((number + 1))
    cp -- "$TARGET/$file" "$1/file-$number"
    echo "file-$number ${file//$'\n'/ }" >>"$SCRATCH/names"
  done < <(git -C "$TARGET" ls-files -z --modified --others --exclude-standard | sort -zu)
}

# gitleaks would pass over what begins like an archive or a program, over a line with its own mark, and over text in UTF-16,
# as some editors write it.
make_readable() { # DIR
  local file
  { LC_ALL=C grep -rlaZP '^(\xff\xfe|\xfe\xff)' "$1" || (($? == 1)); } |
    while IFS= read -r -d '' file; do
      # What is no such text after all stays as it is, and is scanned so.
      if iconv -f UTF-16 -t UTF-8 "$file" >"$SCRATCH/utf8" 2>/dev/null; then mv "$SCRATCH/utf8" "$file"; fi
    done
  # One line more in front of each, which the report takes off again.
  find "$1" -type f -print0 | LC_ALL=C xargs -0 -r sed -i -e 's/gitleaks:allow/gitleaks-allow/g' -e '1s/^/\n/'
}

scan() {
  local status=0 rule line object
  (cd "$SCRATCH/texts" && "$GITLEAKS" detect --no-git --source . --config "$RULES" --redact --no-banner --log-level error \
    --exit-code 9 --report-format json --report-path "$SCRATCH/report") >&2 || status=$?
  case $status in
    0) echo "no secrets in $(wc -l <"$SCRATCH/names") files and committed versions" ;;
    9)
      sed -n 's/^ *"Fingerprint": "\(.*\)".*/\1/p' "$SCRATCH/report" | sort -u | head -n 50 |
        while IFS=: read -r object rule line; do
          echo "$rule: $(sed -n "s/^$object //p" "$SCRATCH/names" | head -n 1), line $((line - 1)) ($object)" >&2
        done
      die "secrets found; a committed one is burnt: replace it where it is used, then remove it from the history"
      ;;
    *) die "the scan could not be done: gitleaks ended with $status" ;;
  esac
}

main "$@"
