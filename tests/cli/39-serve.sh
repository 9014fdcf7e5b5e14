#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 300
# The first user is made in the browser, logs in and out, locks the screen and comes back;
# the page is whole, and one server alone serves a home.
. "${0%/*}/lib.sh"
. "${0%/*}/serve.sh"
need jq curl
pages=$(tool make-pages) || skip_all "make tools"
home=$(fresh_home serve)
run_is 10 'no node is told' on "$home" serve --listen 127.0.0.1:0
"$SOHOA" -C "$home" init --role commune --unit 24175 >/dev/null

# ---- addresses ---------------------------------------------------------------------------
for bad in 0.0.0.0:0 192.168.1.5:0 '[::]:0' 127.0.0.1 127.0.0.1:x 127.0.0.1:70000 example.org:80; do
    run_is 2 "$bad is refused" on "$home" --json serve --listen "$bad"
done
is "$(json .code | head -1)" SH-WEB-ADDRESS 'and says why'

# ---- the first user ------------------------------------------------------------------------
serve_start "$home"
like "$url" '^http://127\.0\.0\.1:[0-9]+/$' 'it tells its address'
like "$token" '^[0-9a-f]{64}$' 'with a token, as there is nobody yet'
run_is 11 'a second one does not start' on "$home" --json serve --listen 127.0.0.1:0
like "$(api GET /session)" '"setup":true' 'the page learns that nobody is there'
api POST /setup '{"token":"0","user":"lan","password":"long enough"}' >/dev/null
is "$status" 409 'another token makes no user'
api POST /setup "{\"token\":\"$token\",\"user\":\"lan\",\"password\":\"short\"}" >/dev/null
is "$status" 422 'a short password neither'
api POST /setup "{\"token\":\"$token\",\"user\":\"lan\",\"password\":\"long enough\"}" >"$TMPDIR/session"
is "$status $(jq -r '.user.name + " " + .user.role' "$TMPDIR/session")" '200 lan admin' 'the token does'
csrf=$(jq -r .csrf "$TMPDIR/session")
api POST /setup "{\"token\":\"$token\",\"user\":\"eve\",\"password\":\"long enough\"}" >/dev/null
is "$status" 409 'once'
like "$(grep sohoa "$jar")" '^#HttpOnly_127\.0\.0\.1' 'the cookie is for the server alone'
is "$(on "$home" --json user list | jq -r 'select(.type == "user") | .user')" lan 'there is one user'
is "$(sqlite3 "$home/sohoa.db" "SELECT via || ' ' || act || ' ' || actor FROM audit WHERE act = 'user.add'")" \
    'web user.add lan' 'and the audit chain knows'

# ---- at work -------------------------------------------------------------------------------
is "$(api GET /counts | jq -c '[.saved, .waiting, .received, .last_receipt]')" '[0,0,0,null]' 'counts'
echo 'not a picture' >"$TMPDIR/note.txt"
run_is 3 'other commands work beside it' on "$home" import "$TMPDIR/note.txt"
api GET /nothing >/dev/null
is "$status" 404 'an address of nothing'
api GET "/counts?x=1&x=2" >/dev/null
is "$status" 400 'a query that is none'

# ---- locked, and back ------------------------------------------------------------------------
api POST /session/lock >/dev/null
api GET /counts >/dev/null
is "$status" 423 'a locked screen shows nothing'
is "$(api GET /session | jq -c '[.user.name, .locked]')" '["lan",true]' 'but says whose it is'
api POST /session/unlock '{"password":"wrong one"}' >/dev/null
is "$status" 401 'a wrong password does not open it'
old=$(awk '$6 == "sohoa" { print $7 }' "$jar")
api POST /session/unlock '{"password":"long enough"}' >"$TMPDIR/session"
csrf=$(jq -r .csrf "$TMPDIR/session")
isnt "$(awk '$6 == "sohoa" { print $7 }' "$jar")" "$old" 'the right one does, under a new token'
api GET /counts >/dev/null
is "$status" 200 'all goes on'
is "$(curl -s -o /dev/null -w '%{http_code}' -b "sohoa=$old" "${url}api/v1/counts")" 401 'the old token is dead'
keep=$csrf
csrf=0000
api POST /session/lock >/dev/null
is "$status" 403 'a change needs the page'\''s own token'
csrf=$keep
api DELETE /session >/dev/null
is "$status" 200 'out'
csrf=
api GET /counts >/dev/null
is "$status" 401 'means out'

