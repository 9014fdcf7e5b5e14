#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 500
# Other computers of the office come in over TLS, by the node's own certificate and nothing
# weaker; who holds on to half a handshake keeps nobody out.
. "${0%/*}/lib.sh"
. "${0%/*}/serve.sh"
need jq curl openssl perl pgrep
hold=$(tool hold) || skip_all "make tools"
home=$(fresh_home lan)
run_is 10 'no certificate without a node' on "$home" certificate show
"$SOHOA" -C "$home" init --role commune --unit 24175 >/dev/null
echo 'long enough' | on "$home" user add lan --role admin --password-stdin >/dev/null

# ---- addresses -----------------------------------------------------------------------------
run_is 1 'no certificate yet' on "$home" --json certificate show
is "$(json .code | head -1)" SH-CERT-ABSENT 'and says how to get one'
for bad in '' x example.org:443 192.168.1.500 127.0.0.2:70000 fd00::5; do
    run_is 2 "--lan '$bad' is refused" on "$home" --json serve --listen 127.0.0.1:0 --lan "$bad"
done
is "$(json .code | head -1)" SH-WEB-LAN 'and says why'

# ---- the certificate -------------------------------------------------------------------------
serve_start "$home" --lan 127.0.0.2:0
lan=$(jq -r '.lan[0] // empty' "$TMPDIR/ready")
like "$lan" '^https://127\.0\.0\.2:[0-9]+/$' 'it tells the address for others'
lanport=${lan##*:}
lanport=${lanport%/}
pem=$home/keys/tls.pem
is "$(stat -c %a "$home/keys/tls.key" "$pem" | tr '\n' ' ')" '600 600 ' 'key and certificate are for the owner alone'
fingerprint=$(openssl x509 -in "$pem" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f)
is "$(jq -r .fingerprint "$TMPDIR/ready")" "$fingerprint" 'the fingerprint is what browsers show'
pin=sha256//$(jq -r .pin "$TMPDIR/ready" | sed 's/^tls-sha256 //')
is "$(openssl x509 -in "$pem" -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64)" \
    "${pin#sha256//}" 'the pin is that of its key'
text=$(openssl x509 -in "$pem" -noout -text)
like "$text" 'IP Address:127\.0\.0\.2' 'it is for this address'
like "$text" 'CA:FALSE' 'it vouches for nobody else'
like "$text" 'TLS Web Server Authentication' 'it is for servers'
num_ok 'it lasts longer than ten years' \
    "$(date -d "$(openssl x509 -in "$pem" -noout -enddate | cut -d= -f2)" +%s) - $(date +%s) > 10 * 365 * 86400"
is "$(openssl s_client -connect "127.0.0.2:$lanport" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256 |
    sed 's/.*=//; s/://g' | tr A-F a-f)" "$fingerprint" 'and it is the one that is shown'
run on "$home" --json doctor
like "$(line check 'select(.name == "certificate") | .found')" "$fingerprint" 'doctor knows its fingerprint'

# ---- who knows the key -----------------------------------------------------------------------
worker=$(pgrep -P "$serve_pid" -f 'worker tls')
like "$worker" '^[0-9]+$' 'TLS ends in a process of its own'
if sanitized; then
    skip 'another sandbox in this build'
else
    is "$(awk '$1 == "Seccomp:" { print $2 }' "/proc/$worker/status")" 2 'which is locked up'
fi
# The number itself, as bytes and as the library keeps it (the other way round).
secret=$(openssl pkey -in "$home/keys/tls.key" -outform der | od -An -v -tx1 | tr -d " \n")
secret=${secret:14:64}
knows() { # knows PID: how often the key stands in its memory
    perl -e '
        my ($pid, $hex) = @ARGV;
        my $key = pack("H*", $hex);
        my ($found, $text) = (0, "");
        open(my $mem, "<", "/proc/$pid/mem") or die "mem";
        open(my $maps, "<", "/proc/$pid/maps") or die "maps";
        while (<$maps>) {
            next unless /^([0-9a-f]+)-([0-9a-f]+) rw/;
            my ($from, $to) = (hex $1, hex $2);
            next if $to - $from > 1 << 28;
            sysseek($mem, $from, 0) or next;
            sysread($mem, $text, $to - $from) or next;
            for my $form ($key, scalar reverse $key) {
                my $at = -1;
                $found++ while ($at = index($text, $form, $at + 1)) >= 0;
            }
        }
        print "$found\n";' "$1" "$secret"
}
if sanitized || [ "$(id -u)" != 0 ]; then
    skip 'the memory of processes is read by root alone, in the plain build' 2
