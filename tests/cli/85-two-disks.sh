#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A copied disk of a commune went to work as well: both arrive, nothing is overwritten,
# lost or counted twice.
# timeout: 900
. "${0%/*}/lib.sh"
. "${0%/*}/seal.sh"
need jq git ssh
pages=$(tool make-pages) || skip_all "make tools"
PRELOAD=$(tool fault_preload.so) || skip_all "make tools"

one=$(fresh_home one) two=$(fresh_home two) province=$(fresh_home province)
mkdir "$TMPDIR/in"
"$pages" --seed 100 --out "$TMPDIR/in" --kind letter --count 6 --format jpeg --dpi 75 --keep 10 >/dev/null
files=("$TMPDIR/in"/*.jpg)
on "$one" init --role commune --unit 24175 >/dev/null
on "$province" init --role province --unit 66 >/dev/null
sshd_start "$TMPDIR/sshd" "$province/ssh/authorized_keys" || skip_all "no sshd"
url=ssh://$(id -un)@127.0.0.1:$SSHD_PORT/
on "$province" node add "$one/keys/node.pub" --unit 24175 --url "$url" --host-key "$TMPDIR/sshd/host.pub" >/dev/null
node=$(jq -r .node "$one/node.json")
short=${node:0:8}
repo=$province/communes/24175-2025-07-01/repo.git
on "$one" init --join "$province/enrol/$node.json" >/dev/null

round() { on "$1" sync run >/dev/null 2>&1 && on "$province" ingest >/dev/null && on "$1" sync run >/dev/null 2>&1; }
names() { on "$1" --json item list | jq -r 'select(.type == "item") | .item' | sort | tr '\n' ' '; }
# which record of HOME has the scan FILE
holder() {
    local sha i
    sha=$(sha256sum "$2" | cut -c 1-64)
    for i in $(names "$1"); do
        on "$1" --json item show "$i" | jq -r --arg s "$sha" 'select(.type == "item" and any(.pages[]; .page == $s)) | .item'
    done
}
field() { on "$1" --json item show "$2" | jq -r 'select(.type == "item") | .fields.Subject.value'; }
count() { on "$province" --json report rates | jq -r 'select(.type == "summary") | .numerator'; }
tips() { git -C "$repo" for-each-ref --format='%(refname) %(objectname)' "refs/sohoa/$node"; }
# every chain of before goes on to where it is now
grew() {
    local ref tip bad=
    while read -r ref tip; do
        git -C "$repo" merge-base --is-ancestor "$tip" "$ref" || bad="$bad $ref"
    done <"$1"
    echo "$bad"
}

# Two records, one still open, when the disk was copied.
on "$one" import "${files[0]}" >/dev/null && seal "$one" && round "$one" || exit 1
on "$one" import "${files[1]}" >/dev/null && on "$one" ocr run >/dev/null 2>&1
cp -r "$one" "$two"
# Each goes on: a record of its own under the same number, the same record corrected, a
# volume of its own under the same number.
work() { # HOME FILE WORD
    local d
    d=$(on "$1" --json dossier add --kind file --title "Hồ sơ $3" | jq -r '.dossier // empty' | head -1)
    on "$1" import --dossier "$d" "$2" >/dev/null
    on "$1" item set "$short-1" "Subject=V/v sửa ở $3" >/dev/null
    seal "$1"
}
work "$one" "${files[2]}" "máy một"
sleep 1.1
work "$two" "${files[3]}" "máy hai"
on "$two" item set "$short-2" "Subject=V/v đang sửa dở" >/dev/null
round "$one" || exit 1
tips >"$TMPDIR/tips"
cp -r "$two" "$TMPDIR/two.was" && cp -r "$province" "$TMPDIR/province.was"

# ---- the copy comes in ----
run_is 0 "the copy syncs" on "$two" --json sync run
is "$(line fork .epoch)" 2 "it goes on in an epoch of its own"
is "$(line renamed 'select(.item) | .was + " " + .item')" "$short-3 $short-4" "its record gets a number that was not given"
is "$(line renamed 'select(.dossier) | .was + " " + .dossier')" "$short-d1 $short-d2" "so does its file"
is "$(summary waiting) $(summary refused)" "0 0" "all of it is on its way"
is "$(grew "$TMPDIR/tips")" "" "nothing above was overwritten"
run_is 0 "it is taken in" on "$province" --json ingest
is "$(summary refused)" 0 "without complaint"
run_is 0 "and proven" on "$two" --json sync run
is "$(summary accepted) $(summary waiting)" "0 0" "every bundle"
is "$(count)" 4 "four records count, each once"
is "$(names "$two")" "$short-1 $short-2 $short-3 $short-4 " "it has all of them"
is "$(holder "$two" "${files[2]}") $(holder "$two" "${files[3]}")" "$short-3 $short-4" "each with its own scan"
is "$(field "$two" "$short-1")" "V/v sửa ở máy hai" "what both corrected says here what was written here"
is "$(field "$two" "$short-2")" "V/v đang sửa dở" "open work is as it was"
for w in một hai; do
    run_is 0 "the province" on "$province" --json search "sửa ở máy $w"
done
is "$(line hit .item | sort -u)" "$short-1" "shows the later correction"
cards=$(git -C "$repo" log --format=%H --all -- meta.jsonl | while read -r c; do git -C "$repo" show "$c:meta.jsonl"; echo; done | jq -r --arg i "$short-1" 'select(.item == $i) | "\(.rev) \(.fields.Subject // "")"' | sort -u)
like "$cards" "2 V/v sửa ở máy một" "and keeps the earlier one"
like "$cards" "3 V/v sửa ở máy hai" "as the revision before it"
is "$(on "$two" --json dossier list | jq -r 'select(.type == "dossier") | .dossier + " " + .title' | sort | tr "\n" "/")" "$short-d1 Hồ sơ máy một/$short-d2 Hồ sơ máy hai/" "both files are there"
run_is 0 "fsck" on "$two" --json fsck --deep
run_is 0 "sealing goes on" on "$two" --json bundle seal

# ---- the first one is told by that ----
tips >"$TMPDIR/tips"
on "$one" import "${files[4]}" >/dev/null
seal "$one"
run_is 0 "the first disk syncs" on "$one" --json sync run
is "$(line fork .epoch)" 3 "it goes on in an epoch of its own, too"
is "$(line renamed .item)" "$short-5" "its new record gets the next number"
is "$(grew "$TMPDIR/tips")" "" "nothing above was overwritten"
run_is 0 "it is taken in" on "$province" --json ingest
is "$(summary refused)" 0 "without complaint"
run_is 0 "and proven" on "$one" --json sync run
is "$(summary accepted) $(summary waiting) $(summary refused)" "0 0 0" "every bundle"
is "$(count)" 5 "five records count, each once"
is "$(names "$one")" "$short-1 $short-2 $short-3 $short-4 $short-5 " "it has all of them"
is "$(holder "$one" "${files[4]}")" "$short-5" "the new scan is in the new record"
is "$(field "$one" "$short-1")" "V/v sửa ở máy hai" "the later correction holds"
run_is 0 "fsck" on "$one" --json fsck --deep
check "git fsck" git -C "$repo" fsck --strict --no-dangling

# ---- killed anywhere, it comes to the same end ----
fault() {
    rm -rf "$two" "$province"
    cp -r "$TMPDIR/two.was" "$two" && cp -r "$TMPDIR/province.was" "$province"
    {
        SOHOA_FAULT=$1 SOHOA_FAULT_BELOW=$two SOHOA_FAULT_LOG=$TMPDIR/calls LD_PRELOAD=$PRELOAD \
            run on "$two" sync run
    } 2>/dev/null
}
: >"$TMPDIR/calls"
fault any:1000000
calls=$(sed -n 's/.*any[= ]\([0-9]*\).*/\1/p' "$TMPDIR/calls" | sort -n | tail -1)
num_ok "it makes ${calls:-no} calls" "${calls:-0} > 40"
bad='' killed=0
for i in 1 2 3; do
    n=$((calls * i / 4))
    fault "any:$n:kill"
    [ "$rc" -eq 0 ] || killed=$((killed + 1))
    on "$two" sync run >/dev/null 2>&1 || bad="$bad $n(stuck)"
    on "$two" bundle seal >/dev/null && round "$two" || bad="$bad $n(round)"
    [ "$(count)" = 4 ] || bad="$bad $n($(count) count)"
    [ "$(names "$two")" = "$short-1 $short-2 $short-3 $short-4 " ] || bad="$bad $n(names)"
    [ "$(holder "$two" "${files[3]}")" = "$short-4" ] || bad="$bad $n(holder)"
done
is "$bad" "" "killed at $killed places"
num_ok "most of them did kill it" "$killed >= 2"
done_testing
