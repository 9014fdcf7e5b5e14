#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a record costs on the line when its pictures stay: two dozen at most 190 bytes each,
# with commit, signature and list of contents.
. "${0%/*}/lib.sh"
need jq
pages=$(tool make-pages) || skip_all "make tools"
CMD_TIMEOUT=300
"$pages" --seed 47 --out "$TMPDIR/in" --kind letter --count 24 --format png --mode grey --level clean \
    --dpi 75 --keep 10 >/dev/null || not_ok "pages"
rm -f "$TMPDIR/in"/*.txt "$TMPDIR/in"/*.json
commune=$(fresh_home commune) province=$(fresh_home province)
run_is 0 "a commune" on "$commune" init --role commune --unit 24175
run_is 0 "a province" on "$province" init --role province --unit 66
run_is 0 "node add" on "$province" node add "$commune/keys/node.pub" --unit 24175
run_is 0 "join" on "$commune" init --join "$province/enrol/$(jq -r .node "$commune/node.json").json"
on "$commune" user add lan --role verifier >/dev/null
run_is 0 "import" on "$commune" --json import "$TMPDIR/in"
run_is 0 "read" on "$commune" --json ocr run
records=$(summary recognized)
num_ok "nearly all are records" "$records >= 20"
on "$commune" --json item list | jq -r 'select(.type == "item").item' | while read -r item; do
    on "$commune" item verify "$item" --user lan >/dev/null 2>&1
done
run_is 0 "sealed" on "$commune" --json bundle seal
is "$(line bundle 'select(.class == "meta")' | jq -s length)" 1 "in one bundle"
run_is 0 "on their way" on "$commune" --json courier write "$TMPDIR/stick"
bytes=$(line progress 'select(.class == "meta").size')
note "$bytes bytes for $records records: $((bytes / records)) each"
num_ok "at most 190 bytes a record" "$bytes <= 190 * $records"
done_testing
