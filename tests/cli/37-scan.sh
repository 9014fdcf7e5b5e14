#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 600
# A stack of sheets is scanned: every sheet is saved at once, a jam or a cut costs only
# the sheet it met, backs come between their fronts, and what is taken in is whole.
. "${0%/*}/lib.sh"
need jq
export SANE_CONFIG_DIR=$TMPDIR/sane # SANE's own scanners for tests, and no other
mkdir "$SANE_CONFIG_DIR"
echo test >"$SANE_CONFIG_DIR/dll.conf"
echo number_of_devices 2 >"$SANE_CONFIG_DIR/test.conf"
fast=(--size max --dpi 75 --mode grey)

home=$(fresh_home scan)
"$SOHOA" -C "$home" init --role commune --unit 24175 >/dev/null
stack() { find "$home/scans" -mindepth 2 2>/dev/null | tr "\n" " "; }

# ---- what is connected -----------------------------------------------------------------
run_is 0 'scanners are listed' on "$home" --json scan devices
is "$(line device .device | tr '\n' ' ')" 'test:0 test:1 ' 'both of them'
: >"$SANE_CONFIG_DIR/dll.conf"
run_is 0 'none is no failure' on "$home" --json scan devices
is "$(summary count)" 0 'and none is told'
run_is 1 'but nothing can be scanned' on "$home" --json scan run
is "$(json 'select(.type == "error") | .code')" SH-SCANNER-NONE 'which is said'
is "$(stack)" '' 'and leaves nothing behind'
echo test >"$SANE_CONFIG_DIR/dll.conf"

# ---- from the glass ---------------------------------------------------------------------
run_is 0 'one sheet from the glass' on "$home" --json scan run --dpi 150 --size max
is "$(summary scanned) $(summary stored) $(summary pages) $(summary finished)" '1 1 1 true' 'is stored'
item=$(line input '.items[0]')
run_is 0 'as an item' on "$home" --json item show "$item"
is "$(line item '.pages[0] | "\(.width_px) \(.height_px) \(.dpi)"')" '1181 1181 150' 'with its size and resolution'
is "$(stack)" '' 'and the stack is gone'
for source in flatbed adf; do
    for mode in color grey bw; do
        run_is 0 "$source, $mode" on "$home" --json scan run --source $source --mode $mode --dpi 75 --size max --pages 2
        is "$(summary scanned)" "$([ $source = adf ] && echo 2 || echo 2)" 'two pictures'
        is "$(summary stored) $(summary refused)" '2 0' 'that are whole, although they look the same'
    done
done
run_is 2 'what it cannot do' on "$home" --json scan run --source duplex
is "$(json 'select(.type == "error") | .code')" SH-SCANNER-OPTION 'is named'
run_is 2 'an option it does not have' on "$home" scan run --option no-such=1
run_is 1 'a scanner that is not there' on "$home" --json scan run --device test:7
is "$(json 'select(.type == "error") | .code')" SH-SCANNER-NONE 'is named'
run_is 2 'a resolution beyond all' on "$home" scan run --dpi 5000

# ---- a feeder, all of it -------------------------------------------------------------------
"$SOHOA" -C "$home" --json dossier add --kind register --register birth --year 2003 --volume 1 \
    --title 'Khai sinh 2003' >"$TMPDIR/dossier"
dossier=$(jq -r 'select(.type == "dossier") | .dossier' "$TMPDIR/dossier")
run_is 0 'ten sheets are the pages of one item' \
    on "$home" --json scan run --source adf "${fast[@]}" --dossier "$dossier" --per-file page --expect 10
is "$(summary scanned) $(summary stored) $(summary found)" '10 10 10' 'all of them'
is "$(line input '.items[0]' | sort -u | wc -l)" 1 'one item'
run_is 3 'another count than was expected' \
    on "$home" --json scan run --source adf "${fast[@]}" --pages 3 --expect 4
is "$(summary scanned) $(summary expected) $(summary found)" '3 4 3' 'is told, as with files'
run_is 1 'a dossier that is not there is known before a sheet moves' \
    on "$home" --json scan run --source adf "${fast[@]}" --dossier 00000000-d9
is "$(stack)" '' 'no stack is begun'

