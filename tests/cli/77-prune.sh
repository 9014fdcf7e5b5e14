#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# I2: a scan leaves the commune's disk only when the province proves that it has it, twice.
# timeout: 600
# again: ocr_direct
. "${0%/*}/lib.sh"
need git jq ssh sqlite3 xxd
pages=$(tool make-pages) || skip_all "make tools"
commune=$(fresh_home commune) province=$(fresh_home province)
mkdir "$TMPDIR/in" "$TMPDIR/disk2"
"$pages" --seed 77 --out "$TMPDIR/in" --kind letter --count 2 --format jpeg --level clean --dpi 150 --keep 15 >/dev/null
on "$commune" init --role commune --unit 24175 >/dev/null
on "$province" init --role province --unit 66 >/dev/null
on "$province" config set copy.folder "$TMPDIR/disk2" >/dev/null
sshd_start "$TMPDIR/sshd" "$province/ssh/authorized_keys" || skip_all "no sshd"
url=ssh://$(id -un)@127.0.0.1:$SSHD_PORT/
enrol=$(on "$province" --json node add "$commune/keys/node.pub" --unit 24175 --url "$url" --host-key "$TMPDIR/sshd/host.pub" | jq -r .enrolment)
on "$commune" init --join "$enrol" >/dev/null
on "$commune" config set seal.level recognized >/dev/null
on "$commune" import "$TMPDIR/in"/*.jpg >/dev/null
on "$commune" ocr run >/dev/null 2>&1
on "$commune" bundle seal >/dev/null
on "$commune" sync run >/dev/null 2>&1
# The first in the order in which they are looked at.
scan=$(sha256sum "$TMPDIR/in"/*.jpg | cut -c 1-64 | sort | head -n 1)
there=$province/communes/24175-2025-07-01/objects/${scan:0:2}/$scan
masters() { sqlite3 "$commune/sohoa.db" "SELECT count(*) FROM object WHERE role='master'"; }
files() { find "$commune/objects" -type f | wc -l; }
kept() { jq -r 'select(.type=="summary").kept | to_entries | map("\(.key) \(.value)") | join(" ")' "$OUT"; }
# age DAYS: all that was received is so many days older
age() { sqlite3 "$commune/sohoa.db" "UPDATE bundle SET durable_at = durable_at - $1 * 86400 WHERE durable_at > 0"; }

all=$(files)
run_is 0 "by the settings" on "$commune" --json care prune
is "$(kept) $(files)" "never 2 $all" "nothing ever goes"
on "$commune" config set keep.masters_days 30 >/dev/null
run_is 0 "accepted, no receipt yet" on "$commune" --json care prune
is "$(kept) $(files)" "receipt 2 $all" "all stay"
on "$province" ingest >/dev/null
on "$commune" sync run >/dev/null 2>&1
run_is 0 "with a new receipt" on "$commune" --json care prune
is "$(kept) $(files)" "young 2 $all" "all stay"
nonce=$(printf '%064x' 77)
prove() { ssh -F "$TMPDIR/sshd/ssh_config" -i "$commune/keys/node" -o IdentitiesOnly=yes province "prove $*" 2>/dev/null; }
by_hand() { { printf '%s' "$nonce" | xxd -r -p; cat "$there"; } | sha256sum | cut -c 1-64; }
is "$(prove "$scan" "$nonce")" "proof $(by_hand) 2" "the door proves what sha256sum says"
is "$(prove "$(printf '%064x' 1)" "$nonce")" absent "and says what is not there"
is "$(prove "$scan" 00)" "bad SH-GATE-VERB" "a nonce that is none is no question"
age 31
mv "$TMPDIR/disk2" "$TMPDIR/away"
run_is 0 "while the second disk is away" on "$commune" --json care prune
is "$(kept) $(files)" "copies 2 $all" "the province says one copy, and all stay"
mv "$TMPDIR/away" "$TMPDIR/disk2"
run_is 0 "a dry run" on "$commune" --json care prune --dry-run
is "$(summary files) $(summary dry) $(files)" "2 true $all" "says what would go, and removes nothing"
cp "$there" "$TMPDIR/kept"
chmod u+w "$there"
printf 'X' | dd of="$there" bs=1 seek=100 conv=notrunc status=none
run_is 20 "a byte flipped at the province" on "$commune" --json care prune
is "$(summary doubts) $(line doubt '.sha256 + " " + .code')" "1 $scan SH-UNPROVEN" "is found, told and doubted"
check "the file stays" test -e "$commune/objects/${scan:0:2}/$scan"
is "$(files)" "$all" "and the other one, of the same bundle, too"
run_is 0 "status" on "$commune" --json sync status
is "$(summary doubted) $(summary accepted)" "1 1" "does not call it durable any more"
is "$(sqlite3 "$commune/sohoa.db" "SELECT subject FROM audit WHERE act='prove.fail'")" "$scan" "the audit chain names it"
on "$commune" sync run >/dev/null 2>&1
is "$(on "$commune" --json sync status | jq -r 'select(.type=="summary").doubted')" 1 "receipts do not end the doubt"
cp "$TMPDIR/kept" "$there"
run_is 0 "mended at the province" on "$commune" --json care prune
is "$(summary settled) $(kept)" "1 young 2" "it is durable again, from now"
for f in $(sha256sum "$TMPDIR/in"/*.jpg | cut -c 1-64); do
    mv "$province/communes/24175-2025-07-01/objects/${f:0:2}/$f" "$TMPDIR/gone-$f"
done
sqlite3 "$commune/sohoa.db" "UPDATE fact SET value = '0' WHERE key = 'challenge.at'"
run_is 0 "a week later, with both files gone at the province" on "$commune" --json sync run
is "$(line doubt .code) $(summary doubted)" "SH-UNPROVEN 1" "sync asks for one by chance, and doubts"
for f in "$TMPDIR"/gone-*; do f=${f##*gone-}; mv "$TMPDIR/gone-$f" "$province/communes/24175-2025-07-01/objects/${f:0:2}/$f"; done
run_is 0 "put back" on "$commune" --json care prune
is "$(summary settled)" 1 "it is settled"
age 31
run_is 0 "a month later" on "$commune" --json care prune
is "$(summary files) $(masters)" "2 0" "both scans go"
is "$(files)" "$((all - 2))" "and nothing else"
run_is 0 "fsck --deep" on "$commune" --json fsck --deep
is "$(summary faults) $(summary harmless)" "0 0" "misses nothing"
run_is 0 "search" on "$commune" --json search cong hoa
is "$(summary hits)" 2 "finds both"
run_is 0 "backup" on "$commune" --json backup create "$TMPDIR/backup"
run_is 0 "offered again" on "$commune" --json import "$TMPDIR/in/"*2.jpg
is "$(summary duplicate)" 1 "a scan is known"
rm -f "$there"
run_is 0 "looked at again" on "$commune" ocr explain "$scan" -o "$TMPDIR/steps"
is "$(sha256sum <"$commune/objects/${scan:0:2}/$scan" | cut -c 1-64) $(masters)" "$scan 1" "the scan is back bit for bit, without the province"
run_is 0 "fsck --deep" on "$commune" --json fsck --deep
is "$(summary faults)" 0 "finds it whole"
done_testing
