#!/usr/bin/env bash
#
# Summary: Write the configuration of an environment's monitoring, as its settings and secrets ask for it
#
# Usage: monitoring-config.sh ENV --to DIR
#
#   ENV        staging or production; its settings stand in compose/.env.ENV, or in the file that DEPLOY_ENV_FILE names
#   --to DIR   Where the files go: prometheus.yml, alertmanager.yml, blackbox.yml, templates/, dashboards/
#   --help     This text
#
# Alertmanager and Prometheus expand no variables, so what depends on an environment is filled in here: between two @ in the files below
# compose/monitoring. From "@if" to "@end" a part is left out where nothing was set up for it: SLACK (slack_webhook_url is not empty),
# SLACK_ONLY (and there is no mail), MAIL (ALERTS_MAIL_TO), SMTP_USER, HEARTBEAT (heartbeat_url is not empty), INTERNAL (TLS is internal).
# Of a secret only whether its file is empty is looked at. A setting that is wrong is named, and nothing is written. scripts/deploy.sh
# calls it, before and after a release.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

HOST='^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$'
HOST_AND_PORT='^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?:[0-9]{1,5}$'
# With a name in front, or several with commas between them, as mail has them; nothing that would end a text in YAML.
MAIL='^[^"\\@]+@[^"\\@]+(,[^"\\@]+@[^"\\@]+)*$'
URL='^https?://[A-Za-z0-9][A-Za-z0-9.:-]*(/[A-Za-z0-9._~%/+-]*)?$'
USER_NAME='^[^"\\[:space:]]+$'

main() {
  parse "$@"
  SOURCE=$(repo_root)/compose/monitoring
  read_settings
  decide
  write
}

parse() {
  ENVIRONMENT="" TO=""
  while (($# > 0)); do
    case $1 in
      --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
      --to)
        (($# > 1)) || usage_error "--to needs a value"
        TO=$2
        shift
        ;;
      --to=*) TO=${1#*=} ;;
      -*) usage_error "unknown option $1" ;;
      *)
        [[ -z $ENVIRONMENT ]] || usage_error "too much: $1"
        ENVIRONMENT=$1
        ;;
    esac
    shift
  done
  [[ $ENVIRONMENT =~ ^(staging|production)$ ]] || usage_error "which environment: staging or production?"
  [[ -n $TO ]] || usage_error "--to is missing"
}

read_settings() {
  SETTINGS=${DEPLOY_ENV_FILE:-$(repo_root)/compose/.env.$ENVIRONMENT}
  [[ -f $SETTINGS ]] || die "$SETTINGS is missing; copy compose/.env.production.example there and fill it in"
  SECRETS_DIR=$(setting SECRETS_DIR)
  SITE_ADDRESS=$(checked SITE_ADDRESS "$HOST" "$(setting SITE_ADDRESS)")
  local port
  port=$(setting HTTPS_PORT | grep . || echo 8443)
  PUBLIC_URL=$(checked DASHBOARD_SERVER_PUBLIC_URL "$URL" "$(setting DASHBOARD_SERVER_PUBLIC_URL | grep . || echo "https://$SITE_ADDRESS:$port")")
  RUNBOOKS_URL=$(checked RUNBOOKS_URL "$URL" "$(setting RUNBOOKS_URL)")
  RUNBOOKS_URL=${RUNBOOKS_URL%/}
  ALERTS_MAIL_TO=$(setting ALERTS_MAIL_TO) ALERTS_MAIL_FROM="" SMTP_HOST="" SMTP_USER=""
  if [[ -n $ALERTS_MAIL_TO ]]; then
    ALERTS_MAIL_TO=$(checked ALERTS_MAIL_TO "$MAIL" "$ALERTS_MAIL_TO")
    ALERTS_MAIL_FROM=$(checked ALERTS_MAIL_FROM "$MAIL" "$(setting ALERTS_MAIL_FROM)")
    SMTP_HOST=$(checked SMTP_HOST "$HOST_AND_PORT" "$(setting SMTP_HOST)")
    SMTP_USER=$(setting SMTP_USER)
    [[ -z $SMTP_USER ]] || SMTP_USER=$(checked SMTP_USER "$USER_NAME" "$SMTP_USER")
  fi
  export ENVIRONMENT SITE_ADDRESS PUBLIC_URL RUNBOOKS_URL ALERTS_MAIL_TO ALERTS_MAIL_FROM SMTP_HOST SMTP_USER
}

setting() { # NAME
  env_file_value "$SETTINGS" "$1"
}

checked() { # NAME PATTERN VALUE
  [[ -n $3 ]] || die "$1 is missing in $SETTINGS"
  [[ $3 =~ $2 ]] || die "$1 is not of the form that is needed in $SETTINGS: $3"
  echo "$3"
}

# Which parts there are.
decide() {
  PARTS=" "
  local slack=false
  if [[ -s $SECRETS_DIR/slack_webhook_url ]]; then
    slack=true
    PARTS+="SLACK "
  fi
  if [[ -n $ALERTS_MAIL_TO ]]; then
    PARTS+="MAIL "
  elif [[ $slack == true ]]; then
    PARTS+="SLACK_ONLY "
  else
    say "alerts go to nobody: neither the secret slack_webhook_url nor ALERTS_MAIL_TO is there; runbooks/Monitoring.md"
  fi
  if [[ -n $SMTP_USER ]]; then
    PARTS+="SMTP_USER "
    [[ -s $SECRETS_DIR/smtp_password ]] || say "SMTP_USER is set, but the secret smtp_password is empty: no mail will be taken"
  fi
  if [[ -s $SECRETS_DIR/heartbeat_url ]]; then
    PARTS+="HEARTBEAT "
  else
    say "nobody outside will notice when the monitoring itself is dead: the secret heartbeat_url is empty; runbooks/Monitoring.md"
  fi
  if [[ $(setting TLS | grep . || echo internal) == internal ]]; then PARTS+="INTERNAL "; fi
  export PARTS
}

# For users of containers that are none of this machine's: everybody may read it, and it holds no secret.
write() {
  umask 022
  mkdir -p "$TO/templates" "$TO/dashboards"
  fill "$SOURCE/prometheus/prometheus.yml" "$TO/prometheus.yml"
  fill "$SOURCE/alertmanager/alertmanager.yml" "$TO/alertmanager.yml"
  fill "$SOURCE/blackbox/blackbox.yml" "$TO/blackbox.yml"
  fill "$SOURCE/alertmanager/templates/message.tmpl" "$TO/templates/message.tmpl"
  local dashboard
  for dashboard in "$SOURCE"/grafana/dashboards/*.json; do fill "$dashboard" "$TO/dashboards/${dashboard##*/}"; done
}

# Replaced, not written into: a container that has the file mounted keeps the one that it has read.
fill() { # FROM TO
  awk '
    $1 == "#" && $2 == "@if" {left_out = index(ENVIRON["PARTS"], " " $3 " ") == 0; next}
    $1 == "#" && $2 == "@end" {left_out = 0; next}
    left_out {next}
    {
      line = ""
      while (match($0, /@[A-Z_]+@/)) {
        name = substr($0, RSTART + 1, RLENGTH - 2)
        if (!(name in ENVIRON)) {print FILENAME ": nothing is called " name >"/dev/stderr"; exit 1}
        line = line substr($0, 1, RSTART - 1) ENVIRON[name]
        $0 = substr($0, RSTART + RLENGTH)
      }
      print line $0
    }' "$1" >"$2.new"
  mv "$2.new" "$2"
}

main "$@"
