#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A record that people go on with while it is being sealed: what they did is not lost, it
# is the next revision. The seal is stopped where it is longest: the bundle is on the
# disk, the ledger does not know it yet.
. "${0%/*}/lib.sh"
need git jq sqlite3
pages=$(tool make-pages) || skip_all "make tools"
home=$(fresh_home node)
on "$home" init --role commune --unit 24175 >/dev/null
mkdir "$TMPDIR/in"
"$pages" --seed 62 --out "$TMPDIR/in" --kind letter --count 6 --format jpeg --level clean --dpi 150 --keep 15 >/dev/null
all=("$TMPDIR/in"/*.jpg)
mv "${all[-1]}" "$TMPDIR/better.jpg"
run_is 0 "five records" on "$home" --json import "$TMPDIR/in"/*.jpg
read -r set verified returned same renewed <<<"$(line input '.items[]' | paste -sd' ')"
former=$(line input '.pages[0]' | tail -1)
run_is 0 "are read" on "$home" ocr run
run_is 0 "a verifier" on "$home" user add lan --role verifier
run_is 0 "has verified one" on "$home" item verify "$set" --user lan
run_is 0 "and another" on "$home" item verify "$same" --user lan
run_is 0 "and a third" on "$home" item verify "$renewed" --user lan

mkdir "$TMPDIR/before" && cp "$home"/sohoa.db* "$TMPDIR/before/"
run_is 0 "a seal" on "$home" --json bundle seal --unverified
is "$(summary items)" 5 "of all five"
# as if it had ended behind its first bundle, which has its number, before the ledger
rm "$home"/sohoa.db* && cp "$TMPDIR/before"/sohoa.db* "$home/"
sqlite3 "$home/sohoa.db" "INSERT INTO counter VALUES ('bundle', 1)"
for ref in $(git -C "$home/transport.git" for-each-ref --format='%(refname)' refs/sohoa | grep -v 'meta$'); do
    git -C "$home/transport.git" update-ref -d "$ref"
done

state() { on "$home" --json item show "$1" | jq -r 'select(.type == "item") | .state + " " + (.rev|tostring) + " " + (.sealed_rev|tostring)'; }
sealed() { # what the newest meta bundle says of a record
    local ref
    ref=$(git -C "$home/transport.git" for-each-ref --format='%(refname)' refs/sohoa | grep 'meta$')
    git -C "$home/transport.git" show "$ref:meta.jsonl" | jq -r --arg i "$1" 'select(.item == $i) | (.rev|tostring) + " " + .level + " " + (.fields.CodeNumber // "" | tostring)'
}
run_is 0 "meanwhile one is corrected" on "$home" item set "$set" CodeNumber=4711
run_is 0 "one is verified" on "$home" item verify "$verified" --user lan
run_is 0 "one is returned" on "$home" item return "$returned" --why "thiếu trang" --user lan
run_is 0 "a page is replaced" on "$home" page replace "$former" "$TMPDIR/better.jpg" --why "ảnh mờ" --user lan
run_is 0 "the next seal takes over what the first one made" on "$home" --json bundle seal
is "$(line bundle '.class + " " + (.seq|tostring)' | grep -c 'meta 1')" 1 "as it is"
is "$(state "$set")" "described 2 1" "the correction is the next revision"
is "$(state "$returned")" "returned 2 1" "what was returned stays so"
is "$(state "$same")" "sealed 1 1" "what nobody touched is sealed"
is "$(state "$verified")" "sealed 2 2" "what was verified meanwhile is sealed as verified"
of_class() { git -C "$home/transport.git" for-each-ref --format='%(refname)' refs/sohoa | grep "$1\$"; }
names() { git -C "$home/transport.git" show "$(of_class "$1"):manifest.json" | jq -r '.objects[].page // empty' | sort -u; }
is "$(names text | grep -c "$former")" 1 "the page that was replaced meanwhile goes up with its text, as its card says"
is "$(names page | grep -c "$former")" 1 "and with its picture"
is "$(sealed "$verified" | cut -d' ' -f1,2)" "2 verified" "in the bundle after it"
run_is 0 "verify the correction" on "$home" item verify "$set" --user lan
run_is 0 "seal" on "$home" --json bundle seal
is "$(sealed "$set")" "2 verified 4711" "and the correction travels"
is "$(state "$set")" "sealed 2 2" "as its own revision"
run_is 0 "a sound store" on "$home" fsck --deep
done_testing
