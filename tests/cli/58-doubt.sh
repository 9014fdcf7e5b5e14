#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is doubtful is told with its reason and its place; who signed is found.
. "${0%/*}/lib.sh"
need jq
pages=$(tool make-pages) || skip_all "make tools"
CMD_TIMEOUT=300
"$pages" --seed 57 --out "$TMPDIR/made" --count 3 --kind letter --level moderate --incoming 0 >/dev/null ||
    not_ok "pages"
mkdir "$TMPDIR/true"
mv "$TMPDIR"/made/*.json "$TMPDIR"/made/*.txt "$TMPDIR/true"

home=$(fresh_home doubt)
"$SOHOA" -C "$home" init --role commune --unit 24175 >/dev/null
run on "$home" --json import "$TMPDIR/made"
line input '[.items[0], .path] | @tsv' >"$TMPDIR/names"
run_is 0 "read" on "$home" --json ocr run --jobs 1
signed=0 all=0
while IFS=$'\t' read -r item path; do
    on "$home" --json item show "$item" | jq -c 'select(.type == "item")' >"$TMPDIR/item"
    cat "$TMPDIR/item" >>"$TMPDIR/items"
    truth=$TMPDIR/true/$(basename "$path" .jpg).json
    all=$((all + 1))
    [ "$(jq -r '.fields.FullName.value' "$TMPDIR/item")" != "$(jq -r .Signer "$truth")" ] || signed=$((signed + 1))
done <"$TMPDIR/names"
is "$all" 3 "three letters"
num_ok "their signers are found ($signed)" "$signed >= 2"
is "$(jq -r '.pages[] | . as $p | .doubts[] | . as $d | ($p.text | [splits("[ \n]+")][$d.n]) == $d.word' "$TMPDIR/items" | sort -u | grep -v true)" '' \
    'a doubtful word stands in the text at its number'
is "$(jq -r '.pages[].doubts[].reason' "$TMPDIR/items" | grep -vE '^(two-readings|low-confidence|implausible-date|digit-letter-mix|unknown-notation|foreign-letter|no-syllable)$')" '' \
    'each with a known reason'
is "$(jq '[.boxes[] | select(.x < 0 or .y < 0 or .w < 1 or .h < 1 or .page != 1 or (.kind != "text" and .kind != "strip"))] | length' "$TMPDIR/items" | sort -u)" 0 \
    'every field has its place on the page'
num_ok 'of many fields' "$(jq '.boxes | length' "$TMPDIR/items" | sort -n | head -n 1) >= 5"
is "$(jq '. as $i | [.boxes[] | select(.kind == "text") | .field as $f | select($i.fields[$f] == null)] | length' "$TMPDIR/items" | sort -u)" 0 \
    'what has words has a value'
done_testing
