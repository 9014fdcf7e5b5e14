#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A commune without any line: up by stick, home by the same stick, sealed, in any order,
# twice, cut off, turned round, onto a full stick; the same refs as by another way (I8).
# timeout: 600
. "${0%/*}/lib.sh"
need jq git
pages=$(tool make-pages) || skip_all "make tools"

commune=$(fresh_home commune) province=$(fresh_home province) other=$(fresh_home other)
stick=$TMPDIR/stick
mkdir "$TMPDIR/in" "$stick"
# A real FAT file system when this machine lets us make one.
if command -v mkfs.vfat >/dev/null && truncate -s 48M "$TMPDIR/fat" &&
    mkfs.vfat "$TMPDIR/fat" >/dev/null 2>&1 && mount -o loop "$TMPDIR/fat" "$stick" 2>/dev/null; then
    at_exit "umount '$stick'"
    note "the stick is vfat"
else
    note "no vfat here: the stick is a folder"
fi
"$pages" --seed 93 --out "$TMPDIR/in" --kind letter --count 1 --format jpeg --level clean --dpi 150 --keep 15 >/dev/null
run_is 0 "a commune" on "$commune" init --role commune --unit 24175
run_is 0 "a province" on "$province" init --role province --unit 66
run_is 0 "another commune" on "$other" init --role commune --unit 24121
run_is 12 "without the province's key nothing is written" on "$commune" --json courier write "$stick"
is "$(line error .code) $(ls "$stick")" "SH-UPSTREAM-KEY-UNSET " "and it says so"
run_is 0 "node add" on "$province" node add "$commune/keys/node.pub" --unit 24175
node=$(jq -r .node "$commune/node.json")
run_is 0 "join" on "$commune" init --join "$province/enrol/$node.json"
on "$commune" user add lan --role verifier >/dev/null
on "$commune" import "$TMPDIR/in"/*.jpg >/dev/null
on "$commune" ocr run >/dev/null 2>&1
item=$(on "$commune" --json item list | jq -r '.item // empty')
on "$commune" item verify "$item" --user lan >/dev/null
run_is 0 "sealed" on "$commune" --json bundle seal
bundles=$(summary bundles)

# ---- masters may stay ----------------------------------------------------------------
on "$commune" config set sync.masters never >/dev/null
run_is 0 "written without masters" on "$commune" --json courier write "$TMPDIR/kept"
is "$(summary pushed) $(summary waiting)" "$((bundles - 1)) $bundles" "all but the one that stays"
on "$commune" config set sync.masters stick >/dev/null

# ---- up ------------------------------------------------------------------------------
run_is 0 "courier write" on "$commune" --json courier write "$stick"
up=$(line file .path)
is "$(summary pushed) $(summary full) $(summary waiting)" "$bundles false $bundles" "everything is on the stick, nothing is promised"
like "${up##*/}" '^[0-9A-F]{8}\.GUI$' "under a name that FAT takes"
is "$(sha256sum <"$up" | cut -c 1-64)" "$(line file .sha256)" "its bytes are what was told"
is "$(ls "$stick")" "${up##*/}" "nothing else lies there"
is "$(on "$commune" --json bundle list | jq -r 'select(.type == "bundle").state' | sort -u)" sent "the bundles are on their way"
is "$(grep -c -a -e PACK -e ustar "$up")" 0 "it is sealed"
run_is 0 "the writer can check it" on "$commune" --json courier verify "$up"
is "$(line file .files)" "$bundles" "all requests are there"
run_is 12 "another commune cannot" on "$other" --json courier verify "$up"
is "$(line error .code)" SH-COURIER-TO "it is told for whom it is not"
run_is 0 "the receiver can" on "$province" courier verify "$up"
run_is 12 "its writer does not read it in" on "$commune" courier read "$up"

# ---- damaged and cut off ---------------------------------------------------------------
repo=$province/communes/24175-2025-07-01/repo.git
cp "$up" "$TMPDIR/bad"
printf '\377' | dd of="$TMPDIR/bad" bs=1 seek=$(($(stat -c %s "$up") / 2)) conv=notrunc 2>/dev/null
run_is 3 "a byte turned round" on "$province" --json courier read "$TMPDIR/bad"
like "$(line error .code)" "^SH-(SEAL|COURIER-CUT)$" "is found"
head -c 70000 "$up" >"$TMPDIR/bad"
run_is 3 "half a file" on "$province" --json courier read "$TMPDIR/bad"
: >"$TMPDIR/bad"
run on "$province" courier read "$TMPDIR/bad"
isnt "$rc" 0 "an empty one"
run_is 1 "a letter is no courier file" on "$province" --json courier read "$TMPDIR/in/letter-0001.jpg"
is "$(line error .code)" SH-COURIER-FORM "and is told so"

