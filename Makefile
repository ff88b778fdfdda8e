# Athanor: `make run` starts a site of your own, `make test` runs the whole suite. See README.md.

PORT ?= 8080
STATE ?= ./var
PREFIX ?= /usr/local
DESTDIR ?=
CC = gcc
BUILD ?= build
PROVE ?= prove

WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wconversion -Werror
CFLAGS ?= -O2 -g
BASE_CFLAGS = -std=c17 -D_GNU_SOURCE -fno-omit-frame-pointer -fstack-protector-strong $(WARN) $(CFLAGS)
LDFLAGS ?=
LIBS_lib = -lpq -lhiredis -lev -ljansson -lsodium -linih -lsystemd -lm
INCLUDES = -I/usr/include/postgresql -DPREFIX='"$(PREFIX)"'

# The sanitized twin of every object lives in build/asan, made by a recursive call with SAN=1.
ifeq ($(SAN),1)
BUILD := build/asan
BASE_CFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=all
LDFLAGS += -fsanitize=address,undefined
endif

# Fuzz targets and all that they link live in build/fuzz, made by a recursive call with FUZZ=1.
ifeq ($(FUZZ),1)
BUILD := build/fuzz
CC = clang
BASE_CFLAGS += -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
LDFLAGS += -fsanitize=fuzzer,address,undefined
endif

# Who may include whom: each folder sees lib and itself, never another program.
INC_lib = -Ilib
INC_fcgi/pages = -Ilib -Ifcgi/pages
INC_fcgi/events = -Ilib -Ifcgi/events
INC_runner = -Ilib -Irunner
INC_scripts/launch = -Ilib -Iscripts/launch
INC_sdk/c = -Isdk/c
INC_sdk/cli = -Ilib -Isdk/cli
INC_tests/bench/shared = -Ilib -Itests/bench/shared

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard $(1)/*.c))
no_main = $(filter-out %/main.o,$(call objects,$(1)))

PROGRAMS = $(BUILD)/bin/athanor-pages $(BUILD)/bin/athanor-events $(BUILD)/bin/athanor-runner \
           $(BUILD)/bin/athanor-launch $(BUILD)/bin/athanor
SDK = $(BUILD)/sdk/libathanor.a $(BUILD)/sdk/libathanor.so
FUZZERS = $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*/fuzz_*.c))
UNIT = $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*/test_*.c))

.PHONY: all build programs sdk experiments static run test check bench soak unit fuzz install clean format
.PHONY: help login-link backup restore uninstall
all: build

## help: this list
help:
	@sed -n 's/^## //p' Makefile

## build: everything that runs, without installing or starting anything
build: programs client sdk experiments static
programs: $(PROGRAMS)
sdk: $(SDK)
unit: $(UNIT) $(BUILD)/unit/pages/mustache_cli $(BUILD)/unit/lib/validate_cli

.PRECIOUS: %/.made $(BUILD)/obj/%.o
.SECONDEXPANSION:
$(BUILD)/obj/%.o: %.c | $$(dir $$@).made
	$(CC) $(BASE_CFLAGS) $(INCLUDES) $(INC_$(patsubst %/,%,$(dir $<))) -fPIC -MMD -MP -c -o $@ $<

%/.made:
	@mkdir -p $(dir $@) && touch $@

