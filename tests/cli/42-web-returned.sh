#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The province sends a record back with the reason; a clerk corrects it in the browser, and the
# new revision answers. A sealed record is corrected by one key.
# timeout: 900
. "${0%/*}/lib.sh"
. "${0%/*}/browser.sh"
need git ssh ssh-keygen
web_need
pages=$(tool make-pages) || skip_all "make tools"

commune=$(fresh_home commune) province=$(fresh_home province) district=$(fresh_home district)
"$pages" --seed 42 --out "$TMPDIR/in" --kind letter --count 3 --level clean --dpi 150 >/dev/null
run_is 0 "a commune" on "$commune" init --role commune --unit 24175
run_is 0 "a province" on "$province" init --role province --unit 66
run_is 0 "a district" on "$district" init --role district --unit 664
sshd_start "$TMPDIR/sshd" "$province/ssh/authorized_keys" || skip_all "no sshd"
url=ssh://$(id -un)@127.0.0.1:$SSHD_PORT/
run_is 0 "the province lets it in" on "$province" node add "$commune/keys/node.pub" --unit 24175 --url "$url" --host-key "$TMPDIR/sshd/host.pub"
node=$(jq -r .node "$commune/node.json")
run_is 0 "the commune knows the way" on "$commune" init --join "$province/enrol/$node.json"
check "one who verifies" web_user "$commune" lan verifier
run_is 0 "pages" on "$commune" --json import "$TMPDIR"/in/*.jpg
items=$(line input '.items[]' | sort -u)
run_is 0 "are read" on "$commune" ocr run
for i in $items; do on "$commune" item verify "$i" --user lan >/dev/null || not_ok "verify $i"; done
# shellcheck disable=SC2086 # words on purpose
set -- $items
run_is 0 "sealed" on "$commune" bundle seal
run_is 0 "sent" on "$commune" sync run

# ---- who may send back, and what ---------------------------------------------------------
run_is 1 "not what was not taken in" on "$province" --json item return "$1" --why "thiếu trang sau"
is "$(line error .code)" SH-ITEM-ABSENT "it says so"
run_is 0 "it is taken in" on "$province" ingest
run_is 0 "with receipts" on "$commune" sync run
run_is 1 "nor what nobody has" on "$province" --json item return "${node:0:8}-99" --why "thiếu trang sau"
is "$(line error .code)" SH-ITEM-ABSENT "it says so"
run_is 2 "nor without a reason" on "$province" --json item return "$1" --why "  "
is "$(line error .code)" SH-WHY "it says so"
run_is 12 "a reader may not" on "$district" --json item return "$1" --why "thiếu trang sau"
is "$(line error .code)" SH-RETURN-TIER "it says who does"
run_is 0 "nothing was written" on "$province" --json item returns
is "$(line return .item)" "" "by any of them"

run_is 0 "the province sends a record back" on "$province" --json item return "$1" --why "Thiếu trang sau của hồ sơ"
is "$(line return '[.item, .rev, .state, .new] | map(tostring) | join(" ")')" "$1 1 open true" "revision 1"
tip=$(git -C "$province/communes/24175-2025-07-01/repo.git" rev-parse "refs/receipts/$node")
run_is 0 "and again" on "$province" --json item return "$1" --why "Thiếu trang sau của hồ sơ"
is "$(line return .new)" false "is once"
is "$(git -C "$province/communes/24175-2025-07-01/repo.git" rev-parse "refs/receipts/$node")" "$tip" "and writes nothing"
run_is 0 "its chain of acts tells it" on "$province" fsck

# Signed, and checked without this program.
git -C "$province/communes/24175-2025-07-01/repo.git" archive "$tip" | tar -x -C "$TMPDIR"
file=$(find "$TMPDIR/return" -name '*.json')
like "$(jq -r '.type + " " + .text' "$file")" "^return Thiếu trang sau" "a line of its own among the receipts"
check "ssh-keygen verifies it" sh -c "ssh-keygen -Y verify -f '$province/ssh/allowed_signers' -I $(jq -r .issuer "$file") -n sohoa-receipt -s '$file.sig' <'$file'"

# A catalogue that is made anew has it again.
rm -f "$province"/communes/24175-2025-07-01/catalog.db*
run_is 0 "the catalogue is lost and made anew" on "$province" ingest
run_is 0 "the list" on "$province" --json item returns --open
is "$(line return '.item + " " + .why')" "$1 Thiếu trang sau của hồ sơ" "has it still"

# ---- the commune --------------------------------------------------------------------------
run_is 0 "the commune calls" on "$commune" --json sync run
is "$(line return '.item + " " + .state')" "$1 open" "and hears of it"
run_is 0 "a second call" on "$commune" --json sync run
is "$(line return .item)" "" "tells it once"
run_is 0 "the record" on "$commune" --json item list --state returned
is "$(line item '[.item, .rev, .sealed_rev] | map(tostring) | join(" ")')" "$1 2 1" "goes on as its next revision"
run_is 0 "its history" on "$commune" --json item history "$1"
is "$(line event 'select(.act == "item.return") | .via + " " + .detail.why')" "upstream Thiếu trang sau của hồ sơ" "has the reason"

serve_start "$commune" /returns
web returned WEB_ITEM="$1" WEB_OTHER="$2" WEB_WHY="Thiếu trang sau của hồ sơ"
serve_stop

# ---- the answer -----------------------------------------------------------------------------
run_is 0 "what the browser sealed goes up" on "$commune" sync run
run_is 0 "and is taken in" on "$province" ingest
run_is 0 "the list there" on "$province" --json item returns
is "$(line return '[.item, .rev, .state, .answer] | map(tostring) | join(" ")')" "$1 1 answered 2" "says that revision 2 answers"
run_is 0 "nothing is open" on "$province" --json item returns --open
is "$(line return .item)" "" "any more"
run_is 0 "revision 2 may be sent back in its turn" on "$province" --json item return "$1" --why "Vẫn thiếu"
is "$(line return '[.rev, .new] | map(tostring) | join(" ")')" "2 true" "once more"
run_is 0 "the commune has corrected it already" on "$commune" item set "$1" CodeNumber=17 --user lan
run_is 0 "verified" on "$commune" item verify "$1" --user lan
run_is 0 "and sealed revision 3" on "$commune" bundle seal
run_is 0 "when it hears of it" on "$commune" --json sync run
is "$(line return '[.rev, .state, .answer] | map(tostring) | join(" ")')" "2 answered 3" "that is the answer"
run_is 0 "the record" on "$commune" --json item list --state sealed
like "$(line item .item)" "$1" "stays sealed"
run_is 0 "the chain of acts holds" on "$commune" fsck

# ---- restored ---------------------------------------------------------------------------------
run_is 0 "one more comes back" on "$province" item return "$3" --why "Ảnh mờ"
cp "$commune/keys/node" "$TMPDIR/key" && restored=$(fresh_home restored)
run_is 0 "before the commune hears, its disk is lost" on "$restored" restore --from "$url" --key "$TMPDIR/key" --join "$province/enrol/$node.json"
run_is 0 "made again" on "$restored" --json item returns --open
is "$(line return '.item + " " + .why')" "$3 Ảnh mờ" "it has what was sent back"
run_is 0 "and the record" on "$restored" --json item list --state returned
is "$(line item .item)" "$3" "waits to be corrected"
done_testing
