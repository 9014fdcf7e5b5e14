#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From a commune to the province over a real sshd, back with a receipt, on to a district.
# timeout: 900
# again: ocr_direct
. "${0%/*}/lib.sh"
need jq git ssh sqlite3
pages=$(tool make-pages) || skip_all "make tools"

commune=$(fresh_home commune) province=$(fresh_home province) district=$(fresh_home district)
mkdir "$TMPDIR/in"
"$pages" --seed 91 --out "$TMPDIR/in" --kind letter --count 2 --format jpeg >/dev/null
run_is 0 "a commune" on "$commune" init --role commune --unit 24175
run_is 0 "a province" on "$province" init --role province --unit 66
run_is 0 "a district" on "$district" init --role district --unit 66
sshd_start "$TMPDIR/sshd" "$province/ssh/authorized_keys" || skip_all "no sshd"
url=ssh://$(id -un)@127.0.0.1:$SSHD_PORT/

run_is 1 "a commune cannot enrol nodes" on "$commune" --json node add "$commune/keys/node.pub" --unit 24175
is "$(line error .code)" SH-ROLE "it says so"
run_is 12 "a file that is no key" on "$province" node add /etc/passwd --unit 24175
printf 'code,name,kind,parent\n66,Đắk Lắk,tỉnh,\n24175,Hòa Phú,xã,66\n24121,Cư Êbur,xã,66\n' >"$TMPDIR/units.csv"
run_is 0 "unit import" on "$province" --json unit import "$TMPDIR/units.csv"
is "$(summary added)" 3 "three units"
run_is 0 "node add" on "$province" --json node add "$commune/keys/node.pub" --unit 24175 --url "$url" --host-key "$TMPDIR/sshd/host.pub"
node=$(jq -r .node "$commune/node.json")
is "$(summary node)" "$node" "names the node"
repo=$(summary repository)
enrol=$(summary enrolment)
is "$repo" "$province/communes/24175-2025-07-01/repo.git" "and its repository"
is "$(stat -c %a "$province/ssh/authorized_keys" "$province/ssh/nodes.json" | sort -u)" 600 "files are private"
like "$(cat "$province/ssh/authorized_keys")" "restrict,command=\"[^\"]*receive $node\"" "one forced command a key"
run_is 0 "join" on "$commune" init --join "$enrol"
run_is 12 "the file of another node is refused" on "$district" --json init --join "$enrol"
is "$(line error .code)" SH-JOIN "with its code"
run_is 0 "the district is enrolled too" on "$province" node add "$district/keys/node.pub" --unit 66 --role district --reads 999 --url "$url" --host-key "$TMPDIR/sshd/host.pub"
run_is 0 "node list" on "$province" --json node list
is "$(line node 'select(.role == "district") | .reads | sort | join(" ")')" "24121 24175 999" "it may read the units below its own, and the named one"
is "$(summary count)" 2 "with a count"
run_is 0 "sshd-config" on "$province" --json sshd-config
like "$(summary text)" "Match User sohoa" "is JSON as well"
run_is 0 "and joins" on "$district" init --join "$province/enrol/$(jq -r .node "$district/node.json").json"
run_is 0 "doctor at the commune makes a real call" on "$commune" --json doctor
is "$(line check 'select(.name == "upstream") | .ok')" true "that is answered"
run_is 0 "doctor at the province" on "$province" --json doctor
is "$(line check 'select(.name | startswith("node")) | .ok' | sort -u)" true "opens its own door for every node"