$(BUILD)/libathanor-lib.a: $(call objects,lib)
$(BUILD)/libathanor-pages.a: $(call no_main,fcgi/pages)
$(BUILD)/libathanor-events.a: $(call no_main,fcgi/events)
$(BUILD)/libathanor-runner.a: $(call no_main,runner)
$(BUILD)/libathanor-launch.a: $(call no_main,scripts/launch)
$(BUILD)/libathanor-cli.a: $(call no_main,sdk/cli)
$(BUILD)/libathanor-%.a:
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/bin/athanor-pages: $(BUILD)/obj/fcgi/pages/main.o $(BUILD)/libathanor-pages.a
$(BUILD)/bin/athanor-events: $(BUILD)/obj/fcgi/events/main.o $(BUILD)/libathanor-events.a
$(BUILD)/bin/athanor-runner: $(BUILD)/obj/runner/main.o $(BUILD)/libathanor-runner.a
$(BUILD)/bin/athanor-launch: $(BUILD)/obj/scripts/launch/main.o $(BUILD)/libathanor-launch.a
$(BUILD)/bin/athanor-%: $(BUILD)/libathanor-lib.a | $(BUILD)/bin/.made
	$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter-out %lib.a,$(filter %.a,$^)) $(BUILD)/libathanor-lib.a -lfcgi $(LIBS_lib)

# The command-line client speaks HTTP alone: it is linked with none of the site's own libraries. Its manual page and completions
# are what it says of itself.
CLIENT = $(BUILD)/share/man/man1/athanor.1 $(BUILD)/share/bash-completion/completions/athanor $(BUILD)/share/zsh/site-functions/_athanor
.PHONY: client
client: $(CLIENT)
$(BUILD)/bin/athanor: $(BUILD)/obj/sdk/cli/main.o $(BUILD)/libathanor-cli.a $(BUILD)/libathanor-lib.a | $(BUILD)/bin/.made
	$(CC) $(LDFLAGS) -o $@ $^ -lcurl -ljansson -lsodium -lm
$(BUILD)/share/man/man1/athanor.1: $(BUILD)/bin/athanor | $$(dir $$@).made
	$< help --man >$@
$(BUILD)/share/bash-completion/completions/athanor: $(BUILD)/bin/athanor | $$(dir $$@).made
	$< completion bash >$@
$(BUILD)/share/zsh/site-functions/_athanor: $(BUILD)/bin/athanor | $$(dir $$@).made
	$< completion zsh >$@

# Unit tests: tests/unit/FOLDER/test_X.c is linked with lib and with the program that FOLDER names.
PROGRAM_pages = fcgi/pages
PROGRAM_events = fcgi/events
PROGRAM_runner = runner
PROGRAM_launch = scripts/launch
PROGRAM_cli = sdk/cli
LIBS_cli = -lcurl
$(BUILD)/unit/lib/%: tests/unit/lib/%.c $(BUILD)/libathanor-lib.a | $$(dir $$@).made
	$(CC) $(BASE_CFLAGS) $(INCLUDES) -Ilib -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< $(filter %.a,$^) -lcmocka $(LIBS_lib)
$(BUILD)/unit/%: tests/unit/%.c $$(BUILD)/libathanor-$$(firstword $$(subst /, ,$$*)).a $(BUILD)/libathanor-lib.a | $$(dir $$@).made
	$(CC) $(BASE_CFLAGS) $(INCLUDES) -Ilib -I$(PROGRAM_$(firstword $(subst /, ,$*))) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< \
	    $(filter-out %lib.a,$(filter %.a,$^)) $(BUILD)/libathanor-lib.a -lcmocka -lfcgi $(LIBS_lib) $(LIBS_$(firstword $(subst /, ,$*)))

# Fuzz targets: tests/fuzz/FOLDER/fuzz_X.c, linked like a unit test of that folder.
fuzz: $(FUZZERS)
$(BUILD)/fuzz/lib/%: tests/fuzz/lib/%.c $(BUILD)/libathanor-lib.a | $$(dir $$@).made
	$(CC) $(BASE_CFLAGS) $(INCLUDES) -Ilib -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< $(filter %.a,$^) $(LIBS_lib)
