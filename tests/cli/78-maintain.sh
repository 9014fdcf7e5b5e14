#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Nightly care at a province: many packs become few, the copy follows, nothing is lost.
# timeout: 600
# again: ocr_direct
. "${0%/*}/lib.sh"
need git jq
pages=$(tool make-pages) || skip_all "make tools"
commune=$(fresh_home commune) province=$(fresh_home province) disk=$TMPDIR/disk2
mkdir "$TMPDIR/in" "$disk"
"$pages" --seed 78 --out "$TMPDIR/in" --kind letter --count 3 --format jpeg --level clean --dpi 150 --keep 15 >/dev/null
on "$province" init --role province --unit 66 >/dev/null
on "$province" config set copy.folder "$disk" >/dev/null
on "$commune" init --role commune --unit 24175 --upstream "$province" >/dev/null
enrol=$(on "$province" --json node add "$commune/keys/node.pub" --unit 24175 --url "$province" | jq -r .enrolment)
on "$commune" init --join "$enrol" >/dev/null
on "$commune" config set seal.level recognized >/dev/null
repo=$province/communes/24175-2025-07-01/repo.git copy=$disk/communes/24175-2025-07-01/repo.git
day() {
    on "$commune" import "$TMPDIR/in/"*"$1.jpg" >/dev/null
    on "$commune" ocr run >/dev/null 2>&1
    on "$commune" bundle seal >/dev/null
    on "$commune" sync run >/dev/null 2>&1
    on "$province" ingest >/dev/null
}
packs() { find "$1/objects/pack" -name '*.pack' | wc -l; }
loose() { find "$1/objects" -path '*/objects/??/*' -type f | wc -l; }
day 1
day 2
objects() { git -C "$1" rev-list --objects --all | cut -d ' ' -f 1 | sort; }
before=$(objects "$repo")
many=$(packs "$repo")
num_ok "each push left a pack" "$many >= 8"
echo x >"$repo/objects/pack/tmp_pack_left"
touch -d '2 days ago' "$repo/objects/pack/tmp_pack_left"

run_is 0 "maintain" on "$province" --json care maintain
is "$(line repository '.unit + " " + .state') $(summary faults) $(summary busy)" "24175 done 0 0" "cares for the commune"
num_ok "few packs are left" "$(packs "$repo") <= 2"
is "$(loose "$repo")" 0 "and no single objects"
check "one index over them" test -e "$repo/objects/pack/multi-pack-index"
refuse "what a killed writer left is gone" test -e "$repo/objects/pack/tmp_pack_left"
is "$(objects "$repo")" "$before" "every object is there"
check "whole for git" git -C "$repo" fsck --strict --no-dangling
is "$(packs "$copy") $(loose "$copy")" "$(packs "$repo") 0" "the copy followed"
is "$(objects "$copy")" "$before" "with every object"
check "whole for git too" git -C "$copy" fsck --strict --no-dangling
run_is 0 "fsck --deep" on "$province" --json fsck --deep
is "$(summary faults)" 0 "no fault"
run_is 0 "ingest" on "$province" --json ingest
is "$(summary bundles) $(summary receipts)" "0 0" "finds nothing to do"

day 3
on "$commune" sync run >/dev/null 2>&1
run_is 0 "what is sent after it" on "$commune" --json sync status
is "$(summary accepted) $(summary waiting)" "0 0" "is received as ever"
run_is 0 "again" on "$province" --json care maintain
num_ok "packs stay few" "$(packs "$repo") <= 3"
is "$(objects "$repo")" "$(objects "$copy")" "in both places"
run_is 0 "backup" on "$province" --json backup create "$TMPDIR/backup"
run_is 0 "can be verified" "$SOHOA" --json backup verify "$TMPDIR/backup"

# A repository that has lost something: its copy keeps what it has.
kept=$(packs "$copy")
for p in "$repo"/objects/pack/*.pack; do rm -f "$p" "${p%.pack}.idx" "${p%.pack}.rev"; break; done
rm -f "$repo/objects/pack/multi-pack-index"
run on "$province" --json care maintain
isnt "$rc" 0 "a pack that is gone is no success"
is "$(packs "$copy")" "$kept" "and nothing of the copy is removed"
run_is 1 "a commune has no such care" on "$commune" --json care maintain
is "$(line error .code)" SH-ROLE "it belongs to the tier above"
done_testing
