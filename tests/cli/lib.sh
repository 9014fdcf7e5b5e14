# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Story library: a story is tests/cli/NN-name.sh and begins with
#
#     #!/bin/bash
#     # SPDX-License-Identifier: Apache-2.0
#     # What the story tells, in one sentence.
#     . "${0%/*}/lib.sh"
#
# and ends with done_testing. It runs under tests/run, or alone from the source folder.
# Helpers print TAP. A test is one line of what must hold.
#
#   ok DESC, not_ok DESC                    say it
#   check DESC CMD...                       CMD succeeds
#   refuse DESC CMD...                      CMD fails
#   is GOT WANT DESC, isnt GOT BAD DESC     equal, not equal
#   like TEXT REGEX DESC, unlike ...        extended regular expression
#   num_ok DESC EXPR                        arithmetic or awk condition on numbers
#   skip REASON [COUNT], skip_all REASON    said loudly
#   note TEXT                               a line for the reader
#   run CMD...            runs under a time limit ("on HOME ARGS" too); sets rc; output in $OUT and $ERR
#   run_is CODE DESC CMD...                 the same and tests the exit code
#   json FILTER [FILE]    jq -r over all lines of FILE (default $OUT)
#   line TYPE FILTER      jq -r FILTER over the lines of that type in $OUT
#   summary KEY           a key of the summary line in $OUT
#   fresh_home NAME       prints a new folder below TMPDIR (not made yet: init does)
#   on HOME ARGS...       sohoa -C HOME ARGS under a time limit
#   need CMD...           skip_all unless all commands are there
#   tool NAME             path of a program of tests/tools built by make tools
#   sanitized             does this build carry sanitizers (they need memory of their own)
#   data PATH             path below ../shared/data; fails when it is not there
#   sshd_start DIR KEYS   an sshd of our own; sshd_stop; see below
#   relay_start PORT UP   a line that breaks; relay_stop; see below

set -u
: "${TOP:=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)}"
: "${BUILD:=$TOP/build}"
: "${SOHOA:=$BUILD/sohoa}"
if [ -z "${TEST_NAME:-}" ]; then # alone, without tests/run
    TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/sohoa-story.XXXXXX") || exit 1
    HOME=$TMPDIR/home
    mkdir "$HOME"
    export LC_ALL=C.UTF-8 LANGUAGE=en TZ=UTC GIT_CONFIG_NOSYSTEM=1
    export GIT_CONFIG_GLOBAL=/dev/null
    unset SOHOA_HOME LANG
    echo "# files in $TMPDIR"
fi
export TOP BUILD SOHOA TMPDIR HOME

OUT=$TMPDIR/stdout
ERR=$TMPDIR/stderr
rc=0
: >"$OUT"
: >"$ERR"
test_count=0
test_failed=0
test_planned=
sshd_pid=
CMD_TIMEOUT=${CMD_TIMEOUT:-120}

note() { printf '%s\n' "$*" | sed 's/^/# /'; }

ok() {
    test_count=$((test_count + 1))
    echo "ok $test_count - $*"
}

not_ok() {
    test_count=$((test_count + 1))
    test_failed=$((test_failed + 1))
    echo "not ok $test_count - $*"
    echo "#   at ${BASH_SOURCE[-1]##*/}:${BASH_LINENO[-2]}"
    return 0
}

# show: the last run's output, for the reader of a failure
show() {
    note "exit $rc"
    tail -n 40 "$OUT" | cut -c 1-400 | sed 's/^/#   out: /'
    tail -n 40 "$ERR" | cut -c 1-400 | sed 's/^/#   err: /'
}

check() {
    local desc=$1
    shift
    if "$@" >"$TMPDIR/check" 2>&1 </dev/null; then
        ok "$desc"
    else
        not_ok "$desc"
        note "failed: $*"
        tail -n 20 "$TMPDIR/check" | sed 's/^/#   /'
    fi
}

refuse() {
    local desc=$1
    shift
    if "$@" >"$TMPDIR/check" 2>&1 </dev/null; then
        not_ok "$desc"
        note "did not fail: $*"
        tail -n 20 "$TMPDIR/check" | sed 's/^/#   /'
    else
        ok "$desc"
    fi
}

