#!/usr/bin/env bats
#
# Every smoke test is shown to pass on a sound dashboard and to fail on one that is broken in just that way. The dashboard is the
# packaged program with settings of production, as far as the scripted model allows; Caddy stands before it once, and once a proxy
# that breaks it (breaking-proxy.mjs). What takes its time is started with the file, and looked at by its test.
#
# Needs bats, caddy, curl, node and openssl; builds the program when it is out of date. DASHBOARD_TEST_CLI names the Claude CLI
# (default: the pinned one, installed).

bats_require_minimum_version 1.5.0

setup_file() {
  ROOT=$(cd "$BATS_TEST_DIRNAME/../../.." && pwd -P)
  WORK=$BATS_FILE_TMPDIR
  SMOKE=$ROOT/scripts/smoke-tests.sh
  export ROOT WORK SMOKE
  # shellcheck source=scripts/lib.sh
  source "$ROOT/scripts/lib.sh"
  local tool
  for tool in caddy curl node openssl; do
    command -v "$tool" >/dev/null || die "$tool is missing; get it: $(how_to_get "$tool")"
  done
  use_jdk
  if build_is_stale "$ROOT"; then build "$ROOT"; fi
  mkdir -p "$WORK"/{data/secrets,projects,later}
  chmod 700 "$WORK/data" "$WORK/data/secrets"
  certificates
  start_dashboard
  people
  start_caddy
  start_proxy
  begin_slow_ones
}

