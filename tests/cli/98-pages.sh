#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 900
# Single pages: a better picture takes the place of a page after it was read, pages are
# inserted and turned about, nothing is lost, what people wrote stays, and the tier above
# follows the record.
. "${0%/*}/lib.sh"
need jq
pages=$(tool make-pages) || skip_all "make tools"

home=$(fresh_home commune) province=$(fresh_home province)
"$pages" --seed 98 --out "$TMPDIR/in" --kind letter --count 9 --level clean --dpi 150 --keep 25 >/dev/null
pic() { echo "$TMPDIR/in/letter-000$1.jpg"; }
run_is 0 'a commune' on "$home" init --role commune --unit 24175
run_is 0 'a province' on "$province" init --role province --unit 66
on "$province" node add "$home/keys/node.pub" --unit 24175 --url "$province" >/dev/null
on "$home" init --join "$province/enrol/$(jq -r .node "$home/node.json").json" >/dev/null
printf 'mot cau de nho\n' | "$SOHOA" -C "$home" user add lan --role verifier --password-stdin >/dev/null
printf 'mot cau de nho\n' | "$SOHOA" -C "$home" user add mai --role clerk --password-stdin >/dev/null

on "$home" --json dossier add --kind file --title 'Hồ sơ đất' >"$TMPDIR/dossier"
dossier=$(jq -r 'select(.type == "dossier") | .dossier' "$TMPDIR/dossier")
run_is 3 'two of three pages are there' \
    on "$home" --json import --dossier "$dossier" --per-file page --expect 3 "$(pic 1)" "$(pic 2)"
item=$(line input '.items[0]' | head -1)
first=$(line input '.pages[0]' | sed -n 1p) second=$(line input '.pages[0]' | sed -n 2p)
of() { on "$home" --json item show "$item" | jq -r "select(.type == \"item\") | $1"; }
places() { of '.pages[].page'; }
run_is 0 'they are read' on "$home" ocr run --jobs 1
run_is 0 'a person writes what the book says' on "$home" item set "$item" Subject='Về việc cấp giấy' --user lan
run_is 0 'and verifies the record' on "$home" item verify "$item" --user lan
run_is 1 'a page is missing: it is not sealed' on "$home" --json bundle seal --item "$item"
is "$(json 'select(.type == "error") | .code')" SH-ITEM-PAGES 'which is said'
like "$(json 'select(.type == "error") | .detail')" '2/3' 'with both counts'

# ---- inserted ------------------------------------------------------------------------------
run_is 0 'the missing page is inserted' on "$home" --json page insert "${first:0:12}" "$(pic 3)" --why 'sót mặt sau' --user mai
is "$(line input '"\(.status) \(.place) \(.seq)"')" 'stored insert 2' 'after the first'
third=$(line input '.pages[0]')
is "$(places | tr '\n' ' ')" "$first $third $second " 'in its place'
is "$(of .state)" described 'and the record is to be verified again'
run_is 12 'a user that is not there inserts nothing' on "$home" --json page insert "$first" "$(pic 4)" --user nobody

# ---- replaced ------------------------------------------------------------------------------
run_is 0 'a page is replaced' on "$home" --json page replace "$first" "$(pic 4)" --why 'ảnh mờ' --user mai
fourth=$(line input '.pages[0]')
is "$(line input '.past')" "$first" 'by a better picture'
run_is 0 'it is read' on "$home" ocr run --jobs 1
run_is 0 'the record' on "$home" --json item show "$item"
is "$(line item '.fields.Subject | "\(.value) \(.source)"')" 'Về việc cấp giấy clerk' 'keeps what a person wrote'
is "$(line item '.pages[0] | "\(.page) \(.state)"')" "$fourth recognized" 'shows the new picture'
is "$(line item '.past[0] | "\(.page) \(.seq)"')" "$first 1" 'and knows the former one'
check 'whose file is still there' test -s "$home/objects/${first:0:2}/$first"
run_is 0 'its history' on "$home" --json item history "$item"
is "$(line event 'select(.act == "page.replace") | "\(.actor) \(.detail.past) \(.detail.seq) \(.detail.why)"')" \
    "mai $first 1 ảnh mờ" 'says who, which page and why'
run_is 0 'in words as well' on "$home" --lang vi item history "$item"
like "$(cat "$OUT")" 'thay trang bằng ảnh khác' 'for people'
run_is 12 'a page that went is no place any more' on "$home" --json page replace "$first" "$(pic 5)"
is "$(json 'select(.type == "error") | .code')" SH-PAGE-PAST 'is said'
run_is 3 'a picture stands in one place only' on "$home" --json page insert "$fourth" "$(pic 2)"
is "$(line input .code)" SH-PAGE-ELSEWHERE 'which is said'
is "$(places | wc -l)" 3 'and nothing was added'
words=$(of '.pages[1].text' | tr -s ' \n' ' ' | cut -d' ' -f1-6)
run_is 0 'search finds the new page' on "$home" --json search "\"$words\""

