#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A disk put back from an older backup takes back what it lost, and overwrites nothing.
# timeout: 600
. "${0%/*}/lib.sh"
need jq git ssh
pages=$(tool make-pages) || skip_all "make tools"

commune=$(fresh_home commune) province=$(fresh_home province)
mkdir "$TMPDIR/in"
"$pages" --seed 97 --out "$TMPDIR/in" --kind letter --count 4 --format jpeg --level clean --dpi 150 --keep 15 >/dev/null
files=("$TMPDIR/in"/*.jpg)
on "$commune" init --role commune --unit 24175 >/dev/null
on "$province" init --role province --unit 66 >/dev/null
sshd_start "$TMPDIR/sshd" "$province/ssh/authorized_keys" || skip_all "no sshd"
url=ssh://$(id -un)@127.0.0.1:$SSHD_PORT/
on "$province" node add "$commune/keys/node.pub" --unit 24175 --url "$url" --host-key "$TMPDIR/sshd/host.pub" >/dev/null
node=$(jq -r .node "$commune/node.json")
repo=$province/communes/24175-2025-07-01/repo.git
on "$commune" init --join "$province/enrol/$node.json" >/dev/null
on "$commune" user add lan --role verifier >/dev/null

seal() {
    local i
    for i in $(on "$1" --json item list | jq -r 'select(.type == "item" and .state != "sealed") | .item'); do
        on "$1" item verify "$i" --user lan >/dev/null || return 1
    done
    on "$1" bundle seal >/dev/null
}
round() { on "$1" sync run >/dev/null 2>&1 && on "$province" ingest >/dev/null && on "$1" sync run >/dev/null 2>&1; }
what() {
    local i
    for i in $(on "$1" --json item list | jq -r 'select(.type == "item") | .item'); do
        on "$1" --json item show "$i" | jq -Sc 'select(.type == "item") | del(.boxes, .pages[].steps)'
    done
    on "$1" --json bundle list | jq -Sc 'select(.type == "bundle")'
    (cd "$1/objects" && find . -type f | sort)
}
tips() { git -C "$1" for-each-ref --format='%(refname) %(objectname)' "refs/sohoa/$node"; }

# Two records in the backup: one sealed and proven, one still open.
on "$commune" import "${files[0]}" >/dev/null && on "$commune" ocr run >/dev/null 2>&1
seal "$commune" && round "$commune" || exit 1
on "$commune" import "${files[1]}" >/dev/null && on "$commune" ocr run >/dev/null 2>&1
cp -r "$commune" "$TMPDIR/backup"
# The day that is lost: the open one is sealed, the first corrected, a third comes.
on "$commune" import "${files[2]}" >/dev/null && on "$commune" ocr run >/dev/null 2>&1
on "$commune" item set "${node:0:8}-1" "Subject=V/v ngày đã mất" >/dev/null
seal "$commune" && round "$commune" || exit 1
what "$commune" >"$TMPDIR/lost"
tips "$repo" >"$TMPDIR/tips"
mv "$commune" "$TMPDIR/dead"

# ---- taken back ----
cp -r "$TMPDIR/backup" "$commune"
run_is 0 "the older disk syncs" on "$commune" --json sync run
is "$(summary waiting) $(summary refused) $(summary accepted)" "0 0 0" "all is proven"
what "$commune" >"$TMPDIR/back"
is "$(diff "$TMPDIR/lost" "$TMPDIR/back")" "" "I12: what it lost is there again, just as it was"
is "$(tips "$repo")" "$(cat "$TMPDIR/tips")" "and upstream is what it was"
run_is 0 "fsck" on "$commune" --json fsck --deep
on "$commune" import "${files[3]}" >/dev/null && on "$commune" ocr run >/dev/null 2>&1
is "$(on "$commune" --json item list | jq -r 'select(.type == "item" and .state != "sealed") | .item')" "${node:0:8}-4" "a new record has a number of its own"
seal "$commune"
run_is 0 "and goes up" on "$commune" --json sync run
is "$(summary waiting) $(summary refused)" "0 0" "in the same chain"
is "$(jq -r .epoch "$commune/node.json")" 1 "of the same epoch"

# ---- other work was done meanwhile, and nothing sealed ----
rm -r "$commune" && cp -r "$TMPDIR/backup" "$commune"
"$pages" --seed 197 --out "$TMPDIR/other" --kind letter --count 1 --format jpeg >/dev/null
on "$commune" import "$TMPDIR"/other/*.jpg >/dev/null && on "$commune" ocr run >/dev/null 2>&1
tips "$repo" >"$TMPDIR/tips"
run_is 0 "another record under a number that was given" on "$commune" --json sync run
is "$(line renamed '.was + " " + .item')" "${node:0:8}-3 ${node:0:8}-5" "gets another one"
is "$(on "$commune" --json item list | jq -r 'select(.type == "item" and .state != "sealed") | .item')" "${node:0:8}-5" "and is not mixed with the first"
is "$(tips "$repo")" "$(cat "$TMPDIR/tips")" "nothing is overwritten"
is "$(jq -r .epoch "$commune/node.json")" 1 "the chains go on"

# ---- found when sealing, without a receipt to tell it ----
rm -r "$commune" && cp -r "$TMPDIR/backup" "$commune"
seal "$commune"
run_is 0 "a disk that has sealed the same records since" on "$commune" --json sync run
is "$(line fork .epoch)" 2 "goes on in an epoch of its own"
is "$(summary waiting) $(summary refused)" "0 0" "with all that it lost"
is "$(tips "$repo" | grep "/1/")" "$(cat "$TMPDIR/tips")" "and overwrites nothing"
is "$(on "$commune" --json item list | jq -r 'select(.type == "item") | .item + " " + .state' | wc -l)" 4 "four records, as there were"
done_testing
