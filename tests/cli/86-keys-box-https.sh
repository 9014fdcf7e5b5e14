#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A key that is changed, a key that is lost, and two disks of one node: by a drop box, and
# where nothing but port 443 passes.
# timeout: 900
CMD_TIMEOUT=300
. "${0%/*}/lib.sh"
. "${0%/*}/seal.sh"
need jq git curl openssl nginx
pages=$(tool make-pages) || skip_all "make tools"
mkdir "$TMPDIR/in"
"$pages" --seed 101 --out "$TMPDIR/in" --kind letter --count 6 --format jpeg --dpi 75 --keep 10 >/dev/null
files=("$TMPDIR/in"/*.jpg)

prov=$TMPDIR/province
. "${0%/*}/web.sh"

round() { on "$1" sync run >/dev/null 2>&1 && on "$prov" ingest >/dev/null && on "$1" sync run >/dev/null 2>&1; }
names() { on "$1" --json item list | jq -r 'select(.type == "item") | .item' | sort | tr '\n' ' '; }
count() { on "$prov" --json report rates | jq -r 'select(.type == "summary") | .numerator'; }
# proven HOME: sync, ingest, sync; nothing waits, is refused or lacks its receipt
proven() {
    run_is 0 "it goes up" on "$1" --json sync run
    run_is 0 "is taken in" on "$prov" --json ingest
    is "$(summary refused)" 0 "without complaint"
    run_is 0 "and proven" on "$1" --json sync run
    is "$(summary waiting) $(summary accepted) $(summary refused)" "0 0 0" "every bundle"
}
verified() {
    local r
    check "git fsck" git -C "$repo" fsck --strict --no-dangling
    for r in $(git -C "$repo" for-each-ref --format='%(refname)' "refs/sohoa/$node/*/meta"); do
        check "git knows the key of $r" git -C "$repo" -c gpg.ssh.allowedSignersFile="$prov/ssh/allowed_signers" verify-commit "$r"
    done
}

# begin WAY: a province and a commune that has this way to it
begin() {
    way=$1
    prov=$TMPDIR/$way.province one=$TMPDIR/$way.one two=$TMPDIR/$way.two
    on "$prov" init --role province --unit 66 >/dev/null
    on "$one" init --role commune --unit 24175 >/dev/null
    on "$one" config set seal.level recognized >/dev/null
    node=$(jq -r .node "$one/node.json") short=${node:0:8}
    join=$prov/enrol/$node.json repo=$prov/communes/24175-2025-07-01/repo.git
    if [ "$way" = https ]; then
        door_start && web_start first || return 1
        url=https://127.0.0.1:$port/
        on "$prov" node add "$one/keys/node.pub" --unit 24175 --url "$url" --host-key "$web/first.pem" >/dev/null
    else
        url=$prov
        on "$prov" node add "$one/keys/node.pub" --unit 24175 >/dev/null
    fi
    on "$one" init --join "$join" >/dev/null
    on "$one" config set upstream.url "$url" >/dev/null
    on "$one" import "${files[0]}" >/dev/null && seal "$one" && round "$one"
}

# ---- a key that is changed ----
rotate() {
    local old
    old=$(cat "$one/keys/node.pub")
    on "$one" import "${files[1]}" >/dev/null && seal "$one"
    [ "$way" = https ] || on "$one" sync run >/dev/null 2>&1 # it lies in the box
    cp -r "$one" "$TMPDIR/$way.clone"
    run_is 0 "$way: the office asks for another key" on "$one" --json key rotate -o "$TMPDIR/request.json"
    run_is 0 "the province takes it" on "$prov" --json node rotate "$TMPDIR/request.json"
    if [ "$way" = https ]; then
        run_is 12 "the old key opens nothing" on "$one" --json sync run
        is "$(line error .code)" SH-GATE-NODE "as the door says"
    else
        run_is 3 "what lies in the box" on "$prov" --json ingest
        is "$(line refused .code | sort -u)" SH-GATE-REF "is taken from the old key no more"
        run_is 75 "the office hears of it" on "$one" --json sync run
        is "$(line error .code)" SH-AHEAD-LATER "and asks whether it goes on elsewhere"
        like "$(line error .vi)" "ingest" "the sentence says what to do"
        on "$prov" ingest >/dev/null
        run_is 3 "it does not" on "$one" --json sync run
        num_ok "the refusal stands" "$(summary refused) > 0"
        run_is 3 "and is not asked about again" on "$one" --json sync run
        check "nothing is wanted any more" test ! -e "$prov/inbox/$node/restore"
    fi
    run_is 0 "the office takes the key" on "$one" --json key take "$join"
    num_ok "what had not arrived is sealed again" "$(summary epoch) == 2 && $(summary resealed) >= 3"
    isnt "$(cat "$one/keys/node.pub")" "$old" "with the new key"
    proven "$one"
    is "$(count)" 2 "each record counts once"
    verified
}

