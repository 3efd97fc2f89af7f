#!/usr/bin/env bash
#
# Summary: Test the rules of Prometheus by promtool: each is of a form that it takes, and does at each time what its tests say
#
# Usage: alerts-test.sh
#
#   --help   This text
#
# The tests stand in src/test/prometheus; AlertsTest holds that each alert has some of each kind. That they would find a fault is shown
# too: rules are broken on purpose, and the tests must fail. Needs promtool (Debian: prometheus). Prints TAP and "N passed, N failed";
# exits with 1 when one failed.
set -uo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../../scripts/lib.sh"
# shellcheck source=src/test/sh/tap.sh
source "$(dirname "${BASH_SOURCE[0]}")/tap.sh"

ROOT=$(repo_root)
RULES=$ROOT/compose/monitoring/prometheus/rules
TESTS=$ROOT/src/test/prometheus

main() {
  case ${1:-} in
    --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
    "") ;;
    *) usage_error "unknown option $1" ;;
  esac
  provide promtool prometheus
  SCRATCH=$(mktemp -d)
  trap 'rm -rf "$SCRATCH"' EXIT
  run prometheus_takes_the_rules
  run each_alert_does_what_its_tests_say
  run a_rule_that_is_broken_is_found
  conclude
}

prometheus_takes_the_rules() {
  promtool check rules --lint=all --lint-fatal "$RULES"/*.yml
}

each_alert_does_what_its_tests_say() {
  promtool test rules "$TESTS"/*.test.yml
}

# One thing of each kind: a threshold, a time, a comparison, what makes up for an absent metric, and a text.
a_rule_that_is_broken_is_found() {
  broken service service.yml 's/for: 20s/for: 10s/'
  broken service service.yml 's/ or absent(up{job="dashboard"})//'
  broken sessions sessions.yml 's/> 2 \* 3600/>= 2 * 3600/'
  broken operations operations.yml 's/increase(dashboard_journal_failures_total\[1m\])/increase(dashboard_journal_failures_total[5m])/'
  broken operations operations.yml 's/summary: The journal cannot/summary: The journal can/'
  broken slo slo.yml 's/ >= 10$/ >= 9/'
  broken slo-days recording.yml 's/ \/ (1 - 0.999)$/ \/ (1 - 0.99)/'
}

broken() { # TEST FILE SED
  rm -rf broken
  mkdir -p broken/src/test broken/compose/monitoring/prometheus
  cp -r "$RULES" broken/compose/monitoring/prometheus/
  cp -r "$TESTS" broken/src/test/
  sed -i "$3" "broken/compose/monitoring/prometheus/rules/$2"
  ! cmp -s "$RULES/$2" "broken/compose/monitoring/prometheus/rules/$2" || fail "nothing was broken by $3"
  promtool check rules "broken/compose/monitoring/prometheus/rules/$2" >/dev/null
  ! promtool test rules "broken/src/test/prometheus/$1.test.yml" >/dev/null 2>&1 || fail "$1.test.yml does not find: $3"
}

main "$@"
