#!/usr/bin/env bash
#
# Summary: What the scripts of backups share beyond lib.sh; sourced, never run by itself
#
# A set is a folder of what one backup holds: dashboard.db, its manifest dashboard.db.json, attachments/, claude/, and set.json, which
# tells what was there when it was made. Nothing here writes into a set but write_set_words.

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  echo "lib-backup.sh is sourced by the other scripts and does nothing by itself" >&2
  exit 64
fi

# Under which restic keeps sets, wherever they are made: a container has another name each time.
RESTIC_HOST=dashboard
# Longest that one call of restic or Java may take; a repository that is merely asked answers sooner.
LONGEST=${BACKUP_LONGEST_SECONDS:-3600}
LONGEST_ASK=${BACKUP_LONGEST_ASK_SECONDS:-60}
# Of what a failed command said; a message is a line for people.
MOST_WORDS=400

# See check_set.
DIFFERS=3

# The program in the image.
PROGRAM_OF_IMAGE=(/opt/java/bin/java @/opt/dashboard/java.options -Xmx256m -jar /opt/dashboard/dashboard.jar)

# A duration like 90s, 30m, 6h or 1d in seconds; fails when it is none.
seconds_of() { # DURATION
  [[ $1 =~ ^([1-9][0-9]{0,4})([smhd])$ ]] || return 1
  local -A unit=([s]=1 [m]=60 [h]=3600 [d]=86400)
  echo "$((BASH_REMATCH[1] * unit[${BASH_REMATCH[2]}]))"
}

# Prints the backup container of an environment.
backup_container() { # ENV
  command -v docker >/dev/null || die "docker is missing; get it: $(how_to_get docker.io)"
  local container
  container=$(docker ps --quiet --filter "label=com.docker.compose.project=dashboard-$1" \
    --filter "label=com.docker.compose.service=backup" | head -n 1)
  [[ -n $container ]] || die "$1 has no backup container that runs; set BACKUP=true in compose/.env.$1 and deploy"
  echo "$container"
}

# Runs a script in the backup container of an environment, and ends with what that ends with.
in_backup_container() { # ENV SCRIPT WORDS...
  local container
  container=$(backup_container "$1")
  exec docker exec "$container" bash "$2" --data /data "${@:3}"
}

