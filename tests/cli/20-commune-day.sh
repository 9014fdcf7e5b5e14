#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A commune's day: paper comes in, is read, found, corrected, verified and sealed.
# again: ocr_direct
. "${0%/*}/lib.sh"
need jq git
pages=$(tool make-pages) || skip_all "make tools"

home=$(fresh_home node)
in=$TMPDIR/in
mkdir "$in"
"$pages" --seed 77 --out "$in" --kind letter --count 3 --format jpeg --incoming 100 >/dev/null
"$pages" --seed 78 --out "$in" --kind letter --count 1 --format tiff --pages 2 --prefix two >/dev/null
"$pages" --seed 79 --out "$in" --kind letter --count 1 --format jpeg --stamp mat --mode grey --prefix secret >/dev/null
"$pages" --seed 80 --out "$in" --kind letter --count 1 --format tiff --pages 2 --stamp mat --mode grey --prefix grade >/dev/null
run_is 0 "init" on "$home" init --role commune --unit 24175

run_is 0 "import" on "$home" --json import "$in"/letter*.jpg "$in"/two*.tif
is "$(summary stored)" "$(line input 'select(.status == "stored") | .path' | wc -l)" "the summary counts the stored"
items=$(line input '.items[]' | sort -u)
is "$(wc -l <<<"$items")" 4 "a file of two pages is one item"
is "$(summary pages)" 5 "five pages"
run_is 0 "offered again" on "$home" --json import "$in"/letter*.jpg
is "$(summary duplicate)" 3 "all are duplicates"
is "$(line input '.items[]' | sort -u | wc -l)" 3 "each linked to the item it is"
is "$(on "$home" --json item list | jq -s 'map(select(.type == "item")) | length')" 4 "and nothing is doubled"

run_is 0 "ocr run" on "$home" --json ocr run
is "$(summary pages) $(summary recognized) $(summary failed)" "5 5 0" "all pages are read"
num_ok "confidences are 0 to 100" "$(line page .confidence | sort -n | head -1) >= 50 && $(line page .confidence | sort -n | tail -1) <= 100"
run_is 0 "ocr run with an empty queue" on "$home" --json ocr run
is "$(summary pages)" 0 "does nothing"
is "$(on "$home" --json item list --state recognized | jq -s 'map(select(.type == "item")) | length')" 4 "items are recognized"

letter=$(on "$home" --json import "$in/letter-0001.jpg" 2>/dev/null | jq -r 'select(.type=="input").items[0]')
[ "$letter" != null ] || letter=$(head -n 1 <<<"$items")
run_is 0 "item show" on "$home" --json item show "$letter"
cp "$OUT" "$TMPDIR/item.json"
line item .text >"$TMPDIR/read.txt"
like "$(cat "$TMPDIR/read.txt")" "CỘNG H(ÒA|OÀ) XÃ HỘI" "the text is there"
is "$(line item '.pages[0].width_px > 1000 and .pages[0].height_px > 1000')" true "with the size of the picture"
like "$(line item '.fields | keys | join(" ")')" "CodeNotation" "with fields"
is "$(line item '[.fields[] | select((.confidence|type) != "number" or (.doubtful|type) != "boolean" or .source != "ocr")] | length')" 0 "each with source, confidence and doubt"

run_is 0 "search without diacritics" on "$home" --json search cong hoa xa hoi
num_ok "finds the letters" "$(summary hits) >= 4"
run_is 0 "search with diacritics" on "$home" --json search 'cộng hòa xã hội'
is "$(line hit .exact | sort -u)" true "is exact"
run_is 0 "the other tone placement" on "$home" --json search 'cộng hoà'
num_ok "finds the same" "$(summary hits) >= 4"
run_is 0 "a word that is nowhere" on "$home" --json search khongcotunay
is "$(summary hits)" 0 "is no error"
run_is 0 "any text is a query" on "$home" --json search '"(*) AND NOT ^:' "'--"

run_is 0 "set fields" on "$home" --json item set "$letter" CodeNumber=12 IssuedDate=2025-03-04
is "$(line item .state)" described "the item is described"
run_is 2 "a date that is none" on "$home" --json item set "$letter" IssuedDate=2025-02-30
is "$(line error .code)" SH-FIELD-VALUE "is refused"
run_is 2 "a field that is none" on "$home" --json item set "$letter" IssueDate=2025
like "$(line error .detail)" IssuedDate "with a suggestion"
is "$(on "$home" --json item show "$letter" | jq -r 'select(.type == "item").fields.IssuedDate | .value + " " + .source')" "2025-03-04 clerk" "and changes nothing"

