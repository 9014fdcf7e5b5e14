#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 600
# Odd and broken files from the test sets of other programs are refused with their reason
# or stored as they should.
. "${0%/*}/lib.sh"
. "${0%/*}/hostile.sh"

need jq pdftoppm pdfinfo
nasty=$(data nasty) || skip_all '../shared/data/nasty is not there; 32-import-hostile makes its own'
CMD_TIMEOUT=400
work=$TMPDIR/work
home=$work/home
mkdir "$work" "$work/cwd"
# A copy with an old time: cut files there are not "still being written".
cp -r "$nasty" "$work/in"
find "$work/in" -exec touch -d '2024-01-01' {} +
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
table nasty >"$TMPDIR/want"
all_as_said "$TMPDIR/got" "$TMPDIR/want"
peak_mib=256
sanitized && peak_mib=1024 # what was freed is kept to catch late uses
num_ok "memory stays bounded ($peak_mib MiB)" "$peak_kib < $peak_mib * 1024"
is "$(diff "$TMPDIR/before" "$TMPDIR/after")" '' 'nothing outside the home is changed'
quarantine_holds "$home" "$TMPDIR/first"
objects_sound "$home"
run_is 3 'a second time' "$SOHOA" -C "$home" --json import --wait 0 "$work/in/img" "$work/in/archive"
is "$(summary stored)" 0 'nothing is stored twice'

done_testing
