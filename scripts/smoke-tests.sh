#!/usr/bin/env bash
#
# Summary: Check a running dashboard from outside, as people and browsers reach it, after each deploy
#
# Usage: smoke-tests.sh BASE_URL [OPTION]...
#
#   BASE_URL               Where people reach it: https://NAME[:PORT]. Plain http is for this machine alone
#   --ca FILE              Certificate authority (PEM) that signed the server's certificate (default: those of the system)
#   --http URL             Where plain http is answered, to check that it leads to https
#   --management URL       Where the management port would be reached if it were open (default: port 9090 of the server)
#   --token-file FILE      An API token of role operator (viewer, without --project)
#   --project ID           Run a session in this project: create, prompt, answer, stop. Asks the model once
#   --sign-in-file FILE    Name and password of a person, a line each, to check cookies and the CSRF token
#   --version V            The version that was deployed
#   --connect HOST:PORT    Connect to this address instead of the one that BASE_URL's name has
#   --only CHECK[,CHECK]   Run only these, by number or name
#   --require-all          What cannot be checked, for want of an option, is a failure
#   --max-time SECONDS     Longest wait for one answer (default 10)
#   --list                 Print number, name and meaning of every check
#   --help                 This text
#
# Prints TAP version 13, each failure with what was expected and what came, and a summary on stderr. Exits with 0 when nothing
# failed, 1 when something did, 64 for wrong usage. Takes 180 s at most. Needs curl.
#
# Changes nothing that lasts but this: one private session named "Smoke test", stopped, for each run with --project; five or six
# refused sign-ins in the audit, under a made-up name that starts with smoke-test-; with --sign-in-file a sign-in that is ended
# again. The refused sign-ins count for the address that this runs at, where twenty a minute are free by default: three runs
# in one minute hold up nobody, and a fourth has people at that address wait a minute.
#
# Token and password are never given to another program by its arguments, and never printed.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

RUN_SECONDS=180
CONNECT_SECONDS=5
STREAM_SECONDS=5
ROUND_TRIP_SECONDS=60
STOP_SECONDS=15
HSTS_SECONDS=31536000
ASSET_SECONDS=31536000
# More than any per-name limit that is sensible, less than the default limit of an address.
MOST_SIGN_INS=15
# Longer than limits.request-headers and limits.request-body (16 KiB, 1 MiB), shorter than what proxies pass on.
LARGE_HEADER_BYTES=65000
LARGE_BODY_BYTES=1048577
MANAGEMENT_PORT=9090
SKIPPED=77
FOREIGN_ORIGIN=https://smoke-test.invalid
# Of an address: a name, or an address of version 4, or one of version 6 in brackets.
NAME='(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)'
UUID='[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}'
TRACE='Exception|Caused by:|\.java:[0-9]+|io\.helidon\.|dev\.dashboard\.'

# The function of a check is check_ and its name. Sign-ins are limited last, so that a limit in force is not met by the sign-in.
CHECKS=(
  "tls-chain|the certificate is valid for this name, by a known authority"
  "tls-floor|TLS 1.1 and older are refused"
  "https-redirect|plain http leads to https"
  "live|/health/live says UP, and no more"
  "ready|/health/ready says UP, and no more"
  "page|the page is served, and is not kept by caches"
  "assets|the files of the page carry a hash and are kept for ever"
  "csp|the Content-Security-Policy allows own scripts and styles alone, with a fresh nonce"
  "hsts|Strict-Transport-Security for a year"
  "nosniff|X-Content-Type-Options: nosniff"
  "framing|nobody may frame it, by CSP and by X-Frame-Options"
  "referrer|Referrer-Policy: no-referrer"
  "permissions|Permissions-Policy takes camera, microphone and location away"
  "isolation|Cross-Origin-Opener-Policy and Cross-Origin-Resource-Policy: same-origin"
  "banner|no header tells what the server is made of"
  "no-store|answers of the API are not kept by caches"
  "openapi|the description of the API is served"
  "no-token|the API answers nobody without a token"
  "wrong-token|a made-up token is refused"
  "foreign-origin|requests of foreign pages are refused"
  "host|a foreign Host header is refused"
  "unknown-path|what is not there is a 404, errors are problem+json, and no stack trace shows"
  "large-headers|too large headers are refused with 400 or 431"
  "large-body|a too large body is refused with 413"
  "metrics|metrics and details of health are not public"
  "management|the management port does not answer"
  "token|the API token is accepted"
  "version|the version that runs is the one that was deployed"
  "stream|an event stream speaks within $STREAM_SECONDS seconds, unbuffered"
  "cookies|cookies of a sign-in are HttpOnly and SameSite=Strict"
  "secure-cookies|cookies of a sign-in are Secure, with the __Secure- prefix"
  "csrf|a write by cookie is refused without its CSRF token; signing out ends the sign-in"
  "sign-in-limit|guessing passwords is slowed: 429 with Retry-After"
  "session|a session answers a prompt and stops"
)

main() {
  parse "$@"
  prepare
  echo "TAP version 13"
  echo "1..${#SELECTED[@]}"
  reach
  local number=0 index
  for index in "${SELECTED[@]}"; do
    number=$((number + 1))
    run_check "$number" "${CHECKS[index]%%|*}" "${CHECKS[index]#*|}"
  done
  summary
}

# ---- options

parse() {
  BASE="" CA="" HTTP="" MANAGEMENT="" TOKEN_FILE="" PROJECT="" SIGN_IN_FILE="" VERSION="" CONNECT="" ONLY=""
  REQUIRE_ALL=false MAX_TIME=10
  while (($# > 0)); do
    case $1 in
      --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
      --list) list && exit 0 ;;
      --require-all) REQUIRE_ALL=true ;;
      --ca | --http | --management | --token-file | --project | --sign-in-file | --version | --connect | --only | --max-time)
        (($# > 1)) || usage_error "$1 needs a value"
        option "$1" "$2"
        shift
        ;;
      --*=*) option "${1%%=*}" "${1#*=}" ;;
      -*) usage_error "unknown option $1" ;;
      *)
        [[ -z $BASE ]] || usage_error "one BASE_URL is enough, what is $1?"
        base_url "$1"
        ;;
    esac
    shift
  done
  [[ -n $BASE ]] || usage_error "BASE_URL is missing"
  select_checks
}

