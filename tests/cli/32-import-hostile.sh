#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 900
# Files made to hurt are refused with their reason or stored as they should, in bounded
# time and memory, beside good ones, and nothing is written outside the home.
. "${0%/*}/lib.sh"
. "${0%/*}/hostile.sh"

need jq pdftoppm pdfinfo
CMD_TIMEOUT=600
work=$TMPDIR/work
home=$work/home
mkdir "$work" "$work/cwd"
check 'the hostile files are made' "$(tool make-hostile)" "$work/in"
run_is 0 'a node' "$SOHOA" -C "$home" init --role commune --unit 24175

surroundings "$work" >"$TMPDIR/before"
cd "$work/cwd" || exit 1
run_is 3 'all are offered in one call' "$(tool peak)" "$TMPDIR/peak" \
    "$SOHOA" -C "$home" --json import --wait 0 "$work/in"
cp "$OUT" "$TMPDIR/first"
surroundings "$work" >"$TMPDIR/after"
read -r wall_ms peak_kib _ <"$TMPDIR/peak"
note "$wall_ms ms, $peak_kib KiB in the largest process"

lines_of "$TMPDIR/first" "$work/in" >"$TMPDIR/got"
table hostile >"$TMPDIR/want"
all_as_said "$TMPDIR/got" "$TMPDIR/want"
peak_mib=256
sanitized && peak_mib=1024 # what was freed is kept to catch late uses
num_ok "memory stays bounded ($peak_mib MiB)" "$peak_kib < $peak_mib * 1024"
num_ok 'time stays bounded: two pages of PDF cost their 20 s' "$wall_ms < 150000 * ${TEST_SLOW:-1}"
is "$(diff "$TMPDIR/before" "$TMPDIR/after")" '' 'nothing outside the home is changed'
is "$(find "$work" "$TMPDIR" -name 'LAUNCHED*' -not -path '*/name/*')" '' 'nothing was run'
check 'no absolute path is written to' test ! -e /tmp/absolute.png
is "$(jq -r 'select(.type == "input" and .code != null) |
    select(.vi == null or .en == null or .vi == .en or .vi == "" or .en == "") | .code' \
    "$TMPDIR/first")" '' 'each reason stands there in Vietnamese and in English'
is "$(jq -r 'select(.type == "input" and .code != null) |
    select(((.path | split("/") | last) as $n | .en | startswith($n)) | not) | .path' \
    "$TMPDIR/first")" '' 'each reason names its file'
quarantine_holds "$home" "$TMPDIR/first"
objects_sound "$home"
is "$(find "$home/spool" "$home/objects" -name '.tmp-*' -o -path '*/spool/*')" '' \
    'no temporary file is left'

# A second time, in another order: what was stored is there, nothing new comes.
on "$home" --json quarantine list >"$TMPDIR/rows-1"
mapfile -d '' files < <(find "$work/in" -mindepth 2 -print0 |
    LC_ALL=C grep -azv -e flate-twice -e forms-1e10 |
    shuf -z --random-source="$TOP/LICENSE")
run "$SOHOA" -C "$home" --json import --wait 0 "${files[@]}"
cp "$OUT" "$TMPDIR/second"
is "$(jq -r 'select(.type == "summary") | "\(.stored) \(.waiting) \(.pages)"' \
    "$TMPDIR/second")" '0 0 0' 'offered again in another order nothing is stored twice'
is "$(jq -r 'select(.type == "input" and .status == "duplicate") | .items[0]' \
    "$TMPDIR/second" | sort -u | wc -l)" \
    "$(jq -r 'select(.type == "input" and .status == "stored") | .items[0]' \
    "$TMPDIR/first" | sort -u | wc -l)" 'each is linked to the item that has it'
on "$home" --json quarantine list >"$TMPDIR/rows-2"
is "$(grep -c . "$TMPDIR/rows-2")" "$(grep -c . "$TMPDIR/rows-1")" \
    'the quarantine has no row twice'
check 'the store is sound' on "$home" fsck --deep

# A file that grows.
good=$work/in/png/zz-good.png
mkdir "$work/grow"
"$(tool make-hostile)" "$TMPDIR/fresh" && cp "$TMPDIR/fresh/jpeg/good-progressive.jpg" "$TMPDIR/new.jpg"
printf '\xFF\xD8\xFF\xFE\x00\x06grow' >"$TMPDIR/other.jpg" # another content: a remark
tail -c +3 "$TMPDIR/new.jpg" >>"$TMPDIR/other.jpg"
half=$(($(stat -c %s "$TMPDIR/other.jpg") / 2))
head -c $half "$TMPDIR/other.jpg" >"$work/grow/scan.jpg"
run_is 3 'a file that is not complete' "$SOHOA" -C "$home" --json import --wait 0 "$work/grow"
is "$(line input '.status + " " + .code')" 'waiting SH-INPUT-GROWING' 'waits'
is "$(summary waiting)" 1 'and is counted so'
(sleep 0.7; tail -c +$((half + 1)) "$TMPDIR/other.jpg" >>"$work/grow/scan.jpg") &
writer=$!
run_is 0 'is taken when it is finished in time' "$SOHOA" -C "$home" --json import --wait 8 \
    "$work/grow"
wait $writer
is "$(line input '.status')" stored 'and stored once it is whole'
is "$(line input '.pages[0]')" "$(sha256sum <"$TMPDIR/other.jpg" | cut -d ' ' -f 1)" 'bit by bit'

# After all that.
run_is 0 'the next good input works' "$SOHOA" -C "$home" --json import "$good"

done_testing
