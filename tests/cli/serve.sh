# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the stories of `sohoa serve` share.
#
# shellcheck disable=SC2034 # what the stories use
#
#   serve_start HOME [ARGS]   sets serve_pid, url (with a slash), origin, host, token
#   serve_stop                stops it and sets rc
#   api METHOD PATH [JSON]    prints the body; sets status; jar and csrf are used
#   log_in USER PASSWORD      as api; keeps csrf

jar=$TMPDIR/jar
csrf=
status=
serve_pid=

serve_start() {
    local home=$1
    shift
    : >"$TMPDIR/ready"
    "$SOHOA" -C "$home" --json serve --listen 127.0.0.1:0 "$@" >"$TMPDIR/ready" 2>"$TMPDIR/talk" &
    serve_pid=$!
    for _ in $(seq 300); do
        [ ! -s "$TMPDIR/ready" ] || break
        kill -0 "$serve_pid" 2>/dev/null || break
        sleep 0.1
    done
    url=$(jq -r 'select(.type == "ready") | .url' "$TMPDIR/ready")
    token=
    [[ $url != *#* ]] || token=${url#*#}
    url=${url%%#*}
    origin=${url%/}
    host=${origin#http://}
}

serve_stop() {
    kill -TERM "$serve_pid"
    wait "$serve_pid"
    rc=$?
    serve_pid=
}
trap '[ -z "$serve_pid" ] || kill -KILL "$serve_pid" 2>/dev/null' EXIT

api() {
    local more=()
    [ $# -lt 3 ] || more=(-H 'Content-Type: application/json' --data-binary "$3")
    [ -z "$csrf" ] || more+=(-H "X-Sohoa-Csrf: $csrf")
    [ "$1" = GET ] || more+=(-H "Origin: $origin")
    curl -s -m 60 -b "$jar" -c "$jar" -o "$TMPDIR/body" -w '%{http_code}' -X "$1" "${more[@]}" \
        "${url}api/v1$2" >"$TMPDIR/status"
    status=$(cat "$TMPDIR/status")
    cat "$TMPDIR/body"
}

log_in() {
    api POST /session "{\"user\":\"$1\",\"password\":\"$2\"}" >"$TMPDIR/session"
    csrf=$(jq -r '.csrf // empty' "$TMPDIR/session")
}
