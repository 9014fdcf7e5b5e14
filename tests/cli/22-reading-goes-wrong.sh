#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What can go wrong while pages are read costs time, never a page: a missing model, a
# damaged file, a killed worker, a stop in the middle; and each says what it was.
. "${0%/*}/lib.sh"
need jq pgrep
pages=$(tool make-pages) || skip_all "make tools"
home=$(fresh_home node)
mkdir "$TMPDIR/in"
"$pages" --seed 22 --out "$TMPDIR/in" --kind letter --count 4 --format jpeg --dpi 150 >/dev/null
"$pages" --seed 23 --out "$TMPDIR/in" --kind letter --count 1 --format pdf --dpi 150 --prefix drawn >/dev/null
on "$home" init --role commune --unit 24175 >/dev/null
run_is 0 "pages are imported" on "$home" --json import "$TMPDIR/in"/*.jpg "$TMPDIR/in"/*.pdf
all=$(summary pages)

# ---- the machine is at fault: nothing is tried, nothing is counted -------------------
mkdir "$TMPDIR/empty"
run_is 1 "without the model nothing is read" env TESSDATA_PREFIX="$TMPDIR/empty" \
    "$SOHOA" -C "$home" --json ocr run
is "$(line error .code)" SH-OCR-MODEL "its code says so"
run_is 0 "only one page" on "$home" --json ocr run --limit 1
is "$(summary pages) $(summary recognized) $(summary failed)" "1 1 0" "is read"

# ---- one file is at fault -----------------------------------------------------------
waiting=$(on "$home" --json item list --state captured | jq -r 'select(.type == "item").item' | head -n 1)
master=$(on "$home" --json item show "$waiting" | jq -r 'select(.type == "item").pages[0].master')
object=$home/objects/${master:0:2}/$master
check "the file of a page that waits" test -s "$object"
chmod u+w "$object"
printf X | dd of="$object" bs=1 seek=2000 conv=notrunc 2>/dev/null
run_is 3 "a damaged file is told" on "$home" --json ocr run
is "$(summary pages) $(summary failed)" "$((all - 1)) 1" "all others are read"
is "$(line page 'select(.status == "failed") | .code')" SH-OBJECT-HASH "with its reason"
is "$(line page 'select(.status == "failed") | (.vi != .en and .vi != "" and .en != "")')" true "in both languages"
is "$(line page 'select(.status == "failed") | .item')" "$waiting" "and which item it is"
run on "$home" --json quarantine list
is "$(line quarantine 'select(.code == "SH-OBJECT-HASH") | .code')" SH-OBJECT-HASH "it stands in quarantine"
run_is 0 "the next run" on "$home" --json ocr run
is "$(summary pages)" 0 "does not try it again by itself"
is "$(on "$home" --json item list --state recognized | jq -r 'select(.type == "item").item' | grep -c .)" "$all" "no item waits for ever"

# ---- a worker dies, the run is stopped ----------------------------------------------
mkdir "$TMPDIR/more"
"$pages" --seed 24 --out "$TMPDIR/more" --kind letter --count 3 --format jpeg --dpi 200 >/dev/null
run_is 0 "more pages" on "$home" --json import "$TMPDIR/more"/*.jpg

# begin ARGS...: ocr run behind us; sets runner
begin() {
    "$SOHOA" -C "$home" --json ocr run --jobs 1 >"$OUT" 2>"$ERR" </dev/null &
    runner=$!
}
# worker_of PID: its reading process, once there is one
worker_of() {
    local i w
    for ((i = 0; i < 600; i++)); do
        w=$(pgrep -P "$1" -f 'worker ocr' | head -n 1)
        [ -z "$w" ] || { echo "$w"; return 0; }
        kill -0 "$1" 2>/dev/null || return 1
        sleep 0.05
    done
    return 1
}
begin
victim=$(worker_of "$runner")
sleep 0.3
check "a worker is killed" kill -KILL "$victim"
wait "$runner"
is "$?" 0 "the run goes on with another"
is "$(summary pages) $(summary recognized) $(summary failed)" "3 3 0" "and no page is lost"

"$pages" --seed 25 --out "$TMPDIR/more" --kind letter --count 3 --format jpeg --dpi 200 --prefix last >/dev/null
run on "$home" --json import "$TMPDIR/more"/*.jpg
is "$(summary stored) $(summary duplicate)" "3 3" "three more"
begin
worker_of "$runner" >/dev/null
kill -INT "$runner"
wait "$runner"
is "$?" 130 "a stop is obeyed"
read_before=$(line page 'select(.status == "recognized") | .page' | grep -c .)
run_is 0 "the next run goes on" on "$home" --json ocr run
is "$((read_before + $(summary recognized))) $(summary failed)" "3 0" "with what was left, each page once"
check "the store is sound but for the damaged file" bash -c \
    "'$SOHOA' -C '$home' --json fsck | jq -e 'select(.type == \"summary\")' >/dev/null"
done_testing