on "$commune" user add lan --role verifier >/dev/null
on "$commune" import "$TMPDIR/in"/*.jpg >/dev/null
on "$commune" ocr run >/dev/null 2>&1
for i in $(on "$commune" --json item list | jq -r ".item // empty"); do on "$commune" item verify "$i" --user lan >/dev/null; done
run_is 0 "sealed" on "$commune" --json bundle seal
bundles=$(summary bundles)
run_is 0 "plan" on "$commune" --json sync plan
is "$(summary waiting)" "$bundles" "all wait"

run_is 0 "sync" on "$commune" --json sync run
is "$(summary pushed) $(summary accepted) $(summary durable)" "$bundles $bundles 0" "accepted, not yet durable"
run_is 0 "status says the same" on "$commune" --json sync status
is "$(summary accepted) $(summary durable)" "$bundles 0" "nothing is promised before the receipt"
run_is 0 "ingest" on "$province" --json ingest
is "$(summary bundles) $(summary items) $(summary receipts)" "$bundles 2 $bundles" "takes all in"
for left in ssh enrol "spool/in/$node/meta"; do echo x >"$province/$left/.tmp-left"; done
run_is 0 "ingest again" on "$province" --json ingest
is "$(find "$province" -name '.tmp-*')" "" "and clears what killed commands left"
is "$(summary bundles) $(summary receipts)" "0 0" "changes nothing"
mv "$repo" "$repo.away"
run_is 3 "a commune without its repository" on "$province" --json ingest
is "$(line failed '.unit + " " + .code') $(summary failed)" "24175 SH-REPO 1" "is named, and does not stop the others"
mv "$repo.away" "$repo"
run_is 0 "sync again" on "$commune" --json sync run
is "$(summary durable) $(summary waiting)" "$bundles 0" "now the province has it"
is "$(line receipt .kind | sort -u)" receipt "by receipts"
run_is 0 "a third sync" on "$commune" --json sync run
is "$(summary pushed)" 0 "sends nothing"

git clone -q --mirror "$repo" "$TMPDIR/mirror"
check "a stock mirror passes fsck" git -C "$TMPDIR/mirror" fsck --strict
all=0 good=0
for ref in $(git -C "$TMPDIR/mirror" for-each-ref --format='%(refname)' refs/sohoa); do
    for c in $(git -C "$TMPDIR/mirror" rev-list "$ref"); do
        all=$((all + 1))
        git -C "$TMPDIR/mirror" -c gpg.ssh.allowedSignersFile="$province/ssh/allowed_signers" verify-commit "$c" 2>/dev/null && good=$((good + 1))
    done
done
is "$good" "$all" "verify-commit is good for every one of $all commits"
num_ok "there are some" "$all >= $bundles"
r=$(git -C "$TMPDIR/mirror" ls-tree -r --name-only "refs/receipts/$node" | grep '\.json$' | head -n 1)
git -C "$TMPDIR/mirror" show "refs/receipts/$node:$r" >"$TMPDIR/receipt.json"
git -C "$TMPDIR/mirror" show "refs/receipts/$node:$r.sig" >"$TMPDIR/receipt.json.sig"
run_is 0 "the receipt verifies" on "$commune" receipt verify "$TMPDIR/receipt.json"
check "ssh-keygen says so too" bash -c "ssh-keygen -Y verify -f '$province/ssh/allowed_signers' -I '$(jq -r .node "$province/node.json")' -n sohoa-receipt -s '$TMPDIR/receipt.json.sig' <'$TMPDIR/receipt.json'"
run_is 0 "with a summary" on "$commune" --json receipt verify "$TMPDIR/receipt.json"
is "$(summary count)" 1 "at the end"
sed -i 's/"items":[0-9]*/"items":99/' "$TMPDIR/receipt.json"
run_is 12 "a changed receipt does not" on "$commune" --json receipt verify "$TMPDIR/receipt.json"

check "every master lies at the province bit for bit" diff -r \
    "$commune/objects" "$province/communes/24175-2025-07-01/objects"
post=$(fresh_home post)
run_is 0 "a district with a drop box" on "$post" init --role district --unit 66 --upstream "$province"
run_is 0 "is enrolled" on "$province" node add "$post/keys/node.pub" --unit 66 --role district --url "$province"
run_is 0 "and joins" on "$post" init --join "$province/enrol/$(jq -r .node "$post/node.json").json"
run_is 0 "it asks" on "$post" --json pull
run_is 0 "the province puts it out" on "$province" --json ingest
run_is 0 "and it pulls" on "$post" --json pull
is "$(summary items)" 2 "both records"
is "$(find "$post"/communes/*/objects -type f | wc -l)" 0 "without masters"
# classes HOME: of the bundles that the district has; kinds HOME: of its objects
classes() { git -C "$1/communes/24175-2025-07-01/repo.git" for-each-ref --format='%(refname)' 'refs/sohoa/' | sed 's|.*/||' | sort -u | paste -sd' '; }
kinds() { find "$1"/communes/*/objects -type f -exec head -qc 4 {} + | LC_ALL=C tr -c 'A-Z%' '.' | fold -w 4 | sort | uniq -c | awk '{ print $1 $2 }' | paste -sd' '; }
is "$(classes "$post")" "meta text" "nor the bundles that carry them or their pictures"
run_is 0 "with pages" on "$post" --json pull --pages
is "$(kinds "$post")" "2%PDF 2...." "layers and small pictures come"
is "$(classes "$post")" "meta page text thumb" "and no masters, as no page lacks its picture"
is "$(cd "$post"/communes/*/objects && find . -type f -print0 | xargs -0 -I{} cmp {} "$commune/objects/{}" 2>&1)" "" "bit for bit as the commune made them"
run_is 0 "fsck --deep there" on "$post" --json fsck --deep
is "$(summary faults)" 0 "finds no damage"
run_is 0 "rates by the drop box" on "$post" --json report rates --by unit
is "$(line rate 'select(.unit == "24175").numerator')" 2 "count from the receipts that lay there"
run_is 0 "the province searches" on "$province" --json search cong hoa xa hoi
is "$(summary hits)" 2 "and finds both"

