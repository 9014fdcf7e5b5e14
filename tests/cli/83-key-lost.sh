#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A commune whose disk is gone and whose key nobody saved goes on under its name with a
# new key, once the province has stated so.
# timeout: 600
. "${0%/*}/lib.sh"
. "${0%/*}/seal.sh"
need jq git ssh
pages=$(tool make-pages) || skip_all "make tools"

commune=$(fresh_home commune) province=$(fresh_home province) district=$(fresh_home district)
mkdir "$TMPDIR/in"
"$pages" --seed 98 --out "$TMPDIR/in" --kind letter --count 3 --format jpeg --dpi 75 --keep 10 >/dev/null
files=("$TMPDIR/in"/*.jpg)
on "$commune" init --role commune --unit 24175 >/dev/null
on "$province" init --role province --unit 66 >/dev/null
sshd_start "$TMPDIR/sshd" "$province/ssh/authorized_keys" || skip_all "no sshd"
url=ssh://$(id -un)@127.0.0.1:$SSHD_PORT/
on "$province" node add "$commune/keys/node.pub" --unit 24175 --url "$url" --host-key "$TMPDIR/sshd/host.pub" >/dev/null
node=$(jq -r .node "$commune/node.json")
join=$province/enrol/$node.json
repo=$province/communes/24175-2025-07-01/repo.git
on "$commune" init --join "$join" >/dev/null
on "$district" init --role district --unit 66 >/dev/null
on "$province" node add "$district/keys/node.pub" --unit 66 --role district --reads 24175 --url "$url" --host-key "$TMPDIR/sshd/host.pub" >/dev/null
on "$district" init --join "$province/enrol/$(jq -r .node "$district/node.json").json" >/dev/null

what() {
    local i
    for i in $(on "$1" --json item list | jq -r 'select(.type == "item") | .item'); do
        on "$1" --json item show "$i" | jq -Sc 'select(.type == "item") | del(.boxes, .pages[].steps, .pages[].advice)'
    done
    on "$1" --json bundle list | jq -Sc 'select(.type == "bundle")'
    on "$1" --json receipt list | jq -Sc 'select(.type == "receipt")'
    on "$1" --json report rates --by kind | jq -Sc 'select(.type == "rate")'
    (cd "$1/objects" && find . -type f | sort)
}
on "$commune" import "${files[@]:0:2}" >/dev/null
seal "$commune"
on "$commune" sync run >/dev/null 2>&1 && on "$province" ingest >/dev/null && on "$commune" sync run >/dev/null 2>&1 || exit 1
what "$commune" >"$TMPDIR/before"
num_ok "there is something to lose" "$(wc -l <"$TMPDIR/before") > 10"
cp "$join" "$TMPDIR/first.json"
mv "$commune" "$TMPDIR/dead"

# ---- refused until the province has stated it ----
heir=(on "$commune" --json restore --replaces "$node" --from "$url")
run_is 2 "a lost and a saved key at once make no sense" on "$commune" restore --replaces "$node" --from "$url" --key "$TMPDIR/dead/keys/node"
run_is 12 "a new key alone is not enough" "${heir[@]}"
is "$(line error .code)" SH-RESTORE-KEY "it says what to ask for"
like "$(line error .vi)" "tỉnh" "in Vietnamese, too"
is "$(line ask .node) $(line ask .key)" "$node $commune/keys/node.pub" "and which file to send"
run_is 10 "there is no node" on "$commune" --json item list
cp "$commune/keys/node.pub" "$TMPDIR/new.pub"
run_is 12 "nor does the first enrolment file help" "${heir[@]}" --join "$TMPDIR/first.json"
is "$(line error .code)" SH-RESTORE-KEY "for the same reason"
is "$(cat "$commune/keys/node.pub")" "$(cat "$TMPDIR/new.pub")" "the new key stays the one that it was"

# ---- the province ----
run_is 1 "nobody can replace a node that is not there" on "$province" --json node replace "${node//[0-9]/f}" --key "$TMPDIR/new.pub"
run_is 12 "nor with a key that is in use" on "$province" --json node replace "$node" --key "$district/keys/node.pub"
is "$(line error .code)" SH-KEY-USED "it says so"
run_is 12 "nor with the lost key itself" on "$province" --json node replace "$node" --key "$TMPDIR/dead/keys/node.pub"
run_is 0 "the province states it" on "$province" --json node replace "$node" --key "$TMPDIR/new.pub"
is "$(summary node) $(summary epoch)" "$node 2" "from the next epoch on"
run_is 0 "again, nothing changes" on "$province" --json node replace "$node" --key "$TMPDIR/new.pub"
is "$(wc -l <"$province/ssh/statements.jsonl")" 1 "one statement"
jq -j .text "$province/ssh/statements.jsonl" >"$TMPDIR/text"
jq -r .sig "$province/ssh/statements.jsonl" >"$TMPDIR/text.sig"
issuer=$(jq -r .node "$province/node.json")
check "it can be checked without this program" sh -c "ssh-keygen -Y verify -f '$province/ssh/allowed_signers' -I $issuer -n sohoa-keys -s '$TMPDIR/text.sig' <'$TMPDIR/text'"
is "$(jq -r '.type + " " + .node' "$TMPDIR/text")" "replace $node" "it says what it is"
is "$(grep -c "receive $node" "$province/ssh/authorized_keys")" 1 "one key opens the door"
like "$(grep "receive $node" "$province/ssh/authorized_keys")" "$(cut -d ' ' -f 2 "$TMPDIR/new.pub" | tr '+' .)" "the new one"

# ---- the lost key ----
run_is 12 "the old key opens nothing" on "$TMPDIR/dead" --json sync run
is "$(line error .code)" SH-LINE-KEY "at all"

# ---- a statement that is not one ----
jq '.statements = []' "$join" >"$TMPDIR/bare.json"
run_is 1 "a row without its statement" "${heir[@]}" --join "$TMPDIR/bare.json"
is "$(line error .code)" SH-ENROL "does not count"
jq --arg k "$(cut -d ' ' -f 1-2 "$TMPDIR/dead/keys/node.pub")" '.row.key |= sub("A"; "B")' "$join" >"$TMPDIR/bad.json"
run_is 1 "nor with another first key" "${heir[@]}" --join "$TMPDIR/bad.json"
jq '.row.closed[0].seq += 1' "$join" >"$TMPDIR/bad.json"
run_is 1 "nor with another end of a chain" "${heir[@]}" --join "$TMPDIR/bad.json"
is "$(line error .code)" SH-ENROL "than was stated"
jq '.statements[0].sig = .statements[0].text' "$join" >"$TMPDIR/bad.json"
run_is 12 "nor unsigned" "${heir[@]}" --join "$TMPDIR/bad.json"

# ---- made again ----
run_is 0 "the node is made again" "${heir[@]}" --join "$join"
is "$(summary node) $(summary epoch) $(summary chain)" "$node 2 verified" "the same one, in a new epoch"
is "$(summary items) $(summary pages)" "2 2" "with its records"
what "$commune" >"$TMPDIR/after"
is "$(diff "$TMPDIR/before" "$TMPDIR/after")" "" "I12: exactly what was acknowledged"
isnt "$(cat "$commune/keys/node.pub")" "$(cat "$TMPDIR/dead/keys/node.pub")" "with another key"
run_is 0 "fsck finds nothing" on "$commune" --json fsck --deep
on "$commune" import "${files[2]}" >/dev/null
seal "$commune"
is "$(on "$commune" --json item list | jq -r 'select(.type == "item") | .item' | tail -1)" "${node:0:8}-3" "a new record has the next number"
run_is 0 "and goes up" on "$commune" --json sync run
is "$(summary waiting) $(summary refused)" "0 0" "all of it"
run_is 0 "taken in" on "$province" --json ingest
is "$(summary refused)" 0 "without complaint"
run_is 0 "and proven" on "$commune" --json sync run
is "$(summary accepted) $(summary waiting)" "0 0" "every bundle has its receipt"
is "$(on "$province" --json report rates | jq -r 'select(.type == "summary") | .numerator')" 3 "three records count"
check "git fsck" git -C "$repo" fsck --strict --no-dangling
for r in $(git -C "$repo" for-each-ref --format='%(refname)' "refs/sohoa/$node/*/meta"); do
    check "git knows the key of $r" git -C "$repo" -c gpg.ssh.allowedSignersFile="$province/ssh/allowed_signers" verify-commit "$r"
done

# ---- readers ----
run_is 0 "a district reads on" on "$district" --json pull
is "$(summary refused) $(summary items)" "0 3" "bundles of both keys"
git -C "$district/communes/24175-2025-07-01/repo.git" show-ref --verify -q refs/sohoa-keys/statements
is $? 0 "it has the statement"

# ---- restored once more, with the new key saved ----
cp -r "$commune/keys" "$TMPDIR/saved"
mv "$commune" "$TMPDIR/dead2"
run_is 0 "the new key restores as any" on "$commune" --json restore --from "$url" --key "$TMPDIR/saved/node"
is "$(summary node) $(summary epoch) $(summary items)" "$node 3 3" "the same node"
run_is 12 "the old key restores nothing" on "$(fresh_home again)" --json restore --from "$url" --key "$TMPDIR/dead/keys/node" --join "$TMPDIR/first.json"
run_is 0 "a revocation still closes all" on "$province" --json node revoke "$node"
run_is 0 "and is stated" on "$province" --json ingest
run_is 0 "readers agree" on "$district" --json pull
is "$(summary refused)" 0 "with both statements"
done_testing
