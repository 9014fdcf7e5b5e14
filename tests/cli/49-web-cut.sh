#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The power goes in the middle of any screen: reopened where it was, nothing typed is lost.
# timeout: 1500
. "${0%/*}/lib.sh"
. "${0%/*}/browser.sh"
need pgrep
web_need
pages=$(tool make-pages) || skip_all "make tools"
export SANE_CONFIG_DIR=$TMPDIR/sane # SANE's own scanner for tests, and no other
mkdir "$SANE_CONFIG_DIR"
echo test >"$SANE_CONFIG_DIR/dll.conf"
echo number_of_devices 1 >"$SANE_CONFIG_DIR/test.conf"

home=$(fresh_home node)
in=$TMPDIR/in
"$pages" --seed 49 --out "$in" --kind letter --count 2 --level clean --dpi 150 --keep 25 >/dev/null
run_is 0 "init" on "$home" init --role commune --unit 24175
run_is 0 "a register" on "$home" --json dossier add --kind register --title "Khai sinh 2003, quyển 1" \
    --register birth --year 2003 --volume 1 --from 1 --to 12
book=$(line dossier .dossier)
run_is 0 "pages" on "$home" --json import --dossier "$book" --kind birth "$in"/letter*.jpg
items=$(line input '.items[]' | sort -u)
check "an administrator" web_user "$home" lan admin
run_is 0 "the pages are read" on "$home" ocr run
n=0
for item in $items; do
    n=$((n + 1))
    sqlite3 "$home/sohoa.db" "
        DELETE FROM field WHERE item = (SELECT id FROM item WHERE name = '$item');
        WITH f (name, value, doubtful, reason) AS (VALUES
            ('so', '0$n/2003', 0, ''), ('ngayDangKy', '2003-09-20', 0, ''),
            ('nksHoTen', 'NGUYÊN THỊ HỒNG NHUNG', 1, 'surname-marks'), ('nksGioiTinh', 'Nữ', 0, ''),
            ('meHoTen', 'TRẦN THỊ BÍCH', 0, ''), ('chaHoTen', 'NGUYỄN VĂN TOÀN', 0, ''))
        INSERT INTO field (item, name, value, source, confidence, doubtful, reason, actor, rev, at, present)
            SELECT i.id, f.name, f.value, 'ocr', iif(f.doubtful, 55, 96), f.doubtful, f.reason, 'ocr', i.rev, i.created, 1
            FROM item i, f WHERE i.name = '$item';
        UPDATE item SET number = $n, number_year = 2003 WHERE name = '$item';" || not_ok "fields of $item"
done

serve_start "$home" /dossiers /items /jobs
echo "$serve_pid" >"$TMPDIR/serve.pid"
web cut WEB_ITEMS="${items//$'\n'/ }" WEB_DOSSIER="$book" WEB_HOME="$home" WEB_SERVE="$serve_pid" \
    WEB_PIDFILE="$TMPDIR/serve.pid"
wait "$serve_pid" 2>/dev/null
serve_pid=$(cat "$TMPDIR/serve.pid") # of the last that was begun
done_testing
