#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What was read is written out: hOCR, ALTO, PDF in layers; PDFs come in as they are.
. "${0%/*}/lib.sh"
need jq qpdf xmllint pdftotext pdftoppm pdfimages pdffonts
pages=$(tool make-pages) || skip_all "make tools"
misread=$(tool misread) || skip_all "make tools"

home=$(fresh_home node)
in=$TMPDIR/in out=$TMPDIR/out
mkdir "$in" "$out"
words() { tr -s ' \n\f' '\n' <"$1" | sed '/^$/d'; }

"$pages" --seed 5601 --out "$in" --kind all --count 5 --format jpeg --level moderate --incoming 0 >/dev/null
"$pages" --seed 5602 --out "$in" --kind letter --count 1 --format tiff --pages 2 --prefix two >/dev/null
"$pages" --seed 5603 --out "$in" --kind letter --count 1 --format jpeg --stamp mat --mode grey --prefix secret >/dev/null
run_is 0 "init" on "$home" init --role commune --unit 24175
run_is 0 "import" on "$home" --json import "$in"/*.jpg "$in"/*.tif
item_of() { jq -r --arg p "$1" 'select(.type == "input" and (.path | endswith($p))).items[0]' "$TMPDIR/import.json"; }
cp "$OUT" "$TMPDIR/import.json"
run_is 0 "ocr run" on "$home" --json ocr run
is "$(summary failed) $(summary held)" "0 1" "all are read, the stamped one is held"

# ---- text with boxes ----------------------------------------------------------------
for format in txt hocr alto pdf; do
    run_is 0 "export $format" on "$home" --json export --format "$format" --all -o "$out"
done
is "$(summary files)" 6 "one file a record that may leave"
run_is 0 "export again" on "$home" --json export --format pdf --all -o "$out"
two=$(item_of two-0001.tif)
one=$(item_of page-0001.jpg)
secret=$(item_of secret-0001.jpg)
check "hOCR is well formed" xmllint --noout "$out"/*.hocr
check "ALTO is valid" xmllint --noout --schema "$TOP/tests/data/alto-subset.xsd" "$out"/*.alto.xml
is "$(find "$out" -name "$secret.*" | grep -vc txt)" 0 "nothing of the held page is written"
run_is 1 "nor when it is asked for" on "$home" --json export --format pdf --item "$secret" -o "$out"
is "$(line error .code)" SH-EXPORT-EMPTY "with its code"
xmllint --xpath '//*[local-name()="String"]/@CONTENT' "$out/$one.alto.xml" |
    sed 's/^ *CONTENT="//; s/"$//; s/&amp;/\&/g; s/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&apos;/'"'"'/g' >"$TMPDIR/alto.words"
words "$out/$one.txt" >"$TMPDIR/txt.words"
check "ALTO has every word in order" cmp "$TMPDIR/alto.words" "$TMPDIR/txt.words"
is "$(grep -o 'class="ocrx_word"' "$out/$one.hocr" | wc -l)" "$(wc -l <"$TMPDIR/txt.words")" "hOCR as well"
is "$(grep -c '<Page ' "$out/$two.alto.xml")" 2 "a record of two pages is one file"
width=$(on "$home" --json item show "$one" | jq 'select(.type == "item").pages[0].width_px')
like "$(xmllint --xpath 'string(//*[local-name()="Page"]/@WIDTH)' "$out/$one.alto.xml")" "^$width\$" "in pixels of the scan"

# ---- PDF ------------------------------------------------------------------------------
bad='' order='' bag=''
for f in "$out"/*.pdf; do
    qpdf --check "$f" >/dev/null 2>&1 || bad+=" ${f##*/}"
    pdftotext -raw "$f" "$TMPDIR/raw.txt"
    words "${f%.pdf}.txt" >"$TMPDIR/want"
    words "$TMPDIR/raw.txt" >"$TMPDIR/got"
    cmp -s "$TMPDIR/want" "$TMPDIR/got" || order+=" ${f##*/}"
    pdftotext "$f" "$TMPDIR/flow.txt"
    # By position, list dashes stand in a column of their own, and pdftotext takes one at
    # its end for a divided word.
    cmp -s <(grep -vx -- - "$TMPDIR/want" | LC_ALL=C sort) \
        <(words "$TMPDIR/flow.txt" | grep -vx -- - | LC_ALL=C sort) || bag+=" ${f##*/}"
