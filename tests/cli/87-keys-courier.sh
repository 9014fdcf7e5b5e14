#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A key that is changed, a key that is lost, and two disks of one node: by stick alone.
# timeout: 900
CMD_TIMEOUT=300
. "${0%/*}/lib.sh"
. "${0%/*}/seal.sh"
need jq git
pages=$(tool make-pages) || skip_all "make tools"
mkdir "$TMPDIR/in"
"$pages" --seed 102 --out "$TMPDIR/in" --kind letter --count 6 --format jpeg --dpi 75 --keep 10 >/dev/null
files=("$TMPDIR/in"/*.jpg)
province=$(fresh_home province) one=$(fresh_home one) two=$(fresh_home two)
on "$province" init --role province --unit 66 >/dev/null
on "$one" init --role commune --unit 24175 >/dev/null
on "$one" config set seal.level recognized >/dev/null
node=$(jq -r .node "$one/node.json") short=${node:0:8}
join=$province/enrol/$node.json repo=$province/communes/24175-2025-07-01/repo.git
on "$province" node add "$one/keys/node.pub" --unit 24175 >/dev/null
on "$one" init --join "$join" >/dev/null

sticks=0
# up HOME: a new stick that HOME has written and the province has answered, in $stick
up() {
    stick=$TMPDIR/stick$((++sticks))
    mkdir "$stick"
    on "$1" courier write "$stick" >/dev/null && on "$province" courier read "$stick" --answer >"$TMPDIR/answered" 2>&1
}
round() { up "$1" && on "$1" courier read "$stick" >/dev/null; }
names() { on "$1" --json item list | jq -r 'select(.type == "item") | .item' | sort | tr '\n' ' '; }
count() { on "$province" --json report rates | jq -r 'select(.type == "summary") | .numerator'; }
proven() {
    check "the province answers the stick" up "$1"
    run_is 0 "which comes home" on "$1" --json courier read "$stick"
    is "$(summary waiting) $(summary accepted) $(summary refused)" "0 0 0" "every bundle is proven"
}
verified() {
    local r
    check "git fsck" git -C "$repo" fsck --strict --no-dangling
    for r in $(git -C "$repo" for-each-ref --format='%(refname)' "refs/sohoa/$node/*/meta"); do
        check "git knows the key of $r" git -C "$repo" -c gpg.ssh.allowedSignersFile="$province/ssh/allowed_signers" verify-commit "$r"
    done
}
on "$one" import "${files[0]}" >/dev/null && seal "$one" && round "$one" || exit 1

# ---- what does not go ----
other=$(fresh_home other)
on "$other" init --role commune --unit 24121 >/dev/null && on "$province" node add "$other/keys/node.pub" --unit 24121 >/dev/null
run_is 1 "a province does not change its key so" on "$province" --json key rotate -o "$TMPDIR/x"
is "$(line error .code)" SH-ROLE "and says so"
run_is 12 "another office's file is not for here" on "$one" --json key take "$province/enrol/$(jq -r .node "$other/node.json").json"
is "$(line error .code)" SH-JOIN "and is told"
run_is 12 "nor is any without knowing whose word counts" on "$other" --json key take "$province/enrol/$(jq -r .node "$other/node.json").json"
is "$(line error .code)" SH-UPSTREAM-KEY-UNSET "which is told, too"

# ---- a key that is changed ----
on "$one" import "${files[1]}" >/dev/null && seal "$one"
mkdir "$TMPDIR/before" && on "$one" courier write "$TMPDIR/before" >/dev/null || exit 1
old=$(cat "$one/keys/node.pub")
run_is 0 "the office asks for another key" on "$one" --json key rotate -o "$TMPDIR/before/request.json"
run_is 0 "the province takes it" on "$province" --json node rotate "$TMPDIR/before/request.json"
run_is 12 "the stick beside it brings nothing now" on "$province" --json courier read "$TMPDIR/before"
run_is 0 "the office takes the key" on "$one" --json key take "$join"
num_ok "what had not arrived is sealed again" "$(summary epoch) == 2 && $(summary resealed) >= 3"
isnt "$(cat "$one/keys/node.pub")" "$old" "with the new key"
proven "$one"
is "$(count)" 2 "each record counts once"
verified

