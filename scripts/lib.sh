#!/usr/bin/env bash
#
# Summary: What the other scripts share; sourced, never run by itself
#
# Finds the tools that the project needs without changing what the machine uses by default, and says in one line what is
# missing and how to get it.

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  echo "lib.sh is sourced by the other scripts and does nothing by itself" >&2
  exit 64
fi

JAVA_NEEDED=25
NODE_NEEDED=20
MAVEN_NEEDED=3.8.6

# Ends the script with one message on stderr.
die() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# A message for the person who watches; stdout stays free for results.
say() {
  echo "${0##*/}: $*" >&2
}

# Ends the script with 64 (wrong usage).
usage_error() {
  echo "${0##*/}: $* (see --help)" >&2
  exit 64
}

# Prints the comment block at the top of a script: its help text.
print_help() {
  sed -n '2,/^[^#]/{/^#/!d; s/^# \{0,1\}//; p;}' "$1" | sed '1{/^$/d;}'
}

# The root of the checkout, wherever the script is called from.
repo_root() {
  (cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
}

# True when version $1 is $2 or newer (numbers separated by dots).
version_at_least() {
  local have want i
  IFS=. read -r -a have <<<"${1%%[!0-9.]*}"
  IFS=. read -r -a want <<<"$2"
  for i in "${!want[@]}"; do
    ((10#0${have[i]:-0} > 10#0${want[i]})) && return 0
    ((10#0${have[i]:-0} < 10#0${want[i]})) && return 1
  done
  return 0
}

# How a tool is got on this machine, for messages.
how_to_get() {
  if command -v apt-get >/dev/null; then
    if [[ $(id -u) == 0 ]]; then echo "apt-get install -y $1"; else echo "sudo apt-get install -y $1"; fi
  elif command -v brew >/dev/null; then
    echo "brew install ${2:-$1}"
  else
    echo "install $1 with your system's package manager"
  fi
}

# The major version of the JDK in a folder; 0 when there is none. A JRE does not count: the compiler is needed.
jdk_major() {
  local version
  [[ -x $1/bin/java && -x $1/bin/javac ]] || {
    echo 0
    return
  }
  version=$("$1/bin/javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p' | head -n 1)
  echo "${version:-0}"
}

# Prints the home of a JDK that is new enough: JAVA_HOME, then the javac on PATH, then the usual places:
# the first that fits. DASHBOARD_JDK_DIRS (separated by colons) replaces the usual places, for tests.
find_jdk() {
  local home candidates=() places=()
  [[ -n ${JAVA_HOME:-} ]] && candidates+=("$JAVA_HOME")
  if command -v javac >/dev/null; then
    candidates+=("$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")")
  fi
  if [[ -n ${DASHBOARD_JDK_DIRS+set} ]]; then
    IFS=: read -r -a places <<<"$DASHBOARD_JDK_DIRS"
  else
    places=(/usr/lib/jvm /opt/java /opt/jdk "${HOME:-/nonexistent}/.sdkman/candidates/java")
    for home in /Library/Java/JavaVirtualMachines/*/Contents/Home /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
      candidates+=("$home")
    done
  fi
  for home in "${places[@]}"; do
    [[ -n $home ]] && candidates+=("$home" "$home"/*)
  done
  for home in "${candidates[@]}"; do
    if (($(jdk_major "$home") >= JAVA_NEEDED)); then
      echo "$home"
      return 0
    fi
  done
  return 1
}

# Sets JAVA_HOME and PATH for this script and its children only.
use_jdk() {
  local home
  home=$(find_jdk) || die "JDK $JAVA_NEEDED or newer is missing (looked at JAVA_HOME, PATH and /usr/lib/jvm); get it: \
$(how_to_get "openjdk-$JAVA_NEEDED-jdk-headless" openjdk), or unpack Eclipse Temurin $JAVA_NEEDED and set JAVA_HOME"
  export JAVA_HOME=$home
  export PATH=$home/bin:$PATH
}

need_node() {
  command -v node >/dev/null || die "node is missing; get it: $(how_to_get nodejs node)"
  local version
  version=$(node --version)
  version_at_least "${version#v}" "$NODE_NEEDED" ||
    die "node $version is too old, $NODE_NEEDED or newer is needed; get it: $(how_to_get nodejs node)"
  command -v npm >/dev/null || die "npm is missing; get it: $(how_to_get npm node)"
}

need_maven() {
  command -v mvn >/dev/null || die "mvn is missing; get it: $(how_to_get maven)"
  local version
  # Its colours are switched off; without that they precede the version even in a pipe on some systems.
  version=$(mvn --batch-mode --version 2>/dev/null | sed 's/\x1b\[[0-9;]*m//g' | sed -n 's/^Apache Maven \([0-9.]*\).*/\1/p')
  version_at_least "$version" "$MAVEN_NEEDED" ||
    die "mvn ${version:-of unknown version} is too old, $MAVEN_NEEDED or newer is needed; get it: $(how_to_get maven)"
}

need_git() {
  command -v git >/dev/null || die "git is missing; get it: $(how_to_get git)"
}

# A new key for signing, as the server reads it: 48 random bytes in one line.
new_jwt_secret() {
  head -c 48 /dev/urandom | base64 | tr -d '\n'
}

# The value of a variable in a file as compose reads it; empty when it is not there. The file is read, never run.
env_file_value() { # FILE NAME
  local value
  value=$(sed -n "s/^[[:space:]]*\(export[[:space:]]\{1,\}\)\{0,1\}$2=//p" "$1" | tail -n 1)
  case $value in
    \"*) value=${value#\"} && value=${value%%\"*} ;;
    \'*) value=${value#\'} && value=${value%%\'*} ;;
    *) value=$(sed 's/[[:space:]]#.*//; s/[[:space:]]*$//' <<<"$value") ;;
  esac
  echo "$value"
}

# The process that has a lock on a file, if any. The list is the kernel's: nothing is locked to find out.
lock_holder() { # FILE
  [[ -e $1 ]] || return 0
  awk -v inode=":$(stat -c %i "$1")" \
    '$2 != "->" && substr($6, length($6) - length(inode) + 1) == inode {print $5; exit}' /proc/locks
}

# The smoke tests against an environment on this machine, by its settings.
smoke_environment() { # ENV_FILE
  local site https url http tls net project secrets
  site=$(env_file_value "$1" SITE_ADDRESS)
  https=$(env_file_value "$1" HTTPS_PORT)
  https=${https:-8443}
  http=$(env_file_value "$1" HTTP_PORT)
  url=$(env_file_value "$1" DASHBOARD_SERVER_PUBLIC_URL)
  tls=$(env_file_value "$1" TLS)
  net=$(env_file_value "$1" NET)
  secrets=$(env_file_value "$1" SECRETS_DIR)
  local -a options=(--http "http://$site:${http:-8080}" --connect "127.0.0.1:$https" --management "http://${net:-10.213.7}.2:9090")
  if [[ ${tls:-internal} == internal ]]; then
    options+=(--ca "$(env_file_value "$1" STATE_DIR)/caddy/caddy/pki/authorities/local/root.crt")
  fi
  if [[ -s $secrets/smoke_token ]]; then options+=(--token-file "$secrets/smoke_token"); fi
  if [[ -s $secrets/smoke_sign_in ]]; then options+=(--sign-in-file "$secrets/smoke_sign_in"); fi
  project=$(env_file_value "$1" SMOKE_PROJECT)
  if [[ -n $project ]]; then options+=(--project "$project"); fi
  "$(repo_root)/scripts/smoke-tests.sh" "${url:-https://$site:$https}" "${options[@]}" >&2
}

# Makes sure that a program is there: installs the Debian package when this is CI on Debian as root, else says how.
provide() { # PROGRAM PACKAGE...
  command -v "$1" >/dev/null && return 0
  if [[ ${CI:-} == true && $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    say "installing $2"
    [[ -n ${APT_UPDATED:-} ]] || apt-get -qq update >&2
    APT_UPDATED=1
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${@:2}" >&2 ||
      die "$2 could not be installed"
    command -v "$1" >/dev/null && return 0
  fi
  die "$1 is missing; get it: $(how_to_get "$2")"
}

# What only checks need, pinned in .github/tools; only when those versions are not there yet.
install_tools() { # ROOT
  local tools=$1/.github/tools
  cmp -s "$tools/package-lock.json" "$tools/node_modules/.installed-lock" && return
  (cd "$tools" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2) || die "the tools of .github/tools cannot be installed"
  cp "$tools/package-lock.json" "$tools/node_modules/.installed-lock"
}

# The pinned CLI: as given, else installed by install-claude-cli.sh. Prints its path.
provide_cli() { # GIVEN
  if [[ -n $1 ]]; then
    [[ -x $1 ]] || die "$1 is not an executable Claude CLI; unset it to have the pinned one installed"
    echo "$1"
    return
  fi
  local installer path
  installer=$(repo_root)/scripts/install-claude-cli.sh
  [[ -x $installer ]] || die "scripts/install-claude-cli.sh is missing; name a Claude CLI with DASHBOARD_CLI_PATH"
  path=$("$installer" | tail -n 1)
  [[ -x $path ]] || die "install-claude-cli.sh gave no executable"
  echo "$path"
}

# True when the packaged program is missing or older than anything it is made from.
build_is_stale() { # ROOT
  local jar=$1/target/dashboard.jar
  [[ ! -f $jar ]] || changed_since "$1" "$jar"
}

# True when anything that the program is made from is newer than the file.
changed_since() { # ROOT FILE
  local sources=("$1/pom.xml" "$1/src/main")
  local folder
  for folder in config runbooks; do
    if [[ -d $1/$folder ]]; then sources+=("$1/$folder"); fi
  done
  [[ -n $(find "${sources[@]}" -name node_modules -prune -o -type f -newer "$2" -print | head -n 1) ]]
}

build() { # ROOT
  need_maven
  need_node
  say "building (this takes a minute or two)"
  # Said here: where a caller asks whether it worked, the shell goes on after a failure.
  (cd "$1" && mvn --batch-mode --quiet -Dmaven.test.skip=true package >&2) || die "the build failed; see above"
  # A build without changes may leave the jar as it was; its time must still tell that it is fresh.
  touch "$1/target/dashboard.jar"
}
