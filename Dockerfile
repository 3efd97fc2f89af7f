# Three images of one build:
#   dashboard   the server: a Java runtime of only the modules it uses; no CLI, no shell tools beyond Debian's base
#   runner      the same program as a runner, with the Claude CLI, bash and git: it has the processes
#   backup      the same program with restic: it makes backups of the server's data, and knows the database as that server does
#
# The CLI is proprietary. Whoever builds the runner fetches it, pinned and checked; push that image to a private registry only.
# The final images hold no secrets, no build tools, no package lists, no setuid files.
#
#   docker build --target dashboard -t dashboard .
#   docker build --target runner -t dashboard-runner .
#   docker build --target backup -t dashboard-backup .
#
# Base images are arguments: a pipeline names them by digest, a company by its mirror.
ARG NODE_IMAGE=node:22-bookworm-slim
ARG JDK_IMAGE=eclipse-temurin:25-jdk
ARG BASE_IMAGE=debian:bookworm-slim

# --- web: the browser side ----------------------------------------------------------------------------------------------
FROM ${NODE_IMAGE} AS web
WORKDIR /build/src/main/web
COPY src/main/web/package.json src/main/web/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund --loglevel=error
COPY src/main/web ./
# Written to /build/target/classes/web, where the Java build expects it.
RUN npm run build

# --- build: the program and its libraries -------------------------------------------------------------------------------
FROM ${JDK_IMAGE} AS maven
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends maven >/dev/null \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build

