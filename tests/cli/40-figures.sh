#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Targets, rates and gaps: figures that can be recounted by hand.
. "${0%/*}/lib.sh"
need jq
pages=$(tool make-pages) || skip_all "make tools"
home=$(fresh_home node)
on "$home" init --role commune --unit 24175 >/dev/null

target() { printf 'unit,indicator,kind,period,denominator,target_percent\n%s' "$1" >"$TMPDIR/t.csv"; }
target $'24175,received,birth,2026,543,80\n24175,received,all,2026,1000,80.5\n'
run_is 0 "targets" on "$home" --json target import "$TMPDIR/t.csv"
is "$(summary rows) $(summary added) $(summary changed)" "2 2 0" "are added"
run_is 0 "again" on "$home" --json target import "$TMPDIR/t.csv"
is "$(summary added) $(summary changed)" "0 0" "nothing changes"
target $'24175,received,birth,2026,544,80\n24175,wrong,birth,2026,1,\n24175,received,birth,2026-13,1,\n24175,received,cow,2026,1,\n24175,received,birth,2026,-1,\nx y,received,birth,2026,1,\n24175,received,birth,2026,1,101\n'
run_is 1 "a file with bad lines" on "$home" --json target import "$TMPDIR/t.csv"
is "$(line error .code)" SH-CSV "is refused"
like "$(line error .detail)" "3: indicator.*4: period.*5: kind.*6: denominator.*7: unit.*8: target_percent" "every bad line is named"
is "$(on "$home" --json target list | jq -r 'select(.kind=="birth").denominator')" 543 "and nothing of it taken"
printf 'unit,indicator,kind,period\n24175,received,birth,2026\n' >"$TMPDIR/t.csv"
run_is 1 "a column is missing" on "$home" --json target import "$TMPDIR/t.csv"
like "$(line error .detail)" denominator "it is named"
: >"$TMPDIR/t.csv"
run_is 1 "an empty file never means no targets" on "$home" target import "$TMPDIR/t.csv"

run_is 0 "rates before any receipt" on "$home" --json report rates --period 2026
is "$(line rate 'select(.denominator != null) | .numerator' | sort -u)" 0 "count nothing"
is "$(line rate .text)" "0/1000 = 0.00%" "one row a unit by default, by its target for all kinds"
run_is 0 "by kind" on "$home" --json report rates --period 2026 --by kind
is "$(line rate 'select(.kind == "birth") | .text')" "0/543 = 0.00%" "0/543 is 0.00%"
run_is 0 "another year" on "$home" --json report rates --period 2025
is "$(summary rate)" null "has no target, so no rate"
run_is 2 "a period that is none" on "$home" report rates --period 2026-Q5
run_is 2 "an indicator that is none" on "$home" report rates --indicator luck
run_is 0 "as a file" on "$home" report rates --period 2026 --by kind --format csv -o "$TMPDIR/rates.csv"
check "with the mark spreadsheets want" bash -c "head -c 3 '$TMPDIR/rates.csv' | cmp - <(printf '\xEF\xBB\xBF')"
check "and the same figures" grep -q '0/543 = 0.00%' "$TMPDIR/rates.csv"

run_is 0 "a register" on "$home" --json dossier add --kind register --title "Khai sinh 2003" --register birth --year 2003 --volume 1 --from 1 --to 10
dossier=$(line dossier .dossier)
run_is 1 "the same volume again" on "$home" dossier add --kind register --title "Khai sinh 2003" --register birth --year 2003 --volume 1
run_is 20 "an empty register" on "$home" --json report gaps --dossier "$dossier"
is "$(line gap '"\(.from)-\(.to)"')" 1-10 "misses everything"
mkdir "$TMPDIR/in"
"$pages" --seed 5 --out "$TMPDIR/in" --kind register --count 8 --format png --level clean --dpi 100 >/dev/null
run_is 0 "eight entries" on "$home" --json import --dossier "$dossier" --kind birth "$TMPDIR/in"/*.png
mapfile -t items < <(line input '.items[]')
numbers=(1/2003 2/2003 4/2003 5/2003 5/2003 7bis/2003 8/2003 12/2003)
for i in "${!numbers[@]}"; do on "$home" item set "${items[$i]}" "so=${numbers[$i]}" >/dev/null || not_ok "set ${numbers[$i]}"; done
run_is 20 "gaps" on "$home" --json report gaps --dossier "$dossier"
is "$(line gap '"\(.from)-\(.to)"' | paste -sd' ')" "3-3 6-7 9-11" "head, tail and in between; 7bis is not 7"
is "$(line duplicate .number)" 5/2003 "a doubled number is named"
run_is 0 "a gap is explained" on "$home" dossier gap "$dossier" 3-3 --why torn
run_is 0 "and another" on "$home" dossier gap "$dossier" 9-11 --why cancelled
run_is 20 "what is left" on "$home" --json report gaps --dossier "$dossier"
is "$(line gap '"\(.from)-\(.to)"' | paste -sd' ')" "6-7" "is what nobody explained"
run_is 2 "a reason that is none" on "$home" dossier gap "$dossier" 6-7 --why lost
run_is 0 "closing count" on "$home" dossier close "$dossier" --count 9
run_is 20 "differs" on "$home" --json report gaps --dossier "$dossier"
is "$(line count '"\(.counted) \(.found)"')" "9 8" "from what was found"
run_is 1 "closed twice" on "$home" dossier close "$dossier" --count 9
done_testing
