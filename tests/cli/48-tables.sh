#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The entries of a register come as rows and columns; what cannot be read is told.
. "${0%/*}/lib.sh"
need jq sqlite3
pages=$(tool make-pages) || skip_all "make tools"
CMD_TIMEOUT=300

home=$(fresh_home tables)
out=$TMPDIR/out
"$pages" --seed 6301 --out "$TMPDIR/made" --kind register --level clean --hand 3 --blank 5 >/dev/null || not_ok "pages"
"$pages" --seed 6302 --out "$TMPDIR/made" --kind letter --level clean --incoming 0 --prefix letter >/dev/null
truth=$TMPDIR/register-0001.json
mv "$TMPDIR"/made/*.json "$TMPDIR"/made/*.txt "$TMPDIR"
"$SOHOA" -C "$home" init --role commune --unit 24175 >/dev/null
run on "$home" --json import "$TMPDIR/made"
item=$(line input 'select(.path | endswith("register-0001.jpg")).items[0]')
letter=$(line input 'select(.path | endswith("letter-0001.jpg")).items[0]')
run_is 0 "read" on "$home" --json ocr run --jobs 1

# ---- item show --------------------------------------------------------------------------
shown() { on "$home" --json item show "$1" | jq -c 'select(.type == "item")'; }
shown "$item" >"$TMPDIR/item"
of() { jq -r ".pages[0].tables | $1" "$TMPDIR/item"; }
is "$(of length)" 1 "one table"
is "$(of '.[0] | "\(.rows) \(.columns) \(.head)"')" "12 9 1" "eleven entries below a heading"
is "$(of '.[0].names | join("|")')" \
    "Số|Ngày đăng ký|Họ và tên|Giới tính|Ngày sinh|Nơi sinh|Dân tộc|Họ và tên mẹ|Họ và tên cha" "columns have the names printed above them"
is "$(of '.[0].fields | join(" ")')" "so ngayDangKy nksHoTen nksGioiTinh nksNgaySinh nksNoiSinh nksDanToc meHoTen chaHoTen" \
    "and are fields of a birth register"
is "$(jq -r '.fields | keys | join(" ")' "$TMPDIR/item")" quyenSo "which the record itself has not: it has eleven entries"
jq -r '.rows[] | [.so, .ngayDangKy, .nksHoTen, .nksGioiTinh, .nksNgaySinh, .nksNoiSinh, .nksDanToc, .meHoTen, .chaHoTen] | map(. // "") | .[]' "$truth" >"$TMPDIR/want"
of '.[0].cells[] | select(.row > 1) | .value' >"$TMPDIR/got"
is "$(wc -l <"$TMPDIR/got")" "$(wc -l <"$TMPDIR/want")" "as many cells as there are"
same=$(paste -d '\n' "$TMPDIR/want" "$TMPDIR/got" | awk 'NR % 2 { a = $0; next } a == $0' | wc -l)
note "$same of 99 cells are letter by letter what was printed"
num_ok "nine of ten cells are what was printed" "$same >= 90"
for column in 1 2 5; do
    is "$(of ".[0].cells[] | select(.row > 1 and .column == $column and (.doubtful | not)) | .value" | grep -vxFf "$TMPDIR/want")" '' \
        "no number of column $column is wrong and not doubtful"
done
is "$(of '[.[0].cells[] | select(.column == 8 and .row == 4) | .kind, .doubtful] | join(" ")')" "strip true" \
    "what is written by hand is to be keyed in"
is "$(of '[.[0].cells[] | select(.column == 8 and .row == 6) | .kind, .value, .doubtful] | join(" ")')" "empty  false" \
    "what is empty is not"
# The box of the strip lies in the table, right of the cell before and below the one above.
is "$(jq '.pages[0].tables[0] as $t | [$t.cells[] | select(.row == 4)] as $r | [$t.cells[] | select(.column == 8)] as $c |
    [$r[7].x >= $r[6].x + $r[6].w, $r[7].y >= $c[2].y + $c[2].h, $r[7].x + $r[7].w <= $t.x + $t.w] | all' "$TMPDIR/item")" true \
    "its place is its cell's"
like "$(on "$home" --lang en item show "$item")" "table 1: 11 entries of 9 columns, 1 cells to be keyed in.*row 4, column 8 to be keyed in: [0-9]+ × [0-9]+ px" "people are told"
is "$(shown "$letter" | jq '[.pages[].tables[]] | length')" 0 "a letter has no table"

# ---- for a spreadsheet ----------------------------------------------------------------------
run_is 0 "export" on "$home" --json export --format csv --tables --all -o "$out"
is "$(summary files)" 1 "a file of the record that has tables"
csv=$out/$item.tables.csv
is "$(head -c 3 "$csv" | od -An -tx1 | tr -d ' ')" efbbbf "with a mark for Excel"
is "$(wc -l <"$csv")" 12 "a line an entry, and the heading"
like "$(head -1 "$csv")" '"page","table","row","Số",.*"Họ và tên cha","doubtful"' "its columns"
like "$(sed -n 4p "$csv")" '"1","1","4",.*"8: ' "at its end what is doubtful"
run_is 1 "a record without tables is refused" on "$home" --json export --format csv --tables --item "$letter" -o "$out"
is "$(line error .code)" SH-EXPORT-EMPTY "with its code"
run_is 2 "csv of what?" on "$home" --json export --format csv --all -o "$out"
run_is 2 "no tables as text" on "$home" --json export --format txt --tables --all -o "$out"

# ---- once more -------------------------------------------------------------------------------
of '.[0].cells' >"$TMPDIR/before"
sqlite3 "$home/sohoa.db" "UPDATE page_grid SET tables = '[1]'"
is "$(shown "$item" | jq -c '.pages[0].tables')" "[]" "damaged tables are none"
sqlite3 "$home/sohoa.db" "UPDATE job SET state = 'queued', attempts = 0"
on "$home" ocr run --jobs 1 >/dev/null 2>&1
shown "$item" >"$TMPDIR/item"
of '.[0].cells' >"$TMPDIR/after"
check "read again it is the same" cmp "$TMPDIR/before" "$TMPDIR/after"
is "$(sqlite3 "$home/sohoa.db" 'SELECT count(*) FROM page_grid')" 1 "and stands there once"
done_testing
