#!/usr/bin/env bash
#
# Summary: Test the scripts: help, finding a JDK, what is said when something is missing, first start, the secret scan, the linters,
# what the pipeline runs
#
# Usage: scripts-test.sh [TEST...]
#
# Each test runs in a folder of its own that is removed afterwards. Prints TAP and "N passed, N failed"; exits with 1 when one
# failed.
set -uo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd -P)
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT
# shellcheck source=src/test/sh/tap.sh
source "$ROOT/src/test/sh/tap.sh"

# A folder that looks like a JDK of the given version; its java prints what it was started with.
fake_jdk() { # DIR VERSION
  mkdir -p "$1/bin"
  printf '#!/bin/sh\necho "javac %s.0.1"\n' "$2" >"$1/bin/javac"
  # The text of the program, to be expanded when it runs.
  # shellcheck disable=SC2016
  printf '#!/bin/sh\necho "java $*"; env | grep ^DASHBOARD_ | sort\n' >"$1/bin/java"
  chmod +x "$1/bin/java" "$1/bin/javac"
}

# A PATH with the base system's tools but without those named.
path_without() {
  local tool name
  mkdir -p tools
  for tool in /usr/bin/* /bin/*; do
    name=${tool##*/}
    [[ " $* " == *" $name "* || -e tools/$name ]] || ln -s "$tool" "tools/$name"
  done
  echo "$PWD/tools"
}

# A checkout with a jar that is newer than its sources, so that nothing is built, and a JDK and a CLI that only pretend.
pretend_checkout() {
  mkdir -p checkout/target checkout/src/main
  cp -r "$ROOT/scripts" checkout/
  touch -d '2 minutes ago' checkout/pom.xml
  touch checkout/target/dashboard.jar
  fake_jdk jdk 25
  printf '#!/bin/sh\n' >claude
  chmod +x claude
}

start() {
  env -i HOME="$PWD" PATH="$PATH" JAVA_HOME="$PWD/jdk" DASHBOARD_CLI_PATH="$PWD/claude" checkout/scripts/start.sh "$@"
}

every_script_has_help() {
  local script help
  for script in "$ROOT"/scripts/*.sh; do
    [[ ${script##*/} == lib*.sh ]] && continue
    help=$(cd / && "$script" --help) || fail "${script##*/} --help failed"
    [[ $help == Summary:*Usage:* ]] || fail "${script##*/} --help says: $help"
    [[ $help != *"set -euo"* ]] || fail "${script##*/} --help runs into the code"
    ! "$script" --no-such-option || fail "${script##*/} takes any option"
  done
}

JAVA_HOME_is_taken_when_it_is_new_enough() {
  fake_jdk mine 25
  [[ $(JAVA_HOME=$PWD/mine bash -c "source '$ROOT/scripts/lib.sh' && find_jdk") == "$PWD/mine" ]]
}

an_old_JAVA_HOME_is_passed_over() {
  fake_jdk old 21
  fake_jdk places/jdk-26 26
  local found
  found=$(JAVA_HOME=$PWD/old PATH=$(path_without javac) DASHBOARD_JDK_DIRS=$PWD/places \
    bash -c "source '$ROOT/scripts/lib.sh' && find_jdk")
  [[ $found == "$PWD/places/jdk-26" ]] || fail "found $found"
}

a_runtime_without_compiler_does_not_count() {
  fake_jdk jre 25
  rm jre/bin/javac
  JAVA_HOME=$PWD/jre PATH=$(path_without javac) DASHBOARD_JDK_DIRS='' \
    refused 1 "JDK 25 or newer is missing" bash -c "source '$ROOT/scripts/lib.sh' && use_jdk"
}

missing_tools_are_named_with_the_way_to_get_them() {
  PATH=$(path_without node mvn) refused 1 "node is missing; get it: " bash -c "source '$ROOT/scripts/lib.sh' && need_node"
  PATH=$(path_without node mvn) refused 1 "mvn is missing; get it: " bash -c "source '$ROOT/scripts/lib.sh' && need_maven"
}

versions_are_compared_by_number() {
  # shellcheck source=scripts/lib.sh
  source "$ROOT/scripts/lib.sh"
  version_at_least 3.10.1 3.8.6 || fail "3.10.1 is newer than 3.8.6"
  version_at_least 20 20 || fail "20 is 20"
  version_at_least 3.9.0-SNAPSHOT 3.8.6 || fail "a snapshot counts"
  ! version_at_least 3.8.5 3.8.6 || fail "3.8.5 is older than 3.8.6"
  ! version_at_least "" 3.8.6 || fail "nothing is older than anything"
}

nothing_is_installed_outside_of_CI() {
  printf '#!/bin/sh\ntouch "%s/asked"\n' "$PWD" >apt-get
  chmod +x apt-get
  CI=false PATH=$PWD:$PATH refused 1 "no-such-tool is missing" \
    bash -c "source '$ROOT/scripts/lib.sh' && provide no-such-tool a-package"
  [[ ! -e asked ]] || fail "apt-get was called"
}

the_first_start_makes_private_data_and_a_long_secret() {
  pretend_checkout
  start --port 0 --data data >out
  [[ $(stat -c %a data) == 700 && $(stat -c %a data/secrets) == 700 ]] || fail "folders are open"
  [[ $(stat -c %a data/secrets/jwt_secret) == 600 ]] || fail "the secret is open"
  (($(base64 -d data/secrets/jwt_secret | wc -c) == 48)) || fail "the secret is not 48 bytes"
  grep -q -- "-jar $PWD/checkout/target/dashboard.jar" out || fail "java was not started: $(cat out)"
  local flag
  while read -r flag; do
    grep -q -- "$flag" out || fail "it runs without $flag, which the image has: $(cat out)"
  done < <(grep -- "^-XX:" "$ROOT/src/main/docker/java.options")
  grep -qx "DASHBOARD_SERVER_PORT=0" out || fail "$(cat out)"
  grep -qx "DASHBOARD_CLI_PATH=$PWD/claude" out || fail "$(cat out)"
  ! grep -q DASHBOARD_DEMO out || fail "demo was not asked for"
}