$(BUILD)/fuzz/%: tests/fuzz/%.c $$(BUILD)/libathanor-$$(firstword $$(subst /, ,$$*)).a $(BUILD)/libathanor-lib.a | $$(dir $$@).made
	$(CC) $(BASE_CFLAGS) $(INCLUDES) -Ilib -I$(PROGRAM_$(firstword $(subst /, ,$*))) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< \
	    $(filter-out %lib.a,$(filter %.a,$^)) $(BUILD)/libathanor-lib.a -lfcgi $(LIBS_lib) $(LIBS_$(firstword $(subst /, ,$*)))

# Load generators and peers of `make bench`: tests/bench/X.c, linked with tests/bench/shared and lib.
BENCH = $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))
.PHONY: bench-programs
bench-programs: $(BENCH)
$(BUILD)/libathanor-bench.a: $(call objects,tests/bench/shared)
$(BUILD)/bench/render: $(BUILD)/libathanor-pages.a
$(BUILD)/bench/%: tests/bench/%.c $(BUILD)/libathanor-bench.a $(BUILD)/libathanor-lib.a | $(BUILD)/bench/.made
	$(CC) $(BASE_CFLAGS) $(INCLUDES) -Ilib -Itests/bench/shared -Ifcgi/pages -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< \
	    $(filter-out %lib.a,$(filter %.a,$^)) $(BUILD)/libathanor-lib.a -lfcgi $(LIBS_lib)

# The SDK stands alone: libc and nothing else.
$(BUILD)/sdk/libathanor.a: $(call objects,sdk/c)
	@mkdir -p $(dir $@) && rm -f $@
	ar rcs $@ $^
$(BUILD)/sdk/libathanor.so: $(call objects,sdk/c)
	@mkdir -p $(dir $@)
	$(CC) $(LDFLAGS) -shared -Wl,-soname,libathanor.so.1 -o $@ $^ -lpthread

# Each shipped experiment that needs building has a Makefile of its own.
experiments: $(BUILD)/sdk/libathanor.a
	@set -e; for m in $(wildcard experiments/*/Makefile); do $(MAKE) --no-print-directory -C $$(dirname $$m) SDK=$(CURDIR)/sdk/c LIBDIR=$(abspath $(BUILD)/sdk); done

static:
	@scripts/build-static

## run: a site of your own on http://127.0.0.1:PORT (8080), all its state under STATE (./var)
run:
	@export PORT='$(PORT)' STATE='$(STATE)'; exec scripts/run

## login-link: another address that signs a browser in once, for the site that runs in STATE
login-link:
	@STATE='$(STATE)' scripts/login-link

## backup: the site in STATE, which runs, into a new folder TO
backup:
	@STATE='$(STATE)' scripts/backup make '$(TO)'

## restore: a new site in STATE from the backup in the folder FROM
restore:
	@STATE='$(STATE)' scripts/restore '$(FROM)'

## test: the whole suite on throwaway state
test:
	@scripts/test all

## check: the fast part of the suite, under two minutes
check:
	@scripts/test check

## bench: ratios against peers and ceilings, measured in one run
bench:
	@scripts/bench

## soak: the fault tests with full counts
soak:
	@ATHANOR_SOAK=1 scripts/test soak

## install: binaries, templates, static files, SQL, nginx site, systemd units under DESTDIR/PREFIX
install: build
	@scripts/install '$(DESTDIR)' '$(PREFIX)'

## uninstall: takes away what install has put there; settings, database and state stay
uninstall:
	@scripts/uninstall '$(DESTDIR)' '$(PREFIX)'

format:
	clang-format -i $(wildcard lib/*.[ch] runner/*.[ch] fcgi/*/*.[ch] scripts/launch/*.[ch] sdk/c/*.[ch] sdk/cli/*.[ch] tests/unit/*/*.[ch] tests/fuzz/*/*.c \
	    tests/bench/*.c tests/bench/shared/*.[ch])

## clean: takes away what was built
clean:
	rm -rf build

-include $(shell find $(BUILD)/obj $(BUILD)/unit $(BUILD)/fuzz $(BUILD)/bench -name '*.d' 2>/dev/null)