run_is 12 "verify wants a user that exists" on "$home" --json item verify "$letter" --user lan
run_is 0 "user add" on "$home" user add lan --role verifier
run_is 0 "user add with a password" bash -c "printf 'mot hai ba bon\n' | '$SOHOA' -C '$home' user add hoa --role clerk --password-stdin"
run_is 12 "a clerk may not verify" on "$home" --json item verify "$letter" --user hoa
is "$(line error .code)" SH-USER-RIGHT "with its code"
refuse "the password is nowhere in the home" grep -rqs "mot hai ba bon" "$home"
run_is 0 "a verifier may" on "$home" --json item verify "$letter" --user lan
is "$(line item .state)" verified "the item is verified"
run_is 0 "return it" on "$home" --json item return "$letter" --why "số đọc sai" --user lan
is "$(line item .state)" returned "the item is returned"
run_is 0 "verify again" on "$home" item verify "$letter" --user lan
run_is 0 "history" on "$home" --json item history "$letter"
like "$(line event '.act + "/" + .actor' | paste -sd' ')" "item.set/.*item.verify/lan.*item.return/lan.*item.verify/lan" "tells who did what"
like "$(line value 'select(.field=="IssuedDate") | .source' | paste -sd' ')" "clerk" "and the old values"

run_is 0 "seal" on "$home" --json bundle seal
is "$(line bundle .class | sort | paste -sd' ')" "master meta page text thumb" "every class"
is "$(summary items)" 1 "only what is verified"
bundles=$(summary bundles)
run_is 0 "bundle list" on "$home" --json bundle list
is "$(summary count)" "$bundles" "ends with a summary that counts"
run_is 0 "seal again" on "$home" --json bundle seal
is "$(summary bundles)" 0 "has nothing to do"
run_is 0 "seal the rest unverified" on "$home" --json bundle seal --unverified
is "$(summary items)" 3 "three more"
is "$(line bundle .level | sort -u)" recognized "and the bundle says so"
for b in $(on "$home" --json bundle list | jq -r '.bundle // empty'); do
    run_is 0 "bundle ${b:0:8} verifies" on "$home" bundle verify "$b"
done
b=$(on "$home" --json bundle list | jq -r '.bundle // empty' | head -n 1)
run_is 0 "the digits that people see are enough" on "$home" --json bundle verify "${b:0:8}"
is "$(line bundle .bundle)" "$b" "it is that bundle"
run_is 1 "seven are not" on "$home" --json bundle verify "${b:0:7}"
is "$(line error .code)" SH-BUNDLE-ABSENT "with its code"
run_is 0 "verify what is sealed as verified" on "$home" --json item verify "$letter" --user lan
is "$(line item '.state + " " + (.rev|tostring)')" "sealed 1" "changes nothing"
printf '%s namespaces="git" %s\n' "$(jq -r .node "$home/node.json")" "$(cut -d' ' -f1,2 "$home/keys/node.pub")" >"$TMPDIR/signers"
check "git finds nothing wrong" git -C "$home/transport.git" fsck --strict
good=0 all=0
for ref in $(git -C "$home/transport.git" for-each-ref --format='%(refname)' refs/sohoa); do
    for c in $(git -C "$home/transport.git" rev-list "$ref"); do
        all=$((all + 1))
        git -C "$home/transport.git" -c gpg.ssh.allowedSignersFile="$TMPDIR/signers" verify-commit "$c" 2>/dev/null && good=$((good + 1))
    done
done
is "$good" "$all" "git verify-commit says good for all $all commits"
is "$(git -C "$home/transport.git" show "$(git -C "$home/transport.git" for-each-ref --format='%(refname)' refs/sohoa | grep meta):manifest.json" | jq -cS . )" \
   "$(git -C "$home/transport.git" show "$(git -C "$home/transport.git" for-each-ref --format='%(refname)' refs/sohoa | grep meta):manifest.json")" "the manifest is canonical"

run_is 0 "correct a sealed item" on "$home" --json item set "$letter" CodeNumber=13
is "$(line item '.state + " " + (.rev|tostring)')" "described 2" "opens revision 2"
run_is 0 "verify it" on "$home" item verify "$letter" --user lan
run_is 0 "seal it" on "$home" --json bundle seal
is "$(summary items) $(line bundle .class | paste -sd' ')" "1 meta" "the correction travels as meta alone"
manifest=$(git -C "$home/transport.git" show "$(git -C "$home/transport.git" for-each-ref --format='%(refname)' refs/sohoa | grep meta):manifest.json")
is "$(jq -c '.items[0] | [.rev, .supersedes]' <<<"$manifest")" "[2,1]" "and says what it supersedes"

run_is 0 "a page with a secrecy stamp" on "$home" --json import "$in"/secret*.jpg
secret=$(line input '.items[0]')
run on "$home" --json ocr run
is "$(summary held)" 1 "is held"
run_is 0 "show it" on "$home" --json item show "$secret"
is "$(line item '.pages[0].text')" null "its text is not kept"
run_is 1 "it cannot be sealed" on "$home" --json bundle seal --unverified --item "$secret"
is "$(line error .code)" SH-ITEM-HELD "with its code"
is "$(on "$home" --json bundle seal --unverified | jq -r 'select(.type=="summary").bundles')" 0 "nor by sealing everything"
run_is 0 "export" on "$home" --json export --format json --all -o "$TMPDIR/out"
is "$(jq -r '[.pages[].text | select(. != null)] | length' "$TMPDIR/out/$secret.json")" 0 "nor exported"

