#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 300
# What appears in a watched folder is taken in when it is finished and put aside; what
# is half written waits, what cannot be taken says why, and nothing is lost or doubled.
. "${0%/*}/lib.sh"
need jq
pages=$(tool make-pages) || skip_all "make tools"
"$pages" --out "$TMPDIR/made" --kind letter --seed 381 --count 6 --dpi 75 --keep 10 >/dev/null ||
    not_ok "pages"
home=$(fresh_home watch)
"$SOHOA" -C "$home" init --role commune --unit 24175 >/dev/null
in=$TMPDIR/in
mkdir -p "$in/deep/er"
made() { echo "$TMPDIR/made/letter-000$1.jpg"; }
items() { sqlite3 "$home/sohoa.db" 'SELECT count(*) FROM item'; }
there() { (cd "$in" && find . -type f | LC_ALL=C sort | tr '\n' ' '); }

# ---- once -------------------------------------------------------------------------------
cp "$(made 1)" "$in/a.jpg"
cp "$(made 2)" "$in/deep/er/b.jpg"
echo 'not a picture' >"$in/note.txt"
touch "$in/.hidden"
ln -s a.jpg "$in/link.jpg"
run_is 3 'what is there is taken once' on "$home" --json watch --once --still 1 "$in"
is "$(summary stored) $(summary refused) $(summary waiting)" '2 2 0' 'the good ones, not the others'
is "$(there)" './.hidden ./done/a.jpg ./done/b.jpg ./refused/link.jpg.txt ./refused/note.txt ./refused/note.txt.txt ' \
    'each is put aside, with the reason of what was refused'
like "$(cat "$in/refused/note.txt.txt")" '[[:alpha:]]{4}' 'in words'
is "$(items)" 2 'two items'
run_is 0 'a second time' on "$home" --json watch --once --still 1 "$in"
is "$(summary inputs)" 0 'there is nothing to do'
cp "$(made 1)" "$in/a.jpg"
run_is 0 'the same file offered once more' on "$home" --json watch --once --still 1 "$in"
is "$(summary stored) $(summary duplicate)" '0 1' 'is stored once'
is "$(find "$in/done" -name 'a*' | wc -l)" 2 'and nothing in done/ was written over'
is "$(items)" 2 'still two items'

# ---- half written -------------------------------------------------------------------------
head -c 3000 "$(made 3)" >"$in/c.jpg"
run_is 3 'a file that is not complete' on "$home" --json watch --once --still 1 "$in"
is "$(summary waiting) $(line input .status)" '1 waiting' 'waits'
check 'where it is' test -f "$in/c.jpg"
is "$(items)" 2 'and is no item'

# ---- until it is stopped ---------------------------------------------------------------------
"$SOHOA" -C "$home" --json watch --still 1 "$in" >"$TMPDIR/lines" 2>"$TMPDIR/talk" &
pid=$!
until_count() { # N PATTERN: so many lines, within a time
    for _ in $(seq 300); do
        [ "$(grep -c "$2" "$TMPDIR/lines")" -lt "$1" ] || return 0
        sleep 0.1
    done
    return 1
}
check 'the waiting one is told' until_count 1 '"waiting"'
(
    head -c 5000 "$(made 4)"
    sleep 3
    tail -c +5001 "$(made 4)"
) >"$in/slow.jpg" &
writer=$!
cp "$(made 5)" "$in/part.tmp" && mv "$in/part.tmp" "$in/e.jpg"
check 'a file that is put there whole is taken' until_count 1 'e.jpg","\?.*"stored"\|"stored".*e.jpg\|e.jpg.*"stored"'
wait $writer
check 'one that came slowly too' until_count 1 'slow.jpg.*"stored"'
cat "$(made 3)" >"$in/c.jpg"
check 'and the half one when it is whole' until_count 1 'c.jpg.*"stored"'
is "$(grep -c 'c.jpg.*"waiting"' "$TMPDIR/lines")" 1 'that waits is told once'
is "$(items)" 5 'five items, none twice'
mv "$in" "$in.away"
sleep 3
check 'a folder that is away for a while ends nothing' kill -0 $pid
mv "$in.away" "$in"
cp "$(made 6)" "$in/f.jpg"
check 'and is looked at again when it is back' until_count 1 'f.jpg.*"stored"'
kill -TERM $pid
wait $pid
is $? 130 'it stops when it is told to'
is "$(tail -1 "$TMPDIR/lines" | jq -r '"\(.type) \(.stored)"')" 'summary 4' 'with its sum'

# ---- what it does not do -----------------------------------------------------------------------
run_is 1 'a folder that is not there' on "$home" --json watch --once "$TMPDIR/none"
run_is 2 'a folder of the node itself' on "$home" --json watch --once "$home/spool"
run_is 1 'a dossier that is not there' on "$home" --json watch --once --dossier 00000000-d9 "$in"
run_is 0 'the store is whole' on "$home" --json fsck
done_testing
