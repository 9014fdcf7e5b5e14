#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# serve sends by itself what was sealed: nobody presses a button. Not without a province,
# not when the settings say so, and more rarely when the line is down.
# timeout: 600
. "${0%/*}/lib.sh"
. "${0%/*}/serve.sh"
need jq git ssh curl
pages=$(tool make-pages) || skip_all "make tools"

commune=$(fresh_home commune) province=$(fresh_home province)
"$pages" --seed 44 --out "$TMPDIR/in" --kind letter --count 1 --level clean --dpi 150 >/dev/null
run_is 0 "a commune" on "$commune" init --role commune --unit 24175
run_is 0 "a province" on "$province" init --role province --unit 66
sshd_start "$TMPDIR/sshd" "$province/ssh/authorized_keys" || skip_all "no sshd"

# in_s: seconds until it sends by itself, "null": it does not
in_s() { api GET /jobs | jq -r '.sync_in_s'; }
# until_in_s CONDITION: of jq, on .sync_in_s; at most 30 s
until_in_s() {
    for _ in $(seq 60); do
        api GET /jobs | jq -e ".sync_in_s | $1" >/dev/null && return 0
        sleep 0.5
    done
    return 1
}
# ended KIND: waits until a job of it has ended, prints its exit
ended() {
    for _ in $(seq 120); do
        api GET /jobs | jq -e "[.rows[] | select(.kind == \"$1\")] | first | .state != \"running\" and .state != null" >/dev/null && break
        sleep 0.5
    done
    jq -r "[.rows[] | select(.kind == \"$1\")] | first | .exit" "$TMPDIR/body"
}

serve_start "$commune"
api POST /setup "{\"token\":\"$token\",\"user\":\"lan\",\"password\":\"long enough\"}" >"$TMPDIR/session"
csrf=$(jq -r .csrf "$TMPDIR/session")
is "$(in_s)" null "without a province nothing is sent"

run_is 0 "lets it in" on "$province" --json node add "$commune/keys/node.pub" --unit 24175 \
    --url "ssh://$(id -un)@127.0.0.1:$SSHD_PORT/" --host-key "$TMPDIR/sshd/host.pub"
run_is 0 "join" on "$commune" init --join "$(summary enrolment)"
check "it is found out while serve runs" until_in_s '. != null and . <= 60'
on "$commune" import "$TMPDIR/in"/*.jpg >/dev/null
on "$commune" ocr run >/dev/null 2>&1
item=$(on "$commune" --json item list | jq -r '.item // empty')
on "$commune" item verify "$item" --user lan >/dev/null

api POST /jobs '{"kind":"seal"}' >/dev/null
is "$status" 200 "sealing begins"
is "$(ended seal)" 0 "and ends"
check "it is sent soon after" until_in_s '. <= 10'
is "$(ended sync)" 0 "nobody asked for it"
like "$(cat "$commune"/log/*.log)" 'serve sends by itself' "the log has it"
num_ok "something went up" "$(jq '[.rows[] | select(.kind == "sync")] | first | .summary.pushed' "$TMPDIR/body") > 0"
run_is 0 "the province takes it in" on "$province" ingest
run_is 0 "and has it" on "$province" --json search '"Kính gửi"'
num_ok "no receipt is here yet: soon again" "$(in_s) > 200 && $(in_s) <= 300"

run_is 0 "off" on "$commune" config set sync.auto off
check "is found out as well" until_in_s '. == null'
run_is 0 "on" on "$commune" config set sync.auto on
check "and on again" until_in_s '. != null'
sshd_stop
api POST /jobs '{"kind":"sync"}' >/dev/null
is "$(ended sync)" 75 "the line is down"
num_ok "it is tried again in a minute" "$(in_s) > 40 && $(in_s) <= 60"
api POST /jobs '{"kind":"sync"}' >/dev/null
is "$(ended sync)" 75 "still"
num_ok "then in two" "$(in_s) > 100 && $(in_s) <= 120"
serve_stop
is "$rc" 0 "serve ends"
done_testing
