#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each check script accepts clean files and refuses each kind of bad one.
. "${0%/*}/../cli/lib.sh"
need clang-format shellcheck gcc nm readelf xgettext

tree=$TMPDIR/tree
spdx='/* SPDX-License-Identifier: Apache-2.0 */'

# A small clean source tree.
clean() {
    rm -rf "$tree"
    mkdir -p "$tree"/{node/base,node/store,node/flow,node/po,ocr,scripts}
    cp "$TOP/.clang-format" "$TOP/.shellcheckrc" "$tree/"
    cp "$TOP"/scripts/check-* "$TOP/scripts/update-po" "$tree/scripts/"
    put node/base/err.h "struct err;" "int err_set(struct err *e);"
    put node/base/mem.h "#include <stddef.h>" "" "void *mem_new(size_t len);"
    put node/base/mem.c '#include "node/base/mem.h"' "" "#include <stdlib.h>" "" \
        "void *mem_new(size_t len)" "{" "    return malloc(len);" "}"
    put node/store/rows.h "#define MUST_CHECK __attribute__((warn_unused_result))" "" \
        "struct err;" "MUST_CHECK int rows_count(const char *name, struct err *e);"
    put node/store/rows.c '#include "node/store/rows.h"' "" "#include <sqlite3.h>" "" \
        '#include "node/base/err.h"' "" \
        'static const char *const TEXT = "SELECT name FROM rows";' "" \
        "int rows_count(const char *name, struct err *e)" "{" \
        "    return name == TEXT ? 0 : err_set(e);" "}"
    put node/flow/walk.c '#include "node/store/rows.h"' "" "int walk(void);" "" \
        "/* malloc(1) and open() in a comment, and in text: */" \
        'static const char *const WORDS = "strcpy(a, b) fopen(x)";' "" "int walk(void)" \
        "{" "    return WORDS[0];" "}"
}

put() { # put FILE LINE...
    mkdir -p "$(dirname "$tree/$1")"
    { echo "$spdx"; printf '%s\n' "${@:2}"; } >"$tree/$1"
}

accepted() { # accepted DESC CMD...
    run "${@:2}"
    is "$rc$(cat "$OUT" "$ERR")" 0 "$1"
}

refused() { # refused DESC REGEX CMD...
    run "${@:3}"
    is "$rc" 1 "$1: refused"
    like "$(cat "$OUT" "$ERR")" "$2" "$1: said where and why"
}

# ---- check-includes ----------------------------------------------------------------
inc=("$tree/scripts/check-includes" "$tree")
clean
accepted 'includes of a clean tree' "${inc[@]}"
put node/base/up.c '#include "node/store/rows.h"'
refused 'base includes store' 'node/base/up.c:2: base may not include store' "${inc[@]}"
clean
put ocr/sql.c '#include <sqlite3.h>'
refused 'sqlite3 in ocr' 'ocr/sql.c:2: <sqlite3.h> belongs to node/store' "${inc[@]}"
clean
put node/base/other.c '#include <jansson.h>'
refused 'jansson beside jdoc.c' 'node/base/other.c:2: ' "${inc[@]}"
clean
put ocr/new.c '#include <brandnew/lib.h>'
refused 'a library in no table' 'ocr/new.c:2: .*in no table' "${inc[@]}"
clean
put node/store/rows.c '#include <stdio.h>' '' '#include "node/store/rows.h"'
refused 'own header not first' 'node/store/rows.c:2: the first include' "${inc[@]}"
clean
put node/flow/rel.c '#include "rows.h"'
refused 'an include that is not from the root' 'node/flow/rel.c:2: no such file' "${inc[@]}"
clean
put node/extra/x.c 'int x;'
refused 'a folder of no module' 'node/extra/x.c:1: folder of no module' "${inc[@]}"