teardown_file() {
  local pid
  for pid in "$WORK"/*.pid "$WORK"/later/*.pid; do
    if [[ -s $pid ]]; then kill "$(<"$pid")" 2>/dev/null || true; fi
  done
  # The dashboard ends its sessions and their processes before it goes.
  for pid in "$WORK"/*.pid; do
    if [[ -s $pid ]]; then timeout 20 tail --pid="$(<"$pid")" -f /dev/null || true; fi
  done
}

# ---- what stands there

certificates() {
  local name
  for name in server foreign; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=Authority of $name" \
      -keyout "$WORK/$name-ca.key" -out "$WORK/$name-ca.pem" 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=dashboard.test" \
      -keyout "$WORK/$name.key" -out "$WORK/$name.csr" 2>/dev/null
    openssl x509 -req -in "$WORK/$name.csr" -CA "$WORK/$name-ca.pem" -CAkey "$WORK/$name-ca.key" -CAcreateserial -days 1 \
      -extfile <(echo "subjectAltName=DNS:dashboard.test,DNS:*.dashboard.test") -out "$WORK/$name.pem" 2>/dev/null
  done
}

free_ports() { # COUNT
  node -e '
    const net = require("node:net");
    const one = () => new Promise((done) => { const s = net.createServer().listen(0, "127.0.0.1", () => done(s)); });
    Promise.all(Array.from({ length: +process.argv[1] }, one)).then((all) => {
      console.log(all.map((s) => s.address().port).join(" "));
      all.forEach((s) => s.close());
    });' "$1"
}

start_dashboard() {
  local cli ports
  cli=$(provide_cli "${DASHBOARD_TEST_CLI:-}")
  read -r -a ports <<<"$(free_ports 3)"
  export MANAGEMENT=${ports[0]} CADDY_HTTPS=${ports[1]} CADDY_HTTP=${ports[2]}
  new_jwt_secret >"$WORK/data/secrets/jwt_secret"
  chmod 600 "$WORK/data/secrets/jwt_secret"
  # Staging is production, but for the scripted model.
  env DASHBOARD_PROFILE=staging DASHBOARD_DEMO=true DASHBOARD_DEMO_PACE=0 DASHBOARD_CLI_PATH="$cli" \
    DASHBOARD_SERVER_HOST=127.0.0.1 DASHBOARD_SERVER_PORT=0 DASHBOARD_MANAGEMENT_PORT="$MANAGEMENT" \
    DASHBOARD_SERVER_PUBLIC_URL=https://dashboard.test DASHBOARD_SERVER_ALLOWED_HOSTS=dashboard.test,127.0.0.1 \
    DASHBOARD_SERVER_TRUSTED_PROXIES=127.0.0.1 DASHBOARD_SERVER_DRAIN_HOLD=PT0S \
    DASHBOARD_DATA_DIR="$WORK/data" DASHBOARD_SECRETS_DIR="$WORK/data/secrets" \
    DASHBOARD_PROJECTS_ROOTS="$WORK/projects,$WORK/data/sample-project" \
    "$JAVA_HOME/bin/java" -XX:+UseSerialGC -XX:+UseCompactObjectHeaders --enable-native-access=ALL-UNNAMED -Xmx512m \
    -jar "$ROOT/target/dashboard.jar" >"$WORK/dashboard.log" 2>&1 3>&- &
  echo $! >"$WORK/dashboard.pid"
  await "$WORK/dashboard.log" '^Dashboard ready: '
  PORT=$(sed -n 's/^Dashboard ready: .*:\([0-9]*\)$/\1/p' "$WORK/dashboard.log")
  export PORT
}

start_caddy() {
  cat >"$WORK/Caddyfile" <<CADDY
{
  admin off
  skip_install_trust
  storage file_system $WORK/caddy
  http_port $CADDY_HTTP
  https_port $CADDY_HTTPS
}
dashboard.test {
  tls internal
  header -Server
  reverse_proxy 127.0.0.1:$PORT
}
CADDY
  caddy run --config "$WORK/Caddyfile" --adapter caddyfile >"$WORK/caddy.log" 2>&1 3>&- &
  echo $! >"$WORK/caddy.pid"
}

start_proxy() {
  UPSTREAM=$PORT MANAGEMENT=$MANAGEMENT CERTS=$WORK TOKEN=$(<"$WORK/token") \
    node "$BATS_TEST_DIRNAME/breaking-proxy.mjs" >"$WORK/proxy.ports" 2>"$WORK/proxy.log" 3>&- &
  echo $! >"$WORK/proxy.pid"
  await "$WORK/proxy.ports" .
  read -r TLS OLD_TLS FOREIGN_TLS PLAIN <"$WORK/proxy.ports"
  export TLS OLD_TLS FOREIGN_TLS PLAIN
}

await() { # FILE REGEX
  local attempt
  for ((attempt = 0; attempt < 300; attempt++)); do
    ! grep -Eq "$2" "$1" 2>/dev/null || return 0
    sleep 0.1
  done
  echo "$1 never had $2:" >&2
  tail -n 20 "$1" >&2
  return 1
}

# The administrator with a password of their own, an API token, and the demo's project.
people() {
  local password once cookies csrf
  password=$(head -c 18 /dev/urandom | base64)
  once=$(<"$WORK/data/initial-admin-password")
  api POST auth/login "{\"username\":\"admin\",\"password\":\"$once\"}"
  take_sign_in
  api PUT auth/password "{\"currentPassword\":\"$once\",\"newPassword\":\"$password\"}"
  take_sign_in
  printf '%s\n' admin "$password" >"$WORK/sign-in"
  api POST tokens '{"name":"smoke","role":"operator"}'
  sed 's/.*"secret":"\([^"]*\)".*/\1/' "$WORK/answer" >"$WORK/token"
  api GET projects ''
  PROJECT=$(sed 's/.*"projects":\[{"id":"\([^"]*\)".*/\1/' "$WORK/answer")
  VERSION=$(sed -n '0,/<version>/s/.*<version>\(.*\)<\/version>.*/\1/p' "$ROOT/pom.xml")
  export PROJECT VERSION
}

api() { # METHOD PATH BODY
  curl -sS --fail-with-body -D "$WORK/answer.head" -o "$WORK/answer" -X "$1" "http://127.0.0.1:$PORT/api/v1/$2" \
    -H 'Content-Type: application/json' -H "Cookie: ${cookies:-}" -H "X-CSRF-Token: ${csrf:-}" ${3:+-d "$3"}
}

take_sign_in() {
  cookies=$(sed -n 's/^[Ss]et-[Cc]ookie: \([^;]*\);.*/\1/p' "$WORK/answer.head" | paste -sd ';')
  csrf=$(sed 's/.*"csrfToken":"\([^"]*\)".*/\1/' "$WORK/answer")
}

# ---- running the smoke tests

# Against the dashboard with one fault.
smoke() { # FAULT OPTION...
  "$SMOKE" "https://$1.dashboard.test" --ca "$WORK/server-ca.pem" --connect "127.0.0.1:$TLS" \
    --token-file "$WORK/token" --sign-in-file "$WORK/sign-in" "${@:2}"
}