run_is 0 "the district pulls" on "$district" --json pull
is "$(summary items)" 2 "both records"
run_is 0 "and searches" on "$district" --json search cong hoa
is "$(summary hits)" 2 "finds both"
is "$(find "$district"/communes/*/objects -type f | wc -l)" 0 "without masters"
run_is 0 "rates at the district" on "$district" --json report rates --by unit
is "$(line rate 'select(.unit == "24175").numerator')" 2 "count from the receipts as the province does"
run_is 0 "fsck at the province" on "$province" --json fsck --deep
is "$(summary faults)" 0 "finds no damage, though bundles carry heads of the commune's chain"
run_is 0 "fsck at the district" on "$district" --json fsck --deep
is "$(summary faults)" 0 "neither"
run_is 0 "pull again" on "$district" --json pull
is "$(summary bundles)" 0 "brings nothing new"
run_is 0 "pull with pages" on "$district" --json pull --pages
is "$(kinds "$district")" "2%PDF 2...." "brings layers and small pictures over the line"

printf 'unit,indicator,kind,period,denominator,target_percent\n24175,received,all,%s,8,80\n' "$(date +%Y)" >"$TMPDIR/targets.csv"
run_is 0 "target import" on "$province" --json target import "$TMPDIR/targets.csv"
run_is 0 "report rates" on "$province" --json report rates --period "$(date +%Y)"
is "$(line rate .text)" "2/8 = 25.00%" "counts from receipts"

item=$(on "$commune" --json item list | jq -r ".item // empty" | head -n 1)
run_is 0 "a correction after sealing" on "$commune" item set "$item" CodeNumber=77
on "$commune" item verify "$item" --user lan >/dev/null
on "$commune" bundle seal >/dev/null
on "$commune" sync run >/dev/null 2>&1
run_is 0 "is taken in" on "$province" --json ingest
is "$(summary bundles)" 1 "as one bundle"
run_is 0 "and counts once" on "$province" --json report rates --period "$(date +%Y)"
is "$(line rate .text)" "2/8 = 25.00%" "the rate is the same"

# A commune whose node made no pictures yet: what was sealed then has none.
"$pages" --seed 92 --out "$TMPDIR/in" --kind letter --count 1 --format jpeg --prefix old >/dev/null
old=$(on "$commune" --json import "$TMPDIR/in"/old-*.jpg | jq -r 'select(.type == "input").items[0]')
on "$commune" ocr run >/dev/null 2>&1
sqlite3 "$commune/sohoa.db" "DELETE FROM picture WHERE page = '$(sha256sum <"$TMPDIR/in/old-0001.jpg" | cut -c 1-64)'"
on "$commune" item verify "$old" --user lan >/dev/null
run_is 0 "a record without pictures" on "$commune" --json bundle seal
is "$(line bundle .class | sort | paste -sd' ')" "master meta text" "is sealed without them"
on "$commune" sync run >/dev/null 2>&1
on "$province" ingest >/dev/null 2>&1
on "$commune" sync run >/dev/null 2>&1
run_is 0 "the district pulls" on "$district" --json pull
is "$(classes "$district")" "meta page text thumb" "no masters, unasked"
run_is 0 "and with pages" on "$district" --json pull --pages
is "$(classes "$district")" "master meta page text thumb" "masters, as a page has no picture"
run_is 0 "sync status" on "$commune" --json sync status
durable=$(summary durable)

kill "$sshd_pid"; wait "$sshd_pid" 2>/dev/null; sshd_pid=
run_is 75 "with the line down sync says try later" on "$commune" --json sync run
is "$(summary durable)" "$durable" "and loses nothing"
sshd_start "$TMPDIR/sshd" "$province/ssh/authorized_keys" || not_ok "sshd again"
run_is 0 "revoke" on "$province" node revoke "$node"
on "$commune" config set upstream.url "ssh://$(id -un)@127.0.0.1:$SSHD_PORT/" >/dev/null
printf '[127.0.0.1]:%s %s\n' "$SSHD_PORT" "$(cut -d' ' -f1,2 "$TMPDIR/sshd/host.pub")" >"$TMPDIR/known"
run_is 0 "trust the host at its new port" on "$commune" upstream trust "$TMPDIR/known"
run_is 12 "a revoked node is not let in" on "$commune" sync run
done_testing