a_second_start_keeps_the_secret_and_closes_what_was_opened() {
  pretend_checkout
  start --data data >out
  cp data/secrets/jwt_secret before
  chmod 644 data/secrets/jwt_secret
  start --data data >out
  cmp before data/secrets/jwt_secret || fail "the secret changed"
  [[ $(stat -c %a data/secrets/jwt_secret) == 600 ]] || fail "the secret stayed open"
}

the_demo_has_a_folder_and_a_project_of_its_own() {
  pretend_checkout
  start --demo >out
  grep -qx "DASHBOARD_DEMO=true" out || fail "$(cat out)"
  grep -qx "DASHBOARD_PROJECTS_ROOTS=$PWD/checkout/.data-demo/sample-project" out || fail "$(cat out)"
}

wrong_options_of_start_are_refused() {
  pretend_checkout
  refused 64 "--port must be a number" start --port 70000
  refused 64 "--port must be a number" start --port=eighty
  refused 64 "--data needs a value" start --data
  refused 64 "no such folder" start --project "$PWD/none"
  refused 1 "not an executable Claude CLI" \
    env -i HOME="$PWD" PATH="$PATH" JAVA_HOME="$PWD/jdk" DASHBOARD_CLI_PATH="$PWD/none" checkout/scripts/start.sh --data d
}

a_changed_source_is_built_and_the_server_starts_anew() {
  pretend_checkout
  # A server that stays until it is told to go, and a build that fails as long as there is a file "broken". To be expanded when
  # they run.
  # shellcheck disable=SC2016
  printf '#!/bin/sh\necho up >>"$HOME/ups"\nexec sleep 60\n' >jdk/bin/java
  mkdir bin
  # shellcheck disable=SC2016
  printf '#!/bin/sh\ncase "$*" in *--version*) echo "Apache Maven 3.9.0" && exit 0 ;; esac\necho built >>"$HOME/builds"\n[ ! -e "$HOME/broken" ]\n' >bin/mvn
  chmod +x bin/mvn
  env -i HOME="$PWD" PATH="$PWD/bin:$PATH" JAVA_HOME="$PWD/jdk" DASHBOARD_CLI_PATH="$PWD/claude" \
    checkout/scripts/start.sh --reload --port 0 --data data >out 2>&1 &
  local started=$!
  becomes 1 ups
  [[ ! -e builds ]] || fail "a fresh jar was built"
  touch broken
  touch checkout/src/main/Some.java
  becomes 1 builds
  rm broken
  # Not within the same tick of the clock as the build that failed.
  sleep 0.1
  touch checkout/src/main/Some.java
  becomes 2 builds
  becomes 2 ups
  grep -q "the build failed" out || fail "$(cat out)"
  kill -TERM "$started"
  wait "$started" || fail "it ended with $?"
  ! pgrep -f "sleep 60" --parent "$started" || fail "the server was left behind"
}

becomes() { # COUNT FILE: that it has so many lines, within 20 s
  local i
  for ((i = 0; i < 100; i++)); do
    [[ ! -e $2 || $(wc -l <"$2") != "$1" ]] || return 0
    sleep 0.2
  done
  fail "$2 has not got $1 lines: $(cat "$2" out)"
}

stale_builds_are_noticed() {
  pretend_checkout
  # shellcheck source=scripts/lib.sh
  source "$ROOT/scripts/lib.sh"
  ! build_is_stale checkout || fail "a fresh jar counts as stale"
  mkdir -p checkout/src/main/web/node_modules && touch -d '+1 minute' checkout/src/main/web/node_modules/x
  ! build_is_stale checkout || fail "installed packages count as sources"
  touch -d '+1 minute' checkout/src/main/Some.java
  build_is_stale checkout || fail "a newer source was overlooked"
}

rotate() {
  env -u DASHBOARD_SECRETS_DIR "$ROOT/scripts/rotate-secrets.sh" --data data "$@"
}

a_key() {
  mkdir -p data/secrets
  printf 'the-first-key' >data/secrets/jwt_secret
  chmod 640 data/secrets/jwt_secret
}

a_rotated_key_stays_beside_the_new_one_and_both_are_private() {
  a_key
  rotate >out
  [[ $(cat data/secrets/jwt_secret_previous) == the-first-key ]] || fail "the previous key is not the first"
  (($(base64 -d data/secrets/jwt_secret | wc -c) == 48)) || fail "the new key is not 48 bytes"
  [[ $(stat -c %a data/secrets/jwt_secret data/secrets/jwt_secret_previous | sort -u) == 600 ]] || fail "a key is open"
  [[ $(ls data/secrets) == $'jwt_secret\njwt_secret_previous' ]] || fail "something was left: $(ls data/secrets)"
  grep -q "restart" out || fail "$(cat out)"
}

a_rotated_key_keeps_its_owner() {
  [[ $(id -u) == 0 ]] || return 0 # only root can give a file away, and so only root has this to fear
  a_key
  chown 12345:54321 data/secrets/jwt_secret
  rotate
  [[ $(stat -c %u:%g data/secrets/jwt_secret data/secrets/jwt_secret_previous | sort -u) == 12345:54321 ]] || fail "other owner"
}

a_previous_key_that_is_needed_is_neither_replaced_nor_removed() {
  a_key
  rotate
  cp -r data/secrets before
  refused 1 "may still be needed" rotate
  refused 1 "may still be needed" rotate --finish
  diff -r before data/secrets || fail "a refused run changed something"
  rotate --force
  cmp before/jwt_secret data/secrets/jwt_secret_previous || fail "--force did not rotate"
  rotate --finish --force
  [[ ! -e data/secrets/jwt_secret_previous ]] || fail "--force did not remove it"
}

a_previous_key_is_removed_after_seven_days() {
  a_key
  rotate
  cp data/secrets/jwt_secret before
  touch -d '6 days ago' data/secrets/jwt_secret_previous
  refused 1 "may still be needed" rotate --finish
  touch -d '8 days ago' data/secrets/jwt_secret_previous
  rotate --finish
  [[ ! -e data/secrets/jwt_secret_previous ]] || fail "it is still there"
  cmp before data/secrets/jwt_secret || fail "the present key changed"
  rotate --finish | grep -q "nothing to do" || fail "a second time is not harmless"
}