# The same with one time of the script shortened, so that what must run out of it does so soon.
hasty() { # NAME=SECONDS FAULT OPTION...
  local folder=$WORK/hasty-$2
  mkdir "$folder"
  cp "$ROOT/scripts/lib.sh" "$folder/"
  sed "s/^${1%%=*}=.*/$1/" "$SMOKE" >"$folder/smoke-tests.sh"
  grep -qx "$1" "$folder/smoke-tests.sh" || fail "the script has no ${1%%=*}"
  chmod +x "$folder/smoke-tests.sh"
  SMOKE=$folder/smoke-tests.sh smoke "${@:2}"
}

# The check fails for this fault, with these words in what it found. That it passes without one is the last test's.
breaks() { # CHECK FAULT WORDS [OPTION]...
  run smoke "$2" --only "$1" "${@:4}"
  [[ $status == 1 ]] || fail "ended with $status for $2: $output"
  [[ $output == *"not ok 1 - $1: "* ]] || fail "$1 did not see $2: $output"
  [[ $output == *"$3"* ]] || fail "$1 did not say '$3' of $2: $output"
}

fail() {
  local text="$*"
  echo "${text:0:4000}"
  return 1
}

# Runs in the background from the beginning; looked at by "later".
begin() { # NAME COMMAND...
  (
    status=0
    "${@:2}" >"$WORK/later/$1.out" 2>&1 || status=$?
    echo "$status" >"$WORK/later/$1.status"
  ) 3>&- &
  echo $! >"$WORK/later/$1.pid"
}

later() { # NAME STATUS WORDS
  await "$WORK/later/$1.status" .
  output=$(<"$WORK/later/$1.out") status=$(<"$WORK/later/$1.status")
  [[ $status == "$2" ]] || fail "$1 ended with $status: $output"
  [[ $output == *"$3"* ]] || fail "$1 did not say '$3': $output"
}

begin_slow_ones() {
  begin sound smoke sound --require-all --http "http://sound.dashboard.test:$PLAIN" \
    --management "http://127.0.0.1:$(free_ports 1)" --project "$PROJECT" --version "$VERSION"
  begin caddy through_caddy
  begin events-missing hasty ROUND_TRIP_SECONDS=4 events-missing --only session --project "$PROJECT"
  begin stuck hasty RUN_SECONDS=20 stuck --max-time 3 --project "$PROJECT" --version "$VERSION"
  begin stop-ignored hasty STOP_SECONDS=2 stop-ignored --only session --project "$PROJECT"
  begin model-asks smoke model-asks --only session --project "$PROJECT"
  begin stream-buffered smoke stream-buffered --only stream
  begin silent smoke silent --max-time 2 --project "$PROJECT" --version "$VERSION"
}

# Everything is checked, so nothing may be left out.
through_caddy() {
  local authority=$WORK/caddy/pki/authorities/local/root.crt attempt
  for ((attempt = 0; attempt < 100; attempt++)); do
    ! curl -s -o /dev/null --cacert "$authority" --connect-to "dashboard.test:443:127.0.0.1:$CADDY_HTTPS" https://dashboard.test ||
      break
    sleep 0.1
  done
  "$SMOKE" https://dashboard.test --ca "$authority" --connect "127.0.0.1:$CADDY_HTTPS" --require-all \
    --http "http://dashboard.test:$CADDY_HTTP" --management "http://127.0.0.1:$(free_ports 1)" \
    --token-file "$WORK/token" --sign-in-file "$WORK/sign-in" --project "$PROJECT" --version "$VERSION"
}

# ---- each check sees what it is for

@test "tls-chain" {
  run "$SMOKE" https://sound.dashboard.test --ca "$WORK/server-ca.pem" --connect "127.0.0.1:$FOREIGN_TLS" --only tls-chain
  [[ $status == 1 && $output == *"not ok 1 - tls-chain"*"certificate"* ]] || fail "$output"
  run "$SMOKE" https://sound.elsewhere.test --ca "$WORK/server-ca.pem" --connect "127.0.0.1:$TLS" --only tls-chain
  [[ $status == 1 && $output == *"not ok 1 - tls-chain"*"matches target host name"* ]] || fail "$output"
  run "$SMOKE" https://sound.dashboard.test --connect "127.0.0.1:$TLS" --only tls-chain
  [[ $status == 1 && $output == *"not ok 1 - tls-chain"*"issuer"* ]] || fail "$output"
}

@test "tls-floor" {
  breaks tls-floor sound "spoke TLS 1.1 or older" --connect "127.0.0.1:$OLD_TLS"
}

