#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A reader above asks for one record's pictures first; the commune obeys, by its own rules.
# timeout: 900
. "${0%/*}/lib.sh"
need jq git ssh
pages=$(tool make-pages) || skip_all "make tools"

commune=$(fresh_home commune) province=$(fresh_home province) district=$(fresh_home district)
mkdir "$TMPDIR/in"
"$pages" --seed 96 --out "$TMPDIR/in" --kind letter --count 4 --level clean --keep 15 --format jpeg >/dev/null
files=("$TMPDIR/in"/*.jpg)
for h in "$commune commune 24175" "$province province 66" "$district district 66"; do
    read -r home role unit <<<"$h"
    on "$home" init --role "$role" --unit "$unit" >/dev/null || exit 1
done
sshd_start "$TMPDIR/sshd" "$province/ssh/authorized_keys" || skip_all "no sshd"
url=ssh://$(id -un)@127.0.0.1:$SSHD_PORT/
printf 'code,name,kind,parent\n66,Đắk Lắk,tỉnh,\n24175,Hòa Phú,xã,66\n' >"$TMPDIR/units.csv"
on "$province" unit import "$TMPDIR/units.csv" >/dev/null
for h in "$commune --unit 24175" "$district --unit 66 --role district"; do
    read -r home args <<<"$h"
    # shellcheck disable=SC2086 # words
    on "$province" node add "$home/keys/node.pub" --url "$url" --host-key "$TMPDIR/sshd/host.pub" $args >/dev/null &&
        on "$home" init --join "$province/enrol/$(jq -r .node "$home/node.json").json" >/dev/null || exit 1
done
node=$(jq -r .node "$commune/node.json")
repo=$province/communes/24175-2025-07-01/repo.git
objects=$province/communes/24175-2025-07-01/objects
item() { echo "${node:0:8}-$1"; }
# listed CLASS ROLE: objects of that role in the province's chain of that class
listed() {
    for c in $(git -C "$repo" rev-list "refs/sohoa/$node/1/$1" 2>/dev/null); do
        git -C "$repo" show "$c:manifest.json" | jq -r --arg r "$2" '.objects[] | select(.role == $r) | .sha256'
    done
}
on "$commune" user add lan --role verifier >/dev/null
# record FILE...: verified and sealed records
record() {
    on "$commune" import "$@" >/dev/null && on "$commune" ocr run >/dev/null 2>&1
    for i in $(on "$commune" --json item list | jq -r 'select(.type == "item" and .state != "sealed") | .item'); do
        on "$commune" item verify "$i" --user lan >/dev/null || return 1
    done
    on "$commune" bundle seal >/dev/null
}

# ---- by the commune's rules ----
on "$commune" config set sync.masters stick >/dev/null
record "${files[@]:0:3}" || exit 1
on "$commune" sync run >/dev/null 2>&1 && on "$province" ingest >/dev/null && on "$district" pull >/dev/null || exit 1
isnt "$(listed page page)" "" "pictures in layers went up"
is "$(listed master master)" "" "and no scan"
run_is 3 "a reader wants a scan" on "$district" --json pull --item "$(item 3)"
is "$(line first '"\(.item) \(.want) \(.state)"')" "$(item 3) master asked" "it is noted above"
is "$(summary asked) $(summary objects)" "1 0" "and said so"
run_is 3 "asked again" on "$district" --json pull --item "$(item 3)"
is "$(line first .state)" asked "it stands once"
is "$(ls "$province/spool/first/$node")" "$(item 3).master" "in one file"
run_is 0 "the commune knows nothing yet" on "$commune" --json sync status
is "$(line first .item)" "" "of it"
run_is 0 "ingest signs it" on "$province" --json ingest
run_is 3 "the reader" on "$district" --json pull --item "$(item 3)"
is "$(line first .state)" signed "sees that"
check "a signed request lies in the receipts" git -C "$repo" -c gpg.ssh.allowedSignersFile=/dev/null cat-file -e "refs/receipts/$node:return/$node"
run_is 0 "the commune calls" on "$commune" --json sync run
is "$(line first '"\(.item) \(.want) \(.state)"')" "$(item 3) master stick" "and keeps to its rule"
is "$(line receipt 'select(.kind == "request") | .kind')" request "a receipt of another kind"
run_is 3 "the reader" on "$district" --json pull --item "$(item 3)"
is "$(line first .state)" stick "is told why"
run_is 0 "the commune's status" on "$commune" --json sync status
is "$(line first '"\(.item) \(.state)"')" "$(item 3) stick" "shows what is wanted"
run_is 0 "another run" on "$commune" --json sync run
is "$(line first .item)" "" "says nothing twice"

# ---- first ----
on "$commune" config set sync.masters always >/dev/null
run_is 0 "the rule changes" on "$commune" --json sync run
is "$(line first .state)" sending "it goes"
order=$(line progress 'select(.state == "accepted") | .class' | uniq | xargs)
is "$order" "thumb master" "before all other scans"
third=$(sha256sum <"${files[2]}" | cut -c1-64)
is "$(listed thumb master)" "$third" "that one alone"
is "$(listed master master | sort -u | wc -l)" 3 "and all scans in their own chain"
run_is 3 "not taken in yet" on "$district" --json pull --item "$(item 3)"
is "$(line first .state)" sending "it is on its way, not here"
run_is 0 "ingest" on "$province" --json ingest
is "$(summary refused) $(summary failed)" "0 0" "nothing amiss"
is "$(find "$objects" -name "$third" | wc -l)" 1 "listed twice, stored once"
is "$(ls "$province/spool/first/$node")" "" "what is served is forgotten"
run_is 0 "the reader" on "$district" --json pull --item "$(item 3)"
is "$(line object .state)" fetched "has it"
is "$(sha256sum <"$(line object .path)" | cut -c1-64)" "$third" "bit by bit"
run_is 0 "receipts come home" on "$commune" --json sync run
is "$(summary accepted) $(summary waiting) $(summary refused)" "0 0 0" "all is proven"
check "git fsck" git -C "$repo" fsck --strict --no-dangling

# ---- pictures in layers ----
on "$commune" config set sync.daily_mib 1 >/dev/null
day=$((($(date +%s) + 25200) / 86400))
record "${files[3]}" || exit 1
on "$commune" config set sync.masters stick >/dev/null
# Records alone go up today.
sqlite() { python3 -c 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute("INSERT OR REPLACE INTO fact (key, value) VALUES (?, ?)", sys.argv[2:]); c.commit()' "$@"; }
sqlite "$commune/sohoa.db" sync.day "$day 9999999" || exit 1
run_is 0 "a record with the cap reached" on "$commune" --json sync run
on "$province" ingest >/dev/null && on "$district" pull >/dev/null || exit 1
run_is 0 "without its text it has no pages to show" on "$district" --json pull --item "$(item 4)" --pages
is "$(summary objects)" 0 "none"
on "$commune" config set sync.daily_mib 0 >/dev/null
refs=$TMPDIR/keep
git -C "$commune/transport.git" for-each-ref --format='%(objectname)' "refs/sohoa/$node/1/page" >"$refs"
run_is 0 "text and pictures go" on "$commune" --json sync run
on "$province" ingest >/dev/null && on "$district" pull >/dev/null || exit 1
run_is 0 "the reader wants the page" on "$district" --json pull --item "$(item 4)" --pages
is "$(line object '"\(.role) \(.state) \(.media)"')" "page fetched application/pdf" "in layers, not the scan"
run_is 0 "again" on "$district" --json pull --item "$(item 4)" --pages
is "$(line object .state) $(summary bytes_up)" "here 0" "nothing is asked for"

# ---- at the province itself ----
run_is 3 "the province wants the scan" on "$province" --json pull --item "$(item 4)"
is "$(line first .state)" asked "it is noted"
run_is 1 "a record that nobody knows" on "$province" --json pull --item "$(item 99)"
is "$(line error .code)" SH-ITEM-ABSENT "is not asked for"
on "$province" ingest >/dev/null
on "$commune" config set sync.masters always >/dev/null
on "$commune" sync run >/dev/null 2>&1 && on "$province" ingest >/dev/null
run_is 0 "and finds it" on "$province" --json pull --item "$(item 4)"
is "$(line object .state)" here "here"

# ---- who may not ----
ssh_as() { ssh -F "$TMPDIR/sshd/ssh_config" -i "$1/keys/node" -o IdentitiesOnly=yes -o UserKnownHostsFile="$1/keys/known_hosts" -o StrictHostKeyChecking=yes -p "$SSHD_PORT" "$(id -un)@127.0.0.1" "${@:2}" 2>/dev/null </dev/null; }
is "$(ssh_as "$commune" "first 24175 $(item 3) master")" "bad SH-GATE-READ" "a commune asks for nothing"
is "$(ssh_as "$commune" "find 24175 $(item 3)")" "bad SH-GATE-READ" "and looks at nothing"
is "$(ssh_as "$district" "going $node $(item 3) master sending")" "bad SH-GATE-READ" "a reader does not speak for the commune"
is "$(ssh_as "$commune" "going $node $(item 3) master signed")" "bad SH-GATE-VERB" "nor the commune for the province"
is "$(ssh_as "$district" "first 24175 ffffffff-1 master")" "bad SH-ITEM-ABSENT" "nothing is asked of nobody"
is "$(ssh_as "$district" "first 30000 $(item 3) master")" "bad SH-GATE-READ" "nor of a unit that may not be read"
run_is 0 "fsck at the commune" on "$commune" --json fsck --deep
run_is 0 "fsck at the province" on "$province" --json fsck --deep
run_is 0 "fsck at the district" on "$district" --json fsck --deep
done_testing
