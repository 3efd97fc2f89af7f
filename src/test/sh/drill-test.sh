#!/usr/bin/env bash
#
# Summary: Test scripts/drill.sh: all six scenarios for real, an environment from its backup, that it can fail, and that it leaves nothing
#
# Usage: drill-test.sh [TEST...]
#
# The backups of the first test are the environment of a later one, so TEST alone is for those that need none. Prints TAP and "N passed,
# N failed"; exits with 1 when one failed. Needs restic, sqlite3, node, Maven, and what start.sh needs.
set -uo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd -P)
for tool in git mvn node openssl ps restic sqlite3; do
  command -v "$tool" >/dev/null || {
    echo "drill-test.sh: $tool is missing" >&2
    exit 1
  }
done
# shellcheck source=scripts/lib.sh
source "$ROOT/scripts/lib.sh"
# shellcheck source=src/test/sh/s3.sh
source "$ROOT/src/test/sh/s3.sh"
use_jdk
# What a process of this test leaves is found by its path.
SCRATCH=$(mktemp -d)
# shellcheck source=src/test/sh/tap.sh
source "$ROOT/src/test/sh/tap.sh"
trap 'rm -rf "$SCRATCH"' EXIT
MARKED=""
at_end() {
  stop_s3
  if [[ -n $MARKED ]]; then kill "$MARKED"; fi
}
DASHBOARD_CLI_PATH=$(provide_cli "${DASHBOARD_TEST_CLI:-}") || exit 1
export DASHBOARD_CLI_PATH
unset "${!BACKUP_@}" "${!DEPLOY_@}" DASHBOARD_SECRETS_DIR
provide_s3 "$ROOT" || exit 1
SCENARIOS="lost-volume corrupt-database bad-migration leaked-key s3-gone lost-host"

# Its scratch folders are in the test's own.
drill() {
  mkdir -p tmp
  TMPDIR=$PWD/tmp DRILL_LOG=$PWD/log.md timeout --kill-after=20 600 "$ROOT/scripts/drill.sh" "$@"
}

# restic derives its keys for half a second of a core each time; repositories of these tests get keys that cost nothing.
quick_keys() {
  mkdir -p bin
  cat >bin/restic <<SHIM
#!/bin/bash
"$(command -v restic)" "\$@" || exit
if [[ " \$* " == *" init "* ]]; then
  repository=\$(sed -n 's/.*--repo \([^ ]*\) .*/\1/p' <<<"\$*")
  if [[ \$repository == s3:* ]]; then repository=\$(compgen -G "$PWD/tmp/*/s3/s3/\${repository##*/}"); fi
  node "$ROOT/src/test/sh/light-key.mjs" "\$repository" "\$RESTIC_PASSWORD_FILE" >&2
fi
SHIM
  chmod +x bin/restic
  export PATH=$PWD/bin:$PATH
}

a_log() {
  printf '# A log\n\n| when |\n|---|\n' >log.md
}

nothing_runs() {
  local left
  left=$(pgrep -f "$PWD/tmp" | grep -vx "$$") || true
  [[ -z $left ]] || fail "left: $(ps -o pid=,args= -p "${left//$'\n'/,}" | cut -c 1-300)"
}

# --- for real

six_scenarios_pass_and_are_logged() {
  local name row began=$SECONDS
  a_log
  quick_keys
  drill --log --who "The tests" --keep >said 2>words || fail "$(
    cat said
    tail -n 60 words
  )"
  equal "$SCENARIOS" "$(sed 's/^ok \([a-z0-9-]*\): .*/\1/' said | paste -s -d ' ')" "what passed"
  for name in $SCENARIOS; do
    grep -Eq "^ok $name: RPO [0-9]+\.[0-9] s \(target 1 h\), RTO [0-9]+\.[0-9] s \(target 15 min\), .*database [1-9][0-9]* KiB" said ||
      fail "figures of $name: $(cat said)"
    echo "FIGURE $(grep "^ok $name:" said)"
    row=$(grep -F "| scratch | $name |" log.md)
    [[ $row =~ ^\|\ 20[0-9-]{8}\ [0-9:]{5}\ \|\ scratch\ \|.*\ s\ \|.*\ s\ \|\ [1-9][0-9]*\ KiB\ \|\ .+,\ [0-9a-f]+\ \|\ passed\ \|\ The\ tests\ \|$ ]] ||
      fail "the line of $name: $row"
    equal 11 "$(tr -dc '|' <<<"$row" | wc -c)" "bars of $row"
  done
  # Under load: something was lost, and more was there.
  for name in lost-volume corrupt-database bad-migration lost-host; do
    grep -Eq "^ok $name: .*lost: [1-9][0-9]* events, the same: [1-9][0-9]* rows" said || fail "nothing was lost in $name, or nothing came back: $(cat said)"
  done
  equal 10 "$(wc -l <log.md)" "lines of the log"
  grep -q "6 of 6 passed" words || fail "$(tail -n 3 words)"
  echo "FIGURE six scenarios in $((SECONDS - began)) s"
  nothing_runs
  sed -n 's/^drill.sh: left as it is: //p' words >"$SCRATCH/kept"
  equal "$(<"$SCRATCH/kept")" "$(echo "$PWD"/tmp/*)" "what is left besides the folder that was to be kept"
}

