#!/usr/bin/env bash
#
# Summary: Test the monitoring's configuration as far as it can be without an engine: Prometheus, Alertmanager and the probe by their own
# programs; Grafana, Loki and Alloy, which no package has, by schema and by what must stand there
#
# Usage: monitoring-config-test.sh
#
#   --help   This text
#
# What scripts/monitoring-config.sh writes is looked at, and not only what it is made from. Needs promtool, amtool, the blackbox exporter
# (Debian: prometheus, prometheus-alertmanager, prometheus-blackbox-exporter) and the browser side's packages. Prints TAP and
# "N passed, N failed"; exits with 1 when one failed. container-test.sh runs the parts that have packages.
set -uo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../../scripts/lib.sh"
# shellcheck source=src/test/sh/tap.sh
source "$(dirname "${BASH_SOURCE[0]}")/tap.sh"

ROOT=$(repo_root)
MONITORING=$ROOT/compose/monitoring
# So written that no scanner takes them for what they stand for.
PLANTED=planted-"for-this-test-"$RANDOM$RANDOM

main() {
  case ${1:-} in
    --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
    "") ;;
    *) usage_error "unknown option $1" ;;
  esac
  provide node nodejs
  provide promtool prometheus
  provide amtool prometheus-alertmanager
  provide prometheus-blackbox-exporter prometheus-blackbox-exporter
  [[ -d $ROOT/src/main/web/node_modules/typescript ]] || die "the browser side's packages are missing: npm ci in src/main/web"
  install_tools "$ROOT"
  SCRATCH=$(mktemp -d)
  trap 'rm -rf "$SCRATCH"' EXIT
  run prometheus_takes_what_is_written
  run alertmanager_takes_what_is_written_whatever_is_set_up
  run alerts_reach_those_whom_they_should
  run a_message_says_what_is_wrong_and_leads_to_its_runbook
  run the_probe_trusts_the_own_authority_only_where_there_is_one
  run settings_that_are_missing_or_wrong_are_named_and_nothing_is_written
  run no_secret_stands_in_what_is_written
  run the_services_are_hardened_limited_pinned_and_closed
  run each_fault_of_a_service_is_found
  run dashboards_fit_the_schema_and_their_queries_are_parsed
  run loki_and_alloy_keep_little_and_tell_nobody
  echo "# not run, for want of packages: Grafana, Loki and Alloy. Their files were checked by schema, by grammar and by what must stand there."
  conclude
}

# --- what is written ------------------------------------------------------------------------------------------------------

settings() { # LINE...: of an environment with everything set up; later lines count
  mkdir -p secrets
  printf '%s\n' "SITE_ADDRESS=dashboard.test" "SECRETS_DIR=$PWD/secrets" "STATE_DIR=$PWD/state" \
    "RUNBOOKS_URL=https://git.example.org/dashboard/blob/main" "ALERTS_MAIL_TO=ops@example.org, night@example.org" \
    "ALERTS_MAIL_FROM=Dashboard <dashboard@example.org>" "SMTP_HOST=mail.example.org:587" "SMTP_USER=dashboard" "$@" >"env"
  local name
  for name in slack_webhook_url smtp_password heartbeat_url; do printf '%s' "$PLANTED" >"secrets/$name"; done
}

written() { # [ENV]
  DEPLOY_ENV_FILE=$PWD/env "$ROOT/scripts/monitoring-config.sh" "${1:-production}" --to written || return
  # Where the container has it.
  sed -i "s|/etc/alertmanager/templates|$PWD/written/templates|" written/alertmanager.yml
  # The release that Debian 12 has, 0.25, takes the address of a webhook from no file yet; ours does.
  if ! version_at_least "$(amtool --version 2>&1 | sed -n 's/^amtool, version \([0-9.]*\).*/\1/p')" 0.26; then
    sed -i 's|url_file: /run/secrets/heartbeat_url|url: http://127.0.0.1/|' written/alertmanager.yml
  fi
}

