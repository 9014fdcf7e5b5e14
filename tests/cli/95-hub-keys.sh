#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the province states about a commune's key reaches the hub between, and through it
# the commune and readers, with the next sync.
# timeout: 900
CMD_TIMEOUT=300
. "${0%/*}/lib.sh"
. "${0%/*}/seal.sh"
need jq git ssh
pages=$(tool make-pages) || skip_all "make tools"
mkdir "$TMPDIR/in"
"$pages" --seed 104 --out "$TMPDIR/in" --kind letter --count 3 --format jpeg --dpi 75 --keep 10 >/dev/null
files=("$TMPDIR/in"/*.jpg)
commune=$(fresh_home commune) province=$(fresh_home province) district=$(fresh_home district) reader=$(fresh_home reader)
sshd_start "$TMPDIR/above" "$province/ssh/authorized_keys" || skip_all "no sshd"
above=ssh://$(id -un)@127.0.0.1:$SSHD_PORT/
at_exit "kill $sshd_pid"
sshd_start "$TMPDIR/hub" "$district/ssh/authorized_keys" || skip_all "no sshd"
hub=ssh://$(id -un)@127.0.0.1:$SSHD_PORT/
printf 'code,name,kind,parent\n66,Đắk Lắk,tỉnh,\n664,Cụm Bắc,cụm,66\n24175,Hòa Phú,xã,664\n' >"$TMPDIR/units.csv"
on "$province" init --role province --unit 66 >/dev/null
on "$district" init --role district --unit 664 >/dev/null
on "$reader" init --role district --unit 664 >/dev/null
on "$province" unit import "$TMPDIR/units.csv" >/dev/null
on "$commune" init --role commune --unit 24175 >/dev/null
on "$commune" config set seal.level recognized >/dev/null
node=$(jq -r .node "$commune/node.json")
up=(--url "$above" --host-key "$TMPDIR/above/host.pub") here=(--url "$hub" --host-key "$TMPDIR/hub/host.pub")
on "$province" node add "$district/keys/node.pub" "${up[@]}" --unit 664 --role district --relay >/dev/null &&
    on "$district" init --join "$province/enrol/$(jq -r .node "$district/node.json").json" >/dev/null &&
    on "$province" node add "$commune/keys/node.pub" --unit 24175 >/dev/null &&
    on "$district" node add "$commune/keys/node.pub" "${here[@]}" --unit 24175 --relay >/dev/null &&
    on "$commune" init --join "$district/enrol/$node.json" >/dev/null &&
    on "$district" node add "$reader/keys/node.pub" "${here[@]}" --unit 664 --role district --reads 24175 >/dev/null &&
    on "$reader" init --join "$district/enrol/$(jq -r .node "$reader/node.json").json" >/dev/null || exit 1
join=$district/enrol/$node.json
keys() { jq -c --arg n "$node" '.nodes[] | select(.node == $n) | [.keys[]? | .epoch]' "$1/ssh/nodes.json"; }
count() { on "$1" --json report rates | jq -r 'select(.type == "summary") | .numerator'; }
# through: what the commune has sealed goes all the way up, and its receipts all the way home
through() {
    run_is 0 "it goes to the hub" on "$commune" --json sync run
    is "$(summary refused)" 0 "which takes it"
    run_is 0 "that hands it on" on "$district" --json sync run
    run_is 0 "the province takes it in" on "$province" --json ingest
    is "$(summary refused)" 0 "without complaint"
    run_is 0 "receipts come to the hub" on "$district" --json sync run
    run_is 0 "which takes in, too" on "$district" --json ingest
    run_is 0 "and to the commune" on "$commune" --json sync run
    is "$(summary accepted) $(summary waiting) $(summary refused)" "0 0 0" "every bundle is proven"
    run_is 0 "the hub's figures" on "$district" --json sync status
    is "$(summary waiting) $(summary accepted) $(summary refused)" "0 0 0" "say so, too"
}
on "$commune" import "${files[0]}" >/dev/null && seal "$commune"
through

# ---- changed on purpose ----
run_is 0 "the office asks for another key" on "$commune" --json key rotate -o "$TMPDIR/request.json"
run_is 0 "the province alone takes it" on "$province" --json node rotate "$TMPDIR/request.json"
on "$province" ingest >/dev/null
# The hub has not heard of it: what comes from the old key now has no place above.
on "$commune" import "${files[1]}" >/dev/null && seal "$commune"
run_is 0 "meanwhile the old key sends a record to the hub" on "$commune" --json sync run
on "$district" ingest >/dev/null
cp "$district/keys/upstream.pub" "$TMPDIR/upstream.pub"
cp "$reader/keys/node.pub" "$district/keys/upstream.pub"
run on "$district" --json sync run
is "$(keys "$district")" "[]" "what the trusted key has not signed changes nothing"
cp "$TMPDIR/upstream.pub" "$district/keys/upstream.pub"
run_is 0 "the hub syncs" on "$district" --json sync run
is "$(line key '"\(.node) \(.epoch)"')" "$node 2" "and hears of it"
is "$(summary refused) $(summary waiting)" "0 0" "nothing of the old key is offered above"
is "$(keys "$district")" "$(keys "$province")" "its list says the same"
is "$(jq -r '.text | fromjson | .type' "$district/ssh/statements.jsonl")" rotate "it states so itself"
run_is 0 "again" on "$district" --json sync run
is "$(line key .epoch)" "" "nothing is new"
run_is 12 "the old key opens nothing at the hub" on "$commune" --json sync run
run_is 0 "the office takes its key with the hub's file" on "$commune" --json key take "$join"
num_ok "what has no place above is sealed again" "$(summary epoch) == 2 && $(summary resealed) >= 3"
through
is "$(count "$province") $(count "$district") $(count "$commune")" "2 2 2" "two records, on every tier"
run_is 0 "a reader at the hub" on "$reader" --json pull
is "$(summary refused) $(summary items)" "0 2" "reads what both keys have signed"

# ---- lost ----
mv "$commune" "$TMPDIR/dead"
heir=(on "$commune" --json restore --replaces "$node" --from "$hub")
run_is 12 "a new key alone is not enough" "${heir[@]}" --join "$join"
run_is 0 "the province alone states it" on "$province" --json node replace "$node" --key "$commune/keys/node.pub"
on "$province" ingest >/dev/null
run_is 0 "the hub syncs" on "$district" --json sync run
is "$(keys "$district")" "[2,3]" "and hears of it"
run_is 0 "the node is made again from the hub" "${heir[@]}" --join "$join"
is "$(summary node) $(summary epoch) $(summary items)" "$node 3 2" "the same one"
on "$commune" config set seal.level recognized >/dev/null
on "$commune" import "${files[2]}" >/dev/null && seal "$commune"
through
is "$(count "$province") $(count "$district")" "3 3" "three records"

# ---- taken away ----
on "$province" node revoke "$node" >/dev/null && on "$province" ingest >/dev/null
run_is 0 "the hub syncs" on "$district" --json sync run
is "$(line key .revoked)" true "and hears of it"
run_is 12 "the commune is let in nowhere" on "$commune" --json sync run
on "$district" ingest >/dev/null
run_is 0 "a reader at the hub" on "$reader" --json pull
is "$(git -C "$reader/communes/24175-2025-07-01/repo.git" show refs/sohoa-keys/statements:statements.jsonl | jq -r '.text | fromjson | .type' | xargs)" "rotate replace revoke" "has all three statements"
for h in "$province" "$district"; do run_is 0 "fsck" on "$h" --json fsck --deep; done
done_testing
