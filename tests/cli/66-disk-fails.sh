#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 900
# The disk fails under import and under seal: one write, sync or rename, or all from then
# on, with "full" or with "input/output error". Whatever was told as stored or sealed is
# there, nothing ends well that is not whole, and the next run goes on.
. "${0%/*}/lib.sh"
. "${0%/*}/after.sh"

need jq git
POINTS=${POINTS:-3} # places for each kind of call and sort of failure
least=(20 4 2)      # writes, syncs, renames of a clean run
# Under sanitizers our own points serve alone: what libraries write is not seen.
sanitized && least=(0 4 0)

# counts CMD…: how many calls of each kind a clean run makes below its home; sets count
declare -A count
counts() {
    local kind
    rm -f "$work/log"
    SOHOA_FAULT_LOG=$work/log SOHOA_FAULT_BELOW=$home LD_PRELOAD=$preload quietly "$@" || return 1
    for kind in write sync rename; do
        count[$kind]=$(sed -n "s/.*\<$kind=\([0-9]*\).*/\1/p" "$work/log" | sort -n | tail -n 1)
    done
    note "a clean run: ${count[write]} writes, ${count[sync]} syncs, ${count[rename]} renames"
    [ "${count[write]:-0}" -gt "${least[0]}" ] && [ "${count[sync]:-0}" -gt "${least[1]}" ] &&
        [ "${count[rename]:-0}" -gt "${least[2]}" ]
}

# failing PLAN ARGS…: the command while the disk fails; sets rc, stdout in $work/told
failing() {
    local plan=$1
    shift
    {
        SOHOA_FAULT=$plan SOHOA_FAULT_BELOW=$home LD_PRELOAD=$preload \
            timeout -k 5 120 "$SOHOA" -C "$home" --json "$@" \
            >"$work/told" 2>"$work/said" </dev/null
    } 2>/dev/null
    rc=$?
}

wrong() { # PLAN: with the reason in $why
    bad=$((bad + 1))
    note "$1: $why (exit $rc)"
    sed 's/^/#   /' "$work/said" | tail -n 5
}

# sweep NAME AFTER TEMPLATE ARGS…: AFTER judges what is there, before and after the next
# run; it sets $why when that is wrong
sweep() {
    local name=$1 after=$2 from=$3 kind how n step place shift_=0 points=0 failed=0 bad=0
    shift 3
    for kind in write sync rename; do
        for how in 28 5 28:sticky 5:sticky; do
            step=$(((count[$kind] + POINTS - 1) / POINTS))
            shift_=$(((shift_ + 1) % step)) # another place for each sort
            for ((n = 1 + shift_; n <= count[$kind]; n += step)); do
                place=$kind:$n:$how
                template "$from"
                failing "$place" "$@"
                points=$((points + 1))
                [ "$rc" -eq 0 ] || failed=$((failed + 1))
                why="died"
                if [ "$rc" -gt 100 ]; then
                    wrong "$place"
                elif ! "$after" told; then
                    wrong "$place"
                elif why="the next run" && ! quietly "$SOHOA" -C "$home" "$@"; then
                    wrong "$place"
                elif ! "$after" whole || ! sound; then
                    wrong "$place"
                fi
            done
        done
    done
    is "$bad" 0 "$name: $points failures, $failed times it ended badly, nothing told that is not so"
    num_ok "$name: most failures were felt" "$failed * 2 > $points"
}

# Exit 0 means all of it; a line told means that one.
after_import() { # told|whole
    local there item page n
    # shellcheck disable=SC2119
    there=$(items)
    n=$(wc -w <<<"$there")
    why="$n of $FILES items"
    if [ "$1" = whole ] || [ "$rc" -eq 0 ]; then
        [ "$n" -eq "$FILES" ] || return 1
    fi
    for item in $(told 'select(.type == "input" and .status == "stored").items[]'); do
        why="told but not there: item $item"
        grep -qxF "$item" <<<"$there" || return 1
    done
    for page in $(told 'select(.type == "input" and .status == "stored").pages[]'); do
        why="told but not there: page $page"
        whole "$page" || return 1
    done
}

after_seal() { # told|whole
    local b n
    n=$(ledger)
    why="$n of $all bundles"
    if [ "$1" = whole ] || [ "$rc" -eq 0 ]; then
        [ "$n" -eq "$all" ] && [ "$(commits "$home/transport.git")" -eq "$all" ] || return 1
    fi
    for b in $(told 'select(.type == "bundle").bundle'); do
        why="told but not there: bundle $b"
        quietly "$SOHOA" -C "$home" bundle verify "$b" || return 1
    done
    why="git fsck"
    [ "$1" != whole ] || quietly git --git-dir="$home/transport.git" fsck --strict
}

prepare || { not_ok "homes for the sweeps"; done_testing; }

template empty
counts "$SOHOA" -C "$home" import "$in" || not_ok "import: a clean run"
sweep import after_import empty import "$in"

template read
counts "$SOHOA" -C "$home" bundle seal --unverified || not_ok "seal: a clean run"
all=$(ledger)
num_ok "a seal without failures" "$all > 2"
sweep seal after_seal read bundle seal --unverified
done_testing
