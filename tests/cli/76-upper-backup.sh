#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A province is backed up and put back: catalogues, repositories, files, and who may send.
# timeout: 600
# again: ocr_direct
. "${0%/*}/lib.sh"
need git jq sqlite3
pages=$(tool make-pages) || skip_all "make tools"
province=$(fresh_home province) again=$TMPDIR/again dest=$TMPDIR/backup
mkdir "$TMPDIR/in"
"$pages" --seed 76 --out "$TMPDIR/in" --kind letter --count 3 --format jpeg --level clean --dpi 150 --keep 15 >/dev/null
on "$province" init --role province --unit 66 >/dev/null
files=("$TMPDIR/in"/*.jpg)
i=0
for unit in 24175 24121; do
    home=$(fresh_home "node$unit")
    on "$home" init --role commune --unit "$unit" --upstream "$province" >/dev/null
    enrol=$(on "$province" --json node add "$home/keys/node.pub" --unit "$unit" --url "$province" | jq -r .enrolment)
    on "$home" init --join "$enrol" >/dev/null
    on "$home" config set seal.level recognized >/dev/null
    on "$home" import "${files[$i]}" >/dev/null
    on "$home" ocr run >/dev/null 2>&1
    on "$home" bundle seal >/dev/null
    on "$home" sync run >/dev/null 2>&1
    i=$((i + 1))
done
one=$TMPDIR/node24175
on "$province" ingest >/dev/null
for unit in 24175 24121; do on "$TMPDIR/node$unit" sync run >/dev/null 2>&1; done
refs() { for r in "$1"/communes/*/repo.git; do git -C "$r" for-each-ref; done; }
hits() { on "$1" --json search cong hoa | jq -r 'select(.type=="summary").hits'; }

run_is 0 "backup of a province" on "$province" --json backup create "$dest"
num_ok "copies the objects of both communes" "$(summary objects_added) >= 6"
objects=$(summary objects)
run_is 0 "again" on "$province" --json backup create "$dest"
is "$(summary objects_added) $(summary objects)" "0 $objects" "copies nothing twice"
files_then=$(find "$dest" -path '*/files/*' -type f -newer "$dest/BACKUP.json" | wc -l)
is "$files_then" 0 "and the index is written last"
run_is 0 "verify" "$SOHOA" --json backup verify "$dest"
is "$(summary objects)" "$objects" "reads all parts"
run_is 0 "doctor" on "$province" --json doctor
is "$(line check 'select(.name == "backup") | .warning')" false "knows of it"

run_is 0 "restore" on "$again" --json backup restore "$dest"
is "$(refs "$again")" "$(refs "$province")" "the same chains, receipts and list of nodes"
is "$(hits "$again")" "$(hits "$province")" "the same records are found"
check "files bit for bit" diff -r "$province/communes/24175-2025-07-01/objects" "$again/communes/24175-2025-07-01/objects"
check "whole for git" git -C "$again/communes/24121-2025-07-01/repo.git" fsck --strict --no-dangling
run_is 0 "fsck --deep" on "$again" --json fsck --deep
is "$(summary faults)" 0 "no fault"
check "the lists for sshd name the new place" grep -q -F -- "-C $again receive" "$again/ssh/authorized_keys"
refuse "and not the old one" grep -q -F -- "-C $province receive" "$again/ssh/authorized_keys"
run_is 0 "doctor there" on "$again" --json doctor
is "$(line check 'select(.name | startswith("node")) | .ok' | sort -u)" true "opens its door for every node"
run_is 0 "ingest there" on "$again" --json ingest
is "$(summary bundles) $(summary receipts) $(summary failed)" "0 0 0" "finds nothing to do"

# Work goes on there.
on "$one" config set upstream.url "$again" >/dev/null
on "$one" import "${files[2]}" >/dev/null
on "$one" ocr run >/dev/null 2>&1
on "$one" bundle seal >/dev/null
on "$one" sync run >/dev/null 2>&1
run_is 0 "what a node sends next" on "$again" --json ingest
num_ok "is taken in, through the gate" "$(summary receipts) > 0"
on "$one" sync run >/dev/null 2>&1
run_is 0 "its receipts" on "$one" --json sync status
is "$(summary accepted) $(summary waiting)" "0 0" "follow those it had"

run_is 1 "restore over data is refused" on "$province" --json backup restore "$dest"
mv "$dest/communes/24121-2025-07-01/BACKUP.json" "$TMPDIR/kept"
run_is 20 "a part that is gone" "$SOHOA" --json backup verify "$dest"
is "$(line error .code)" SH-BACKUP-DAMAGED "is found"
run_is 20 "and nothing is restored from the rest" on "$TMPDIR/never" --json backup restore "$dest"
refuse "no node is made" test -e "$TMPDIR/never/node.json"
mv "$TMPDIR/kept" "$dest/communes/24121-2025-07-01/BACKUP.json"
object=$(find "$dest/communes/24121-2025-07-01/objects" -type f -size +1k | head -n 1)
printf 'X' | dd of="$object" bs=1 seek=100 conv=notrunc status=none
run_is 20 "a flipped byte in a part" "$SOHOA" --json backup verify "$dest"
like "$(line error .detail)" "${object##*/}" "is found and named"
run_is 0 "the next backup" on "$province" --json backup create "$dest"
run_is 0 "mends it" "$SOHOA" --json backup verify "$dest"
done_testing
