#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A district sees communes that come later; a commune that gets another unit stays itself.
# timeout: 600
. "${0%/*}/lib.sh"
need jq git ssh
pages=$(tool make-pages) || skip_all "make tools"

a=$(fresh_home a) b=$(fresh_home b)
province=$(fresh_home province) district=$(fresh_home district)
mkdir "$TMPDIR/in"
"$pages" --seed 95 --out "$TMPDIR/in" --kind letter --count 4 --format jpeg --level clean --dpi 150 --keep 15 >/dev/null
files=("$TMPDIR/in"/*.jpg)
for h in "$a commune 24175" "$b commune 24121" "$province province 66" "$district district 66"; do
    read -r home role unit <<<"$h"
    on "$home" init --role "$role" --unit "$unit" >/dev/null || exit 1
done
sshd_start "$TMPDIR/sshd" "$province/ssh/authorized_keys" || skip_all "no sshd"
url=ssh://$(id -un)@127.0.0.1:$SSHD_PORT/

# enrol HOME ARGS...: at the province, with the file taken home
enrol() {
    local home=$1
    shift
    on "$province" node add "$home/keys/node.pub" --url "$url" --host-key "$TMPDIR/sshd/host.pub" "$@" >/dev/null &&
        on "$home" init --join "$province/enrol/$(jq -r .node "$home/node.json").json" >/dev/null
}
# record HOME FILE: one verified and sealed record
record() {
    on "$1" import "$2" >/dev/null && on "$1" ocr run >/dev/null 2>&1
    for i in $(on "$1" --json item list | jq -r 'select(.type == "item" and .state != "sealed") | .item'); do
        on "$1" item verify "$i" --user lan >/dev/null || return 1
    done
    on "$1" bundle seal >/dev/null
}
tip() { git -C "$1" for-each-ref --format='%(objectname)' "refs/sohoa/$node/1/meta"; }

printf 'code,name,kind,parent\n66,Đắk Lắk,tỉnh,\n24175,Hòa Phú,xã,66\n' >"$TMPDIR/units.csv"
on "$province" unit import "$TMPDIR/units.csv" >/dev/null
enrol "$a" --unit 24175 || exit 1
enrol "$district" --unit 66 --role district || exit 1
node=$(jq -r .node "$a/node.json")
for h in "$a" "$b"; do on "$h" user add lan --role verifier >/dev/null; done
record "$a" "${files[0]}" || exit 1
on "$a" sync run >/dev/null 2>&1 && on "$province" ingest >/dev/null || exit 1
run_is 0 "the district pulls" on "$district" --json pull
is "$(summary items)" 1 "the record of the commune below it"

# ---- one record's pictures, on demand ----
item=${node:0:8}-1
run_is 0 "it fetches the scan of one record" on "$district" --json pull --item "$item"
is "$(line object .state)" fetched "which was not there"
is "$(sha256sum <"$(line object .path)")" "$(sha256sum <"${files[0]}")" "just as it was scanned"
run_is 0 "a second time" on "$district" --json pull --item "$item"
is "$(line object .state) $(summary bytes_down)" "here 0" "nothing is asked for"
run_is 1 "a record that is not here" on "$district" --json pull --item "${node:0:8}-9"
is "$(line error .code)" SH-ITEM-ABSENT "it says so"
run_is 0 "fsck at the district" on "$district" --json fsck --deep

# ---- a commune that comes later ----
printf 'code,name,kind,parent\n24121,Cư Êbur,xã,66\n30000,Xa,xã,77\n' >"$TMPDIR/more.csv"
run_is 0 "units come later" on "$province" unit import "$TMPDIR/more.csv"
enrol "$b" --unit 24121 || exit 1
record "$b" "${files[1]}" || exit 1
on "$b" sync run >/dev/null 2>&1 && on "$province" ingest >/dev/null || exit 1
run_is 0 "the district pulls without being enrolled again" on "$district" --json pull
is "$(summary items)" 1 "the record of the new commune"
run_is 0 "node list" on "$province" --json node list
is "$(line node 'select(.role == "district") | .reads | join(" ")')" "24121 24175" "shows what it reads today"
run_is 0 "but nothing that lies elsewhere" on "$district" --json pull --unit 30000
is "$(summary bundles)" 0 "not one bundle"

# ---- another unit, with bundles on the way ----
repo=$province/communes/24175-2025-07-01/repo.git
record "$a" "${files[2]}" || exit 1
printf 'code,name,kind,parent,valid_from\n24180,Hòa Phú mới,xã,66,2026-01-01\n' >"$TMPDIR/merge.csv"
on "$province" unit import "$TMPDIR/merge.csv" >/dev/null
run_is 0 "the commune gets another unit" on "$province" --json node add "$a/keys/node.pub" --unit 24180 --valid-from 2026-01-01 --url "$url" --host-key "$TMPDIR/sshd/host.pub"
is "$(summary node) $(summary unit)" "$node 24180" "the same node"
is "$(summary repository)" "$repo" "and the same repository"
run_is 0 "what was sealed before goes up" on "$a" --json sync run
is "$(summary refused) $(summary waiting)" "0 0" "all of it"
run_is 0 "the office takes its new file" on "$a" --json init --join "$province/enrol/$node.json"
is "$(summary unit) $(summary valid_from)" "24180 2026-01-01" "and has another unit"
is "$(jq -r .node "$a/node.json")" "$node" "under the same name"
record "$a" "${files[3]}" || exit 1
run_is 0 "and goes on" on "$a" --json sync run
is "$(summary refused) $(summary waiting)" "0 0" "in the same chain"
is "$(tip "$a/transport.git")" "$(tip "$repo")" "as both ends show"
is "$(git -C "$repo" log --format=%s "refs/sohoa/$node/1/meta" | wc -l)" 3 "three bundles long"
is "$(for c in $(git -C "$repo" rev-list "refs/sohoa/$node/1/meta"); do git -C "$repo" show "$c:manifest.json" | jq -r .unit.code; done | xargs)" "24180 24175 24175" "each of the unit of its time"
run_is 0 "ingest" on "$province" --json ingest
is "$(summary refused) $(summary failed)" "0 0" "nothing amiss"
run_is 0 "receipts come back" on "$a" --json sync run
is "$(summary accepted) $(summary refused)" "0 0" "for every bundle"
run_is 0 "rates" on "$province" --json report rates --by unit
is "$(line rate '"\(.unit) \(.numerator)"' | xargs)" "24121 1 24175 2 24180 1" "count for the unit of the time"
run_is 0 "a search in the new unit" on "$province" --json search --unit 24180 cong hoa
num_ok "finds its record" "$(line hit .item | wc -l) >= 1"
run_is 0 "the district pulls" on "$district" --json pull
is "$(summary items) $(summary refused)" "2 0" "both records"
run_is 0 "fsck at the commune" on "$a" --json fsck --deep
run_is 0 "fsck at the province" on "$province" --json fsck --deep
done_testing