# ---- turned about, let be ----------------------------------------------------------------------
run_is 0 'the two sides of a sheet change places' on "$home" --json page swap "$third" --user mai
is "$(places | tr '\n' ' ')" "$third $fourth $second " 'as they lie in the book'
run_is 0 'and back, by name' on "$home" --json page swap "$third" "$fourth"
run_is 0 'a mark is let be' on "$home" --json page keep "$second" --user mai
is "$(of '.pages[2].kept')" true 'and stands in the record'
run_is 0 'and taken back' on "$home" --json page keep "$second" --undo
is "$(of '.pages[2].kept')" null 'it is gone'

# ---- sealed, and replaced once more ---------------------------------------------------------------
on "$home" item verify "$item" --user lan >/dev/null
run_is 0 'with all pages it is sealed' on "$home" --json bundle seal --item "$item"
sync() { on "$home" sync run >/dev/null 2>&1; on "$province" ingest >/dev/null 2>&1; on "$home" sync run >/dev/null 2>&1; }
sync
catalog=$(find "$province/communes" -name catalog.db)
above() { sqlite3 "$catalog" "SELECT name FROM page WHERE past = $1 ORDER BY seq" | tr '\n' ' '; }
is "$(above 0)" "$fourth $third $second " 'the province has its pages'
run_is 0 'a page of a sealed record is replaced' on "$home" --json page replace "$third" "$(pic 5)" --why 'quét lại' --user mai
fifth=$(line input '.pages[0]')
is "$(of '"\(.rev) \(.sealed_rev) \(.state)"')" '2 1 described' 'in its next revision'
run_is 0 'it is read' on "$home" ocr run --jobs 1
run_is 0 'not verified: nothing of it goes' on "$home" bundle seal
sync
is "$(above 0)" "$fourth $third $second " 'the province keeps what it had'
on "$home" item verify "$item" --user lan >/dev/null
run_is 0 'verified and sealed' on "$home" bundle seal
sync
is "$(above 0)" "$fourth $fifth $second " 'the province follows the record'
is "$(above 1)" "$third " 'and keeps the former picture'
run_is 0 'the former picture comes back' on "$home" --json page replace "$fifth" "$(pic 3)" --why 'nhầm ảnh' --user mai
is "$(line input '"\(.status) \(.past)"')" "duplicate $fifth" 'in the place of the other'
on "$home" ocr run --jobs 1 >/dev/null
on "$home" item verify "$item" --user lan >/dev/null
on "$home" bundle seal >/dev/null
sync
is "$(above 0)" "$fourth $third $second " 'above as well'
run_is 0 'the province still finds its text' on "$province" --json search "\"$words\""
num_ok 'once' "$(summary hits) >= 1"
run_is 0 'all is whole here' on "$home" fsck
run_is 0 'and there' on "$province" fsck

# ---- by the scanner ------------------------------------------------------------------------------
export SANE_CONFIG_DIR=$TMPDIR/sane
mkdir "$SANE_CONFIG_DIR"
echo test >"$SANE_CONFIG_DIR/dll.conf"
run_is 0 'the scanner replaces a page' on "$home" --json scan run --size max --dpi 75 --replace "$second" --why 'mờ' --user mai
is "$(line input '"\(.place) \(.past)"')" "replace $second" 'by one picture'
run_is 2 'a record and a dossier at once' on "$home" scan run --replace "$fourth" --dossier "$dossier"

# A stack whose page was replaced meanwhile.
run_is 0 'a stack is scanned for after a page' on "$home" --json scan run --size max --dpi 75 --after "$fourth" --keep-open --user mai
run_is 0 'meanwhile that page is replaced' on "$home" --json page replace "$fourth" "$(pic 6)" --user mai
run_is 12 'the stack has no place any more' on "$home" --json scan finish
run_is 0 'which is told' on "$home" --json scan stack
is "$(line stack '"\(.aim) \(.past)"')" "$fourth true" 'with the page'
run_is 2 'two places at once' on "$home" scan finish --at-end --after "$fourth"
run_is 0 'it is taken in at the end' on "$home" --json scan finish --at-end
is "$(line input '"\(.status) \(.place)"')" 'stored insert' 'of the record'
is "$(places | tail -1)" "$(line input '.pages[0]')" 'as its last page'

# ---- slips before the sheets ------------------------------------------------------------------
on "$home" --json dossier add --kind register --register birth --year 2003 --volume 1 --title 'Khai sinh 2003' >"$TMPDIR/book"
book=$(jq -r 'select(.type == "dossier") | .dossier' "$TMPDIR/book")
for i in 1 2 3 4; do
    on "$home" --json slip print --dossier "$book" --from 21 -o "$TMPDIR/first-$i.html" >"$TMPDIR/first-$i" 2>/dev/null &
