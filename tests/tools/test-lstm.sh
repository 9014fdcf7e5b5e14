#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Our own recognizer reads from Tesseract's own pictures of lines what Tesseract reads, in
# every way this processor has, word for word; and no damaged model harms it.
# timeout: 600
. "${0%/*}/../cli/lib.sh"
make_pages=$(tool make-pages) || skip_all "tools are not built"
equal=$(tool lstm_equal) || skip_all "tools are not built"
mutate=$(tool lstm_mutate) || skip_all "tools are not built"
models=${TESSDATA_PREFIX:-/usr/share/tesseract-ocr/5/tessdata}
export OMP_THREAD_LIMIT=1

for level in clean moderate hard phone; do
    "$make_pages" --seed 4711 --out "$TMPDIR/$level" --level "$level" --count 1 \
        --dpi 150 --mode grey >/dev/null || not_ok "a page is drawn"
done
run_is 0 "vie: every word is Tesseract's" "$equal" vie "$TMPDIR"/*/page-0001.jpg
note "$(cat "$OUT")"
like "$(cat "$OUT")" 'C  .* lines' 'in plain C as well'
if [ -f "$models/eng.traineddata" ]; then
    run_is 0 "eng: every word is Tesseract's" "$equal" eng "$TMPDIR/clean/page-0001.jpg"
    note "$(cat "$OUT")"
else
    skip "no model eng"
fi
if pages=$(data pages_vi); then
    set -- "$pages"/*.jpg
    run_is 0 "a real page as well" "$equal" vie "$1"
    note "$(cat "$OUT")"
else
    skip "the real pages (shared/data/pages_vi) are not here"
fi
run_is 2 "a model of another shape is refused" "$equal" osd "$TMPDIR/clean/page-0001.jpg"
like "$(cat "$ERR")" 'a part is missing' 'and the reason is told'
run_is 0 "150 damaged models harm nothing" "$mutate" 1 150 "$models/vie.traineddata"
note "$(cat "$OUT")"
# The whole chain, second readings, alternatives and doubts included.
read_pages=$(tool read_pages) || skip_all "tools are not built"
mkdir "$TMPDIR/own" "$TMPDIR/theirs"
for level in clean moderate hard phone; do
    cp "$TMPDIR/$level/page-0001.jpg" "$TMPDIR/$level.jpg"
done
run_is 0 "pages are read by our network" "$read_pages" "$TMPDIR/own" "$TMPDIR"/*.jpg
run_is 0 "and by Tesseract's" env RECOGNIZER=tesseract \
    "$read_pages" "$TMPDIR/theirs" "$TMPDIR"/*.jpg
like "$(cat "$TMPDIR/theirs/clean.steps")" 'network.*Tesseract' "which is told"
unlike "$(cat "$TMPDIR/own/clean.steps")" 'network.*Tesseract' "and that it was ours"
for f in "$TMPDIR"/own/*.tsv "$TMPDIR"/own/*.doubt; do
    check "${f##*/}: words, boxes and doubts are the same" \
        cmp "$f" "$TMPDIR/theirs/${f##*/}"
done
# The same with the other ways of arithmetic.
for way in C AVX2; do
    mkdir "$TMPDIR/$way"
    run_is 0 "pages are read in $way" env SOHOA_ARITHMETIC="$way" \
        "$read_pages" "$TMPDIR/$way" "$TMPDIR"/*.jpg
    if [ "$way" = AVX2 ] && grep -q 'network.*Tesseract' "$TMPDIR/$way/clean.steps"; then
        skip "no AVX2 here"
        continue
    fi
    like "$(cat "$TMPDIR/$way/clean.steps")" "network.*done.*$way" "which is told"
    for f in "$TMPDIR"/own/*.tsv "$TMPDIR"/own/*.doubt; do
        check "${f##*/}: the same in $way" cmp "$f" "$TMPDIR/$way/${f##*/}"
    done
done
if [ -f "$models/Vietnamese.traineddata" ]; then
    run_is 0 "script Vietnamese: every word is Tesseract's" \
        "$equal" Vietnamese "$TMPDIR/clean/page-0001.jpg"
    note "$(cat "$OUT")"
else
    skip "no model Vietnamese of the script"
fi
done_testing
