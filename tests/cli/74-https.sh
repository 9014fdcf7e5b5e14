#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 600
# Where nothing but port 443 passes: the same requests behind nginx, cut at random bytes,
# played again, from somebody else, slowly, and over both ways at once.
CMD_TIMEOUT=300
. "${0%/*}/lib.sh"

need jq git curl openssl setsid nginx
T=$(tool sync-tool) && pages=$(tool make-pages) || exit 1
SEED=${SEED:-$((10#$(date +%N) % 30000))}
RANDOM=$SEED
note "SEED=$SEED"

prov=$TMPDIR/province
commune=$TMPDIR/commune
bulk=$TMPDIR/bulk
. "${0%/*}/web.sh"

value() { awk -v w="$1" '$1 == w { print $2 }' "$OUT"; }
tip() { git -C "$1" for-each-ref --format='%(objectname)' "refs/sohoa/$name/1/$2"; }
trust() { "$T" -C "$bulk" trust "$prov/keys/node.pub" "$1" "$TMPDIR/pin" || exit 1; }

# ---- the province ----
certificate first || skip_all "openssl makes no certificate"
certificate second || skip_all "openssl makes no certificate"
run_is 0 "a province" on "$prov" init --role province --unit 66
door_start || { not_ok "the door opens"; show; exit 1; }
web_start first || skip_all "nginx does not start"
run_is 11 "a second door of the same home is not opened" on "$prov" receive --fcgi "$sock.2"
url=https://127.0.0.1:$port/
run_is 0 "a commune" on "$commune" init --role commune --unit 24175
run_is 0 "is enrolled with the certificate" on "$prov" node add "$commune/keys/node.pub" \
    --unit 24175 --url "$url" --host-key "$web/first.pem"
run_is 0 "joins" on "$commune" init --join "$prov/enrol/$(jq -r .node "$commune/node.json").json"
pin=$(openssl x509 -in "$web/first.pem" -pubkey -noout | openssl pkey -pubin -outform der |
    openssl dgst -sha256 -binary | base64)
is "$(cat "$commune/keys/known_hosts")" "[127.0.0.1]:$port tls-sha256 $pin" \
    "and knows the key of the web server, as openssl sees it"

# ---- the whole way ----
"$pages" --seed 93 --out "$TMPDIR/in" --kind letter --count 1 --format png --mode grey \
    --level clean --dpi 75 --keep 10 >/dev/null
on "$commune" import "$TMPDIR/in"/*.png >/dev/null
on "$commune" ocr run >/dev/null 2>&1
run_is 0 "sealed" on "$commune" --json bundle seal --unverified
bundles=$(summary bundles)
run_is 0 "sync run" on "$commune" --json sync run
is "$(summary accepted)" "$bundles" "all bundles are accepted"
run_is 0 "the province takes them in" on "$prov" ingest
run_is 0 "sync run" on "$commune" --json sync run
is "$(summary durable)" "$bundles" "and receipts have come"
# The scan is asked for by chance, found gone, and found again.
scan=$(find "$prov/communes/24175-2025-07-01/objects" -name "$(sha256sum "$TMPDIR/in"/*.png | cut -c 1-64)")
on "$commune" config set keep.masters_days 30 >/dev/null
mv "$scan" "$TMPDIR/scan"
run_is 20 "a proof that the province cannot give" on "$commune" --json care prune
is "$(line doubt .code)" SH-UNPROVEN "is missed over HTTPS as well"
mv "$TMPDIR/scan" "$scan"
run_is 0 "one that it can give" on "$commune" --json care prune
is "$(summary settled)" 1 "settles it"
run_is 0 "doctor" on "$commune" --json doctor
is "$(jq -r 'select(.name == "upstream") | .found' "$OUT")" "answered, 1" "makes a real call"
before=$(wc -l <"$web/access.log")
run_is 0 "again" on "$commune" --json sync run
note "a run without news: $(tail -n +$((before + 1)) "$web/access.log" | wc -l) requests," \
    "$(tail -n +$((before + 1)) "$web/access.log" | awk -F '|' '{ n += $4 } END { print n }') bytes of HTTP up"

# ---- cut at random bytes ----
run_is 0 "another node" "$T" -C "$bulk" init
name=$(value node)
run_is 0 "of another commune" on "$prov" node add "$bulk/keys/node.pub" --unit 01234
repo=$prov/communes/01234-2025-07-01/repo.git
echo "tls-sha256 $pin" >"$TMPDIR/pin"
"$T" -C "$bulk" seal thumb 3 300 && "$T" -C "$bulk" seal master 1 2000000 || exit 1
cuts=()
for ((i = 0; i < 8; i++)); do cuts+=($((2000 + RANDOM * 16))); done
relay_start "$port" "${cuts[@]}"
trust "https://127.0.0.1:$relay_port/"
before=$(wc -l <"$web/access.log")
for ((i = 0; i < 8; i++)); do
    run "$T" -C "$bulk" push "https://127.0.0.1:$relay_port/"
    [ "$rc" -eq 75 ] || break
done
is "$rc" 0 "8 cuts at random bytes (${cuts[*]}): everything arrives"
is "$(tip "$bulk/transport.git" master)" "$(tip "$repo" master)" "the object is there"
is "$(tip "$bulk/transport.git" thumb)" "$(tip "$repo" thumb)" "and what is small"
up=$(tail -n +$((before + 1)) "$web/access.log" | awk -F '|' '{ n += $4 } END { print n }')
note "nginx saw $up bytes for 2001000 and 8 cuts"
num_ok "no cut cost more than 256 KiB" "$up < 2100000 * 1.03 + 8 * 262144"
relay_stop

"$T" -C "$bulk" seal text 1 500000 || exit 1
relay_start "$port" stall:200000
trust "https://127.0.0.1:$relay_port/"
SYNC_TOOL_IDLE_MS=8000 run_is 0 "silence is noticed, the stale session is ended" \
    "$T" -C "$bulk" push "https://127.0.0.1:$relay_port/"
is "$(tip "$bulk/transport.git" text)" "$(tip "$repo" text)" "and it arrived"
relay_stop

# ---- back: receipts, cut as well ----
trust "$url"
run_is 0 "ingest" on "$prov" ingest
relay_start "$port" 900 1500 2300 2600
trust "https://127.0.0.1:$relay_port/"
for ((i = 0; i < 4; i++)); do
    run "$T" -C "$bulk" fetch "https://127.0.0.1:$relay_port/" 01234 "$bulk/transport.git" \
        "refs/receipts/$name"
    [ "$rc" -eq 75 ] || break
done
is "$rc" 0 "receipts come over a line that is cut"
run_is 0 "and are verified" "$T" -C "$bulk" receipts
is "$(value receipts)" 5 "one for each bundle"
relay_stop
trust "$url"
run_is 0 "an empty repository" "$T" -C "$TMPDIR/reader" init
cp -a "$bulk/keys/." "$TMPDIR/reader/keys/"
run_is 0 "gets all chains in steps" "$T" -C "$TMPDIR/reader" fetch "$url" 01234 \
    "$TMPDIR/reader/transport.git" "refs/sohoa/$name/1/"
is "$(tip "$TMPDIR/reader/transport.git" master)" "$(tip "$repo" master)" "the same bundles"
run_is 12 "of another commune it gets nothing" "$T" -C "$bulk" fetch "$url" 24175 \
    "$bulk/transport.git" refs/receipts/

# ---- exactly once, over both ways ----
"$T" -C "$bulk" seal master 1 800000 || exit 1
before=$(git -C "$repo" rev-list --count --all)
relay_start "$port" 300000
trust "https://127.0.0.1:$relay_port/"
run env SYNC_TOOL_IDLE_MS=3000 timeout 20 "$T" -C "$bulk" push "https://127.0.0.1:$relay_port/"
relay_stop
trust "$url"
run_is 0 "what was begun over a line that broke goes on" "$T" -C "$bulk" push "$url"
is "$(git -C "$repo" rev-list --count --all)" $((before + 1)) "and is there once"

# ---- played again, or by somebody else ----
# again COMMAND AT BODY: the last such request of the log, word by word; sets status
again() {
    local line proof
    line=$(grep -F "$1" "$web/access.log" | grep '|200$' | tail -n 1)
    proof=$(cut -d '|' -f 2 <<<"$line")
    status=$(curl -sk -o "$TMPDIR/answer" -w '%{http_code}' "${url}sohoa" -X POST \
        -H "Sohoa-Command: $(cut -d '|' -f 1 <<<"$line")" -H "Sohoa-Proof: ${2:-$proof}" \
        -H 'Content-Type: application/octet-stream' --data-binary '')
}
run_is 0 "a request" "$T" -C "$bulk" list "$url"
again 'list'
is "$status" 401 "the same request played again is refused"
like "$(cat "$TMPDIR/answer")" '^ticket [0-9a-f]{80}$' "with a new ticket and nothing else"
ticket=$(cut -d ' ' -f 2 <"$TMPDIR/answer")
proof=$(grep -F 'list|' "$web/access.log" | grep '|200$' | tail -n 1 | cut -d '|' -f 2)
read -r who old number sig <<<"$proof"
again 'list' "$who $ticket 1 $sig"
is "$status" 403 "its signature is good for no other ticket"
again 'list' "$who $old $((number + 1)) $sig"
is "$status" 403 "and for no other number"
again 'list' "$(tr '0-9a-f' '1-9a-f0' <<<"$who") $old $number $sig"
is "$status" 403 "and of nobody else"
again 'list' "x"
is "$status" 400 "nonsense is none"
is "$(curl -sk -o "$TMPDIR/answer" -w '%{http_code}' "${url}sohoa")" 401 "who proves nothing gets a ticket"
is "$(curl -sk -o /dev/null -w '%{http_code}' "${url}ssh/nodes.json")" 404 "and there is nothing else"
head -c 100000 /dev/zero >"$TMPDIR/big"
is "$(curl -sk -o /dev/null -w '%{http_code}' "${url}sohoa" -H 'Sohoa-Proof: x' --data-binary "@$TMPDIR/big" -H 'Sohoa-Command: list')" 400 \
    "a body where none belongs is not read"
door_stop
door_start || exit 1
again 'list'
is "$status" 401 "a door that was opened anew knows no old ticket"
run_is 0 "whoever has the key comes in" "$T" -C "$bulk" list "$url"
run_is 0 "the node is revoked" on "$prov" node revoke "$name"
run "$T" -C "$bulk" list "$url"
is "$rc" 12 "a revoked node comes in no more"
like "$(cat "$ERR")" SH-GATE-NODE "and hears why"

# ---- slow drips ----
# drip HEADERS: a request that begins with these and then says a byte a second
drip() {
    {
        printf 'POST /sohoa HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n%b' "$1"
        for ((j = 0; j < 40; j++)); do printf X; sleep 1; done
    } | timeout 40 openssl s_client -quiet -connect "127.0.0.1:$port" >/dev/null 2>&1
}
drips=()
for ((i = 0; i < 20; i++)); do
    case $((i % 3)) in
    0) drip '' & ;;
    1) drip 'Sohoa-Command: list\r\nSohoa-Proof: x\r\n\r\n' & ;;
    2) drip "Sohoa-Command: list\\r\\nContent-Length: 9\\r\\nSohoa-Proof: $proof\\r\\n\\r\\n" & ;;
    esac
    drips+=($!)
done
sleep 1
run_is 0 "20 connections that only trickle hold nobody up" on "$commune" --json sync run
kill "${drips[@]}" 2>/dev/null
wait "${drips[@]}" 2>/dev/null

# ---- another server ----
web_stop
openssl req -x509 -key "$web/first.key" -days 30 -subj /CN=renewed -out "$web/renewed.pem" 2>/dev/null
cp "$web/first.key" "$web/renewed.key"
web_start renewed || exit 1
run_is 0 "a certificate that was renewed with its key is known" on "$commune" sync run
web_stop
requests=$(wc -l <"$web/access.log")
web_start second || exit 1
run "$SOHOA" -C "$commune" --json sync run
is "$rc" 12 "a server with another key is not talked to"
is "$(line error .code)" SH-LINE-HOST "and that is said"
is "$(tail -n +$((requests + 1)) "$web/access.log" | grep -c sohoa)" 0 "it heard not one request"
run_is 0 "until its certificate is trusted" on "$commune" upstream trust "$web/second.pem"
run_is 0 "by hand" on "$commune" sync run
web_stop
run "$SOHOA" -C "$commune" --json sync run
is "$rc" 75 "no server: try later"

# ---- stock git agrees, nothing is left ----
check "git fsck --strict" git -C "$repo" fsck --strict --no-dangling
is "$(find "$repo/objects" -name 'tmp_objdir*' | wc -l)" 0 "no quarantine is left"
is "$(find "$prov/spool" -name '*.part' | wc -l)" 0 "no piece is left"
door_stop
is "$(pgrep -f -- "worker fcgi $prov" | wc -l)" 0 "the door takes its workers along"
check "and its socket" test ! -e "$sock"
done_testing
