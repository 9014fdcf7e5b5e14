#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Red and blue seals over text: at most a fifth of the words are lost that the tesseract program
# loses by them. The same letters without and with seals, each read by both.
# timeout: 900
. "${0%/*}/lib.sh"
need jq tesseract
pages=$(tool make-pages) || skip_all "make tools"
score=$(tool score) || skip_all "make tools"
CMD_TIMEOUT=300
export OMP_THREAD_LIMIT=1

# found NAME SEALS [INK]: reads the letters; sets ours and theirs to the words found
found() {
    local home picture item truth n ours_n theirs_n
    "$pages" --seed 7401 --out "$TMPDIR/$1" --count 3 --kind letter --incoming 0 --level clean --seals "$2" --seal-ink "${3:-red}" >/dev/null
    home=$(fresh_home "$1.home")
    "$SOHOA" -C "$home" init --role commune --unit 24175 >/dev/null
    rm "$TMPDIR/$1"/*.json
    mkdir "$TMPDIR/$1.text"
    mv "$TMPDIR/$1"/*.txt "$TMPDIR/$1.text"
    run on "$home" --json import "$TMPDIR/$1"
    line input '[.path, .items[0]] | @tsv' >"$TMPDIR/$1.items"
    run_is 0 "$1: read" on "$home" --json ocr run
    ours=0 theirs=0 true_words=0
    while IFS=$'\t' read -r picture item; do
        truth=$(basename "${picture%.*}")
        truth=$TMPDIR/$1.text/$truth.txt
        on "$home" --json item show "$item" | jq -r 'select(.type == "item") | .text' >"$TMPDIR/ours.txt"
        tesseract "$picture" "$TMPDIR/peer" -l vie >/dev/null 2>&1
        read -r _ n ours_n _ < <("$score" "$truth" "$TMPDIR/ours.txt")
        read -r _ _ theirs_n _ < <("$score" "$truth" "$TMPDIR/peer.txt")
        ours=$((ours + ours_n)) theirs=$((theirs + theirs_n)) true_words=$((true_words + n))
    done <"$TMPDIR/$1.items"
}

found plain 0
ours_plain=$ours theirs_plain=$theirs
for ink in red blue; do
    found "sealed-$ink" 5 "$ink"
    note "of $true_words words: without seals $ours_plain and $theirs_plain found, with $ink ones $ours and $theirs"
    lost=$((ours_plain - ours)) their_loss=$((theirs_plain - theirs))
    num_ok "$ink seals hide words from a program that does not look at colours ($their_loss)" "$their_loss >= 20"
    num_ok "of which we lose a fifth at most ($lost)" "$lost * 5 <= $their_loss"
done
done_testing
