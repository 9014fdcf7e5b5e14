#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An auditor sees all of it in the browser, who looked at what included, and changes nothing:
# every changing address of the API answers 403.
# timeout: 600
. "${0%/*}/lib.sh"
. "${0%/*}/browser.sh"
web_need
pages=$(tool make-pages) || skip_all "make tools"

home=$(fresh_home node)
"$pages" --seed 43 --out "$TMPDIR/in" --kind letter --count 2 --level clean --dpi 150 >/dev/null
run_is 0 "init" on "$home" init --role commune --unit 24175
run_is 0 "a register" on "$home" --json dossier add --kind register --title "Khai sinh 2003, quyển 1" \
    --register birth --year 2003 --volume 1 --from 1 --to 12
book=$(line dossier .dossier)
run_is 0 "pages" on "$home" --json import --dossier "$book" "$TMPDIR"/in/*.jpg
item=$(line input '.items[]' | sort -u | head -n 1)
run_is 0 "are read" on "$home" ocr run
check "an administrator" web_user "$home" lan admin
run_is 2 "no such role" on "$home" user add tra --role auditors
check "an auditor" web_user "$home" tra auditor
run_is 0 "the list of users" on "$home" --json user list
is "$(line user 'select(.user == "tra") | .role')" auditor "names the role"
for act in "item set $item Subject=x" "item verify $item" "item return $item --why x"; do
    # shellcheck disable=SC2086 # words on purpose
    run_is 12 "$act is refused to an auditor" on "$home" --json $act --user tra
    is "$(line error .code)" SH-USER-RIGHT "for want of the right"
done
page=$(on "$home" --json item show "$item" | jq -r '.pages[0].page // empty')

# Every changing row of the table of the API, with parts of the path that exist.
routes=$(sed -n 's/^    {"\(POST\|PUT\|PATCH\|DELETE\)", "\([^"]*\)", "\([^"]*\)", false, .*/\1 \2 \3/p' "$TOP/node/web/api.c" |
    grep -v ' session' | sed "s/:item/$item/; s/:dossier/$book/; s/:page/$page/; s/:field/so/; s/:user/lan/; s/:job/1/; s/:phone/1/" | cut -d ' ' -f 1,2)
num_ok "the table has them ($(echo "$routes" | wc -l))" "$(echo "$routes" | wc -l) >= 25"

serve_start "$home" /readings /returns
before=$(sqlite3 "$home/sohoa.db" 'SELECT count(*) FROM audit')
web auditor WEB_ITEM="$item" WEB_DOSSIER="$book" WEB_ROUTES="$routes"
serve_stop
is "$(sqlite3 "$home/sohoa.db" 'SELECT count(*) FROM audit')" "$before" "not one act was added to the chain"
run_is 0 "what was looked at" on "$home" --json report reads --user tra
like "$(line reading '.subject + " " + .purpose')" "$item [a-z]" "is noted as anybody's"
done_testing
