#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 300
# Bundles go up over a real sshd whatever is cut where; receipts come back; stock git
# agrees with everything that arrived.
. "${0%/*}/lib.sh"

need git ssh ssh-keygen /usr/sbin/sshd setsid
T=$(tool sync-tool) || exit 1

prov=$TMPDIR/province
node=$TMPDIR/commune
district=$TMPDIR/district
neighbour=$TMPDIR/neighbour

# value WORD: its number in the last output
value() { awk -v w="$1" '$1 == w { print $2 }' "$OUT"; }
tip() { git -C "$1" for-each-ref --format='%(objectname)' "refs/sohoa/$name/1/$2"; }

# ---- enrolment ----
run_is 0 "a province" "$T" -C "$prov" init
run_is 0 "a commune" "$T" -C "$node" init
name=$(value node)
run_is 0 "a district" "$T" -C "$district" init
run_is 0 "the commune is enrolled" "$T" -C "$prov" enrol "$node/keys/node.pub" 01234 commune
repo=$(value repository)
run_is 0 "a second node of that commune" "$T" -C "$neighbour" init
run_is 0 "is enrolled too" "$T" -C "$prov" enrol "$neighbour/keys/node.pub" 01234 commune
run_is 0 "the district may read it" \
    "$T" -C "$prov" enrol "$district/keys/node.pub" 012 district 01234
is "$(stat -c %a "$prov/ssh/authorized_keys")" 600 "authorized_keys is nobody else's"

sshd_start "$TMPDIR/ssh" "$prov/ssh/authorized_keys" || { skip_all "sshd does not start"; }
url=ssh://$(id -un)@127.0.0.1:$SSHD_PORT/
unset SOHOA_SSH_CONFIG
printf 'Host *\n  IdentityAgent none\n' >"$TMPDIR/ssh_config"
export SOHOA_SSH_CONFIG=$TMPDIR/ssh_config

"$T" -C "$node" seal meta 3 300 && "$T" -C "$node" seal text 2 20000 || exit 1
run_is 12 "an unknown host is not talked to" "$T" -C "$node" push "$url"
like "$(cat "$ERR")" SH-LINE-HOST "and that is said"
for h in "$node" "$district" "$neighbour"; do
    "$T" -C "$h" trust "$prov/keys/node.pub" "$url" "$TMPDIR/ssh/host.pub" || exit 1
done

# ---- the plain way ----
logins() { grep -c '^Accepted publickey' "$SSHD_LOG"; }
before=$(logins)
run_is 0 "bundles go up" "$T" -C "$node" push "$url"
is "$(value bundles)" 5 "all five"
is "$(($(logins) - before))" 1 "two requests by one connection"
is "$(find "$node/run" -name '*.sock' | wc -l)" 0 "which ended with the run"
is "$(tip "$node/transport.git" meta)" "$(tip "$repo" meta)" "both ends show the same"
run_is 0 "again: nothing to do" "$T" -C "$node" push "$url"
is "$(value bytes_up)" 0 "and not a byte goes"

# ---- cut at many places ----
size=$((2000 + 60000))
cuts=()
for ((k = 1500; k < size; k += 13000)); do cuts+=("$k"); done
"$T" -C "$node" seal text 1 60000 || exit 1
for k in "${cuts[@]}"; do
    relay_start "$SSHD_PORT" "$k"
    "$T" -C "$node" trust "$prov/keys/node.pub" "ssh://127.0.0.1:$relay_port/" \
        "$TMPDIR/ssh/host.pub"
    run "$T" -C "$node" push "ssh://$(id -un)@127.0.0.1:$relay_port/"
    if [ "$rc" -ne 0 ] || [ "$(tip "$node/transport.git" text)" != "$(tip "$repo" text)" ]; then
        not_ok "cut after $k bytes"
        show
        rc=1
        break
    fi
    "$T" -C "$node" seal text 1 60000 || exit 1
done
[ "$rc" -eq 0 ] && ok "a line cut once at each of ${#cuts[@]} places: the request arrives"

# ---- cut again and again: it goes on where it was ----
"$T" -C "$node" seal master 1 3000000 || exit 1
relay_start "$SSHD_PORT" 400000 300000 500000 5000 700000
"$T" -C "$node" trust "$prov/keys/node.pub" "ssh://127.0.0.1:$relay_port/" \
    "$TMPDIR/ssh/host.pub"
run_is 0 "five cuts in one upload" \
    "$T" -C "$node" push "ssh://$(id -un)@127.0.0.1:$relay_port/"
up=$(value bytes_up)
note "$up bytes went into ssh for about 3140000"
is "$(tip "$node/transport.git" master)" "$(tip "$repo" master)" "the object is there"

# ---- a line that dies silently ----
"$T" -C "$node" seal master 1 1000000 || exit 1
relay_start "$SSHD_PORT" stall:300000
"$T" -C "$node" trust "$prov/keys/node.pub" "ssh://127.0.0.1:$relay_port/" \
    "$TMPDIR/ssh/host.pub"
