#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The scores of readings count what they say, on readings whose faults are known.
. "${0%/*}/../cli/lib.sh"
misread=$(tool misread) || skip_all "make tools"
score=$(tool score) || skip_all "make tools"

truth() { printf '%s\n' "$@" >"$TMPDIR/truth"; }
reading() { printf '%s\n' "$@" >"$TMPDIR/read"; }
figures() { "$misread" "$TMPDIR/truth" "$TMPDIR/read" | cut -d ' ' -f 2-9; }

truth 'Xã Hòa Phú' 'Số: 12/QĐ-UBND' 'ngày 3 tháng 4'
reading 'ngày 3 tháng 4' '' 'Số:  12/QĐ-UBND Xã Hòa Phú'
is "$(figures)" 'cer 0.00 cerm 0.00 der 0.00 num 0.00' 'order and white space do not count'
reading 'Số: 12/QĐ-UBND ngày 8 tháng 4' 'Xã Hoa Phú zz'
is "$(figures)" 'cer 10.53 cerm 5.26 der 2.63 num 33.33' 'a digit, a mark and two letters too many'
reading ''
is "$(figures)" 'cer 100.00 cerm 100.00 der 0.00 num 100.00' 'nothing read'
truth 'mot hai' 'mot hai'
reading 'mot hai'
is "$(figures)" 'cer 50.00 cerm 50.00 der 0.00 num 0.00' 'a piece serves one line only'
# The columns of a table, read row by row; one cell is hardly read at all.
truth 'Nguyễn Văn Bình' 'Trần Thị Hoa' '12/2003' '13/2003'
reading '12/2003 Nguyễn Văn Bình' '13/2003 Trần Thị Hoa'
is "$(figures)" 'cer 0.00 cerm 0.00 der 0.00 num 0.00' 'cells are in any order'
truth 'Cộng hòa xã hội Số: 12/QĐ-UBND' 'Việt Nam ngày 5'
reading 'Cộng hòa xã hội' 'Việt Nam' 'Số: 12/QĐ-UBND' 'ngày 5'
is "$(figures)" 'cer 0.00 cerm 0.00 der 0.00 num 0.00' 'a true line of two columns is cut'
truth 'Nam' 'Việt Nam, ngày 5'
reading 'Việt Nam, ngày 5' 'Nam'
is "$(figures)" 'cer 0.00 cerm 0.00 der 0.00 num 0.00' 'a short line takes nothing from a long one'
truth 'mmmmmmmmmmmmmmm ngày' 'Bình, ngày 5'
reading 'Bình, ngày 5'
is "$(figures)" 'cer 62.50 cerm 62.50 der 0.00 num 0.00' 'nor a line that was not read'
truth 'một hai ba'
reading 'một hai ba' 'CÔNG VĂN ĐẾN' 'zz'
is "$(figures)" 'cer 120.00 cerm 0.00 der 0.00 num 0.00' 'what is not in the truth is invented'
printf 'CÔNG VĂN ĐẾN\nchuyển\n' >"$TMPDIR/truth.also"
is "$(figures)" 'cer 20.00 cerm 0.00 der 0.00 num 0.00' 'a stamp is no invention, and no loss'
cp "$TMPDIR/truth" "$TMPDIR/page.txt"
cp "$TMPDIR/truth.also" "$TMPDIR/page.also"
is "$("$misread" "$TMPDIR/page.txt" "$TMPDIR/read" | cut -d ' ' -f 2-3)" 'cer 20.00' \
    'by the name of the truth'
rm "$TMPDIR/truth.also"
truth 'một'
reading "$(printf 'mo\xcc\x82\xcc\xa3t')"
is "$(figures)" 'cer 0.00 cerm 0.00 der 0.00 num 0.00' 'composed and decomposed are one'
truth 'Số: 12/QĐ-UBND ngày 3 tháng 4 năm 2019'
reading 'Số: 12/QĐ-UBND ngày 8 tháng A năm 2019'
told() { printf '%s\ttwo-readings\n' "$@" >"$TMPDIR/read.doubt"; }
flagged() { "$misread" "$TMPDIR/truth" "$TMPDIR/read" | cut -d ' ' -f 8-9,15-; }
told 3 7
is "$(flagged)" 'num 50.00 flagged 50.00 false 50.00' 'one of two wrong ones is told, and one that was right'
told 3 5
is "$(flagged)" 'num 50.00 flagged 100.00 false 0.00' 'both are told, one of them read as a letter'
reading 'Số: 12/QĐ-UBND năm 2019'
told 0
is "$(flagged)" 'num 50.00 flagged 0.00 false 0.00' 'what was not read at all is not told'
truth 'ngày 07 tháng 8 năm 2017'
reading 'ngày 07 tháng năm 2017'
told 3
is "$(flagged)" 'num 33.33 flagged 100.00 false 0.00' 'one that is lost, where a word beside it is told'
told 0
is "$(flagged)" 'num 33.33 flagged 0.00 false 0.00' 'but not where another one is'
truth 'một hai ba bốn' '1' 'năm sáu bảy 2'
reading 'một hai ba bốn' ']' 'năm sáu bảy 2'
told 4
is "$(flagged)" 'num 50.00 flagged 100.00 false 0.00' 'a line that is nowhere, by what stands in its place'
truth '19 tháng 6' 'ngày 19 tháng 2'
reading '19 tháng 6' 'ngày 79 tháng 2'
told 4
is "$(flagged)" 'num 25.00 flagged 100.00 false 0.00' 'of two that are the same the one in its place'
reading '19tháng 6' 'ngày 19 tháng 2'
told 0
is "$(flagged)" 'num 25.00 flagged 100.00 false 0.00' 'run together with a word'
truth 'Số: 120 /QĐ-UBND năm 2019'
reading 'Số: 120/QĐ-UBND năm 2018'
told 3
is "$(flagged)" 'num 50.00 flagged 100.00 false 0.00' 'room before the stroke is no difference'
rm "$TMPDIR/read.doubt"
run_is 1 'a file that is not there' "$misread" "$TMPDIR/truth" "$TMPDIR/none"
run_is 2 'half a pair' "$misread" "$TMPDIR/truth"

truth 'Một hai hai 3'
reading 'hai MỘT bốn 3'
is "$("$score" "$TMPDIR/truth" "$TMPDIR/read")" '0.7500 4 3 4' 'recall counts words as a bag'
done_testing