# Where data, secrets and repositories are. A private machine has its secrets in the data folder.
find_backup_settings() { # DATA
  DATA=$(cd "$1" 2>/dev/null && pwd -P) || die "there is no data folder $1; name another with --data"
  BACKUPS=$DATA/backups
  SECRETS=${DASHBOARD_SECRETS_DIR:-$DATA/secrets}
  LOCAL_REPOSITORY=${BACKUP_REPOSITORY:-$BACKUPS/restic}
  S3_REPOSITORY=${BACKUP_S3_REPOSITORY:-}
  VERIFY_REMOTE=${BACKUP_VERIFY_REMOTE:-share}
  [[ $VERIFY_REMOTE =~ ^(share|whole)$ ]] || die "BACKUP_VERIFY_REMOTE must be share or whole, not $VERIFY_REMOTE"
  [[ $LONGEST =~ ^[1-9][0-9]{0,5}$ ]] || die "BACKUP_LONGEST_SECONDS must be a number from 1 to 999999, not $LONGEST"
  [[ $LONGEST_ASK =~ ^[1-9][0-9]{0,5}$ ]] || die "BACKUP_LONGEST_ASK_SECONDS must be a number from 1 to 999999, not $LONGEST_ASK"
  [[ $LOCAL_REPOSITORY == /* ]] || die "BACKUP_REPOSITORY must be an absolute path, not $LOCAL_REPOSITORY"
  [[ -z $S3_REPOSITORY || $S3_REPOSITORY =~ ^s3:https?://[^[:space:]]+$ ]] ||
    die "BACKUP_S3_REPOSITORY must look like s3:https://HOST/BUCKET, not $S3_REPOSITORY"
  command -v restic >/dev/null || die "restic is missing; get it: $(how_to_get restic)"
  command -v flock >/dev/null || die "flock is missing; get it: $(how_to_get util-linux)"
  # The times of snapshots are compared as text.
  export TZ=UTC LC_ALL=C
}

# The program of the image, else that of the checkout, which is built when there is none.
find_program() {
  if [[ -f /opt/dashboard/dashboard.jar ]]; then
    PROGRAM=("${PROGRAM_OF_IMAGE[@]}")
    return
  fi
  local root
  root=$(repo_root)
  use_jdk
  [[ -f $root/target/dashboard.jar ]] || build "$root"
  PROGRAM=("$JAVA_HOME/bin/java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED -Xmx256m
    -jar "$root/target/dashboard.jar")
}

# Sees to what restic reads: its password, and for S3 its keys. They are named in files, or in the environment of restic alone.
check_backup_secrets() { # REPOSITORY
  [[ -s $SECRETS/restic_password ]] ||
    die "the secret restic_password is missing in $SECRETS; without it no backup can be made or read"
  [[ $1 != s3:* ]] || check_s3_secrets "$1"
}

check_s3_secrets() { # FOR WHAT
  local name
  for name in s3_access_key s3_secret_key; do
    [[ -s $SECRETS/$name ]] || die "the secret $name is missing in $SECRETS; without it $1 cannot be reached"
  done
}

# Runs a command in bounded time; see in_background.
bounded() { # SECONDS COMMAND...
  local status=0
  in_background timeout --kill-after=10 "$@" || status=$?
  if ((status == 124 || status == 137)); then WORDS="it took longer than $1 s and was ended. $WORDS"; fi
  return "$status"
}

# Runs a command, or a function, in the background, so that a signal is answered at once, and waits for it. Calls on_tick, when there is
# such a function, each second. Sets WORDS, what it said on standard error, in a line; its output is in $WORK/out.
in_background() { # COMMAND...
  local status=0
  WORDS=""
  "$@" >"$WORK/out" 2>"$WORK/err" </dev/null &
  CHILD=$!
  while kill -0 "$CHILD" 2>/dev/null; do
    # Without what somebody may wait for: it is left to end by itself. A kill might hit it while it still is a shell, with our traps.
    sleep 1 >/dev/null 2>&1 8>&- 9>&- &
    # Whichever ends first.
    wait -n "$CHILD" "$!" 2>/dev/null || true
    if declare -F on_tick >/dev/null; then on_tick; fi
  done
  wait "$CHILD" 2>/dev/null || status=$?
  CHILD=""
  if [[ -s $WORK/err ]]; then WORDS=$(words_of "$WORK/err" | cut -c "1-$MOST_WORDS"); fi
  return "$status"
}

# The last lines, in one, and before them those that tell what it was. Behind them Go may print for pages where it was, which is left out.
words_of() { # FILE
  tr -d '\000-\010\013-\037' <"$1" | awk '
    # A place in Go, and before it the name of its function.
    /^\t\/.*\.(go|s):[0-9]/ {n -= fresh; fresh = 0; next}
    NF > 0 {lines[++n] = $0; fresh = 1}
    END {tell("fatal:|no space left", 2); tell("error", 2); tell("", 5)}
    function tell(what, most, i, from) {
      for (i = n; i > 0 && most > 0; i--) if (tolower(lines[i]) ~ what) {from = i; most--}
      for (i = from; i > 0 && i <= n; i++) if (tolower(lines[i]) ~ what && !told[lines[i]]++) printf "%s%s", many++ ? " " : "", lines[i]
    }'
}

# Whether this is the script, not what it has started and just now ended: that is the script too until it becomes its command, and would
# clear away what the script still needs.
is_the_script() {
  [[ $BASHPID == "$$" ]]
}

stop_child() {
  [[ -n ${CHILD:-} ]] || return 0
  # timeout hands it on, and kills what does not go.
  kill -TERM "$CHILD" 2>/dev/null || true
  wait "$CHILD" 2>/dev/null || true
  CHILD=""
}

# restic on a repository, in bounded time; see bounded. Without a cache: what is read is what the repository has. PASSWORD_FILE may name
# another password than the present one. What restic has packed waits in files until it is sent: where the set is there is room for it, in
# /tmp of a container there is not.
restic_on() { # REPOSITORY SECONDS WORDS...
  local -x TMPDIR=$WORK RESTIC_PASSWORD_FILE=${PASSWORD_FILE:-$SECRETS/restic_password} RESTIC_PROGRESS_FPS=1
  if [[ $1 == s3:* ]]; then
    # In its environment, since arguments are everybody's to see.
    local -x AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
    AWS_ACCESS_KEY_ID=$(<"$SECRETS/s3_access_key")
    AWS_SECRET_ACCESS_KEY=$(<"$SECRETS/s3_secret_key")
  fi
  bounded "$2" restic --repo "$1" --no-cache "${@:3}"
}

# --- sets

# What is in a set, each part in one line of JSON; a folder counts by the names and contents of all its files.
parts_of() { # SET
  local part name first=true
  for part in "$1"/*; do
    name=${part##*/}
    [[ $name != set.json && -e $part ]] || continue
    [[ $first == true ]] || printf ',\n'
    first=false
    if [[ -d $part ]]; then
      printf '"%s":{"files":%d,"bytes":%d,"sha256":"%s"}' "$name" "$(find "$part" -type f -printf x | wc -c)" "$(bytes_of "$part")" \
        "$(cd "$part" && find . -type f -print0 | sort -z | xargs -0 -r sha256sum | sha256sum | cut -d ' ' -f 1)"
    else
      printf '"%s":{"bytes":%d,"sha256":"%s"}' "$name" "$(bytes_of "$part")" "$(sha256sum <"$part" | cut -d ' ' -f 1)"
    fi
  done
  printf '\n'
}

bytes_of() { # FILE OR FOLDER
  find "$1" -type f -printf '%s\n' | awk '{sum += $1} END {printf "%d", sum}'
}

# The value of a number or text in JSON that this project or restic has written: the first of that name.
json_value() { # FILE NAME
  sed -n '/"'"$2"'":/ {s/"'"$2"'":"\{0,1\}\([^",}]*\).*/\n\1/; s/.*\n//; p; q}' "$1"
}

write_set_words() { # SET ID
  find_parts "$1" || return
  {
    printf '{"setVersion":1,"id":"%s","createdAt":"%s","programVersion":"%s","schemaVersion":%s,"events":%s,"parts":{\n' \
      "$2" "$(now)" "$(json_value "$1/dashboard.db.json" programVersion)" "$(json_value "$1/dashboard.db.json" schemaVersion)" \
      "$(json_value "$1/dashboard.db.json" events)"
    cat "$WORK/parts"
    printf '}}\n'
  } >"$1/set.json"
}

# In $WORK/parts. Without the locks of the script, which end with it.
find_parts() { # SET
  in_background parts_of "$1" 8>&- 9>&- || return
  mv "$WORK/out" "$WORK/parts"
}

# Whether a set is what its set.json says, and its database sound and what its manifest says. Sets WORDS when not. Ends with DIFFERS when it
# was looked at and is another thing, with 1 when it could not be.
check_set() { # SET
  local file
  for file in set.json dashboard.db dashboard.db.json; do
    if [[ ! -f $1/$file ]]; then
      WORDS="it has no $file"
      return "$DIFFERS"
    fi
  done
  find_parts "$1" || return
  sed '1d;$d' "$1/set.json" >"$WORK/stored-parts"
  if ! cmp -s "$WORK/parts" "$WORK/stored-parts"; then
    WORDS="its files are not those that were stored: $(diff "$WORK/parts" "$WORK/stored-parts" |
      sed -n 's/^[<>] "\([^"]*\)".*/\1/p' | sort -u | tr '\n' ' ')"
    return "$DIFFERS"
  fi
  bounded "$LONGEST" "${PROGRAM[@]}" verify-snapshot --manifest "$1/dashboard.db.json" "$1/dashboard.db" || {
    [[ $WORDS != *"is not what its manifest says"* ]] || return "$DIFFERS"
    return 1
  }
}

now() {
  date -u +%Y-%m-%dT%H:%M:%SZ
}

# A text as JSON has it, without its quotes.
json_text() { # TEXT
  printf '%s' "$1" | tr '\n\r\t' '   ' | tr -d '\000-\037' | sed 's/\\/\\\\/g; s/"/\\"/g'
}

# Writes $WORK/snapshots: all of a repository's snapshots that hold sets, oldest first, TIME ID in a line. And $WORK/journals, of those that
# say of which journal they are: TIME JOURNAL.
snapshots_of() { # REPOSITORY
  restic_on "$1" "$LONGEST_ASK" snapshots --json --no-lock --host "$RESTIC_HOST" || return
  paste -d ' ' <(grep -o '"time":"[^"]*"' "$WORK/out" | cut -d '"' -f 4) \
    <(grep -o '"id":"[0-9a-f]*"' "$WORK/out" | cut -d '"' -f 4) | sort >"$WORK/snapshots"
  { grep -oE '"time":"[^"]*"|"journal-[0-9a-f]+"' "$WORK/out" || true; } |
    awk -F '"' '$2 == "time" {time = $4; next} {print time, substr($2, 9)}' | sort >"$WORK/journals"
}