done
is "$bad" "" "qpdf --check finds nothing"
is "$order" "" "pdftotext gives the words of the text in its order, letter by letter"
is "$bag" "" "and all of them by position"
like "$(pdffonts "$out/$one.pdf" | tail -1)" "SohoaGlyphless +CID TrueType +Identity-H +yes no +yes" "the font is embedded, with a map to Unicode"
like "$(pdfimages -list "$out/$one.pdf" | awk 'NR > 2 { print $3, $9 }' | paste -sd' ')" "^image jpeg (image jpeg )?stencil jbig2" "a ground and a mask"
qpdf --qdf --object-streams=disable "$out/$one.pdf" "$TMPDIR/qdf.pdf"
check "it says that it is PDF/A-2b" grep -aq '<pdfaid:conformance>B' "$TMPDIR/qdf.pdf"
check "with an output intent" grep -aq /GTS_PDFA1 "$TMPDIR/qdf.pdf"
refuse "and nothing that the standard forbids" grep -aqE '/(SMask|Encrypt|JavaScript|Launch|Interpolate true|LZWDecode)' "$TMPDIR/qdf.pdf"
is "$(pdfinfo "$out/$two.pdf" | awk '/^Pages/ { print $2 }')" 2 "two pages are two pages"
is "$(qpdf --json "$out/$two.pdf" 2>/dev/null | jq '[.. | objects | select(."/FontFile2"? != null)] | length')" 1 "with one font"

# ---- size, and reading the layers again -------------------------------------------------
bytes=0 n=0
mkdir "$TMPDIR/again"
for f in "$in"/page-*.jpg; do
    b=$(basename "$f" .jpg)
    item=$(item_of "$b.jpg")
    bytes=$((bytes + $(stat -c %s "$out/$item.pdf")))
    n=$((n + 1))
    pdftoppm -r 300 -png -singlefile "$out/$item.pdf" "$TMPDIR/again/$b"
