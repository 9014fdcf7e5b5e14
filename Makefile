# sohoa: build, test, check, install.
#
#   make                 build/sohoa and build/libsohoa.a
#   make test            unit tests and stories          make check   all style rules
#   make asan            the suite under ASan and UBSan  make coverage
#   make install         DESTDIR= PREFIX=                make dist    source archive
#
# V=release (default, in build/), asan, coverage, fault (injection points), control
# (broken on purpose): each variant has a folder of its own below build/.

Q := $(if $(VERBOSE),,@)
VERSION := 0.1.0
PREFIX  ?= /usr/local
V       ?= release
ifeq ($(origin CC),default)
CC := gcc
endif
-include local.mk

ifeq ($(V),release)
B := build
else
B := build/$(V)
endif
ifneq ($(CC),gcc)
B := $(B)/$(CC)
endif

PKGS := sqlite3 lept tesseract libgit2 libarchive libsodium libcrypto jansson libseccomp \
        zlib libjpeg libtiff-4 libpng libqpdf libheif libde265 libopenjp2 libcurl \
        libmicrohttpd libssl libqrencode
PKG_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PKGS))) \
              -isystem /usr/include/leptonica
PKG_LIBS   := $(shell pkg-config --libs $(PKGS)) -lfcgi -lsane -lunistring -lcsv -lm

WARN := -Wall -Wextra -Wformat=2 -Wconversion -Wshadow -Wvla -Wnull-dereference \
        -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum -Wundef -Wcast-qual \
        -Wwrite-strings
ifneq ($(shell $(CC) --version | grep -c -i 'free software'),0)
WARN += -Wjump-misses-init -Wlogical-op -Wduplicated-cond
GCC_HARDEN := -fstack-clash-protection -ftrivial-auto-var-init=zero
else
WARN += -Wno-missing-field-initializers
endif
ifneq ($(WERROR),)
WARN += -Werror
endif

# Hardening: -D_FORTIFY_SOURCE needs optimisation and excludes the sanitizers.
HARDEN := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fcf-protection=full \
          $(GCC_HARDEN)
LDHARDEN := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code

OPT_release  := -O2 -g $(HARDEN)
OPT_fault    := -O1 -g $(HARDEN) -DSOHOA_FAULT
OPT_control  := -O1 -g $(HARDEN) -DSOHOA_CONTROL_NO_DIR_SYNC \
                -DSOHOA_CONTROL_EARLY_ANSWER
OPT_check    := $(OPT_release)
OPT_analyze  := -O1 -g -fanalyzer $(patsubst %,-Werror=analyzer-%,malloc-leak \
                double-free use-after-free file-leak null-argument double-fclose)
OPT_asan     := -O1 -g -fsanitize=address,undefined -fno-omit-frame-pointer \
                -fno-sanitize-recover=undefined -DSOHOA_SANITIZER -DSOHOA_FAULT
LD_asan      := -fsanitize=address,undefined
OPT_coverage := -O0 -g --coverage -fprofile-update=atomic -DSOHOA_COVERAGE -DSOHOA_FAULT
LD_coverage  := --coverage

# Git objects by libgit2, everything else as told: user's flags come last.
BASE_CFLAGS := -std=gnu17 -D_GNU_SOURCE -fPIE -I. -I$(B)/gen $(WARN) $(OPT_$(V)) \
               $(PKG_CFLAGS) -DSOHOA_VERSION='"$(VERSION)"'
LINK := $(CC) $(LD_$(V)) $(LDHARDEN) $(LDFLAGS)
CMD := $(CC) $(BASE_CFLAGS) $(CPPFLAGS) $(CFLAGS)
# What one object alone is told: another PREFIX makes one object anew, not all.
# Floats of the recognizer are rounded after each operation: the same text on all paths.
LSTM_FLOATS := -ffp-contract=off
MORE_ocr/lstm_c    := $(LSTM_FLOATS) -O3
MORE_ocr/lstm_avx2 := $(LSTM_FLOATS)
MORE_ocr/lstm_vnni := $(LSTM_FLOATS)
MORE_ocr/lstm_net  := $(LSTM_FLOATS)
MORE_ocr/lstm_beam := $(LSTM_FLOATS)
MORE_ocr/lstm_line := $(LSTM_FLOATS)
# Sums of long rows: only then the compiler takes several at once.
MORE_ocr/image_small := -O3
MORE_ocr/shrink      := -O3
MORE_node/base/i18n := -DSOHOA_LOCALE_DIR='"$(PREFIX)/share/locale"'

