#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every screen in a real browser: shown, photographed, usable by all, in both languages.
# timeout: 1500
# run: alone
. "${0%/*}/lib.sh"
. "${0%/*}/browser.sh"
web_need
pages=$(tool make-pages) || skip_all "make tools"

home=$(fresh_home node)
in=$TMPDIR/in
"$pages" --seed 91 --out "$in" --kind letter --count 4 --level clean --dpi 150 >/dev/null
run_is 0 "init" on "$home" init --role commune --unit 24175
run_is 0 "a register" on "$home" --json dossier add --kind register --title "Khai sinh 2003, quyển 1" \
    --register birth --year 2003 --volume 1 --from 1 --to 12
book=$(line dossier .dossier)
run_is 0 "pages" on "$home" --json import --dossier "$book" "$in"/letter*.jpg
item=$(line input '.items[]' | sort -u | head -n 1)
run_is 0 "are read" on "$home" ocr run
check "an administrator" web_user "$home" lan admin

serve_start "$home" /dossiers /items
web screens WEB_ITEM="$item" WEB_DOSSIER="$book" WEB_WORD="cong"
[ -z "${WEB_LIGHTHOUSE:-}" ] || web fast WEB_ITEM="$item" WEB_DOSSIER="$book" WEB_WORD="cong"
done_testing