option() { # NAME VALUE
  [[ -n $2 ]] || usage_error "$1 needs a value"
  case $1 in
    --ca) CA=$(readable "$1" "$2") ;;
    --http) HTTP=$(http_url "$1" "$2") ;;
    --management) MANAGEMENT=$(http_url "$1" "$2") ;;
    --token-file) TOKEN_FILE=$(readable "$1" "$2") ;;
    --sign-in-file) SIGN_IN_FILE=$(readable "$1" "$2") ;;
    --project)
      [[ $2 =~ ^$UUID$ ]] || usage_error "--project: not the id of a project: $2"
      PROJECT=$2
      ;;
    --version) VERSION=$2 ;;
    --connect)
      [[ $2 =~ ^$NAME:[0-9]{1,5}$ ]] || usage_error "--connect: not HOST:PORT: $2"
      CONNECT=$2
      ;;
    --only) ONLY=$2 ;;
    --max-time)
      [[ $2 =~ ^[1-9][0-9]?$ ]] || usage_error "--max-time: from 1 to 99 seconds, not $2"
      MAX_TIME=$2
      ;;
    *) usage_error "unknown option $1" ;;
  esac
}

readable() { # OPTION FILE
  [[ -f $2 && -r $2 && -s $2 ]] || usage_error "$1: not a readable file, or empty: $2"
  echo "$2"
}