SYNC_TOOL_IDLE_MS=8000 run_is 0 "silence is noticed, the stale session is ended" \
    "$T" -C "$node" push "ssh://$(id -un)@127.0.0.1:$relay_port/"
is "$(tip "$node/transport.git" master)" "$(tip "$repo" master)" "and it arrived"
relay_stop

# ---- a large object in parts over several bundles ----
"$T" -C "$node" seal master 1 13000000 || exit 1
run_is 0 "an object of 13 MB goes in parts" "$T" -C "$node" push "$url"
num_ok "two bundles" "$(value bundles) == 2"

# ---- nobody there ----
"$T" -C "$node" seal meta 1 300 || exit 1
run_is 75 "no line: try later" "$T" -C "$node" push "ssh://127.0.0.1:1/"

run_is 0 "and later it goes" "$T" -C "$node" push "$url"

# ---- ingest and receipts ----
run_is 0 "all is read again and receipts are given" "$T" -C "$prov" ingest
ingested=$(value ingested)
run_is 0 "receipts come" "$T" -C "$node" fetch "$url" 01234 "$node/transport.git" \
    "refs/receipts/$name"
run_is 0 "and are verified" "$T" -C "$node" receipts
is "$(value receipts)" "$ingested" "one for each bundle"
run_is 12 "another key than the trusted one makes none" env -C "$TMPDIR" bash -c "
    cp '$district/keys/node.pub' '$node/keys/upstream.pub' && '$T' -C '$node' receipts"
cp "$prov/keys/node.pub" "$node/keys/upstream.pub"

# ---- the district ----
run_is 0 "the district sees the unit" "$T" -C "$district" list "$url"
is "$(cat "$OUT")" "unit 01234-2025-07-01" "that one"
run_is 0 "and fetches metadata" "$T" -C "$district" fetch "$url" 01234-2025-07-01 \
    "$district/unit.git" "refs/sohoa/$name/1/meta" "refs/sohoa/$name/1/text" \
    refs/sohoa-keys/list
is "$(tip "$district/unit.git" meta)" "$(tip "$repo" meta)" "the same bundles"
is "$(tip "$district/unit.git" master)" "" "no masters that it did not ask for"
run_is 12 "but no other unit" "$T" -C "$district" fetch "$url" 09999 \
    "$district/unit.git" refs/receipts/
run_is 0 "and the receipts of its unit" "$T" -C "$district" fetch "$url" 01234 \
    "$district/unit.git" refs/receipts/
is "$(value moved)" 1 "of the one node there"
run_is 0 "a neighbour in the same unit catches nothing with a wide net" \
    "$T" -C "$neighbour" fetch "$url" 01234 "$neighbour/unit.git" refs/
is "$(value moved)" 0 "not one ref"

# ---- stock git agrees ----
git clone -q --mirror "$repo" "$TMPDIR/mirror.git"
check "git fsck --strict" git -C "$TMPDIR/mirror.git" fsck --strict --no-dangling
good=0 all=0
for c in $(git -C "$TMPDIR/mirror.git" rev-list --all); do
    all=$((all + 1))
    git -C "$TMPDIR/mirror.git" -c gpg.ssh.allowedSignersFile="$prov/ssh/allowed_signers" \
        verify-commit "$c" 2>>"$TMPDIR/verify" && good=$((good + 1))
done
is "$good" "$all" "verify-commit is good for every one of $all commits"
num_ok "there were many" "$all > 25"
seq=1
git -C "$TMPDIR/mirror.git" log --reverse --format=%H "refs/receipts/$name" | head -1 |
    while read -r c; do
        git -C "$TMPDIR/mirror.git" show "$c:receipt/$name/1/meta/$seq.json" >"$TMPDIR/r.json"
        git -C "$TMPDIR/mirror.git" show "$c:receipt/$name/1/meta/$seq.json.sig" \
            >"$TMPDIR/r.sig"
    done
issuer=$(jq -r .issuer "$TMPDIR/r.json")
check "ssh-keygen says the receipt is good" bash -c "ssh-keygen -Y verify \
    -f '$prov/ssh/allowed_signers' -I '$issuer' -n sohoa-receipt -s '$TMPDIR/r.sig' \
    <'$TMPDIR/r.json'"

# ---- the back door is closed ----
refuse "stock git push finds no shell behind the key" env \
    GIT_SSH_COMMAND="ssh -i $node/keys/node -o IdentitiesOnly=yes -o \
UserKnownHostsFile=$node/keys/known_hosts" \
    git -C "$node/transport.git" push "$url/x" "refs/sohoa/$name/1/meta"
refuse "nor does a push to the path pass the hook" \
    git -C "$node/transport.git" push "$repo" "refs/sohoa/$name/1/meta:refs/heads/main"
is "$(git -C "$repo" for-each-ref refs/heads)" "" "no branch appeared"
is "$(find "$repo/objects" -name 'tmp_objdir*' | wc -l)" 0 "no quarantine is left"
done_testing