# ---- check-style -------------------------------------------------------------------
style=("$tree/scripts/check-style" "$tree")
clean
accepted 'style of a clean tree' "${style[@]}"
body() { # body FILE STATEMENT: one function that holds it
    put "$1" "int walk_more(char *a, char *b);" "" "int walk_more(char *a, char *b)" "{" \
        "    $2" "    return a == b;" "}"
}
bad_line() { # bad_line DESC FILE STATEMENT REGEX
    clean
    body "$2" "$3"
    refused "$1" "$2:6:.*$4" "${style[@]}"
}
bad_line 'strcpy' node/base/bad.c 'strcpy(a, b);' banned
bad_line 'atoi' node/flow/bad.c 'b += atoi(a);' banned
bad_line 'malloc outside base' node/flow/bad.c 'a = malloc(3);' 'only node/base'
bad_line 'rename outside base' ocr/bad.c 'rename(a, b);' 'only node/base'
bad_line 'free outside base' node/flow/bad.c 'free(a);' 'frees'
bad_line 'free without a word in ocr' ocr/bad.c 'free(a);' 'frees'
bad_line 'SQL outside store' node/flow/bad.c 'a = "DELETE FROM rows";' 'SQL outside'
bad_line 'goto' node/flow/bad.c 'goto out;' 'no goto'
bad_line 'a path of one machine' node/flow/bad.c "a = \"/ho""me/x/y\";" 'one machine'
bad_line 'unfinished work' node/flow/bad.c "/* TO""DO: rest */" 'unfinished'
clean
body ocr/good.c 'free(a); /* library memory */'
accepted 'free of library memory in its module' "${style[@]}"
clean
printf 'int x;\n' >"$tree/node/flow/none.c"
refused 'no licence line' 'node/flow/none.c:1: no SPDX' "${style[@]}"
clean
put ocr/walk.c 'int walk_two;'
refused 'the same file name twice' 'walk.c:1: same file name' "${style[@]}"
clean
put node/store/more.h "struct err;" "int more_of(int a," "            struct err *e);"
refused 'no MUST_CHECK' 'node/store/more.h:3: without MUST_CHECK' "${style[@]}"
clean
put node/flow/ugly.c 'int   ugly  ;'
refused 'layout' 'node/flow/ugly.c:2:.*clang-format' "${style[@]}"
clean
# shellcheck disable=SC2016 # the fault is meant for the script
printf '#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\nrm $1\n' >"$tree/scripts/bad"
refused 'a shell script' 'scripts/bad:3:' "${style[@]}"

# ---- check-exports -----------------------------------------------------------------
clean
for f in node/base/mem node/flow/walk; do gcc -c -I"$tree" -o "$tree/$f.o" "$tree/$f.c"; done
accepted 'exports of clean objects' "$tree/scripts/check-exports" "$tree"
put node/flow/walk.c 'int walk_on;' 'int stroll;' 'static int hidden = 1;' \
    'int walk_off(void) { return hidden; }'
gcc -c -I"$tree" -o "$tree/node/flow/walk.o" "$tree/node/flow/walk.c"
refused 'a name of another file' 'node/flow/walk.o: exports stroll' \
    "$tree/scripts/check-exports" "$tree"
unlike "$(cat "$OUT")" 'hidden|walk_on|walk_off' 'and only that name'