# An administrator decides about held pages.
on "$home" user add boss --role admin >/dev/null
run_is 0 "held pages are listed" on "$home" --json page list --held
is "$(line page '.item + " " + .gate')" "$secret held" "the one page, and only that"
page=$(line page .page)
check "with the file it is in" cmp "$(line page .file)" "$in"/secret*.jpg
run_is 2 "a decision wants a reason" on "$home" page release "$page" --user boss
run_is 12 "and an administrator" on "$home" page release "$page" --user lan --why "no"
run_is 1 "and a page that is held" on "$home" --json page release "$(printf '%064d' 0)" --user boss --why "no"
run_is 0 "it is released" on "$home" --json page release "${page:0:12}" --user boss --why "stamp of the archive"
run_is 1 "once" on "$home" --json page purge "$page" --user boss --why "again"
is "$(line error .code)" SH-PAGE-NOT-HELD "then it is not held"
run_is 1 "unread it cannot be sealed" on "$home" bundle seal --unverified --item "$secret"
run_is 0 "ocr run" on "$home" --json ocr run
is "$(summary recognized) $(summary held)" "1 0" "reads it, and the stamp holds it no longer"
run_is 0 "show it" on "$home" --json item show "$secret"
like "$(line item '.pages[0].text')" "X[ÃA] H" "its text is there"
run_is 0 "and it can be sealed" on "$home" bundle seal --unverified --item "$secret"
like "$(on "$home" --json item history "$secret" | jq -r 'select(.act == "page.release") | .actor + " " + .detail.why')" "boss stamp of the archive" "the history says who and why"
run_is 0 "a secret file of two pages" on "$home" --json import "$in"/grade*.tif
grade=$(line input '.items[0]')
run on "$home" --json ocr run
num_ok "is held" "$(summary held) >= 1"
page=$(on "$home" --json page list --held | jq -r 'select(.type == "page").page' | head -n 1)
file=$(on "$home" --json page list --held | jq -r 'select(.type == "page").file' | head -n 1)
run_is 1 "one page of a file cannot go alone" on "$home" --json page purge "$page" --user boss --why "secret paper"
is "$(line error .code)" SH-PAGE-SHARED "because the file would stay"
check "nothing went" test -e "$file"
run_is 0 "the whole file goes" on "$home" --json page purge "$page" --file --user boss --why "secret paper"
is "$(summary item) $(summary purged)" "$grade 2" "two pages"
check "its bytes are gone" test ! -e "$file"
is "$(on "$home" --json page list | jq -r --arg i "$grade" 'select(.item == $i).page')" "" "and its rows"
is "$(on "$home" --json item history "$grade" | jq -c 'select(.act == "page.purge") | [.actor, .detail.pages, .detail.why]')" '["boss",2,"secret paper"]' "a count stays"
refuse "the name it came by is not in the database" grep -q grade-0001 "$home/sohoa.db" "$home/sohoa.db-wal"
run_is 0 "fsck" on "$home" --json fsck --deep
is "$(summary faults)" 0 "finds nothing wrong"
run_is 0 "export as text" on "$home" --json export --format txt --item "$letter" -o "$TMPDIR/out"
check "the text is a file" grep -q "XÃ HỘI" "$TMPDIR/out/$letter.txt"

run on "$home" --json dossier add --kind register --title "Khai sinh 1999" --register birth --year 1999 --volume 1 --from 1 --to 3
dossier=$(line dossier .dossier)
unended=
while read -r -a words; do
    run on "$home" --json "${words[@]}"
    if [ "$rc" -ne 0 ] || [ "$(jq -r .type "$OUT" | grep -c summary)" != 1 ] ||
        [ "$(tail -n 1 "$OUT" | jq -r '.type + " " + ((.count // .rows // .removed // .text) | type)')" = "summary null" ]; then
        unended+="${words[*]}; "
        show
    fi
done <<LISTS
bundle list
receipt list
item list
item show $letter
item set $letter CodeNumber=14
item history $letter
item verify $letter --user lan
item return $letter --why sai --user lan
dossier list
dossier gap $dossier 1-2 --why torn
dossier close $dossier --count 3
user add mai --role clerk
user list
unit list
target list
config list
config get lang
config set lang vi
limits
quarantine list
page list
bundle verify $b
LISTS
is "$unended" "" "every list of JSON lines ends with one summary"
is "$(find "$home" -name '.tmp-*' | wc -l)" 0 "no temporary file is left"
bad=$(find "$home/objects" -type f | while IFS= read -r f; do [ "$(sha256sum <"$f" | cut -d' ' -f1)" = "${f##*/}" ] || echo "$f"; done)
is "$bad" "" "every object is named by its SHA-256"
done_testing