# The S3 server of the first test, with what its drill has stored there, is that of an environment. A session that runs there must live on.
an_environment() { # NAME
  local kept
  a_log
  kept=$(<"$SCRATCH/kept")
  S3_JARS=$ROOT/target/s3proxy S3_SECRET=$(<"$kept/vault/s3_secret_key")
  cp -r "$kept/s3/s3" s3
  start_s3 || fail "no S3"
  mkdir secrets
  cp "$kept"/vault/{restic_password,s3_access_key,s3_secret_key} secrets/
  printf 'DRILL=true\nSECRETS_DIR=%s\nBACKUP_S3_REPOSITORY=s3:%s/drill-1\n' "$PWD/secrets" "$S3_URL" >settings
  export DEPLOY_ENV_FILE=$PWD/settings
  local launch
  launch=$(sqlite3 "$kept/witness/dashboard.db" "SELECT launch FROM sessions WHERE launch IS NOT NULL LIMIT 1")
  [[ -n $launch ]] || fail "no session ran"
  env DASHBOARD_LAUNCH="$launch" sleep 300 &
  MARKED=$!
}

staging_comes_back_beside_itself() {
  an_environment
  if ! unshare --pid --fork --mount-proc true 2>/dev/null; then
    kill "$MARKED"
    MARKED=""
  fi
  cp "$(<"$SCRATCH/kept")/vault/token" secrets/smoke_token
  drill --env staging --log --who "The tests" >said 2>words || fail "$(cat said words)"
  grep -Eq '^ok staging: RPO [0-9]+\.[0-9] s \(target 1 h\), RTO [0-9]+\.[0-9] s .*the same: [1-9][0-9]* events, verified' said || fail "$(cat said)"
  grep -Eq '^\| .* \| staging \| restore \| .* \| passed \| The tests \|$' log.md || fail "$(cat log.md)"
  [[ -z $MARKED ]] || kill -0 "$MARKED" || fail "a session of the environment was ended"
  echo "FIGURE $(cat said)"
  nothing_runs
  equal "" "$(ls tmp)" "what is left of restored data"
}