LIB_SRC   := $(filter-out node/main.c,$(sort $(wildcard node/*/*.c ocr/*.c sync/*.c)))
LIB_OBJ   := $(LIB_SRC:%.c=$(B)/%.o)
HEADERS   := $(sort $(wildcard node/*/*.h ocr/*.h sync/*.h))
UNIT_SRC  := $(sort $(wildcard tests/unit/test_*.c))
UNIT_BIN  := $(UNIT_SRC:%.c=$(B)/%)
# Tests of fail paths need injection points: they run from the build that has them.
FAULT_BIN := $(patsubst %.c,%,$(shell grep -l SOHOA_FAULT $(UNIT_SRC) /dev/null))
TOOL_SRC  := $(sort $(wildcard tests/tools/*.c))
TOOLS     := $(patsubst %_preload,%_preload.so,$(TOOL_SRC:tests/tools/%.c=build/tools/%))
SCHEMA    := $(sort $(wildcard node/store/schema/*.sql))
PO        := $(sort $(wildcard node/po/*.po))
MO        := $(PO:node/po/%.po=$(B)/locale/%/LC_MESSAGES/sohoa.mo)
INSTALLED := $(sort $(wildcard node/data/* ocr/data/*))
MAN       := $(patsubst node/man/%.scd,$(B)/man/%,$(sort $(wildcard node/man/*.scd)))

.PHONY: all lib objects own-objects units tools test test-build check analyze asan coverage soak bench-smoke bench-ocr bench-sync \
        bench-courier bench-memory bench-web headers install dist clean compdb FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: $(B)/sohoa $(MO) $(MAN)

# The clerk's web app: one bundle for all builds. WEB=0 leaves it out, needs no node then.
WEB ?= 1
WEB_APP := node/web/app
ifneq ($(WEB),0)
all: build/web/index.html
endif
build/web-packages/ready: $(addprefix $(WEB_APP)/,package.json package-lock.json .npmrc)
	@command -v npm >/dev/null || { echo 'make: the web app needs npm' \
	    '(scripts/install-packages build), or build without it: make WEB=0' >&2; exit 1; }
	@mkdir -p $(@D)
	$(Q)cp $^ $(@D) && cd $(@D) && npm ci --ignore-scripts --prefer-offline --silent
	@touch $@
build/web/index.html: build/web-packages/ready $(WEB_APP)/build.mjs $(PO) \
                      $(sort $(wildcard $(WEB_APP)/src/*)) node/record/kind.c node/record/field.c
	$(Q)node $(WEB_APP)/build.mjs build/web-packages build/web $(CC)
lib: $(B)/libsohoa.a

# Rewritten only when the command line changes; every object depends on it.
$(B)/flags: FORCE
	@mkdir -p $(@D); printf '%s\n' '$(subst ','\'',$(CMD))' | cmp -s - $@ || \
	    printf '%s\n' '$(subst ','\'',$(CMD))' > $@

$(B)/prefix: FORCE
	@mkdir -p $(@D); echo '$(PREFIX)' | cmp -s - $@ || echo '$(PREFIX)' > $@
$(B)/node/base/i18n.o: $(B)/prefix

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(Q)$(CMD) $(MORE_$*) -MMD -MP -c -o $@ $<

# fault and control differ from the release in a few files alone: theirs take the place
# of these in its library. (No two files of the library have one name.)
OWN_fault   := SOHOA_FAULT|fault_hit
OWN_control := SOHOA_CONTROL
ifneq ($(OWN_$(V)),)
OWN_OBJ := $(patsubst %.c,$(B)/%.o,$(shell grep -lE '$(OWN_$(V))' $(LIB_SRC)))
RELEASE := build$(CC:%=/%)
RELEASE := $(RELEASE:%/gcc=%)
.PHONY: release-lib
release-lib:
	$(Q)$(MAKE) -s V=release lib
$(RELEASE)/libsohoa.a: release-lib ;
$(B)/libsohoa.a: $(OWN_OBJ) $(RELEASE)/libsohoa.a
	$(Q)cp $(RELEASE)/libsohoa.a $@ && $(AR) rcs $@ $(OWN_OBJ)
else
$(B)/libsohoa.a: $(LIB_OBJ)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
endif
$(B)/sohoa: $(B)/node/main.o $(B)/libsohoa.a
	$(Q)$(LINK) -o $@ $^ $(PKG_LIBS)
$(B)/tests/unit/%: $(B)/tests/unit/%.o $(B)/libsohoa.a
	$(Q)$(LINK) -o $@ $^ $(PKG_LIBS) -lcmocka
units: $(UNIT_BIN)

# Tools of tests: of the release build. What is named *_preload is a shared object.
ifeq ($(B),build)
tools: $(TOOLS)
else
# The one that lives on sync and flow is built here as well: what it runs is judged too.
tools: $(B)/tools/sync-tool
	$(Q)$(MAKE) -s V=release CC=gcc tools
endif
TOOL_PKGS_make-pages := pangocairo cairo
TOOL_MORE_make-pages := $(sort $(wildcard tests/tools/pages/*.c))
build/tools/%_preload.so: tests/tools/%_preload.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu17 -D_GNU_SOURCE -O2 -g -fPIC -shared $(WARN) \
	    -Wno-missing-prototypes -o $@ $< -ldl
.SECONDEXPANSION:
$(B)/tools/%: tests/tools/%.c $$(TOOL_MORE_$$*) $(B)/libsohoa.a \
               $(wildcard tests/tools/*/*.h)
	@mkdir -p $(@D)
	$(Q)$(CMD) $(if $(TOOL_PKGS_$*),$$(pkg-config --cflags $(TOOL_PKGS_$*) | \
	    sed 's/-I/-isystem /g')) $(LD_$(V)) $(LDHARDEN) $(LDFLAGS) -o $@ \
	    $(filter %.c %.a,$^) $(if $(TOOL_PKGS_$*),$$(pkg-config --libs $(TOOL_PKGS_$*))) \
	    $(PKG_LIBS) -lm

# SQL as C strings: NNNN-name.sql becomes one array, in order.
$(B)/gen/schema.inc: $(SCHEMA) scripts/embed-sql
	@mkdir -p $(@D)
	$(Q)scripts/embed-sql $(SCHEMA) > $@
$(B)/node/store/store_migrate.o: $(B)/gen/schema.inc

# The files of the web page as C arrays: the app, with WEB=0 a page that says so.
ifneq ($(WEB),0)
WEB_FROM := build/web
$(B)/gen/assets.inc: build/web/index.html
else
WEB_FROM := node/web/page
$(B)/gen/assets.inc: $(wildcard node/web/page/* node/web/page/assets/*)
endif
$(B)/gen/assets.inc: $(B)/web-from scripts/embed
	@mkdir -p $(@D)
	$(Q)scripts/embed $(WEB_FROM) > $@
$(B)/web-from: FORCE
	@mkdir -p $(@D); echo '$(WEB_FROM)' | cmp -s - $@ || echo '$(WEB_FROM)' > $@
$(B)/node/web/web_static.o: $(B)/gen/assets.inc

# The table of syllables as C arrays.
$(B)/gen/ngram.inc: ocr/ngram.tsv scripts/embed-ngram
	@mkdir -p $(@D)
	$(Q)scripts/embed-ngram $< > $@
$(B)/ocr/ngram.o: $(B)/gen/ngram.inc

$(B)/locale/%/LC_MESSAGES/sohoa.mo: node/po/%.po
	@mkdir -p $(@D)
	$(Q)msgfmt --check-format --check-header -o $@ $<
$(B)/man/%: node/man/%.scd
	@mkdir -p $(@D)
	$(Q)scdoc < $< > $@

headers: $(HEADERS:%=$(B)/headers/%.ok)
$(B)/headers/%.ok: % $(B)/flags
	@mkdir -p $(@D)
	$(Q)$(CMD) -fsyntax-only -x c -include $< /dev/null && touch $@

compdb:
	@{ echo '['; for f in $(LIB_SRC) node/main.c; do \
	    printf '{"directory":"%s","file":"%s","command":"%s"},\n' '$(CURDIR)' $$f \
	        '$(subst ",\",$(subst ','\'',$(CMD))) -c '$$f; done | sed '$$s/,$$//'; \
	    echo ']'; } > compile_commands.json

# Everything that tests need; the release suite borrows the build with injection points.
# The kill loops must catch the build that is broken on purpose.
test-build: all units tools
	$(Q)$(MAKE) -s V=control CC=gcc build/control/sohoa
ifeq ($(filter -DSOHOA_FAULT,$(OPT_$(V))),)
	$(Q)$(MAKE) -s V=fault all $(FAULT_BIN:%=build/fault/%)
endif
test: test-build
	@tests/run $(B) $(TESTS)

# All rules that a program can judge. Two compilers, nothing said by either.
check: compdb
	@scripts/check-includes
	@scripts/check-style
	@scripts/check-texts
	$(Q)$(MAKE) -s V=check WERROR=1 CC=gcc headers objects all
	$(Q)$(MAKE) -s V=check WERROR=1 CC=clang headers objects
	@scripts/check-exports build/check
	@scripts/check-binary build/check/sohoa
	@echo "check: all rules hold"
own-objects: $(LIB_OBJ) $(patsubst %.c,$(B)/%.o,$(wildcard node/main.c))
objects: own-objects $(UNIT_SRC:%.c=$(B)/%.o)

# Advice of analyzers; only what RELIABILITY names stops it.
analyze:
	$(Q)cppcheck --quiet --enable=warning,portability --inline-suppr --std=c11 -I. \
	    --suppress=missingInclude --suppress=unknownMacro --suppress=internalAstError \
	    --error-exitcode=1 -j2 node ocr sync
	$(Q)$(MAKE) -s V=analyze CC=gcc own-objects

# The whole suite again in another build. Reports of the sanitizers are looked for in
# files: a worker's last words would be lost otherwise.
asan:
	$(Q)rm -rf build/asan/reports && mkdir -p build/asan/reports
	$(Q)SAN=log_path=$(CURDIR)/build/asan/reports/r TEST_SLOW=4; export TEST_SLOW; \
	export ASAN_OPTIONS=$$SAN:detect_stack_use_after_return=1:strict_string_checks=1; \
	export UBSAN_OPTIONS=$$SAN:print_stacktrace=1; \
	$(MAKE) -s V=asan CC=gcc test; rc=$$?; \
	for f in build/asan/reports/*; do [ ! -s "$$f" ] || { cat "$$f"; rc=1; }; done; \
	exit $$rc

# Line coverage of our own code by the whole suite, nothing left out.
COVERAGE_MIN := 85
coverage:
	$(Q)$(MAKE) -s V=coverage CC=gcc test-build
	$(Q)find build/coverage -name '*.gcda' -delete
	$(Q)TEST_SLOW=3 tests/run build/coverage $(TESTS); rc=$$?; \
	gcovr --root . --object-directory build/coverage --filter node/ --filter ocr/ \
	    --filter sync/ --gcov-ignore-parse-errors --print-summary --sort-uncovered \
	    --txt build/coverage/report.txt --fail-under-line $(COVERAGE_MIN) \
	    build/coverage || rc=$$?; \
	sed -n '1,/^---.*/!p' build/coverage/report.txt | cut -c 1-79; exit $$rc

# Kill loops at random moments; the suite itself runs 20 of each.
SOAK := 200
soak: test-build
	$(Q)tests/soak/run $(SOAK)

bench-ocr: all tools
	$(Q)scripts/bench-ocr $(if $(DATA),--data "$(DATA)") $(BENCH)

bench-sync: all tools
	$(Q)scripts/bench-sync $(BENCH)

bench-courier: all tools
	$(Q)scripts/bench-courier --check $(BENCH)

bench-memory: all tools
	$(Q)scripts/bench-memory --limit 130 $(BENCH)

bench-web: all tools
	$(Q)scripts/bench-web $(BENCH)

bench-smoke: all tools
	$(Q)scripts/bench-ocr --levels moderate --limit 0.75 $(BENCH)

SHARE := $(DESTDIR)$(PREFIX)/share
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/doc/sohoa \
	    $(SHARE)/bash-completion/completions
	install -m 755 $(B)/sohoa $(DESTDIR)$(PREFIX)/bin/
	install -m 644 $(wildcard README.md CHANGELOG.md LICENSE) $(SHARE)/doc/sohoa/
	for lang in $(PO:node/po/%.po=%); do \
	    install -d $(SHARE)/locale/$$lang/LC_MESSAGES && \
	    install -m 644 $(B)/locale/$$lang/LC_MESSAGES/sohoa.mo \
	        $(SHARE)/locale/$$lang/LC_MESSAGES/ || exit 1; done
	for page in $(MAN); do section=$${page##*.}; install -d $(SHARE)/man/man$$section && \
	    install -m 644 $$page $(SHARE)/man/man$$section/ || exit 1; done
	$(B)/sohoa completion bash > $(SHARE)/bash-completion/completions/sohoa
	[ -z "$(INSTALLED)" ] || { install -d $(SHARE)/sohoa && \
	    install -m 644 $(INSTALLED) $(SHARE)/sohoa/; }

dist:
	@mkdir -p build
	git archive --prefix=sohoa-$(VERSION)/ -o build/sohoa-$(VERSION).tar.gz HEAD
	@echo build/sohoa-$(VERSION).tar.gz

clean:
	rm -rf build compile_commands.json

ifneq ($(MAKECMDGOALS),clean)
-include $(LIB_OBJ:.o=.d) $(B)/node/main.d $(UNIT_SRC:%.c=$(B)/%.d)
endif
