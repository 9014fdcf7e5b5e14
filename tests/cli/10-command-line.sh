#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The command line itself: help, usage errors, exit codes, JSON lines, completion.
. "${0%/*}/lib.sh"

home=$(fresh_home node)

run_is 0 "help is printed" "$SOHOA" --help
commands=$(sed -n 's/^  \([a-z][a-z -]*[a-z]\)  .*/\1/p' "$OUT")
num_ok "the overview lists the commands" "$(wc -l <<<"$commands") > 40"
run_is 2 "no command is a usage error" "$SOHOA"
run_is 2 "an unknown command is a usage error" "$SOHOA" frobnicate
like "$(cat "$ERR")" SH-USAGE "and names its code"
run_is 2 "a group alone names its commands" "$SOHOA" --lang en bundle
like "$(cat "$ERR")" "sohoa bundle seal.*sohoa bundle list" "all of them"
run_is 2 "an unknown option" "$SOHOA" search --frob x
run_is 2 "an option without its value" "$SOHOA" search x --limit
run_is 2 "a value out of range" "$SOHOA" -C "$home" search x --limit 0
run_is 2 "a missing operand" "$SOHOA" item show
run_is 2 "too many operands" "$SOHOA" item show a b

missing=0 same=0
while IFS= read -r words; do
    # shellcheck disable=SC2086 # words of a command
    run "$SOHOA" --lang vi $words --help
    cp "$OUT" "$TMPDIR/vi"
    # shellcheck disable=SC2086
    run "$SOHOA" --lang en $words --help
    if [ "$rc" -ne 0 ] || ! grep -q -- '--json' "$OUT"; then
        missing=$((missing + 1))
        note "no help: $words"
    fi
    [ "$(head -n 1 "$OUT")" != "$(head -n 1 "$TMPDIR/vi")" ] || { same=$((same + 1)); note "not translated: $words"; }
done <<<"$commands"
is "$missing" 0 "every command explains itself"
is "$same" 0 "in Vietnamese and in English"

run_is 10 "no node here is exit 10" "$SOHOA" -C "$home" item list
run_is 10 "also with --json" "$SOHOA" -C "$home" --json item list
is "$(line error .code)" SH-NO-NODE "the error is a JSON line"
isnt "$(line error .vi)" "$(line error .en)" "in both languages"
num_ok "with three sentences" "$(line error .vi | grep -o '[.!?]' | wc -l) >= 3"
run "$SOHOA" --json frob
is "$(line error .code)" SH-USAGE "a usage error is a JSON line as well"

run_is 0 "init makes a node" "$SOHOA" -C "$home" --json init --role commune --unit 24175 --name "Xã Hòa Phú"
like "$(summary node)" '^[0-9a-f]{32}$' "node is 32 hex digits"
like "$(summary fingerprint)" '^SHA256:' "with a fingerprint as ssh prints it"
is "$(summary role) $(summary unit) $(summary home)" "commune 24175 $home" "role, unit and home"
first=$(head -c 8 "$OUT")
is "$first" '{"type":' "type stands first"
node=$(summary node)
is "$(stat -c %a "$home" "$home/keys/node" | paste -sd' ')" "700 600" "only its owner may read it"
run_is 1 "a second init is refused" "$SOHOA" -C "$home" --json init --role commune --unit 24175
is "$(line error .code)" SH-HOME-EXISTS "with its code"
is "$(jq -r .node "$home/node.json")" "$node" "and changes nothing"
run_is 2 "a role that does not exist" "$SOHOA" -C "$TMPDIR/x" init --role village --unit 1
run_is 2 "a unit code that is none" "$SOHOA" -C "$TMPDIR/x" init --role commune --unit 12a
run_is 2 "a date that does not exist" "$SOHOA" -C "$TMPDIR/x" init --role commune --unit 1 --valid-from 2025-02-30
check "nothing was founded" test ! -e "$TMPDIR/x/node.json"

run_is 0 "key show" "$SOHOA" -C "$home" key show
cp "$OUT" "$TMPDIR/node.pub"
check "ssh-keygen reads the public key" ssh-keygen -l -f "$TMPDIR/node.pub"
check "and the secret key, which belongs to it" bash -c \
    "diff <(ssh-keygen -y -f '$home/keys/node' | cut -d' ' -f1,2) <(cut -d' ' -f1,2 '$TMPDIR/node.pub')"

run_is 0 "options may stand after the command" "$SOHOA" item list -C "$home" --json
run_is 0 "SOHOA_HOME names the home" env SOHOA_HOME="$home" "$SOHOA" item list

run_is 0 "settings are listed" "$SOHOA" -C "$home" --json config list
like "$(line setting .key)" upstream.url "with the upstream"
run_is 0 "a setting is changed" "$SOHOA" -C "$home" config set ocr.jobs 2
run_is 0 "and read back" "$SOHOA" -C "$home" config get ocr.jobs
is "$(cat "$OUT")" 2 "as written"
run_is 2 "an unknown setting is refused" "$SOHOA" -C "$home" --json config set ocr.job 2
is "$(line error .code)" SH-CONFIG "with its code"
like "$(line error .detail)" ocr.jobs "and a suggestion"
run_is 2 "a value that is not allowed" "$SOHOA" -C "$home" config set ocr.jobs many
is "$("$SOHOA" -C "$home" config get ocr.jobs)" 2 "the old one stays"

run_is 0 "the language is a setting" "$SOHOA" -C "$home" config set lang en
run "$SOHOA" -C "$home" item list --help
like "$(cat "$OUT")" "list items" "of all texts"
run "$SOHOA" -C "$home" item list --help --lang vi
unlike "$(cat "$OUT")" "list items" "that --lang overrides"
run_is 0 "back to Vietnamese" "$SOHOA" -C "$home" config set lang vi
run_is 0 "limits are listed" "$SOHOA" --json limits
num_ok "every one has a name and a value" "$(line limit 'select(.name != "" and .value > 0) | .name' | wc -l) > 40"
run_is 0 "version" "$SOHOA" --json version
like "$(summary version)" '^[0-9]+\.[0-9]+\.[0-9]+$' "has three numbers"

run_is 0 "completion script" "$SOHOA" completion bash
check "bash takes it" bash -n "$OUT"
complete() {
    bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sohoa; printf "%s\n" "${COMPREPLY[@]}"' \
        - "$OUT" "$@" | sort -u | paste -sd' '
}
like "$(complete sohoa bun)" "^bundle$" "it completes a command"
is "$(complete sohoa bundle '')" "list missing seal verify" "and its second word"
like "$(complete sohoa bundle seal --unv)" "^--unverified$" "and an option"
run_is 2 "another shell is refused" "$SOHOA" completion tcsh

run_is 0 "doctor looks at everything" "$SOHOA" -C "$home" --json doctor
num_ok "with at least ten checks" "$(summary checks) >= 10"
is "$(summary failed)" 0 "and nothing to mend"
is "$(summary node)" "$node" "it names the node"
run_is 1 "something to mend is exit 1" env PATH=/nowhere "$SOHOA" -C "$home" --json doctor
like "$(line check 'select(.ok|not) | .name' | paste -sd' ')" "pdftoppm.*ssh.*git" "and named"

done_testing
