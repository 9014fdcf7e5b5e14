#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Through a hub: proofs signed by who keeps, refusals that come home, wishes, statements.
# timeout: 900
CMD_TIMEOUT=300
. "${0%/*}/lib.sh"
need jq git ssh sqlite3 xxd
pages=$(tool make-pages) || skip_all "make tools"

mkdir "$TMPDIR/in"
"$pages" --seed 99 --out "$TMPDIR/in" --kind letter --count 2 --level clean --keep 15 --format jpeg >/dev/null
files=("$TMPDIR/in"/*.jpg)
commune=$(fresh_home commune) wrong=$(fresh_home wrong)
province=$(fresh_home province) district=$(fresh_home district) reader=$(fresh_home reader)
# One sshd for each tier: who logs in at the hub is the hub's.
sshd_start "$TMPDIR/above" "$province/ssh/authorized_keys" || skip_all "no sshd"
above=ssh://$(id -un)@127.0.0.1:$SSHD_PORT/
at_exit "kill $sshd_pid"
sshd_start "$TMPDIR/hub" "$district/ssh/authorized_keys" || skip_all "no sshd"
hub=ssh://$(id -un)@127.0.0.1:$SSHD_PORT/

on "$province" init --role province --unit 66 >/dev/null
on "$district" init --role district --unit 664 >/dev/null
on "$reader" init --role district --unit 66 >/dev/null
printf 'code,name,kind,parent\n66,Đắk Lắk,tỉnh,\n664,Cụm Bắc,cụm,66\n24175,Hòa Phú,xã,664\n24121,Cư Êbur,xã,664\n' >"$TMPDIR/units.csv"
on "$province" unit import "$TMPDIR/units.csv" >/dev/null
for h in "$commune 24175" "$wrong 24121"; do
    read -r home unit <<<"$h"
    on "$home" init --role commune --unit "$unit" >/dev/null
    on "$home" config set seal.level recognized >/dev/null
    on "$home" import "${files[0]}" >/dev/null && on "$home" ocr run >/dev/null 2>&1
    on "$home" bundle seal >/dev/null || exit 1
done
node=$(jq -r .node "$commune/node.json")
other=$(jq -r .node "$wrong/node.json")
below() { on "$district" node add "$1/keys/node.pub" --url "$hub" --host-key "$TMPDIR/hub/host.pub" --unit "$2" --relay >/dev/null && on "$1" init --join "$district/enrol/$(jq -r .node "$1/node.json").json" >/dev/null; }
on "$province" node add "$district/keys/node.pub" --url "$above" --host-key "$TMPDIR/above/host.pub" --unit 664 --role district --relay >/dev/null &&
    on "$district" init --join "$province/enrol/$(jq -r .node "$district/node.json").json" >/dev/null || exit 1
on "$province" node add "$commune/keys/node.pub" --unit 24175 >/dev/null && below "$commune" 24175 || exit 1
# The province has this one under another unit than its bundles say.
on "$province" node add "$wrong/keys/node.pub" --unit 24175 >/dev/null && below "$wrong" 24121 || exit 1

# ---- what the province refuses ----
for h in "$commune" "$wrong"; do on "$h" sync run >/dev/null 2>&1 || exit 1; done
run_is 0 "the hub's status before it calls" on "$district" --json sync status
num_ok "shows what waits" "$(summary waiting) > 0 && $(summary durable) == 0"
is "$(line relayed .node | sort | xargs)" "$(printf '%s\n' "$node" "$other" | sort | xargs)" "of each commune"
run_is 3 "the hub hands on" on "$district" --json sync run
is "$(line progress 'select(.state == "refused") | "\(.node) \(.code)"' | sort -u)" "$other SH-GATE-REF" "one commune's bundles are refused"
run_is 0 "status" on "$district" --json sync status
is "$(line relayed "select(.node == \"$other\") | .code")" SH-GATE-REF "says why"
num_ok "and how many" "$(summary refused) > 0 && $(summary accepted) > 0"
run_is 3 "the commune calls" on "$wrong" --json sync run
is "$(line progress 'select(.state == "refused") | .code' | sort -u)" SH-GATE-REF "and hears of it"
num_ok "nothing is called sent any more" "$(summary refused) > 0 && $(summary accepted) == 0"
run_is 0 "the other commune" on "$commune" --json sync run
is "$(summary refused)" 0 "is not concerned"

# ---- the same by a drop box ----
boxed=$(fresh_home boxed)
on "$boxed" init --role commune --unit 24121 >/dev/null
on "$boxed" config set seal.level recognized >/dev/null
on "$boxed" import "${files[1]}" >/dev/null && on "$boxed" ocr run >/dev/null 2>&1 && on "$boxed" bundle seal >/dev/null || exit 1
third=$(jq -r .node "$boxed/node.json")
on "$province" node add "$boxed/keys/node.pub" --unit 24175 >/dev/null && below "$boxed" 24121 || exit 1
on "$boxed" config set upstream.url "$district" >/dev/null
on "$boxed" sync run >/dev/null 2>&1 && on "$district" ingest >/dev/null
run_is 0 "a commune with a drop box at the hub" on "$boxed" --json sync run
num_ok "has its bundles on the way" "$(summary refused) == 0 && $(summary accepted) == 0 && $(summary durable) == 0"
on "$district" sync run >/dev/null 2>&1
on "$district" ingest >/dev/null
run_is 3 "and hears what the province refused" on "$boxed" --json sync run
is "$(line progress 'select(.state == "refused") | .code' | sort -u)" SH-GATE-REF "with the reason"
num_ok "of all of them" "$(summary refused) > 0 && $(summary waiting) == 0"
is "$(cut -d ' ' -f 1,6 "$district/outbox/$third/refused" | sort -u)" "refused SH-GATE-REF" "the lines lie in the box"
like "$(on "$boxed" bundle list 2>&1)" "SH-GATE-REF" "a clerk can read it"
rm -r "$district/spool/refused/$third" && on "$district" ingest >/dev/null
check "when the chain goes on they go" test ! -e "$district/outbox/$third/refused"
on "$district" node revoke "$third" >/dev/null

# ---- receipts and the hub's figures ----
on "$province" ingest >/dev/null
on "$district" sync run >/dev/null 2>&1 # the refused ones are offered again
on "$district" ingest >/dev/null && on "$commune" sync run >/dev/null 2>&1
run_is 0 "status with receipts" on "$district" --json sync status
num_ok "counts what is proven" "$(line relayed "select(.node == \"$node\") | .durable") > 0 && $(line relayed "select(.node == \"$node\") | .waiting + .accepted + .refused") == 0"

# ---- a proof through the hub ----
scan=$(sha256sum <"${files[0]}" | cut -c 1-64)
there=$province/communes/24175-2025-07-01/objects/${scan:0:2}/$scan
nonce=$(printf '%064x' 77)
by_hand=$({ printf '%s' "$nonce" | xxd -r -p; cat "$there"; } | sha256sum | cut -c 1-64)
ask() { ssh -F "$TMPDIR/hub/ssh_config" -i "$1/keys/node" -o IdentitiesOnly=yes province "${@:2}" 2>/dev/null </dev/null; }
like "$(ask "$commune" "prove $scan $nonce")" "^signed $by_hand 1 [0-9a-f]{128}\$" "the province's word comes through the hub, signed"
is "$(ask "$commune" "prove $(printf '%064x' 1) $nonce")" absent "and what it has not"
is "$(ask "$commune" "prove $scan $nonce $other")" "bad SH-GATE-READ" "nobody asks for another commune"
weekly() { sqlite3 "$commune/sohoa.db" "UPDATE fact SET value = '0' WHERE key = 'challenge.at'"; }
weekly
run_is 0 "the weekly question" on "$commune" --json sync run
is "$(summary doubted) $(summary accepted)" "null 0" "is answered well"
mv "$there" "$TMPDIR/gone"
on "$commune" config set keep.masters_days 30 >/dev/null
weekly
run_is 0 "the province has lost it, the hub has it" on "$commune" --json sync run
is "$(line doubt .code)" SH-UNPROVEN "and the hub's copy does not help"
mv "$TMPDIR/gone" "$there"
run_is 0 "put back" on "$commune" --json care prune
is "$(summary settled)" 1 "it is settled"

# ---- a wish through the hub ----
on "$commune" config set sync.masters never >/dev/null
on "$commune" import "${files[1]}" >/dev/null && on "$commune" ocr run >/dev/null 2>&1 && on "$commune" bundle seal >/dev/null
on "$commune" sync run >/dev/null 2>&1
on "$district" ingest >/dev/null
on "$district" sync run >/dev/null 2>&1
on "$province" ingest >/dev/null
item=${node:0:8}-2
run_is 3 "the hub wants a scan" on "$district" --json pull --item "$item"
is "$(line first .state)" asked "it is noted there"
on "$district" sync run >/dev/null 2>&1
run_is 3 "and handed on" on "$province" --json pull --item "$item"
is "$(line first .state)" asked "to the province"
on "$province" ingest >/dev/null
on "$district" sync run >/dev/null 2>&1
run_is 0 "the commune gets it signed by the province" on "$commune" --json sync run
is "$(line first .state)" kept "and keeps to its rule"
run_is 3 "the hub hears" on "$district" --json pull --item "$item"
is "$(line first .state)" kept "so"
on "$district" sync run >/dev/null 2>&1
run_is 3 "and the province, too" on "$province" --json pull --item "$item"
is "$(line first .state)" kept "so"
on "$commune" config set sync.masters always >/dev/null
on "$commune" sync run >/dev/null 2>&1 && on "$district" ingest >/dev/null
run_is 0 "then it comes" on "$district" --json pull --item "$item"
is "$(sha256sum <"$(line object .path)" | cut -c 1-64)" "$(sha256sum <"${files[1]}" | cut -c 1-64)" "as it was scanned"

# ---- statements by a drop box ----
on "$province" node add "$reader/keys/node.pub" --unit 66 --role district --reads 24175 >/dev/null || exit 1
on "$reader" init --join "$province/enrol/$(jq -r .node "$reader/node.json").json" >/dev/null
on "$reader" config set upstream.url "$province" >/dev/null
on "$reader" pull >/dev/null 2>&1
on "$province" node revoke "$other" >/dev/null && on "$province" ingest >/dev/null
run_is 0 "a reader with a drop box pulls" on "$reader" --json pull
check "and has the statements" git -C "$reader/communes/24175-2025-07-01/repo.git" cat-file -e refs/sohoa-keys/statements:statements.jsonl
is "$(git -C "$reader/communes/24175-2025-07-01/repo.git" show refs/sohoa-keys/statements:statements.jsonl | jq -r '.text | fromjson | .node')" "$other" "which name the node"
for h in "$commune" "$district" "$province"; do run_is 0 "fsck" on "$h" --json fsck --deep; done
done_testing