@test "https-redirect" {
  local fault
  for fault in redirect-missing redirect-elsewhere redirect-in-the-clear redirect-without-path redirect-without-place; do
    run "$SMOKE" "https://$fault.dashboard.test" --ca "$WORK/server-ca.pem" --connect "127.0.0.1:$TLS" \
      --http "http://$fault.dashboard.test:$PLAIN" --only https-redirect
    [[ $status == 1 && $output == *"not ok 1 - https-redirect"* ]] || fail "$fault was not seen: $output"
  done
}

@test "live" {
  breaks live live-down "HTTP 503"
  breaks live live-details "disk"
}

@test "ready" {
  breaks ready ready-down "HTTP 503"
  breaks ready ready-details "disk"
}

@test "page" {
  breaks page page-missing "HTTP 404"
  breaks page page-foreign "Welcome to nginx"
  breaks page page-unbuilt "a script below /assets/"
  breaks page page-cached "max-age=600"
}

@test "assets" {
  breaks assets asset-missing "HTTP 404"
  breaks assets asset-empty "a file with content"
  breaks assets asset-short "max-age=600"
  breaks assets asset-mutable "immutable"
  breaks assets asset-unhashed "/assets/index.js"
}

@test "csp" {
  breaks csp no-csp "no such header"
  breaks csp no-csp-on-errors "/api/v1/auth/me"
  breaks csp csp-unsafe-inline "unsafe-inline"
  breaks csp csp-unsafe-styles "unsafe-inline"
  breaks csp csp-foreign-script "https://cdn.test"
  breaks csp csp-no-default "default-src"
  breaks csp csp-any-base "base-uri"
  breaks csp csp-twice "one Content-Security-Policy"
  breaks csp csp-kept-nonce "the same one twice"
  breaks csp csp-other-nonce "the nonce of the policy in the page"
}

@test "hsts" {
  breaks hsts no-hsts "no such header"
  breaks hsts no-hsts-on-assets "/assets/"
  breaks hsts short-hsts "max-age=86400"
}

@test "nosniff" {
  breaks nosniff no-nosniff "no such header"
  breaks nosniff no-nosniff-on-assets "/assets/"
}

@test "framing" {
  breaks framing no-frame-options "X-Frame-Options"
  breaks framing frame-ancestors-any "frame-ancestors"
}

@test "referrer" {
  breaks referrer no-referrer-policy "no such header"
  breaks referrer referrer-everywhere "unsafe-url"
}

@test "permissions" {
  breaks permissions no-permissions-policy "no such header"
  breaks permissions camera-allowed "camera=*"
}

@test "isolation" {
  breaks isolation no-opener-policy "Cross-Origin-Opener-Policy"
  breaks isolation no-resource-policy "Cross-Origin-Resource-Policy"
}

@test "banner" {
  breaks banner server-header "Helidon"
  breaks banner powered-by "Express"
  breaks banner version-in-via "nginx/1.22.1"
}

@test "no-store" {
  breaks no-store api-cached "max-age=60"
  breaks no-store health-cached "max-age=60"
}

@test "openapi" {
  breaks openapi openapi-missing "HTTP 404"
  breaks openapi openapi-page "<!doctype html>"
}

@test "no-token" {
  breaks no-token open-api "HTTP 200"
  breaks no-token open-audit "/api/v1/audit"
  breaks no-token open-write "PUT "
  breaks no-token html-errors "application/problem+json"
}

@test "wrong-token" {
  breaks wrong-token any-token "HTTP 200"
}

@test "foreign-origin" {
  breaks foreign-origin any-origin "field-missing"
  breaks foreign-origin any-site "not-signed-in"
  breaks foreign-origin shared-with-all "no Access-Control-Allow-Origin"
}

@test "host" {
  breaks host any-host '"status":"UP"'
}

@test "unknown-path" {
  breaks unknown-path page-for-all "HTTP 200"
  breaks unknown-path html-errors "text/html"
  breaks unknown-path stack-trace "Gate.java:7"
}

@test "large-headers" {
  breaks large-headers large-headers-taken "HTTP 200"
  breaks large-headers large-headers-crash "HTTP 500"
}

@test "large-body" {
  breaks large-body large-body-taken "HTTP 400"
  breaks large-body large-body-crash "HTTP 502"
}

