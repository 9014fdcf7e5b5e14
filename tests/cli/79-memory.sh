#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 600
# I13: memory does not grow with what waits: sender, door and taking in, a small and a large backlog.
. "${0%/*}/lib.sh"
need git ssh /usr/sbin/sshd awk
T=$(tool sync-tool) && PEAK=$(tool peak) || exit 1
unset SOHOA_SSH_CONFIG
printf 'Host *\n  IdentityAgent none\n' >"$TMPDIR/ssh_config"
export SOHOA_SSH_CONFIG=$TMPDIR/ssh_config
value() { awk -v w="$1" '$1 == w { print $2 }' "$OUT"; }
# largest PATTERN: KiB of the largest process that the files tell
largest() { awk '$2 > m { m = $2 } END { print m + 0 }' "$@"; }

# backlog NAME BUNDLES BYTES: so much is sealed, goes up in one run and is taken in; sets
# sender, door and ingest to the high-water marks in KiB
backlog() {
    local prov=$TMPDIR/$1-province node=$TMPDIR/$1-commune keys
    run_is 0 "a province" "$T" -C "$prov" init
    run_is 0 "a commune" "$T" -C "$node" init
    run_is 0 "enrolled" "$T" -C "$prov" enrol "$node/keys/node.pub" 01234 commune
    keys=$prov/ssh/authorized_keys
    # Each session of the door writes what it took into a file of its own.
    sed -i "s#command=\"#command=\"$PEAK $TMPDIR/$1-door.\$\$ #" "$keys"
    sshd_start "$TMPDIR/ssh" "$keys" || skip_all "no sshd"
    run_is 0 "the commune trusts it" "$T" -C "$node" trust "$prov/keys/node.pub" "ssh://$(id -un)@127.0.0.1:$SSHD_PORT/" "$TMPDIR/ssh/host.pub"
    run_is 0 "$2 bundles of $3 bytes wait" "$T" -C "$node" seal page "$2" "$3"
    run_is 0 "they go up" "$PEAK" "$TMPDIR/$1-push" "$T" -C "$node" push "ssh://$(id -un)@127.0.0.1:$SSHD_PORT/"
    is "$(git --git-dir="$prov/communes/01234-2025-07-01/repo.git" for-each-ref --format='%(refname)' 'refs/sohoa/*/*/page' | wc -l)" 1 "all of them"
    sshd_stop
    run_is 0 "they are taken in" "$PEAK" "$TMPDIR/$1-ingest" "$T" -C "$prov" ingest
    sender=$(largest "$TMPDIR/$1-push") door=$(largest "$TMPDIR/$1"-door.*) ingest=$(largest "$TMPDIR/$1-ingest")
    note "$2 bundles: sender $sender KiB, door $door KiB, ingest $ingest KiB"
}
backlog small 20 250000
few_sender=$sender few_door=$door few_ingest=$ingest
backlog large 400 250000
if sanitized; then
    skip "a sanitizer keeps memory" 6
else
    num_ok "I13: the sender is as small with 20 times as much" "$sender <= $few_sender * 1.25 + 4096"
    # Packs are read through windows of 16 MiB at most: a small one lies within them.
    num_ok "I13: so is the door" "$door <= $few_door + 18 * 1024"
    num_ok "I13: so is taking in" "$ingest <= $few_ingest + 18 * 1024"
    num_ok "the sender stays below 48 MiB" "$sender > 0 && $sender <= 48 * 1024"
    num_ok "the door below 48" "$door > 0 && $door <= 48 * 1024"
    num_ok "taking in below 48" "$ingest > 0 && $ingest <= 48 * 1024"
fi
done_testing