done
note "PDF in layers: $((bytes / n / 1024)) KiB a page, JPEG $(du -bc "$in"/page-*.jpg | tail -1 | awk -v n=$n '{ printf "%d", $1 / n / 1024 }') KiB"
num_ok "a page is at most 70 KiB on the mean" "$bytes / $n <= 70 * 1024"
again=$(fresh_home second)
on "$again" init --role commune --unit 24175 >/dev/null
run_is 0 "the layers are read again" on "$again" --json import "$TMPDIR/again"/*.png
cp "$OUT" "$TMPDIR/again.json"
on "$again" ocr run >/dev/null 2>&1
pairs_a=() pairs_b=()
for f in "$in"/page-*.jpg; do
    b=$(basename "$f" .jpg)
    item=$(jq -r --arg p "$b.png" 'select(.type == "input" and (.path | endswith($p))).items[0]' "$TMPDIR/again.json")
    on "$again" export --format txt --item "$item" -o "$TMPDIR/again" >/dev/null
    pairs_a+=("${f%.jpg}.txt" "$out/$(item_of "$b.jpg").txt")
    pairs_b+=("${f%.jpg}.txt" "$TMPDIR/again/$item.txt")
done
"$misread" "${pairs_a[@]}" >"$TMPDIR/cer.a"
"$misread" "${pairs_b[@]}" >"$TMPDIR/cer.b"
note "scan   $(tail -1 "$TMPDIR/cer.a")"
note "layers $(tail -1 "$TMPDIR/cer.b")"
cer() { awk '$1 == "all" { print $3 }' "$1"; }
# On five pages one word that is read otherwise is a tenth of a per cent.
num_ok "the layers are read as well as the scan" "$(cer "$TMPDIR/cer.b") <= $(cer "$TMPDIR/cer.a") + 0.3"

# ---- pictures are kept and sealed -------------------------------------------------------
on "$home" user add lan --role verifier >/dev/null
on "$home" item verify "$one" --user lan >/dev/null
run_is 0 "seal" on "$home" --json bundle seal
is "$(line bundle .class | sort | paste -sd' ')" "master meta page text thumb" "layers and small pictures are sealed"
thumb=$(line bundle 'select(.class == "thumb") | .bytes')
num_ok "a small picture is at most 12 KiB" "$thumb > 500 && $thumb <= 12 * 1024"
is "$(cd "$home/objects" && find . -type f -exec sha256sum {} + | awk '{ n = $2; gsub(/^.*\//, "", n); if (n != $1) print }')" "" "every object is named by its SHA-256"
run_is 0 "fsck" on "$home" --json fsck --deep

# ---- PDFs come in ------------------------------------------------------------------------
# One picture over the page: taken as it stands. The same with a line drawn over it: not.
scan=$TMPDIR/pdf
mkdir "$scan"
"$pages" --seed 5604 --out "$scan" --kind letter --count 1 --format pdf --level clean >/dev/null
pdf=$(ls "$scan"/*.pdf)
read -r px ppi <<<"$(pdfimages -list "$pdf" | awk 'NR == 3 { print $4, $13 }')"
run_is 0 "import a scan as PDF" on "$home" --json import "$pdf"
item=$(line input '.items[0]')
run_is 0 "read it" on "$home" --json ocr run
is "$(line page .advice)" null "it is well taken"
is "$(on "$home" --json item show "$item" | jq -r 'select(.type == "item").pages[0] | "\(.width_px) \(.dpi)"')" "$px $ppi" "in the pixels of its picture"
"$pages" --seed 5605 --out "$scan" --kind letter --count 1 --format pdf --level clean --dpi 100 --prefix coarse >/dev/null
run_is 0 "a coarse one" on "$home" --json import "$scan"/coarse*.pdf
item=$(line input '.items[0]')
run_is 0 "is read as well" on "$home" --json ocr run
is "$(line page '.advice | join(" ")')" dpi "and better scanned again"
is "$(on "$home" --json item show "$item" | jq -r 'select(.type == "item").pages[0].advice | join(" ")')" dpi "which is kept"
cp "$pdf" "$TMPDIR/before.pdf"
is "$(sha256sum <"$home/objects/$(sha256sum <"$pdf" | cut -c 1-2)/$(sha256sum <"$pdf" | cut -c 1-64)")" "$(sha256sum <"$pdf")" "the file itself is kept bit for bit"
run_is 0 "our own PDF comes in" on "$home" --json import "$out/$one.pdf"
item=$(line input '.items[0]')
run_is 0 "and is read" on "$home" --json ocr run
like "$(on "$home" --json item show "$item" | jq -r 'select(.type == "item").pages[0].layer')" "used|refused" "its own text was looked at"

if real=$(data scans_vi) && born=$(data pdf_text_vi); then
    real_home=$(fresh_home real)
    on "$real_home" init --role commune --unit 24175 >/dev/null
    run_is 0 "real PDFs" on "$real_home" --json import "$real/vietadmin_1.pdf" "$real/05CT.pdf" "$born/18.Quytnh.pdf"
    cp "$OUT" "$TMPDIR/import.json"
    run_is 0 "are read" on "$real_home" --json ocr run
    of() { on "$real_home" --json item show "$(item_of "$1")" | jq -r "select(.type == \"item\").pages | $2"; }
    is "$(of vietadmin_1.pdf 'map(.layer) | unique | join(" ")')" refused "a layer without diacritics is refused"
    is "$(of 18.Quytnh.pdf 'map(.layer) | unique | join(" ")')" used "one that is right is used"
    is "$(of 05CT.pdf 'map(.signed) | unique | join(" ")')" true "a signed file is known"
    is "$(of 05CT.pdf '.[1].width_px')" 831 "a page of it that is one picture has its pixels"
    words "${born%/*}/gt/18.Quytnh.all.txt" | LC_ALL=C sort >"$TMPDIR/want"
    of 18.Quytnh.pdf '.[].text' | tr -s ' \n' '\n' | sed '/^$/d' | LC_ALL=C sort >"$TMPDIR/got"
    num_ok "its words are the true ones" "$(comm -12 "$TMPDIR/want" "$TMPDIR/got" | wc -l) >= 0.99 * $(wc -l <"$TMPDIR/want")"
else
    skip "../shared/data is not there" 6
fi
done_testing
