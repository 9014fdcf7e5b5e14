# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the stories of hostile files share. A table is tests/data/NAME.tsv.

# lines_of FILE PREFIX: the input lines as rows of a table.
lines_of() {
    jq -r --arg d "$2/" 'select(.type == "input") |
        "\(.path | ltrimstr($d) | tojson)\t\(.status)\t\(.code // "-")\t\(.pages | length)"' \
        "$1" | LC_ALL=C sort
}

# table NAME: the rows that hold for this user.
table() {
    local who=user
    [ "$(id -u)" != 0 ] || who=root
    awk -F '\t' -v who=$who '!/^#/ && ($5 == "-" || $5 == who) {
        print $1 "\t" $2 "\t" $3 "\t" $4 }' "$TOP/tests/data/$1.tsv" | LC_ALL=C sort
}

# all_as_said GOT WANT: one test a row, and one that there are no others.
all_as_said() {
    local row count
    while IFS= read -r row; do
        count=$(grep -cxF -e "$row" "$2")
        if [ "$(grep -cxF -e "$row" "$1")" = "$count" ]; then
            ok "${row//$'\t'/ }" | sed 's/#/%/g'
            test_count=$((test_count + 1)) # counted in a subshell above
        else
            not_ok "${row//$'\t'/ }" | sed 's/#/%/g'
            test_count=$((test_count + 1))
            test_failed=$((test_failed + 1))
            LC_ALL=C grep -F -e "${row%%$'\t'*}" "$1" | sed 's/^/#   got /'
        fi
    done < <(uniq "$2")
    is "$(LC_ALL=C comm -23 "$1" "$2" | head -n 5)" '' 'no other lines'
}

# quarantine_holds HOME LINES: each refused line has its row with the same code, and the
# file where one is said to be kept.
quarantine_holds() {
    local home=$1 lines=$2 bad=0 id code kept sha
    on "$home" --json quarantine list >"$TMPDIR/rows" 2>>"$ERR"
    jq -r 'select(.type == "quarantine") | "\(.id)\t\(.code)\t\(.sha256 // "-")"' \
        "$TMPDIR/rows" >"$TMPDIR/rows.tsv"
    while IFS=$'\t' read -r id code kept; do
        sha=$(awk -F '\t' -v id="$id" -v code="$code" '$1 == id && $2 == code { print $3 }' \
            "$TMPDIR/rows.tsv")
        [ -n "$sha" ] || { note "row $id $code is missing"; bad=$((bad + 1)); continue; }
        [ "$kept" = true ] || continue
        [ -f "$home/quarantine/$sha" ] || { note "row $id: no file"; bad=$((bad + 1)); }
    done < <(jq -r 'select(.type == "input" and .status == "refused") |
        "\(.quarantine)\t\(.code)\t\(.kept)"' "$lines")
    is "$bad" 0 'each refused input has its row in quarantine, and its copy where told'
    (cd "$home/quarantine" && for sha in *; do
        [ -e "$sha" ] || continue
        [ "$(sha256sum <"$sha" | cut -d ' ' -f 1)" = "$sha" ] || echo "$sha"
    done) >"$TMPDIR/bad"
    is "$(cat "$TMPDIR/bad")" '' 'copies in quarantine are what their names say'
}

# objects_sound HOME: the stored files are what their names say.
objects_sound() {
    find "$1/objects" -type f -printf '%f %p\n' | while read -r name path; do
        [ "$(sha256sum <"$path" | cut -d ' ' -f 1)" = "$name" ] || echo "$path"
    done >"$TMPDIR/bad"
    is "$(cat "$TMPDIR/bad")" '' 'stored files are what their names say; none is left over'
}

# surroundings DIR: all that lies beside the home.
surroundings() {
    (cd "$1" && find . -path ./home -prune -o -printf '%p %y %s %m %T@ %l\n' |
        LC_ALL=C sort && find . -path ./home -prune -o -type f -size -64M -readable \
        -exec sha256sum {} + | LC_ALL=C sort)
}