# ---- a jam -------------------------------------------------------------------------------
run_is 0 'two sheets, more to come' on "$home" --json scan run --source adf "${fast[@]}" --pages 2 --keep-open
is "$(summary scanned) $(summary stored) $(summary finished)" '2 0 false' 'are saved and not taken in'
run_is 3 'then a jam' on "$home" --json scan run --source adf "${fast[@]}" --go-on \
    --option read-return-value=SANE_STATUS_JAMMED
is "$(json 'select(.type == "error") | .code')" SH-SCANNER-JAM 'which is said'
like "$(json 'select(.type == "error") | .vi')" 'kẹt' 'in Vietnamese'
is "$(find "$home/scans" -name '*.tif' | wc -l)" 2 'the two sheets are there'
run_is 1 'another stack cannot begin' on "$home" --json scan run --source adf "${fast[@]}"
is "$(json 'select(.type == "error") | .code')" SH-SCAN-OPEN 'before this one ends'
run_is 3 'an open cover' on "$home" --json scan run --source adf "${fast[@]}" --go-on \
    --option read-return-value=SANE_STATUS_COVER_OPEN
is "$(json 'select(.type == "error") | .code')" SH-SCANNER-COVER 'is told apart'
run_is 0 'the rest is scanned' on "$home" --json scan run --source adf "${fast[@]}" --pages 3 --go-on
is "$(summary scanned) $(summary stored) $(summary finished)" '3 5 true' 'and all five are taken in'

# ---- backs in a second pass -----------------------------------------------------------------
run_is 0 'fronts' on "$home" --json scan run --source adf "${fast[@]}" --pages 3 --keep-open \
    --dossier "$dossier" --per-file page
run_is 3 'two backs of three' on "$home" --json scan run --source adf "${fast[@]}" --pages 2 --go-on --backs
is "$(json 'select(.type == "error") | .code')" SH-SCAN-BACKS 'are not enough'
run_is 3 'to take it in' on "$home" --json scan finish
run_is 0 'the third' on "$home" --json scan run --source adf "${fast[@]}" --pages 1 --go-on --backs
is "$(summary stored)" 6 'six pictures'
is "$(line input '.path | split("/")[-1]' | tr '\n' ' ')" \
    '0001.tif 0001b.tif 0002.tif 0002b.tif 0003.tif 0003b.tif ' 'each back behind its front'
run_is 2 'backs without fronts' on "$home" scan run --backs

# ---- thrown away ------------------------------------------------------------------------------
run_is 0 'a stack' on "$home" scan run --source adf "${fast[@]}" --pages 2 --keep-open
run_is 0 'can be dropped' on "$home" --json scan drop
is "$(summary dropped)" 2 'both pictures'
is "$(stack)" '' 'are gone'
is "$(sqlite3 "$home/sohoa.db" "SELECT count(*) FROM audit WHERE act = 'scan.drop'")" 1 'and the chain says so'
run_is 1 'twice is an error' on "$home" --json scan drop
is "$(json 'select(.type == "error") | .code')" SH-SCAN-NO-STACK 'with its reason'

# ---- the power goes ------------------------------------------------------------------------------
"$SOHOA" -C "$home" --json scan run --source adf "${fast[@]}" --option read-delay=yes \
    --option read-delay-duration=40000 >"$TMPDIR/cut" 2>/dev/null &
pid=$!
for _ in $(seq 300); do
    [ "$(grep -c '"scanned"' "$TMPDIR/cut")" -lt 2 ] || break
    sleep 0.1
done
kill -9 $pid
wait $pid 2>/dev/null
told=$(grep -c '"scanned"' "$TMPDIR/cut")
num_ok "it went in the middle ($told sheets were told)" "$told >= 2 && $told < 10"
for _ in $(seq 50); do # its lock goes with the last of its processes
    run on "$home" --json scan finish
    [ "$rc" = 11 ] || break
    sleep 0.2
done
is "$rc" 0 'the stack is taken in afterwards'
num_ok "with every sheet that was told ($(summary stored))" "$(summary stored) >= $told && $(summary stored) <= $told + 1"
run_is 0 'the store is whole' on "$home" --json fsck
is "$(stack)" '' 'and nothing is left over'
done_testing
