#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A commune changes its key on purpose: what was sent stays valid, what was not arrives
# once, sealed again with the new key.
# timeout: 600
. "${0%/*}/lib.sh"
. "${0%/*}/seal.sh"
need jq git ssh
pages=$(tool make-pages) || skip_all "make tools"
PRELOAD=$(tool fault_preload.so) || skip_all "make tools"

commune=$(fresh_home commune) province=$(fresh_home province) district=$(fresh_home district)
mkdir "$TMPDIR/in"
"$pages" --seed 99 --out "$TMPDIR/in" --kind letter --count 4 --format jpeg --dpi 75 --keep 10 >/dev/null
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
        on "$1" --json item history "$i" | jq -Sc 'select(.type == "revision") | del(.receipt_at)'
    done
    (cd "$1/objects" && find . -type f | sort)
}
# One record arrived, scans of it wait for a stick; a second one is sealed and waits wholly,
# and was corrected since.
on "$commune" config set sync.masters stick >/dev/null
on "$commune" import "${files[0]}" >/dev/null && seal "$commune"
on "$commune" sync run >/dev/null 2>&1 && on "$province" ingest >/dev/null && on "$commune" sync run >/dev/null 2>&1 || exit 1
on "$commune" import "${files[1]}" >/dev/null && seal "$commune"
mkdir "$TMPDIR/stick"
on "$commune" courier write "$TMPDIR/stick" >/dev/null || exit 1
second=${node:0:8}-2
on "$commune" item set "$second" "Subject=V/v sửa sau khi niêm phong" >/dev/null
seal "$commune"
on "$commune" item set "$second" "Subject=V/v còn đang sửa" >/dev/null
what "$commune" >"$TMPDIR/before"
cp "$join" "$TMPDIR/first.json"
old=$(cat "$commune/keys/node.pub")
cp -r "$commune" "$TMPDIR/clone"

# ---- asking ----
run_is 2 "a request goes into a file" on "$commune" key rotate
run_is 0 "the office asks for another key" on "$commune" --json key rotate -o "$TMPDIR/request.json"
is "$(summary node) $(summary epoch)" "$node 2" "from the next epoch on"
print=$(summary fingerprint)
run_is 0 "again" on "$commune" --json key rotate -o "$TMPDIR/request.json"
is "$(summary fingerprint)" "$print" "it is the same one"
is "$(cat "$commune/keys/node.pub")" "$old" "the old key goes on meanwhile"
run_is 12 "the first enrolment file says nothing of it" on "$commune" --json key take "$TMPDIR/first.json"
is "$(line error .code)" SH-KEY-LATER "and that is said"

# ---- the province ----
sed 's/epoch\\":2/epoch\\":3/' "$TMPDIR/request.json" >"$TMPDIR/bad.json"
run_is 12 "an altered request is refused" on "$province" --json node rotate "$TMPDIR/bad.json"
is "$(line error .code)" SH-SIGNATURE "for its signature"
run_is 12 "nor is any file a request" on "$province" --json node rotate "$join"
is "$(line error .code)" SH-KEY-REQUEST "it says so"
stranger=$(fresh_home stranger)
on "$stranger" init --role commune --unit 1 >/dev/null && on "$stranger" key rotate -o "$TMPDIR/strange.json" >/dev/null
run_is 1 "a stranger's is not for here" on "$province" --json node rotate "$TMPDIR/strange.json"
run_is 0 "the province takes it" on "$province" --json node rotate "$TMPDIR/request.json"
is "$(summary epoch) $(summary fingerprint)" "2 $print" "as it was asked for"
run_is 0 "again, nothing changes" on "$province" --json node rotate "$TMPDIR/request.json"
is "$(jq -r '.text | fromjson | .type' "$province/ssh/statements.jsonl")" rotate "one statement says so"
run_is 12 "the old key opens nothing" on "$commune" --json sync run
run_is 12 "nor from a clone" on "$TMPDIR/clone" --json sync run

