#!/usr/bin/env bash
#
# Summary: An S3 server for the tests: S3Proxy on a folder, on loopback, with keys; sourced, never run by itself
#
# A bucket is a folder in the working directory's "s3", an object a file in it: a test can break one.

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  echo "s3.sh is sourced by the tests and does nothing by itself" >&2
  exit 64
fi

# Brings what S3Proxy consists of into target/s3proxy, once.
provide_s3() { # ROOT
  S3_JARS=$1/target/s3proxy
  [[ ! -e $S3_JARS/.complete || $1/src/test/s3proxy/pom.xml -nt $S3_JARS/.complete ]] || return 0
  rm -rf "$S3_JARS"
  mvn --batch-mode --quiet -f "$1/src/test/s3proxy/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
    -DoutputDirectory="$S3_JARS" >&2 || return 1
  touch "$S3_JARS/.complete"
}

# Sets S3_PORT and S3_URL, where nothing listens yet.
choose_s3_port() {
  S3_PORT=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  S3_URL=http://127.0.0.1:$S3_PORT
}

# Starts one, where it was before or where one was chosen for it; sets S3_PID.
start_s3() {
  [[ -n ${S3_PORT:-} ]] || choose_s3_port
  mkdir -p s3
  cat >s3.properties <<PROPERTIES
s3proxy.endpoint=$S3_URL
s3proxy.authorization=aws-v2-or-v4
s3proxy.identity=tests
s3proxy.credential=$S3_SECRET
jclouds.provider=filesystem-nio2
jclouds.filesystem.basedir=$PWD/s3
PROPERTIES
  "$JAVA_HOME/bin/java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx128m -cp "$S3_JARS/*" \
    org.gaul.s3proxy.Main --properties s3.properties >s3.log 2>&1 &
  S3_PID=$!
  local try
  for ((try = 0; try < 300; try++)); do
    ! (: </dev/tcp/127.0.0.1/"$S3_PORT") 2>/dev/null || return 0
    kill -0 "$S3_PID" 2>/dev/null || break
    sleep 0.1
  done
  cat s3.log
  return 1
}

stop_s3() {
  [[ -n ${S3_PID:-} ]] || return 0
  kill -CONT "$S3_PID" 2>/dev/null || true
  kill -KILL "$S3_PID" 2>/dev/null || true
  wait "$S3_PID" 2>/dev/null || true
  S3_PID=""
}
