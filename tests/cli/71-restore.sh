#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A commune whose disk is gone is made again from the province with its saved key.
# timeout: 600
. "${0%/*}/lib.sh"
need jq git ssh
pages=$(tool make-pages) || skip_all "make tools"

commune=$(fresh_home commune) province=$(fresh_home province) old=$(fresh_home old)
mkdir "$TMPDIR/in"
"$pages" --seed 96 --out "$TMPDIR/in" --kind letter --count 3 --format jpeg --level clean --dpi 150 --keep 15 >/dev/null
files=("$TMPDIR/in"/*.jpg)
on "$commune" init --role commune --unit 24175 >/dev/null
on "$province" init --role province --unit 66 >/dev/null
sshd_start "$TMPDIR/sshd" "$province/ssh/authorized_keys" || skip_all "no sshd"
url=ssh://$(id -un)@127.0.0.1:$SSHD_PORT/
on "$province" node add "$commune/keys/node.pub" --unit 24175 --url "$url" --host-key "$TMPDIR/sshd/host.pub" >/dev/null
node=$(jq -r .node "$commune/node.json")
join=$province/enrol/$node.json
on "$commune" init --join "$join" >/dev/null

verify_all() {
    for i in $(on "$1" --json item list | jq -r 'select(.type == "item" and .state != "sealed") | .item'); do
        on "$1" item verify "$i" --user lan >/dev/null || return 1
    done
}
on "$commune" user add lan --role verifier >/dev/null
dossier=$(on "$commune" --json dossier add --kind file --title "Công văn đến" | jq -r '.dossier // empty' | head -1)
on "$commune" import --dossier "$dossier" "${files[@]:0:2}" >/dev/null
on "$commune" ocr run >/dev/null 2>&1
verify_all "$commune" && on "$commune" bundle seal >/dev/null
on "$commune" sync run >/dev/null 2>&1 && on "$province" ingest >/dev/null && on "$commune" sync run >/dev/null 2>&1 || exit 1

# what HOME: everything that upstream acknowledged, as this home tells it; how a page was
# read (steps) and where on it a value stands (boxes) stay at the node
what() {
    local i
    on "$1" --json item list | jq -Sc 'select(.type == "item")'
    for i in $(on "$1" --json item list | jq -r 'select(.type == "item") | .item'); do
        on "$1" --json item show "$i" | jq -Sc 'select(.type == "item") | del(.boxes, .pages[].steps)'
    done
    on "$1" --json dossier list | jq -Sc 'select(.type == "dossier")'
    on "$1" --json bundle list | jq -Sc 'select(.type == "bundle")'
    on "$1" --json receipt list | jq -Sc 'select(.type == "receipt")'
    on "$1" --json report rates --by kind | jq -Sc 'select(.type == "rate")'
    on "$1" --json report rates --indicator scanned --by kind | jq -Sc 'select(.type == "rate")'
    (cd "$1/objects" && find . -type f | sort)
}
what "$commune" >"$TMPDIR/before"
num_ok "there is something to lose" "$(wc -l <"$TMPDIR/before") > 15"
cp -r "$commune/keys" "$TMPDIR/saved"
cp -r "$commune/keys" "$TMPDIR/bare" && rm "$TMPDIR/bare/upstream.pub" "$TMPDIR/bare/known_hosts"
mv "$commune" "$old"

# ---- what does not go ----
ssh-keygen -q -t ed25519 -N '' -f "$TMPDIR/stranger"
cp "$TMPDIR/saved/upstream.pub" "$TMPDIR/saved/known_hosts" "$TMPDIR/"
run_is 12 "with another key nothing comes" on "$commune" --json restore --from "$url" --key "$TMPDIR/stranger"
run_is 12 "nor without knowing whose receipts count" on "$commune" --json restore --from "$url" --key "$TMPDIR/bare/node"
is "$(line error .code)" SH-UPSTREAM-KEY-UNSET "it says so"
run_is 75 "nor while nobody answers" on "$commune" --json restore --from ssh://127.0.0.1:1/ --key "$TMPDIR/saved/node" --join "$join"
run_is 10 "there is still no node" on "$commune" --json item list

# ---- I12 ----
run_is 0 "the node is made again" on "$commune" --json restore --from "$url" --key "$TMPDIR/saved/node"
is "$(summary node) $(summary epoch) $(summary chain)" "$node 2 verified" "the same one, in a new epoch"
is "$(summary items) $(summary pages)" "2 2" "with its records"
what "$commune" >"$TMPDIR/after"
is "$(diff "$TMPDIR/before" "$TMPDIR/after")" "" "I12: exactly what was acknowledged, byte for byte"
run_is 1 "a second time is refused" on "$commune" --json restore --from "$url" --key "$TMPDIR/saved/node"
is "$(line error .code)" SH-HOME-EXISTS "as there is a node"
run_is 0 "fsck finds nothing" on "$commune" --json fsck --deep
run_is 0 "nothing has to be sent" on "$commune" --json sync run
is "$(summary pushed) $(summary waiting)" "0 0" "not one bundle"
run_is 0 "nor sealed again" on "$commune" --json bundle seal
is "$(summary bundles)" 0 "not one bundle"

# ---- and goes on ----
on "$commune" user add lan --role verifier >/dev/null
first=$(on "$commune" --json item list | jq -r 'select(.type == "item") | .item' | head -1)
run_is 0 "an old record is corrected" on "$commune" --json item set "$first" "Subject=V/v sửa lại"
run_is 0 "a new page comes in" on "$commune" --json import "${files[2]}"
is "$(line input '.items | join(" ")')" "${node:0:8}-3" "under a number of its own"
on "$commune" ocr run >/dev/null 2>&1
verify_all "$commune"
run_is 0 "sealed" on "$commune" --json bundle seal
is "$(line bundle .epoch | sort -u)" 2 "in the new epoch"
run_is 0 "sent" on "$commune" --json sync run
is "$(summary waiting) $(summary refused)" "0 0" "all of it"
run_is 0 "taken in" on "$province" --json ingest
is "$(summary refused)" 0 "without complaint"
run_is 0 "and proven" on "$commune" --json sync run
is "$(summary accepted)" 0 "every bundle has its receipt"
run_is 0 "the province shows the correction" on "$province" --json search "sửa lại"
num_ok "of the old record" "$(line hit .item | grep -c "$first") >= 1"

# ---- the old disk turns up ----
second=$(on "$old" --json item list | jq -r 'select(.type == "item") | .item' | tail -1)
on "$old" item set "$second" "Subject=từ ổ đĩa cũ" >/dev/null
on "$old" item verify "$second" --user lan >/dev/null
on "$old" bundle seal >/dev/null
run_is 0 "it is told that the node goes on elsewhere" on "$old" --json sync run
is "$(line progress 'select(.state == "refused") | .code' | sort -u)" SH-GATE-REF "by the gate"
is "$(line fork .epoch)" 3 "takes back what it lost and goes on in an epoch of its own"
run_is 0 "ingest" on "$province" --json ingest
is "$(summary refused) $(summary items)" "0 1" "what was changed on it arrives, once"
is "$(on "$province" --json report rates | jq -r 'select(.type == "summary") | .numerator')" 3 "no record counts twice"
check "git fsck" git -C "$province/communes/24175-2025-07-01/repo.git" fsck --strict --no-dangling

# ---- with the enrolment file instead ----
again=$(fresh_home again)
run_is 0 "with the enrolment file" on "$again" --json restore --from "$url" --key "$TMPDIR/bare/node" --join "$join"
is "$(summary epoch) $(summary items)" "4 3" "with all three records"
like "$(on "$again" unit list 2>&1; on "$again" config get upstream.url)" "$url" "it knows the way up"

# ---- by a folder ----
boxed=$(fresh_home boxed) box=$province/outbox/$node
back=(on "$boxed" --json restore --from "$province" --key "$TMPDIR/bare/node" --join "$join")
run_is 75 "by a folder it asks first" "${back[@]}"
is "$(line error .code)" SH-RESTORE-LATER "and says what to do"
run_is 10 "there is no node yet" on "$boxed" --json item list
run_is 0 "the province lays everything out" on "$province" --json ingest
rm "$(find "$box" -name '*.req' -printf '%s %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2-)"
run_is 75 "half of it is not taken for all" "${back[@]}"
run_is 10 "there is still no node" on "$boxed" --json item list
run_is 0 "the province makes up for it" on "$province" --json ingest
run_is 0 "the node is made again" "${back[@]}"
is "$(summary epoch) $(summary items) $(summary chain)" "4 3 verified" "with all its records"
what "$boxed" >"$TMPDIR/by-folder"
what "$again" >"$TMPDIR/by-line"
is "$(diff "$TMPDIR/by-line" "$TMPDIR/by-folder")" "" "I12: the same set as by the line"
run_is 0 "the province clears the box" on "$province" --json ingest
is "$(find "$box" -name '*.req' | wc -l) $(find "$box" -name '*restore*')" "1 " "but for the receipts"
done_testing
