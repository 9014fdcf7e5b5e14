#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 600
# HEIC as phones write it and JPEG 2000 are taken, looked at, read and shown like JPEG;
# damaged and lying ones are refused with their reason.
. "${0%/*}/lib.sh"
need jq heif-enc opj_compress qpdf perl
pages=$(tool make-pages) || skip_all "make tools"
score=$(tool score) || skip_all "make tools"
CMD_TIMEOUT=400
made=$TMPDIR/made in=$TMPDIR/in bad=$TMPDIR/bad
mkdir "$in" "$bad"

make_page() { # PREFIX OPTIONS...
    local prefix=$1
    shift
    "$pages" --out "$made" --kind letter --level moderate --prefix "$prefix" "$@" >/dev/null ||
        not_ok "page $prefix"
}
make_page one --seed 61 --count 2 --format png --keep 45
make_page turned --seed 62 --format jpeg --turn 270
exif() { # FILE: with a note that it is to be shown turned by 90 degrees, clockwise
    head -c 2 "$1"
    printf '\xFF\xE1\0\x22Exif\0\0MM\0*\0\0\0\10\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0'
    tail -c +3 "$1"
}
exif "$made/turned-0001.jpg" >"$TMPDIR/turned.jpg"

heif-enc -q 60 -o "$in/one.heic" "$made/one-0001.png" >/dev/null 2>&1 || not_ok "heif-enc"
heif-enc -q 60 -o "$in/two.heic" "$made/one-0002.png" "$made/one-0001.png" >/dev/null 2>&1 || not_ok "heif-enc"
heif-enc -q 60 -o "$in/turned.heic" "$TMPDIR/turned.jpg" >/dev/null 2>&1 || not_ok "heif-enc"
opj_compress -i "$made/one-0001.png" -o "$in/one.jp2" -r 15 >/dev/null || not_ok "opj_compress"
opj_compress -i "$made/one-0001.png" -o "$in/tiles.j2k" -r 15 -t 1000,1000 >/dev/null || not_ok "opj_compress"

# ---- taken and read ------------------------------------------------------------------
home=$(fresh_home formats)
"$SOHOA" -C "$home" init --role commune --unit 24175 >/dev/null
run_is 0 'all are imported' on "$home" --json import "$in"
is "$(summary stored) $(summary pages)" '5 6' 'one of them with two pages'
line input '[.path, .items[0]] | @tsv' >"$TMPDIR/items"
run_is 0 'and read, in the locked worker' on "$home" --json ocr run
is "$(summary failed)" 0 'every page'
item_of() { awk -F '\t' -v n="/$1" 'index($1, n) { print $2 }' "$TMPDIR/items"; }
read_of() { # NAME: the item into NAME.item, its text into NAME.text
    on "$home" --json item show "$(item_of "$1")" | jq -c 'select(.type == "item")' >"$TMPDIR/$1.item"
    jq -r .text "$TMPDIR/$1.item" >"$TMPDIR/$1.text"
}
read_of one.heic
for name in one.jp2 tiles.j2k; do
    read_of $name
    r=$("$score" "$TMPDIR/one.heic.text" "$TMPDIR/$name.text")
    num_ok "$name reads as the HEIC does ($r)" "${r%% *} > 0.9"
done
found=0 all=0
while read -r word; do
    all=$((all + 1))
    ! grep -qwF -- "$word" "$TMPDIR/one.heic.text" || found=$((found + 1))
done < <(head -c 900 "$made/one-0001.txt" | grep -oE '[[:alpha:]]{3,}' | head -40)
num_ok "the words of the page are found ($found of $all)" "$found > $all * 0.9"
read_of turned.heic
r=$("$score" "$made/turned-0001.txt" "$TMPDIR/turned.heic.text")
num_ok "a photo that lies on its side is read ($r)" "${r%% *} > 0.9"
is "$(jq '.pages[0] | .width_px > .height_px' "$TMPDIR/turned.heic.item")" true \
    'by what it shows: a turn in EXIF alone means nothing in a HEIC'

