#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Sheets that were photographed, and pages that lie on a side or on their head, are read
# and found; a page that is wide by nature stays as it is.
# timeout: 600
. "${0%/*}/lib.sh"
need jq
pages=$(tool make-pages) || skip_all "make tools"
score=$(tool score) || skip_all "make tools"
CMD_TIMEOUT=400
d=$TMPDIR/made

make_page() { # PREFIX OPTIONS...: one page
    local prefix=$1
    shift
    "$pages" --out "$d" --count 1 --prefix "$prefix" "$@" >/dev/null || not_ok "page $prefix"
}
make_page photo --seed 51 --kind letter --level phone
make_page side --seed 52 --kind letter --level moderate --turn 90
make_page head --seed 53 --kind typed --level moderate --turn 180
make_page other --seed 54 --kind letter --level clean --turn 270
make_page headphoto --seed 55 --kind letter --level phone --turn 180
make_page wide --seed 56 --kind register --level moderate
make_page wideside --seed 57 --kind register --level clean --turn 90
mkdir "$TMPDIR/in"
cp "$d"/*.jpg "$TMPDIR/in/"

home=$(fresh_home desk)
"$SOHOA" -C "$home" init --role commune --unit 24175 >/dev/null
run on "$home" --json import "$TMPDIR/in"
is "$(summary stored)" 7 'all are imported'
line input '[.path, .items[0]] | @tsv' >"$TMPDIR/items"
run_is 0 'and read' on "$home" --json ocr run --jobs 1
item_of() { awk -F '\t' -v n="/$1-0001.jpg" 'index($1, n) { print $2 }' "$TMPDIR/items"; }
for p in photo side head other headphoto wide wideside; do
    on "$home" --json item show "$(item_of $p)" >"$TMPDIR/$p.item"
    jq -r 'select(.type == "item") | .text' "$TMPDIR/$p.item" >"$TMPDIR/$p.read"
    r=$("$score" "$d/$p-0001.txt" "$TMPDIR/$p.read")
    num_ok "$p: words are read ($r)" "${r%% *} > 0.9"
done

# The number of each letter is what people look for.
for p in photo side other headphoto; do
    number=$(jq -r '.CodeNumber + "/" + .CodeNotation' "$d/$p-0001.json")
    run on "$home" --json search "$number"
    like "$(cat "$OUT")" "$(item_of $p)" "$p: found by its number"
done

# And the fields of its head stand where they stand on any letter.
field() { jq -r --arg n "$2" 'select(.type == "item") | .fields[$n].value' "$TMPDIR/$1.item"; }
for p in photo side other headphoto; do
    for f in CodeNumber IssuedDate OrganName; do
        is "$(field $p $f)" "$(jq -r --arg n "$f" '.[$n]' "$d/$p-0001.json")" "$p: $f"
    done
done
done_testing
