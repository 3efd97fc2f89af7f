#!/usr/bin/env bash
#
# Summary: A Docker engine for the container tests, where the machine has none that answers; and base images without a registry
#
# Usage: engine.sh start DIR | images DIR | monitoring DIR | registry DIR | cosign DIR | stop DIR
#
#   start DIR    Prints the variables (DOCKER_HOST and so on) of an engine: the machine's own when it answers, else one that is
#                started in DIR from Debian's packages (root on Debian; nothing but iptables and mmdebstrap is installed)
#   images DIR   Prints what the Dockerfile's base images are called: the real ones on the machine's own engine; on one that was
#                started here stand-ins, made from Debian's packages and this machine's JDK and Node.js
#   monitoring DIR
#                Prints settings of an environment: where there is no registry, stand-ins for the images of its monitoring. Prometheus,
#                Alertmanager and the probe are Debian's; Grafana, Loki and Alloy have no package, and theirs do nothing
#   registry DIR Starts a registry on a free port of this machine, with nothing in it, and prints its address
#   cosign DIR   Prints the path of a cosign, from Debian 13's packages
#   stop DIR     Stops the registry, and the engine that start started; leaves the machine's own alone
#
# DIR is kept between runs as a cache, about 2 GB. Compose comes from Debian 13, unpacked into DIR: version 2.26 runs on Debian 12.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../../scripts/lib.sh"

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
LONGEST_START=60

