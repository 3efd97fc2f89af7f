#!/usr/bin/env bash
#
# Summary: Run everything that CI runs, in the same order; a green run here is a green run there
#
# Usage: test.sh [--fast | --no-containers]
#
#   --fast            Only format, lint, secrets, the browser side and unit tests
#   --no-containers   Leave out the images, their deploy and their hardening, where no Docker engine can be had; says so at the end
#   --help            This text
#
# Checks the format, scripts, workflows, alerts, the browser side, secrets in files and history, then builds and runs unit, script, story
# and browser tests with the real Claude CLI on a scripted model, the smoke tests against a server broken in each way that they
# look for, backups, restores and the drill with the real restic and an S3 server, a load, and deploys of the images on a Docker
# engine. Fails when anything could not be run. Uses DASHBOARD_TEST_CLI and DASHBOARD_TEST_CHROMIUM when they are set; else installs
# the pinned CLI, and, with CI=true on Debian as root, what else is missing. The engine is the machine's own, or, as root on
# Debian, one that is started for the tests in target/engine.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

FAST=false CONTAINERS=true
case ${1:-} in
  --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
  --fast) FAST=true ;;
  --no-containers) CONTAINERS=false ;;
  "") ;;
  *) usage_error "unknown option $1" ;;
esac

main() {
  cd "$(repo_root)"
  tools
  if [[ $FAST == true ]]; then
    step "Java format" mvn --batch-mode --quiet spotless:check
    step "Scripts, workflows, YAML" scripts/lint.sh
    step "Browser side" browser_side
    step "Secrets" scripts/scan-secrets.sh
    step "Unit tests" mvn --batch-mode test
    say "everything passed"
    return
  fi
  begin "Browser side" browser_side
  step "Java format" mvn --batch-mode --quiet spotless:check
  step "Scripts, workflows, YAML" scripts/lint.sh
  step "Secrets" scripts/scan-secrets.sh
  step "Alerts" src/test/sh/alerts-test.sh
  finish
  begin "Monitoring's configuration" src/test/sh/monitoring-config-test.sh
  step "Script tests" src/test/sh/scripts-test.sh
  finish
  # Mostly fetching: beside the unit tests, which mostly wait.
  if [[ $CONTAINERS == true ]]; then begin "Images" src/test/sh/container-test.sh --images; fi
  step "Build, unit, story and browser tests" mvn --batch-mode verify
  if [[ $CONTAINERS == true ]]; then finish; fi
  begin "What a running server's scripts do" with_the_program
  if [[ $CONTAINERS == true ]]; then step "Containers" src/test/sh/container-test.sh; fi
  finish
  if [[ $CONTAINERS == false ]]; then
    say "ATTENTION: images, deploy, rollback and hardening were NOT tested (--no-containers)"
    say "everything else passed"
  else
    say "everything passed"
  fi
}

with_the_program() {
  step "Doctor's tests" src/test/sh/doctor-test.sh
  step "Smoke tests, each against its fault" bats src/test/sh/smoke-tests.bats
  step "Backups" src/test/sh/backup-test.sh
  step "Restores" src/test/sh/restore-test.sh
  step "Disaster recovery" src/test/sh/drill-test.sh
  step "Load" scripts/load-test.sh --gate
}

step() { # NAME COMMAND...
  local began=$SECONDS
  echo "== $1" >&2
  "${@:2}" || die "$1: failed"
  say "$1: $((SECONDS - began)) s"
}

# Beside the steps that follow, until "finish", which tells what it said: for what mostly waits. One at a time, in a group of
# processes of its own, so that with a step that fails all of it ends.
begin() { # NAME COMMAND...
  BESIDE=$1 BESIDE_BEGAN=$SECONDS BESIDE_SAID=$(mktemp)
  set -m
  "${@:2}" >"$BESIDE_SAID" 2>&1 &
  BESIDE_PID=$!
  set +m
  trap 'kill -- "-$BESIDE_PID" 2>/dev/null || true; rm -f "$BESIDE_SAID"' EXIT
}

finish() {
  local status=0
  wait "$BESIDE_PID" || status=$?
  trap - EXIT
  echo "== $BESIDE" >&2
  cat "$BESIDE_SAID" && rm -f "$BESIDE_SAID"
  ((status == 0)) || die "$BESIDE: failed"
  say "$BESIDE: within $((SECONDS - BESIDE_BEGAN)) s"
}

tools() {
  use_jdk
  need_git
  provide mvn maven
  provide node nodejs
  provide npm npm
  need_maven
  need_node
  # Unit tests hold the command line to the real CLI too.
  DASHBOARD_TEST_CLI=$(provide_cli "${DASHBOARD_TEST_CLI:-}")
  export DASHBOARD_TEST_CLI
  [[ $FAST == true ]] && return
  provide faketime faketime
  provide bats bats
  provide restic restic
  provide caddy caddy
  provide curl curl
  provide openssl openssl
  provide sqlite3 sqlite3
  provide fuser psmisc
  provide pgrep procps
  provide flock util-linux
  provide prometheus prometheus
  provide prometheus-alertmanager prometheus-alertmanager
  provide prometheus-blackbox-exporter prometheus-blackbox-exporter
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

browser_side() {
  (cd src/main/web && npm ci --no-audit --no-fund --loglevel=error && npm run lint && npm test)
}

main