http_url() { # OPTION URL
  [[ $2 =~ ^http://$NAME(:[0-9]{1,5})?/?$ ]] || usage_error "$1: not http://NAME[:PORT]: $2"
  echo "${2%/}"
}

# Without a path: cookies and the page's files are bound to the root of the host.
base_url() { # URL
  [[ $1 =~ ^(https?)://$NAME(:([0-9]{1,5}))?/?$ ]] ||
    usage_error "BASE_URL must be https://NAME[:PORT], or http:// on this machine, not $1"
  BASE=${1%/} SCHEME=${BASH_REMATCH[1]} HOST=${BASH_REMATCH[2]} PORT=${BASH_REMATCH[4]}
  if [[ -z $PORT ]]; then if [[ $SCHEME == https ]]; then PORT=443; else PORT=80; fi; fi
}

list() {
  local index
  for index in "${!CHECKS[@]}"; do
    printf '%2d %-15s %s\n' $((index + 1)) "${CHECKS[index]%%|*}" "${CHECKS[index]#*|}"
  done
}

# Sets SELECTED, places in CHECKS in their order there.
select_checks() {
  local wanted index found names=()
  SELECTED=("${!CHECKS[@]}")
  [[ -n $ONLY ]] || return 0
  SELECTED=()
  IFS=, read -r -a names <<<"$ONLY"
  for wanted in "${names[@]}"; do
    found=false
    for index in "${!CHECKS[@]}"; do
      if [[ $wanted == "$((index + 1))" || $wanted == "${CHECKS[index]%%|*}" ]]; then found=true; fi
    done
    [[ $found == true ]] || usage_error "--only: no check is called '$wanted'; --list names them"
  done
  for index in "${!CHECKS[@]}"; do
    for wanted in "${names[@]}"; do
      if [[ $wanted == "$((index + 1))" || $wanted == "${CHECKS[index]%%|*}" ]]; then
        SELECTED+=("$index")
        break
      fi
    done
  done
}

# ---- before and after

prepare() {
  command -v curl >/dev/null || die "curl is missing; get it: $(how_to_get curl)"
  umask 077
  SCRATCH=$(mktemp -d)
  trap finish EXIT
  # Taken when the request under way is over, so that what it has begun is known and ended too.
  trap 'exit 1' INT TERM HUP
  : >"$SCRATCH/secrets"
  ROUTE=(--noproxy '*')
  if [[ -n $CA ]]; then ROUTE+=(--cacert "$CA"); fi
  if [[ -n $CONNECT ]]; then ROUTE+=(--connect-to "$HOST:$PORT:$CONNECT"); fi
  if [[ -n $TOKEN_FILE ]]; then keep_token; fi
  if [[ -n $SIGN_IN_FILE ]]; then keep_sign_in; fi
  PASSED=0 FAILED=() SKIPS=() UNREACHED=""
}

# Where curl reads it from; its arguments are for everybody on the machine to see.
keep_token() {
  local token
  token=$(tr -d '\r\n' <"$TOKEN_FILE")
  [[ $token =~ ^[A-Za-z0-9._~+/=-]+$ ]] || usage_error "--token-file: no token stands in $TOKEN_FILE"
  secret "$token"
  printf 'header = "Authorization: Bearer %s"\n' "$token" >"$SCRATCH/token"
}

keep_sign_in() {
  local name="" password=""
  { IFS= read -r name && IFS= read -r password || [[ -n $password ]]; } <"$SIGN_IN_FILE" ||
    usage_error "--sign-in-file: $SIGN_IN_FILE must have a name and a password, a line each"
  name=$(json_text "${name%$'\r'}") password=${password%$'\r'}
  secret "$password"
  secret "$(json_text "$password")"
  printf '{"username":"%s","password":"%s"}' "$name" "$(json_text "$password")" >"$SCRATCH/sign-in.json"
}

# What must never be printed, a line each.
secret() { # TEXT
  if [[ -n $1 ]]; then printf '%s\n' "$1" >>"$SCRATCH/secrets"; fi
}

# Ends what was begun, however the run ends.
finish() {
  local status=$?
  trap - EXIT
  # Tidying up has its own time.
  RUN_SECONDS=$((SECONDS + MAX_TIME))
  if [[ -e $SCRATCH/open-session ]]; then
    try "/api/v1/sessions/$(<"$SCRATCH/open-session")/stops" --config "$SCRATCH/token" --request POST || true
  fi
  if [[ -e $SCRATCH/signed-in ]]; then sign_out || true; fi
  rm -rf "$SCRATCH"
  exit "$status"
}

# A server that cannot be reached at all is found out once; each check then says so at once. A proxy that was started a moment
# ago may refuse connections for a second or two.
reach() {
  local attempt
  for attempt in 1 2 3; do
    try /health/live
    case $CURL_EXIT in
      7) UNREACHED=$CURL_ERROR ;;
      # The name is unknown, nothing came in time, or the connection was closed without a word.
      5 | 6 | 28 | 52) UNREACHED=$CURL_ERROR && return ;;
      *) UNREACHED="" && return ;;
    esac
    if ((attempt < 3)); then sleep 1; fi
  done
}

summary() {
  local line
  for line in ${SKIPS[@]+"${SKIPS[@]}"}; do say "SKIPPED $line"; done
  for line in ${FAILED[@]+"${FAILED[@]}"}; do say "FAILED  $line"; done
  say "$PASSED passed, ${#FAILED[@]} failed, ${#SKIPS[@]} skipped of ${#SELECTED[@]} at $BASE, in $SECONDS s"
  if ((${#SKIPS[@]} > 0)); then
    say "ATTENTION: ${#SKIPS[@]} of ${#SELECTED[@]} checks did NOT run; nothing is known about them"
  fi
  ((${#FAILED[@]} == 0))
}

# ---- one check

# In a shell of its own, so that a check ends where it finds something.
run_check() { # NUMBER NAME MEANING
  local status=0 line="$1 - $2: $3" reason
  rm -f "$SCRATCH/expected" "$SCRATCH/found" "$SCRATCH/request"
  set +e
  (
    set -e
    [[ -z $UNREACHED ]] || fail "an answer" "the server was not reached: $UNREACHED"
    "check_${2//-/_}"
  ) >"$SCRATCH/notes" 2>"$SCRATCH/trouble"
  status=$?
  set -e
  if ((status == SKIPPED)); then
    reason=$(<"$SCRATCH/found")
    if [[ $REQUIRE_ALL == false ]]; then
      SKIPS+=("$2: $reason")
      echo "ok $line # SKIP $reason"
      return
    fi
    echo "the check to run, since --require-all is given" >"$SCRATCH/expected"
    echo "$reason" >"$SCRATCH/found"
  fi
  if ((status == 0)); then
    PASSED=$((PASSED + 1))
    echo "ok $line"
  else
    FAILED+=("$2: $3")
    echo "not ok $line"
    diagnosis "$status"
  fi
  while IFS= read -r reason; do echo "  # $(printable "$reason")"; done <"$SCRATCH/notes"
}

diagnosis() { # STATUS
  if [[ ! -e $SCRATCH/found ]]; then
    echo "the check to come to an end" >"$SCRATCH/expected"
    echo "status $1: $(<"$SCRATCH/trouble")" >"$SCRATCH/found"
  fi
  echo "  ---"
  echo "  expected: $(yaml "$(<"$SCRATCH/expected")")"
  echo "  found: $(yaml "$(<"$SCRATCH/found")")"
  if [[ -s $SCRATCH/request ]]; then echo "  request: $(yaml "$(<"$SCRATCH/request")")"; fi
  echo "  ..."
}

yaml() { # TEXT
  local text
  text=$(printable "$1")
  printf "'%s'" "${text//\'/\'\'}"
}

# One line, without secrets, not too long. Secrets go first: half of one is still too much.
printable() { # TEXT
  local text
  text=$(redacted "$1")
  text=${text//[[:cntrl:]]/ }
  printf '%s' "${text:0:500}"
}

redacted() { # TEXT
  local text=$1 word
  while IFS= read -r word; do text=${text//"$word"/[secret]}; done <"$SCRATCH/secrets"
  printf '%s' "$text"
}

# Ends the check: it failed.
fail() { # EXPECTED FOUND
  printf '%s' "$1" >"$SCRATCH/expected"
  printf '%s' "$2" >"$SCRATCH/found"
  printf '%s' "${REQUEST:-}" >"$SCRATCH/request"
  exit 1
}

# Ends the check: it could not be made.
skip() { # REASON
  printf '%s' "$1" >"$SCRATCH/found"
  exit "$SKIPPED"
}

needs_https() {
  [[ $SCHEME == http ]] || return 0
  if is_loopback "$HOST"; then skip "plain http on this machine"; fi
  fail "https, since $HOST is not this machine" "a BASE_URL of plain http"
}

needs_token() {
  [[ -n $TOKEN_FILE ]] || skip "no --token-file"
  not_in_the_clear
}

needs_sign_in() {
  [[ -n $SIGN_IN_FILE ]] || skip "no --sign-in-file"
  not_in_the_clear
}

not_in_the_clear() {
  [[ $SCHEME == https ]] || is_loopback "$HOST" ||
    fail "https, since a secret would travel in the clear" "a BASE_URL of plain http"
}

is_loopback() { # HOST
  [[ $1 =~ ^(localhost|127(\.[0-9]{1,3}){3}|\[::1\])$ ]]
}

# ---- requests

# Sends one request. Sets CURL_EXIT, CURL_ERROR, STATUS and REQUEST, and writes the files HEAD and BODY.
try() { # PATH_OR_URL [CURL OPTION]...
  local url=$1 seconds=$((RUN_SECONDS - SECONDS))
  [[ $url != /* ]] || url=$BASE$url
  shift
  REQUEST=$(described "$url" "$@")
  HEAD=$SCRATCH/head BODY=$SCRATCH/body
  : >"$HEAD"
  : >"$BODY"
  CURL_EXIT=0 CURL_ERROR="" STATUS=000
  if ((seconds <= 0)); then
    CURL_EXIT=28 CURL_ERROR="the $RUN_SECONDS s of the whole run are over"
    return 0
  fi
  if ((seconds > MAX_TIME)); then seconds=$MAX_TIME; fi
  # The options of the request come last, and win.
  STATUS=$(curl --disable --silent --show-error --globoff --path-as-is "${ROUTE[@]}" \
    --connect-timeout "$CONNECT_SECONDS" --max-time "$seconds" --max-filesize 20000000 \
    --dump-header "$HEAD" --output "$BODY" --write-out '%{http_code}' "$@" "$url" 2>"$SCRATCH/curl") || CURL_EXIT=$?
  CURL_ERROR=$(head -n 1 "$SCRATCH/curl")
}

described() { # URL [CURL OPTION]...
  local url=$1 method=GET
  shift
  while (($# > 0)); do
    case $1 in
      --request) method=$2 ;;
      --data | --data-binary) if [[ $method == GET ]]; then method=POST; fi ;;
    esac
    shift
  done
  echo "$method $url"
}

# As try, but without an answer the check fails.
ask() { # PATH_OR_URL [CURL OPTION]...
  try "$@"
  ((CURL_EXIT == 0)) || fail "an answer" "$CURL_ERROR"
}

# The values of a header, a line each.
header() { # NAME
  local line name=${1,,}
  while IFS= read -r line; do
    [[ ${line,,} == "$name:"* ]] || continue
    line=${line#*:}
    line=${line#"${line%%[![:space:]]*}"}
    echo "${line%"${line##*[![:space:]]}"}"
  done <"$HEAD"
}

# The beginning of the answer, for a diagnosis.
answer() {
  local body
  body=$(head -c 65536 "$BODY" | tr -d '\0')
  body=$(redacted "$body")
  echo "HTTP $STATUS, $(header Content-Type | head -n 1), body: ${body:0:250}"
}

expect_status() { # REGEX: of the whole status
  [[ $STATUS =~ ^($1)$ ]] || fail "status ${1//|/ or }" "$(answer)"
}

expect_problem() { # STATUS CODE
  expect_status "$1"
  [[ $(header Content-Type) == application/problem+json* ]] || fail "application/problem+json" "$(answer)"
  grep -q "\"code\":\"$2\"" "$BODY" || fail "the code $2" "$(answer)"
}

expect_no_trace() {
  ! grep -Eq "$TRACE" "$BODY" || fail "no stack trace and no name of a class" "$(answer)"
}

# A text without what JSON needs escaped; control characters have no place in names and passwords.
json_text() { # TEXT
  local text=${1//\\/\\\\}
  printf '%s' "${text//\"/\\\"}" | tr -d '\000-\037'
}

# The first text of this name in the answer.
json_field() { # NAME
  { grep -o "\"$1\":\"[^\"]*\"" "$BODY" || true; } | head -n 1 | sed 's/^"[^"]*":"//; s/"$//'
}

random_hex() { # BYTES
  od -An -v -N"$1" -tx1 /dev/urandom | tr -d ' \n'
}

# Fetches three kinds of answer once for all checks: the page, a refusal of the API, a file of the page.
fetch_kinds() {
  [[ ! -e $SCRATCH/kinds ]] || return 0
  ask /
  keep page
  ask /api/v1/auth/me
  keep refusal
  local asset
  asset=$(referenced "$SCRATCH/page.body" | head -n 1)
  if [[ -z $asset ]]; then
    recall page
    fail "a page that refers to files below /assets/" "$(answer)"
  fi
  ask "$asset"
  keep asset
  touch "$SCRATCH/kinds"
}

keep() { # NAME
  cp "$HEAD" "$SCRATCH/$1.head"
  cp "$BODY" "$SCRATCH/$1.body"
  echo "$STATUS" >"$SCRATCH/$1.status"
  echo "$REQUEST" >"$SCRATCH/$1.request"
}

recall() { # NAME
  HEAD=$SCRATCH/$1.head BODY=$SCRATCH/$1.body STATUS=$(<"$SCRATCH/$1.status") REQUEST=$(<"$SCRATCH/$1.request")
}

referenced() { # PAGE
  { grep -Eo '(src|href)="/assets/[^"]+"' "$1" || true; } | sed 's/^[^"]*"//; s/"$//' | sort -u
}

# Headers must stand on every answer, not on the page alone.
on_each_kind() { # COMMAND...
  fetch_kinds
  local kind
  for kind in page refusal asset; do
    recall "$kind"
    "$@"
  done
}

# Exactly one value: of two, one browser takes the first and another the last.
expect_header() { # NAME REGEX MEANING
  local value
  value=$(header "$1")
  [[ ${value,,} =~ ^($2)$ ]] || fail "$1: $3" "${value:-no such header}"
}

# ---- transport

check_tls_chain() {
  needs_https
  ask /health/live
}

# The server must say no itself: a client that cannot speak the old versions proves nothing.
check_tls_floor() {
  needs_https
  ask /health/live --tlsv1.2
  try /health/live --insecure --tlsv1.0 --tls-max 1.1 --ciphers 'DEFAULT@SECLEVEL=0'
  REQUEST="a TLS handshake of version 1.1 with $BASE"
  ((CURL_EXIT != 0)) || fail "the handshake to be refused" "the server spoke TLS 1.1 or older and answered $STATUS"
  case $CURL_ERROR in
    *alert* | *reset* | *"unexpected eof"* | *SYSCALL*) ;;
    *"no protocols available"* | *"cipher"* | *"not supported"* | *"unsupported protocol"*)
      skip "the TLS library of this machine cannot speak TLS 1.1: $CURL_ERROR"
      ;;
    *) fail "the server to refuse the handshake" "$CURL_ERROR" ;;
  esac
}

check_https_redirect() {
  [[ -n $HTTP ]] || skip "no --http"
  needs_https
  local location options=() name=${HTTP#http://} port=80
  if [[ $name =~ ^(.*):([0-9]+)$ ]]; then name=${BASH_REMATCH[1]} port=${BASH_REMATCH[2]}; fi
  # The same machine, by a name that may not resolve here.
  if [[ -n $CONNECT && $name == "$HOST" ]]; then options=(--connect-to "$name:$port:${CONNECT%:*}:$port"); fi
  ask "$HTTP/smoke-test?a=b" ${options[@]+"${options[@]}"}
  expect_status '301|302|307|308'
  location=$(header Location)
  [[ $location =~ ^https://"$HOST"(:[0-9]+)?/smoke-test\?a=b$ ]] ||
    fail "Location: https://$HOST/smoke-test?a=b" "${location:-no such header}"
}

# ---- health

check_live() { health /health/live; }

check_ready() { health /health/ready; }

# Details tell strangers what is wrong with the machine; they stand on the management port.
health() { # PATH
  ask "$1"
  expect_status 200
  [[ $(<"$BODY") == '{"status":"UP"}' ]] || fail '{"status":"UP"}' "$(answer)"
}

# ---- the page

check_page() {
  fetch_kinds
  recall page
  expect_status 200
  expect_header Content-Type 'text/html; *charset=utf-8' "text/html; charset=utf-8"
  expect_header Cache-Control '.*(no-store|no-cache).*' "no-store, for its nonce is of one answer"
  local title
  title=$({ grep -o '<title>.*</title>' "$BODY" || true; } | head -n 1)
  [[ $title == '<title>Claude Code Dashboard</title>' ]] ||
    fail "the title Claude Code Dashboard" "${title:-no title: $(answer)}"
  grep -Eq '<script [^>]*src="/assets/[^"]+\.js"' "$BODY" || fail "a script below /assets/" "$(answer)"
}

check_assets() {
  fetch_kinds
  local path age
  while IFS= read -r path; do
    ask "$path"
    expect_status 200
    [[ -s $BODY ]] || fail "a file with content" "$(answer)"
    [[ $path =~ -[A-Za-z0-9_-]{8,}\.[a-z0-9]+$ ]] || fail "a hash in the name" "$path"
    expect_header Cache-Control '.*immutable.*' "public, max-age=$ASSET_SECONDS, immutable"
    age=$(header Cache-Control | sed -n 's/.*max-age=\([0-9]*\).*/\1/p')
    ((${age:-0} >= ASSET_SECONDS)) || fail "max-age of $ASSET_SECONDS or more" "$(header Cache-Control)"
  done < <(referenced "$SCRATCH/page.body")
}

# ---- headers of every answer

check_csp() {
  on_each_kind expect_strict_policy
  local first second
  recall page
  first=$(nonce)
  ask /
  second=$(nonce)
  # Without a nonce 'self' alone must do, which was looked at above.
  [[ -n $first ]] || return 0
  [[ $first != "$second" ]] || fail "another nonce in each answer" "the same one twice"
  grep -qF "nonce=\"$second\"" "$BODY" || fail "the nonce of the policy in the page" "a page with another one, or none"
}

expect_strict_policy() {
  local policy directive
  policy=$(header Content-Security-Policy)
  [[ -n $policy && $policy != *$'\n'* ]] || fail "one Content-Security-Policy" "${policy:-no such header}"
  ! [[ $policy =~ unsafe-|\* ]] || fail "no unsafe- source and no *" "$policy"
  for directive in script-src style-src; do
    own_code "$(sources "$directive" "$policy")" ||
      fail "$directive of 'self', 'none', nonces or hashes alone" "$policy"
  done
  [[ $(sources default-src "$policy") =~ ^(\'none\'|\'self\')$ ]] || fail "default-src 'none' or 'self'" "$policy"
  [[ $(sources base-uri "$policy") =~ ^(\'none\'|\'self\')$ ]] || fail "base-uri 'none' or 'self'" "$policy"
}

# What a directive of the policy allows; of scripts and styles, what default-src does when they are not named.
sources() { # DIRECTIVE POLICY
  local part found="" default=""
  local parts=()
  IFS=';' read -r -a parts <<<"$2"
  for part in "${parts[@]}"; do
    read -r part <<<"$part"
    case $part in
      "$1 "*) found=${part#* } ;;
      "default-src "*) default=${part#* } ;;
    esac
  done
  if [[ -z $found && $1 == *-src ]]; then found=$default; fi
  echo "$found"
}

own_code() { # SOURCES
  local source sources=()
  read -r -a sources <<<"$1"
  ((${#sources[@]} > 0)) || return 1
  for source in "${sources[@]}"; do
    [[ $source =~ ^\'(self|none|nonce-[A-Za-z0-9+/=_-]{16,}|sha(256|384|512)-[A-Za-z0-9+/=_-]+)\'$ ]] || return 1
  done
}

nonce() {
  header Content-Security-Policy | sed -n "s/.*script-src[^;]*'nonce-\([^']*\)'.*/\1/p"
}

check_hsts() {
  needs_https
  on_each_kind expect_hsts
}

expect_hsts() {
  local value age
  value=$(header Strict-Transport-Security)
  [[ ${value,,} =~ ^max-age=([0-9]{1,12})(;.*)?$ ]] ||
    fail "Strict-Transport-Security: max-age=$HSTS_SECONDS or more" "${value:-no such header}"
  age=${BASH_REMATCH[1]}
  ((10#$age >= HSTS_SECONDS)) || fail "Strict-Transport-Security: max-age=$HSTS_SECONDS or more" "$value"
}

check_nosniff() { on_each_kind expect_header X-Content-Type-Options nosniff nosniff; }

check_framing() { on_each_kind expect_unframed; }

expect_unframed() {
  expect_header X-Frame-Options deny DENY
  local policy
  policy=$(header Content-Security-Policy)
  [[ $(sources frame-ancestors "$policy") == "'none'" ]] || fail "frame-ancestors 'none'" "${policy:-no such header}"
}

check_referrer() { on_each_kind expect_header Referrer-Policy no-referrer no-referrer; }

check_permissions() { on_each_kind expect_permissions; }

expect_permissions() {
  local value feature
  value=$(header Permissions-Policy)
  for feature in camera microphone geolocation; do
    [[ ", $value" =~ ,\ *$feature=\(\) ]] || fail "Permissions-Policy with $feature=()" "${value:-no such header}"
  done
}

check_isolation() { on_each_kind expect_isolation; }

expect_isolation() {
  expect_header Cross-Origin-Opener-Policy same-origin same-origin
  expect_header Cross-Origin-Resource-Policy same-origin same-origin
}

check_banner() { on_each_kind expect_no_banner; }

expect_no_banner() {
  local name found
  for name in Server X-Powered-By X-Generator X-Runtime X-AspNet-Version X-Version; do
    [[ -z $(header "$name") ]] || fail "no header $name" "$name: $(header "$name")"
  done
  found=$(grep -Ei '(caddy|nginx|apache|helidon|jetty|netty|openjdk|java|express|node)[/ ]v?[0-9]' "$HEAD" || true)
  [[ -z $found ]] || fail "no product with its version in a header" "$found"
}

check_no_store() {
  fetch_kinds
  recall refusal
  expect_header Cache-Control '(.*, *)?no-store(,.*)?' no-store
  ask /health/live
  expect_header Cache-Control '(.*, *)?no-store(,.*)?' no-store
}

# ---- who may ask

check_openapi() {
  ask /api/v1/openapi.yaml
  expect_status 200
  grep -q '^openapi: 3\.' "$BODY" || fail "an OpenAPI document" "$(answer)"
}

check_no_token() {
  local path
  for path in auth/me system sessions projects events audit users tokens "approvals?state=pending"; do
    ask "/api/v1/$path"
    expect_problem 401 not-signed-in
  done
  # Writes too, also with a cookie that is nobody's.
  ask /api/v1/sessions --request POST --header 'Content-Type: application/json' --data '{}'
  expect_problem 401 not-signed-in
  ask /api/v1/auth/password --request PUT --header 'Content-Type: application/json' --data '{}' \
    --header 'Cookie: __Secure-dashboard_access=made-up; dashboard_access=made-up'
  expect_problem 401 not-signed-in
}

check_wrong_token() {
  local path
  for path in auth/me system events; do
    # It has the form of a token, or it could be refused for that.
    ask "/api/v1/$path" --header "Authorization: Bearer ccd_$(random_hex 22)"
    expect_problem 401 not-signed-in
  done
}

# A body without name and password: were the origin not looked at, no attempt would be counted.
check_foreign_origin() {
  local json=(--header 'Content-Type: application/json' --data '{}')
  ask /api/v1/auth/login "${json[@]}" --header "Origin: $FOREIGN_ORIGIN"
  expect_problem 403 origin-not-allowed
  expect_not_shared
  ask /api/v1/auth/refresh "${json[@]}" --header 'Sec-Fetch-Site: cross-site'
  expect_problem 403 origin-not-allowed
  ask /api/v1/auth/me --header "Origin: $FOREIGN_ORIGIN"
  expect_problem 403 origin-not-allowed
  expect_not_shared
  ask /api/v1/sessions --request OPTIONS --header "Origin: $FOREIGN_ORIGIN" --header 'Access-Control-Request-Method: POST'
  expect_not_shared
}

expect_not_shared() {
  local value
  value=$(header Access-Control-Allow-Origin)
  [[ -z $value ]] || fail "no Access-Control-Allow-Origin" "$value"
}

# A proxy may answer for the server here, or lead to the right name; the dashboard itself must not appear.
check_host() {
  ask /health/live --header 'Host: smoke-test.invalid'
  [[ $STATUS =~ ^[34][0-9][0-9]$ || ($STATUS == 2* && ! -s $BODY) ]] ||
    fail "a refusal, or an answer without content" "$(answer)"
}

# ---- errors and limits

# Outside /api the page answers everywhere: its addresses are its own.
check_unknown_path() {
  local path
  for path in /api/v1/smoke-test-nothing /api/smoke-test-nothing /assets/smoke-test-nothing.js; do
    ask "$path"
    expect_problem 404 not-found
    expect_no_trace
  done
  # Refused before it is looked at who signs in.
  ask /api/v1/auth/login --header 'Content-Type: application/json' --data '{"username":'
  expect_problem 400 body-not-json
  expect_no_trace
}

check_large_headers() {
  # By a file: an argument of this size is too long on some systems.
  {
    printf 'X-Smoke-Test: '
    head -c "$LARGE_HEADER_BYTES" /dev/zero | tr '\0' x
    echo
  } >"$SCRATCH/large-header"
  ask /health/live --header "@$SCRATCH/large-header"
  expect_status '400|431'
  expect_no_trace
}

check_large_body() {
  head -c "$LARGE_BODY_BYTES" /dev/zero | tr '\0' ' ' >"$SCRATCH/large-body"
  try /api/v1/auth/login --header 'Content-Type: application/json' --header 'Expect:' --data-binary "@$SCRATCH/large-body"
  # A proxy that is still sending when the refusal comes may pass on its head and lose its body: refused it is all the same.
  [[ $CURL_EXIT == 0 || $STATUS == 413 ]] || fail "an answer" "$CURL_ERROR"
  expect_status 413
  expect_no_trace
}

# Whatever the page answers under addresses that it does not know is no harm, so content counts where 200 comes.
check_metrics() {
  local path
  ask /metrics
  expect_status '401|403|404'
  for path in /metrics /observe/metrics /api/v1/metrics; do
    ask "$path"
    ! grep -Eq '^# (HELP|TYPE) ' "$BODY" || fail "no metrics" "$(answer)"
  done
  for path in /health /health/started /observe/health; do
    ask "$path"
    ! grep -q '"checks"' "$BODY" || fail "no details of health" "$(answer)"
  done
}

check_management() {
  local url=$MANAGEMENT at=${CONNECT:-$HOST:$PORT}
  if [[ -z $url ]]; then
    if is_loopback "${at%:*}"; then skip "this machine may reach it; --management names an address to check"; fi
    url=http://${at%:*}:$MANAGEMENT_PORT
  fi
  try "$url/health/ready"
  case $CURL_EXIT in
    # Refused, or no answer from a firewall that says nothing.
    7 | 28) ;;
    6) fail "an address to look at" "$CURL_ERROR" ;;
    0) fail "no answer on this port, whatever it says" "$(answer)" ;;
    *) fail "no connection" "$CURL_ERROR" ;;
  esac
}

# ---- with a token

check_token() {
  needs_token
  ask /api/v1/auth/me --config "$SCRATCH/token"
  expect_status 200
  grep -q '"user":{' "$BODY" || fail "who the token is for" "$(answer)"
}

check_version() {
  [[ -n $VERSION ]] || skip "no --version"
  needs_token
  ask /api/v1/system --config "$SCRATCH/token"
  expect_status 200
  local found
  found=$(json_field version)
  [[ $found == "$VERSION" ]] || fail "version $VERSION" "version ${found:-unknown}: $(answer)"
}

# From now on, not from the start: what comes is the stream's greeting or its heartbeat, at once when nobody holds it back.
check_stream() {
  needs_token
  REQUEST="GET $BASE/api/v1/events"
  local pipe pid line deadline=$((SECONDS + STREAM_SECONDS)) first="" body=false
  exec {pipe}< <(exec curl --disable --silent --show-error --no-buffer --include "${ROUTE[@]}" --config "$SCRATCH/token" \
    --connect-timeout "$CONNECT_SECONDS" --max-time "$STREAM_SECONDS" "$BASE/api/v1/events" 2>/dev/null)
  pid=$!
  : >"$SCRATCH/head"
  while ((SECONDS < deadline)) && IFS= read -r -t $((deadline - SECONDS)) -u "$pipe" line; do
    line=${line%$'\r'}
    if [[ $body == false && -n $line ]]; then
      echo "$line" >>"$SCRATCH/head"
    elif [[ $body == false ]]; then
      body=true
    elif [[ -n $line ]]; then
      first=$line
      break
    fi
  done
  kill "$pid" 2>/dev/null || true
  exec {pipe}<&-
  HEAD=$SCRATCH/head
  [[ $(head -n 1 "$HEAD") =~ ^HTTP/[0-9.]+\ 200 ]] || fail "status 200" "$(head -n 1 "$HEAD")"
  expect_header Content-Type 'text/event-stream.*' text/event-stream
  [[ -n $first ]] || fail "something of the stream within $STREAM_SECONDS s" "headers, and then nothing"
  [[ $first =~ ^(retry|event|id|data|:) ]] || fail "a line of an event stream" "$first"
}

# ---- by a browser's sign-in

# Signs in once for all checks; a line of "signed-in" is what sign_out needs.
sign_in() {
  needs_sign_in
  if [[ ! -e $SCRATCH/answered ]]; then
    ask /api/v1/auth/login --header 'Content-Type: application/json' --data-binary "@$SCRATCH/sign-in.json"
    keep sign-in
    touch "$SCRATCH/answered"
    if [[ $STATUS == 200 ]]; then keep_cookies; fi
  fi
  recall sign-in
  expect_status 200
}

keep_cookies() {
  local cookie jar=""
  while IFS= read -r cookie; do
    cookie=${cookie%%;*}
    # The mark says "yes", which is no secret.
    if [[ ${#cookie} -gt 40 ]]; then secret "${cookie#*=}"; fi
    jar+="${jar:+; }$cookie"
  done < <(header Set-Cookie)
  secret "$(json_field csrfToken)"
  printf 'header = "Cookie: %s"\n' "$jar" >"$SCRATCH/cookies"
  printf 'header = "X-CSRF-Token: %s"\n' "$(json_field csrfToken)" >"$SCRATCH/csrf"
  touch "$SCRATCH/signed-in"
}

sign_out() {
  try /api/v1/auth/logout --request POST --header 'Content-Type: application/json' --data '{}' \
    --config "$SCRATCH/cookies" --config "$SCRATCH/csrf"
  rm -f "$SCRATCH/signed-in"
}

# Its name, and what is said about it; never its value.
described_cookie() { # COOKIE
  if [[ $1 == *\;* ]]; then echo "${1%%=*}=[secret];${1#*;}"; else echo "${1%%=*}=[secret]"; fi
}

check_cookies() {
  sign_in
  local cookie found="" attributes
  while IFS= read -r cookie; do
    found+=" ${cookie%%=*}"
    attributes=";$(tr -d ' ' <<<"${cookie#*;}" | tr '[:upper:]' '[:lower:]');"
    [[ $attributes == *";samesite=strict;"* ]] || fail "SameSite=Strict" "$(described_cookie "$cookie")"
    # The page reads this one, and it says no more than that somebody is signed in.
    [[ ${cookie%%;*} != dashboard_signed_in=yes ]] || continue
    [[ $attributes == *";httponly;"* ]] || fail "HttpOnly" "$(described_cookie "$cookie")"
  done < <(header Set-Cookie)
  [[ $found == *dashboard_access* && $found == *dashboard_refresh* ]] ||
    fail "cookies with the access and the refresh token" "cookies:${found:- none}"
}

check_secure_cookies() {
  needs_sign_in
  needs_https
  sign_in
  local cookie count=0
  while IFS= read -r cookie; do
    count=$((count + 1))
    [[ ";$(tr -d ' ' <<<"${cookie#*;}" | tr '[:upper:]' '[:lower:]');" == *";secure;"* ]] ||
      fail "Secure" "$(described_cookie "$cookie")"
    [[ ${cookie%%;*} == dashboard_signed_in=yes || $cookie =~ ^__(Secure|Host)- ]] ||
      fail "a name that begins with __Secure-" "$(described_cookie "$cookie")"
  done < <(header Set-Cookie)
  ((count > 0)) || fail "cookies" "none"
}

# The write is the sign-out itself, at the end with its token: that it is taken then shows why it was not before.
check_csrf() {
  sign_in
  local out=(/api/v1/auth/logout --request POST --header 'Content-Type: application/json' --data '{}'
    --config "$SCRATCH/cookies")
  ask "${out[@]}"
  expect_problem 403 csrf-token-wrong
  ask "${out[@]}" --header 'X-CSRF-Token: made-up'
  expect_problem 403 csrf-token-wrong
  ask "${out[@]}" --config "$SCRATCH/csrf" --header "Origin: $FOREIGN_ORIGIN"
  expect_problem 403 origin-not-allowed
  sign_out
  ((CURL_EXIT == 0)) || fail "an answer" "$CURL_ERROR"
  expect_status 204
  ask /api/v1/auth/me --config "$SCRATCH/cookies"
  expect_problem 401 not-signed-in
}

# The name is made up, so nobody is kept out; the address has room for several times as many attempts as the name.
check_sign_in_limit() {
  local name attempt wait
  name=smoke-test-$(random_hex 8)
  printf '{"username":"%s","password":"%s"}' "$name" "$(random_hex 16)" >"$SCRATCH/guess.json"
  for ((attempt = 1; attempt <= MOST_SIGN_INS; attempt++)); do
    ask /api/v1/auth/login --header 'Content-Type: application/json' --data-binary "@$SCRATCH/guess.json"
    expect_status '401|429'
    if [[ $STATUS == 429 ]]; then
      wait=$(header Retry-After)
      [[ $wait =~ ^[1-9][0-9]{0,3}$ ]] || fail "Retry-After in seconds" "${wait:-no such header}"
      echo "attempt $attempt was answered with 429 and Retry-After: $wait"
      return
    fi
  done
  fail "429 by attempt $MOST_SIGN_INS" "every attempt was answered with 401"
}

# ---- a session, from its beginning to its end

check_session() {
  [[ -n $PROJECT ]] || skip "no --project"
  needs_token
  local deadline=$((SECONDS + ROUND_TRIP_SECONDS)) word id begun=$SECONDS
  word=smoke-$(random_hex 4)
  json_request POST /api/v1/sessions "{\"projectId\":\"$PROJECT\",\"title\":\"Smoke test\",\"sharing\":\"private\"}"
  expect_status 201
  id=$(json_field id)
  [[ $id =~ ^$UUID$ ]] || fail "a session with an id" "$(answer)"
  echo "$id" >"$SCRATCH/open-session"
  json_request POST "/api/v1/sessions/$id/prompts" \
    "{\"promptId\":\"$(new_uuid)\",\"text\":\"Echo this word and nothing else, without any tool: $word\"}"
  expect_status 202
  await_answer "$id" "$word" "$deadline"
  echo "answered after $((SECONDS - begun)) s"
  json_request POST "/api/v1/sessions/$id/stops" '{}'
  expect_status 202
  await_stop "$id"
  rm -f "$SCRATCH/open-session"
}

json_request() { # METHOD PATH BODY
  ask "$2" --config "$SCRATCH/token" --request "$1" --header 'Content-Type: application/json' --data "$3"
}

new_uuid() {
  local hex
  hex=$(random_hex 16)
  echo "${hex:0:8}-${hex:8:4}-4${hex:13:3}-a${hex:17:3}-${hex:20:12}"
}

# Reads page after page, until the word was said and the turn has ended.
await_answer() { # SESSION WORD DEADLINE
  local after=0 events said=false ended=false last
  while [[ $said == false || $ended == false ]]; do
    ((SECONDS < $3)) || fail "an answer with $2, and the end of the turn, within $ROUND_TRIP_SECONDS s" "$(state_of "$1")"
    ask "/api/v1/sessions/$1/events?after=$after&limit=200" --config "$SCRATCH/token"
    expect_status 200
    # An event a line.
    events=$(sed 's/{"seq":/\n&/g' "$BODY" | grep '^{"seq":' || true)
    last=$(sed -n '$s/^{"seq":\([0-9]*\),.*/\1/p' <<<"$events")
    after=${last:-$after}
    if grep '"type":"assistant-replied"' <<<"$events" | grep -qF "$2"; then said=true; fi
    if grep -q '"type":"turn-ended"' <<<"$events"; then ended=true; fi
    if grep -q '"type":"approval-requested"' <<<"$events"; then
      fail "an answer without asking a person" "$(state_of "$1")"
    fi
    if grep -Eq '"type":"(session-failed|session-interrupted|session-ended)"' <<<"$events"; then
      fail "an answer with $2" "$(state_of "$1")"
    fi
    [[ $ended == false || $said == true ]] || fail "an answer with $2" "the turn ended without it; $(state_of "$1")"
    [[ $said == true && $ended == true ]] || sleep 0.3
  done
}

await_stop() { # SESSION
  local deadline=$((SECONDS + STOP_SECONDS))
  while ((SECONDS < deadline)); do
    ask "/api/v1/sessions/$1" --config "$SCRATCH/token"
    expect_status 200
    [[ $(json_field state) != stopped ]] || return 0
    sleep 0.3
  done
  fail "state stopped within $STOP_SECONDS s" "$(answer)"
}

# What the server says of the session now, and why it failed.
state_of() { # SESSION
  try "/api/v1/sessions/$1" --config "$SCRATCH/token"
  echo "state $(json_field state) $({ grep -o '"failure":{[^}]*}' "$BODY" || true; })"
}

main "$@"
