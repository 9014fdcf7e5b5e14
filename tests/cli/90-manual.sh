#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The manual: every command and every option of the program is explained in a page, every
# page renders without a warning, and every command that a page or the README shows exists.
. "${0%/*}/lib.sh"

need scdoc man
pages=("$TOP"/node/man/*.scd)

# ---- pages render ------------------------------------------------------------------
mkdir "$TMPDIR/man"
for page in "${pages[@]}"; do
    name=$(basename "$page" .scd)
    if ! scdoc <"$page" >"$TMPDIR/man/$name" 2>"$TMPDIR/said"; then
        not_ok "$name is good scdoc"
        note "$(cat "$TMPDIR/said")"
        continue
    fi
    said=$(MANWIDTH=80 man --warnings=w -E UTF-8 -l -P cat "$TMPDIR/man/$name" 2>&1 >"$TMPDIR/man/$name.txt" |
        grep -v 'cannot adjust line')
    is "$said" "" "$name renders without a warning"
    # Plain text: no overstrikes, hyphenated words joined, one space between words.
    sed 's/.\x08//g; s/\x1b\[[0-9;]*m//g' "$TMPDIR/man/$name.txt" | sed ':a; /‐$/{N; s/‐\n *//; ba}' |
        tr -s ' \n' ' ' >"$TMPDIR/man/$name.words"
done

# ---- every command and every option is in a page --------------------------------------
# Pages by command: SYNOPSIS names each as "sohoa WORDS".
run "$SOHOA" --lang en --help
is "$rc" 0 "the list of commands is printed"
mapfile -t commands < <(sed -n 's/^  \([a-z].\{17\}\) .*/\1/p' "$OUT" | sed 's/ *$//')
num_ok "commands were found in the list (${#commands[@]})" "${#commands[@]} >= 50"

common=' home json lang quiet verbose help '
unnamed='' missing=''
for words in "${commands[@]}"; do
    page=
    for name in "$TMPDIR"/man/*.words; do
        sed 's/DESCRIPTION .*//' "$name" | grep -qE "\\bsohoa ${words}( |$)" || continue
        page=$name
        break
    done
    if [ -z "$page" ]; then
        unnamed+="$words; "
        continue
    fi
    read -r -a argv <<<"$words"
    while read -r option; do
        [[ $common == *" $option "* ]] ||
            grep -qE -- "--$option([^a-z-]|$)" "$page" || missing+="$words --$option; "
    done < <("$SOHOA" --lang en "${argv[@]}" --help |
        sed -n 's/^  \(-.,\|   \) --\([a-z][a-z-]*\).*/\2/p')
done
is "$unnamed" "" "every command stands in the synopsis of a page"
is "$missing" "" "every option of every command is explained in its page"
# Every type and key of a JSON line stands in a page. flow_page writes what bundles carry,
# home.c the file node.json: sohoa-format(5) and the headers speak of those.
unknown=
while read -r key; do
    cat "$TOP"/node/man/*.scd | grep -qE "\*$key\*|\"$key\"" || unknown+="$key "
done < <(find "$TOP/node/flow" "$TOP/node/cmd" -name '*.c' ! -name flow_page.c ! -name home.c -exec cat {} + |
    grep -oE '(flow_line\("[a-z_]+"|jdoc_set(_text|_int|_bool|_null)?\([a-z>-]+, "[A-Za-z_0-9]+")' |
    sed -E 's/.*"([A-Za-z_0-9]+)"/\1/' | sort -u)
is "$unknown" "" "every type and key of --json is explained in a page"
for option in $common; do
    grep -qE -- "--$option([^a-z-]|$)" "$TMPDIR/man/sohoa.1.words" ||
        not_ok "sohoa(1) explains --$option"
done

# ---- every command that is shown exists ------------------------------------------------
# A shown command is "sohoa WORD…" at the start of a line of an example, after a prompt, or
# in backquotes.
# shellcheck disable=SC2016 # backquotes of the text
{
    sed -n '/^```/,/^```/p' "${pages[@]}" "$TOP"/README.md "$TOP"/node/README.md
    grep -ohE '`sohoa [^`]*`' "$TOP"/README.md "$TOP"/node/README.md | tr -d '`'
    grep -ohE '\*sohoa [a-z][^*]*\*' "${pages[@]}" | tr -d '*'
} | sed -n 's/^[$#] //; s/^.*runuser -u sohoa -- //; s/^  *//; s/^sohoa \(-[Cq] *[^ ]* \)\{0,1\}\([a-z].*\)/\2/p' |
    sort -u >"$TMPDIR/shown"
wrong=
while read -r first second _; do
    found=0
    for words in "${commands[@]}" worker 'receive'; do
        [ "$words" = "$first" ] || [ "$words" = "$first $second" ] ||
            [[ -z $second && $words == "$first "* ]] || continue
        found=1
        break
    done
    [ $found = 1 ] || wrong+="$first $second; "
done <"$TMPDIR/shown"
is "$wrong" "" "every command that the manual and the README show exists"
num_ok "shown commands were found ($(wc -l <"$TMPDIR/shown"))" "$(wc -l <"$TMPDIR/shown") >= 20"

# ---- codes and exit codes ---------------------------------------------------------------
wrong=
while read -r code; do
    grep -q "\"${code#SH-}\"" "$TOP/node/base/err_table.h" ||
        grep -qF "\"$code\"" "$TOP"/node/flow/*.c || wrong+="$code " # a notice, no error
done < <(grep -ohE 'SH-[A-Z][A-Z-]+' "${pages[@]}" "$TOP"/README.md | sort -u)
is "$wrong" "" "every error code in the manual exists"
wrong=
for number in 0 1 2 3 10 11 12 20 75 130; do
    grep -qE "^\*$number\*" "$TOP/node/man/sohoa.1.scd" || wrong+="$number "
done
is "$wrong" "" "sohoa(1) explains every exit code"

# ---- folders that the README names -----------------------------------------------------
wrong=
while read -r path; do
    [ -e "$TOP/$path" ] || wrong+="$path "
done < <(sed -n '/^## Map of the house/,/^## /p' "$TOP/README.md" | tr '`' '\n' |
    grep -xE '[a-z/]+/')
is "$wrong" "" "every folder on the map of the README exists"
done_testing
