# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Sourced after lib.sh: the door of $prov behind nginx, which listens on $port.
#
#   certificate NAME   a key and a certificate in $web
#   door_start         open the door; door_stop
#   web_start NAME     nginx with that certificate on a free port; web_stop

: "${prov:?}"
web=$TMPDIR/web
sock=$TMPDIR/door.sock
mkdir -p "$web/tmp"

certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
        -subj "/CN=$1" -keyout "$web/$1.key" -out "$web/$1.pem" 2>/dev/null
}

door_pid=''
web_pid=''
port=''
door_stop() {
    [ -n "$door_pid" ] || return 0
    kill "$door_pid" 2>/dev/null
    wait "$door_pid" 2>/dev/null
    door_pid=''
}
door_start() {
    local i
    "$SOHOA" -C "$prov" receive --fcgi "$sock" --workers 8 >"$TMPDIR/door.out" 2>&1 &
    door_pid=$!
    for ((i = 0; i < 200; i++)); do [ ! -S "$sock" ] || return 0; sleep 0.05; done
    return 1
}
web_stop() {
    [ -n "$web_pid" ] || return 0
    kill "$web_pid" 2>/dev/null
    wait "$web_pid" 2>/dev/null
    web_pid=''
}
web_start() {
    local i try
    for ((try = 0; try < 10; try++)); do
        if [ -z "$port" ] || [ "$try" -gt 0 ]; then port=$((20000 + RANDOM % 40000)); fi
        {
            [ "$(id -u)" != 0 ] || echo "user $(id -un) $(id -gn);"
            echo "daemon off; pid $web/pid; error_log $web/error.log; worker_processes 1;"
            echo "events { worker_connections 256; }"
            echo "http {"
            for i in client_body fastcgi proxy scgi uwsgi; do
                echo "${i}_temp_path $web/tmp/$i;"
            done
            # shellcheck disable=SC2016 # nginx's own variables
            echo 'log_format told "$http_sohoa_command|$http_sohoa_proof|$http_sohoa_at|$request_length|$status";'
            echo "access_log $web/access.log told;"
            "$SOHOA" nginx-config --socket "$sock" --certificate "$web/$1.pem" \
                --key "$web/$1.key" | sed "s/listen 443/listen 127.0.0.1:$port/; /\[::\]/d"
            echo "}"
        } >"$web/nginx.conf"
        nginx -e "$web/error.log" -c "$web/nginx.conf" >"$web/out" 2>&1 &
        web_pid=$!
        for ((i = 0; i < 100; i++)); do
            kill -0 "$web_pid" 2>/dev/null || break
            ! curl -sk -o /dev/null "https://127.0.0.1:$port/" || return 0
            sleep 0.05
        done
        web_stop
    done
    sed 's/^/# nginx: /' "$web/error.log"
    return 1
}
at_exit door_stop
at_exit web_stop
