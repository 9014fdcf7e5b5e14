#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Files are dragged into the browser, and what becomes of them is seen as it happens.
# timeout: 900
. "${0%/*}/lib.sh"
. "${0%/*}/browser.sh"
web_need
pages=$(tool make-pages) || skip_all "make tools"

home=$(fresh_home node)
"$pages" --seed 99 --out "$TMPDIR/made" --kind letter --count 6 --level clean --dpi 100 --keep 20 >/dev/null
mkdir "$TMPDIR/in"
mv "$TMPDIR"/made/letter-*.jpg "$TMPDIR/in"
mkdir "$TMPDIR/bad"
echo 'no picture' >"$TMPDIR/bad/thư mời.txt"
printf 'PK\003\004 cut off' >"$TMPDIR/bad/cũ.zip"
run_is 0 "init" on "$home" init --role commune --unit 24175
run_is 0 "a register" on "$home" dossier add --kind register --title "Khai sinh 2003, quyển 1" \
    --register birth --year 2003 --volume 1 --from 1 --to 4
check "a clerk" web_user "$home" lan admin
serve_start "$home" /dossiers /jobs
web uploads WEB_FILES="$TMPDIR/in" WEB_BAD="$TMPDIR/bad/thư mời.txt" WEB_CUT="$TMPDIR/bad/cũ.zip"
is "$(head -qn 1 "$home"/spool/uploads/*.name)" "cũ.zip" "of all that came only what is not complete waits, for a day"
done_testing