# ---- rights ----------------------------------------------------------------------------------
echo 'another one' | on "$home" user add hoa --role clerk --password-stdin >/dev/null
log_in hoa 'another one'
is "$(jq -r .user.role "$TMPDIR/session")" clerk 'a clerk logs in'
sqlite3 "$home/sohoa.db" "UPDATE user SET active = 0 WHERE name = 'hoa'"
api GET /counts >/dev/null
is "$status" 403 'and may nothing once her account is closed'
csrf=
rm -f "$jar"

# ---- wrong passwords -------------------------------------------------------------------------
for _ in $(seq 10); do
    log_in lan 'wrong one'
    [ "$status" = 401 ] || break
done
is "$status" 429 'after some wrong ones none is looked at'
like "$(cat "$TMPDIR/session")" 'SH-WEB-LOCKOUT' 'and it is said why'
for _ in $(seq 20); do
    log_in lan 'long enough'
    [ "$status" = 429 ] || break
    sleep 1
done
is "$status" 200 'a little later the right one is taken'

# ---- jobs ------------------------------------------------------------------------------------
ended() { # ended JOB: its last state, within a time
    for _ in $(seq 300); do
        api GET "/jobs/$1" >"$TMPDIR/job"
        [ "$(jq -r .state "$TMPDIR/job")" = running ] || break
        sleep 0.1
    done
    jq -c '[.kind, .state, .exit]' "$TMPDIR/job"
}
api POST /jobs '{"kind":"ocr","args":{"limit":5}}' >"$TMPDIR/job"
is "$status $(jq -r .kind "$TMPDIR/job")" '200 ocr' 'a job begins'
is "$(ended "$(jq -r .job "$TMPDIR/job")")" '["ocr","done",0]' 'and ends'
is "$(jq -r .summary.type "$TMPDIR/job")" summary 'with what the command said'
api POST /jobs '{"kind":"sync"}' >"$TMPDIR/job"
is "$(ended "$(jq -r .job "$TMPDIR/job")")" '["sync","failed",1]' 'one that cannot says so'
is "$(jq -r .summary.code "$TMPDIR/job")" SH-UPSTREAM-UNSET 'and why'
is "$(api GET /jobs | jq -r '[.rows[].kind] | join(" ")')" 'sync ocr' 'the list, newest first'
for bad in '{}' '{"kind":"rm"}' '{"kind":"ocr","args":{"output":"/x"}}' '{"kind":"ocr","args":{"limit":""}}' \
    '{"kind":"ocr","args":{"limit":-1}}' '{"kind":"ocr","args":{"limit":[]}}' '{"kind":"import"}' \
    '{"kind":"import","args":{"uploads":[]}}' '{"kind":"import","args":{"uploads":["../../sohoa.db"]}}' \
    '{"kind":"ocr","args":{"uploads":["0123456789abcdef0123456789abcdef"]}}'; do
    api POST /jobs "$bad" >/dev/null
    is "$status" 422 "$bad is no job"
done
api GET /jobs/j99 >/dev/null
is "$status" 404 'a job that is none'

# ---- uploads ---------------------------------------------------------------------------------
upload() { # upload FILE NAME: as api
    status=$(curl -s -m 60 -b "$jar" -o "$TMPDIR/body" -w '%{http_code}' -H "X-Sohoa-Csrf: $csrf" \
        -H "Origin: $origin" -H 'Content-Type: application/octet-stream' --data-binary "@$1" \
        "${url}api/v1/uploads?name=$2")
    cat "$TMPDIR/body"
}
curl -s -N -m 100 -b "$jar" "${url}api/v1/events" >"$TMPDIR/events" &
events=$!
more=()
spooled() { find "$home/spool/uploads" -type f | wc -l; }
picture=$TMPDIR/made/letter-0001.jpg
"$pages" --out "$TMPDIR/made" --kind letter --seed 391 --count 1 --dpi 75 >/dev/null || not_ok "pages"
head -c 9000000 /dev/urandom >"$TMPDIR/noise.bin"
upload "$picture" 'B%E1%BA%A3n%20khai%201.jpg' >"$TMPDIR/up"
is "$status $(jq -r .bytes "$TMPDIR/up")" "200 $(stat -c %s "$picture")" 'a picture is uploaded'
is "$(jq -r .sha256 "$TMPDIR/up")" "$(sha256sum <"$picture" | cut -d' ' -f1)" 'and its hash is told'
first=$(jq -r .upload "$TMPDIR/up")
upload "$TMPDIR/noise.bin" noise.bin >"$TMPDIR/up"
is "$status $(jq -r .sha256 "$TMPDIR/up")" "200 $(sha256sum <"$TMPDIR/noise.bin" | cut -d' ' -f1)" 'a large one too'
second=$(jq -r .upload "$TMPDIR/up")
is "$(spooled)" 4 'both wait, with their names'
api POST /jobs "{\"kind\":\"import\",\"args\":{\"uploads\":[\"$first\",\"$second\"],\"kind\":\"birth\"}}" >"$TMPDIR/job"
is "$(ended "$(jq -r .job "$TMPDIR/job")")" '["import","done",3]' 'they are taken in'
is "$(jq -r '[.rows[] | select(.type == "input") | .status + " " + .path] | join(", ")' "$TMPDIR/job")" \
    'stored Bản khai 1.jpg, refused noise.bin' 'under their own names'
