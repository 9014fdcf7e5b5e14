#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An office without a line in the browser: sticks that are plugged in, written and read back,
# carried to the province and home; a full one, a foreign one, one that was pulled out.
# timeout: 900
# Sticks are file systems in memory, in a mount namespace of this story's own.
if [ "${SOHOA_OWN_MOUNTS:-}" != 1 ] && unshare -m true 2>/dev/null; then
    SOHOA_OWN_MOUNTS=1 exec unshare -m "$0" "$@"
fi
. "${0%/*}/lib.sh"
. "${0%/*}/browser.sh"
web_need
pages=$(tool make-pages) || skip_all "make tools"
{ mkdir -p /media && mount -t tmpfs media /media; } 2>/dev/null || skip_all "sticks cannot be mounted here"

plug() { mkdir -p "/media/$1" && mount -t tmpfs -o "size=$2" "$1" "/media/$1"; }
commune=$(fresh_home commune) province=$(fresh_home province) other=$(fresh_home other)
"$pages" --seed 43 --out "$TMPDIR/in" --kind letter --count 2 --level clean --dpi 150 --format jpeg >/dev/null
run_is 0 "a commune" on "$commune" init --role commune --unit 24175
run_is 0 "a province" on "$province" init --role province --unit 66
run_is 0 "another commune" on "$other" init --role commune --unit 24121
for home in "$commune" "$other"; do
    on "$province" node add "$home/keys/node.pub" --unit "$(jq -r .unit.code "$home/node.json")" --url "ssh://nobody@127.0.0.1:1/" >/dev/null ||
        not_ok "the province enrols $home"
    on "$home" init --join "$province/enrol/$(jq -r .node "$home/node.json").json" >/dev/null || not_ok "join"
done
check "one who verifies" web_user "$commune" lan verifier
check "a clerk" web_user "$commune" hoa clerk
run_is 0 "pages" on "$commune" import "$TMPDIR"/in/*.jpg
run_is 0 "are read" on "$commune" ocr run
for i in $(on "$commune" --json item list | jq -r '.item // empty'); do on "$commune" item verify "$i" --user lan >/dev/null; done
run_is 0 "sealed" on "$commune" bundle seal

run_is 0 "there is no line" on "$commune" config set sync.auto off
check "a stick" plug XANH 64m
check "one that is too small" plug DAY 300k
check "one of somebody else" plug LA 8m
digits=$(jq -r .node "$commune/node.json" | cut -c 1-8 | tr a-f A-F)
echo "holiday" >"/media/LA/$digits.GUI"
mkdir /media/LEFT # a stick that is gone left its folder

serve_start "$commune" /media
# What a person does between: the province takes the stick in, and its answer comes home.
(
    while [ ! -e "$TMPDIR/carried" ]; do
        if [ -e "$TMPDIR/carry" ]; then
            "$SOHOA" -C "$province" courier read /media/XANH --answer >"$TMPDIR/province.log" 2>&1 </dev/null
            touch "$TMPDIR/carried"
        fi
        sleep 0.3
    done
) &
carrier=$!
web stick WEB_CARRY="$TMPDIR/carry" WEB_CARRIED="$TMPDIR/carried" WEB_FILE="$digits.GUI"
touch "$TMPDIR/carried"
wait "$carrier"
serve_stop
run_is 0 "what the browser wrote" on "$commune" --json courier verify "/media/XANH/$digits.GUI"
is "$(cat "/media/LA/$digits.GUI")" holiday "somebody else's file is as it was"
is "$(find /media -name '*.part')" "" "nothing half written is left on any stick"
is "$(find /media/LEFT -type f)" "" "nothing was written into a folder that is no stick"
run_is 0 "where things stand" on "$commune" --json sync status
num_ok "the province has it ($(summary durable))" "$(summary durable) > 0 && $(summary waiting) == 0"
done_testing