else
    num_ok 'the process that ends TLS knows the key' "$(knows "$worker") > 0"
    is "$(knows "$serve_pid")" 0 'serve itself does not'
fi

# ---- what is spoken --------------------------------------------------------------------------
speaks() { # speaks OPTIONS: whether a handshake comes to its end
    # shellcheck disable=SC2086 # words on purpose
    openssl s_client -connect "127.0.0.2:$lanport" -cipher 'ALL:@SECLEVEL=0' $1 </dev/null >"$TMPDIR/tls" 2>&1 &&
        ! grep -q 'Cipher is (NONE)' "$TMPDIR/tls"
}
check 'TLS 1.3' speaks -tls1_3
check 'TLS 1.2' speaks -tls1_2
refuse 'not TLS 1.1' speaks -tls1_1
refuse 'not TLS 1.0' speaks -tls1
for suite in ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-ECDSA-CHACHA20-POLY1305; do
    check "$suite" speaks "-tls1_2 -cipher $suite"
done
for suite in ECDHE-ECDSA-AES128-SHA ECDHE-ECDSA-AES256-SHA384 AES128-SHA DHE-RSA-AES128-GCM-SHA256 NULL-SHA256 ADH-AES128-SHA; do
    refuse "not $suite" speaks "-tls1_2 -cipher $suite:@SECLEVEL=0"
done
refuse 'not HTTP/2 alone' speaks '-alpn h2'
speaks '-alpn h2,http/1.1'
like "$(cat "$TMPDIR/tls")" 'ALPN protocol: http/1.1' 'HTTP/1.1 among others'
unlike "$(openssl s_client -connect "127.0.0.2:$lanport" -tls1_2 </dev/null 2>&1)" 'TLS session ticket:' 'no ticket'
like "$({ echo R; sleep 2; } | openssl s_client -connect "127.0.0.2:$lanport" -tls1_2 2>&1)" 'alert|no renegotiation' 'no renegotiation'

# ---- plain HTTP ------------------------------------------------------------------------------
curl -s -m 20 -o "$TMPDIR/plain" -w '%{http_code}' "http://127.0.0.2:$lanport/api/v1/session" >"$TMPDIR/status"
is "$(cat "$TMPDIR/status")" 400 'plain HTTP is refused'
like "$(cat "$TMPDIR/plain")" 'https://' 'with a word about the right address'
refuse 'nothing listens there without TLS' curl -s -m 5 -o /dev/null "http://127.0.0.2:${host##*:}/"

