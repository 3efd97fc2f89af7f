#!/usr/bin/env bash
#
# Summary: Look for secrets in the files of the checkout and in everything that was ever committed
#
# Usage: scan-secrets.sh [DIR]
#
#   DIR      The git work tree to look at (default: this checkout)
#   --help   This text
#
# Exits with 0 when nothing was found, with 1 and the places when something was. What a finding shows is masked. Uses
# secretlint, pinned in .github/tools; it knows the forms of keys of common services, private keys and passwords in URLs.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case ${1:-} in
  --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
  -*) usage_error "unknown option $1" ;;
esac

main() {
  need_node
  need_git
  TOOLS=$(repo_root)/.github/tools
  TARGET=$(cd "${1:-$(repo_root)}" && pwd -P)
  git -C "$TARGET" rev-parse --is-inside-work-tree >/dev/null 2>&1 || die "$TARGET is no git work tree"
  install_tools
  SCRATCH=$(mktemp -d)
  trap 'rm -rf "$SCRATCH"' EXIT
  files_to "$SCRATCH/files"
  history_to "$SCRATCH/history"
  widen_to_utf8 "$SCRATCH"
  [[ -n $(find "$SCRATCH/files" -type f -print -quit) ]] || die "there is nothing to scan in $TARGET"
  local count
  count=$(find "$SCRATCH/files" "$SCRATCH/history" -type f | wc -l)
  local status=0
  (cd "$SCRATCH" && "$TOOLS/node_modules/.bin/secretlint" --maskSecrets --secretlintrc "$TOOLS/secretlintrc.json" "**/*") ||
    status=$?
  case $status in
    0) ;;
    1) die "secrets found; a committed one is burnt: replace it where it is used, then remove it from the history" ;;
    *) die "the scan could not be done: secretlint ended with $status" ;;
  esac
  echo "no secrets in $count files and committed versions"
}

# Only when the pinned versions are not there yet.
install_tools() {
  if ! cmp -s "$TOOLS/package-lock.json" "$TOOLS/node_modules/.installed-lock"; then
    (cd "$TOOLS" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || die "secretlint cannot be installed"
    cp "$TOOLS/package-lock.json" "$TOOLS/node_modules/.installed-lock"
  fi
}

# What lies in the work tree and is not ignored, committed or not.
files_to() {
  mkdir -p "$1"
  (cd "$TARGET" && git ls-files -z --cached --others --exclude-standard |
    while IFS= read -r -d '' file; do
      [[ -f $file && ! -L $file ]] || continue
      mkdir -p "$1/$(dirname -- "$file")"
      cp -- "$file" "$1/$(as_text "$file")"
    done)
}

# Every version of every file in every commit, each in a file of its own; messages of commits and tags too.
history_to() {
  mkdir -p "$1"
  (cd "$TARGET" && git rev-list --objects --all |
    git cat-file --batch-check='%(objecttype) %(objectname) %(rest)' |
    while read -r type object path; do
      if [[ $type == blob ]]; then
        # One folder, and a name in front, so that no old .gitignore or .secretlintignore hides what lies beside it.
        path=${path##*/}
        ((${#path} <= 100)) || path=${path: -100}
        git cat-file blob "$object" >"$1/$object-$(as_text "$path")"
      fi
    done
    git log --all --format='%H%n%an %ae%n%B' >"$1/messages.txt"
    git for-each-ref refs/tags --format='%(refname)%0a%(contents)' >"$1/tags.txt")
}

# secretlint passes over what is called a picture or an archive, whatever stands in it; of names it knows npm's alone.
as_text() { # NAME
  case $1 in
    *.npmrc | *package.json | *package-lock.json) echo "$1" ;;
    *) echo "$1.txt" ;;
  esac
}

# Some editors write so, and a key with a zero byte after each letter has no form that is known.
widen_to_utf8() { # DIR
  local file
  { LC_ALL=C grep -rlaZP '^(\xff\xfe|\xfe\xff)' "$1" || (($? == 1)); } |
    while IFS= read -r -d '' file; do
      case $(head -c 2 "$file" | od -An -tx1) in
        ' ff fe' | ' fe ff')
          # What is no such text after all stays as it is, and is scanned so.
          if iconv -f UTF-16 -t UTF-8 "$file" >"$SCRATCH.utf8" 2>/dev/null; then mv "$SCRATCH.utf8" "$file"; fi
          rm -f "$SCRATCH.utf8"
          ;;
      esac
    done
}

main "$@"