is "$(spooled)" 0 'nothing is left in the spool'
is "$(jq -c '[.done, .total]' "$TMPDIR/job")" '[2,2]' 'so many of so many'
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
is "$(heard 'event: page data: {[^}]*"status":"stored"')" yes 'events: the page'
is "$(heard 'event: job data: {[^}]*"kind":"import"[^}]*"state":"done"')" yes 'the job'
is "$(heard 'event: counts data: {.*"pages":{[^}]*"queued":1')" yes 'the counts'
is "$(on "$home" --json quarantine list | jq -rs '[.[] | .path // empty] | map(select(test("noise"))) | length')" 1 \
    'what was refused is in quarantine'
is "$(api POST /jobs "{\"kind\":\"import\",\"args\":{\"uploads\":[\"$first\"]}}" | jq -r .kind)" import 'once more'
job=$(jq -r .job "$TMPDIR/body")
is "$(ended "$job")" '["import","done",3]' 'an upload that is gone'
is "$(jq -r '.rows[0] | .status + " " + .code + " " + .path' "$TMPDIR/job")" "refused SH-NOT-FOUND $first" 'is refused'
"$pages" --out "$TMPDIR/made" --kind letter --seed 392 --count 1 --dpi 75 >/dev/null || not_ok "pages"
third=$(upload "$picture" second.jpg | jq -r .upload)
api POST /jobs "{\"kind\":\"import\",\"args\":{\"uploads\":[\"$first\",\"$third\"]}}" >"$TMPDIR/job"
is "$(ended "$(jq -r .job "$TMPDIR/job")")" '["import","done",3]' 'beside a good one'
is "$(jq -r '[.rows[] | select(.type == "input") | .status + " " + (.upload // "-")] | join(", ")' "$TMPDIR/job")" \
    "refused -, stored $third" 'that one is stored, and told by its number'

# ---- events ----------------------------------------------------------------------------------
for _ in 2 3 4; do
    curl -s -N -m 60 -b "$jar" "${url}api/v1/events" >"$TMPDIR/more" &
    more+=($!)
done
for _ in $(seq 50); do
    code=$(curl -s -m 1 -o /dev/null -w '%{http_code}' -b "$jar" "${url}api/v1/events")
    [ "$code" != 503 ] || break
done
is "$code" 503 'no more than four streams of one session'
kill "${more[@]}"
is "$(curl -s -m 5 -o /dev/null -w '%{http_code}' "${url}api/v1/events")" 401 'none without a session'
is "$(heard ' :  ')" yes 'a sign of life'
api DELETE /session >/dev/null
ended=
for _ in $(seq 50); do kill -0 "$events" 2>/dev/null || { ended=yes; break; }; sleep 0.1; done
is "$ended" yes 'a stream ends with its session'
csrf=
log_in lan 'long enough'

# ---- the page --------------------------------------------------------------------------------
curl -s -i "$url" >"$TMPDIR/page"
like "$(cat "$TMPDIR/page")" "default-src 'none'" 'a strict policy'
unlike "$(cat "$TMPDIR/page")" "unsafe-" 'without exceptions'
etag=$(tr -d '\r' <"$TMPDIR/page" | sed -n 's/^ETag: //p')
is "$(curl -s -o /dev/null -w '%{http_code}' -H "If-None-Match: $etag" "$url")" 304 'what is known is not sent again'
curl -s --compressed "$url" >"$TMPDIR/gz"
is "$(cat "$TMPDIR/gz")" "$(curl -s "$url")" 'compressed and plain are one'
is "$(curl -s -I -o /dev/null -w '%{http_code}' "$url")" 200 'HEAD'

# ---- the end ---------------------------------------------------------------------------------
serve_stop
is "$rc" 0 'a signal ends it well'
serve_start "$home"
is "$token" '' 'the second time there is no token'
log_in lan 'long enough'
is "$status" 200 'the user is still there'
serve_stop
unlike "$(cat "$home/log/sohoa.log")" 'lan|hoa|long enough' 'the log names nobody'
done_testing
