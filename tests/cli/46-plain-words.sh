#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a clerk reads without --json: in Vietnamese and in English, with the same facts.
# again: ocr_direct
. "${0%/*}/lib.sh"
need jq git
pages=$(tool make-pages) || skip_all "make tools"
home=$(fresh_home node)
in=$TMPDIR/in
mkdir "$in"
"$pages" --seed 21 --out "$in" --kind letter --count 2 --format jpeg --dpi 150 >/dev/null
rm "$in"/*.json "$in"/*.txt
echo "no picture" >"$in/odd.jpg"

# says ARGS... REGEX: the command succeeds (or ends with $want) and prints it.
want=0
says() {
    local regex=${*: -1}
    run on "$home" --lang en "${@:1:$#-1}"
    is "$rc" "$want" "${*:1:$#-1} ends with $want"
    like "$(cat "$OUT")" "$regex" "  and says $regex"
}

says init --role commune --unit 24175 --name "Xã Ea Kao" "Node [0-9a-f]{32} of unit 24175 is ready"
want=3
run on "$home" --lang en import "$in" --expect 5
isnt "$rc" 0 "import with one odd file and too few pages is not all well"
like "$(cat "$OUT")" "stored .*letter-0001.*3 inputs: 2 stored .2 pages., 0 duplicate, 1 refused" "import tells each file and the sum"
like "$(cat "$OUT")" "refused +[^ ]*odd.jpg" "with the refused one"
like "$(cat "$ERR")" "5 pages were expected, 2 are there" "and what was expected"
want=0
item=$(on "$home" --json item list | jq -r ".item // empty" | head -n 1)
says quarantine list "odd.jpg"
says quarantine show 1 "odd.jpg"
says quarantine release 1 "$TMPDIR/free" "$TMPDIR/free"
check "the copy is the refused file" cmp "$in/odd.jpg" "$(find "$TMPDIR/free" -type f | head -n 1)"
says user add boss --role admin "boss +admin"
says user add lan --role verifier "lan +verifier"
says user list "boss.*lan"
run on "$home" --lang en -v quarantine remove 1 --user lan
isnt "$rc" 0 "only an administrator removes"
like "$(cat "$ERR")" "\[SH-" "a code stands in the error"
run_is 0 "the administrator does" on "$home" quarantine remove 1 --user boss
run_is 0 "ocr run" on "$home" --lang en ocr run

# Another count of pages than told: no seal of any item of the call until it is explained.
like "$(on "$home" --lang en item list)" "another count of pages" "the list marks what was counted otherwise"
is "$(on "$home" --json item list | jq -r 'select(.count_differs) | .item' | wc -l)" 2 "both items of the call"
run_is 0 "seal" on "$home" --json bundle seal --unverified
is "$(summary items)" 0 "seals neither"
run_is 1 "one of them by name" on "$home" --json bundle seal --unverified --item "$item"
is "$(line error .code)" SH-ITEM-PAGES "is refused"
like "$(line error .en)" "expect=REASON" "and says how it is explained"
run_is 2 "a reason without a count" on "$home" import "$in" --why blank
run_is 0 "one item is explained" on "$home" item set "$item" "expect=three sheets are blank"
is "$(on "$home" --json item list | jq -r 'select(.count_differs) | .item' | wc -l)" 1 "the other still waits"
run_is 0 "the whole call is" on "$home" --json import "$in"/letter* --expect 5 --why "three sheets are blank"
is "$(on "$home" --json item list | jq -r 'select(.count_differs) | .item' | wc -l)" 0 "nothing waits any more"
says dossier add --kind file --title "Quyết định 2025" "Quyết định 2025"
dossier=$(on "$home" --json dossier list | jq -r ".dossier // empty")
says dossier list "$dossier"
says item set "$item" CodeNumber=12 "dossier=$dossier" "$item"
says dossier show "$dossier" "Quyết định 2025.*⚠ $dossier +1  Records are not verified yet"
says bundle missing "⚠ +1  Records are not verified yet.*0 of 2 records can be sealed now"
says dossier close "$dossier" --count 3 "closed with 3"
says item list "$item"
says item list --dossier "$dossier" "$item"
says item show "$item" "Item $item .*CodeNumber.*page 1: .* px, confidence"
says item mark "$item" Keyword --as illegible --why "ink faded" --user lan "Keyword = +illegible"
says item set "$item" Keyword=nước --user lan described
says item check "$item" ""
is "$(on "$home" --json item check "$item" | jq -r 'select(.type == "item") | .fields.Keyword.value, .locked[]' | tr '\n' ' ')" \
    "nước CodeNumber Keyword " "checking tells what people wrote"
says item undo "$item" --user lan "Keyword =  "
is "$(on "$home" --json item check "$item" | jq -r 'select(.type == "item") | .marks.Keyword | .mark, .why' | tr '\n' ' ')" \
    "illegible ink faded " "one step back stands the mark"
says item undo "$item" --user lan "Keyword =  "
run_is 12 "no third step of lan's" on "$home" item undo "$item" --user lan
says item verify "$item" --user lan verified
says item history "$item" "CodeNumber = 12"
says search cong hoa "$item.*hits in"
says export --format txt --dossier "$dossier" -o "$TMPDIR/out" "$item.txt"
says export --format json --item "$item" -o "$TMPDIR/out" "$item.json"
says bundle seal "[1-9] bundles sealed, 1 records"
says bundle list "meta.*sealed"
bundle=$(on "$home" --json bundle list | jq -r ".bundle // empty" | head -n 1)
says bundle verify "$bundle" "whole and its signature is good"
says sync status "waiting"
says sync plan "meta"
says receipt list ""
says config list "ocr.jobs"
says config get ocr.jobs ""
says config set ocr.jobs 1 "^1"
says limits "[0-9]+ "
says version "[0-9]+\.[0-9]+\.[0-9]+"
says key show "^ssh-ed25519 "
says fsck --deep "6 objects, .* 0 damaged"
says rebuild "are new"
says backup create "$TMPDIR/backup" "6 objects new"
says backup verify "$TMPDIR/backup" "6 objects"
printf 'code,name,kind,parent,valid_from,valid_to,successors\n66,Đắk Lắk,province,,2025-07-01,,\n24175,Ea Kao,commune,66,2025-07-01,,\n' >"$TMPDIR/units.csv"
says unit import "$TMPDIR/units.csv" "2"
says unit list "24175 .*Ea Kao"
printf 'unit,indicator,kind,period,denominator,target_percent\n24175,scanned,all,2026,10,80\n' >"$TMPDIR/t.csv"
says target import "$TMPDIR/t.csv" "1 rows, 1 new, 0 changed"
says target list "24175 +scanned +all kinds +2026 +10"
says report rates --indicator scanned "24175"
says report rates --indicator verified --by kind ""
says report rates --indicator scanned --by period ""
run on "$home" report gaps
like "$rc" "^(0|20)$" "report gaps without a register"
run_is 0 "search speaks Vietnamese" on "$home" --lang vi search cong hoa
unlike "$(cat "$OUT")" "hits in" "not English"
run on "$home" --lang en doctor
num_ok "doctor has a line a check" "$(wc -l <"$OUT") >= 10"

# In Vietnamese no keyword of --json is left on the screen, and columns stand in a line.
# vi_says ARGS... REGEX
vi_says() {
    run on "$home" --lang vi "${@:1:$#-1}"
    like "$(cat "$OUT")" "${*: -1}" "${*:1:$#-1} speaks Vietnamese: ${*: -1}"
    unlike "$(cat "$OUT")" \
        "(captured|recognized|described|verified|sealed|durable|accepted|meta |document|received|scanned|verifier|admin|low-confidence|blank|pdftoppm|rights|upstream)" \
        "  and shows no keyword"
}
vi_says item list "$item +đã niêm phong +văn bản"
vi_says item show "$item" "$item +đã niêm phong +văn bản"
vi_says item history "$item" "đã kiểm tra +lan"
vi_says bundle list "dữ liệu .*đã niêm phong"
vi_says sync plan "dữ liệu .*đã niêm phong"
vi_says user list "boss +quản trị"
vi_says dossier list "hồ sơ"
vi_says quarantine list "đã xóa"
vi_says target list "đã quét +mọi loại"
vi_says report rates --indicator scanned --by kind "Tổng cộng"
run on "$home" --lang vi doctor
like "$(cat "$OUT")" "ổ đĩa" "doctor speaks Vietnamese"
unlike "$(cut -d/ -f1 "$OUT" | grep '^[^ 0-9]')" "(pdftoppm|rights|upstream|clock|found|trusted|owner)" "and shows no keyword"
is "$(LC_ALL=C.UTF-8 grep '^[^ 0-9]' "$OUT" | LC_ALL=C.UTF-8 grep -vcE '^.{29} [^ ]')" 0 \
    "doctor's columns begin where letters say"
run on "$home" --json doctor
is "$(line check 'select(.name == "rights") | .found')" "owner only" "keywords of --json stay"

# The upper tier by a drop box.
province=$(fresh_home province)
node=$home
home=$province
says init --role province --unit 66 "is ready"
on "$node" key show >"$TMPDIR/node.pub" 2>/dev/null
says unit import "$TMPDIR/units.csv" "2"
says node add "$TMPDIR/node.pub" --unit 24175 --name "Xã Ea Kao" --url "$province" "is enrolled for unit 24175"
name=$(jq -r .node "$node/node.json")
says node list "$name .*24175 .*commune .*Ea Kao"
says sshd-config "Match User sohoa"
says sshd-config --user scribe "Match User scribe"
on "$province" key show >"$TMPDIR/province.pub" 2>/dev/null
home=$node
says node key "$TMPDIR/province.pub" "SHA256:.* are trusted"
says config set upstream.url "$province" "$province"
run on "$home" --lang en sync run
like "$(cat "$OUT")" "Province has it: 0" "nothing is called received before its receipt"
home=$province
says ingest "[1-9][0-9]* bundles, 1 records"
says search cong hoa "$item"
says report rates --by unit "24175"
says report rates --by kind ""
home=$node
run on "$home" --lang en sync run
like "$(cat "$OUT")" "receipt +meta 1 .*Province has it: [1-9].*refused: 0" "the receipt comes back"
says receipt list "receipt +meta 1"
home=$province
says node revoke "$name" "may no longer send"
says node list "revoked"
home=$node
run_is 0 "what the node changes afterwards" on "$home" item set "$item" CodeNumber=13
run_is 0 "is sealed" on "$home" bundle seal --unverified
run_is 0 "and put into the box" on "$home" sync run
home=$province
run_is 3 "the province refuses it" on "$home" --json ingest
is "$(line refused .code | sort -u)" SH-GATE-NODE "with the reason"
is "$(find "$province/inbox/$name" -name '*.req' | wc -l)" 0 "and keeps nothing of it"
home=$node
run_is 3 "the node hears it" on "$home" --json sync run
is "$(line progress 'select(.state == "refused").code' | sort -u)" SH-GATE-NODE "as an answer in its outbox"
num_ok "for each bundle" "$(summary refused) > 0"
done_testing
