#!/usr/bin/env bash
#
# Summary: Run everything that CI runs, in the same order; a green run here is a green run there
#
# Usage: test.sh [--fast]
#
#   --fast   Leave out what needs the packaged program: story, browser and script tests
#   --help   This text
#
# Checks the format, the shell scripts, the browser side, secrets in files and history, then builds and runs unit, script,
# story and browser tests with the real Claude CLI on a scripted model. Fails when anything could not be run. Uses
# DASHBOARD_TEST_CLI and DASHBOARD_TEST_CHROMIUM when they are set; else installs the pinned CLI, and, with CI=true on
# Debian as root, what else is missing.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

FAST=false
case ${1:-} in
  --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
  --fast) FAST=true ;;
  "") ;;
  *) usage_error "unknown option $1" ;;
esac

main() {
  cd "$(repo_root)"
  tools
  step "Java format" mvn --batch-mode --quiet spotless:check
  step "Shell scripts" shell_scripts
  step "Browser side" browser_side
  step "Secrets" scripts/scan-secrets.sh
  if [[ $FAST == true ]]; then
    step "Unit tests" mvn --batch-mode test
  else
    step "Script tests" src/test/sh/scripts-test.sh
    step "Build, unit, story and browser tests" mvn --batch-mode verify
  fi
  say "everything passed"
}

step() { # NAME COMMAND...
  echo "== $1" >&2
  "${@:2}" || die "$1: failed"
}

tools() {
  use_jdk
  need_git
  provide mvn maven
  provide node nodejs
  provide npm npm
  provide shellcheck shellcheck
  need_maven
  need_node
  # Unit tests hold the command line to the real CLI too.
  DASHBOARD_TEST_CLI=$(provide_cli "${DASHBOARD_TEST_CLI:-}")
  export DASHBOARD_TEST_CLI
  [[ $FAST == true ]] && return
  provide faketime faketime
  DASHBOARD_TEST_CHROMIUM=$(chromium_path)
  export DASHBOARD_TEST_CHROMIUM
}

chromium_path() {
  local name
  if [[ -n ${DASHBOARD_TEST_CHROMIUM:-} ]]; then
    [[ -x $DASHBOARD_TEST_CHROMIUM ]] || die "DASHBOARD_TEST_CHROMIUM names no executable: $DASHBOARD_TEST_CHROMIUM"
    echo "$DASHBOARD_TEST_CHROMIUM"
    return
  fi
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" && return
  done
  if [[ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ]]; then
    echo "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    return
  fi
  # Without a font of its own a bare machine would draw no letters.
  provide chromium chromium fonts-liberation
  command -v chromium
}

shell_scripts() {
  local files
  mapfile -t files < <(git ls-files --cached --others --exclude-standard -- '*.sh' .ci/run | sort -u)
  shellcheck --external-sources --source-path=SCRIPTDIR/.. "${files[@]}"
  echo "${#files[@]} shell scripts checked"
}

browser_side() {
  (cd src/main/web && npm ci --no-audit --no-fund --loglevel=error && npm run lint && npm test)
}

main