# ---- a key that is lost ----
mv "$one" "$TMPDIR/dead"
home=$TMPDIR/home-stick
mkdir "$home"
heir=(on "$one" --json restore --replaces "$node" --from "$home/${short^^}.TRA")
run_is 12 "a new key alone is not enough" on "$one" --json restore --replaces "$node" --from "$home"
is "$(line error .code)" SH-RESTORE-KEY "it says what to ask for"
run_is 0 "the province states it" on "$province" --json node replace "$node" --key "$one/keys/node.pub"
run_is 1 "a commune has no other's chains" on "$TMPDIR/dead" --json courier write "$TMPDIR/before" --chains
is "$(line error .code)" SH-ROLE "and says so"
run_is 0 "the province writes answers alone" on "$province" --json courier write "$home" --to "$node"
run_is 75 "which make no node" "${heir[@]}" --join "$join"
is "$(line error .code)" SH-RESTORE-LATER "it says what is missing"
like "$(line error .vi)" "--chains" "in Vietnamese, too"
run_is 0 "the province writes all that it has" on "$province" --json courier write "$home" --to "$one/keys/node.pub" --chains
check "its outbox does not keep that" test ! -e "$province/inbox/$node/restore"
# A damaged stick is not believed.
cp "$home/${short^^}.TRA" "$TMPDIR/whole.tra"
size=$(stat -c %s "$TMPDIR/whole.tra")
printf 'x' | dd of="$home/${short^^}.TRA" bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
run_is 3 "a damaged one founds nothing" "${heir[@]}" --join "$join"
is "$(line error .code)" SH-SEAL "and is told"
head -c $((size - 70000)) "$TMPDIR/whole.tra" >"$home/${short^^}.TRA"
run "${heir[@]}" --join "$join"
isnt "$rc" 0 "nor one that is cut off"
run_is 10 "there is no node" on "$one" --json item list
cp "$TMPDIR/whole.tra" "$home/${short^^}.TRA"
run_is 0 "the node is made again" "${heir[@]}" --join "$join"
is "$(summary node) $(summary epoch) $(summary items) $(summary chain)" "$node 3 2 verified" "the same one"
check "nothing of the stick is left" test ! -e "$one/spool/courier/box"
run_is 0 "fsck finds nothing" on "$one" --json fsck --deep
on "$one" config set seal.level recognized >/dev/null
on "$one" import "${files[2]}" >/dev/null && seal "$one"
proven "$one"
is "$(count)" 3 "three records count"
verified
# With the saved key the same stick does; for a stranger's key it does not open.
cp -r "$one/keys" "$TMPDIR/saved"
on "$province" courier write "$home" --to "$node" --chains >/dev/null
ssh-keygen -q -t ed25519 -N '' -f "$TMPDIR/stranger" && cp "$TMPDIR/saved/upstream.pub" "$TMPDIR"
run_is 12 "a stranger opens nothing" on "$(fresh_home s)" --json restore --key "$TMPDIR/stranger" --from "$home/${short^^}.TRA"
run_is 0 "the saved key does" on "$(fresh_home again)" --json restore --key "$TMPDIR/saved/node" --from "$home/${short^^}.TRA"
is "$(summary node) $(summary epoch) $(summary items)" "$node 4 3" "with all three records"

# ---- two disks ----
on "$one" import "${files[3]}" >/dev/null && on "$one" ocr run >/dev/null 2>&1
cp -r "$one" "$two"
on "$one" item set "$short-1" "Subject=V/v sửa ở máy một" >/dev/null
seal "$one" && round "$one" || exit 1
on "$two" import "${files[4]}" >/dev/null
on "$two" item set "$short-1" "Subject=V/v sửa ở máy hai" >/dev/null
seal "$two"
up "$two"
run_is 75 "the copy hears of the other one" on "$two" --json courier read "$stick"
is "$(line error .code)" SH-AHEAD-LATER "and needs what that has sent"
check "it can seal meanwhile" on "$two" bundle seal
run_is 0 "the province writes it" on "$province" --json courier write "$stick" --chains
run_is 0 "the copy reads it" on "$two" --json courier read "$stick"
is "$(line fork .epoch)" 4 "it goes on in an epoch of its own"
proven "$two"
is "$(count)" 5 "five records count, each once"
is "$(names "$two")" "$short-1 $short-2 $short-3 $short-4 $short-5 " "it has all of them"
run_is 0 "the same stick again" on "$two" --json courier read "$stick"
is "$(line fork .epoch)" "" "changes nothing"
# The first one is told by that.
on "$one" import "${files[5]}" >/dev/null && seal "$one"
up "$one"
run_is 75 "the first disk hears of it" on "$one" --json courier read "$stick"
on "$province" courier write "$stick" --chains >/dev/null
run_is 0 "and reads what it needs" on "$one" --json courier read "$stick"
is "$(line fork .epoch) $(line renamed .item)" "5 $short-6" "its new record gets the next number"
proven "$one"
is "$(count) $(names "$one")" "6 $short-1 $short-2 $short-3 $short-4 $short-5 $short-6 " "six records, each once"
run_is 0 "fsck" on "$one" --json fsck --deep
verified
done_testing