# --- dev: what compose.dev.yaml works in, with the checkout mounted ------------------------------------------------------
FROM maven AS dev
COPY --from=web /usr/local /usr/local
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends git procps >/dev/null \
 && rm -rf /var/lib/apt/lists/* \
 && git config --system safe.directory '*'
WORKDIR /src

FROM maven AS build
COPY pom.xml ./
COPY config config
COPY runbooks runbooks
COPY src/main src/main
COPY --from=web /build/target/classes/web target/classes/web
RUN --mount=type=cache,target=/root/.m2 mvn --batch-mode --quiet -Dweb.skip -Dmaven.test.skip=true package
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
 && mv "org/sqlite/native/Linux/$arch/libsqlitejdbc.so" libsqlitejdbc.so && rm -r org

# --- jre: a runtime of the modules in use, with those for diagnosis -----------------------------------------------------
FROM ${JDK_IMAGE} AS jre
RUN jlink --output /jre --strip-java-debug-attributes --no-header-files --no-man-pages --compress=zip-6 \
      --add-modules java.base,java.logging,java.management,java.sql,java.xml,java.net.http,java.naming,java.instrument,jdk.crypto.ec,jdk.unsupported,jdk.jfr,jdk.management,jdk.management.agent,jdk.net,jdk.jcmd,jdk.zipfs

# --- base: what both images stand on ------------------------------------------------------------------------------------
FROM ${BASE_IMAGE} AS base
# Numeric users, so that "must not run as root" can be checked without the image's list; the names are for logs and for git.
RUN echo 'dashboard:x:10001:10001::/data:/usr/sbin/nologin' >> /etc/passwd \
 && echo 'claude:x:10002:10002::/data/claude:/usr/sbin/nologin' >> /etc/passwd \
 && printf 'dashboard:x:10001:\nclaude:x:10002:\n' >> /etc/group \
 # Nothing here has to become another user.
 && find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* \
 # Made here, so that fresh volumes take over owner and mode. Files in /run/runner get the group of the server: it may come to
 # the runner's socket and to nothing else of it.
 && install -d -o 10002 -g 10001 -m 2750 /run/runner \
 && install -d -o 10002 -g 10002 -m 0755 /projects
ENV LANG=C.UTF-8

FROM base AS program
COPY --from=jre /jre /opt/java
COPY --from=build --chmod=0555 /native/libsqlitejdbc.so /opt/native/libsqlitejdbc.so
COPY --from=build /build/target/lib /opt/dashboard/lib
COPY --from=build /build/target/dashboard.jar /opt/dashboard/dashboard.jar
COPY src/main/docker/java.options /opt/dashboard/java.options

# --- cache: classes as this very runtime and layout load them, recorded in a real start ----------------------------------
FROM program AS cache
COPY src/main/docker/train.sh /train.sh
RUN bash /train.sh /opt/dashboard/dashboard.aot

# --- dashboard: the server ------------------------------------------------------------------------------------------------
FROM program AS dashboard
COPY --from=cache /opt/dashboard/dashboard.aot /opt/dashboard/dashboard.aot
RUN install -d -o 10001 -g 10001 -m 0700 /data
USER 10001:10001
WORKDIR /data
ENV DASHBOARD_PROFILE=production \
    DASHBOARD_SERVER_HOST=0.0.0.0 \
    DASHBOARD_SECRETS_DIR=/run/secrets
VOLUME ["/data"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --retries=3 \
  CMD ["/opt/java/bin/java", "@/opt/dashboard/java.options", "-XX:AOTCache=/opt/dashboard/dashboard.aot", "-Xmx32m", "-XX:TieredStopAtLevel=1", "-jar", "/opt/dashboard/dashboard.jar", "healthcheck"]
# Java is process 1 and gets the signal itself.
ENTRYPOINT ["/opt/java/bin/java", "@/opt/dashboard/java.options", "-XX:AOTCache=/opt/dashboard/dashboard.aot", "-XX:MaxRAMPercentage=60", "-jar", "/opt/dashboard/dashboard.jar"]

# --- cli: the pinned Claude CLI -------------------------------------------------------------------------------------------
FROM ${NODE_IMAGE} AS cli
COPY scripts/install-claude-cli.sh /install-claude-cli.sh
RUN --mount=type=cache,target=/root/.npm bash /install-claude-cli.sh --dir /cli \
 && install -D -m 0555 "$(bash /install-claude-cli.sh --dir /cli | tail -n 1)" /opt/claude/claude

# --- runner: the same program, with the CLI and what its tools need -------------------------------------------------------
FROM base AS tools
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends git ca-certificates procps >/dev/null \
 && find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/*
# Projects may belong to whoever made them; who may work in them was decided before. An author for commits, until a repository
# names one.
RUN git config --system safe.directory '*' \
 && git config --system user.name 'Claude Code' && git config --system user.email 'claude@localhost'

FROM tools AS runner
COPY --from=program /opt /opt
COPY --from=cache /opt/dashboard/dashboard.aot /opt/dashboard/dashboard.aot
COPY --from=cli /opt/claude /opt/claude
RUN install -d -o 10002 -g 10002 -m 0700 /data /data/claude /data/spool
USER 10002:10002
WORKDIR /projects
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    DASHBOARD_CLI_PATH=/opt/claude/claude \
    DASHBOARD_PROJECTS_ROOTS=/projects \
    DASHBOARD_RUNNER_SOCKET=/run/runner/runner.sock \
    DASHBOARD_RUNNER_CONFIG_DIR=/data/claude \
    DASHBOARD_RUNNER_SPOOL_DIR=/data/spool \
    DASHBOARD_RUNNER_PEERS=10001 \
    DASHBOARD_RUNNER_PUBLIC_KEY_FILE=/run/secrets/runner.pub
VOLUME ["/data", "/projects"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --retries=3 \
  CMD ["/opt/java/bin/java", "@/opt/dashboard/java.options", "-XX:AOTCache=/opt/dashboard/dashboard.aot", "-Xmx32m", "-XX:TieredStopAtLevel=1", "-jar", "/opt/dashboard/dashboard.jar", "healthcheck", "--socket", "/run/runner/runner.sock"]
# A fixed heap: the rest of the memory is for what it runs.
ENTRYPOINT ["/opt/java/bin/java", "@/opt/dashboard/java.options", "-XX:AOTCache=/opt/dashboard/dashboard.aot", "-Xmx256m", "-jar", "/opt/dashboard/dashboard.jar", "runner"]

# --- backup: the same program, with what makes backups --------------------------------------------------------------------
FROM base AS restic
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends restic socat ca-certificates >/dev/null \
 && find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/*

FROM restic AS backup
COPY --from=program /opt /opt
COPY scripts/lib.sh scripts/lib-backup.sh scripts/backup.sh scripts/verify-backup.sh scripts/lend-transcripts.sh \
  scripts/change-backup-password.sh /opt/backup/scripts/
# Made here, so that fresh volumes take over owner and mode: the CLI's user offers its transcripts in the one, and the server's group
# may come to them; the other is for a repository outside of the data.
RUN install -d -o 10001 -g 10001 -m 0700 /data /repository \
 && install -d -o 10002 -g 10001 -m 2750 /run/transcripts
USER 10001:10001
WORKDIR /data
ENV DASHBOARD_SECRETS_DIR=/run/secrets
VOLUME ["/data"]
STOPSIGNAL SIGTERM
# Whoever waits for requests shows that it is there each ten seconds.
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 \
  CMD ["sh", "-c", "find /data/backups/beat -newermt '60 seconds ago' | grep -q ."]
ENTRYPOINT ["/opt/backup/scripts/backup.sh"]
CMD ["--data", "/data", "--every", "1h"]