# ---- taken in, twice ---------------------------------------------------------------------
run_is 0 "courier read" on "$province" --json courier read "$stick"
is "$(summary accepted)" "$(line file .files)" "all requests are taken"
run_is 0 "once more" on "$province" --json courier read "$up"
is "$(summary pushed) $(line progress .known | sort -u)" "0 true" "twice is once (I4)"
for class in meta text thumb page master; do
    ref=refs/sohoa/$node/1/$class
    is "$(git -C "$repo" rev-parse "$ref")" "$(git -C "$commune/transport.git" rev-parse "$ref")" "I8: $class is the same commit"
done
check "git finds nothing wrong" git -C "$repo" fsck --strict
is "$(on "$commune" --json sync status | jq -r 'select(.type == "summary").durable')" 0 "the commune has heard nothing yet"
run_is 0 "ingest" on "$province" --json ingest
is "$(summary bundles) $(summary receipts)" "$bundles $bundles" "and receipts"

# ---- and home on the same stick --------------------------------------------------------------
run_is 2 "for whom, when no stick says it?" on "$province" --json courier write "$TMPDIR/in"
is "$(line error .code)" SH-COURIER-WHO "is asked"
run_is 0 "onto the stick that the commune brought" on "$province" --json courier write "$stick"
home=$(line file .path)
like "${home##*/}" '^[0-9A-F]{8}\.TRA$' "under its name"
run_is 12 "another commune cannot read it" on "$other" courier read "$home"
run_is 0 "courier read at the commune" on "$commune" --json courier read "$stick"
is "$(summary durable) $(summary waiting)" "$bundles 0" "now the province has it"
is "$(line receipt .kind | sort -u)" receipt "by receipts"
run_is 0 "and once more" on "$commune" --json courier read "$stick"
is "$(summary durable) $(line receipt .seq)" "$bundles " "changes nothing"
run_is 0 "with nothing to send" on "$commune" --json courier write "$stick"
is "$(summary pushed) $(summary requests)" "0 0" "an empty one is written"

# ---- a correction, by the whole round in three commands ---------------------------------------
run_is 0 "a correction" on "$commune" item set "$item" CodeNumber=78
on "$commune" item verify "$item" --user lan >/dev/null
on "$commune" bundle seal >/dev/null
run on "$commune" --lang vi courier write "$stick"
like "$(cat "$OUT")" "Có thể rút USB" "the clerk is told when"
run_is 0 "read and answered in one go" on "$province" --json courier read "$stick" --answer
run_is 0 "at home" on "$commune" --json courier read "$stick"
is "$(summary waiting) $(summary accepted)" "0 0" "all is proven"
run_is 1 "a commune answers nobody" on "$commune" courier read "$stick" --answer

# ---- not sealed: other programs can look ---------------------------------------------------------
run_is 0 "an open one" on "$commune" courier write --plain "$TMPDIR/open.tar"
check "is an ordinary archive" tar -tf "$TMPDIR/open.tar"
tar -xOf "$TMPDIR/open.tar" index.json >"$TMPDIR/index.json"
tar -xOf "$TMPDIR/open.tar" index.json.sig >"$TMPDIR/index.json.sig"
printf '%s namespaces="sohoa-courier" %s\n' "$node" "$(cut -d ' ' -f 1,2 "$commune/keys/node.pub")" >"$TMPDIR/signers"
if command -v ssh-keygen >/dev/null; then
    ssh-keygen -Y verify -f "$TMPDIR/signers" -I "$node" -n sohoa-courier -s "$TMPDIR/index.json.sig" \
        <"$TMPDIR/index.json" >"$TMPDIR/said" 2>&1
    is $? 0 "whose index ssh-keygen verifies"
else
    skip "no ssh-keygen"
fi

# ---- no room, no stick, somebody else's file -----------------------------------------------------------
tiny=$TMPDIR/tiny
mkdir "$tiny"
if mount -t tmpfs -o size=128k none "$tiny" 2>/dev/null; then
    at_exit "umount '$tiny'"
    run_is 3 "a stick that is full" on "$commune" --json courier write "$tiny"
    is "$(line error .code) $(ls "$tiny")" "SH-COURIER-FULL " "is told, and nothing half lies there"
else
    skip "cannot mount a small file system" 2
fi
run on "$commune" courier write "$TMPDIR/gone/x"
isnt "$rc" 0 "no stick there"
echo letter >"$TMPDIR/letter"
run_is 1 "somebody's file" on "$commune" --json courier write "$TMPDIR/letter"
is "$(line error .code) $(cat "$TMPDIR/letter")" "SH-COURIER-FOREIGN letter" "stays as it is"
run_is 0 "revoke" on "$province" node revoke "$node"
run on "$province" --json courier read "$up"
is "$rc $(line error .code)" "12 SH-GATE-NODE" "a revoked node's stick is not taken"
done_testing
