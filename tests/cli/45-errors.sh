#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a clerk can do wrong: every command says no with its code, and changes nothing.
. "${0%/*}/lib.sh"
need jq
pages=$(tool make-pages) || skip_all "make tools"
home=$(fresh_home node)
province=$(fresh_home province)
on "$home" init --role commune --unit 24175 >/dev/null
on "$province" init --role province --unit 66 >/dev/null
mkdir "$TMPDIR/in"
"$pages" --seed 3 --out "$TMPDIR/in" --kind letter --count 1 --format jpeg --dpi 100 >/dev/null
on "$home" --json import "$TMPDIR/in"/*.jpg >"$TMPDIR/import"
item=$(jq -r 'select(.type == "input").items[0]' "$TMPDIR/import")
on "$home" user add lan --role verifier >/dev/null
before=$(on "$home" --json item history "$item")

# no CODE EXIT ARGS...: the command fails with this exit and names this code.
no() {
    local code=$1 want=$2
    shift 2
    run on "$home" --json "$@"
    is "$rc $(line error .code)" "$want $code" "$*"
}
usage() { no SH-USAGE 2 "$@"; }

# Options that are missing, and values that none of them takes.
usage init
usage init --role commune
usage init --join "$TMPDIR/x" --unit 1
usage node add "$TMPDIR/x"
usage import "$TMPDIR/in" --per-file book
usage import "$TMPDIR/in" --per-file page
usage import "$TMPDIR/in" --expect 0
usage import "$TMPDIR/in" --wait soon
usage quarantine show x
usage quarantine release 0 "$TMPDIR"
usage quarantine remove 1
usage ocr run --jobs 0
usage ocr run --limit -1
usage dossier add --title T
usage dossier add --kind file
usage dossier add --kind box --title T
usage dossier add --kind register --title T --register birth --year 1200
usage dossier add --kind register --title T --register birth --series month
usage dossier add --kind register --title T --register "$(printf 'x%.0s' {1..300})"
usage item mark "$item" so
usage item mark "$item" so --as torn
usage item undo "$item"
no SH-WHY 2 item mark "$item" so --as illegible
no SH-UNDO 12 item undo "$item" --user lan
no SH-ITEM-ABSENT 1 item check 00000000-99
usage dossier close 00000000-d1
usage dossier close 00000000-d1 --count many
usage dossier gap 00000000-d1 14 --why
usage dossier gap 00000000-d1 a-b --why torn
usage dossier gap 00000000-d1 3-3
usage item verify "$item"
usage item return "$item"
usage search x --limit 100000000
usage export --format json -o "$TMPDIR/out"
usage export --format odt --all -o "$TMPDIR/out"
usage export --format json --all
usage export --format json --all --item "$item" -o "$TMPDIR/out"
usage bundle seal --all --item "$item"
usage report rates --by colour
usage report rates --format pdf
usage report rates --format csv
usage report rates -o "$TMPDIR/rates"
usage user add hoa
usage user add hoa --role clerk --password-stdin
usage completion
many=()
for i in {1..300}; do many+=(--item "$item"); done
usage bundle seal "${many[@]}"

# Names of things that are not there.
for words in "item show" "item history"; do
    # shellcheck disable=SC2086 # two words
    run on "$home" --json $words 00000000-9
    isnt "$rc" 0 "$words of an item that is not there"
    like "$(line error .code)" '^SH-ITEM' "  has the code of items"
done
on "$home" user add boss --role admin >/dev/null
for args in "item set 00000000-9 CodeNumber=1" "item verify 00000000-9 --user lan" \
    "item return 00000000-9 --why x --user lan" "item show no-name" \
    "item set $item CodeNumber" "item set $item =1" "item set $item dossier=00000000-d9" \
    "dossier close 00000000-d9 --count 1" "dossier gap 00000000-d9 1-2 --why torn" \
    "report gaps --dossier 00000000-d9" "report gaps --unit 99999" "search --unit 99999 x" \
    "export --format txt --dossier 00000000-d9 -o $TMPDIR/none" "item list --dossier 00000000-d9" \
    "user add ../hoa --role clerk" "user add .hoa --role clerk" "user add hoa/a --role clerk" \
    "import --dossier 00000000-d9 $TMPDIR/in" \
    "import --kind cow $TMPDIR/in" "quarantine show 99" "quarantine release 99 $TMPDIR" \
    "quarantine remove 99 --user boss" "quarantine remove 99 --user nobody" \
    "bundle verify 0000" "bundle verify $(printf '%064d' 0)" \
    "bundle seal --item 00000000-9" "export --format txt --item 00000000-9 -o $TMPDIR/out" \
    "receipt verify $TMPDIR/none" "node key $TMPDIR/none" "upstream trust $TMPDIR/none" \
    "unit import $TMPDIR/none" "target import $TMPDIR/none" "sync run" \
    "backup verify $TMPDIR/none" "user add lan --role clerk" "user add hoa --role king" \
    "config get ocr.job" "config set upstream.url gopher://x"; do
    # shellcheck disable=SC2086 # words of a command
    run on "$home" --json $args
    like "$rc $(line error .code)" '^[1-9][0-9]* SH-' "refused: ${args//$TMPDIR/…}"
done
run on "$TMPDIR/fresh" --json backup restore "$TMPDIR/none"
like "$rc $(line error .code)" '^[1-9][0-9]* SH-' "a backup that is not there"
check "founds nothing" test ! -e "$TMPDIR/fresh/node.json"
is "$(on "$home" --json item history "$item")" "$before" "the item is as it was"

# Files that are not what they should be.
echo '{}' >"$TMPDIR/empty.json"
printf 'ssh-ed25519 AAAA\n' >"$TMPDIR/bad.pub"
: >"$TMPDIR/none.pub"
head -c 70000 /dev/zero >"$TMPDIR/zero"
for f in empty.json bad.pub none.pub zero; do
    for words in "node key" "upstream trust" "receipt verify" "unit import" "target import"; do
        # shellcheck disable=SC2086 # two words
        run on "$home" --json $words "$TMPDIR/$f"
        like "$rc $(line error .code)" '^[1-9][0-9]* SH-' "$words $f is refused"
    done
    run on "$TMPDIR/joined" --json init --join "$TMPDIR/$f"
    like "$rc $(line error .code)" '^[1-9][0-9]* SH-' "init --join $f is refused"
    run on "$province" --json node add "$TMPDIR/$f" --unit 24175
    like "$rc $(line error .code)" '^[1-9][0-9]* SH-' "node add $f is refused"
done
check "nobody joined" test ! -e "$TMPDIR/joined/node.json"

# The upper tier.
on "$home" key show >"$TMPDIR/node.pub" 2>/dev/null
for args in "node add $TMPDIR/node.pub --unit 24175 --role king" \
    "node add $TMPDIR/node.pub --unit 24x75" \
    "node add $TMPDIR/node.pub --unit 24175 --valid-from 2025-02-30" \
    "node add $TMPDIR/node.pub --unit 24175 --host-key $TMPDIR/none" \
    "node revoke 00" "node revoke $(printf '%032d' 0)" "receive 00" "pull"; do
    # shellcheck disable=SC2086 # words of a command
    run on "$province" --json $args
    like "$rc" '^[1-9]' "upper tier refuses: ${args//$TMPDIR/…}"
done
printf 'code,name\n24178,Ea Yông\n' >"$TMPDIR/few.csv"
run_is 0 "a unit of the table" on "$province" --json unit import "$TMPDIR/few.csv"
run_is 0 "that sent nothing yet" on "$province" --json search --unit 24178 x
is "$(summary hits)" 0 "has nothing, and that is no error"
for args in "search --unit 99999 x" "report gaps --unit 99999"; do
    # shellcheck disable=SC2086 # words of a command
    run_is 1 "$args" on "$province" --json $args
    is "$(line error .code)" SH-UNIT-ABSENT "an unknown unit is told"
done
run_is 1 "gaps of a volume nobody has" on "$province" --json report gaps --dossier 00000000-d9
is "$(line error .code)" SH-DOSSIER-ABSENT "are no gaps"
is "$(on "$province" --json node list | jq -r 'select(.type == "node").node')" "" "nobody was enrolled"

# A home that cannot be used.
mkdir "$TMPDIR/torn"
cp -r "$home/." "$TMPDIR/torn/"
echo '{' >"$TMPDIR/torn/node.json"
run on "$TMPDIR/torn" --json item list
like "$rc $(line error .code)" '^[1-9][0-9]* SH-' "a torn node.json is told"
run on "$TMPDIR/torn" doctor
isnt "$rc" 0 "doctor tells it too"
cp "$home/node.json" "$TMPDIR/torn/node.json"
printf 'XXXXXXXXXXXXXXXX' | dd of="$TMPDIR/torn/sohoa.db" conv=notrunc status=none
run on "$TMPDIR/torn" --json item list
like "$rc $(line error .code)" '^[1-9][0-9]* SH-' "a database that is none is told"
rm "$TMPDIR/torn/keys/node"
run on "$TMPDIR/torn" --json key show
like "$rc $(line error .code)" '^[1-9][0-9]* SH-' "a lost key is told"
run on "$home" limits
cp "$OUT" "$TMPDIR/limits"
run "$SOHOA" -C "$home" limits >/dev/full
timeout 20 "$SOHOA" limits >/dev/full 2>/dev/null
is "$?" 1 "output that cannot be written is not success"
done_testing
