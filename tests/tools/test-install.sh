#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What "make install" puts where, and that the program finds its parts there.
. "${0%/*}/../cli/lib.sh"
need make
[ "$BUILD" = "$TOP/build" ] || skip_all 'only the release build is installed'

# With the PREFIX that the build has: others run the program meanwhile.
d=$TMPDIR/stage
run_is 0 'make install' make -s -C "$TOP" install DESTDIR="$d"
run "$d/usr/local/bin/sohoa" version
is "$rc" 0 'the installed program runs'
for f in share/doc/sohoa/LICENSE share/doc/sohoa/README.md share/man/man1/sohoa.1 \
    share/locale/vi/LC_MESSAGES/sohoa.mo share/bash-completion/completions/sohoa; do
    check "there is $f" test -s "$d/usr/local/$f"
done
is "$(find "$d/usr/local/share/man" -name 'sohoa*' | wc -l)" \
    "$(find "$TOP/node/man" -name '*.scd' | wc -l)" 'all manual pages'
check 'the completion is a script' bash -n "$d/usr/local/share/bash-completion/completions/sohoa"
is "$(find "$d" -type f ! -perm -444 | wc -l)" 0 'all may read what was installed'
is "$(find "$d" -type f -perm /111 ! -name sohoa | wc -l)" 0 'only the program is executable'
cp "$d/usr/local/share/bash-completion/completions/sohoa" "$TMPDIR/first"
run_is 0 'a second time' make -s -C "$TOP" install DESTDIR="$d"
check 'changes nothing' cmp "$TMPDIR/first" "$d/usr/local/share/bash-completion/completions/sohoa"
check 'the hardening is in the program' "$TOP/scripts/check-binary" "$d/usr/local/bin/sohoa"

done_testing
