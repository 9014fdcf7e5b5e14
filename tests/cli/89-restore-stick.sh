#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A commune that has no line is made again from a sealed file of the province.
# timeout: 600
. "${0%/*}/lib.sh"
. "${0%/*}/seal.sh"
need jq git
pages=$(tool make-pages) || skip_all "make tools"

commune=$(fresh_home commune) other=$(fresh_home other) province=$(fresh_home province)
stick=$TMPDIR/stick
mkdir "$TMPDIR/in" "$stick"
"$pages" --seed 87 --out "$TMPDIR/in" --kind letter --count 3 --format jpeg --level clean --dpi 150 --keep 15 >/dev/null
files=("$TMPDIR/in"/*.jpg)
on "$province" init --role province --unit 66 >/dev/null
for h in "$commune" "$other"; do
    on "$h" init --role commune --unit 24175 >/dev/null
    on "$province" node add "$h/keys/node.pub" --unit 24175 >/dev/null # one repository for both
    on "$h" init --join "$province/enrol/$(jq -r .node "$h/node.json").json" >/dev/null || exit 1
done
node=$(jq -r .node "$commune/node.json") join=$province/enrol/$node.json
# round HOME: by stick to the province and home again
round() {
    mkdir -p "$TMPDIR/round" && on "$1" courier write "$TMPDIR/round" >/dev/null &&
        on "$province" courier read "$TMPDIR/round" --answer >/dev/null &&
        on "$1" courier read "$TMPDIR/round" >/dev/null && rm -r "$TMPDIR/round"
}
what() {
    on "$1" --json item list | jq -Sc 'select(.type == "item")'
    on "$1" --json bundle list | jq -Sc 'select(.type == "bundle")'
    on "$1" --json receipt list | jq -Sc 'select(.type == "receipt")'
    (cd "$1/objects" && find . -type f | sort)
}
on "$commune" import "${files[@]:0:2}" >/dev/null && seal "$commune" && round "$commune" || exit 1
on "$other" import "${files[2]}" >/dev/null && seal "$other" && round "$other" || exit 1
what "$commune" >"$TMPDIR/before"
cp -r "$commune/keys" "$TMPDIR/saved"
mv "$commune" "$TMPDIR/old"

# ---- written at the province ----
run_is 1 "only the tier above writes it" on "$other" --json courier write "$stick" --chains --to "$node"
is "$(line error .code)" SH-ROLE "it says so"
run_is 12 "nobody that is not enrolled" on "$province" --json courier write "$stick" --chains --to 00000000000000000000000000000000
run_is 0 "the province writes all it has of the node" on "$province" --json courier write "$stick" --chains --to "$node"
file=$(line file .path)
like "${file##*/}" '^[0-9A-F]{8}\.TRA$' "under a name that FAT takes"
is "$(grep -c -a -e PACK -e ustar "$file")" 0 "sealed"
run_is 12 "another commune cannot read it" on "$other" courier verify "$file"
run_is 0 "the province can check it" on "$province" --json courier verify "$file"
run_is 0 "the same, open to be looked at" on "$province" courier write "$TMPDIR/open.tar" --chains --to "$node" --plain
tar -xf "$TMPDIR/open.tar" -C "$TMPDIR/in"
is "$(cd "$TMPDIR/in/outbox" && ls)" "$node" "only for this node"
is "$(cat "$TMPDIR/in/outbox/$node"/*/*.req | grep -a -o 'refs/[a-z]*/[0-9a-f]\{32\}' | cut -d / -f 3 | sort -u)" "$node" "and nothing of the other one in the same commune"

# ---- what does not go ----
back=(on "$commune" --json restore --from "$file" --key "$TMPDIR/saved/node" --join "$join")
run_is 12 "with another key it stays shut" on "$commune" --json restore --from "$file" --key "$other/keys/node" --join "$join"
cp "$file" "$TMPDIR/good"
truncate -s -70000 "$file"
run_is 3 "half a file" "${back[@]}"
like "$(line error .code)" "^SH-(COURIER-CUT|SEAL)$" "is told"
run_is 10 "there is no node yet" on "$commune" --json item list
cp "$TMPDIR/good" "$file"
printf '\377' | dd of="$file" bs=1 seek=$(($(stat -c %s "$file") / 2)) conv=notrunc 2>/dev/null
run_is 3 "a byte turned round" "${back[@]}"
run_is 10 "there is still none" on "$commune" --json item list
cp "$TMPDIR/good" "$file"
# What a stick lacks is no restore: made of the answers of every day.
mkdir "$TMPDIR/daily"
run_is 0 "the answers of every day" on "$province" --json courier write "$TMPDIR/daily" --to "$TMPDIR/saved/node.pub"
daily=$(line file .path)
run_is 75 "are not taken for all" on "$commune" --json restore --from "$daily" --key "$TMPDIR/saved/node" --join "$join"
is "$(line error .code)" SH-RESTORE-LATER "it says so"

# ---- I12 ----
run_is 0 "the node is made again" on "$commune" --json restore --from "$file" --key "$TMPDIR/saved/node" --join "$join"
is "$(summary node) $(summary epoch) $(summary chain)" "$node 2 verified" "the same one, in a new epoch"
is "$(summary items) $(summary pages)" "2 2" "with its records"
what "$commune" >"$TMPDIR/after"
is "$(diff "$TMPDIR/before" "$TMPDIR/after")" "" "I12: exactly what was acknowledged"
is "$(on "$commune" config get upstream.url)" "" "no address was invented"
is "$(find "$commune/spool" -name '*.req')" "" "nothing is left of the way"
run_is 0 "fsck finds nothing" on "$commune" --json fsck --deep
run_is 1 "a second time is refused" "${back[@]}"
on "$commune" import "${files[2]}" >/dev/null && seal "$commune" || exit 1
round "$commune"
run_is 0 "it goes on by stick" on "$commune" --json sync status
is "$(summary waiting) $(summary accepted)" "0 0" "in its new epoch, all proven"

# ---- with a key that took the place of a lost one ----
rm -r "$commune"
lost=(on "$commune" --json restore --replaces "$node" --from "$file")
run_is 12 "without its key it asks for another" "${lost[@]}"
is "$(line error .code)" SH-RESTORE-KEY "it says so"
run_is 0 "stated at the province" on "$province" node replace "$node" --key "$commune/keys/node.pub"
run_is 12 "what was sealed for the old key stays shut" "${lost[@]}" --join "$join"
run_is 0 "written anew" on "$province" --json courier write "$stick" --chains --to "$node"
run_is 0 "it opens" "${lost[@]}" --join "$join"
is "$(summary node) $(summary epoch) $(summary items) $(summary chain)" "$node 3 3 verified" "the same node, by the new key"
run_is 0 "fsck finds nothing" on "$commune" --json fsck --deep
done_testing