# ---- taking ----
jq '.statements[0].sig = "x"' "$join" >"$TMPDIR/bad.json"
run_is 12 "without a good signature nothing is taken" on "$commune" --json key take "$TMPDIR/bad.json"
run_is 12 "nor by a clone without the new key" on "$TMPDIR/clone" --json key take "$join"
cp -r "$commune" "$TMPDIR/whole"
run_is 0 "the office takes it" on "$commune" --json key take "$join"
is "$(summary epoch) $(summary fingerprint)" "2 $print" "and has the new key"
num_ok "what had not arrived is sealed again" "$(summary resealed) >= 5"
isnt "$(cat "$commune/keys/node.pub")" "$old" "keys/node.pub is the new one"
is "$(find "$commune/keys" -name next)" "" "there is one key"
is "$(what "$commune")" "$(cat "$TMPDIR/before")" "no record has changed"
is "$(on "$commune" --json bundle list | jq -r 'select(.type == "bundle" and .epoch == 1 and .state != "durable") | .seq')" "" "nothing waits in the old epoch"
run_is 0 "again" on "$commune" --json key take "$join"
is "$(summary resealed)" 0 "nothing is left to be done"
run_is 0 "fsck finds nothing" on "$commune" --json fsck --deep
# Killed at any call on the disk it goes on, and seals nothing twice.
ledger() { on "$1" --json bundle list | jq -c 'select(.type == "bundle") | [.epoch, .class, .seq, .objects, .bytes, .state]'; }
ledger "$commune" >"$TMPDIR/ledger"
# fault SPEC: `key take` under it, in a copy of before
fault() {
    rm -rf "$TMPDIR/cut"
    cp -r "$TMPDIR/whole" "$TMPDIR/cut"
    {
        SOHOA_FAULT=$1 SOHOA_FAULT_BELOW=$TMPDIR/cut SOHOA_FAULT_LOG=$TMPDIR/calls LD_PRELOAD=$PRELOAD \
            run on "$TMPDIR/cut" key take "$join"
    } 2>/dev/null
}
: >"$TMPDIR/calls"
fault any:1000000
calls=$(sed -n 's/.*any[= ]\([0-9]*\).*/\1/p' "$TMPDIR/calls" | tail -1)
num_ok "it makes ${calls:-no} calls" "${calls:-0} > 40"
bad='' killed=0
for ((i = 1; i <= 9; i++)); do
    n=$((calls * i / 10))
    fault "any:$n:kill"
    [ "$rc" -eq 0 ] || killed=$((killed + 1))
    on "$TMPDIR/cut" key take "$join" >/dev/null 2>&1 || bad="$bad $n(stuck)"
    [ "$(ledger "$TMPDIR/cut")" = "$(cat "$TMPDIR/ledger")" ] || bad="$bad $n(ledger)"
    [ "$(what "$TMPDIR/cut")" = "$(cat "$TMPDIR/before")" ] || bad="$bad $n(records)"
done
is "$bad" "" "killed at $killed places it came to the same end"
num_ok "most of them did kill it" "$killed >= 6"
# Cut off between the two files: the next command completes it.
cp "$commune/keys/node" "$commune/keys/next" && cp "$TMPDIR/clone/keys/node" "$commune/keys/node"
run_is 0 "a change that was cut off is completed" on "$commune" --json key show
is "$(summary node) $(summary fingerprint)" "$node $print" "by the next command"

# ---- sending: the stick of before, and the line ----
run_is 12 "the stick of before brings nothing" on "$province" --json courier read "$TMPDIR/stick"
run_is 0 "the line brings all" on "$commune" --json sync run
is "$(summary refused)" 0 "with the new key"
run_is 0 "scans, too" on "$commune" config set sync.masters always
run_is 0 "as they may go now" on "$commune" --json sync run
is "$(summary waiting) $(summary refused)" "0 0" "nothing waits"
run_is 0 "it is taken in" on "$province" --json ingest
is "$(summary refused)" 0 "without complaint"
run_is 0 "and proven" on "$commune" --json sync run
is "$(summary accepted) $(summary waiting)" "0 0" "every bundle has its receipt"
is "$(on "$province" --json report rates | jq -r 'select(.type == "summary") | .numerator')" 2 "each record counts once"
is "$(on "$commune" --json report rates | jq -r 'select(.type == "summary") | .numerator')" 2 "at the office, too"
run_is 0 "the correction is there" on "$province" --json search "sửa sau khi"
is "$(line hit .item | sort -u)" "$second" "of the same record"
seal "$commune"
run_is 0 "work goes on" on "$commune" --json sync run
run_is 0 "it is taken in" on "$province" --json ingest
check "git fsck" git -C "$repo" fsck --strict --no-dangling
for r in $(git -C "$repo" for-each-ref --format='%(refname)' "refs/sohoa/$node/*/meta"); do
    check "git knows the key of $r" git -C "$repo" -c gpg.ssh.allowedSignersFile="$province/ssh/allowed_signers" verify-commit "$r"
done

# ---- readers, and the next disk ----
run_is 0 "a district reads on" on "$district" --json pull
is "$(summary refused)" 0 "bundles of both keys"
cp -r "$commune/keys" "$TMPDIR/saved"
mv "$commune" "$TMPDIR/dead"
run_is 0 "the new key restores the node" on "$commune" --json restore --from "$url" --key "$TMPDIR/saved/node"
is "$(summary node) $(summary epoch) $(summary items)" "$node 3 2" "with what both have signed"
run_is 0 "fsck" on "$commune" --json fsck --deep
run_is 0 "it changes its key once more" on "$commune" --json key rotate -o "$TMPDIR/third.json"
run_is 0 "the province takes that" on "$province" --json node rotate "$TMPDIR/third.json"
run_is 0 "and the office" on "$commune" --json key take "$join"
is "$(summary epoch)" 4 "in an epoch of its own"
run_is 0 "the line is open" on "$commune" --json sync run
done_testing
