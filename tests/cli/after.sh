# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # used by those who source this
#
# What must hold after a command was cut off; for the kill loops and the fault sweeps.
# Sourced after lib.sh. Makes small pages in $work/in3 and $work/in4 and works on $home.
#
#   prepare           homes $work/empty, $work/imported and $work/read (of the $FILES
#                     files of $in); template NAME makes $home a fresh copy of one
#   quietly CMD...    a command that has to succeed; says what it said when not
#   told FILTER       jq over the whole lines in $work/told
#   whole HEX...      those objects are there with that content
#   items [OPTION...], ledger, commits REPOSITORY
#   sound             the home holds all and nothing else; if not, $why says what

pages=$(tool make-pages) || skip_all "make tools"
preload=$(tool fault_preload.so) || skip_all "make tools"
# The address sanitizer has to come first: then the build's own injection points serve.
! grep -qs fsanitize=address "$BUILD/flags" || preload=
FILES=3 # of import 4: cheap, and more of it lies between two files
UNIT=24175
work=$TMPDIR/work
in=$work/in$FILES
home=$work/home
for n in 3 4; do
    mkdir -p "$work/in$n"
    "$pages" --seed 31 --out "$work/in$n" --kind letter --count "$n" --format png \
        --mode grey --level clean --dpi 75 --keep 10 >/dev/null || exit 1
    rm -f "$work/in$n"/*.txt "$work/in$n"/*.json
done

# quietly CMD…: a command that has to succeed
quietly() {
    timeout -k 5 300 "$@" >"$work/last" 2>&1 </dev/null || {
        echo "# failed ($?): $*"
        tail -n 20 "$work/last" | sed 's/^/#   /'
        return 1
    }
}
# told FILTER: jq over the whole lines that the killed command had printed
told() { jq -R -r "fromjson? | $1" "$work/told"; }
lines() { jq -s "map(select(.type == \"$1\")) | length"; }

template() { # NAME: a new home for the next round
    rm -rf "${home:?}"
    cp -a "$work/$1" "$home"
}

# The objects named are there and have that content.
whole() {
    local hex
    for hex in "$@"; do
        [ "$(sha256sum <"$home/objects/${hex:0:2}/$hex" 2>/dev/null)" = "$hex  -" ] || return 1
    done
}

left_over() {
    find "$home/spool" -type f
    find "$home" -name '.tmp-*' -o -name '*.part' -o -path '*/transport.git/*' \
        \( -name '*.lock' ! -name sohoa.lock -o -name 'tmp_*' -o -name '*git2_*' \)
}

# sound: what must hold after the second run, in every loop; why not in $why
sound() {
    local n
    n=$(find "$home/objects" -mindepth 2 -type f | wc -l)
    why="fsck --deep: not 0 faults, 0 harmless ones and $n objects"
    "$SOHOA" -C "$home" --json fsck --deep >"$work/fsck" 2>&1 &&
        [ "$(jq -r 'select(.type == "summary") | "\(.faults) \(.harmless) \(.objects)"' "$work/fsck")" = "0 0 $n" ] ||
        return 1
    n=$("$SOHOA" -C "$home" --json item list | lines item)
    why="$n items of $FILES"
    [ "$n" -eq "$FILES" ] || return 1
    n=$(left_over)
    why="left lying about: $n"
    [ -z "$n" ]
}

prepare() {
    quietly "$SOHOA" -C "$work/empty" init --role commune --unit "$UNIT" || return 1
    cp -a "$work/empty" "$work/imported"
    quietly "$SOHOA" -C "$work/imported" import "$in" || return 1
    cp -a "$work/imported" "$work/read"
    quietly "$SOHOA" -C "$work/read" ocr run || return 1
}

items() { "$SOHOA" -C "$home" --json item list "$@" | jq -r 'select(.type == "item").item'; }
ledger() { "$SOHOA" -C "$home" --json bundle list | lines bundle; }
commits() { # REPOSITORY: of all refs
    git --git-dir="$1" for-each-ref --format='%(refname)' refs/sohoa 2>/dev/null |
        while IFS= read -r ref; do git --git-dir="$1" rev-list "$ref"; done | wc -l
}
