#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A hub between hands on what communes signed, unchanged; two tiers and three are the same.
# timeout: 900
. "${0%/*}/lib.sh"
need jq git ssh
pages=$(tool make-pages) || skip_all "make tools"

mkdir "$TMPDIR/in"
"$pages" --seed 98 --out "$TMPDIR/in" --kind letter --count 2 --level clean --keep 15 --format jpeg >/dev/null
files=("$TMPDIR/in"/*.jpg)
province=$TMPDIR/province district=$TMPDIR/district
sshd_start "$TMPDIR/sshd" "$district/ssh/authorized_keys $province/ssh/authorized_keys" || skip_all "no sshd"
# One sshd for both: a commune is let in by the hub first, where it is enrolled there.
url=ssh://$(id -un)@127.0.0.1:$SSHD_PORT/
host=$TMPDIR/sshd/host.pub

# record HOME FILE: one verified and sealed record
record() {
    on "$1" import "$2" >/dev/null && on "$1" ocr run >/dev/null 2>&1
    for i in $(on "$1" --json item list | jq -r 'select(.type == "item" and .state != "sealed") | .item'); do
        on "$1" item verify "$i" --user lan >/dev/null || return 1
    done
    on "$1" bundle seal >/dev/null
}
add() { on "$1" node add "$2/keys/node.pub" --url "$url" --host-key "$host" "${@:3}" >/dev/null; }
join() { on "$2" init --join "$1/enrol/$(jq -r .node "$2/node.json").json" >/dev/null; }
tips() { git -C "$1" for-each-ref --format='%(refname) %(objectname)' "refs/sohoa/$node"; }
# objects REPO: every object of the node's chains with what it says, byte for byte
objects() {
    git -C "$1" for-each-ref --format='%(refname)' "refs/sohoa/$node" |
        git -C "$1" rev-list --objects --no-object-names --stdin | sort |
        git -C "$1" cat-file --batch | sha256sum
}

# tiers N: a commune below a province, with a district between when N is 3
tiers() {
    local n=$1 door
    commune=$(fresh_home commune) && cp -r "$TMPDIR/ready" "$commune"
    province=$(fresh_home province) district=$(fresh_home district)
    on "$province" init --role province --unit 66 >/dev/null
    on "$district" init --role district --unit 664 >/dev/null
    mkdir -p "$district/ssh"
    printf 'code,name,kind,parent\n66,Đắk Lắk,tỉnh,\n664,Cụm Bắc,cụm,66\n24175,Hòa Phú,xã,664\n' >"$TMPDIR/units.csv"
    on "$province" unit import "$TMPDIR/units.csv" >/dev/null
    node=$(jq -r .node "$commune/node.json")
    above=$province/communes/24175-2025-07-01/repo.git
    add "$province" "$commune" --unit 24175 || exit 1
    if [ "$n" = 3 ]; then
        door=$district
        run_is 12 "$n: a hub without a tier above relays nothing" on "$district" --json node add "$commune/keys/node.pub" --unit 24175 --relay
        is "$(line error .code)" SH-UPSTREAM-KEY-UNSET "$n: it says why"
        add "$province" "$district" --unit 664 --role district --relay && join "$province" "$district" || exit 1
        run_is 1 "$n: and has nothing to send of its own" on "$district" --json sync run
        is "$(line error .code)" SH-ROLE "$n: it says so"
        add "$district" "$commune" --unit 24175 --relay || exit 1
    else
        door=$province
    fi
    join "$door" "$commune" || exit 1

    run_is 0 "$n: the commune sends" on "$commune" --json sync run
    if [ "$n" = 3 ]; then
        is "$(summary accepted) $(summary durable)" "0 0" "$n: the hub's word is not the province's"
        num_ok "$n: all is on its way" "$(summary pushed) > 0 && $(summary waiting) == $(summary pushed)"
        is "$(line progress 'select(.state == "accepted") | .class')" "" "$n: nothing is called accepted"
        run_is 0 "$n: status" on "$commune" --json sync status
        is "$(line waiting .reason | sort -u)" relay "$n: says where it is"
        run_is 0 "$n: the hub takes it in" on "$district" --json ingest
        is "$(summary receipts) $(summary items)" "0 1" "$n: and gives no receipt"
        run_is 0 "$n: a run of the commune" on "$commune" --json sync run
        is "$(summary durable)" 0 "$n: finds none"
        run_is 0 "$n: the hub hands it on" on "$district" --json sync run
        num_ok "$n: all of it" "$(summary pushed) > 0 && $(summary waiting) == 0 && $(summary refused) == 0"
        run_is 0 "$n: once" on "$district" --json sync run
        is "$(summary pushed)" 0 "$n: and not again"
    fi
    is "$(tips "$above")" "$(tips "$commune/transport.git")" "$n: the province has the very commits"
    is "$(objects "$above")" "$(objects "$commune/transport.git")" "$n: I9: and not one byte is another"
    check "$n: signed by the commune" git -C "$above" -c gpg.ssh.allowedSignersFile="$province/ssh/allowed_signers" verify-commit "refs/sohoa/$node/1/meta"
    check "$n: git fsck" git -C "$above" fsck --strict --no-dangling
    run_is 0 "$n: the province takes it in" on "$province" --json ingest
    is "$(summary refused) $(summary items)" "0 1" "$n: a record"
    if [ "$n" = 3 ]; then
        run_is 0 "$n: the hub brings the receipts home" on "$district" --json sync run
        num_ok "$n: those of the province" "$(summary receipts) > 0"
        is "$(line receipt .issuer | sort -u)" "$(jq -r .node "$province/node.json")" "$n: by its own name"
    fi
    run_is 0 "$n: and the commune hears" on "$commune" --json sync run
    is "$(summary waiting) $(summary accepted) $(summary refused)" "0 0 0" "$n: all is proven"
    is "$(line receipt .issuer | sort -u)" "$(jq -r .node "$province/node.json")" "$n: by the province"
    run_is 0 "$n: fsck at the commune" on "$commune" --json fsck --deep
    run_is 0 "$n: fsck at the province" on "$province" --json fsck --deep
}

# The same commune for both: it has sealed a record before anybody enrolled it.
on "$TMPDIR/ready" init --role commune --unit 24175 >/dev/null
on "$TMPDIR/ready" user add lan --role verifier >/dev/null
record "$TMPDIR/ready" "${files[0]}" || exit 1
tiers 2
tiers 3

# ---- the hub in everyday life ----
run_is 0 "the hub counts by the receipts of the province" on "$district" --json ingest
run_is 0 "rates" on "$district" --json report rates --by unit
is "$(line rate '"\(.unit) \(.numerator)"')" "24175 1" "one record"
run_is 0 "it searches what passed by" on "$district" --json search cong hoa
num_ok "and finds it" "$(line hit .item | wc -l) >= 1"
run_is 0 "pull leaves alone what is handed on" on "$district" --json pull
is "$(summary bundles) $(summary refused)" "0 0" "nothing comes twice"

# The commune reaches the province itself for a day: each bundle arrives once.
record "$commune" "${files[1]}" || exit 1
on "$commune" config set upstream.url "$url" >/dev/null
cp "$district/ssh/authorized_keys" "$TMPDIR/keys" && : >"$district/ssh/authorized_keys"
run_is 0 "the commune calls the province" on "$commune" --json sync run
is "$(tips "$above")" "$(tips "$commune/transport.git")" "which has it all"
cp "$TMPDIR/keys" "$district/ssh/authorized_keys"
run_is 0 "the hub" on "$district" --json sync run
is "$(summary failed) $(summary waiting)" "0 0" "has nothing to add"

# A commune that the province does not know, beside one that it does.
stranger=$(fresh_home stranger)
on "$stranger" init --role commune --unit 24121 >/dev/null
on "$stranger" user add lan --role verifier >/dev/null
add "$district" "$stranger" --unit 24121 --relay && join "$district" "$stranger" || exit 1
record "$stranger" "${files[0]}" || exit 1
on "$stranger" sync run >/dev/null 2>&1
run_is 3 "what the province does not know stays at the hub" on "$district" --json sync run
is "$(line failed .code)" SH-GATE-NODE "it says why"
num_ok "and waits" "$(summary waiting) > 0"
add "$province" "$stranger" --unit 24121 || exit 1
run_is 3 "a commune that does not lie below the hub, neither" on "$district" --json sync run
add "$province" "$district" --unit 664 --role district --relay --reads 24121 || exit 1
run_is 0 "until it may bring it" on "$district" --json sync run
is "$(summary failed) $(summary waiting)" "0 0" "then all goes up"

# The hub loses its right.
run_is 0 "the province takes the hub's right away" on "$province" --json node revoke "$(jq -r .node "$district/node.json")"
run_is 12 "then it is not let in" on "$district" --json sync run
done_testing