# ---- a copy of before, without the new keys ----
copy() {
    on "$TMPDIR/box.clone" sync run >/dev/null 2>&1
    on "$prov" ingest >/dev/null
    run_is 12 "a copy with the old key" on "$TMPDIR/box.clone" --json sync run
    is "$(line error .code)" SH-SIGNATURE "does not take what the new key signed"
    is "$(jq -r .epoch "$TMPDIR/box.clone/node.json")" 1 "and goes on nowhere"
    is "$(count)" 6 "nothing of it counts above"
}

# ---- a key that is lost ----
lost() {
    local heir=(on "$one" --json restore --replaces "$node" --from "$url")
    mv "$one" "$TMPDIR/$way.dead"
    run_is 12 "$way: a new key alone is not enough" "${heir[@]}"
    is "$(line error .code)" SH-RESTORE-KEY "it says what to ask for"
    run_is 0 "the province states it" on "$prov" --json node replace "$node" --key "$one/keys/node.pub"
    if [ "$way" = box ]; then
        run_is 75 "by the box it asks first" "${heir[@]}" --join "$join"
        is "$(line error .code)" SH-RESTORE-LATER "and says what to do"
        run_is 0 "the province lays everything out" on "$prov" --json ingest
    fi
    run_is 0 "the node is made again" "${heir[@]}" --join "$join"
    is "$(summary node) $(summary epoch) $(summary items) $(summary chain)" "$node 3 2 verified" "the same one"
    run_is 0 "fsck finds nothing" on "$one" --json fsck --deep
    on "$one" config set seal.level recognized >/dev/null
    on "$one" import "${files[2]}" >/dev/null && seal "$one"
    proven "$one"
    is "$(count)" 3 "three records count"
    verified
}

# ---- two disks ----
fork() {
    on "$one" import "${files[3]}" >/dev/null && on "$one" ocr run >/dev/null 2>&1
    cp -r "$one" "$two"
    on "$one" item set "$short-1" "Subject=V/v sửa ở máy một" >/dev/null
    seal "$one" && round "$one" || exit 1
    on "$two" import "${files[4]}" >/dev/null
    on "$two" item set "$short-1" "Subject=V/v sửa ở máy hai" >/dev/null
    seal "$two"
    if [ "$way" = box ]; then
        on "$two" sync run >/dev/null 2>&1 # into the box: the answer comes with the next ingest
        on "$prov" ingest >/dev/null
        run_is 75 "box: the copy hears of the other one" on "$two" --json sync run
        is "$(line error .code)" SH-AHEAD-LATER "and asks for what that has sent"
        check "it can seal meanwhile" on "$two" bundle seal
        on "$prov" ingest >/dev/null
        rm "$(find "$prov/outbox/$node" -name '*.req' -printf '%s %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2-)"
        run_is 75 "half of it is not taken for all" on "$two" --json sync run
        on "$prov" ingest >/dev/null
    fi
    run_is 0 "$way: the copy syncs" on "$two" --json sync run
    is "$(line fork .epoch)" 4 "it goes on in an epoch of its own"
    proven "$two"
    is "$(count)" 5 "five records count, each once"
    is "$(names "$two")" "$short-1 $short-2 $short-3 $short-4 $short-5 " "it has all of them"
    # The first one is told by that.
    on "$one" import "${files[5]}" >/dev/null && seal "$one"
    if [ "$way" = box ]; then
        run_is 75 "the first disk hears of it by receipts" on "$one" --json sync run
        on "$prov" ingest >/dev/null
    fi
    run_is 0 "the first disk syncs" on "$one" --json sync run
    is "$(line fork .epoch)" 5 "in the next one"
    is "$(line renamed .item)" "$short-6" "its new record gets the next number"
    proven "$one"
    is "$(count) $(names "$one")" "6 $short-1 $short-2 $short-3 $short-4 $short-5 $short-6 " "six records, each once"
    run_is 0 "the province clears the box" on "$prov" --json ingest
    is "$(find "$prov/outbox/$node" -name restore.json 2>/dev/null)" "" "of what was asked for"
    verified
}

certificate first || skip_all "openssl makes no certificate"
for way in ${WAYS:-box https}; do
    begin "$way" || { not_ok "$way begins"; exit 1; }
    rotate
    lost
    fork
    [ "$way" != box ] || copy
done
done_testing
