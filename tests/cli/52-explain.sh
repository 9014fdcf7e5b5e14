#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What every step of reading a page did, for those who help.
. "${0%/*}/lib.sh"
need jq
pages=$(tool make-pages) || skip_all "make tools"
CMD_TIMEOUT=300
"$pages" --seed 52 --out "$TMPDIR/in" --count 1 --kind letter --keep 50 --prefix plain >/dev/null || not_ok "page"
"$pages" --seed 53 --out "$TMPDIR/in" --count 1 --kind letter --keep 40 --stamp mat --prefix secret >/dev/null ||
    not_ok "page"

home=$(fresh_home explain)
"$SOHOA" -C "$home" init --role commune --unit 24175 >/dev/null
on "$home" user add boss --role admin >/dev/null
run_is 0 "import" on "$home" --json import "$TMPDIR/in"/*.jpg
line input 'select(.path | test("plain")) | .pages[0]' >"$TMPDIR/plain"
line input 'select(.path | test("secret")) | .pages[0]' >"$TMPDIR/secret"
plain=$(cat "$TMPDIR/plain") secret=$(cat "$TMPDIR/secret")
out=$TMPDIR/out

run_is 2 "a folder is needed" on "$home" ocr explain "$plain"
run_is 1 "and a page that is there" on "$home" --json ocr explain "$(printf '%064d' 0)" -o "$out"
is "$(line error .code)" SH-PAGE-ABSENT "with its code"
run_is 3 "an unread page with a stamp is not shown" on "$home" --json ocr explain "$secret" -o "$out"
is "$(line error .code)" SH-PAGE-SECRET "with its code"
check "nothing of it was written" test ! -e "$out"

run_is 0 "read" on "$home" --json ocr run
before=$(on "$home" --json page list)
run_is 0 "explain" on "$home" --json ocr explain "${plain:0:12}" -o "$out/a/b"
line file .path >"$TMPDIR/files"
is "$(while read -r f; do [ -s "$f" ] || echo "$f"; done <"$TMPDIR/files")" '' "files are written"
is "$(jq -r '.pictures[]' "$out/a/b/steps.json" | sort)" "$(cd "$out/a/b" && ls -- *.png)" "every picture is named"
like "$(jq -r '.pictures[0]' "$out/a/b/steps.json")" '^01-decode\.png$' "the first is the page as it was opened"
like "$(jq -r '.pictures | join(" ")' "$out/a/b/steps.json")" 'scale.*words' "and there are those of the steps"
is "$(for f in "$out/a/b"/*.png; do head -c 4 "$f" | tail -c 3; echo; done | sort -u)" PNG "PNG all of them"
is "$(jq -r '.steps[] | select(.step == "read").done' "$out/a/b/steps.json")" true "steps are told"
run_is 0 "in English" on "$home" --lang en ocr explain "$plain" -o "$out/en"
like "$(cat "$out/en/steps.txt")" 'The picture was opened' "in words, too"
run_is 0 "in Vietnamese" on "$home" --lang vi ocr explain "$plain" -o "$out/vi"
like "$(cat "$out/vi/steps.txt")" 'Đã mở ảnh' "as the clerk reads them"
is "$(on "$home" --json page list)" "$before" "nothing of the records has changed"

run_is 3 "a held page is not explained" on "$home" --json ocr explain "$secret" -o "$out/s"
check "nothing of it was written" test ! -e "$out/s"
run_is 0 "released" on "$home" --json page release "$secret" --user boss --why "trial"
run_is 0 "it is" on "$home" --json ocr explain "$secret" -o "$out/s"
is "$(jq -r '.steps[] | select(.step == "stamp").done' "$out/s/steps.json")" true "with its stamp"
done_testing
