#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A clerk's whole day in a real browser, from the first start to the province's receipt.
# timeout: 1800
. "${0%/*}/lib.sh"
. "${0%/*}/browser.sh"
need git ssh pdfinfo
web_need
pages=$(tool make-pages) || skip_all "make tools"
export SANE_CONFIG_DIR=$TMPDIR/sane # SANE's own scanner for tests, and no other
mkdir "$SANE_CONFIG_DIR"
echo test >"$SANE_CONFIG_DIR/dll.conf"
echo number_of_devices 1 >"$SANE_CONFIG_DIR/test.conf"

commune=$(fresh_home commune) province=$(fresh_home province)
"$pages" --seed 93 --out "$TMPDIR/in" --kind letter --count 20 --level clean --dpi 150 --keep 25 >/dev/null
run_is 0 "a commune" on "$commune" init --role commune --unit 24175
run_is 0 "a province" on "$province" init --role province --unit 66
sshd_start "$TMPDIR/sshd" "$province/ssh/authorized_keys" || skip_all "no sshd"
run_is 0 "lets it in" on "$province" node add "$commune/keys/node.pub" --unit 24175 \
    --url "ssh://$(id -un)@127.0.0.1:$SSHD_PORT/" --host-key "$TMPDIR/sshd/host.pub"
run_is 0 "it sends when the button is pressed" on "$commune" config set sync.auto off # by itself: story 44
run_is 0 "the commune knows the way" on "$commune" init --join "$province/enrol/$(jq -r .node "$commune/node.json").json"

# The province takes in what comes, all day long.
(
    while [ ! -e "$TMPDIR/evening" ]; do
        "$SOHOA" -C "$province" ingest >>"$TMPDIR/ingest.log" 2>&1 </dev/null
        sleep 2
    done
) &
province_pid=$!
evening() { touch "$TMPDIR/evening"; wait "$province_pid"; }
at_exit evening

# Some come by a watched folder, some by the browser where this build takes uploads.
mkdir "$TMPDIR/watched"
serve_start "$commune" /dossiers /jobs
if [ "$(curl -s -o /dev/null -m 10 -w '%{http_code}' "$SITE/api/v1/uploads")" = 404 ]; then
    mv "$TMPDIR"/in/*.jpg "$TMPDIR/watched"
else
    mv "$TMPDIR"/in/letter-000[1-8].jpg "$TMPDIR/watched"
fi
like "$URL" '#' "and names the address of the first start"
web day WEB_URL="$URL" WEB_FILES="$TMPDIR/in" WEB_HOME="$commune" WEB_WATCHED="$TMPDIR/watched" WEB_SCANNER=1 WEB_PDF="$TMPDIR/found.pdf"
like "$(pdfinfo "$TMPDIR/found.pdf" 2>&1)" 'Pages: +[1-9]' "the PDF has the pages of that record" # text: story 57
done_testing
