#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Both sides of a sheet: what shines through is taken off with the scan of the other side,
# and only there. The pages of an open book are read one after the other.
. "${0%/*}/lib.sh"
need jq
pages=$(tool make-pages) || skip_all "make tools"
score=$(tool score) || skip_all "make tools"
CMD_TIMEOUT=300
"$pages" --seed 31 --out "$TMPDIR/made" --count 4 --kind letter --level hard --dpi 200 >/dev/null ||
    not_ok "pages"
mkdir "$TMPDIR/sheet" "$TMPDIR/mixed"
cp "$TMPDIR"/made/*-000[12].jpg "$TMPDIR/sheet/"
cp "$TMPDIR"/made/*-000[14].jpg "$TMPDIR/mixed/" # fronts of two sheets
cat "$TMPDIR"/made/*-000[12].txt >"$TMPDIR/sheet.txt"

# read_sheet HOME FOLDER [OPTION...]: its item line into $TMPDIR/HOME.item
read_sheet() {
    local name=$1 folder=$2
    shift 2
    home=$(fresh_home "$name")
    "$SOHOA" -C "$home" init --role commune --unit 24175 >/dev/null
    run on "$home" --json dossier add --kind file --title Hồ
    run on "$home" --json import --dossier "$(line dossier .dossier)" --per-file page "$TMPDIR/$folder"
    item=$(line input '.items[0]' | head -n 1) page=$(line input '.pages[0]' | head -n 1)
    run_is 0 "$name: read" on "$home" --json ocr run "$@"
    is "$(summary recognized)" 2 "$name: both pages"
    on "$home" --json item show "$item" | jq -c 'select(.type == "item")' >"$TMPDIR/$name.item"
    jq -r .text "$TMPDIR/$name.item" >"$TMPDIR/$name.text"
}
found() { "$score" "$TMPDIR/sheet.txt" "$TMPDIR/$1.text" | awk 'NR == 1 { print $1 }'; }

read_sheet one sheet
run_is 0 'one: explained' on "$home" --json ocr explain "$page" -o "$TMPDIR/why-one"
is "$(jq -r '[.steps[] | select(.step == "bleed")] | length' "$TMPDIR/why-one/steps.json")" 0 \
    'without the other side when it was read so'
read_sheet two sheet --duplex
one=$(found one) two=$(found two)
num_ok "with the other side more words are found ($one, $two)" "$two > $one"
num_ok 'nearly all of them' "$two > 0.93"

# Explained as it was read: with the other side or without it.
run_is 0 'explained' on "$home" --json ocr explain "$page" -o "$TMPDIR/why-two"
is "$(jq -r '.steps[] | select(.step == "bleed").done' "$TMPDIR/why-two/steps.json")" true \
    'the other side is taken off there as well'
like "$(jq -r '.pictures | join(" ")' "$TMPDIR/why-two/steps.json")" '-bleed.png' 'and a picture shows it'

read_sheet alone mixed
read_sheet strange mixed --duplex
is "$(cat "$TMPDIR/strange.text")" "$(cat "$TMPDIR/alone.text")" 'another sheet is no other side: nothing changes'

# ---- an open book --------------------------------------------------------------------
"$pages" --seed 41 --out "$TMPDIR/book" --count 2 --kind letter --level moderate --dpi 150 \
    --spread >/dev/null || not_ok "spread"
"$pages" --seed 41 --out "$TMPDIR/book" --count 1 --kind register --level moderate --dpi 150 >/dev/null
home=$(fresh_home library)
"$SOHOA" -C "$home" init --role commune --unit 24175 >/dev/null
# read_book NAME: its text into $TMPDIR/NAME.text
read_book() {
    run on "$home" --json import "$TMPDIR/book/$1.jpg"
    item=$(line input '.items[0]')
    run_is 0 "$1: read" on "$home" --json ocr run
    on "$home" --json item show "$item" | jq -r 'select(.type == "item").text' >"$TMPDIR/$1.text"
}
read_book letter-0001
is "$("$score" "$TMPDIR/book/letter-0001.txt" "$TMPDIR/letter-0001.text" | awk 'NR == 1 { print ($1 > 0.97) }')" 1 \
    'a book: nearly all words'
# The national motto opens each letter: the second one comes after all of the first.
half=$(($(grep -n 'Nơi nhận' "$TMPDIR/letter-0001.text" | head -n 1 | cut -d : -f 1)))
motto=$(grep -n 'CỘNG HÒA\|CỘNG HOÀ' "$TMPDIR/letter-0001.text" | tail -n 1 | cut -d : -f 1)
num_ok "the right page is read after the left one ($half, $motto)" "$motto > $half && $half > 0"
read_book register-0001
num_ok 'a register across stays whole' \
    "$("$score" "$TMPDIR/book/register-0001.txt" "$TMPDIR/register-0001.text" | awk 'NR == 1 { print $1 }') > 0.9"

done_testing
