# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # read by who reads us
#
# A bad line between two network namespaces of our own; to be read by bash ("."), TOOLS
# names the folder of link-emulator. One at a time.
#
#   link_possible              can it be done here; says why not
#   link_up FOLDER [WORD=VALUE]...   words of link-emulator; its stats in FOLDER/link.stats.
#                              Below is $LINK_BELOW (10.77.0.1), above $LINK_ABOVE
#                              (10.77.0.2). LINK_CC: congestion control at both ends,
#                              as the kernel lets a namespace choose it; else its own
#   "${below[@]}" CMD...       run it there; a command, so also behind timeout
#   "${above[@]}" CMD...
#   link_down                  ends what still runs there and the line, writes the stats
#   link_stat WORD             a number of the last line's stats
#
# The namespaces are named after the shell's pid; those of a shell that was killed are
# removed when the next one begins, and its emulator has ended with it.

LINK_BELOW=10.77.0.1
LINK_ABOVE=10.77.0.2
below=(nsenter --net="/run/netns/sohoa-$$-below")
above=(nsenter --net="/run/netns/sohoa-$$-above")
link_pid='' link_folder='' link_names=()

link_possible() {
    local c
    [ "$(id -u)" = 0 ] || { echo "network namespaces need root"; return 1; }
    for c in ip nsenter sysctl; do
        command -v "$c" >/dev/null || { echo "needs $c"; return 1; }
    done
    [ -c /dev/net/tun ] || { echo "there is no /dev/net/tun"; return 1; }
    if ! ip netns add "sohoa-$$-try" 2>/dev/null; then
        echo "this kernel or container lets nobody make network namespaces"
        return 1
    fi
    ip netns del "sohoa-$$-try"
}

# Of shells that are no more.
link_sweep() {
    local ns pid
    for ns in /run/netns/sohoa-*-below /run/netns/sohoa-*-above; do
        [ -e "$ns" ] || continue
        ns=${ns##*/}
        pid=${ns#sohoa-}
        pid=${pid%-*}
        [ -d "/proc/$pid" ] || link_remove "$ns"
    done
}

# link_remove NAMESPACE: what runs in it ends, first asked, then not.
link_remove() {
    local pids sig
    for sig in TERM KILL; do
        mapfile -t pids < <(ip netns pids "$1" 2>/dev/null)
        [ ${#pids[@]} -gt 0 ] || break
        kill -s "$sig" "${pids[@]}" 2>/dev/null
        sleep 0.3
    done
    ip netns del "$1" 2>/dev/null
}

link_end() { # SIDE: address, device, congestion control
    local ns=$1 mine=$2 other=$3
    ip -n "$ns" link set lo up &&
        ip -n "$ns" addr add "$mine" peer "$other" dev line &&
        ip -n "$ns" link set line up &&
        nsenter --net="/run/netns/$ns" sysctl -qw net.ipv4.tcp_no_metrics_save=1 &&
        { [ -z "${LINK_CC:-}" ] || nsenter --net="/run/netns/$ns" \
            sysctl -qw "net.ipv4.tcp_congestion_control=$LINK_CC"; }
}

link_up() {
    local i
    link_folder=$1
    shift
    link_sweep
    link_names=("sohoa-$$-below" "sohoa-$$-above")
    rm -f "$link_folder/link.ready" "$link_folder/link.stats"
    ip netns add "${link_names[0]}" && ip netns add "${link_names[1]}" || return 1
    # In the background without our descriptors: nobody waits for it by a pipe.
    "$TOOLS/link-emulator" "${link_names[@]}" stats="$link_folder/link.stats" "$@" \
        >"$link_folder/link.ready" 2>"$link_folder/link.err" </dev/null &
    link_pid=$!
    for ((i = 0; i < 100; i++)); do
        ! grep -qs ready "$link_folder/link.ready" || break
        kill -0 "$link_pid" 2>/dev/null || break
        sleep 0.05
    done
    if ! grep -qs ready "$link_folder/link.ready" ||
        ! link_end "${link_names[0]}" "$LINK_BELOW" "$LINK_ABOVE" ||
        ! link_end "${link_names[1]}" "$LINK_ABOVE" "$LINK_BELOW"; then
        cat "$link_folder/link.err" >&2
        link_down
        return 1
    fi
}

link_down() {
    local ns
    if [ -n "$link_pid" ]; then
        kill "$link_pid" 2>/dev/null
        wait "$link_pid" 2>/dev/null
        link_pid=
    fi
    for ns in "${link_names[@]}"; do link_remove "$ns"; done
    link_names=()
    return 0
}

link_stat() { awk -v w="$1" '$1 == w { print $2 }' "$link_folder/link.stats"; }
