# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Sourced after lib.sh.
#
#   seal HOME   read, verify and seal all that is not sealed yet, by a verifier "lan"

seal() {
    local i
    on "$1" user add lan --role verifier >/dev/null 2>&1 # or there already
    on "$1" ocr run >/dev/null 2>&1
    for i in $(on "$1" --json item list | jq -r 'select(.type == "item" and .state != "sealed") | .item'); do
        on "$1" item verify "$i" --user lan >/dev/null || return 1
    done
    on "$1" bundle seal >/dev/null
}
