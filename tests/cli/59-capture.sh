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
done_testing
