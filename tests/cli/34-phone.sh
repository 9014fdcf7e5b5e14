#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A phone is a camera: paired by a code on the screen, it sends pictures into one register over
# TLS, and nothing else is open to it.
# timeout: 900
. "${0%/*}/lib.sh"
. "${0%/*}/browser.sh"
web_need
need openssl
pages=$(tool make-pages) || skip_all "make tools"

home=$(fresh_home node)
"$pages" --seed 34 --out "$TMPDIR/made" --kind letter --count 6 --level clean --dpi 100 --keep 20 >/dev/null
mkdir "$TMPDIR/in"
mv "$TMPDIR"/made/letter-*.jpg "$TMPDIR/in"
first=$TMPDIR/in/letter-0001.jpg
run_is 0 "init" on "$home" init --role commune --unit 24175
run_is 0 "a register" on "$home" --json dossier add --kind register --title "Khai sinh 2003, quyển 1" \
    --register birth --year 2003 --volume 1 --from 1 --to 9
dossier=$(json .dossier | head -1)
check "a clerk" web_user "$home" lan admin

# ---- without --lan ---------------------------------------------------------------------------
serve_start "$home" /phones
web phone
serve_stop

# ---- rights, by hand -------------------------------------------------------------------------
serve_args=(--lan 127.0.0.2:0)
serve_start "$home" /phones
lan=$(jq -r 'select(.type == "ready").lan[0]' "$TMPDIR/serve.out")
lan=${lan%/}
fingerprint=$(jq -r 'select(.type == "ready").fingerprint' "$TMPDIR/serve.out")
pem=$home/keys/tls.pem
csrf=
desk() { # desk METHOD PATH [JSON]: the clerk's page, on this computer
    local more=()
    [ $# -lt 3 ] || more=(-H 'Content-Type: application/json' --data-binary "$3")
    status=$(curl -s -m 60 -b "$TMPDIR/jar" -c "$TMPDIR/jar" -o "$TMPDIR/body" -w '%{http_code}' -X "$1" \
        -H "Origin: $SITE" -H "X-Sohoa-Csrf: $csrf" "${more[@]}" "$SITE/api/v1$2")
    cat "$TMPDIR/body"
}
cookie=
key=
phone() { # phone METHOD PATH [OPTIONS]: the phone's page, over TLS
    local method=$1 path=$2
    shift 2
    status=$(curl -s -m 60 --cacert "$pem" -o "$TMPDIR/body" -D "$TMPDIR/head" -w '%{http_code}' -X "$method" \
        -H "Cookie: $cookie" -H "Origin: $lan" -H "X-Sohoa-Csrf: $key" "$@" "$lan/api/v1$path")
    cat "$TMPDIR/body"
}
picture() { phone POST '/uploads?name=a.jpg' -H "Content-Type: ${1:-image/jpeg}" --data-binary "@${2:-$first}"; }
code() { jq -r '.error.code // empty' "$TMPDIR/body"; }
offer() { # offer: a fresh code; sets token
    desk POST /phones "{\"dossier\":\"$dossier\"}" >"$TMPDIR/offer"
    token=$(jq -r .url "$TMPDIR/offer")
    token=${token#*#}
}
pair() { phone POST /phone -H 'Content-Type: application/json' --data-binary "{\"token\":\"$1\"}"; }
take_pair() { # take_pair TOKEN: pair, and keep cookie and key
    cookie=
    key=
    pair "$1" >"$TMPDIR/paired"
    cookie=$(tr -d '\r' <"$TMPDIR/head" | sed -n 's/^Set-Cookie: \([^;]*\).*/\1/p')
    key=$(jq -r '.csrf // empty' "$TMPDIR/paired")
}
closed() { # closed WHAT: every route that is not the phone's own
    local method path bad=
    while read -r method path; do
        phone "$method" "$path" >/dev/null
        [ "$status" = 403 ] || bad="$bad $method $path: $status"
    done < <(sed -n 's/^    {"\([A-Z]*\)", "\(\/[^"]*\)".*/\1 \2/p' "$TOP/node/web/api.c" |
        sed 's/:[a-z]*/x/g' | grep -v -e ' /phone$' -e ' /uploads$')
    is "$bad" '' "$1"
}

curl -s -b "$TMPDIR/jar" -c "$TMPDIR/jar" -H "Origin: $SITE" -H 'Content-Type: application/json' \
    --data-binary '{"user":"lan","password":"mot cau de nho"}' "$SITE/api/v1/session" >"$TMPDIR/session"
csrf=$(jq -r .csrf "$TMPDIR/session")
desk POST /phones '{"dossier":"nix"}' >/dev/null
is "$status" 404 'no phone for a register that is none'
desk POST /phones "{\"dossier\":\"$dossier\",\"address\":\"evil.example\"}" >/dev/null
is "$status" 422 'no address of others'
offer
is "$status" 200 'a code'
like "$(jq -r .url "$TMPDIR/offer")" "^$lan/phone#[0-9a-f]{64}$" 'leads to this node, over TLS; the token is no part of a request'
is "$(jq -r '(.cells | length) == (.cells[0] | length)' "$TMPDIR/offer")" true 'as a square'
cookie='__Host-sohoa-phone='$(printf '%064d' 0)
pair "$(printf '%064d' 1)" >/dev/null
is "$status $(code)" '403 SH-WEB-PHONE' 'a token that is none'
is "$(curl -s -o /dev/null -w '%{http_code}' -H "Origin: $SITE" -H 'Content-Type: application/json' \
    --data-binary "{\"token\":\"$token\"}" "$SITE/api/v1/phone")" 403 'without TLS nobody is paired'
is "$(curl -s -o /dev/null -w '%{http_code}' --cacert "$pem" -H 'Origin: https://evil.example' -H 'Content-Type: application/json' \
    --data-binary "{\"token\":\"$token\"}" "$lan/api/v1/phone")" 403 'nor by a page of others'
take_pair "$token"
is "$status" 200 'the phone'
like "$(tr -d '\r' <"$TMPDIR/head")" \
    'Set-Cookie: __Host-sohoa-phone=[0-9a-f]{64}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=43200' 'its cookie'
pair "$token" >/dev/null
is "$status $(code)" '403 SH-WEB-PHONE' 'a token is for once'
offer
closed 'to a phone every other route is closed'
picture image/jpeg >"$TMPDIR/up"
is "$status" 200 'a picture'
picture text/plain >/dev/null
is "$status" 422 'nothing but pictures'
good=$key
key=$(printf '%064d' 0)
picture >/dev/null
is "$status" 403 'not without its token'
key=$good
phone POST '/uploads?name=a.jpg' -H 'Content-Type: image/jpeg' -H 'Content-Length: 100000000' -d x >/dev/null
is "$status" 413 'not larger than a picture'
for _ in $(seq 100); do
    phone GET /phone >"$TMPDIR/self"
    [ "$(jq -r '.pictures[0].state' "$TMPDIR/self")" = here ] || break
    sleep 0.2
done
is "$(jq -c '[.stored, (.pictures | length), .pictures[0].state]' "$TMPDIR/self")" '[1,1,"saved"]' 'is received when it is in the register'
is "$(desk GET "/items?dossier=$dossier" | jq '.rows | length')" 1 'in the one that was meant'
is "$(on "$home" --json item history "$(desk GET "/items?dossier=$dossier" | jq -r '.rows[0].item')" | jq -rs '[.[] | select(.act == "import.stored").actor] | unique | join(" ")')" lan \
    'under the name of the clerk'
paired=$(desk GET /phones | jq -r '.rows[] | select(.state == "paired").phone')
unlike "$(desk GET /phones)" '[0-9a-f]{64}.*[0-9a-f]{64}' 'people are told no token'
desk DELETE "/phones/$paired" >/dev/null
is "$status" 200 'ended on the screen'
closed 'to a phone that was ended every route is closed'
picture >/dev/null
is "$status $(code)" '403 SH-WEB-PHONE' 'it sends nothing any more'
phone GET /phone >/dev/null
is "$status $(code)" '403 SH-WEB-PHONE' 'and is told why'
like "$(tr -d '\r' <"$TMPDIR/head")" 'Set-Cookie: __Host-sohoa-phone=; .*Max-Age=0' 'its cookie goes'
take_pair "$token"
is "$status" 200 'it can come again'
desk DELETE /session >/dev/null
phone GET /phone >/dev/null
is "$status" 403 'who logs out takes the phones along'
unlike "$(cat "$home/log/sohoa.log")" "$token" 'the log tells no token'

# ---- in the browser --------------------------------------------------------------------------
web phone WEB_LAN="$lan" WEB_FINGERPRINT="$fingerprint" WEB_FILES="$TMPDIR/in"
done_testing