prometheus_takes_what_is_written() {
  settings
  written staging
  sed -i "s|/etc/prometheus/rules|$MONITORING/prometheus/rules|" written/prometheus.yml
  promtool check config written/prometheus.yml
  grep -qx '    environment: "staging"' written/prometheus.yml
  grep -qF 'target: ["https://dashboard.test:8443/health/ready"]' written/prometheus.yml
  grep -qF '{instance: "https://dashboard.test:8443"}' written/prometheus.yml
  equal "alertmanager alloy dashboard grafana loki prometheus site" "$(sed -n 's/^  - job_name: //p' written/prometheus.yml | sort | xargs)" "jobs"
  ! grep -q '@[A-Z_]*@' -r written || fail "something was not filled in"
}

alertmanager_takes_what_is_written_whatever_is_set_up() {
  settings
  written
  amtool check-config written/alertmanager.yml
  settings ALERTS_MAIL_TO=
  written
  amtool check-config written/alertmanager.yml
  ! grep -q "smtp\|email" written/alertmanager.yml || fail "mail, though there is none"
  equal 2 "$(grep -c 'slack_configs' written/alertmanager.yml)" "tickets go to Slack where there is no mail"
  settings SMTP_USER=
  : >secrets/slack_webhook_url
  : >secrets/heartbeat_url
  written
  amtool check-config written/alertmanager.yml
  ! grep -q "slack\|smtp_auth\|webhook" written/alertmanager.yml || fail "something is there that was not set up"
  settings ALERTS_MAIL_TO=
  : >secrets/slack_webhook_url
  written 2>said
  amtool check-config written/alertmanager.yml
  grep -q "alerts go to nobody" said
}

alerts_reach_those_whom_they_should() {
  settings
  written
  reaches page severity=page alertname=DashboardDown
  reaches ticket severity=ticket alertname=DiskFilling
  reaches heartbeat alertname=Watchdog
  # Misspelt by whoever writes the next alert: somebody must hear of it.
  reaches ticket severity=pgae alertname=Other
  reaches ticket alertname=Other
  receiver page slack_configs email_configs
  receiver ticket email_configs
  receiver heartbeat webhook_configs
  # Slack and mail are the same two everywhere, and say when it is over; the heartbeat is only ever a heartbeat.
  equal "2 true, 1 false" "$(grep -c 'send_resolved: true' written/alertmanager.yml) true, $(grep -c 'send_resolved: false' written/alertmanager.yml) false" "whether it is said when it is over"
  equal "5s" "$(sed -n '/severity="page"'"'"'\]/,/group_wait/s/.*group_wait: //p' written/alertmanager.yml | head -n 1)" "how long a page waits for others"
  grep -qF "target_matchers: ['alertname!~\"DashboardDown|CertificateExpiring|MonitoringDegraded|Watchdog\"']" written/alertmanager.yml
}

reaches() { # RECEIVER LABEL...
  equal "$1" "$(amtool config routes test --config.file=written/alertmanager.yml "${@:2}" 2>/dev/null)" "who gets ${*:2}"
}

