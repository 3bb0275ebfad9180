# Opening a restic repository: read by the scripts beside it, with "name" set to their own.
#
# environment: RESTIC_REPOSITORY, RESTIC_PASSWORD_FILE, and the store's credentials
: "${RESTIC_REPOSITORY:?}" "${RESTIC_PASSWORD_FILE:?}"

fail() {
  echo "$name: $*" >&2
  exit 1
}

# Opens the repository, and takes away the locks of runs that were killed (restic's idea of that: its process has gone, or
# the lock is half an hour old). Returns 10 when there is no repository, 1 when it cannot be opened; "answer" says why.
open_repository() {
  code=0
  answer=$(restic unlock 2>&1) || code=$?
  [ "$code" -ne 0 ] || return 0
  # restic 0.17 and newer have a code of their own for "there is none"; older ones have words for it. Their question "Is
  # there a repository?" comes with every error, so it tells nothing.
  case $code:$answer in
  10:* | *"no such file or directory"* | *"does not exist"*) return 10 ;;
  *) return 1 ;;
  esac
}

# The same for those that store: makes the repository when, and only when, there is none.
open_or_make() {
  code=0
  open_repository || code=$?
  case $code in
  0) ;;
  10)
    echo "$name: making the repository"
    restic init
    ;;
  *) fail "the repository cannot be opened, and nothing was stored: $answer" ;;
  esac
}

# The same for those that only read: what cannot be opened ends them.
open_existing() {
  code=0
  open_repository || code=$?
  case $code in
  0) ;;
  10) fail "refused: there is no repository at the address in RESTIC_REPOSITORY, and nothing was touched: $answer" ;;
  *) fail "refused: the repository cannot be opened, and nothing was touched: $answer" ;;
  esac
}

# What a command prints, in one line; fails as the command does.
in_one_line() {
  printed=$("$@") || return 1
  printf '%s' "$printed" | tr -d '\n'
}

# The snapshots of a source as restic's JSON.
snapshots_of() {
  in_one_line restic snapshots --json --host "$1"
}

# The ids in such JSON, the oldest first. Of all its keys only "id" has this form.
ids_in() {
  printf '%s' "$1" | tr ',{}' '\n\n\n' | sed -n 's/^[[:space:]]*"id"[[:space:]]*:[[:space:]]*"\([0-9a-f]\{64\}\)".*/\1/p'
}
