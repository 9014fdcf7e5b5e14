#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The page generator: same seed, same files; every kind and format; its text is what an
# independent reader finds on the page. And the scorer counts words as a bag.
. "${0%/*}/../cli/lib.sh"
need tesseract pdfinfo jq file
make_pages=$(tool make-pages) || skip_all "tools are not built"
score=$(tool score) || skip_all "tools are not built"
d=$TMPDIR/pages

# ---- score -------------------------------------------------------------------------
word() { printf '%b' "$2" >"$TMPDIR/$1"; }
recall() { "$score" "$TMPDIR/truth" "$TMPDIR/read"; }
word truth 'Số: 12/QĐ-UBND, ngày ngày'
word read 'ngày  so QĐ UBND 12'
is "$(recall)" '0.6667 6 4 5' 'words are a bag, letters and digits only'
word truth 'HOÀ Phu\xcc\x81'
word read 'hoa\xcc\x80 ph\xc3\xba'
is "$(recall)" '1.0000 2 2 2' 'case and composition do not count'
word read ''
is "$(recall)" '0.0000 2 0 0' 'an empty reading'
refuse 'a file that is not there' "$score" "$TMPDIR/truth" "$TMPDIR/none"
is "$("$score" "$TMPDIR/truth" "$TMPDIR/truth" "$TMPDIR/truth" "$TMPDIR/read" | tail -n 1)" \
    'mean 0.5000' 'the mean of several'

# ---- what is drawn -------------------------------------------------------------------
make_it() { run "$make_pages" --out "$d" "$@"; }
make_it --seed 7 --kind all --count 5 --dpi 100 --format png --prefix a
is "$rc" 0 'one of each kind'
make_it --seed 7 --kind all --count 5 --dpi 100 --format png --prefix b
same=0
for i in 1 2 3 4 5; do
    for x in png txt json; do cmp -s "$d/a-000$i.$x" "$d/b-000$i.$x" && same=$((same + 1)); done
done
is "$same" 15 'the same seed gives the same files'
make_it --seed 8 --kind all --count 1 --dpi 100 --format png --prefix c
refuse 'another seed gives another page' cmp "$d/a-0001.png" "$d/c-0001.png"
is "$(jq -r .kind "$d"/a-*.json | sort | uniq -c | xargs)" '3 letter 1 register 1 typed' \
    'three letters, a register, a typed page'
is "$(jq -r 'select(.kind != "register") | [.CodeNumber, .CodeNotation, .OrganName, .TypeName, .Subject, (.IssuedDate | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))] | all' \
    "$d"/a-*.json | sort -u)" true 'letters have all true fields'
j=$d/a-0001.json
like "$(cat "$d/a-0001.txt")" "$(jq -r .CodeNumber "$j")/$(jq -r .CodeNotation "$j")" \
    'and the number is in the true text'

make_it --seed 3 --kind register --count 2 --dpi 75 --format png --year 1998 --gap 3 \
    --double 5 --double 11 --prefix r
is "$(jq -r '.rows[].so' "$d/r-0001.json" | cut -d / -f 1 | xargs)" \
    '01 02 04 05 05 06 07 08 09 10 11' 'a register with a gap and a doubled number'
is "$(jq -r '.rows[].so' "$d/r-0002.json" | head -n 2 | xargs)" '11/1998 12/1998' \
    'goes on where the page before ended'
make_it --seed 3 --kind letter --dpi 75 --format png --stamp tuyetmat --prefix s
like "$(cat "$d/s-0001.txt")" 'TUYỆT MẬT' 'a secrecy stamp'
make_it --seed 3 --kind letter --dpi 75 --level phone --format jpeg --prefix p
like "$(file -b "$d/p-0001.jpg")" '3024x4032' 'a photo of a sheet'
make_it --seed 3 --kind letter --count 2 --dpi 75 --format png --incoming 100 --prefix u
refuse 'text of stamps is not asked for' ls "$d"/*.also
make_it --seed 3 --kind letter --count 2 --dpi 75 --format png --incoming 100 --prefix v --also
like "$(cat "$d/v-0001.also")" 'ĐẾN.*ĐẮK LẮK' 'the text of stamp and seal apart'
same=0
for i in 1 2; do
    for x in png txt json; do cmp -s "$d/u-000$i.$x" "$d/v-000$i.$x" && same=$((same + 1)); done
done
is "$same" 6 'changes nothing else'
make_it --seed 4 --kind letter --dpi 100 --format tiff --mode bw --pages 3 --prefix t
like "$(file "$d/t-0001.tif")" 'group 4' 'a TIFF in CCITT G4'
is "$(tr -cd '\f' <"$d/t-0001.txt" | wc -c)" $(($(jq .pages "$d/t-0001.json") - 1)) \
    'sheets are apart by form feeds'
make_it --seed 4 --kind letter --dpi 100 --format pdf --pages 3 --prefix t
is "$(pdfinfo "$d/t-0001.pdf" | awk '/^Pages/ { print $2 }')" "$(jq .pages "$d/t-0001.json")" \
    'a PDF of several pages'
make_it --seed 4 --kind typed --dpi 150 --mode grey --prefix g
like "$(file "$d/g-0001.jpg")" 'density 150x150.*components 1' 'a grey JPEG with its resolution'
make_it --seed 5 --kind all --count 3 --level hard --dpi 75 --format png --prefix h
is "$(jq -r .kind "$d"/h-*.json | xargs)" 'letter letter letter' \
    'hard: both sides of a sheet are of one kind'
make_it --seed 5 --kind all --count 1 --level hard --dpi 75 --format png --prefix h1
is "$(cmp "$d/h-0001.png" "$d/h1-0001.png" && echo same)" same \
    'hard: the other side shines through also when it is not asked for'
run_is 2 'several pages in a JPEG are refused' "$make_pages" --seed 1 --out "$d" --pages 2
run_is 2 'an unknown kind of paper is refused' "$make_pages" --seed 1 --out "$d" --level wet
run_is 2 'a seed is needed' "$make_pages" --out "$d"

# ---- an independent reader -------------------------------------------------------------
make_it --seed 11 --kind letter --level clean --format png --prefix read
OMP_THREAD_LIMIT=1 tesseract "$d/read-0001.png" "$d/read" -l vie >/dev/null 2>&1
r=$("$score" "$d/read-0001.txt" "$d/read.txt")
note "tesseract on a clean letter: $r"
num_ok 'tesseract finds nine words of ten on a clean letter' "${r%% *} > 0.9"

done_testing