# ---- shown -----------------------------------------------------------------------------
run_is 0 'as PDF' on "$home" --json export --format pdf --item "$(item_of one.heic)" -o "$TMPDIR/out"
check 'it is sound' qpdf --check "$TMPDIR/out/$(item_of one.heic).pdf"
run_is 0 'explained' on "$home" --json ocr explain "$(jq -r '.pages[0].page' "$TMPDIR/one.heic.item")" -o "$TMPDIR/why"
check 'with the decoded picture' test -s "$(find "$TMPDIR/why" -name '*decode*' | head -1)"

# ---- refused -----------------------------------------------------------------------------
head -c 100000 "$in/one.heic" >"$bad/cut.heic"
head -c 100000 "$in/one.jp2" >"$bad/cut.jp2"
{ head -c 60000 "$in/one.heic" && head -c 400000 /dev/zero && tail -c +460001 "$in/one.heic"; } >"$bad/zeros.heic"
size=$(jq -r '.pages[0] | "\(.width_px) \(.height_px)"' "$TMPDIR/one.heic.item")
read -r w h <<<"$size"
patch() { # FILE MARK: of the numbers behind it, width and height become 30000
    W=$w H=$h MARK=$2 perl -0777 -pe '
        $size = pack("NN", $ENV{W}, $ENV{H}); $mark = pack("H*", $ENV{MARK});
        s/($mark....)\Q$size\E/$1 . pack("NN", 30000, 30000)/es' "$1"
}
patch "$in/one.heic" 69737065 >"$bad/huge.heic" # ispe
patch "$in/one.jp2" ff51 >"$bad/huge.jp2"
printf '\0\0\0\x1CftypavifAAAAavifmif1miafxxxx' >"$bad/photo.avif"
for f in "$bad"/huge.*; do
    cmp -s "$f" "$in/one.${f##*.}" && not_ok "${f##*/} was not changed"
done
find "$bad" -exec touch -d '2024-01-01' {} +
run_is 3 'bad ones' on "$home" --json import "$bad"
line input '[(.path | sub(".*/"; "")), .status, .code] | @tsv' | LC_ALL=C sort >"$TMPDIR/got"
LC_ALL=C sort >"$TMPDIR/want" <<'END'
cut.heic	refused	SH-IMAGE-DAMAGED
cut.jp2	refused	SH-IMAGE-DAMAGED
huge.heic	refused	SH-IMAGE-SIZE
huge.jp2	refused	SH-IMAGE-SIZE
photo.avif	refused	SH-TYPE-AVIF
zeros.heic	refused	SH-IMAGE-DAMAGED
END
is "$(diff "$TMPDIR/want" "$TMPDIR/got")" '' 'each for its reason'
is "$(on "$home" --json quarantine list | jq -r 'select(.type != "summary").code' | wc -l)" 6 'and kept'
like "$(line input .vi | head -1)" '[ạảãáàâăêếềệểễôơưđ]' 'the reason is told in Vietnamese'

# ---- changed anywhere ----------------------------------------------------------------
rm -f "$bad"/*
for name in one.heic one.jp2; do
    bytes=$(stat -c %s "$in/$name")
    for i in $(seq 8); do
        at=$((i % 2 ? i * 37 % 400 + 20 : bytes * i / 9))
        cp "$in/$name" "$bad/$i-$name"
        # shellcheck disable=SC2059 # an octal number is the format
        printf "$(printf '\\%03o' $((i * 53 % 256)))" |
            dd of="$bad/$i-$name" bs=1 seek=$at conv=notrunc status=none
    done
done
find "$bad" -exec touch -d '2024-01-01' {} +
run on "$home" --json import "$bad"
is "$(summary inputs)" 16 'changed ones are all judged'
is "$(line input .code | grep -vE '^(null|SH-IMAGE-(DAMAGED|SIZE|BOMB|FORMAT)|SH-INPUT-(TYPE|SIZE))$')" '' \
    'and those that are refused, for what they are'

done_testing
