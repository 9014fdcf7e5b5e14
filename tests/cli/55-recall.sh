#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Words found, beside the tesseract program, page by page in one run.
# timeout: 1200
. "${0%/*}/lib.sh"
need jq tesseract
pages=$(tool make-pages) || skip_all "make tools"
score=$(tool score) || skip_all "make tools"
CMD_TIMEOUT=900
LOSS_MAX=0.012 # on a single page, of all its words
export OMP_THREAD_LIMIT=1

# read_all NAME DIR BAR: DIR holds PAGE.txt beside each picture; reads all both ways. BAR:
# our mean recall at least, 0: not asked
read_all() {
    local name=$1 dir=$2 bar=$3 home picture item truth
    home=$(fresh_home "$name.home")
    "$SOHOA" -C "$home" init --role commune --unit 24175 >/dev/null
    mkdir "$TMPDIR/$name.in"
    for truth in "$dir"/*.txt; do
        for picture in "${truth%.txt}".*; do
            [ "$picture" = "$truth" ] || cp "$picture" "$TMPDIR/$name.in/"
        done
    done
    run on "$home" --json import "$TMPDIR/$name.in"
    is "$(summary stored)" "$(find "$dir" -name '*.txt' | wc -l)" "$name: every page is imported"
    line input '[.path, .items[0]] | @tsv' >"$TMPDIR/$name.items"
    run_is 0 "$name: and read" on "$home" --json ocr run
    : >"$TMPDIR/$name.ours"
    : >"$TMPDIR/$name.peer"
    while IFS=$'\t' read -r picture item; do
        truth=$(basename "$picture")
        truth=$dir/${truth%.*}.txt
        on "$home" --json item show "$item" | jq -r 'select(.type == "item") | .text' >"$TMPDIR/ours.txt"
        tesseract "$picture" "$TMPDIR/peer" -l vie >/dev/null 2>&1
        "$score" "$truth" "$TMPDIR/ours.txt" >>"$TMPDIR/$name.ours"
        "$score" "$truth" "$TMPDIR/peer.txt" >>"$TMPDIR/$name.peer"
    done <"$TMPDIR/$name.items"
    paste -d ' ' "$TMPDIR/$name.ours" "$TMPDIR/$name.peer" |
        awk '{ n++; a += $1; b += $5; d = $1 - $5; if (n == 1 || d < worst) worst = d }
             END { if (n) printf "%.4f %.4f %.4f\n", a / n, b / n, worst }' >"$TMPDIR/$name.mean"
    local ours=none peer=none worst=none
    read -r ours peer worst <"$TMPDIR/$name.mean"
    note "$name: mean recall $ours, tesseract $peer, worst page $worst"
    num_ok "$name: more words than tesseract ($ours, $peer)" "$ours > $peer"
    [ "$bar" = 0 ] || num_ok "$name: mean recall is at least $bar ($ours)" "$ours >= $bar"
    num_ok "$name: no page loses more than $LOSS_MAX of its words ($worst)" "$worst >= -$LOSS_MAX"
}

"$pages" --seed 97 --out "$TMPDIR/made" --count 4 --kind all --level moderate >/dev/null || not_ok "pages"
rm -f "$TMPDIR"/made/*.json
read_all made "$TMPDIR/made" 0

if real=$(data pages_vi) && truths=$(data gt); then
    mkdir "$TMPDIR/real"
    for f in "$real"/*.jpg; do
        b=$(basename "$f" .jpg)
        [ -f "$truths/$b.p1.txt" ] || continue
        cp "$f" "$TMPDIR/real/"
        cp "$truths/$b.p1.txt" "$TMPDIR/real/$b.txt"
    done
    read_all real "$TMPDIR/real" 0.965
else
    skip "real pages with true text (shared/data/pages_vi) are not here" 5
fi
done_testing
