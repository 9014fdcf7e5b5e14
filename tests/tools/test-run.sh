#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The runner counts right and sees every way in which a test file can go wrong.
. "${0%/*}/../cli/lib.sh"

# A source tree of its own with the runner and files made here.
tree=$TMPDIR/tree
mkdir -p "$tree/tests/cli" "$tree/tests/unit" "$tree/build/tests/unit"
cp "$TOP/tests/run" "$tree/tests/run"

story() { # story NAME: text on stdin
    cat >"$tree/tests/cli/$1"
    chmod +x "$tree/tests/cli/$1"
}

runner() { # runner ARGS...: output and last line
    env -u TEST_NAME TMPDIR="$TMPDIR" "$tree/tests/run" "$tree/build" "$@" \
        >"$OUT" 2>"$ERR" </dev/null
    rc=$?
    last=$(tail -n 1 "$OUT")
}

one() { # one DESC WANTED-LAST-LINE WANTED-EXIT REGEX: one story alone, text on stdin
    rm -rf "$tree"/tests/cli/*
    story 01-x.sh
    runner
    is "$last / $rc" "$2 / $3" "$1"
    like "$(cat "$OUT")" "$4" "$1: says so"
}

one 'two good tests' '2 passed, 0 failed, 0 skipped' 0 '^ok   tests/cli/01-x.sh' <<'X'
#!/bin/sh
echo ok 1 - a; echo ok 2; echo 1..2
X
one 'a failed test' '1 passed, 1 failed, 0 skipped' 1 'not ok 2 - b' <<'X'
#!/bin/sh
echo 1..2; echo ok 1 - a; echo not ok 2 - b; exit 1
X
one 'a skipped test is counted and shown' '1 passed, 0 failed, 1 skipped' 0 \
    'skipped: no scanner' <<'X'
#!/bin/sh
echo 1..2; echo ok 1 - a; echo 'not ok 2 # SKIP no scanner'
X
one 'exit 0 before the plan is kept' '1 passed, 1 failed, 0 skipped' 1 \
    '1 of 3 tests ran' <<'X'
#!/bin/sh
echo 1..3; echo ok 1 - a; exit 0
X
one 'exit 0 before anything' '0 passed, 1 failed, 0 skipped' 1 'nothing ran' <<'X'
#!/bin/sh
exit 0
X
one 'a bad code without a failed line' '1 passed, 1 failed, 0 skipped' 1 \
    'exit 3 without a failed line' <<'X'
#!/bin/sh
echo 1..1; echo ok 1 - a; exit 3
X
one 'death by a signal' '1 passed, 1 failed, 0 skipped' 1 'FAIL' <<'X'
#!/bin/sh
echo 1..1; echo ok 1 - a; kill -SEGV $$
X
one 'a process left behind' '1 passed, 1 failed, 0 skipped' 1 \
    'processes were left behind: sleep' <<'X'
#!/bin/sh
sleep 33 & echo 1..1; echo ok 1 - a
X
one 'time limit' '0 passed, 1 failed, 0 skipped' 1 'time limit' <<'X'
#!/bin/sh
# timeout: 1
echo 1..1; sleep 20; echo ok 1 - a
X
one 'a summary in failing output is not the last line' '0 passed, 1 failed, 0 skipped' 1 \
    '  [|] 9 passed' <<'X'
#!/bin/sh
echo 1..1; echo 9 passed, 0 failed, 0 skipped; echo not ok 1; exit 1
X

rm -rf "$tree"/tests/cli/*
story 01-a.sh <<'X'
#!/bin/sh
# The folder is this file's own, and so is the home.
echo 1..3; [ -z "$(ls -A "$TMPDIR")" ] && echo ok 1
[ "$HOME" != "$TMPDIR" ] && [ -z "$(ls -A "$HOME")" ] && echo ok 2
case $SOHOA in /*/build/sohoa) echo ok 3;; esac; echo x > "$TMPDIR/left"
X
story 02-b.sh <<'X'
#!/bin/sh
echo 1..1; echo here > "$TMPDIR/left"; echo not ok 1; exit 1
X
printf 'int main;\n' >"$tree/tests/unit/test_gone.c"
runner -j 2
is "$last" '3 passed, 2 failed, 0 skipped' 'a unit program that was not built counts'
kept=$(sed -n 's/.*kept in //p' "$OUT")
is "$(cat "$kept/tmp/left")" here 'the folder of a failed file is kept'
refuse 'the folder of a good file is removed' test -e "${kept%/*}/0"
runner 02-b
is "$last" '0 passed, 1 failed, 0 skipped' 'a pattern chooses files'
runner no-such-thing
is "$rc" 1 'a pattern that chooses nothing fails'
rm -rf "$kept"

rm -rf "$tree"/tests/cli/* "$tree"/tests/unit/*
story 01-a.sh <<'X'
#!/bin/sh
# again: ocr_direct
echo 1..1; echo ok 1; [ -z "${SOHOA_OCR_DIRECT:-}" ] || echo once >"$BUILD/direct"
X
SOHOA_OCR_DIRECT=1 runner
is "$last" '1 passed, 0 failed, 0 skipped' 'one pass in a build that has no ocr_direct'
refuse 'and the environment of outside does not count' test -e "$tree/build/direct"
echo 'gcc -DSOHOA_SANITIZER' >"$tree/build/flags"
runner
is "$last" '2 passed, 0 failed, 0 skipped' 'two passes in one that has it'
like "$(cat "$OUT")" '01-a.sh [(]ocr_direct[)] ' 'the second says its name'
check 'and reads directly' test -e "$tree/build/direct"

rm -rf "$tree"/tests/cli/* "$tree/build/flags"
story 01-alone.sh <<'X'
#!/bin/sh
# run: alone
echo 1..1; [ -e "$BUILD/first-over" ] && echo ok 1
X
story 02-first.sh <<'X'
#!/bin/sh
# timeout: 60
# Ends when the third has begun, which the second has to make room for.
while [ ! -e "$BUILD/third" ]; do sleep 0.1; done
echo 1..1; echo ok 1; : >"$BUILD/first-over"
X
for n in 03-second 04-third; do
    story $n.sh <<'X'
#!/bin/sh
: >"$BUILD/$(basename "$0" .sh | cut -c 4-)"; echo 1..1; echo ok 1
X
done
runner -j 2
is "$last" '4 passed, 0 failed, 0 skipped' 'a file begins when any of those that run has ended'
like "$(grep -v alone "$OUT" | head -n 1)" '03-second' 'that one is told at once'
like "$(tail -n 2 "$OUT" | head -n 1)" '01-alone' 'what runs alone comes when all others are over'

done_testing