@test "metrics" {
  breaks metrics open-metrics "HTTP 200"
  breaks metrics open-other-metrics "no metrics"
  breaks metrics open-health "no details of health"
}

@test "management" {
  breaks management sound "HTTP 200" --management "http://127.0.0.1:$MANAGEMENT"
  # Whatever it says, it shows that the port is open.
  breaks management sound "HTTP 308" --management "http://127.0.0.1:$PLAIN"
}

@test "token" {
  breaks token no-token-taken "HTTP 401"
}

@test "version" {
  breaks version sound "version $VERSION" --version 9.9.9
  breaks version old-version "version 0.0.1" --version "$VERSION"
}

@test "stream" {
  breaks stream stream-refused "503"
  breaks stream stream-of-another-type "text/html"
  breaks stream stream-of-a-page "<html>"
  later stream-buffered 1 "not ok 1 - stream: "
}

@test "cookies" {
  breaks cookies cookie-without-httponly "HttpOnly"
  breaks cookies cookie-lax "SameSite=Lax"
  breaks cookies cookie-missing "dashboard_access"
  breaks cookies no-cookies "cookies: none"
}

@test "secure-cookies" {
  breaks secure-cookies cookie-without-secure "Secure"
  breaks secure-cookies cookie-without-prefix "__Secure-"
  breaks secure-cookies no-cookies "none"
}

@test "csrf" {
  breaks csrf csrf-not-asked "HTTP 204"
  breaks csrf csrf-any "HTTP 204"
  breaks csrf any-origin "HTTP 204"
  breaks csrf sign-out-pretended "HTTP 200"
}

@test "sign-in-limit" {
  breaks sign-in-limit no-sign-in-limit "every attempt was answered with 401"
  breaks sign-in-limit no-retry-after "Retry-After in seconds"
}

@test "session" {
  local fault
  for fault in prompt-refused model-silent session-fails; do
    breaks session "$fault" "not ok 1 - session: " --project "$PROJECT"
  done
  breaks session sound "status 201" --project 00000000-0000-4000-8000-000000000000
  later model-asks 1 "an answer without asking a person"
  later events-missing 1 "the end of the turn, within 4 s"
  later stop-ignored 1 "state stopped within 2 s"
}

@test "every check is shown to fail above" {
  local name
  while read -r _ name _; do
    grep -q "^@test \"$name\" {" "$BATS_TEST_FILENAME" || fail "no test of $name"
    sed -n "/^@test \"$name\" {/,/^}/p" "$BATS_TEST_FILENAME" | grep -Eq "breaks $name |--only $name$|not ok 1 - $name" ||
      fail "$name is not shown to fail"
  done < <("$SMOKE" --list)
}

# ---- nothing is left behind

@test "a session that is not answered is stopped all the same" {
  later model-asks 1 "not ok"
  later stop-ignored 1 "not ok"
  later caddy 0 "ok"
  printf 'header = "Authorization: Bearer %s"' "$(<"$WORK/token")" >"$WORK/authorization"
  local attempt open
  # A stop is asked for, and takes a moment.
  for ((attempt = 0; attempt < 100; attempt++)); do
    curl -sS --config "$WORK/authorization" "http://127.0.0.1:$PORT/api/v1/sessions" >"$WORK/sessions"
    open=$(grep -o '"state":"[a-z]*"' "$WORK/sessions" | grep -vc '"stopped"') || break
    sleep 0.1
  done
  grep -q '"title":"Smoke test"' "$WORK/sessions"
  [[ ${open:-0} == 0 ]] || fail "$(<"$WORK/sessions")"
}

@test "the sign-in limit is met without keeping anybody out" {
  local attempt
  for attempt in 1 2; do
    run smoke nobody-out --only sign-in-limit
    [[ $status == 0 && $output == *"attempt 6 was answered with 429 and Retry-After: 60"* ]] || fail "$attempt: $output"
  done
  run smoke nobody-out --only cookies
  [[ $status == 0 ]] || fail "$output"
}

