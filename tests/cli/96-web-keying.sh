#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A handwritten register: keyed from the picture, keyed blind by a second person, decided by a third.
# timeout: 900
. "${0%/*}/lib.sh"
. "${0%/*}/browser.sh"
web_need
pages=$(tool make-pages) || skip_all "make tools"

home=$(fresh_home node)
in=$TMPDIR/in
"$pages" --seed 96 --out "$in" --kind letter --count 3 --level clean --dpi 150 --keep 40 >/dev/null
run_is 0 "init" on "$home" init --role commune --unit 24175
run_is 0 "a register" on "$home" --json dossier add --kind register --title "Khai sinh 2003, quyển 1" \
    --register birth --year 2003 --volume 1 --from 1 --to 12
book=$(line dossier .dossier)
run_is 0 "pages" on "$home" --json import --dossier "$book" --kind birth "$in"/letter*.jpg
items=$(line input '.items[]' | sort -u)
check "one who keys" web_user "$home" lan clerk
check "a second" web_user "$home" hoa clerk
check "one who verifies and keys" web_user "$home" tuan verifier
check "a third, with the right to verify" web_user "$home" minh verifier
run_is 0 "a sample of all" on "$home" config set keying.rate 100
run_is 0 "sealing asks for it" on "$home" config set seal.keying need
run_is 0 "the pages are read" on "$home" ocr run

# A hand that recognition cannot read: strips of the page, nothing else.
for item in $items; do
    sqlite3 "$home/sohoa.db" "
        DELETE FROM field WHERE item = (SELECT id FROM item WHERE name = '$item');
        INSERT OR REPLACE INTO field_box (item, name, kind, page, x, y, w, h)
            SELECT i.id, 'nksHoTen', 'strip', p.id, 100, 200, 600, 60
            FROM item i JOIN page p ON p.item = i.id WHERE i.name = '$item';" || not_ok "strips of $item"
done
# shellcheck disable=SC2086 # words on purpose
set -- $items

serve_start "$home" /keying /items
web keying WEB_ITEMS="$1 $2 $3" WEB_BOOK="$book"
serve_stop

# What the browser did, told by the command line; and nobody slips past there.
run_is 0 "what is left of errors" on "$home" --json report keying --dossier "$book"
is "$(line residual .wrong)/$(line residual .counted)" "$(line residual '(.text | split(" ")[0])')" "n of m"
num_ok "the bounds hold the share" "$(line residual '(.low | tonumber) <= (.rate | tonumber) and (.rate | tonumber) <= (.high | tonumber) | if . then 1 else 0 end') == 1"
run_is 0 "what waits" on "$home" --json keying list --what second --user hoa
field=$(line keying .form.field | head -n 1)
item=$(line keying .item | head -n 1)
run_is 0 "the second person keys one otherwise" on "$home" keying answer "$item" "$field" --as illegible --why faded --user hoa
run_is 12 "not twice" on "$home" keying answer "$item" "$field" --as blank --user hoa
run_is 12 "who keyed does not decide" on "$home" keying settle "$item" "$field" --take first --user lan
run_is 12 "nor does the second" on "$home" keying settle "$item" "$field" --take second --user hoa
run_is 0 "a third does" on "$home" keying settle "$item" "$field" --take first --user minh
run_is 12 "once" on "$home" keying settle "$item" "$field" --take second --user minh
run_is 2 "nobody decides without a name" on "$home" keying settle "$item" "$field" --take second
run_is 0 "the chain of acts holds" on "$home" fsck
done_testing
