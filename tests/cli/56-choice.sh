#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Choosing among alternatives: what was read first is told, and it can be switched off.
. "${0%/*}/lib.sh"
need jq
pages=$(tool make-pages) || skip_all "make tools"
CMD_TIMEOUT=300
"$pages" --seed 31 --out "$TMPDIR/made" --count 3 --kind letter --level moderate >/dev/null ||
    not_ok "pages"
rm -f "$TMPDIR"/made/*.json "$TMPDIR"/made/*.txt

# read_all HOME CHOICE [RECOGNIZER]: one "item" line an item into $TMPDIR/HOME.items
read_all() {
    local home
    home=$(fresh_home "$1")
    "$SOHOA" -C "$home" init --role commune --unit 24175 >/dev/null
    run_is 0 "$1: set" "$SOHOA" -C "$home" config set ocr.choice "$2"
    run_is 0 "$1: who reads" "$SOHOA" -C "$home" config set ocr.recognizer "${3:-own}"
    run on "$home" --json import "$TMPDIR/made"
    line input '.items[0]' >"$TMPDIR/$1.names"
    run_is 0 "$1: read" on "$home" --json ocr run --jobs 1
    while read -r item; do
        on "$home" --json item show "$item" | jq -c 'select(.type == "item")'
    done <"$TMPDIR/$1.names" >"$TMPDIR/$1.items"
    ONE_HOME=$home
}

read_all with on
choices=$(jq '[.pages[].choices[]] | length' "$TMPDIR/with.items" | awk '{ n += $1 } END { print n }')
num_ok "some word has a second reading ($choices)" "$choices > 0"
is "$(jq '[.pages[].choices[] | select(.score < 0 or .score_other < 0 or .word == .other or (.changed | type) != "boolean")] | length' "$TMPDIR/with.items" | sort -u)" 0 \
    'each with two scores and another text'
is "$(jq -r '.pages[] | . as $p | .choices[] | . as $c | ($p.text | [splits("[ \n]+")][$c.n]) == $c.word' "$TMPDIR/with.items" | sort -u)" true \
    'the word stands in the text at its number'
is "$(jq -r '.pages[].choices[] | select((.word + .other) | test("[0-9]"))' "$TMPDIR/with.items")" '' \
    'none has a digit'
item=$(jq -r 'select([.pages[].choices[]] | length > 0) | .item' "$TMPDIR/with.items" | head -n 1)
like "$(on "$ONE_HOME" --lang en item show "$item")" '(first read as|perhaps) ' 'people are told as well'

read_all without off
is "$(jq '[.pages[].choices[]] | length' "$TMPDIR/without.items" | sort -u)" 0 'switched off: none'
# Our own network and Tesseract's, in workers as they are.
read_all theirs on tesseract
network() { jq -r '.pages[].steps[] | select(.step == "network") | .why' "$1" | sort -u; }
is "$(network "$TMPDIR/theirs.items")" Tesseract "Tesseract's network read, and the page says so"
isnt "$(network "$TMPDIR/with.items")" Tesseract 'and ours before'
is "$(jq -c '.pages[] | {text, confidence, choices}' "$TMPDIR/theirs.items")" \
    "$(jq -c '.pages[] | {text, confidence, choices}' "$TMPDIR/with.items")" \
    'text, confidence and choices are the same'
run_is 2 'no third recognizer' "$SOHOA" -C "$ONE_HOME" config set ocr.recognizer perhaps
run_is 2 'only on and off are allowed' "$SOHOA" -C "$ONE_HOME" config set ocr.choice perhaps
done_testing
