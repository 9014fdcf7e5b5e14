#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 300
# A seal that dies, or finds no room, at any call on the disk leaves the chain as it was
# or one whole bundle longer, never says "sealed" for nothing, and goes on next time.
. "${0%/*}/lib.sh"

need git
T=$(tool sync-tool) && PRELOAD=$(tool fault_preload.so) || exit 1
# Sanitizers stand between a program and the calls that are to fail here.
sanitized && T=$TOP/build/tools/sync-tool
node=$TMPDIR/node
run_is 0 "a node" "$T" -C "$node" init
repo=$node/transport.git
log=$TMPDIR/count

value() { awk -v w="$1" '$1 == w { print $2 }' "$OUT"; }
count() { run "$T" -C "$node" verify text; [ "$rc" -eq 0 ] && value verified; }
# fault SPEC: one seal under it; sets rc
fault() {
    {
        SOHOA_FAULT=$1 SOHOA_FAULT_BELOW=$repo SOHOA_FAULT_LOG=$log LD_PRELOAD=$PRELOAD \
            run "$T" -C "$node" seal text 1 3000
    } 2>/dev/null # the shell's "Killed"
}

"$T" -C "$node" seal text 1 3000 || exit 1
: >"$log"
fault any:1000000
calls=$(sed -n 's/.*any[= ]\([0-9]*\).*/\1/p' "$log" | tail -1)
note "a seal makes ${calls:-?} calls below its repository ($(tail -1 "$log"))"
num_ok "enough to be cut at" "${calls:-0} > 40"

# sweep MODE STEP: at every STEP-th call
sweep() {
    local mode=$1 step=$2 n before after bad='' cut=0 whole=0
    for ((n = 1; n <= calls; n += step)); do
        before=$(count)
        fault "any:$n:$mode"
        local said=$rc
        after=$(count)
        case $after in
        "$before") cut=$((cut + 1)); [ "$said" -ne 0 ] || bad="$bad $n(lost)" ;;
        "$((before + 1))") whole=$((whole + 1)) ;;
        *) bad="$bad $n(damaged)" ;;
        esac
        [ -z "$bad" ] || break
    done
    is "$bad" "" "$mode at every $step. of $calls calls: $cut times nothing, $whole times whole"
    run_is 0 "the next seal simply goes on" "$T" -C "$node" seal text 1 3000
    check "git fsck --strict" git -C "$repo" fsck --strict --no-dangling
}

sweep kill 3
sweep sticky:28 9
sweep sticky:5 13
sweep 5 11
done_testing
