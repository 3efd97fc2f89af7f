# The server as a small image: a Java runtime of only the modules it uses, no secrets, no build tools.
# The Claude CLI is proprietary and not part of it; without one the server starts, says so, and stays ready.
#
# Base images are arguments, so that a build can name them by digest, or by a mirror's name.
ARG NODE_IMAGE=node:22-bookworm-slim
ARG JDK_IMAGE=eclipse-temurin:25-jdk
ARG BASE_IMAGE=debian:bookworm-slim

# --- web: the browser side -------------------------------------------------------------------------------------------
FROM ${NODE_IMAGE} AS web
WORKDIR /build/src/main/web
COPY src/main/web/package.json src/main/web/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund --loglevel=error
COPY src/main/web ./
# Written to /build/target/classes/web, where the Java build expects it.
RUN npm run build

# --- build: the program and its libraries ------------------------------------------------------------------------------
FROM ${JDK_IMAGE} AS build
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends maven \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY pom.xml ./
COPY config config
COPY src/main src/main
COPY --from=web /build/target/classes/web target/classes/web
RUN --mount=type=cache,target=/root/.m2 mvn --batch-mode --quiet -Dweb.skip -DskipTests package
# SQLite's native library, taken out of its jar now: /tmp of the running container is noexec, so the driver could not load
# what it would unpack there.
ARG TARGETARCH
RUN case "${TARGETARCH:-$(dpkg --print-architecture)}" in \
      amd64) arch=x86_64 ;; \
      arm64) arch=aarch64 ;; \
      *) echo "no SQLite library for ${TARGETARCH}" >&2; exit 1 ;; \
    esac \
 && mkdir -p /native && cd /native \
 && jar -xf /build/target/lib/sqlite-jdbc-*.jar "org/sqlite/native/Linux/$arch/libsqlitejdbc.so" \
 && mv "org/sqlite/native/Linux/$arch/libsqlitejdbc.so" libsqlitejdbc.so && rm -r org && chmod 0555 libsqlitejdbc.so

# --- jre: a runtime of the modules in use, with those for diagnosis -------------------------------------------------------
FROM ${JDK_IMAGE} AS jre
RUN jlink --output /opt/java --strip-java-debug-attributes --no-header-files --no-man-pages --compress=zip-6 \
      --add-modules java.base,java.logging,java.management,java.sql,java.xml,java.net.http,java.naming,java.instrument,jdk.crypto.ec,jdk.unsupported,jdk.jfr,jdk.management,jdk.management.agent,jdk.net,jdk.jcmd,jdk.zipfs

# --- final --------------------------------------------------------------------------------------------------------------
FROM ${BASE_IMAGE}
COPY --from=jre /opt/java /opt/java
COPY --from=build --chmod=0555 /native/libsqlitejdbc.so /opt/native/libsqlitejdbc.so
WORKDIR /opt/dashboard
COPY --from=build /build/target/lib lib
COPY --from=build /build/target/dashboard.jar dashboard.jar
# Made here, so that a fresh volume takes over owner and mode.
RUN install -d -o 10001 -g 10001 -m 0700 /data && install -d -o 10001 -g 10001 -m 0755 /projects
# Numeric, so that "must not run as root" can be checked without reading the image's user list.
USER 10001:10001
ENV DASHBOARD_PROFILE=production \
    DASHBOARD_SERVER_HOST=0.0.0.0 \
    DASHBOARD_DATA_DIR=/data \
    DASHBOARD_SECRETS_DIR=/run/secrets \
    DASHBOARD_PROJECTS_ROOTS=/projects
VOLUME ["/data", "/projects"]
EXPOSE 8080 9090
STOPSIGNAL SIGTERM
# Java is process 1 and gets the signal itself. A health check by the program's own subcommand comes with that subcommand.
ENTRYPOINT ["/opt/java/bin/java", "-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders", "-XX:MaxRAMPercentage=60", "--enable-native-access=ALL-UNNAMED", "-Dorg.sqlite.lib.path=/opt/native", "-Dorg.sqlite.lib.name=libsqlitejdbc.so", "-jar", "/opt/dashboard/dashboard.jar"]
