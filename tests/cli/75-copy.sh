#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A province keeps a second copy on another disk, and its receipts never say more than is true.
# timeout: 600
# again: ocr_direct
. "${0%/*}/lib.sh"
need git jq sqlite3
pages=$(tool make-pages) || skip_all "make tools"
commune=$(fresh_home commune) province=$(fresh_home province) disk=$TMPDIR/disk2
mkdir "$TMPDIR/in"
"$pages" --seed 75 --out "$TMPDIR/in" --kind letter --count 3 --format jpeg --level clean --dpi 150 --keep 15 >/dev/null
on "$province" init --role province --unit 66 >/dev/null
on "$commune" init --role commune --unit 24175 --upstream "$province" >/dev/null
enrol=$(on "$province" --json node add "$commune/keys/node.pub" --unit 24175 --url "$province" | jq -r .enrolment)
on "$commune" init --join "$enrol" >/dev/null
on "$commune" config set seal.level recognized >/dev/null
copy=$disk/communes/24175-2025-07-01/repo.git
repo=$province/communes/24175-2025-07-01/repo.git
refs() { git -C "$1" for-each-ref --format='%(objectname) %(refname)'; }

# day N: one more page is sealed and sent
day() {
    on "$commune" import "$TMPDIR/in/"*"$1.jpg" >/dev/null
    on "$commune" ocr run >/dev/null 2>&1
    on "$commune" bundle seal >/dev/null
    on "$commune" sync run >/dev/null 2>&1
}
doctor() { on "$province" --json doctor 2>/dev/null | jq -r "select(.name == \"second copy\") | $1"; }

is "$(doctor '"\(.ok) \(.warning)"')" "true true" "without a second copy doctor warns"
day 1
run_is 0 "without one" on "$province" --json ingest
is "$(line receipt .copies | sort -u)" 1 "receipts say one copy"
bundles=$(summary receipts)

on "$province" config set copy.folder "$disk" >/dev/null
is "$(doctor '"\(.ok) \(.found)"' | cut -c 1-10)" "false sinc" "a folder that is not there is an error"
day 2
run_is 3 "ingest without the second disk" on "$province" --json ingest
is "$(line failed .code) $(summary receipts) $(summary copied)" "SH-COPY 0 false" "takes in, and writes no receipt"
on "$commune" sync run >/dev/null 2>&1
run_is 0 "at the commune" on "$commune" --json sync status
is "$(summary durable)" "$bundles" "what had a receipt is durable"
num_ok "what came later is accepted and no more" "$(summary accepted) == $bundles"
num_ok "and it says since when" "$(summary accepted_since) > 1700000000"
since=$(sqlite3 "$province/province.db" "SELECT value FROM fact WHERE key='copy.trouble'")
run_is 3 "again" on "$province" --json ingest
is "$(sqlite3 "$province/province.db" "SELECT value FROM fact WHERE key='copy.trouble'")" "$since" "the trouble keeps its beginning"

mkdir "$disk"
run_is 0 "the disk comes" on "$province" --json ingest
is "$(line receipt .copies | sort -u) $(summary receipts)" "2 $((bundles * 2))" "all bundles get a receipt for two copies, also the earlier ones"
is "$(refs "$copy")" "$(refs "$repo")" "the copy has the same refs, receipts too"
check "and is whole for git" git -C "$copy" fsck --strict --no-dangling
is "$(doctor '"\(.ok) \(.warning)"')" "true true" "doctor warns of the same disk"
run_is 0 "ingest again" on "$province" --json ingest
is "$(summary receipts)" 0 "writes nothing twice"
on "$commune" sync run >/dev/null 2>&1
run_is 0 "at the commune" on "$commune" --json sync status
is "$(summary durable) $(summary accepted)" "$((bundles * 2)) 0" "all is durable"
is "$(sqlite3 "$commune/sohoa.db" 'SELECT DISTINCT copies FROM bundle')" 2 "in two copies"
run_is 0 "receipts" on "$commune" --json receipt list
is "$(line receipt .copies | sort | uniq -c | tr -s ' ' | paste -sd,)" " $bundles 1, $((bundles * 2)) 2" "every one of them is kept"

# A disk that is not mounted: the folder is there and empty.
mv "$disk" "$disk.away"
mkdir "$disk"
day 3
run_is 3 "an empty folder in the place of the disk" on "$province" --json ingest
is "$(line failed .code) $(summary receipts)" "SH-COPY 0" "is not written to"
is "$(find "$disk" -type f | wc -l)" 0 "not a byte"
run_is 3 "care copy says so" on "$province" --json care copy
is "$(line error .code)" SH-COPY "with the code"
run_is 0 "care copy --new: it is a new disk" on "$province" --json care copy --new
is "$(summary complete)" true "all is copied"
is "$(refs "$copy")" "$(refs "$repo")" "again"
run_is 0 "and ingest goes on" on "$province" --json ingest
is "$(line receipt .copies | sort -u) $(summary receipts)" "2 $bundles" "with receipts for two"
run_is 0 "fsck --deep" on "$province" --json fsck --deep
is "$(summary faults)" 0 "compares the copy"
object=$(find "$copy/objects" -name '*.pack' | head -n 1)
chmod u+w "$object"
printf 'X' | dd of="$object" bs=1 seek=100 conv=notrunc status=none
run_is 20 "a flipped byte there" on "$province" --json fsck --deep
is "$(line fault .fault)" copy "is found"
like "$(line fault .what)" "${object##*/}" "and named"

# Another province's folder is never written over.
other=$(fresh_home other)
on "$other" init --role province --unit 67 >/dev/null
on "$other" config set copy.folder "$disk" >/dev/null
run_is 3 "the folder of another province" on "$other" --json care copy
is "$(line error .code)" SH-COPY "is refused"
run_is 1 "a commune has no second copy" on "$commune" --json care copy
is "$(line error .code)" SH-ROLE "it belongs to the tier above"

# Given up: receipts tell it.
on "$province" config set copy.folder "" >/dev/null
run_is 0 "without a second copy again" on "$province" --json ingest
is "$(line receipt .copies | sort -u) $(summary receipts)" "1 $((bundles * 3))" "every bundle has a receipt for one"
on "$commune" sync run >/dev/null 2>&1
is "$(sqlite3 "$commune/sohoa.db" 'SELECT DISTINCT state, copies FROM bundle')" "durable|1" "and the commune knows"
done_testing
