#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The preloaded injector: each kind of call fails where it is told to, nowhere else.
set -u
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
n=0
failed=0

check() { # check NAME CONDITION...
    local name=$1
    shift
    n=$((n + 1))
    if "$@"; then echo "ok $n - $name"; else echo "not ok $n - $name"; failed=1; fi
}
with() { # with PLAN PROGRAM...: below $dir/f only
    local plan=$1
    shift
    (cd "$dir/f" && LD_PRELOAD=$dir/fault.so SOHOA_FAULT=$plan \
        SOHOA_FAULT_BELOW=$dir/f SOHOA_FAULT_LOG=$dir/log "$@") 2>"$dir/err"
}
fresh() { rm -rf "$dir/f"; mkdir "$dir/f"; echo content > "$dir/f/a"; }
refused() { fresh; ! with "$@" >"$dir/out"; }
passes() { fresh; with "$@" >"$dir/out"; }

"${CC:-cc}" -O1 -g -shared -fPIC -D_GNU_SOURCE -o "$dir/fault.so" \
    "$here/fault_preload.c" || exit 1

check "without a plan all passes" passes "" cp a b
check "open" refused open:1 dd if=a
check "open, second one" passes open:2 dd if=a
check "read" refused read:1 dd if=a
check "write" refused write:1 dd if=/dev/zero of=b bs=1 count=3
check "write with an errno of its own" grep -q "No space left" <(
    fresh; with write:1:28 dd if=/dev/zero of=b bs=1 count=3; cat "$dir/err")
check "sync" refused sync:1 sync a
check "rename" refused rename:1 mv a b
check "link is a rename" refused rename:1 ln a b
check "unlink" refused unlink:1 rm a
check "mkdir" refused mkdir:1 mkdir c
check "any counts all" refused any:2 dd if=/dev/zero of=b bs=1 count=3
check "files elsewhere do not count" passes any:1:sticky dd if=/etc/hostname
check "kill ends the process" test "$(fresh
    with write:3:kill dd if=/dev/zero of=b bs=1 count=9; echo $?)" = 137
check "kill came before the third write" test "$(stat -c %s "$dir/f/b")" = 2
hits() { od -An -td8 "$dir/hits" | tr -d ' '; }
head -c 8 /dev/zero >"$dir/hits"
export SOHOA_FAULT_HIT=$dir/hits
fresh
with write:3:kill dd if=/dev/zero of=b bs=1 count=2
check "a kill that did not come is not counted" test "$(hits)" = 0
with write:3:kill dd if=/dev/zero of=b bs=1 count=9
with write:1:kill dd if=/dev/zero of=b bs=1 count=9
check "those that came are" test "$(hits)" = 2
with write:1 dd if=/dev/zero of=b bs=1 count=9
check "and no mere failure" test "$(hits)" = 2
unset SOHOA_FAULT_HIT
check "memory" refused alloc:1:sticky od a
rm -f "$dir/log"
fresh
with "" dd if=/dev/zero of=b bs=1 count=7
check "the log counts" grep -q "write=7 sync=0" "$dir/log"
echo "1..$n"
exit $failed