# ---- at work over TLS ------------------------------------------------------------------------
over() { # over METHOD PATH [JSON]: as api, over TLS, the certificate believed by itself
    local more=()
    [ $# -lt 3 ] || more=(-H 'Content-Type: application/json' --data-binary "$3")
    [ -z "$csrf" ] || more+=(-H "X-Sohoa-Csrf: $csrf")
    [ "$1" = GET ] || more+=(-H "Origin: ${lan%/}")
    curl -s -m 60 --cacert "$pem" --pinnedpubkey "$pin" -b "$jar" -c "$jar" -D "$TMPDIR/head" -o "$TMPDIR/body" \
        -w '%{http_code}' -X "$1" "${more[@]}" "${lan}api/v1$2" >"$TMPDIR/status"
    status=$(cat "$TMPDIR/status")
    cat "$TMPDIR/body"
}
over GET /session >/dev/null
is "$status" 200 'the page over TLS'
unlike "$(cat "$TMPDIR/head")" '[Ss]trict-[Tt]ransport' 'no promise that would lock a browser out'
over POST /session '{"user":"lan","password":"long enough"}' >"$TMPDIR/session"
csrf=$(jq -r '.csrf // empty' "$TMPDIR/session")
is "$status" 200 'logging in'
cookie=$(tr -d '\r' <"$TMPDIR/head" | sed -n 's/^Set-Cookie: //p')
like "$cookie" '^__Host-sohoa=[0-9a-f]{64}; Path=/; Secure; HttpOnly; SameSite=Strict$' 'the cookie is bound to this host and to TLS'
over GET /counts >/dev/null
is "$status" 200 'and work'
token=${cookie#*=}
token=${token%%;*}
is "$(curl -s -o /dev/null -w '%{http_code}' -k -b "sohoa=$token" "${lan}api/v1/counts")" 401 \
    'under the name of the loopback it is no cookie here'
is "$(curl -s -o /dev/null -w '%{http_code}' -k -H "Host: $host" "${lan}")" 403 'the name of the loopback is none here'
is "$(curl -s -o /dev/null -w '%{http_code}' -k -H 'Host: evil.example' "${lan}")" 403 'another name neither'
is "$(curl -s -o /dev/null -w '%{http_code}' -H "Host: 127.0.0.2:$lanport" "$url")" 403 'nor this one on the loopback'
# Files and events: what the loopback does, TLS does too.
spooled() { find "$home/spool/uploads" -type f 2>/dev/null | wc -l; }
tls() { # tls OPTIONS: curl over TLS, with the session
    curl -s --cacert "$pem" -b "$jar" -H "X-Sohoa-Csrf: $csrf" -H "Origin: ${lan%/}" "$@"
}
tls -N -m 100 "${lan}api/v1/events" >"$TMPDIR/events" &
events=$!
head -c 40000000 /dev/urandom >"$TMPDIR/large"
tls -m 100 --data-binary "@$TMPDIR/large" -o "$TMPDIR/up" "${lan}api/v1/uploads?name=large.bin"
is "$(jq -r '"\(.bytes) \(.sha256)"' "$TMPDIR/up")" "40000000 $(sha256sum <"$TMPDIR/large" | cut -c1-64)" \
    'a large file comes in whole'
tls -m 2 --limit-rate 100k --data-binary "@$TMPDIR/large" -o "$TMPDIR/broken" "${lan}api/v1/uploads?name=broken.bin"
for _ in $(seq 50); do [ "$(spooled)" != 2 ] || break; sleep 0.1; done
is "$(spooled)" 2 'one that is broken off leaves nothing of itself'
{
    printf 'POST /api/v1/uploads?name=drip HTTP/1.1\r\nHost: 127.0.0.2:%s\r\nOrigin: %s\r\nX-Sohoa-Csrf: %s\r\n' \
        "$lanport" "${lan%/}" "$csrf"
    printf 'Cookie: __Host-sohoa=%s\r\nContent-Length: 60000\r\n\r\n' "${cookie:13:64}"
    for _ in $(seq 40); do head -c 200 /dev/zero; sleep 1; done
} | timeout 60 openssl s_client -quiet -connect "127.0.0.2:$lanport" >/dev/null 2>&1 &
drip=$!
over POST /jobs "{\"kind\":\"import\",\"args\":{\"uploads\":[\"$(jq -r .upload "$TMPDIR/up")\"]}}" >/dev/null
is "$status" 200 'and is taken in'
heard() { # heard PATTERN: among the events, within a time
    for _ in $(seq 200); do
        ! tr '\n' ' ' <"$TMPDIR/events" | grep -q -e "$1" || {
            echo yes
            return
        }
        sleep 0.1
    done
    cat "$TMPDIR/events"
}
is "$(heard 'event: counts')" yes 'events come over TLS: counts'
is "$(heard 'event: job data: {[^}]*"state":"')" yes 'and jobs'
is "$(grep -c 'event: counts' "$TMPDIR/events" | sed 's/^[1-9][0-9]*$/some/')" some 'while the stream goes on'
check 'which is still open' kill -0 "$events"
spawned=$(pgrep -c -P "$serve_pid" -f 'worker upload')
is "$spawned" 1 'a dripping one is being taken'
for _ in $(seq 250); do [ "$(pgrep -c -P "$serve_pid" -f 'worker upload')" != 0 ] || break; sleep 0.1; done
is "$(pgrep -c -P "$serve_pid" -f 'worker upload')" 0 'and cut off'
wait "$drip" 2>/dev/null
is "$(spooled)" 0 'leaving nothing'
check 'the stream did not suffer' kill -0 "$events"
over POST /session/lock >/dev/null
is "$status" 200 'a change'
for _ in $(seq 50); do kill -0 "$events" 2>/dev/null || break; sleep 0.1; done
refuse 'a locked screen hears no more' kill -0 "$events"
# ---- guessing --------------------------------------------------------------------------------
enter() { # enter BASE PASSWORD: the status
    curl -s -m 60 -o /dev/null -w '%{http_code}' --cacert "$pem" -H 'Content-Type: application/json' \
        -H "Origin: ${1%/}" --data-binary "{\"user\":\"lan\",\"password\":\"$2\"}" "${1}api/v1/session"
}
for _ in 1 2 3; do guessed=$(enter "$lan" 'not this one'); done
is "$guessed" 401 'a wrong password over TLS'
is "$(enter "$lan" 'long enough')" 429 'after three of them nobody comes in there for a while'
is "$(enter "$url" 'long enough')" 200 'on this computer one does'
over POST /session/unlock '{"password":"long enough"}' >"$TMPDIR/session"
is "$status" 200 'and a locked screen is unlocked'
csrf=
over POST /session/lock >/dev/null
is "$status" 403 'not without its token'

# ---- slow and half ---------------------------------------------------------------------------
"$hold" "$lanport" 300 30 127.0.0.2 >"$TMPDIR/holding" &
holding=$!
for _ in $(seq 300); do [ ! -s "$TMPDIR/holding" ] || break; sleep 0.1; done
for n in 1 2 3; do
    is "$(curl -s -m 15 -o /dev/null -w '%{http_code}' --interface 127.0.0.3 --cacert "$pem" "$lan")" 200 \
        "the page within 15 s under 300 held handshakes ($n)"
    is "$(curl -s -m 15 -o /dev/null -w '%{http_code}' "$url")" 200 "on this computer too ($n)"
    sleep 1
done
kill -KILL "$holding"
wait "$holding" 2>/dev/null

# ---- the worker dies -------------------------------------------------------------------------
kill -KILL "$worker"
for _ in $(seq 150); do
    got=$(curl -s -m 15 -o /dev/null -w '%{http_code}' --cacert "$pem" "$lan")
    [ "$got" != 200 ] || break
    sleep 0.2
done
is "$got" 200 'a worker that died is there again'
isnt "$(pgrep -P "$serve_pid" -f 'worker tls')" "$worker" 'as another process'
serve_stop
is "$rc" 0 'a signal ends it well'

# ---- again -----------------------------------------------------------------------------------
serve_start "$home" --lan 127.0.0.2:0
is "$(jq -r .fingerprint "$TMPDIR/ready")" "$fingerprint" 'the same certificate the next time'
serve_stop
serve_start "$home" --lan 127.0.0.4:0
isnt "$(jq -r .fingerprint "$TMPDIR/ready")" "$fingerprint" 'another address, another certificate'
is "sha256//$(jq -r .pin "$TMPDIR/ready" | sed 's/^tls-sha256 //')" "$pin" 'with the same key'
serve_stop
run_is 0 'made again on command' on "$home" --json certificate renew
is "sha256//$(summary pin | sed 's/^tls-sha256 //')" "$pin" 'the key stays'
run_is 0 'with another key' on "$home" --json certificate renew --new-key
isnt "sha256//$(summary pin | sed 's/^tls-sha256 //')" "$pin" 'when that is asked for'
is "$(openssl x509 -in "$pem" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f)" \
    "$(summary fingerprint)" 'it is there'
echo broken >"$home/keys/tls.key"
run_is 12 'a key that is none is not passed over' on "$home" --json serve --listen 127.0.0.1:0 --lan 127.0.0.2:0
is "$(json .code | head -1)" SH-KEY 'and named'
unlike "$(cat "$home/log/sohoa.log")" 'long enough' 'the log tells no secret'
done_testing