done
wait
is "$(jq -r 'select(.type == "slip") | .text' "$TMPDIR"/first-? | sort -u | wc -l)" 1 'all that print at once have one key'
run_is 2 'more slips than one call prints' on "$home" slip print --dossier "$book" --from 1 --to 500 -o "$TMPDIR/slips.html"
run_is 0 'slips are printed' on "$home" --json slip print --dossier "$book" --from 21 --to 22 -o "$TMPDIR/slips.html"
is "$(line slip .number | tr '\n' ' ')$(summary slips)" '21/2003 22/2003 2' 'one for each number'
if command -v chromium >/dev/null; then
    chromium --headless --no-sandbox --disable-gpu --no-pdf-header-footer --print-to-pdf="$TMPDIR/slips.pdf" \
        "file://$TMPDIR/slips.html" >/dev/null 2>&1
    mkdir "$TMPDIR/stack"
    pdftoppm -r 150 -png "$TMPDIR/slips.pdf" "$TMPDIR/slip"
    cp "$TMPDIR/slip-1.png" "$TMPDIR/stack/1.png"
    cp "$(pic 7)" "$TMPDIR/stack/2.jpg"
    cp "$(pic 8)" "$TMPDIR/stack/3.jpg"
    cp "$TMPDIR/slip-2.png" "$TMPDIR/stack/4.png"
    cp "$(pic 9)" "$TMPDIR/stack/5.jpg"
    run_is 0 'a stack with slips' on "$home" --json import "$TMPDIR/stack"
    is "$(line input 'select(.slip) | "\(.slip.dossier) \(.slip.number) \(.pages | length)"' | tr '\n' ' ')" \
        "$book 21/2003 0 $book 22/2003 0 " 'the slips are found and are no pages'
    is "$(line input 'select(.slip | not) | .items[0]' | uniq -c | awk '{ print $1 }' | tr '\n' ' ')" '2 1 ' \
        'what lies between them is one record'
    run_is 0 'that stands in the register' on "$home" --json item list --dossier "$book"
    is "$(line item .pages | tr '\n' ' ')" '2 1 ' 'with its pages'
    item=$(line item .item | head -1)
    is "$(of '.fields.so | "\(.value) \(.source)"')" '21/2003 clerk' 'under the number of its slip'
    run_is 0 'the same stack again' on "$home" --json import "$TMPDIR/stack"
    is "$(summary stored) $(summary duplicate)" '0 5' 'is known'
    # A slip that lies on a page, one of another node, one of a register that is closed.
    mkdir "$TMPDIR/on"
    {
        echo '<meta charset="utf-8"><style>@page { size: A4; margin: 0 } * { print-color-adjust: exact }'
        echo 'section { background: #fff; width: 180mm; height: 266mm; position: absolute !important; left: 40mm; top: 30mm;'
        echo '  transform: scale(.6); transform-origin: 0 0 } img { width: 200mm }</style>'
        echo "<img src=\"file://$(pic 6)\">"
        sed '1,/<\/style>/d; /<\/section>/q' "$TMPDIR/slips.html"
        echo '<style>svg { width: 70mm; height: 70mm } svg + svg { position: absolute; right: 0; bottom: 0; width: 45mm; height: 45mm }</style>'
    } >"$TMPDIR/on.html"
    chromium --headless --no-sandbox --disable-gpu --no-pdf-header-footer --print-to-pdf="$TMPDIR/on.pdf" \
        "file://$TMPDIR/on.html" >/dev/null 2>&1
    pdftoppm -r 150 -png -singlefile "$TMPDIR/on.pdf" "$TMPDIR/on/1"
    run_is 0 'a slip photographed with a page' on "$home" --json import "$TMPDIR/on"
    is "$(line input '"\(.status) \(.code) \(.slip.number) \(.pages | length)"')" \
        'stored SH-SLIP-PAGE 21/2003 1' 'holds, and the page is kept'
    like "$(line input .vi)" 'phiếu' 'which is said'
    other=$(fresh_home other)
    run_is 0 'another node' on "$other" init --role commune --unit 24178
    run_is 0 'that works with slips' on "$other" --json dossier add --kind register --register birth --year 2003 --volume 1 --title 'Khai sinh'
    run_is 0 'of its own' on "$other" slip print --dossier "$(line dossier .dossier)" -o "$TMPDIR/others.html"
    cp "$TMPDIR/slip-2.png" "$TMPDIR/on/1.png"
    run_is 0 'takes in a slip that it did not print' on "$other" --json import "$TMPDIR/on"
    is "$(line input '"\(.status) \(.code) \(.slip) \(.pages | length)"')" 'stored SH-SLIP-STRANGE null 1' \
        'it is a page there, and it is said'
else
    skip 'no chromium to print slips with' 16
fi
done_testing