is() {
    if [ "$1" = "$2" ]; then
        ok "$3"
    else
        not_ok "$3"
        note "  got: $1"
        note " want: $2"
    fi
}

isnt() {
    if [ "$1" != "$2" ]; then ok "$3"; else not_ok "$3"; note "  got: $1"; fi
}

like() {
    if [[ $1 =~ $2 ]]; then
        ok "$3"
    else
        not_ok "$3"
        note "text: ${1:0:2000}"
        note "does not match: $2"
    fi
}

unlike() {
    if [[ $1 =~ $2 ]]; then
        not_ok "$3"
        note "text: ${1:0:2000}"
        note "matches: $2"
    else
        ok "$3"
    fi
}

num_ok() {
    if awk "BEGIN { exit !($2) }" </dev/null; then ok "$1"; else not_ok "$1"; note "not true: $2"; fi
}

skip() {
    local i
    for ((i = 0; i < ${2:-1}; i++)); do
        test_count=$((test_count + 1))
        echo "ok $test_count # SKIP $1"
    done
}

skip_all() {
    echo "1..0 # SKIP $*"
    test_planned=0
    exit 0
}

# plan N: optional; done_testing prints it when it was not given.
plan() {
    test_planned=$1
    echo "1..$1"
}

done_testing() {
    [ -n "$test_planned" ] || plan "$test_count"
    [ "$test_failed" -eq 0 ]
    exit
}

run() {
    [ "$1" != on ] || set -- "$SOHOA" -C "${@:2}"
    timeout -k 5 "$((CMD_TIMEOUT * ${TEST_SLOW:-1}))" "$@" >"$OUT" 2>"$ERR" </dev/null
    rc=$?
    return 0
}

run_is() {
    local want=$1 desc=$2
    shift 2
    run "$@"
    if [ "$rc" -eq "$want" ]; then
        ok "$desc"
    else
        not_ok "$desc (exit $rc, want $want)"
        note "command: $*"
        show
    fi
}

on() {
    local home=$1
    shift
    timeout -k 5 "$((CMD_TIMEOUT * ${TEST_SLOW:-1}))" "$SOHOA" -C "$home" "$@"
}

json() { jq -r "$1" "${2:-$OUT}"; }
line() { jq -r --arg t "$1" "select(.type == \$t) | $2" "$OUT"; }
summary() { jq -r --arg k "$1" 'select(.type == "summary") | .[$k]' "$OUT"; }

fresh_home() {
    local home=$TMPDIR/$1
    [ ! -e "$home" ] || rm -rf "$home"
    echo "$home"
}

need() {
    local c
    for c in "$@"; do
        command -v "$c" >/dev/null 2>&1 || [ -x "$c" ] || skip_all "needs $c"
    done
}

tool() {
    local t=$BUILD/tools/$1
    [ -x "$t" ] || t=$TOP/build/tools/$1
    [ -x "$t" ] || { echo "tool $1 is not built; run make tools" >&2; return 1; }
    echo "$t"
}

sanitized() { grep -qs -e -DSOHOA_SANITIZER "$BUILD/flags"; }

data() {
    local p=${SOHOA_TEST_DATA:-$TOP/../shared/data}/$1
    # A worktree lies one level deeper than a checkout.
    [ -e "$p" ] || p=$TOP/../../shared/data/$1
    [ -e "$p" ] || return 1
    (cd "$(dirname "$p")" && printf '%s/%s\n' "$PWD" "${p##*/}")
}