a_rotation_that_was_cut_goes_on() {
  a_key
  cp data/secrets/jwt_secret data/secrets/jwt_secret_previous
  rotate
  [[ $(cat data/secrets/jwt_secret_previous) == the-first-key ]] || fail "the first key is lost"
  ! cmp -s data/secrets/jwt_secret data/secrets/jwt_secret_previous || fail "there is no new key"
}

without_a_key_nothing_is_rotated() {
  mkdir -p data/secrets
  refused 1 "there is no key to replace" rotate
  [[ -z $(ls data/secrets) ]] || fail "something was made"
}

# An environment whose settings name a folder of secrets; its files may belong to anybody.
an_environment() {
  mkdir -p checkout/compose secrets
  cp -r "$ROOT/scripts" checkout/
  printf '# where\nSECRETS_DIR="%s" # here\n' "$PWD/secrets" >checkout/compose/.env.staging
  printf 'the-first-key' >secrets/jwt_secret
  chmod 400 secrets/jwt_secret
}

rotate_in_environment() {
  env -u DASHBOARD_SECRETS_DIR checkout/scripts/rotate-secrets.sh --env staging "$@"
}

the_keys_of_an_environment_stay_read_only_and_the_previous_one_an_empty_file() {
  an_environment
  rotate_in_environment >out
  grep -q "docker compose --project-name dashboard-staging restart dashboard" out || fail "$(cat out)"
  [[ $(cat secrets/jwt_secret_previous) == the-first-key ]] || fail "the previous key is not the first"
  (($(base64 -d secrets/jwt_secret | wc -c) == 48)) || fail "the new key is not 48 bytes"
  refused 1 "may still be needed" rotate_in_environment --finish
  rotate_in_environment --finish --force
  [[ -e secrets/jwt_secret_previous && ! -s secrets/jwt_secret_previous ]] || fail "compose misses the file, or the key is there"
  # An empty one is no key that anybody needs.
  rotate_in_environment
  [[ -s secrets/jwt_secret_previous ]] || fail "the key was not rotated again"
  [[ $(stat -c %a secrets/* | sort -u) == 400 ]] || fail "modes: $(stat -c '%n %a' secrets/*)"
  [[ $(ls secrets) == $'jwt_secret\njwt_secret_previous' ]] || fail "something was left: $(ls secrets)"
}

the_keys_of_an_environment_keep_their_owner() {
  [[ $(id -u) == 0 ]] || return 0 # only root can give a file away, and so only root has this to fear
  an_environment
  chown 10001:10001 secrets/jwt_secret
  rotate_in_environment
  rotate_in_environment --finish --force
  rotate_in_environment --runner-key
  [[ $(stat -c %u:%g secrets/* | sort -u) == 10001:10001 ]] || fail "owners: $(stat -c '%n %u' secrets/*)"
  rm -f secrets/*
  rotate_in_environment --runner-key
  [[ $(stat -c %u:%g secrets/* | sort -u) == 10001:10001 ]] || fail "not the server's: $(stat -c '%n %u' secrets/*)"
}

an_environment_without_settings_or_folder_is_refused() {
  an_environment
  refused 64 "--env is dev, staging or production" rotate_in_environment --env prod
  refused 64 "exclude each other" rotate_in_environment --data data
  refused 1 "no compose/.env.dev" rotate_in_environment --env dev
  DEPLOY_ENV_FILE=$PWD/none refused 1 "there is no $PWD/none" rotate_in_environment
  mv secrets elsewhere
  refused 1 "is not there or not writable" rotate_in_environment
  printf '' >checkout/compose/.env.staging
  refused 1 "does not say SECRETS_DIR" rotate_in_environment
}

a_new_pair_of_the_runner_fits_and_the_private_half_is_private() {
  an_environment
  rotate_in_environment --runner-key >out
  grep -q "restart runner, then docker compose --project-name dashboard-staging restart dashboard" out || fail "$(cat out)"
  fits() { [[ $(base64 -d secrets/runner_key | openssl pkey -inform DER -pubout -outform DER | base64 -w 0) == $(cat secrets/runner.pub) ]]; }
  fits || fail "no pair"
  [[ $(stat -c %a secrets/runner_key secrets/runner.pub) == $'400\n444' ]] || fail "modes: $(stat -c '%n %a' secrets/*)"
  cp secrets/runner_key before
  rotate_in_environment --runner-key
  fits || fail "no pair the second time"
  ! cmp -s before secrets/runner_key || fail "the key is the same"
  [[ $(cat secrets/jwt_secret) == the-first-key ]] || fail "the signing key changed"
  refused 64 "goes with neither" rotate_in_environment --runner-key --finish
  PATH=$(path_without openssl) refused 1 "openssl is missing" rotate_in_environment --runner-key
  fits || fail "a refused run changed something"
}

values_are_read_from_settings_as_compose_reads_them() {
  # shellcheck source=scripts/lib.sh
  source "$ROOT/scripts/lib.sh"
  cat >settings <<'END'
# A=comment
A=plain
  B="two words" # comment
export C='quoted # sign'
D=with#sign   # comment
E=first
E=last
F=
AA=other
G=$(touch ran)
END
  local name
  for name in "A plain" "B two words" "C quoted # sign" "D with#sign" "E last" "F " "Z "; do
    [[ $(env_file_value settings "${name%% *}") == "${name#* }" ]] || fail "${name%% *} is $(env_file_value settings "${name%% *}")"
  done
  env_file_value settings G
  [[ ! -e ran ]] || fail "the file was run"
}

a_clean_project() {
  git init -q .
  git config user.name Test
  git config user.email test@localhost
  echo hello >hello.txt
  git add . && git commit -qm "Begin"
}

# Made here, so that this file holds nothing that looks like a key.
planted_key() {
  printf 'aws_access_key_id = AKIA%s\naws_secret_access_key = %s\n' Q3EGR7WMPYNH5LVX \
    "$(head -c 300 /dev/urandom | base64 -w0 | tr -dc 'A-Za-z0-9' | head -c 40)"
}

a_planted_secret_is_found_in_files_and_a_clean_project_passes() {
  a_clean_project
  "$ROOT/scripts/scan-secrets.sh" "$PWD"
  mkdir .hidden && planted_key >.hidden/config
  refused 1 "secrets found" "$ROOT/scripts/scan-secrets.sh" "$PWD"
}

a_secret_that_was_removed_again_is_found_in_the_history() {
  a_clean_project
  planted_key >config && git add . && git commit -qm "Slip"
  git rm -q config && git commit -qm "Regret"
  refused 1 "secrets found" "$ROOT/scripts/scan-secrets.sh" "$PWD"
}

a_secret_is_found_whatever_its_file_is_called_and_how_it_is_encoded() {
  a_clean_project
  local name
  for name in logo.png -rf 'two words' $'two\nlines' .gitleaksignore node_modules/go.sum "$(printf 'x%.0s' {1..240})"; do
    mkdir -p "$(dirname -- "./$name")"
    planted_key >"./$name"
    refused 1 "secrets found" "$ROOT/scripts/scan-secrets.sh" "$PWD"
    git add . && git commit -qm "Slip" && git rm -q -- "$name" && git commit -qm "Regret"
    refused 1 "secrets found" "$ROOT/scripts/scan-secrets.sh" "$PWD"
    git reset -q --hard HEAD~2 && git reflog expire --expire=now --all && git gc -q --prune=now
  done
  planted_key | iconv -t UTF-16 >notes
  refused 1 "secrets found" "$ROOT/scripts/scan-secrets.sh" "$PWD"
  rm notes
  "$ROOT/scripts/scan-secrets.sh" "$PWD"
}

# The scanner would pass over the first two by itself: what begins like an archive, and a line with its own mark.
nothing_in_a_file_keeps_the_scanner_away() {
  a_clean_project
  { printf 'PK\003\004' && planted_key; } >archive
  refused 1 "archive, line 1 " "$ROOT/scripts/scan-secrets.sh" "$PWD"
  rm archive
  planted_key | sed 's/$/ # gitleaks:allow/' >marked
  refused 1 "marked, line 1 " "$ROOT/scripts/scan-secrets.sh" "$PWD"
  rm marked
  printf '[allowlist]\npaths = [".*"]\n' >.gitleaks.toml
  planted_key >plain
  refused 1 "plain, line 1 " "$ROOT/scripts/scan-secrets.sh" "$PWD"
  git add plain && rm plain # in the index alone
  refused 1 "plain, line 1 " "$ROOT/scripts/scan-secrets.sh" "$PWD"
}

letters() { # COUNT
  head -c 2000 /dev/urandom | base64 -w0 | tr -dc 'A-Za-z0-9' | head -c "$1"
}

# One of each kind that could end up in this project; put together here, like the key above.
secrets_of_common_services_are_found() {
  a_clean_project
  local dashes=-----
  declare -A kinds=(
    [Anthropic]="sk-ant-api03-$(letters 93)AA" [Anthropic_token]="sk-ant-oat01-$(letters 60)"
    [OpenAI]="sk-proj-$(letters 40)T3Blbk""FJ$(letters 40)" [GitHub]="ghp_$(letters 36)"
    [GitHub_fine]="github_pat_$(letters 82)" [npm]="npm_$(letters 36)" [Slack]="xo""xb-123456789012-123456789012-$(letters 24)"
    [SendGrid]="SG.$(letters 22).$(letters 43)" [Google]="AIza$(letters 35)" [AWS]="AKIA""Q3EGR7WMPYNH5LVX"
    [address]="postgres://dashboard:$(letters 16)@db.example.org/main"
    [generic]="api_key = \"$(letters 40)\""
    [private]="${dashes}BEGIN OPENSSH PRIVATE KEY$dashes"$'\n'"$(letters 70)"$'\n'"${dashes}END OPENSSH PRIVATE KEY$dashes"
  )
  local kind output status
  for kind in "${!kinds[@]}"; do echo "${kinds[$kind]}" >"$kind"; done
  status=0
  output=$("$ROOT/scripts/scan-secrets.sh" "$PWD" 2>&1) || status=$?
  [[ $status == 1 ]] || fail "$output"
  for kind in "${!kinds[@]}"; do
    [[ $output == *": $kind, line 1 "* ]] || fail "not found: $kind: ${kinds[$kind]}: $output"
    [[ $output != *"${kinds[$kind]: -20}"* ]] || fail "shown: $kind: $output"
  done
}

without_the_scanner_nothing_passes() {
  a_clean_project
  cp -r "$ROOT/scripts" "$ROOT/.github" .
  PATH=$(path_without gitleaks apt-get) refused 1 "gitleaks is missing; get it: " scripts/scan-secrets.sh
  printf '#!/bin/sh\nexit 2\n' >gitleaks && chmod +x gitleaks
  PATH=$PWD:$PATH refused 1 "the scan could not be done" scripts/scan-secrets.sh
}

a_secret_is_found_on_other_branches_in_tags_and_in_messages() {
  a_clean_project
  git switch -qc aside && planted_key >config && git add . && git commit -qm "Slip" && git switch -q -
  refused 1 "secrets found" "$ROOT/scripts/scan-secrets.sh" "$PWD"
  git branch -qD aside
  "$ROOT/scripts/scan-secrets.sh" "$PWD"
  git tag -a -m "$(planted_key)" v1
  refused 1 "secrets found" "$ROOT/scripts/scan-secrets.sh" "$PWD"
  git tag -d v1
  git commit -q --allow-empty -m "$(planted_key)"
  refused 1 "secrets found" "$ROOT/scripts/scan-secrets.sh" "$PWD"
}

a_scan_that_cannot_be_done_fails() {
  refused 1 "is no git work tree" "$ROOT/scripts/scan-secrets.sh" "$PWD"
  mkdir empty && git init -q empty
  refused 1 "nothing to scan" "$ROOT/scripts/scan-secrets.sh" "$PWD/empty"
}

# What lint.sh reads, and a file of each kind that it passes.
# shellcheck disable=SC2016
a_project_to_lint() {
  mkdir -p .github/workflows scripts
  cp "$ROOT/scripts/lib.sh" "$ROOT/scripts/lint.sh" scripts/
  cp -r "$ROOT/.github/tools" .github/
  printf 'node_modules/\n' >.gitignore
  printf 'on: push\ndefaults:\n  run:\n    shell: bash\njobs:\n  one:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo "$HOME"\n' \
    >.github/workflows/one.yml
  git init -q .
}

# The dollars are those of the scripts and workflows that are written here.
# shellcheck disable=SC2016
lint_finds_each_fault_and_names_them_all() {
  a_project_to_lint
  scripts/lint.sh || fail "what is clean does not pass"
  local workflow
  workflow=$(cat .github/workflows/one.yml)
  mkdir bin
  printf '#!/usr/bin/env bash\nif [ $1 = x ]; then echo; fi\n' >bin/unquoted # no ending: found by its first line
  refused 1 "faults found by: shellcheck" scripts/lint.sh
  printf '#!/usr/bin/env bash\nif true; then\n      echo\nfi\n' >bin/unquoted
  refused 1 "faults found by: shfmt" scripts/lint.sh
  rm bin/unquoted
  echo "${workflow/runs-on: ubuntu-24.04/runs-on: ubuntu-24.04$'\n'    needs: nobody}" >.github/workflows/one.yml
  refused 1 "faults found by: actionlint" scripts/lint.sh
  echo "${workflow/\"\$HOME\"/\$HOME}" >.github/workflows/one.yml
  refused 1 "faults found by: run blocks" scripts/lint.sh
  echo "${workflow/\$HOME/'${{ github.sha }}'}" >.github/workflows/one.yml
  refused 1 "an expression in a run block" scripts/lint.sh
  echo "${workflow/shell: bash/shell: sh}" >.github/workflows/one.yml
  refused 1 "without it a failing pipe passes" scripts/lint.sh
  echo "$workflow" >.github/workflows/one.yml
  printf 'a: 1\na: 2\n' >twice.yaml
  printf '#!/usr/bin/env bash\necho $1\n' >bad.sh
  refused 1 "faults found by: shellcheck yamllint" scripts/lint.sh
}

lint_without_a_tool_fails() {
  a_project_to_lint
  CI=false PATH=$(path_without shfmt) refused 1 "shfmt is missing; get it: " scripts/lint.sh
  rm -r tools
  CI=false PATH=$(path_without yamllint) refused 1 "yamllint is missing; get it: " scripts/lint.sh
  rm -r .github/workflows
  refused 1 "there is nothing to check" scripts/lint.sh
}

DIGEST=sha256:$(printf '0123456789abcdef%.0s' {1..4})

# In what follows, dollars in single quotes are those of the programs that are written there.

# A docker that knows the digest of every image but those called "unknown".
fake_docker() {
  mkdir -p fake
  cat >fake/docker <<END
#!/bin/sh
case "\$*" in
  *unknown*) echo "no such image" >&2; exit 1 ;;
  "buildx imagetools inspect "*) printf 'Name:      %s\nDigest:    $DIGEST\nManifests:\n  Digest: none\n' "\$4" ;;
esac
END
  chmod +x fake/docker
}

# shellcheck disable=SC2016
base_images_without_a_digest_are_refused_until_they_are_pinned() {
  mkdir -p checkout/.github/base-images
  cp -r "$ROOT/scripts" checkout/
  printf '# why\nFROM one:1-slim AS one_image\nFROM registry.example.org:5000/two:2@%s AS two_image\n' "${DIGEST//0/f}" \
    >checkout/.github/base-images/Dockerfile
  refused 1 "one:1-slim has no digest" checkout/scripts/base-images.sh
  fake_docker
  mkdir checkout/compose
  printf 'services:\n  caddy:\n    # why\n    image: ${CADDY_IMAGE:-three:3.1}\n  loki:\n    image: ${LOKI_IMAGE:-some/four:v4.1@%s}\n  own:\n    image: ${OWN_IMAGE:?which}\n' \
    "${DIGEST//0/f}" >checkout/compose/compose.yaml
  PATH=$PWD/fake:$PATH checkout/scripts/base-images.sh --pin >pinned
  grep -qxF "    image: \${CADDY_IMAGE:-three:3.1@$DIGEST}" checkout/compose/compose.yaml || fail "$(cat checkout/compose/compose.yaml)"
  grep -qxF "    image: \${LOKI_IMAGE:-some/four:v4.1@$DIGEST}" checkout/compose/compose.yaml || fail "$(cat checkout/compose/compose.yaml)"
  grep -qxF '    image: ${OWN_IMAGE:?which}' checkout/compose/compose.yaml || fail "$(cat checkout/compose/compose.yaml)"
  checkout/scripts/base-images.sh >printed
  cmp pinned printed
  [[ $(cat printed) == "ONE_IMAGE=one:1-slim@$DIGEST"$'\n'"TWO_IMAGE=registry.example.org:5000/two:2@$DIGEST" ]] || fail "$(cat printed)"
  grep -qx '# why' checkout/.github/base-images/Dockerfile || fail "the comment is gone"
  echo "FROM unknown:3 AS three_image" >>checkout/.github/base-images/Dockerfile
  mkdir before && cp -r checkout/.github checkout/compose before
  PATH=$PWD/fake:$PATH refused 1 "no digest for unknown:3; nothing was changed" checkout/scripts/base-images.sh --pin
  sed -i '$d' checkout/.github/base-images/Dockerfile before/.github/base-images/Dockerfile
  echo '    image: ${LAST_IMAGE:-unknown:5}' | tee -a checkout/compose/compose.yaml >>before/compose/compose.yaml
  PATH=$PWD/fake:$PATH refused 1 "no digest for unknown:5; nothing was changed" checkout/scripts/base-images.sh --pin
  diff -r before/.github checkout/.github || fail "something was changed"
  diff -r before/compose checkout/compose || fail "something was changed"
  echo 'FROM ${SOME} AS some_image' >checkout/.github/base-images/Dockerfile
  refused 1 "not understood" checkout/scripts/base-images.sh
}

# A registry that answers strangers as its first argument says; prints its port.
# shellcheck disable=SC2016
fake_registry() { # MODE
  node -e '
    const mode = process.argv[1];
    const server = require("node:http").createServer((request, response) => {
      const port = server.address().port;
      const end = (status, body, headers = {}) => response.writeHead(status, headers).end(body);
      if (request.url.startsWith("/token")) {
        if (mode === "private") return end(401, "{}");
        return end(200, JSON.stringify({ token: "for-" + new URL(request.url, "http://x").searchParams.get("scope") }));
      }
      if (mode === "open") return end(200, "{}");
      if (mode === "absent") return end(404, "{}");
      if (mode === "broken") return end(503, "");
      const right = request.headers.authorization === "Bearer for-repository:team/runner:pull";
      if (right && mode === "public") return end(200, "{}");
      if (right && mode === "denied") return end(403, "{}");
      end(401, "{}", { "WWW-Authenticate": `Bearer realm="http://127.0.0.1:${port}/token",service="r",scope="x"` });
    });
    server.listen(0, "127.0.0.1", () => console.log(server.address().port));
    setTimeout(() => process.exit(), 60000);
  ' "$1" >"port-$1" &
  SERVERS+=("$!")
  for _ in $(seq 100); do
    [[ -s port-$1 ]] && break
    sleep 0.1
  done
  REGISTRY=127.0.0.1:$(cat "port-$1")
}

a_registry_that_strangers_can_read_is_refused() {
  local mode check=$ROOT/scripts/require-private-registry.sh
  SERVERS=()
  trap 'kill "${SERVERS[@]}"' EXIT
  for mode in private denied absent; do
    fake_registry "$mode"
    "$check" "$REGISTRY/team/runner" | grep -q "not for strangers" || fail "$mode is refused"
    "$check" "$REGISTRY/team/runner@$DIGEST"
  done
  for mode in open public; do
    fake_registry "$mode"
    refused 1 "can be read by anybody" "$check" "$REGISTRY/team/runner"
    refused 1 "can be read by anybody" "$check" "$REGISTRY/team/runner@$DIGEST"
  done
  fake_registry broken
  refused 1 "neither yes nor no" "$check" "$REGISTRY/team/runner"
  refused 1 "neither yes nor no" "$check" "127.0.0.1:9/team/runner"
}

a_registry_for_the_public_is_refused_unasked() {
  local check=$ROOT/scripts/require-private-registry.sh
  refused 1 "for the public" "$check" docker.io/team/runner
  refused 1 "a registry and a name are needed" "$check" team/runner
  refused 1 "a registry and a name are needed" "$check" ""
  REPOSITORY_VISIBILITY=public refused 1 "this repository is 'public'" "$check" ghcr.io/team/runner
  refused 1 "this repository is 'unknown'" env -u REPOSITORY_VISIBILITY "$check" ghcr.io/team/runner
}

# Programs that write down how they were called, and fail when "fails" holds words of the call.
# shellcheck disable=SC2016
fake_verifiers() {
  local name
  mkdir -p fake
  for name in cosign gh; do
    printf '#!/bin/sh\necho "%s $*" >>"%s/calls"\ncase "$*" in *"$(cat "%s/fails")"*) exit 1 ;; esac\n' "$name" "$PWD" "$PWD" >"fake/$name"
    chmod +x "fake/$name"
  done
  echo nothing >fails
}

images_are_verified_by_signature_and_by_both_attestations() {
  local one=ghcr.io/team/one@$DIGEST two=registry.example.org/two@$DIGEST words
  fake_verifiers
  export PATH=$PWD/fake:$PATH
  "$ROOT/scripts/verify-image.sh" team/repo "$one" "$two"
  (($(grep -c -- "-identity https://github.com/team/repo/.github/workflows/ci-cd.yml@refs/heads/main " calls) == 6)) || fail "$(cat calls)"
  (($(grep -c -- "-issuer https://token.actions.githubusercontent.com " calls) == 6)) || fail "$(cat calls)"
  for words in "verify --certificate-identity" https://slsa.dev/provenance/v1 https://spdx.dev/Document/v2.3 "$two"; do
    echo "$words" >fails
    refused 1 "$DIGEST " "$ROOT/scripts/verify-image.sh" team/repo "$one" "$two"
  done
  rm calls
  refused 1 "not an image by its digest" "$ROOT/scripts/verify-image.sh" team/repo "$one" ghcr.io/team/one:latest
  refused 1 "not an image by its digest" "$ROOT/scripts/verify-image.sh" team/repo ""
  refused 64 "at least one image" "$ROOT/scripts/verify-image.sh" team/repo
  [[ ! -e calls ]] || fail "something was verified: $(cat calls)"
}

# A commit, an empty folder "host", and an ssh that runs on this machine what it is to run on the other; deploy.sh there is DEPLOY.
pretend_host() { # DEPLOY
  mkdir -p checkout/compose checkout/config host fake
  cp -r "$ROOT/scripts" checkout/
  printf '#!/bin/sh\n%s\n' "$1" >checkout/scripts/deploy.sh
  chmod +x checkout/scripts/deploy.sh
  echo compose >checkout/compose/compose.yaml
  echo config >checkout/config/application.yaml
  (cd checkout && a_clean_project)
  cat >fake/ssh <<'END'
#!/bin/bash
printf '%s\n' "${@:1:$#-1}" >>"$HOME/ssh"
while (($# > 1)); do
  [[ $1 == -i ]] && { cat "$2" >"$HOME/key"; stat -c %a "$2" >"$HOME/mode"; }
  [[ $1 == UserKnownHostsFile=* ]] && cat "${1#*=}" >"$HOME/known"
  shift
done
env >"$HOME/env"
sh -c "$1"
END
  chmod +x fake/ssh
}

deploy_remote() {
  env -i HOME="$PWD" TMPDIR="$PWD/tmp" PATH="$PWD/fake:$PATH" DEPLOY_HOST="${DEPLOY_HOST-host.example.org:2222}" DEPLOY_USER=deploy \
    DEPLOY_DIR="${DEPLOY_DIR-$PWD/host}" DEPLOY_SSH_KEY="a private key" DEPLOY_KNOWN_HOSTS="a known host" \
    checkout/scripts/deploy-remote.sh "$@"
}

transcripts_are_lent_whole_and_without_a_credential() {
  local lend=("$ROOT/scripts/lend-transcripts.sh" claude) names
  mkdir -p claude/projects/p claude/sessions claude/backups
  touch claude/.credentials.json claude/.credentials.json.1 claude/.claude.json claude/backups/.claude.json.backup claude/sessions/1.key
  touch claude/settings.json claude/projects/p/t.jsonl claude/.complete
  "${lend[@]}" >archive
  names=$(tar --ignore-zeros -tf archive | grep -v '/$' | sort | xargs)
  equal "./projects/p/t.jsonl ./settings.json .complete" "$names" "what is lent"
  equal .complete "$(tar --ignore-zeros -tf archive | tail -n 1)" "the last one, which says that it is whole"
  # Nobody waits for what somebody may write into it.
  mkfifo claude/projects/p/pipe
  timeout 20 "${lend[@]}" >archive
  # What cannot be read is not left out in silence.
  refused 1 "was not read whole" "$ROOT/scripts/lend-transcripts.sh" nowhere
  rm -r claude
  ! "${lend[@]}" >archive 2>/dev/null || fail "a folder that is not there was lent"
  ! tar --ignore-zeros -tf archive | grep -qx .complete || fail "what was not read counts as whole"
}

# shellcheck disable=SC2016
a_deploy_over_ssh_runs_there_what_is_committed_here() {
  pretend_host 'echo "deploy.sh $*"; cat "$DOCKER_CONFIG/config.json"; echo "$DOCKER_CONFIG" >"$HOME/where"'
  mkdir tmp
  echo "sign-ins" >docker.json
  echo "not committed" >>checkout/compose/compose.yaml
  deploy_remote --docker-config docker.json staging "a/b@$DIGEST" --runner "r.org:5000/c@$DIGEST" --backup "d@$DIGEST" >out
  [[ $(cat out) == "deploy.sh staging a/b@$DIGEST --runner r.org:5000/c@$DIGEST --backup d@$DIGEST"$'\nsign-ins' ]] || fail "$(cat out)"
  [[ $(cat host/compose/compose.yaml) == compose && -x host/scripts/deploy.sh && -f host/config/application.yaml ]] ||
    fail "not what is committed"
  [[ $(cat key) == "a private key" && $(cat mode) == 600 && $(cat known) == "a known host" ]] || fail "key or host key is wrong"
  local word
  for word in StrictHostKeyChecking=yes GlobalKnownHostsFile=none 2222 deploy@host.example.org; do
    grep -qx "$word" ssh || fail "no $word: $(cat ssh)"
  done
  ! grep -q "private key" env || fail "the key is in the environment of ssh"
  [[ ! -e $(cat where) && -z $(ls tmp) ]] || fail "something stayed behind: $(find tmp)"
}

# shellcheck disable=SC2016
a_rollback_over_ssh_sends_nothing_and_needs_no_images() {
  pretend_host 'echo "deploy.sh $* ${DOCKER_CONFIG:-none}"'
  cp -r checkout/scripts host/
  mkdir tmp
  [[ $(deploy_remote rollback production) == "deploy.sh rollback production none" ]]
  [[ ! -e host/compose ]] || fail "files were sent"
}

a_failed_deploy_over_ssh_fails() {
  pretend_host 'echo "rolled back"; exit 2'
  mkdir tmp
  refused 2 "host.example.org:2222 failed; its own lines" deploy_remote staging "a/b@$DIGEST" --runner "c@$DIGEST"
  printf '#!/bin/sh\nexit 255\n' >fake/ssh
  refused 1 "nothing was deployed" deploy_remote staging "a/b@$DIGEST" --runner "c@$DIGEST"
}

# shellcheck disable=SC2016
a_deploy_goes_on_when_the_connection_breaks() {
  pretend_host 'echo begun; while [ ! -e "$HOME/broken" ]; do sleep 0.1; done; for i in 1 2 3 4; do echo "$i"; sleep 0.2; done; touch "$HOME/finished"'
  mkdir tmp
  # Reads one line of what deploy.sh says and goes away, as a connection does.
  cat >fake/ssh <<'END'
#!/bin/bash
for last; do :; done
[[ $last == tar* ]] && exec sh -c "$last"
sh -c "$last" | { head -n 1 && touch "$HOME/broken"; }
exit 255
END
  refused 1 "a deploy that has begun goes on there" deploy_remote staging "a/b@$DIGEST" --runner "c@$DIGEST"
  for _ in $(seq 300); do
    [[ -e finished ]] && return
    sleep 0.1
  done
  fail "the deploy was cut"
}

# shellcheck disable=SC2016
what_could_mislead_the_other_host_is_refused() {
  pretend_host 'touch "$HOME/ran"'
  mkdir tmp
  refused 64 "not an image by its digest" deploy_remote staging a/b:latest --runner "c@$DIGEST"
  refused 64 "not an image by its digest" deploy_remote staging "a/b@$DIGEST"
  refused 64 "not an image by its digest" deploy_remote staging "a;touch x;@$DIGEST" --runner "c@$DIGEST"
  refused 64 "no such environment" deploy_remote "staging;id" "a/b@$DIGEST" --runner "c@$DIGEST"
  refused 64 "no such environment" deploy_remote rollback moon
  refused 64 "knows its images" deploy_remote rollback staging --runner "c@$DIGEST"
  refused 64 "not an image by its digest: 'd;id'" deploy_remote staging "a/b@$DIGEST" --runner "c@$DIGEST" --backup "d;id"
  DEPLOY_DIR="/x'; touch y; '" refused 1 "DEPLOY_DIR must be" deploy_remote rollback staging
  DEPLOY_HOST="-oProxyCommand=touch" refused 1 "DEPLOY_HOST is no host" deploy_remote rollback staging
  DEPLOY_HOST="" refused 1 "DEPLOY_HOST is not set" deploy_remote rollback staging
  [[ ! -e ssh && ! -e ran ]] || fail "something reached the other host"
}

# Settings of an environment, as far as they are looked at before anything else.
settings() { # LINE...
  printf '%s\n' "SITE_ADDRESS=localhost" "SECRETS_DIR=$PWD/secrets" "STATE_DIR=$PWD/state" "BACKUP=true" "$@" >settings
}

backup_settings_that_cost_more_than_an_hour_or_the_continuous_copy_are_refused() {
  local -a status=(env DEPLOY_ENV_FILE="$PWD/settings" "$ROOT/scripts/deploy.sh" status staging)
  printf '#!/bin/sh\n' >docker
  chmod +x docker
  export PATH=$PWD:$PATH
  local every
  for every in 61m 3601s 2h 1d; do
    settings "BACKUP_EVERY=$every"
    refused 1 "BACKUP_EVERY is $every in $PWD/settings, and 1h is the most" "${status[@]}"
  done
  settings "BACKUP_EVERY=01h"
  refused 1 "BACKUP_EVERY must be a number" "${status[@]}"
  for every in 90s 60m 1h; do
    settings "BACKUP_EVERY=$every"
    "${status[@]}"
  done
  settings "BACKUP_CONTINUOUS_BUCKET=followed"
  refused 1 "BACKUP_CONTINUOUS_BUCKET is set and BACKUP_S3_REPOSITORY is not" "${status[@]}"
  settings "BACKUP_CONTINUOUS_BUCKET=followed" "BACKUP_S3_REPOSITORY=s3:https://s3.example.org/backups"
  "${status[@]}"
}

# The entrypoint, with the folders of this test.
# shellcheck disable=SC2016
the_continuous_copy_waits_for_a_good_backup_of_its_data() {
  local entrypoint waiter
  entrypoint=$(sed -n '/^      - >-$/,/^    command:/ {s/^        //p}' "$ROOT/compose/compose.continuous.yaml" | tr '\n' ' ' |
    sed -e 's|\$\$|$|g' -e "s|/data/|$PWD/data/|g" -e "s|/run/secrets|$PWD/secrets|g")
  mkdir -p bin secrets data/backups
  echo a >secrets/s3_access_key
  echo b >secrets/s3_secret_key
  printf '#!/bin/sh\necho "$AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY $*" >>called\n' >bin/litestream
  printf '#!/bin/sh\necho "$1" >>slept\nexec /bin/sleep 0.1\n' >bin/sleep
  chmod +x bin/*
  PATH=$PWD/bin:$PATH sh -ec "$entrypoint" >said &
  waiter=$!
  await test -s slept
  [[ $(<said) == waiting* && ! -e called ]] || fail "it does not wait: $(cat said called)"
  echo good >data/backups/last-good.json
  wait "$waiter"
  equal "a b replicate -config /etc/litestream.yml" "$(<called)" "what was called"
  rm slept called data/backups/last-good.json
  # Stopped while it waits, it ends at once.
  printf '#!/bin/sh\necho "$1" >>slept\nexec /bin/sleep 20\n' >bin/sleep
  PATH=$PWD/bin:$PATH sh -ec "$entrypoint" >said &
  waiter=$!
  await test -s slept
  local began=$SECONDS
  kill -TERM "$waiter"
  wait "$waiter"
  ((SECONDS - began < 10)) || fail "it waits on for $((SECONDS - began)) s"
  [[ ! -e called ]] || fail "it went on"
}

await() { # COMMAND...
  local i
  for ((i = 0; i < 100; i++)); do
    if "$@"; then return; fi
    /bin/sleep 0.1
  done
  fail "not within 10 s: $*"
}

# The part of a deploy alone; the engine is played, and /data is a folder.
# shellcheck disable=SC2016
a_rollback_exchanges_no_database_that_is_followed() {
  mkdir -p checkout/compose bin data/backups data/.dashboard.db-litestream/ltx
  cp -r "$ROOT/scripts" checkout/
  sed -i '$d' checkout/scripts/deploy.sh
  settings "BACKUP_CONTINUOUS_BUCKET=followed" "BACKUP_S3_REPOSITORY=s3:https://s3.example.org/backups"
  cat >bin/docker <<'ENGINE'
#!/bin/bash
words=$*
if [[ $1 == compose ]]; then
  case $words in
    *" ps "*litestream) if [[ -e litestream ]]; then echo 4711; fi ;;
    *" ps "*) echo 4710 ;;
    *" stop "*) echo "stop ${words##* stop }" >>calls ;;
    *" start "*) echo "start ${words##* start }" >>calls ;;
  esac
  exit
fi
while [[ $1 != -euc ]]; do shift; done
echo "exchange $(ls -d data/.dashboard.db-litestream 2>/dev/null)" >>calls
sh "${@//\/data/$PWD/data}"
ENGINE
  chmod +x bin/docker
  export PATH=$PWD/bin:$PATH
  exchange() {
    echo old >data/backups/before.db
    echo new >data/dashboard.db
    rm -rf calls data/backups/newer-*
    DEPLOY_ENV_FILE=$PWD/settings bash -c '
      source checkout/scripts/deploy.sh
      parse staging
      ROOT=$PWD/checkout SNAPSHOT=/data/backups/before.db BEFORE_SERVER=image PROGRAM=(true)
      read_environment
      put_snapshot_back'
    equal "old new" "$(cat data/dashboard.db data/backups/newer-*/dashboard.db | xargs)" "the database, and the one aside"
  }
  touch litestream
  exchange
  equal "stop dashboard litestream,exchange data/.dashboard.db-litestream,start litestream," "$(tr '\n' , <calls)" "what was done"
  [[ ! -e data/.dashboard.db-litestream ]] || fail "what Litestream knew of the other database is left"
  # Where there is none.
  rm litestream
  exchange
  equal "stop dashboard,exchange ," "$(tr '\n' , <calls)" "what was done without it"
}

tests=()
while read -r _ _ name; do
  case $name in
    letters | a_project_to_lint | fake_docker | fake_registry | fake_verifiers | pretend_host | deploy_remote) ;;
    run | run_beside | attempt | tell | tell_next | conclude | fail | equal | refused | fake_jdk | path_without | pretend_checkout | start | rotate | a_key | a_clean_project | planted_key) ;;
    an_environment | rotate_in_environment | becomes | settings | await) ;;
    *) tests+=("$name") ;;
  esac
done < <(declare -F)

if (($# > 0)); then tests=("$@"); fi
for name in "${tests[@]}"; do
  run "$name"
done
conclude
