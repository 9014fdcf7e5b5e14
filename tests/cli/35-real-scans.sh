#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every real scan goes the whole way: import, recognition, seal, sync, ingest, pull.
# timeout: 1200
. "${0%/*}/lib.sh"
need jq git ssh
scans=$(data scans_vi) || skip_all "the real scans (shared/data/scans_vi) are not here; story 30 walks made pages"
CMD_TIMEOUT=900

commune=$(fresh_home commune) province=$(fresh_home province) district=$(fresh_home district)
"$SOHOA" -C "$commune" init --role commune --unit 24175 >/dev/null
"$SOHOA" -C "$province" init --role province --unit 66 >/dev/null
"$SOHOA" -C "$district" init --role district --unit 66 >/dev/null
sshd_start "$TMPDIR/sshd" "$province/ssh/authorized_keys" || skip_all "no sshd"
url=ssh://$(id -un)@127.0.0.1:$SSHD_PORT/
"$SOHOA" -C "$province" node add "$commune/keys/node.pub" --unit 24175 --url "$url" --host-key "$TMPDIR/sshd/host.pub" >/dev/null
"$SOHOA" -C "$province" node add "$district/keys/node.pub" --unit 66 --role district --reads 24175 --url "$url" --host-key "$TMPDIR/sshd/host.pub" >/dev/null
for home in "$commune" "$district"; do
    "$SOHOA" -C "$home" init --join "$province/enrol/$(jq -r .node "$home/node.json").json" >/dev/null
done

before=$(cd "$scans" && sha256sum -- * | sha256sum)
files=$(find "$scans" -type f | wc -l)
run_is 0 "all $files real scans are imported" on "$commune" --json import "$scans"
is "$(summary stored)" "$files" "every one is stored"
is "$(cd "$scans" && sha256sum -- * | sha256sum)" "$before" "the sources are untouched"
pages=$(summary pages)
num_ok "$pages pages" "$pages >= $files"
missing=0
for f in "$scans"/*; do
    sha=$(sha256sum <"$f" | cut -d' ' -f1)
    cmp -s "$f" "$commune/objects/${sha:0:2}/$sha" || { missing=$((missing + 1)); note "not kept: $f"; }
done
is "$missing" 0 "each master is kept bit for bit"

run on "$commune" --json ocr run
is "$(summary pages)" "$pages" "every page is read"
is "$(summary failed)" 0 "none failed"
note "$(summary recognized) recognized, $(summary blank) blank, $(summary held) held"
empty=$(on "$commune" --json item list | jq -r 'select(.type == "item").item' | while IFS= read -r i; do
    on "$commune" --json item show "$i" | jq -r 'select(.type == "item") | select((.text | length) < 100 and ([.pages[] | select(.gate == "clear" and .state == "recognized")] | length) > 0) | .item'
done | wc -l)
is "$empty" 0 "every recognized document has text"
run_is 0 "a word of the scans" on "$commune" --json search uy ban nhan dan
num_ok "is found without diacritics" "$(summary hits) >= 10"

run_is 0 "seal" on "$commune" --json bundle seal --unverified
sealed=$(summary items)
held=$(on "$commune" --json item list | jq -r 'select(.type == "item" and .state != "sealed").item' | wc -l)
is "$((sealed + held))" "$files" "all but held ones are sealed"
run_is 0 "sync" on "$commune" --json sync run
run_is 0 "ingest" on "$province" --json ingest
is "$(summary items) $(summary refused)" "$sealed 0" "the province has every record"
run_is 0 "sync again" on "$commune" --json sync run
is "$(summary waiting) $(summary accepted)" "0 0" "every bundle is proven by its receipt"
run_is 0 "pull" on "$district" --json pull
is "$(summary items)" "$sealed" "the district has every record"
run_is 0 "and searches" on "$district" --json search uy ban nhan dan
num_ok "finds the same" "$(summary hits) >= 10"

repo=$province/communes/24175-2025-07-01/repo.git
git clone -q --mirror "$repo" "$TMPDIR/mirror"
check "a stock mirror passes fsck --strict" git -C "$TMPDIR/mirror" fsck --strict
bad=0 all=0
for ref in $(git -C "$TMPDIR/mirror" for-each-ref --format='%(refname)' refs/sohoa); do
    for c in $(git -C "$TMPDIR/mirror" rev-list "$ref"); do
        all=$((all + 1))
        git -C "$TMPDIR/mirror" -c gpg.ssh.allowedSignersFile="$province/ssh/allowed_signers" verify-commit "$c" 2>/dev/null || bad=$((bad + 1))
    done
done
is "$bad" 0 "verify-commit is good for all $all commits"
different=0
for f in "$scans"/*; do
    sha=$(sha256sum <"$f" | cut -d' ' -f1)
    o=$province/communes/24175-2025-07-01/objects/${sha:0:2}/$sha
    [ ! -e "$o" ] || cmp -s "$f" "$o" || different=$((different + 1))
done
is "$different" 0 "what the province holds is bit for bit what was scanned"
held=0
for f in "$scans"/*; do
    sha=$(sha256sum <"$f" | cut -d' ' -f1)
    [ ! -e "$province/communes/24175-2025-07-01/objects/${sha:0:2}/$sha" ] || held=$((held + 1))
done
is "$held" "$sealed" "a master for every record"
is "$(find "${repo%/repo.git}/objects" -type f | wc -l)" "$((sealed + 2 * 81))" "and a page and a thumb of each page"
done_testing