receiver() { # NAME KIND...
  local found
  found=$(node -e '
    const { parse } = require(process.argv[1] + "/.github/tools/node_modules/yaml");
    const { receivers } = parse(require("fs").readFileSync("written/alertmanager.yml", "utf8"));
    console.log(Object.keys(receivers.find((one) => one.name === process.argv[2])).filter((key) => key !== "name").join(" "));' "$ROOT" "$1")
  equal "${*:2}" "$found" "how $1 is told"
}

a_message_says_what_is_wrong_and_leads_to_its_runbook() {
  settings
  written
  cat >data.json <<'END'
{"receiver": "page", "status": "firing", "externalURL": "http://alertmanager",
 "groupLabels": {"alertname": "DashboardDown"},
 "commonLabels": {"alertname": "DashboardDown", "environment": "production", "severity": "page"},
 "commonAnnotations": {"summary": "The dashboard does not answer; everybody is cut off", "runbook": "runbooks/DashboardDown.md"},
 "alerts": [
  {"status": "firing", "startsAt": "2026-03-04T05:06:07Z", "labels": {"alertname": "DashboardDown"},
   "annotations": {"summary": "The dashboard does not answer; everybody is cut off", "description": "For 20 s.", "runbook": "runbooks/DashboardDown.md"}},
  {"status": "resolved", "startsAt": "2026-03-04T05:06:07Z", "endsAt": "2026-03-04T05:16:07Z", "labels": {"alertname": "DashboardDown"},
   "annotations": {"summary": "The other one", "runbook": "runbooks/DashboardDown.md"}}]}
END
  equal "[FIRING:1] DashboardDown (production), page: The dashboard does not answer; everybody is cut off" "$(rendered title)" "title"
  equal "https://git.example.org/dashboard/blob/main/runbooks/DashboardDown.md" "$(rendered link)" "link"
  equal "The dashboard does not answer; everybody is cut off
For 20 s.
What to do: https://git.example.org/dashboard/blob/main/runbooks/DashboardDown.md
Since 2026-03-04 05:06:07 UTC

Over:
The other one
What to do: https://git.example.org/dashboard/blob/main/runbooks/DashboardDown.md
Since 2026-03-04 05:06:07 UTC, over at 05:16:07 UTC" "$(rendered text)" "text"
  equal danger "$(rendered colour)" "colour"
  sed -i '0,/"firing"/s//"resolved"/' data.json
  equal good "$(rendered colour)" "colour when it is over"
  [[ $(rendered title) == "[RESOLVED] DashboardDown (production)"* ]] || fail "title when it is over: $(rendered title)"
}

rendered() { # NAME
  amtool template render --template.glob='written/templates/*.tmpl' --template.text="{{ template \"dashboard.$1\" . }}" --template.data=data.json |
    sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}

the_probe_trusts_the_own_authority_only_where_there_is_one() {
  settings
  written
  prometheus-blackbox-exporter --config.check --config.file=written/blackbox.yml
  grep -q "ca_file: /etc/blackbox/ca.crt" written/blackbox.yml
  settings TLS=operations@example.org
  written
  prometheus-blackbox-exporter --config.check --config.file=written/blackbox.yml
  ! grep -q "ca_file\|insecure" written/blackbox.yml || fail "the public authorities are not enough"
}

settings_that_are_missing_or_wrong_are_named_and_nothing_is_written() {
  refused 64 "which environment" "$ROOT/scripts/monitoring-config.sh" dev --to written
  refused 64 "--to is missing" "$ROOT/scripts/monitoring-config.sh" production
  settings
  sed -i '/RUNBOOKS_URL/d' env
  refused 1 "RUNBOOKS_URL is missing" written
  settings SMTP_HOST=mail.example.org
  refused 1 "SMTP_HOST is not of the form" written
  settings ALERTS_MAIL_FROM=
  refused 1 "ALERTS_MAIL_FROM is missing" written
  # What would end the text in YAML, and begin something else.
  settings 'ALERTS_MAIL_TO=ops@example.org", headers: {X: y}, to: "ops@example.org'
  refused 1 "ALERTS_MAIL_TO is not of the form" written
  settings 'RUNBOOKS_URL=https://example.org/{{ .ExternalURL }}'
  refused 1 "RUNBOOKS_URL is not of the form" written
  [[ ! -e written ]] || fail "something was written"
}

no_secret_stands_in_what_is_written() {
  settings
  written
  ! grep -rF "$PLANTED" written || fail "a secret was copied"
  # Fields of Alertmanager that take a secret itself.
  ! grep -nE '^ *(- )?(api_url|slack_api_url|smtp_auth_password|auth_password|smtp_auth_secret|password|credentials|bearer_token):' written/alertmanager.yml ||
    fail "a secret stands inline"
  ! grep -rnE 'secureJsonData|basicAuthPassword|password:' "$MONITORING/grafana/provisioning" || fail "a secret of Grafana stands inline"
}

# --- compose, dashboards, and what has no package --------------------------------------------------------------------------

the_services_are_hardened_limited_pinned_and_closed() {
  node "$ROOT/.github/tools/monitoring.mjs" compose "$ROOT/compose/compose.monitoring.yaml"
  local name
  for name in GF_AUTH_ANONYMOUS_ENABLED GF_USERS_ALLOW_SIGN_UP GF_ANALYTICS_REPORTING_ENABLED GF_ANALYTICS_CHECK_FOR_UPDATES GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES; do
    grep -qx "      $name: \"false\"" "$ROOT/compose/compose.monitoring.yaml" || fail "$name is not off"
  done
  equal "false false" "$(sed -n 's/^    editable: //p' "$MONITORING/grafana/provisioning/datasources/datasources.yml" | tr '\n' ' ' | sed 's/ $//')" "whether data sources can be edited"
  grep -qx "    allowUiUpdates: false" "$MONITORING/grafana/provisioning/dashboards/dashboards.yml"
  # Where the Grafana is whose schema the dashboards are held to.
  equal "$(sed -n 's|.*grafana/grafana:\([0-9]*\)\..*|\1|p' "$ROOT/compose/compose.monitoring.yaml")" \
    "$(sed -n 's|.*"@grafana/schema": "\([0-9]*\)\..*|\1|p' "$ROOT/.github/tools/package.json")" "major version of Grafana"
}

# The dollars are compose's.
# shellcheck disable=SC2016
each_fault_of_a_service_is_found() {
  finds "a user by name" 's|user: "10004:10004"|user: prometheus|' "no user by number"
  finds "an open port" 's|"127.0.0.1:\$|"$|' "publishes"
  finds "a latest image" 's|grafana/loki:[0-9.]*|grafana/loki:latest|' "no image of one version"
  finds "the socket" 's|\${DOCKER_ROOT:-/var/lib/docker}/containers:/var/log/containers|/var/run/docker.sock:/var/run/docker.sock|' "the engine's socket"
  finds "a password in the environment" 's|GF_SECURITY_ADMIN_PASSWORD__FILE: .*|GF_SECURITY_ADMIN_PASSWORD: admin|' "is no file"
  finds "no limit" 's|cpus: "0.25", memory: 128M, pids: 64|cpus: "0.25", memory: 128M|' "no limit of pids"
  finds "another one at the management port" 's|      tools: {ipv4_address: "\${NET:-10.213.7}.54"}|      monitoring: {}|' "who is in monitoring"
}

finds() { # WHAT EXPRESSION TEXT
  sed "$2" "$ROOT/compose/compose.monitoring.yaml" >faulty.yaml
  ! cmp -s faulty.yaml "$ROOT/compose/compose.monitoring.yaml" || fail "$1: nothing was changed"
  refused 1 "$3" node "$ROOT/.github/tools/monitoring.mjs" compose faulty.yaml
}

dashboards_fit_the_schema_and_their_queries_are_parsed() {
  node "$ROOT/.github/tools/monitoring.mjs" dashboards "$MONITORING/grafana/dashboards" queries.json
  promtool check rules queries.json
  settings
  written
  local name
  for name in service sessions cost operations; do
    node -e 'JSON.parse(require("fs").readFileSync(process.argv[1]))' "written/dashboards/$name.json"
  done
  grep -qF '"https://git.example.org/dashboard/blob/main/runbooks/' written/dashboards/service.json
}

# The dollar is Loki's.
# shellcheck disable=SC2016
loki_and_alloy_keep_little_and_tell_nobody() {
  node "$ROOT/.github/tools/monitoring.mjs" alloy "$MONITORING/alloy/config.alloy"
  local line
  for line in "auth_enabled: false" "analytics: {reporting_enabled: false}" "  retention_enabled: true" "  delete_request_store: filesystem" \
    '  retention_period: ${RETENTION}' "      store: tsdb" "      schema: v13"; do
    grep -qxF -- "$line" "$MONITORING/loki/loki.yml" || fail "Loki: $line"
  done
  grep -qF "[-config.file=/etc/loki/loki.yml, -config.expand-env=true]" "$ROOT/compose/compose.monitoring.yaml"
  grep -qx "      - --disable-reporting" "$ROOT/compose/compose.monitoring.yaml"
}

main "$@"
