#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is seen of a page as a picture: secrecy stamps in any ink hold it, others do not.
. "${0%/*}/lib.sh"
need jq
pages=$(tool make-pages) || skip_all "make tools"
CMD_TIMEOUT=300
make_page() # name options
{
    "$pages" --seed 59 --out "$TMPDIR/in" --count 1 --kind letter --keep 45 --prefix "$@" >/dev/null ||
        not_ok "page $1"
}
make_page red --stamp mat --stamp-turn 7 --stamp-over
make_page red-long --stamp tuyetmat
make_page black --stamp toimat --stamp-ink black --stamp-turn -5
make_page urgent --stamp khan
make_page urgent-black --stamp hoatoc --stamp-ink black
make_page none --incoming 100

home=$(fresh_home capture)
"$SOHOA" -C "$home" init --role commune --unit 24175 >/dev/null
run_is 0 "import" on "$home" --json import "$TMPDIR/in"/*.jpg
line input '[.items[0], .path] | @tsv' >"$TMPDIR/names"
run_is 0 "read" on "$home" --json ocr run --jobs 2
is "$(summary held)" 3 "three pages are held"
while IFS=$'\t' read -r item path; do
    wants=clear
    case ${path##*/} in red* | black*) wants=held ;; esac
    on "$home" --json item show "$item" | jq -c 'select(.type == "item")' >"$TMPDIR/item"
    is "$(jq -r '.pages[0] | if .text == null then "held" else "clear" end' "$TMPDIR/item")" "$wants" \
        "${path##*/}"
    is "$(jq -r '.pages[0].steps[] | select(.step == "stamp").done' "$TMPDIR/item")" "$([ $wants = held ] && echo true || echo false)" \
        "its steps say so"
    case $wants in held)
        run_is 1 "no bundle of ${path##*/}" on "$home" --json bundle seal --unverified --item "$item"
        is "$(line error .code)" SH-ITEM-HELD "for it is held"
        echo "$item" >>"$TMPDIR/held"
        ;;
    esac
done <"$TMPDIR/names"
run_is 0 "search" on "$home" --json search "xã"
line hit .item >"$TMPDIR/hits"
num_ok "finds pages" "$(sort -u "$TMPDIR/hits" | wc -l) >= 2"
is "$(grep -cFf "$TMPDIR/held" "$TMPDIR/hits")" 0 "but no held one"
is "$(on "$home" --json page list --held | jq -s '[.[] | select(.type == "page")] | length')" 3 "all wait for an administrator"
is "$(on "$home" --json page list | jq -s '[.[] | select(.type == "page") | .steps | length > 5] | unique')" '[
  true
]' "a list of pages tells their steps"
run_is 0 "export" on "$home" --json export --format json --all -o "$TMPDIR/out"
is "$(cat "$TMPDIR/out"/*.json | jq -s '[.[].pages[] | has("steps")] | any')" false "an export has no steps"

# Advice at capture: what is better scanned anew, while the paper is at hand.
"$pages" --seed 61 --out "$TMPDIR/low" --count 1 --kind letter --dpi 100 --prefix low >/dev/null || not_ok "page"
rm -f "$TMPDIR"/low/*.txt "$TMPDIR"/low/*.json
run_is 0 "a coarse scan is stored" on "$home" --json import "$TMPDIR/low"/*.jpg
is "$(line input '.status + " " + (.advice | join(" ")) + " " + (.advice_pages | join(" "))')" "stored dpi 1" "with advice"
low=$(line input '.items[0]')
is "$(on "$home" --json item show "$low" | jq -r 'select(.type == "item").pages[0].advice | join(" ")')" dpi "which is kept"
is "$(on "$home" --json page list | jq -r 'select(.type == "page" and .advice == ["dpi"]).item')" "$low" "and listed"
"$pages" --seed 62 --out "$TMPDIR/low2" --count 1 --kind letter --dpi 100 --prefix low >/dev/null || not_ok "page"
run_is 0 "people are told in their language" on "$home" --lang vi import "$TMPDIR/low2"/low-0001.jpg
like "$(cat "$OUT")" 'quét lại ngay' "to scan it again now"
like "$(cat "$OUT")" '300 dpi' "and how"
done_testing