production_needs_to_be_meant_and_its_sessions_are_safe() {
  an_environment
  printf 'admin\n%s\n' "$(sed 's/.*"password":"\([^"]*\)".*/\1/' "$(<"$SCRATCH/kept")/vault/sign-in.json")" >secrets/smoke_sign_in
  refused 1 "only with --yes-production" drill --env production
  # Where it cannot be kept from seeing them.
  mkdir bin
  printf '#!/bin/sh\nexit 1\n' >bin/unshare
  chmod +x bin/unshare
  PATH=$PWD/bin:$PATH refused 1 "run this on another machine" drill --env production --yes-production --log --who "The tests"
  kill -0 "$MARKED" || fail "a session of the environment was ended"
  grep -Eq '^\| .* \| production \| restore \| .* \| \*\*failed\*\*: .* \| The tests \|$' log.md || fail "$(cat log.md)"
  # And with nobody there.
  kill "$MARKED"
  wait "$MARKED" 2>/dev/null || true
  MARKED=""
  PATH=$PWD/bin:$PATH drill --env production --yes-production >said 2>words || fail "$(cat said words)"
  # An hour is the target: an environment whose newest set is older has failed.
  PATH=$PWD/bin:$PATH refused 1 "is more than 1 s" drill --env production --yes-production --rpo 1s
}

# --- that it can fail

# What comes back is another thing than what was stored: one row is changed, one is gone, and the newest ones are missing.
what_came_back_wrong_is_found() {
  a_log
  mkdir bin
  cat >bin/cp <<SHIM
#!/bin/bash
if [[ "\$*" == *"/before-deploy-"*".db "* ]]; then
  sqlite3 "\$1" "UPDATE events SET data = '{}' WHERE seq = 5; DELETE FROM audit WHERE n = 3; DELETE FROM events WHERE seq > (SELECT max(seq) / 2 FROM events)"
fi
exec "$(command -v cp)" "\$@"
SHIM
  chmod +x bin/cp
  local status=0 logs
  PATH=$PWD/bin:$PATH drill --scenario bad-migration --rpo 1s --log >said 2>words || status=$?
  equal 1 "$status" "exit code"
  grep -q '^FAILED bad-migration: ' said || fail "$(cat said words)"
  grep -q "it is not the newest one" said || fail "that the newest are missing was not found: $(cat said)"
  grep -q "1 rows of events came back that were never there so" said || fail "the changed row was not found: $(cat said)"
  grep -q "1 rows of audit are not as they were" said || fail "the row that is gone was not found: $(cat said)"
  grep -Eq '\| \*\*failed\*\*: .*rows of events' log.md || fail "$(cat log.md)"
  logs=$(sed -n 's/^drill.sh: the logs are in //p' words)
  [[ -s $logs/bad-migration.log ]] || fail "no logs: $(cat words)"
  equal "$logs" "$(echo "$PWD"/tmp/*)" "what is left besides the logs"
  nothing_runs
}

# The bucket of somebody else: nothing is stopped there, and the backup is of a time that is too long ago.
a_loss_beyond_the_target_fails() {
  mkdir keys
  printf tests >keys/s3_access_key
  S3_SECRET=tests-$RANDOM$RANDOM S3_JARS=$ROOT/target/s3proxy
  printf '%s' "$S3_SECRET" >keys/s3_secret_key
  start_s3
  local status=0
  drill --scenario s3-gone --s3 "s3:$S3_URL/bucket" --s3-keys keys --rpo 1s >said 2>words || status=$?
  equal 1 "$status" "exit code"
  grep -Eq '^FAILED s3-gone: RPO [0-9.]+ s \(target 1 s\), RTO .*: RPO [0-9.]+ s is more than 1 s$' said || fail "$(cat said words)"
  equal "$(ls s3/bucket)" "$(cd s3/bucket && echo drill-2*)" "prefix in the bucket"
  kill -0 "$S3_PID" || fail "a server that is not its own was ended"
}

interrupted_it_leaves_nothing() {
  local drilling status=0 end=$((SECONDS + 120))
  mkdir tmp
  TMPDIR=$PWD/tmp "$ROOT/scripts/drill.sh" --scenario bad-migration >said 2>words &
  drilling=$!
  until compgen -G "$PWD/tmp/*/state/session-2" >/dev/null; do
    kill -0 "$drilling" 2>/dev/null || fail "it ended: $(cat words)"
    ((SECONDS < end)) || fail "it does not begin"
    sleep 0.1
  done
  kill -TERM "$drilling"
  wait "$drilling" || status=$?
  equal 130 "$status" "exit code"
  nothing_runs
  equal "$(sed -n 's/^drill.sh: the logs are in //p' words)" "$(echo "$PWD"/tmp/*)" "what is left besides the logs"
}

what_makes_no_sense_is_refused() {
  refused 64 "there is no scenario earthquake" drill --scenario earthquake
  refused 64 "exclude each other" drill --env staging --scenario lost-host
  refused 64 "--env is staging or production" drill --env dev
  refused 64 "goes with --env production" drill --env staging --yes-production
  refused 64 "go together" drill --s3 s3:http://127.0.0.1:1/bucket
  refused 64 "--rpo is a number" drill --rpo soon
  refused 64 "a name for a table" drill --who "a | b"
  refused 1 "the drill log $PWD/log.md is not there" drill --log
  refused 1 "there is no $PWD/settings" env DEPLOY_ENV_FILE="$PWD/settings" "$ROOT/scripts/drill.sh" --env staging
  printf 'SECRETS_DIR=%s\n' "$PWD" >settings
  export DEPLOY_ENV_FILE=$PWD/settings
  refused 1 "does not say that it may be drilled" drill --env staging
  echo DRILL=true >>settings
  refused 1 "restic_password cannot be read" drill --env staging
  echo x >restic_password
  refused 1 "nobody can sign in" drill --env staging
  equal "" "$(ls tmp)" "scratch of what was refused"
  equal "$SCENARIOS" "$(drill --list | paste -s -d ' ')" "scenarios"
}

if (($# > 0)); then
  for test in "$@"; do run "$test"; done
else
  # Much of it is waiting.
  run_beside 2 six_scenarios_pass_and_are_logged what_makes_no_sense_is_refused what_came_back_wrong_is_found a_loss_beyond_the_target_fails \
    interrupted_it_leaves_nothing
  run_beside 2 staging_comes_back_beside_itself production_needs_to_be_meant_and_its_sessions_are_safe
fi
conclude
