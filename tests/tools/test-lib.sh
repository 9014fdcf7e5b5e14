#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The story library: helpers that fail do fail, and its sshd lets the right key in.
. "${0%/*}/../cli/lib.sh"

# inner DESC WANT-EXIT REGEX: a story on stdin, run by itself
inner() {
    { printf '. "%s/tests/cli/lib.sh"\n' "$TOP"; cat; } >"$TMPDIR/inner.sh"
    mkdir -p "$TMPDIR/in"
    run env TEST_NAME=inner TMPDIR="$TMPDIR/in" bash "$TMPDIR/inner.sh"
    is "$rc" "$2" "$1: exit"
    like "$(cat "$OUT")" "$3" "$1: says so"
}
inner 'is and like hold' 0 '1\.\.4' <<'X'
is a a one; like abc 'b.$' two; unlike abc x three; num_ok four '0.5 < 1'; done_testing
X
inner 'is fails' 1 'not ok 1 - one' <<'X'
is a b one; done_testing
X
inner 'like fails' 1 'not ok 1 - one' <<'X'
like a b one; done_testing
X
inner 'num_ok fails' 1 'not ok 1 - one' <<'X'
num_ok one '2 < 1'; done_testing
X
inner 'run_is fails and shows the output' 1 'out: hello' <<'X'
run_is 0 one sh -c 'echo hello; exit 3'; done_testing
X
inner 'check fails' 1 'not ok 1 - one' <<'X'
check one false; done_testing
X
inner 'refuse fails' 1 'not ok 1 - one' <<'X'
refuse one true; done_testing
X
inner 'a story that stops early' 1 'ended before done_testing' <<'X'
ok one; exit 0
X
inner 'a time limit' 1 'exit 124' <<'X'
CMD_TIMEOUT=1; run_is 0 one sleep 5; done_testing
X
inner 'a whole story skipped' 0 '^1\.\.0 # SKIP needs no-such-command' <<'X'
need no-such-command
X

printf '%s\n' '{"type":"input","status":"stored"}' '{"type":"summary","pages":7}' >"$OUT"
is "$(summary pages)" 7 'summary takes the summary line'
is "$(line input .status)" stored 'line takes the lines of one type'

d=$TMPDIR/sshd
mkdir "$d"
for k in right wrong; do ssh-keygen -q -t ed25519 -N '' -C "$k" -f "$d/$k"; done
sed 's/^/restrict,command="echo in" /' "$d/right.pub" >"$d/keys"
if sshd_start "$d" "$d/keys"; then
    ok 'sshd starts'
    to=(ssh -F "$d/ssh_config" -o IdentitiesOnly=yes)
    run_is 0 'the right key is let in' "${to[@]}" -i "$d/right" province any
    is "$(cat "$OUT")" in 'and the forced command runs'
    run_is 255 'a wrong key is refused' "${to[@]}" -i "$d/wrong" province any
    sshd_stop
    run_is 255 'nobody answers after sshd_stop' "${to[@]}" -i "$d/right" province any
else
    not_ok 'sshd starts'
fi

done_testing
