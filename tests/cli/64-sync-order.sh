#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What goes up when: masters at night, hours of the line, a limit for the day; status says
# why something waits; a run ends when it is told to.
# timeout: 600
. "${0%/*}/lib.sh"
need jq git ssh sqlite3
pages=$(tool make-pages) || skip_all "make tools"

commune=$(fresh_home commune) province=$(fresh_home province)
mkdir "$TMPDIR/in"
"$pages" --seed 92 --out "$TMPDIR/in" --kind letter --count 1 --format jpeg --level clean --dpi 150 --keep 15 >/dev/null
run_is 0 "a commune" on "$commune" init --role commune --unit 24175
run_is 0 "a province" on "$province" init --role province --unit 66
sshd_start "$TMPDIR/sshd" "$province/ssh/authorized_keys" || skip_all "no sshd"
url=ssh://$(id -un)@127.0.0.1:$SSHD_PORT/
run_is 0 "node add" on "$province" --json node add "$commune/keys/node.pub" --unit 24175 --url "$url" --host-key "$TMPDIR/sshd/host.pub"
run_is 0 "join" on "$commune" init --join "$(summary enrolment)"
on "$commune" user add lan --role verifier >/dev/null
on "$commune" import "$TMPDIR/in"/*.jpg >/dev/null
on "$commune" ocr run >/dev/null 2>&1
for i in $(on "$commune" --json item list | jq -r ".item // empty"); do on "$commune" item verify "$i" --user lan >/dev/null; done
run_is 0 "sealed" on "$commune" --json bundle seal

# hours FROM TO: now plus so many hours, on the clock of the province
hours() { echo "$(TZ=Asia/Ho_Chi_Minh date -d "+$1 hours" +%H:00)-$(TZ=Asia/Ho_Chi_Minh date -d "+$2 hours" +%H:00)"; }
set_to() { run_is 0 "$1 = ${2:-nothing}" on "$commune" config set "$1" "$2"; }
# reason CLASS: why it waits
reason() { line waiting "select(.class == \"$1\") | .reason"; }

run_is 0 "status before any run" on "$commune" --json sync status
is "$(line waiting .reason | sort -u)" run "all goes with the next run"
refuse "hours that are none" on "$commune" config set sync.night 6pm-6am

# ---- the hours of the line ----
set_to sync.window "$(hours 2 4)"
run_is 0 "outside the hours of the line" on "$commune" --json sync run
is "$(summary pushed) $(summary bytes_down)" "0 0" "nothing is called"
run_is 0 "status" on "$commune" --json sync status
is "$(line waiting .reason | sort -u)" window "says so"
num_ok "and when it goes" "$(line waiting .until | sort -u) > $(date +%s)"
set_to sync.window ""

# ---- masters at night ----
set_to sync.masters night
set_to sync.night "$(hours 2 4)"
run_is 0 "in the daytime" on "$commune" --json sync run
num_ok "the rest goes" "$(summary pushed) > 0"
is "$(git -C "$commune/transport.git" for-each-ref --format='%(refname)' refs/upstream | grep -c master)" 0 "masters do not"
run_is 0 "status" on "$commune" --json sync status
is "$(line waiting .class)" master "they alone wait"
is "$(reason master)" night "for the night"
run_is 0 "in words" on "$commune" --lang vi sync status
like "$(cat "$OUT")" "ban đêm" "of the language"
set_to sync.masters stick
run_is 0 "status" on "$commune" --json sync status
is "$(reason master)" stick "or for a stick"
set_to sync.masters never
run_is 0 "status" on "$commune" --json sync status
is "$(reason master)" kept "or for nothing"
run_is 0 "a run" on "$commune" --json sync run
is "$(summary pushed)" 0 "sends none"
set_to sync.masters always

# ---- the limit of a day ----
set_to sync.daily_mib 1
day=$((($(date +%s) + 25200) / 86400))
sqlite3 "$commune/sohoa.db" "UPDATE fact SET value = '$day 1048576' WHERE key = 'sync.day'"
run_is 0 "when enough went up today" on "$commune" --json sync run
is "$(summary pushed)" 0 "no more goes"
run_is 0 "status" on "$commune" --json sync status
is "$(reason master)" cap "says so"
set_to sync.daily_mib 0

# ---- no line ----
sshd_stop
run_is 75 "nobody there" on "$commune" --json sync run
run_is 0 "status" on "$commune" --json sync status
is "$(reason master)" line "there is no line"
num_ok "since a moment ago" "$(line waiting .since) > $(date +%s) - 60"
SSHD_FIXED_PORT=$SSHD_PORT sshd_start "$TMPDIR/sshd" "$province/ssh/authorized_keys" || exit 1

# ---- told to stop ----
kill -STOP "$sshd_pid"
"$SOHOA" -C "$commune" sync run >"$OUT" 2>"$ERR" </dev/null &
pid=$!
# Until it calls; a moment more, and it waits for an answer.
until pgrep -P "$pid" -f -- "-p $SSHD_PORT" >/dev/null || ! kill -0 "$pid"; do sleep 0.05; done
sleep 0.5
begun=$(date +%s%N)
kill -TERM "$pid"
wait "$pid"
code=$?
kill -CONT "$sshd_pid"
is "$code" 75 "I7: a run on a line that is silent ends when told to"
num_ok "within 5 s" "$(date +%s%N) - $begun < 5000000000 * ${TEST_SLOW:-1}"

run_is 0 "the next one" on "$commune" --json sync run
num_ok "sends the masters" "$(summary pushed) > 0"
run_is 0 "ingest" on "$province" --json ingest
run_is 0 "and receipts are fetched first" on "$commune" --json sync run
is "$(summary waiting) $(summary accepted)" "0 0" "all is there"
run_is 0 "status" on "$commune" --json sync status
is "$(line waiting .class)" "" "nothing waits"

# ---- a connection that stays ----
logins() { grep -c '^Accepted publickey' "$SSHD_LOG"; }
master() { jq -r .pid "$commune/run/up.json"; }
before=$(logins)
set_to sync.warm_s 60
run_is 0 "a run leaves its connection" on "$commune" --json sync run
check "there it is" test -S "$commune/run/up.sock"
run_is 0 "the next run" on "$commune" --json sync run
is "$(($(logins) - before))" 1 "needs no handshake"
kill -STOP "$(master)"
run_is 0 "one that is dead" on "$commune" --json sync run
num_ok "is not believed for long" "$(logins) - $before >= 2"
run_is 0 "another run leaves one again" on "$commune" --json sync run
left=$(master)
set_to sync.warm_s 0
run_is 0 "without the setting" on "$commune" --json sync run
is "$(find "$commune/run" -name 'up*')" "" "none is left"
is "$(tr -d '\0' 2>/dev/null <"/proc/$left/cmdline")" "" "and it has ended"
done_testing
