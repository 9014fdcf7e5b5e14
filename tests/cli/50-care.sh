#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Damage is found and named; backups bring everything back; derived data is made anew.
# again: ocr_direct
. "${0%/*}/lib.sh"
need git jq sqlite3
pages=$(tool make-pages) || skip_all "make tools"
home=$(fresh_home node)
on "$home" init --role commune --unit 24175 >/dev/null
mkdir "$TMPDIR/in"
"$pages" --seed 8 --out "$TMPDIR/in" --kind letter --count 2 --format jpeg --dpi 150 >/dev/null
on "$home" import "$TMPDIR/in"/*.jpg >/dev/null
on "$home" ocr run >/dev/null 2>&1
on "$home" config set seal.level recognized >/dev/null
run_is 0 "what may be sealed is a setting" on "$home" --json bundle seal
is "$(summary items)" 2 "here also what is only recognized"

run_is 0 "a sound store" on "$home" --json fsck --deep
is "$(summary faults) $(summary objects)" "0 6" "has no faults: a file, a page and a thumb of each record"
num_ok "bundles are looked at" "$(summary bundles) >= 3"

run_is 0 "backup" on "$home" --json backup create "$TMPDIR/backup"
is "$(summary objects_added)" 6 "copies the objects"
run_is 0 "again" on "$home" --json backup create "$TMPDIR/backup"
is "$(summary objects_added)" 0 "copies nothing twice"
run_is 2 "without a folder" on "$home" backup create
on "$home" config set backup.folder "$TMPDIR/backup" >/dev/null
run_is 0 "the folder is a setting" on "$home" --json backup create
is "$(summary objects)" 6 "it is the same backup"
run_is 0 "verify" "$SOHOA" --json backup verify "$TMPDIR/backup"
run_is 0 "restore" on "$TMPDIR/again" --json backup restore "$TMPDIR/backup"
is "$(on "$TMPDIR/again" --json item list | jq -s -c 'map(.item // empty)')" "$(on "$home" --json item list | jq -s -c 'map(.item // empty)')" "the same items"
is "$(on "$TMPDIR/again" --json search cong hoa | jq -r 'select(.type=="summary").hits')" 2 "found as before"
refs() { git -C "$1/transport.git" for-each-ref; }
is "$(refs "$TMPDIR/again")" "$(refs "$home")" "the same bundle chains"
check "whole for git" git -C "$TMPDIR/again/transport.git" fsck --strict --no-dangling

ref=$(git -C "$home/transport.git" for-each-ref --format='%(refname)' '*/text' | head -n 1)
[ -n "$ref" ] || ref=$(git -C "$home/transport.git" for-each-ref --format='%(refname)' | head -n 1)
tip=$(git -C "$home/transport.git" rev-parse "$ref")
git -C "$home/transport.git" update-ref -d "$ref"
run_is 20 "a chain that is gone" on "$home" --json fsck
is "$(line fault '.fault + " " + .what')" "chain $ref" "is found and named"
git -C "$home/transport.git" update-ref "$ref" "$tip"
run_is 0 "put back" on "$home" --json fsck

item=$(on "$TMPDIR/again" --json item list | jq -r '.item // empty' | head -n 1)
run_is 0 "work goes on there: a correction" on "$TMPDIR/again" item set "$item" CodeNumber=77
run_is 0 "is sealed" on "$TMPDIR/again" --json bundle seal
is "$(line bundle '.class + " " + (.seq|tostring)')" "meta 2" "as the next of its chain"
run_is 1 "restore over data is refused" on "$home" --json backup restore "$TMPDIR/backup"
is "$(line error .code)" SH-HOME-EXISTS "with its code"
f=$(find "$TMPDIR/backup/objects" -type f -size +1k | head -n 1)
printf 'X' | dd of="$f" bs=1 seek=100 conv=notrunc status=none
run_is 20 "a flipped byte in a backup" "$SOHOA" --json backup verify "$TMPDIR/backup"
like "$(line error .code)" SH-BACKUP-DAMAGED "is found"

object=$(find "$home/objects" -type f -size +1k | head -n 1)
cp "$object" "$TMPDIR/object"
printf 'X' | dd of="$object" bs=1 seek=1000 conv=notrunc status=none
run_is 20 "a flipped byte" on "$home" --json fsck --deep
like "$(line fault .what | paste -sd' ')" "${object##*/}" "is found and named"
rm "$object"
run_is 20 "a missing object" on "$home" --json fsck
like "$(line fault '.fault + " " + .what')" "${object##*/}" "is found without --deep"
cp "$TMPDIR/object" "$object"
run_is 0 "put back" on "$home" --json fsck --deep
cp "$TMPDIR/object" "$home/objects/00/stranger"
run_is 0 "a stranger is harmless" on "$home" --json fsck
is "$(summary harmless)" 1 "but told"
rm "$home/objects/00/stranger"

cp "$home/sohoa.db" "$TMPDIR/db"; cp "$home/sohoa.db-wal" "$TMPDIR/db-wal" 2>/dev/null
refuse "the audit chain refuses an edit" sqlite3 "$home/sohoa.db" "UPDATE audit SET actor='x' WHERE seq=1"
sqlite3 "$home/sohoa.db" "PRAGMA writable_schema=ON; DELETE FROM sqlite_schema WHERE type='trigger' AND tbl_name='audit'" 2>/dev/null
if sqlite3 "$home/sohoa.db" "UPDATE audit SET actor='x' WHERE seq=1" 2>/dev/null; then
    run_is 20 "who goes round the trigger" on "$home" --json fsck
    like "$(line fault .fault | paste -sd' ')" audit "is found by the chain"
else
    ok "who goes round the trigger cannot" ; ok "at all"
fi

home2=$TMPDIR/again
run_is 0 "rebuild" on "$home2" rebuild
is "$(on "$home2" --json search cong hoa | jq -r 'select(.type=="summary").hits')" 2 "search works after it"
run_is 0 "and the store is sound" on "$home2" --json fsck --deep --repair

sqlite3 "$home2/sohoa.db" "PRAGMA user_version=9999"
run_is 1 "a store of a newer program" on "$home2" --json item list
is "$(line error .code)" SH-STORE-NEWER "is not touched"
is "$(sqlite3 "$home2/sohoa.db" 'PRAGMA user_version')" 9999 "indeed"
done_testing
