# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Sourced after lib.sh: the web page in Debian's Chromium, against the real `serve`.
#
#   web_need            skip_all unless node, npm and chromium are there; fetches the packages
#                       of tests/web once (build/tests-web)
#   web_user HOME NAME ROLE   a user with the password of tests/web
#   serve_start HOME PATH...   begins to serve; sets SITE (http://127.0.0.1:PORT) and URL (as
#                       printed). serve_args: its further options. Skips the rest when this build does not know a PATH of the API.
#   serve_stop          ends it as a service manager does; ends with the story as well
#   web SCRIPT [NAME=VALUE...]   runs tests/web/SCRIPT.mjs; its lines become lines of the story;
#                       pictures of the screens go to build/tests/web/SCRIPT

serve_pid=
serve_args=()

web_need() {
    need node npm jq chromium sqlite3 curl
    "$SOHOA" serve --help >/dev/null 2>&1 || skip_all "this build does not serve"
    WEB_PACKAGES=$TOP/build/tests-web
    mkdir -p "$WEB_PACKAGES"
    (
        flock 9
        cmp -s "$TOP/tests/web/package-lock.json" "$WEB_PACKAGES/ready" && exit 0
        cp "$TOP"/tests/web/{package.json,package-lock.json,.npmrc} "$WEB_PACKAGES" &&
            cd "$WEB_PACKAGES" && npm ci --ignore-scripts --prefer-offline --silent >npm.log 2>&1 &&
            cp package-lock.json ready
    ) 9>"$WEB_PACKAGES/lock" || skip_all "the packages of tests/web could not be fetched"
    export WEB_PACKAGES
}

web_user() { echo 'mot cau de nho' | "$SOHOA" -C "$1" user add "$2" --role "$3" --password-stdin >/dev/null; }

serve_start() {
    local home=$1 i path
    shift
    [ -e "$TMPDIR/serve.out" ] || at_exit serve_stop
    "$SOHOA" -C "$home" --json serve --listen 127.0.0.1:0 "${serve_args[@]}" >"$TMPDIR/serve.out" 2>"$TMPDIR/serve.err" </dev/null &
    serve_pid=$!
    for ((i = 0; i < 300; i++)); do
        URL=$(jq -r 'select(.type == "ready").url' "$TMPDIR/serve.out" 2>/dev/null)
        [ -z "$URL" ] || break
        kill -0 "$serve_pid" 2>/dev/null || break
        sleep 0.1
    done
    [ -n "$URL" ] || { not_ok "serve begins"; sed 's/^/# serve: /' "$TMPDIR/serve.err"; done_testing; }
    ok "serve begins"
    SITE=${URL%%/#*}
    SITE=${SITE%/}
    for path in "$@"; do
        [ "$(curl -s -o /dev/null -m 10 -w '%{http_code}' "$SITE/api/v1$path")" != 404 ] ||
            { skip "this build does not know $path"; done_testing; }
    done
}

serve_stop() {
    [ -n "$serve_pid" ] || return 0
    kill "$serve_pid" 2>/dev/null
    wait "$serve_pid" 2>/dev/null
    serve_pid=
}

web() {
    local script=$1 line
    shift
    # The browser leaves folders: in this story's own place.
    env WEB_SITE="$SITE" WEB_SHOTS="$BUILD/tests/web/$script" XDG_CONFIG_HOME="$TMPDIR/xdg" \
        XDG_CACHE_HOME="$TMPDIR/xdg" "$@" timeout -k 5 "$((540 * ${TEST_SLOW:-1}))" \
        node "$TOP/tests/web/$script.mjs" >"$TMPDIR/web.out" 2>"$TMPDIR/web.err" </dev/null
    rc=$?
    while IFS= read -r line; do
        case $line in
        'ok '*) ok "${line#*- }" ;;
        'not ok '*) not_ok "$script: ${line#*- }" ;;
        1..*) ;;
        *) printf '%s\n' "$line" | sed 's/^#* */# /' ;;
        esac
    done <"$TMPDIR/web.out"
    grep -q '^1\.\.' "$TMPDIR/web.out" || not_ok "$script keeps its plan (exit $rc)"
    [ "$rc" -eq 0 ] || tail -n 20 "$TMPDIR/web.err" | sed 's/^/# /'
}
