#!/bin/sh
# The health server beside a node: probe.sh over HTTP, 200 when it passes and 503 when it does not.
#
# usage: health.sh serve       listens, and answers /cgi-bin/startup, /cgi-bin/ready, /cgi-bin/live and /cgi-bin/health
#        health.sh answer WHAT  is what such a request runs
# /up says that the server itself answers, whatever the node does.
# "serve" ends by SIGTERM with 0, and else with the code of httpd.
# environment: ADDRESS=0.0.0.0:36661, SCRIPTS=/scripts, WWW=/tmp/www, and what probe.sh reads
set -eu
: "${ADDRESS:=0.0.0.0:36661}" "${SCRIPTS:=/scripts}" "${WWW:=/tmp/www}"
export SCRIPTS

serve() {
  rm -rf "$WWW"
  mkdir -p "$WWW/cgi-bin"
  for question in startup ready live health; do
    printf '#!/bin/sh\nexec sh "%s/health.sh" answer %s\n' "$SCRIPTS" "$question" >"$WWW/cgi-bin/$question"
    chmod 0755 "$WWW/cgi-bin/$question"
  done
  echo up >"$WWW/up"
  # Not exec: as a container's first process httpd would ignore SIGTERM, and each stop would last the pod's whole grace.
  server=
  trap '[ -z "$server" ] || kill "$server"; exit 0' TERM INT
  httpd -f -p "$ADDRESS" -h "$WWW" &
  server=$!
  echo "health: listening on $ADDRESS"
  wait "$server"
}

answer() {
  case $1 in
  startup) probe=startup ;;
  live) probe=liveness ;;
  *) probe=readiness ;;
  esac
  state=failing code='503 Service Unavailable'
  if reason=$(timeout 6 sh "$SCRIPTS/probe.sh" "$probe"); then
    state=ok code='200 OK'
  fi
  : "${reason:=the probe took too long}"
  # A complete status line is what busybox needs to send another code than 200.
  printf 'HTTP/1.1 %s\r\nConnection: close\r\n' "$code"
  if [ "$1" = health ]; then
    printf 'Content-Type: application/json\r\n\r\n{"status":"%s","reason":"%s"}\n' "$state" "$reason"
  else
    printf 'Content-Type: text/plain\r\n\r\n%s\n' "$reason"
  fi
}

case ${1:-} in
serve) serve ;;
answer) answer "$2" ;;
*)
  echo "usage: health.sh serve | health.sh answer startup|ready|live|health" >&2
  exit 2
  ;;
esac