@test "no scratch file is left, and none is for others to read" {
  mkdir -p "$BATS_TEST_TMPDIR/tmp"
  TMPDIR=$BATS_TEST_TMPDIR/tmp run smoke no-hsts --only hsts,cookies
  [[ $status == 1 && -z $(ls -A "$BATS_TEST_TMPDIR/tmp") ]] || fail "$output, left: $(ls -A "$BATS_TEST_TMPDIR/tmp")"
  # Cut in the middle, too.
  TMPDIR=$BATS_TEST_TMPDIR/tmp smoke silent --only cookies --max-time 2 >/dev/null 2>&1 3>&- &
  local pid=$! attempt scratch=""
  for ((attempt = 0; attempt < 50; attempt++)); do
    scratch=$(find "$BATS_TEST_TMPDIR/tmp" -name token)
    [[ -z $scratch ]] || break
    sleep 0.1
  done
  [[ $(stat -c %a "$scratch") == 600 && $(stat -c %a "$(dirname "$scratch")") == 700 ]] || fail "$(ls -la "$BATS_TEST_TMPDIR/tmp")"
  kill -TERM "$(pgrep -P "$pid" | head -n 1)" 2>/dev/null || kill -TERM "$pid"
  # It ends when its own request has, and says that it failed; nothing of it runs on.
  local status=0
  wait "$pid" || status=$?
  [[ $status == 1 ]] || fail "ended with $status"
  [[ -z $(ls -A "$BATS_TEST_TMPDIR/tmp") ]] || fail "left: $(ls -A "$BATS_TEST_TMPDIR/tmp")"
}

# ---- secrets

@test "token and password are in no argument of any program and in no output" {
  local tool token password
  token=$(<"$WORK/token") password=$(sed -n 2p "$WORK/sign-in")
  mkdir -p "$BATS_TEST_TMPDIR/bin"
  for tool in curl sed grep tr head od cp cut touch sort cat mktemp rm sleep; do
    printf '#!/bin/bash\nprintf "%%q " %s "$@" >>"%s"\necho >>"%s"\nexec %s "$@"\n' \
      "$tool" "$BATS_TEST_TMPDIR/arguments" "$BATS_TEST_TMPDIR/arguments" "$(command -v "$tool")" >"$BATS_TEST_TMPDIR/bin/$tool"
    chmod +x "$BATS_TEST_TMPDIR/bin/$tool"
  done
  PATH=$BATS_TEST_TMPDIR/bin:$PATH run smoke sound --only token,version,stream,cookies,csrf --version 0
  [[ $status == 1 && $output == *"not ok 2 - version"* ]] || fail "$output"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH run smoke echo --version "$VERSION" --project "$PROJECT"
  # All that the echo says was there to be printed.
  [[ $status == 1 && $output == *"[secret]"* ]] || fail "$output"
  grep -q 'curl .*--config' "$BATS_TEST_TMPDIR/arguments"
  echo "$output" >"$BATS_TEST_TMPDIR/output"
  local secret
  for secret in "$token" "$password" cccccccccccccccccccc; do
    ! grep -F "$secret" "$BATS_TEST_TMPDIR/arguments" "$BATS_TEST_TMPDIR/output" || fail "it was seen"
  done
}

@test "over plain http to another machine nothing secret is sent" {
  run "$SMOKE" "http://sound.dashboard.test" --connect "127.0.0.1:$PLAIN" --token-file "$WORK/token" \
    --sign-in-file "$WORK/sign-in" --project "$PROJECT" --version "$VERSION"
  [[ $status == 1 && $output == *"a secret would travel in the clear"* ]] || fail "$output"
  grep -q '^plain GET /health/live' "$WORK/proxy.log" || fail "nothing came: $(<"$WORK/proxy.log")"
  ! grep -F "$(<"$WORK/token")" "$WORK/proxy.log" || fail "the token came"
  local check
  for check in tls-chain tls-floor hsts token stream cookies secure-cookies csrf session; do
    [[ $output == *"- $check: "* && $output =~ "not ok "[0-9]+" - $check: " ]] || fail "$check: $output"
  done
}

# ---- what cannot be checked

@test "on this machine plain http is enough, and what needs TLS is skipped with the reason" {
  run "$SMOKE" "http://127.0.0.1:$PORT" --token-file "$WORK/token" --only tls-chain,tls-floor,hsts,csp,stream
  [[ $status == 0 ]] || fail "$output"
  [[ $(grep -c '# SKIP plain http on this machine' <<<"$output") == 3 ]] || fail "$output"
  [[ $output == *"ATTENTION: 3 of 5 checks did NOT run"* ]] || fail "$output"
}