# ---- check-texts -------------------------------------------------------------------
texts=("$tree/scripts/check-texts")
table() { # table ROW...: an err_table.h
    put node/base/err_table.h "$@"
}
catalogue() { # catalogue MSGID MSGSTR ...
    {
        printf 'msgid ""\nmsgstr ""\n"Project-Id-Version: x\\n"\n'
        printf '"Content-Type: text/plain; charset=UTF-8\\n"\n"Language: vi\\n"\n'
        while [ $# -gt 0 ]; do printf '\nmsgid "%s"\nmsgstr "%s"\n' "$1" "$2"; shift 2; done
    } >"$tree/node/po/vi.po"
}
good_row='ERR(A, "A", 1, N_("It is broken."), N_("All is saved."), N_("Try it again."))'
good_po=('It is broken.' 'Bị hỏng.' 'All is saved.' 'Đã lưu.' 'Try it again.' 'Thử lại.')
clean
table "$good_row"
catalogue "${good_po[@]}"
run "${texts[@]}"
is "$rc" 0 'texts of a clean tree'
table 'ERR(A, "A", 1, N_("It is broken."), N_(""), N_("Try it again."))'
refused 'a missing sentence' 'A: sentence 2 is missing' "${texts[@]}"
table "$good_row" "${good_row/ERR(A/ERR(B}"
refused 'one code twice' 'B: code "A" is used twice' "${texts[@]}"
table "$good_row"
catalogue "${good_po[@]:0:4}"
refused 'no translation' '1 untranslated' "${texts[@]}"
catalogue "${good_po[@]:0:5}" 'Try it again.'
refused 'a translation equal to the English' 'same as' "${texts[@]}"

# ---- check-binary ------------------------------------------------------------------
binary=("$tree/scripts/check-binary" "$TMPDIR/prog")
printf '%s\n' '#include <stdio.h>' '#include <string.h>' \
    'int main(int c, char **v) { char b[64]; (void)c;' \
    'memcpy(b, v[0], strlen(v[0]) + 1); return printf("%s", b) < 0; }' \
    'void _ZN9tesseract6Series7Forward(void) { }' \
    'void GOMP_parallel(void) { }' >"$TMPDIR/prog.c"
hard=(-rdynamic -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE -pie)
link=("-Wl,-z,relro,-z,now,-z,noexecstack")
gcc "${hard[@]}" "${link[@]}" -o "$TMPDIR/prog" "$TMPDIR/prog.c"
accepted 'a hardened program' "${binary[@]}"
gcc "${hard[@]:1}" "${link[@]}" -o "$TMPDIR/prog" "$TMPDIR/prog.c"
refused 'not before libgomp' 'libgomp' "${binary[@]}"
like "$(cat "$OUT")" 'before Tesseract' 'nor before Tesseract'
gcc "${hard[@]}" -no-pie "${link[@]}" -o "$TMPDIR/prog" "$TMPDIR/prog.c"
refused 'not position independent' 'not a PIE' "${binary[@]}"
gcc "${hard[@]}" -Wl,-z,relro,-z,lazy -o "$TMPDIR/prog" "$TMPDIR/prog.c"
refused 'lazy binding' 'no BIND_NOW' "${binary[@]}"
gcc "${hard[@]}" -Wl,-z,norelro,-z,now -o "$TMPDIR/prog" "$TMPDIR/prog.c"
refused 'no RELRO' 'no RELRO' "${binary[@]}"
gcc "${hard[@]}" "${link[@]}" -Wl,-z,execstack -o "$TMPDIR/prog" "$TMPDIR/prog.c"
refused 'an executable stack' 'stack segment' "${binary[@]}"
gcc -O2 -U_FORTIFY_SOURCE -fno-stack-protector -pie -fPIE "${link[@]}" \
    -o "$TMPDIR/prog" "$TMPDIR/prog.c"
refused 'no stack protector' 'no stack protector' "${binary[@]}"
like "$(cat "$OUT")" 'no fortified calls' 'and no fortified calls'
gcc "${hard[@]}" "${link[@]}" -Wl,-rpath,"$TMPDIR" -o "$TMPDIR/prog" "$TMPDIR/prog.c"
refused 'a library path of its own' 'library path' "${binary[@]}"
sed 's/^int main/int ocr_direct_body; int main/' "$TMPDIR/prog.c" >"$TMPDIR/direct.c"
gcc "${hard[@]}" "${link[@]}" -o "$TMPDIR/prog" "$TMPDIR/direct.c"
refused 'reading without a worker' 'ocr_direct' "${binary[@]}"

done_testing