main() {
  case ${1:-} in
    --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
    start | images | monitoring | registry | cosign | stop) ;;
    *) usage_error "start, images, monitoring, registry, cosign or stop" ;;
  esac
  (($# == 2)) || usage_error "$1 needs a folder"
  mkdir -p "$2"
  DIR=$(cd "$2" && pwd -P)
  "$1"
}

# --- the engine ---------------------------------------------------------------------------------------------------------

start() {
  if own_engine_answers; then
    echo "export DOCKER_BUILDKIT=1"
    return
  fi
  local name
  if ! engine_answers; then
    [[ $(id -u) == 0 ]] || die "no Docker engine answers, and only root can start one; start Docker, or run this as root"
    unpack_engine
    start_engine
  fi
  for name in "DOCKER_HOST=unix://$DIR/run/docker.sock" "DOCKER_CONFIG=$DIR/cli" "PATH=$(engine_path)" DOCKER_BUILDKIT=1; do
    printf 'export %q\n' "$name"
  done
}

# Its compose has to be new enough for the overlays too (!override: 2.24.4).
own_engine_answers() {
  local version
  docker info >/dev/null 2>&1 || return 1
  version=$(docker compose version --short 2>/dev/null) || return 1
  version_at_least "${version#v}" 2.24.4
}

engine_answers() {
  PATH=$(engine_path) DOCKER_HOST=unix://$DIR/run/docker.sock docker info >/dev/null 2>&1
}

engine_path() {
  echo "$DIR/root/usr/sbin:$DIR/root/usr/bin:$PATH"
}

unpack_engine() {
  [[ ! -f $DIR/unpacked ]] || return 0
  command -v apt-get >/dev/null || die "no Docker engine answers, and one can be started on Debian only; start Docker"
  provide iptables iptables
  say "unpacking a Docker engine from Debian's packages"
  rm -rf "$DIR"/{deb,root}
  mkdir -p "$DIR"/{deb,root,data,exec,run,cli/cli-plugins}
  (cd "$DIR/deb" && apt-get download -qq docker.io containerd runc tini) >&2
  newer deb docker-compose docker-buildx
  local package plugin
  for package in "$DIR"/deb/*.deb; do dpkg-deb -x "$package" "$DIR/root"; done
  for plugin in docker-compose docker-buildx; do
    ln -sf "$DIR/root/usr/libexec/docker/cli-plugins/$plugin" "$DIR/cli/cli-plugins/$plugin"
  done
  : >"$DIR/unpacked"
}

# Fetches packages of Debian 13 into a folder of DIR. A state of its own: the system's lists and packages stay as they are.
newer() { # FOLDER PACKAGE...
  local private=(-o "Dir::Etc::sourcelist=$DIR/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$DIR/apt/lists" -o "Dir::Cache=$DIR/apt/cache" -o "Dir::State::status=$DIR/apt/status")
  if [[ ! -f $DIR/apt/sources.list ]]; then
    mkdir -p "$DIR"/apt/lists/partial "$DIR"/apt/cache/archives/partial
    : >"$DIR/apt/status"
    echo "deb [signed-by=$KEYRING] $(debian_mirror) trixie main" >"$DIR/apt/sources.list"
  fi
  apt-get "${private[@]}" -qq update >&2
  mkdir -p "$DIR/$1"
  (cd "$DIR/$1" && apt-get "${private[@]}" -qq download "${@:2}") >&2
}

debian_mirror() {
  awk '/^URIs:/ {print $2; exit} /^deb / {for (i = 2; i <= NF; i++) if ($i ~ /^http/) {print $i; exit}}' \
    /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null
}

start_engine() {
  rm -f "$DIR/run/docker.pid"
  PATH=$(engine_path) setsid "$DIR/root/usr/sbin/dockerd" --data-root "$DIR/data" --exec-root "$DIR/exec" \
    --pidfile "$DIR/run/docker.pid" -H "unix://$DIR/run/docker.sock" --exec-opt native.cgroupdriver=cgroupfs \
    >"$DIR/dockerd.log" 2>&1 </dev/null &
  local i
  for ((i = 0; i < LONGEST_START * 2; i++)); do
    if engine_answers; then
      say "a Docker engine runs in $DIR"
      return
    fi
    sleep 0.5
  done
  tail -n 20 "$DIR/dockerd.log" >&2
  die "the Docker engine did not start within $LONGEST_START s"
}

stop() {
  end registry
  end docker
}

end() { # NAME
  [[ -f $DIR/run/$1.pid ]] || return 0
  local pid i
  pid=$(<"$DIR/run/$1.pid")
  rm -f "$DIR/run/$1.pid"
  kill "$pid" 2>/dev/null || return 0
  for ((i = 0; i < 60; i++)); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.5
  done
  die "$1, process $pid, did not stop"
}

# --- a registry ---------------------------------------------------------------------------------------------------------

# So that images have digests, as in production. Plain http is allowed by the engine on loopback alone.
registry() {
  end registry
  mkdir -p "$DIR/run" "$DIR/registry-deb"
  if [[ ! -x $DIR/registry/usr/bin/docker-registry ]]; then
    (cd "$DIR/registry-deb" && apt-get download -qq docker-registry) >&2 || die "docker-registry cannot be fetched from Debian's packages"
    dpkg-deb -x "$DIR"/registry-deb/docker-registry_*.deb "$DIR/registry"
  fi
  rm -rf "$DIR/registry-data"
  local port
  port=$(free_port)
  printf '%s\n' "version: 0.1" "storage: {filesystem: {rootdirectory: $DIR/registry-data}}" "http: {addr: 127.0.0.1:$port}" \
    "log: {accesslog: {disabled: true}, level: warn}" >"$DIR/registry.yaml"
  setsid "$DIR/registry/usr/bin/docker-registry" serve "$DIR/registry.yaml" >"$DIR/registry.log" 2>&1 </dev/null &
  echo $! >"$DIR/run/registry.pid"
  local i
  for ((i = 0; i < 40; i++)); do
    if curl -fsS "http://127.0.0.1:$port/v2/" >/dev/null 2>&1; then
      echo "127.0.0.1:$port"
      return
    fi
    sleep 0.25
  done
  tail -n 20 "$DIR/registry.log" >&2
  die "the registry did not start"
}

free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); });'
}

cosign() {
  if [[ ! -x $DIR/cosign/usr/bin/cosign ]]; then
    newer cosign-deb cosign
    dpkg-deb -x "$DIR"/cosign-deb/cosign_*.deb "$DIR/cosign"
  fi
  echo "$DIR/cosign/usr/bin/cosign"
}

# --- base images --------------------------------------------------------------------------------------------------------

images() {
  local base=debian:bookworm-slim jdk=eclipse-temurin:25-jdk node=node:22-bookworm-slim caddy=caddy:2.10.2
  if started_here; then
    base=dashboard-stand-in/debian:bookworm-slim jdk=dashboard-stand-in/jdk:25 node=dashboard-stand-in/node:22
    caddy=dashboard-stand-in/caddy:2
    all_there "$base" "$jdk" "$node" "$caddy" || stand_ins "$base" "$jdk" "$node" "$caddy"
  fi
  printf '%s\n' "BASE_IMAGE=$base" "JDK_IMAGE=$jdk" "NODE_IMAGE=$node" "CADDY_IMAGE=$caddy"
}

# Where an engine had to be started there is no registry either, as far as anybody said.
started_here() {
  [[ ${DOCKER_HOST:-} == "unix://$DIR/run/docker.sock" ]]
}

all_there() { # IMAGE...
  docker image inspect "$@" >/dev/null 2>&1
}

stand_ins() { # BASE JDK NODE CADDY
  [[ $(id -u) == 0 ]] || die "only root can make stand-ins for the base images"
  provide mmdebstrap mmdebstrap
  say "making stand-ins for the base images"
  rm -rf "$DIR/context"
  mkdir -p "$DIR/context"
  # Expanded by mmdebstrap.
  # shellcheck disable=SC2016
  mmdebstrap --quiet --variant=minbase --mode=root --include=ca-certificates \
    --customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*' \
    bookworm "$DIR/context/base.tar" "deb $(debian_mirror) bookworm main" >&2
  docker import -c 'CMD ["/bin/bash"]' "$DIR/context/base.tar" "$1" >&2
  rm "$DIR/context/base.tar"
  use_jdk
  # Links followed: parts of a packaged JDK lead to elsewhere on the machine.
  cp -rL "$JAVA_HOME" "$DIR/context/jdk"
  cp -L "$(command -v node)" "$DIR/context/node"
  cp -rL "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" "$DIR/context/npm"
  # Builders trust whom this machine trusts: a company's registry mirror may have a certificate of its own.
  cp -L /etc/ssl/certs/ca-certificates.crt "$DIR/context/ca.crt"
  builder "$2" jdk "COPY jdk /opt/java/openjdk" "ENV JAVA_HOME=/opt/java/openjdk PATH=/opt/java/openjdk/bin:$IMAGE_PATH" "$1"
  builder "$3" node "COPY node /usr/local/bin/node" \
    "COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx" "$1"
  (cd "$DIR/context" && apt-get download -qq caddy && dpkg-deb -x caddy_*.deb caddy) >&2
  builder "$4" caddy "COPY caddy/usr/bin/caddy /usr/bin/caddy" 'CMD ["caddy", "version"]' "$1"
  rm -rf "$DIR/context"
}

IMAGE_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

builder() { # IMAGE NAME LINE LINE BASE
  printf '%s\n' "FROM $5" "COPY ca.crt /etc/ssl/certs/ca-certificates.crt" \
    "ENV LANG=C.UTF-8 NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt" "$3" "$4" >"$DIR/context/$2.Dockerfile"
  docker build -q --network host -t "$1" -f "$DIR/context/$2.Dockerfile" "$DIR/context" >&2
}

# --- monitoring ---------------------------------------------------------------------------------------------------------

monitoring() {
  started_here || return 0
  local stand_in=dashboard-stand-in name
  all_there $stand_in/{prometheus,alertmanager,blackbox,nothing}:1 || monitoring_stand_ins $stand_in
  for name in prometheus alertmanager blackbox; do echo "${name^^}_IMAGE=$stand_in/$name:1"; done
  for name in GRAFANA LOKI ALLOY; do echo "${name}_IMAGE=$stand_in/nothing:1"; done
}

monitoring_stand_ins() { # PREFIX
  say "making stand-ins for the images of the monitoring"
  rm -rf "$DIR/context"
  mkdir -p "$DIR/context" "$DIR/monitoring-deb"
  # Debian 12's has promtool beside it; of the others Debian 13's, which are nearer to the releases that compose names.
  (cd "$DIR/monitoring-deb" && apt-get download -qq prometheus && dpkg-deb -x prometheus_*.deb "$DIR/context/root") >&2
  newer monitoring-deb-13 prometheus-alertmanager prometheus-blackbox-exporter
  local package
  for package in "$DIR"/monitoring-deb-13/*.deb; do dpkg-deb -x "$package" "$DIR/context/root"; done
  program "$1" prometheus prometheus promtool
  program "$1" alertmanager prometheus-alertmanager amtool
  program "$1" blackbox prometheus-blackbox-exporter
  # Whatever compose tells it.
  printf '%s\n' "FROM $1/debian:bookworm-slim" 'ENTRYPOINT ["sh", "-c", "trap \"exit 0\" TERM; sleep infinity & wait"]' |
    docker build -q -t "$1/nothing:1" - >&2
  rm -rf "$DIR/context"
}

program() { # PREFIX NAME PROGRAM BESIDE-IT...
  local programs=("${@:3}")
  programs=("${programs[@]/#/root/usr/bin/}")
  # Debian's Alertmanager reads its own templates from there.
  printf '%s\n' "FROM $1/debian:bookworm-slim" "COPY root/usr/share/prometheus /usr/share/prometheus" \
    "COPY ${programs[*]} /usr/bin/" "ENTRYPOINT [\"/usr/bin/$3\"]" >"$DIR/context/$2.Dockerfile"
  docker build -q -t "$1/$2:1" -f "$DIR/context/$2.Dockerfile" "$DIR/context" >&2
}

main "$@"
