#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A province that is put back from an older copy is believed to have what it has, no more;
# what it lost is sent again by itself.
# timeout: 900
CMD_TIMEOUT=300
. "${0%/*}/lib.sh"
. "${0%/*}/seal.sh"
need jq git ssh
pages=$(tool make-pages) || skip_all "make tools"
mkdir "$TMPDIR/in"
"$pages" --seed 103 --out "$TMPDIR/in" --kind letter --count 4 --format jpeg --dpi 75 --keep 10 >/dev/null
files=("$TMPDIR/in"/*.jpg)
commune=$(fresh_home commune) province=$(fresh_home province)
on "$province" init --role province --unit 66 >/dev/null
on "$commune" init --role commune --unit 24175 >/dev/null
on "$commune" config set seal.level recognized >/dev/null
sshd_start "$TMPDIR/sshd" "$province/ssh/authorized_keys" || skip_all "no sshd"
url=ssh://$(id -un)@127.0.0.1:$SSHD_PORT/
on "$province" node add "$commune/keys/node.pub" --unit 24175 --url "$url" --host-key "$TMPDIR/sshd/host.pub" >/dev/null
node=$(jq -r .node "$commune/node.json")
repo=$province/communes/24175-2025-07-01/repo.git
on "$commune" init --join "$province/enrol/$node.json" >/dev/null

tips() { git -C "$1" for-each-ref --format='%(refname) %(objectname)' "refs/sohoa/$node"; }
count() { on "$1" --json report rates | jq -r 'select(.type == "summary") | .numerator'; }
# same: the province has every chain up to where the commune has it
same() { is "$(tips "$repo")" "$(tips "$commune/transport.git")" "$1"; }
# put_back COPY: the province's disk is that copy; what came through its door since may lie
# elsewhere and have stayed
put_back() {
    rm -r "$province" && cp -r "$1" "$province"
}

on "$commune" import "${files[0]}" >/dev/null && seal "$commune"
on "$commune" sync run >/dev/null 2>&1 && on "$province" ingest >/dev/null && on "$commune" sync run >/dev/null 2>&1 || exit 1
cp -r "$province" "$TMPDIR/old"

# ---- taken, no receipt yet; the kept answers outlive the archive ----
on "$commune" import "${files[1]}" >/dev/null && seal "$commune"
run_is 0 "a second record is sent" on "$commune" --json sync run
num_ok "and taken" "$(summary accepted) > 0"
cp -r "$province/spool" "$TMPDIR/spool"
put_back "$TMPDIR/old"
rm -r "$province/spool" && cp -r "$TMPDIR/spool" "$province/spool"
on "$commune" import "${files[2]}" >/dev/null && seal "$commune"
run_is 0 "the next one meets an older archive" on "$commune" --json sync run
num_ok "what that lost is told" "$(line lost .class | wc -l) >= 4"
is "$(summary refused) $(summary waiting)" "0 0" "and all of it goes up again"
same "really, not by an answer of before"
check "git fsck" git -C "$repo" fsck --strict --no-dangling
run_is 0 "it is taken in" on "$province" --json ingest
run_is 0 "and proven" on "$commune" --json sync run
is "$(summary accepted) $(summary waiting)" "0 0" "every bundle"
is "$(count "$province") $(count "$commune")" "3 3" "three records count on both sides"

# ---- with receipts ----
put_back "$TMPDIR/old"
run_is 0 "status, before anybody called" on "$commune" --json sync status
on "$commune" import "${files[3]}" >/dev/null && seal "$commune"
run_is 0 "the next one meets an older archive" on "$commune" --json sync run
same "all of it goes up again"
on "$province" ingest >/dev/null
run_is 0 "other receipts than before come back" on "$commune" --json sync run
is "$(summary accepted) $(summary waiting) $(summary refused)" "0 0 0" "and prove every bundle"
is "$(count "$province") $(count "$commune")" "4 4" "four records count"
check "the receipts of before are kept aside" test -n "$(git -C "$commune/transport.git" for-each-ref "refs/left/receipts/$node")"
run_is 0 "fsck" on "$commune" --json fsck --deep
run_is 0 "a run without news" on "$commune" --json sync run
is "$(summary pushed)" 0 "sends nothing"

# ---- only some of it is lost, and nothing new is sealed in those classes ----
# The archive wrote a receipt of its own since, so the commune hears that it is another.
before=$(on "$commune" --json bundle list | jq -r 'select(.type == "bundle" and .state == "durable") | .bundle' | wc -l)
put_back "$TMPDIR/old"
on "$province" config set seal.level recognized >/dev/null 2>&1
cp -r "$commune" "$TMPDIR/clerk"
on "$commune" dossier add --kind file --title "Sổ mới" >/dev/null && on "$commune" bundle seal >/dev/null
on "$commune" item set "${node:0:8}-1" "Subject=V/v sửa lại" >/dev/null && seal "$commune"
on "$commune" sync run >/dev/null 2>&1
on "$province" ingest >/dev/null
on "$commune" sync run >/dev/null 2>&1 # receipts of records alone: the scans are missing
on "$commune" sync run >/dev/null 2>&1
on "$province" ingest >/dev/null
run_is 0 "what no new bundle led to goes up as well" on "$commune" --json sync run
same "every chain is whole"
num_ok "and proven" "$(on "$commune" --json bundle list | jq -r 'select(.type == "bundle" and .state == "durable") | .bundle' | wc -l) > $before"
is "$(summary accepted) $(summary waiting)" "0 0" "every bundle"
done_testing
