#!/usr/bin/env bash
#
# Summary: Write the CLI's folder to standard output as a tar archive, without what holds a credential; for the backup
#
# Usage: lend-transcripts.sh FOLDER
#
#   FOLDER   The CLI's (CLAUDE_CONFIG_DIR)
#   --help   This text
#
# In an environment of compose the folder belongs to the runner's user, and backups are made by the server's, who may not read it. So a
# container of the runner's user, which can do nothing else, runs this for each who connects to its socket: compose/compose.backup.yaml.
# The last file of the archive is .complete: without it the archive was cut, or something could not be read.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Whoever gets the archive leaves more out (backup.sh). These do not get as far, and nobody else's file is the last one.
NEVER=('.credentials.json*' '.claude.json*' './sessions' './.complete')

main() {
  case ${1:-} in
    --help | -h) print_help "${BASH_SOURCE[0]}" && exit 0 ;;
    -*) usage_error "unknown option $1" ;;
  esac
  (($# == 1)) || usage_error "a folder is needed"
  local status=0
  END=$(mktemp -d)
  trap 'rm -rf "$END"' EXIT
  : >"$END/.complete"
  # Transcripts grow, and files go, while they are read: tar says so with 1.
  tar -C "$1" "${NEVER[@]/#/--exclude=}" --warning=no-file-changed --warning=no-file-removed -cf - . || status=$?
  ((status <= 1)) || die "$1 was not read whole"
  tar -C "$END" -cf - .complete
}

main "$@"
