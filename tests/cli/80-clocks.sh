#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A wrong clock is told at both ends, and orders nothing.
# timeout: 300
# again: ocr_direct
. "${0%/*}/lib.sh"
need jq sqlite3
pages=$(tool make-pages) || skip_all "make tools"
commune=$(fresh_home commune) province=$(fresh_home province)
mkdir "$TMPDIR/in"
"$pages" --seed 80 --out "$TMPDIR/in" --kind letter --count 1 --format jpeg --level clean --dpi 150 --keep 15 >/dev/null
on "$province" init --role province --unit 66 >/dev/null
on "$commune" init --role commune --unit 24175 --upstream "$province" >/dev/null
enrol=$(on "$province" --json node add "$commune/keys/node.pub" --unit 24175 --url "$province" | jq -r .enrolment)
on "$commune" init --join "$enrol" >/dev/null
on "$commune" config set seal.level recognized >/dev/null
on "$commune" import "$TMPDIR/in"/*.jpg >/dev/null
on "$commune" ocr run >/dev/null 2>&1
on "$commune" bundle seal >/dev/null
on "$commune" sync run >/dev/null 2>&1
on "$province" ingest >/dev/null
shift_clock() { sqlite3 "$1" "UPDATE bundle SET sealed_at = sealed_at + $2"; }
# told HOME: what sync status says of the clock, to the minute
told() { on "$1" --json sync status | jq -r 'select(.type == "clock") | .ahead_s / 60 | round'; }
doctor() { on "$1" --json doctor 2>/dev/null | jq -r "select(.name | startswith(\"clock\")) | select(.warning) | .name"; }

run_is 0 "node list" on "$province" --json node list
is "$(line node .ahead_s)" null "says nothing of a clock that is right"
shift_clock "$province/communes/24175-2025-07-01/catalog.db" 7200
run_is 0 "what was sealed two hours after it was taken in" on "$province" --json node list
num_ok "shows a clock that is ahead" "$(line node .ahead_s) >= 7000 && $(line node .ahead_s) <= 7200"
like "$(doctor "$province")" "clock $(jq -r .node "$commune/node.json" | cut -c 1-8)" "doctor there says whose"

shift_clock "$commune/sohoa.db" 7200
run_is 0 "receipts at the commune" on "$commune" --json sync run
num_ok "show it there as well" "$(told "$commune") >= 100 && $(told "$commune") <= 120"
is "$(doctor "$commune")" clocks "and to its doctor"
run_is 0 "status" on "$commune" --json sync status
is "$(summary durable) $(summary accepted)" "5 0" "everything is durable all the same"
like "$("$SOHOA" -C "$commune" --lang vi sync status)" "nhanh hơn cấp trên ít nhất" "in words"
done_testing
