#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# This source tree keeps the rules that "make check" judges without a compiler.
. "${0%/*}/../cli/lib.sh"
need clang-format shellcheck nm readelf xgettext
CMD_TIMEOUT=300

rule() { # rule DESC CMD...
    run "${@:2}"
    is "$rc" 0 "$1"
    [ "$rc" = 0 ] || show
}
rule 'who includes whom' "$TOP/scripts/check-includes"
rule 'form of code and scripts' "$TOP/scripts/check-style"
rule 'error sentences and their translation' "$TOP/scripts/check-texts"
rule 'exported names' "$TOP/scripts/check-exports" "$BUILD"
if [ "$BUILD" = "$TOP/build" ]; then
    rule 'hardening of the program' "$TOP/scripts/check-binary" "$SOHOA"
fi

done_testing