@test "what needs an option is skipped without it, and fails with --require-all" {
  run "$SMOKE" https://sound.dashboard.test --ca "$WORK/server-ca.pem" --connect "127.0.0.1:$TLS" \
    --only live,https-redirect,management,token,version,stream,cookies,secure-cookies,csrf,session
  [[ $status == 0 && $(grep -c '^ok .* # SKIP no --' <<<"$output") == 8 ]] || fail "$output"
  [[ $output =~ "ok 4 - token: "[^#]*"# SKIP no --token-file" && $output == *"SKIPPED token: no --token-file"* ]] || fail "$output"
  [[ $output == *"# SKIP this machine may reach it"* ]] || fail "$output"
  [[ $output == *"ATTENTION: 9 of 10 checks did NOT run"* ]] || fail "$output"
  run "$SMOKE" https://sound.dashboard.test --ca "$WORK/server-ca.pem" --connect "127.0.0.1:$TLS" --only live,token --require-all
  [[ $status == 1 && $output == *$'\n'"ok 1 - live"*"not ok 2 - token"*"no --token-file"* ]] || fail "$output"
}

@test "a server that cannot be reached fails every check, soon" {
  local begun=$SECONDS
  run "$SMOKE" https://sound.dashboard.test --connect "127.0.0.1:$(free_ports 1)"
  [[ $status == 1 && $(grep -c '^not ok ' <<<"$output") == 34 ]] || fail "$output"
  ((SECONDS - begun < 15)) || fail "it took $((SECONDS - begun)) s"
}

@test "a server that says nothing fails every check, soon" {
  later silent 1 "0 passed, 34 failed"
  [[ $output =~ " in "([0-9]+)" s" ]]
  # One wait for each would be more than 68.
  ((BASH_REMATCH[1] < 60)) || fail "$output"
}

@test "the whole run is bounded" {
  later stuck 1 "the 20 s of the whole run are over"
  # The liveness probe answers, so that nothing ends the run before its time.
  [[ $output == *$'\n'"ok 4 - live: "* && $output =~ " in "([0-9]+)" s" ]]
  ((BASH_REMATCH[1] >= 15 && BASH_REMATCH[1] < 40)) || fail "$output"
}

# ---- usage

@test "wrong usage ends with 64" {
  local arguments
  while IFS= read -r arguments; do
    read -r -a words <<<"$arguments"
    run "$SMOKE" "${words[@]}"
    [[ $status == 64 && $output == *"(see --help)"* ]] || fail "$arguments: $status $output"
  done <<'WRONG'
--no-such-option
--no-such-option=1
--only live
https://dashboard.test --only no-such-check
https://dashboard.test --only 0
https://dashboard.test --only 35
https://dashboard.test --only
https://dashboard.test --ca /no/such/file
https://dashboard.test --token-file /dev/null
https://dashboard.test --sign-in-file /dev/null
https://dashboard.test --project sample
https://dashboard.test --connect 127.0.0.1
https://dashboard.test --http https://dashboard.test
https://dashboard.test --max-time 0
https://dashboard.test/path
https://user@dashboard.test
ftp://dashboard.test
dashboard.test
https://dashboard.test https://dashboard.test
WRONG
  printf 'two words\n' >"$BATS_TEST_TMPDIR/no-token"
  run "$SMOKE" https://dashboard.test --token-file "$BATS_TEST_TMPDIR/no-token"
  [[ $status == 64 && $output != *"two words"* ]] || fail "$output"
  printf 'admin\n' >"$BATS_TEST_TMPDIR/no-password"
  run "$SMOKE" https://dashboard.test --sign-in-file "$BATS_TEST_TMPDIR/no-password"
  [[ $status == 64 ]] || fail "$output"
}

@test "checks are chosen by number and by name" {
  run smoke sound --only=openapi,4
  [[ $status == 0 && $output == *"1..2"*"ok 1 - live"*"ok 2 - openapi"* ]] || fail "$output"
  run "$SMOKE" --list
  [[ $status == 0 && ${#lines[@]} == 34 && ${lines[0]} == " 1 tls-chain"* ]] || fail "$output"
}

# ---- the whole, begun with the file and looked at last

@test "a sound dashboard passes every check, behind Caddy and behind the proxy without a fault" {
  local way
  for way in caddy sound; do
    later "$way" 0 "34 passed, 0 failed, 0 skipped of 34"
    [[ $(grep -c '^ok ' <<<"$output") == 34 && $output != *"not ok"* && $output != *SKIP* ]] || fail "$output"
    [[ $output == "TAP version 13"$'\n'"1..34"$'\n'* ]] || fail "$output"
  done
}
