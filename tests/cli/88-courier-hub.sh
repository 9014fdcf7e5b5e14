#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No line anywhere: communes, their hub and the province by sticks alone, and readers.
# timeout: 900
. "${0%/*}/lib.sh"
. "${0%/*}/seal.sh"
need jq git
pages=$(tool make-pages) || skip_all "make tools"

mkdir "$TMPDIR/in"
"$pages" --seed 86 --out "$TMPDIR/in" --kind letter --count 3 --level clean --keep 15 --format jpeg --dpi 150 >/dev/null
files=("$TMPDIR/in"/*.jpg)
a=$(fresh_home a) b=$(fresh_home b) province=$(fresh_home province)
hub=$(fresh_home hub) reader=$(fresh_home reader) outsider=$(fresh_home outsider)
sa=$TMPDIR/sa sb=$TMPDIR/sb up=$TMPDIR/up sr=$TMPDIR/sr
mkdir "$sa" "$sb" "$up" "$sr"
for h in "$province province 66" "$hub district 664" "$reader district 66" "$outsider district 77" \
    "$a commune 24175" "$b commune 24121"; do
    read -r home role unit <<<"$h"
    on "$home" init --role "$role" --unit "$unit" >/dev/null || exit 1
done
printf 'code,name,kind,parent\n66,Đắk Lắk,tỉnh,\n77,Khác,tỉnh,\n664,Cụm Bắc,cụm,66\n24175,Hòa Phú,xã,664\n24121,Cư Êbur,xã,664\n' >"$TMPDIR/units.csv"
on "$province" unit import "$TMPDIR/units.csv" >/dev/null
name() { jq -r .node "$1/node.json"; }
# enrol TIER HOME ARGS…: without an address: there is no line
enrol() {
    on "$1" node add "$2/keys/node.pub" "${@:3}" >/dev/null && on "$2" init --join "$1/enrol/$(name "$2").json" >/dev/null
}
enrol "$province" "$hub" --unit 664 --role district --relay || exit 1
enrol "$province" "$reader" --unit 66 --role district || exit 1
enrol "$province" "$outsider" --unit 77 --role district || exit 1
on "$province" node add "$a/keys/node.pub" --unit 24175 >/dev/null || exit 1
# The province has this one under another unit than its bundles say.
on "$province" node add "$b/keys/node.pub" --unit 24175 >/dev/null || exit 1
enrol "$hub" "$a" --unit 24175 --relay || exit 1
enrol "$hub" "$b" --unit 24121 --relay || exit 1
is "$(cut -d ' ' -f 2 "$a/keys/hub.pub")" "$(cut -d ' ' -f 2 "$hub/keys/node.pub")" "a commune knows its hub"
is "$(cut -d ' ' -f 2 "$a/keys/upstream.pub")" "$(cut -d ' ' -f 2 "$province/keys/node.pub")" "and whose receipts count"
check "nobody else has a hub" test ! -e "$hub/keys/hub.pub"
node=$(name "$a") above=$province/communes/24175-2025-07-01/repo.git
state() { on "$1" --json bundle list | jq -r 'select(.type == "bundle").state' | sort -u | xargs; }
tips() { git -C "$1" for-each-ref --format='%(refname) %(objectname)' "refs/sohoa/$node"; }

# ---- from the communes to the hub ----
on "$a" import "${files[0]}" >/dev/null && seal "$a" || exit 1
on "$b" import "${files[1]}" >/dev/null && seal "$b" || exit 1
run_is 0 "a commune writes" on "$a" --json courier write "$sa"
bundles=$(summary pushed)
run_is 12 "the province cannot open what is for the hub" on "$province" courier verify "$sa"/*.GUI
run_is 0 "the hub reads and answers" on "$hub" --json courier read "$sa" --answer
is "$(summary accepted)" "$bundles" "all of it"
run_is 0 "at home" on "$a" --json courier read "$sa"
is "$(summary durable) $(summary accepted) $(state "$a")" "0 0 sent" "the hub's word proves nothing: on its way, no more"
run_is 0 "the other commune" on "$b" courier write "$sb"
run_is 0 "too" on "$hub" courier read "$sb"
run_is 2 "for whom, with no stick that says it" on "$province" courier write "$TMPDIR/in"

# ---- further up ----
run_is 1 "a province has nothing above it" on "$province" --json courier write --up "$up"
is "$(line error .code)" SH-ROLE "it says so"
run_is 0 "the hub writes for the province" on "$hub" --json courier write "$up"
is "$(line progress .node | sort -u | xargs)" "$(printf '%s\n' "$node" "$(name "$b")" | sort | xargs)" "what both communes sent"
is "$(line progress .class | uniq | xargs)" "meta text thumb page master" "small things of all first"
num_ok "every bundle" "$(summary pushed) == 2 * $bundles && $(summary waiting) == 2 * $bundles"
like "$(ls "$up")" '^[0-9A-F]{8}\.GUI$' "in one file that FAT takes"
run_is 12 "a commune cannot open it" on "$a" courier verify "$up"/*.GUI
run_is 0 "onto a commune's stick only when it is told to" on "$hub" --json courier write --up "$sa"
cp -r "$up" "$TMPDIR/first"

# Damage on the way.
cp "$up"/*.GUI "$TMPDIR/bad"
printf '\377' | dd of="$TMPDIR/bad" bs=1 seek=$(($(stat -c %s "$TMPDIR/bad") / 2)) conv=notrunc 2>/dev/null
run_is 3 "a byte turned round" on "$province" --json courier read "$TMPDIR/bad"
like "$(line error .code)" "^SH-(SEAL|COURIER-CUT)$" "is found"
check "and no word of a damaged file counts" test ! -e "$province/spool/have/$(name "$hub")"

run_is 3 "the province reads and answers" on "$province" --json courier read "$up" --answer
is "$(line progress 'select(.state == "refused") | .code' | sort -u)" SH-GATE-REF "one commune is refused"
is "$(tips "$above")" "$(tips "$a/transport.git")" "I9: the other's commits are there, the very same"
check "signed by the commune" git -C "$above" -c gpg.ssh.allowedSignersFile="$province/ssh/allowed_signers" verify-commit "refs/sohoa/$node/1/meta"
check "git fsck" git -C "$above" fsck --strict --no-dangling
run_is 3 "a second time" on "$province" --json courier read "$up"
is "$(summary pushed)" 0 "is as once"
check "what the hub has is known" grep -q "refs/sohoa/$node/1/meta" "$province/spool/have/$(name "$hub")"

# ---- and home ----
run_is 3 "the hub hears" on "$hub" --json courier read "$up"
is "$(summary pushed) $(line receipt .node | sort -u)" "$bundles $node" "what was taken, by receipts of the province"
run_is 3 "twice" on "$hub" --json courier read "$up"
is "$(summary pushed) $(line receipt .seq)" "0 " "is as once"
run_is 0 "ingest" on "$hub" --json ingest
run_is 0 "the hub's own figures" on "$hub" --json sync status
is "$(line relayed "select(.node == \"$node\") | [.durable, .waiting, .accepted, .refused] | join(\" \")")" "$bundles 0 0 0" "are the province's"
run_is 0 "onto the commune's stick" on "$hub" --json courier write "$sa"
run_is 0 "at home in the commune" on "$a" --json courier read "$sa"
is "$(summary durable) $(summary waiting) $(state "$a")" "$bundles 0 durable" "the province has it"
is "$(line receipt .issuer | sort -u)" "$(name "$province")" "by its own name"
run_is 0 "the other stick" on "$hub" --json courier write "$sb"
run_is 3 "the other commune" on "$b" --json courier read "$sb"
is "$(summary refused) $(line progress 'select(.state == "refused" and .code) | .code' | sort -u)" "$bundles SH-GATE-REF" "hears what was refused, and why"
run_is 0 "an old answer read again" on "$a" --json courier read "$sa"
is "$(summary durable)" "$bundles" "changes nothing"

# ---- two sticks, the second one first ----
on "$a" import "${files[2]}" >/dev/null && seal "$a" || exit 1
on "$a" courier write "$sa" >/dev/null && on "$hub" courier read "$sa" >/dev/null || exit 1
run_is 0 "the hub writes once more" on "$hub" courier write "$up"
more=$(on "$a" --json bundle list | jq -r 'select(.type == "bundle").bundle' | wc -l)
run_is 0 "a file that was lost since" rm -r "$hub/spool/out"
run_is 0 "is made anew" on "$hub" --json courier write "$up"
run_is 3 "the stick of the first time is read again" on "$province" --json courier read "$TMPDIR/first"
is "$(summary pushed)" 0 "nothing is new on it"
run "$SOHOA" -C "$province" courier read "$up" --answer
on "$hub" courier read "$up" >/dev/null
on "$hub" ingest >/dev/null
run_is 0 "answers for a commune" on "$hub" courier write "$sa"
run_is 0 "read there" on "$a" --json courier read "$sa"
is "$(summary durable) $(summary waiting)" "$more 0" "all is proven"

# ---- readers ----
run_is 0 "a reader tells what it has" on "$reader" --json courier write "$sr"
is "$(summary pushed) $(summary requests)" "0 0" "and sends nothing"
run_is 0 "the province answers" on "$province" --json courier read "$sr" --answer
run_is 0 "it reads" on "$reader" --json courier read "$sr"
is "$(summary items)" 2 "the records of the communes below it"
run_is 0 "search" on "$reader" --json search cong hoa
num_ok "finds them" "$(line hit .item | wc -l) >= 2"
full=$(stat -c %s "$sr"/*.TRA)
run_is 0 "it tells again" on "$reader" courier write --up "$sr"
run_is 0 "and is answered" on "$province" courier read "$sr" --answer
num_ok "from where it is on" "$(stat -c %s "$sr"/*.TRA) < $full / 4"
run_is 0 "it reads" on "$reader" --json courier read "$sr"
is "$(summary bundles)" 0 "nothing is new"
run_is 0 "with pictures" on "$province" courier write --pages "$sr"
run_is 0 "it reads" on "$reader" --json courier read "$sr"
num_ok "and has them" "$(summary bundles) >= 2"
mkdir "$TMPDIR/so"
run_is 0 "one without a right" on "$outsider" courier write "$TMPDIR/so"
run_is 0 "is answered" on "$province" --json courier read "$TMPDIR/so" --answer
run_is 0 "and reads" on "$outsider" --json courier read "$TMPDIR/so"
is "$(summary bundles) $(summary items) $(ls "$outsider/communes" 2>/dev/null)" "0 0 " "nothing"
run_is 12 "nor another's stick" on "$outsider" courier read "$sr"/*.TRA
for h in "$a" "$hub" "$province" "$reader"; do run_is 0 "fsck" on "$h" --json fsck --deep; done
run_is 0 "revoke the hub" on "$province" node revoke "$(name "$hub")"
run_is 12 "its stick is not taken any more" on "$province" --json courier read "$up"
is "$(line error .code)" SH-GATE-NODE "it says why"
done_testing
