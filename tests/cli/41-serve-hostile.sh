#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 400
# Whoever talks to the server without knowing HTTP, without haste or without rights gets a
# refusal or nothing, and the clerk's page still comes while hundreds of them hold on.
. "${0%/*}/lib.sh"
. "${0%/*}/serve.sh"
need jq curl
hold=$(tool hold) || skip_all "make tools"
home=$(fresh_home hostile)
"$SOHOA" -C "$home" init --role commune --unit 24175 >/dev/null
echo 'long enough' | on "$home" user add lan --role admin --password-stdin >/dev/null
serve_start "$home"
port=${host#*:}

trap '' PIPE # who is cut off while writing hears so by the error
# raw TEXT: sent as printf says; prints the status of the answer, "closed" without one.
raw() {
    local line=
    exec {fd}<>"/dev/tcp/127.0.0.1/$port" || { echo none; return; }
    # shellcheck disable=SC2059 # a format on purpose
    printf "${1//HOST/$host}" >&"$fd"
    IFS= read -r -t 20 line <&"$fd"
    exec {fd}>&-
    line=${line#HTTP/1.1 }
    echo "${line:0:3}" | grep -x '[1-5][0-9][0-9]' || echo closed
}
refused() { # refused DESC TEXT
    local got
    got=$(raw "$2")
    like "$got" '^(4..|closed)$' "$1"
}
post='POST /api/v1/session HTTP/1.1\r\nHost: HOST\r\nOrigin: http://HOST\r\nContent-Type: application/json\r\n'

is "$(raw 'GET / HTTP/1.1\r\nHost: HOST\r\n\r\n')" 200 'the good one'

# ---- framing -------------------------------------------------------------------------------
refused 'two Content-Length' "${post}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}"
refused 'two that differ' "${post}Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}"
refused 'a list of them' "${post}Content-Length: 2, 2\r\n\r\n{}"
refused 'Content-Length and chunked' "${post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
refused 'chunked' "${post}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
refused 'chunked in disguise' "${post}Content-Length: 2\r\nTransfer-Encoding: x, chunked\r\n\r\n{}"
refused 'chunked after white space' "${post}Content-Length: 2\r\nTransfer-Encoding : chunked\r\n\r\n{}"
refused 'a negative length' "${post}Content-Length: -1\r\n\r\n{}"
refused 'a length of hex' "${post}Content-Length: 0x2\r\n\r\n{}"
refused 'a length with a sign' "${post}Content-Length: +2\r\n\r\n{}"
refused 'a length without end' "${post}Content-Length: 99999999999999999999\r\n\r\n{}"
refused 'a length above the limit' "${post}Content-Length: 70000\r\n\r\n{"
refused 'GET with a body' 'GET / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\n\r\n{}'
refused 'LF alone' 'GET / HTTP/1.1\nHost: HOST\n\n'
refused 'LF among CRLF' 'GET / HTTP/1.1\r\nHost: HOST\nX: y\r\n\r\n'
refused 'CR alone' 'GET / HTTP/1.1\r\nHost: HOST\r\nX: a\rY: b\r\n\r\n'
refused 'NUL' 'GET / HTTP/1.1\r\nHost: HOST\r\nX: a\000b\r\n\r\n'
refused 'a folded field' 'GET / HTTP/1.1\r\nHost: HOST\r\nX: a\r\n b\r\n\r\n'
refused 'a space before the colon' 'GET / HTTP/1.1\r\nHost : HOST\r\n\r\n'
refused 'an empty line first' '\r\nGET / HTTP/1.1\r\nHost: HOST\r\n\r\n'
refused 'a TLS greeting' '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n'
refused 'HTTP/1.0' 'GET / HTTP/1.0\r\nHost: HOST\r\n\r\n'
refused 'HTTP/0.9' 'GET /\r\n\r\n'
refused 'HTTP/2' 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
refused 'an upgrade' 'GET / HTTP/1.1\r\nHost: HOST\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'
for m in OPTIONS TRACE CONNECT PROPFIND get FOO; do
    refused "method $m" "$m / HTTP/1.1\r\nHost: HOST\r\n\r\n"
done
is "$(raw 'GET / HTTP/1.1\r\nHost: HOST\r\n\r\nGET /api/v1/counts HTTP/1.1\r\nHost: HOST\r\n\r\n')" 200 \
    'a second request behind the first'

# ---- sizes -----------------------------------------------------------------------------------
long() { head -c "$1" /dev/zero | tr '\0' a; }
refused 'an address of 4 KiB' "GET /$(long 4096) HTTP/1.1\r\nHost: HOST\r\n\r\n"
refused 'a field of 20 KiB' "GET / HTTP/1.1\r\nHost: HOST\r\nX: $(long 20000)\r\n\r\n"
refused 'a request line of 20 KiB' "GET /$(long 20000)"
refused '65 fields' "GET / HTTP/1.1\r\nHost: HOST\r\n$(for i in $(seq 64); do printf 'X: y\\r\\n'; done)\r\n"

# ---- addresses -------------------------------------------------------------------------------
for p in /../etc/passwd /..%2f..%2fetc/passwd /%2e%2e/%2e%2e/etc/passwd '/..\\..\\x' /assets/../../x \
    //etc/passwd /./x /assets//x '/index.html%00' /%c0%ae%c0%ae/x '/a%' '/a%0d%0aSet-Cookie:x' \
    http://evil.example/ '*' /assets /index.html /etc/passwd /api /api/v1 /api/v1/../v1/counts; do
    refused "GET $p" "GET ${p//%/%%} HTTP/1.1\r\nHost: HOST\r\n\r\n"
done

# ---- who asks --------------------------------------------------------------------------------
for h in '' 'evil.example' "evil.example:$port" '127.0.0.1' "127.0.0.1:$port.evil" "127.0.0.1:$port, x"; do
    refused "Host '$h'" "GET / HTTP/1.1\r\nHost: $h\r\n\r\n"
done
refused 'no Host' 'GET / HTTP/1.1\r\n\r\n'
refused 'two Host' 'GET / HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\n\r\n'
log_in lan 'long enough'
is "$status" 200 'the clerk is in'
change() { # change ARGS: a change with the clerk's cookie
    curl -s -o /dev/null -w '%{http_code}' -b "$jar" -X POST "$@" "${url}api/v1/session/lock"
}
is "$(change)" 403 'a change without anything'
is "$(change -H "X-Sohoa-Csrf: $csrf")" 403 'without an origin'
is "$(change -H "Origin: $origin")" 403 'without its token'
is "$(change -H "Origin: $origin" -H "X-Sohoa-Csrf: ${csrf}0")" 403 'with a wrong one'
is "$(change -H "Origin: null" -H "X-Sohoa-Csrf: $csrf")" 403 'from nowhere'
is "$(change -H "Origin: http://evil.example" -H "X-Sohoa-Csrf: $csrf")" 403 'from elsewhere'
is "$(change -H "Origin: $origin" -H 'Sec-Fetch-Site: cross-site' -H "X-Sohoa-Csrf: $csrf")" 403 'across sites'
is "$(change -H "Origin: $origin" -H "X-Sohoa-Csrf: $csrf" -H 'Content-Type: text/plain' -d x)" 400 'as a form'
is "$(curl -s -o /dev/null -w '%{http_code}' -b "$jar" -H 'Sec-Fetch-Site: cross-site' "${url}api/v1/counts")" 403 \
    'data for a page of others'
is "$(api GET /counts | jq .saved)" 0 'and nothing was locked'
for body in '' '[]' '1' 'x' '{' '{"a":1,"a":2}' '{"user":5}' '{"user":"a"}' "{\"user\":\"$(long 70)\",\"password\":\"x\"}"; do
    api POST /session "$body" >/dev/null
    like "$status" '^4' "a login of ${body:0:20}"
done
like "$(raw 'GET /x HTTP/1.1\r\nHost: HOST\r\n\r\n')" 404 'an address of nothing'
exec {fd}<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /x HTTP/1.1\r\nHost: %s\r\n\r\n' "$host" >&"$fd"
like "$(cat <&"$fd")" "Content-Security-Policy: default-src 'none'" 'refusals carry the headers too'
exec {fd}>&-

# ---- uploads ---------------------------------------------------------------------------------
cookie=$(awk '$6 == "sohoa" { print $7 }' "$jar")
up='POST /api/v1/uploads?name=a.jpg HTTP/1.1\r\nHost: HOST\r\nOrigin: http://HOST\r\n'
in="Cookie: sohoa=$cookie\r\nX-Sohoa-Csrf: $csrf\r\n"
spooled() { find "$home/spool/uploads" -type f 2>/dev/null | wc -l; }
is "$(raw "${up}Content-Length: 2\r\n\r\nab")" 401 'an upload of nobody'
is "$(raw "${up}Cookie: sohoa=$cookie\r\nX-Sohoa-Csrf: 00\r\nContent-Length: 2\r\n\r\nab")" 403 'with a wrong token'
is "$(raw "$up${in}Content-Length: 1073741825\r\n\r\n")" 413 'one that is too large'
is "$(raw "$up${in}Content-Length: 0\r\n\r\n")" 422 'an empty one'
for n in '' ../a a%%5Cb .. "$(long 201)"; do
    refused "a name '${n:0:10}'" "${up/a.jpg/$n}${in}Content-Length: 2\r\n\r\nab"
done
is "$(spooled)" 0 'none of them has left anything'
is "$(raw "$up${in}Content-Length: 2\r\n\r\nab")" 200 'a good one'
is "$(spooled)" 2 'is kept'
held=()
for _ in 1 2 3; do
    exec {fd}<>"/dev/tcp/127.0.0.1/$port"
    # shellcheck disable=SC2059 # a format on purpose
    printf "${up//HOST/$host}${in}Content-Length: 100000\r\n\r\n$(long 50000)" >&"$fd"
    held+=("$fd")
done
for _ in $(seq 50); do [ "$(spooled)" != 5 ] || break; sleep 0.1; done
is "$(spooled)" 5 'three are half there'
locked() { # how many workers of uploads there are, and how they are held
    local p
    for p in $(pgrep -P "$serve_pid"); do
        ! tr '\0' ' ' <"/proc/$p/cmdline" | grep -q 'worker upload' ||
            awk '/^(NoNewPrivs|Seccomp):/ { printf "%s%s ", $1, $2 }' "/proc/$p/status"
    done
}
sanitized || is "$(locked)" "$(printf 'NoNewPrivs:1 Seccomp:2 %.0s' 1 2 3)" 'each by a process that is locked down'
is "$(raw "$up${in}Content-Length: 2\r\n\r\nab")" 503 'a fourth has to wait'
is "$(api GET /counts | jq .saved)" 0 'the page goes on'
for fd in "${held[@]}"; do exec {fd}>&-; done
for _ in $(seq 50); do [ "$(spooled)" != 2 ] || break; sleep 0.1; done
is "$(spooled)" 2 'cut off, they are gone at once'
for _ in $(seq 50); do
    got=$(raw "$up${in}Content-Length: 2\r\n\r\nab")
    [ "$got" = 503 ] || break
    sleep 0.1
done
is "$got" 200 'and others can come'
# One that drips is cut off by the floor.
{
    curl -s -o /dev/null -w '%{http_code}' -m 40 -b "$jar" -H "X-Sohoa-Csrf: $csrf" -H "Origin: $origin" \
        --limit-rate 200 --data-binary @/dev/fd/3 3< <(head -c 60000 /dev/zero) "${url}api/v1/uploads?name=drip"
} >"$TMPDIR/drip"
isnt "$(cat "$TMPDIR/drip")" 200 'one that drips does not come to its end'
is "$(find "$home/spool/uploads" -name '.tmp-*' | wc -l)" 0 'and leaves nothing'
# What is older than a day goes when the next one comes.
find "$home/spool/uploads" -type f -exec touch -d '2 days ago' {} +
is "$(raw "$up${in}Content-Length: 2\r\n\r\nab")" 200 'a day later'
is "$(spooled)" 2 'the old ones are gone'

# ---- without haste -----------------------------------------------------------------------------
# 300 connections: a third says nothing, a third drips a head, a third drips the body of a
# login. Those that are cut off come back.
"$hold" "$port" 300 60 >"$TMPDIR/holding" &
holding=$!
for _ in $(seq 300); do [ ! -s "$TMPDIR/holding" ] || break; sleep 0.1; done
worst=0
for _ in 1 2 3 4 5 6 7 8; do
    took=$(curl -s -m 20 -o /dev/null -w '%{time_total} %{http_code}' "$url")
    is "${took#* }" 200 "the page comes (${took% *} s)"
    worst=$(awk "BEGIN { print (${took% *} > $worst) ? ${took% *} : $worst }")
    is "$(api GET /counts | jq .saved)" 0 'and the counts'
    sleep 1
done
num_ok 'within 15 s each time' "$worst < 15"
num_ok 'no more connections than are allowed' \
    "$(find "/proc/$serve_pid/fd" -mindepth 1 | wc -l) < 64 + 30"
kill -KILL "$holding"
wait "$holding" 2>/dev/null
# A head that never ends is told so, or cut off.
refused 'a head without end' 'GET / HTTP/1.1\r\nHost: HOST\r\n'
is "$(raw 'GET / HTTP/1.1\r\nHost: HOST\r\n\r\n')" 200 'all is well afterwards'
serve_stop
is "$rc" 0 'and it ends well'

# ---- the disk is full ------------------------------------------------------------------------
if preload=$(tool fault_preload.so) && ! sanitized; then
    export SOHOA_FAULT=write:1:28:sticky SOHOA_FAULT_BELOW=$home/spool/uploads LD_PRELOAD=$preload
    serve_start "$home"
    unset SOHOA_FAULT SOHOA_FAULT_BELOW LD_PRELOAD
    csrf=
    log_in lan 'long enough'
    head -c 3000000 /dev/zero >"$TMPDIR/zeros"
    before=$(spooled)
    code=$(curl -s -m 60 -o "$TMPDIR/body" -w '%{http_code}' -b "$jar" -H "X-Sohoa-Csrf: $csrf" -H "Origin: $origin" \
        --data-binary "@$TMPDIR/zeros" "${url}api/v1/uploads?name=zeros")
    is "$code $(jq -r .error.code "$TMPDIR/body")" '507 SH-DISK-FULL' 'a full disk is said'
    is "$(spooled)" "$before" 'and nothing stays'
    is "$(api GET /counts | jq .saved)" 0 'the page goes on'
    serve_stop
fi
done_testing
