#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 180
# run: alone
# The emulated line of the sync bench delays, is narrow, loses and cuts as it is told, the
# same way for the same seed.
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR/../tools
. "$TOP/tests/tools/link.sh"
probe=$(tool link-probe) && TOOLS=$(dirname "$(tool link-emulator)") || exit 1
why=$(link_possible) || skip_all "$why"
at_exit link_down

# begin WORD=VALUE...: a line with a server above
begin() {
    local i
    if ! link_up "$TMPDIR" seconds=120 "$@"; then
        not_ok "the line is up: $*"
        done_testing
    fi
    "${above[@]}" "$probe" serve 7000 >"$TMPDIR/serve" 2>&1 </dev/null &
    for ((i = 0; i < 100; i++)); do
        ! grep -qs ready "$TMPDIR/serve" || return 0
        sleep 0.05
    done
}
# word WORD: of the last output
word() { awk -v w="$1" '$1 == w { print $2 }' "$OUT"; }
udp() { run "${below[@]}" "$probe" udp "$LINK_ABOVE" 7000 "$@"; }
tcp() { run "${below[@]}" "$probe" tcp "$LINK_ABOVE" 7000 "$@"; }

# ---- delay and rate ----
begin delay=60
udp 5
is "$(word back)" 5 "without loss all come back"
num_ok "none sooner than twice the delay ($(word quickest_ms) ms)" "$(word quickest_ms) >= 119"
link_down
is "$(link_stat up_packets) $(link_stat down_packets) $(link_stat cuts)" "5 5 0" "it counts"
begin up=400 down=400 queue=2000
tcp 50000 20000
is "$(word end)" "done" "50 KB over 400 kbit/s"
num_ok "take a second at least ($(word ms) ms)" "$(word ms) >= 950"
link_down
num_ok "and their headers are counted" "$(link_stat up_bytes) > 51000"

# ---- loss ----
# fates SEED: which of 200 packets came back
fates() {
    begin loss=150 seed="$1"
    udp 200
    word fate
    link_down
}
one=$(fates 11)
again=$(fates 11)
other=$(fates 12)
lost=${one//1/}
num_ok "15 per cent each way lose some of 200 packets (${#lost})" \
    "${#one} == 200 && ${#lost} >= 25 && ${#lost} <= 90"
is "$again" "$one" "the same seed loses the same packets"
isnt "$other" "$one" "another seed others"

# ---- cuts ----
begin up=2000 down=2000 on=1000 off=500 cut=stall
tcp 500000 20000
is "$(word end)" "done" "a line that stalls: the connection goes on"
link_down
num_ok "though it was cut" "$(link_stat cuts) >= 1 && $(link_stat up_cut) >= 1"
num_ok "for as long as told" "$(link_stat up_gap_ms) >= 500"
is "$(link_stat forgot)" 0 "nothing is forgotten"
begin up=2000 down=2000 on=1000 off=500 cut=reset
tcp 5000000 20000
is "$(word end)" reset "a line that forgets and says so: the connection is reset"
tcp 1000 20000
is "$(word end)" "done" "a new one is not"
link_down
begin up=2000 down=2000 on=1000 off=500 cut=drop
tcp 5000000 4000
is "$(word end)" silent "one that forgets in silence: nothing more is heard"
link_down
num_ok "of what was sent after the cut" "$(link_stat forgot) >= 1"

# ---- nothing is left ----
is "$(ip netns list | grep -c "^sohoa-$$-")" 0 "no namespace is left"
refuse "words that it does not know are refused" "$TOOLS/link-emulator" a b rate=8
refuse "and namespaces that are not there" "$TOOLS/link-emulator" sohoa-none sohoa-none
done_testing
