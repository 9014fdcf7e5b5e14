#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The clerk verifies in a real browser by keys alone, with Telex and VNI, over reloads and silence.
# timeout: 900
. "${0%/*}/lib.sh"
. "${0%/*}/browser.sh"
web_need
pages=$(tool make-pages) || skip_all "make tools"

home=$(fresh_home node)
in=$TMPDIR/in
"$pages" --seed 92 --out "$in" --kind letter --count 4 --level clean --dpi 150 --keep 40 >/dev/null
run_is 0 "init" on "$home" init --role commune --unit 24175
run_is 0 "a register" on "$home" --json dossier add --kind register --title "Khai sinh 2003, quyển 1" \
    --register birth --year 2003 --volume 1 --from 1 --to 12
book=$(line dossier .dossier)
run_is 0 "pages" on "$home" --json import --dossier "$book" --kind birth "$in"/letter*.jpg
items=$(line input '.items[]' | sort -u)
check "a verifier" web_user "$home" lan admin
run_is 0 "the pages are read" on "$home" ocr run

# Each record gets the twelve fields of a birth entry, two of them doubtful, as recognition
# would have left them.
n=0
for item in $items; do
    n=$((n + 1))
    sqlite3 "$home/sohoa.db" "
        DELETE FROM field WHERE item = (SELECT id FROM item WHERE name = '$item');
        WITH f (name, value, doubtful, reason) AS (VALUES
            ('so', '0$n/2003', 0, ''), ('quyenSo', '01/2003', 0, ''), ('ngayDangKy', '2003-09-20', 0, ''),
            ('nksHoTen', 'NGUYÊN THỊ HỒNG NHUNG', 1, 'surname-marks'), ('nksGioiTinh', 'Nữ', 0, ''),
            ('nksNgaySinh', '2003-09-14', 1, 'two-readings'), ('nksNoiSinh', 'Trạm y tế xã Phú Thịnh', 0, ''),
            ('nksDanToc', 'Kinh', 0, ''), ('meHoTen', 'TRẦN THỊ BÍCH', 0, ''), ('meNgaySinh', '1979', 0, ''),
            ('chaHoTen', 'NGUYỄN VĂN TOÀN', 0, ''), ('chaNgaySinh', '1975', 0, ''))
        INSERT INTO field (item, name, value, source, confidence, doubtful, reason, actor, rev, at, present)
            SELECT i.id, f.name, f.value, 'ocr', iif(f.doubtful, 55, 96), f.doubtful, f.reason, 'ocr', i.rev, i.created, 1
            FROM item i, f WHERE i.name = '$item';" || not_ok "fields of $item"
done
# shellcheck disable=SC2086 # words on purpose
set -- $items

serve_start "$home" /dossiers /items
web keys WEB_ITEMS="$1 $2 $3"
web ime WEB_ITEM="$4"
done_testing