# sshd_start DIR AUTHORIZED_KEYS: a server on a free high port of 127.0.0.1 that lets in
# the running user by the keys of that file (read at each login, may be written later).
# Sets SSHD_PORT and SSHD_LOG; DIR gets host, host.pub, known_hosts and ssh_config
# ("Host province"; pass it as SOHOA_SSH_CONFIG or ssh -F). One at a time; ends with the
# story. Returns 1 when there is no sshd. The start files of the account's shell are left
# out: some take seconds.
sshd_start() {
    local dir=$1 keys=$2 i try
    [ -x /usr/sbin/sshd ] || return 1
    mkdir -p "$dir" && chmod 700 "$dir"
    [ -f "$dir/host" ] || ssh-keygen -q -t ed25519 -N '' -C host -f "$dir/host" || return 1
    [ "$(id -u)" != 0 ] || install -d -m 0755 /run/sshd
    SSHD_LOG=$dir/sshd.log
    for try in 1 2 3 4 5 6 7 8 9 10; do
        SSHD_PORT=${SSHD_FIXED_PORT:-$((20000 + (RANDOM * 32768 + RANDOM) % 40000))}
        cat >"$dir/sshd_config" <<CONF
Port $SSHD_PORT
ListenAddress 127.0.0.1
HostKey $dir/host
PidFile none
AuthorizedKeysFile $keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100:30:200
SetEnv HOME=$dir
LogLevel VERBOSE
CONF
        : >"$SSHD_LOG"
        /usr/sbin/sshd -f "$dir/sshd_config" -D -e >/dev/null 2>"$SSHD_LOG" </dev/null &
        sshd_pid=$!
        for ((i = 0; i < 100; i++)); do
            kill -0 "$sshd_pid" 2>/dev/null || break
            ! grep -q '^Server listening' "$SSHD_LOG" || break 2
            sleep 0.05
        done
        sshd_stop
        [ "$try" -lt 10 ] || { sed 's/^/# sshd: /' "$SSHD_LOG"; return 1; }
    done
    printf '[127.0.0.1]:%s %s\n' "$SSHD_PORT" "$(cut -d ' ' -f 1,2 "$dir/host.pub")" \
        >"$dir/known_hosts"
    cat >"$dir/ssh_config" <<CONF
Host province
    HostName 127.0.0.1
    Port $SSHD_PORT
    UserKnownHostsFile $dir/known_hosts
Host *
    User $(id -un)
    IdentityAgent none
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    BatchMode yes
    ConnectTimeout 10
CONF
}

# sshd_stop: the server and the sessions it still serves.
sshd_stop() {
    local children=()
    [ -n "$sshd_pid" ] || return 0
    # The list has no end of line: read fills it and fails.
    { read -r -a children <"/proc/$sshd_pid/task/$sshd_pid/children"; } 2>/dev/null
    [ ${#children[@]} -eq 0 ] || kill "${children[@]}" 2>/dev/null
    kill "$sshd_pid" 2>/dev/null
    wait "$sshd_pid" 2>/dev/null
    sshd_pid=
}

# relay_start PORT UP...: a line to that port of 127.0.0.1 that breaks (tests/tools/
# cut-relay.c says what UP may be). Sets relay_port. One at a time; ends with the story.
relay_pid=
relay_start() {
    local program
    program=$(tool cut-relay) || exit 1
    [ -e "$TMPDIR/hold" ] || at_exit relay_stop
    relay_stop
    rm -f "$TMPDIR/hold" "$TMPDIR/relay.port"
    mkfifo "$TMPDIR/hold"
    setsid "$program" "$@" <"$TMPDIR/hold" >"$TMPDIR/relay.port" 2>/dev/null &
    relay_pid=$!
    exec 7>"$TMPDIR/hold"
    while [ ! -s "$TMPDIR/relay.port" ] && kill -0 "$relay_pid" 2>/dev/null; do sleep 0.02; done
    # shellcheck disable=SC2034 # for the story
    read -r relay_port <"$TMPDIR/relay.port"
}
relay_stop() {
    [ -n "$relay_pid" ] || return 0
    exec 7>&-
    wait "$relay_pid" 2>/dev/null
    relay_pid=
}

# Cleanups of a story: at_exit 'command'. Run in reverse order.
exit_commands=()
at_exit() { exit_commands=("$1" "${exit_commands[@]}"); }

finish_story() {
    local code=$? c
    for c in "${exit_commands[@]}"; do eval "$c"; done
    sshd_stop
    if [ -z "$test_planned" ]; then
        echo "# the story ended before done_testing"
        exit 1
    fi
    exit "$code"
}
trap finish_story EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
