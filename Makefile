# The two commands of the README are `make demo` and `make test`; `make help` lists the rest.

# A target folder outside the checkout (CARGO_TARGET_DIR) survives it, which saves minutes.
TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
export CARGO_TARGET_DIR := $(TARGET)

# Reference plugins and test plugins, each in a directory of its own, as Pact finds them.
PLUGIN_DIR := $(TARGET)/plugins
export PACT_WASM_TEST_PLUGINS := $(PLUGIN_DIR)

RUST_PLUGINS := plugins/csv plugins/jsonrpc plugins/jwt
TEST_GUESTS := tests/guests/delegate tests/guests/echo tests/guests/hostile tests/guests/intruder tests/guests/line \
    tests/guests/minimal tests/guests/newer tests/guests/prototype
GUEST_TARGET := wasm32-wasip2
GUEST_OUTPUT := $(TARGET)/guests/$(GUEST_TARGET)/release
COMPONENTIZE := $(TARGET)/tools/debug/componentize
CARGO_REGISTRY := $(or $(CARGO_HOME),$(HOME)/.cargo)
# No paths of the building machine in the plugins.
GUEST_FLAGS := --remap-path-prefix=$(CURDIR)=/pact-wasm --remap-path-prefix=$(CARGO_REGISTRY)=/cargo

LIBRARY := $(TARGET)/debug/libpact_wasm.so
# Where `make install` puts things, and what: release, or dev, which is the library that the tests have built anyway.
PREFIX ?= /usr/local
PROFILE ?= release
BUILD_FOLDER := $(TARGET)/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))
# The bindings are tested with what they find there.
export PACT_WASM_PREFIX := $(TARGET)/install
DECLARATIONS_VENV := $(TARGET)/bindings/declarations

# Library, executables and tests in one go, here and in tests/run.sh: cargo would otherwise build the dependencies again and again, with
# different features.
BUILD := cargo build --locked --workspace --lib --bins --tests
EXECUTABLES := pact-wasm pact-wasm-bridge

.PHONY: help demo test lint header bench library release executables install install-executables uninstall python-package \
    ruby-package test-install declarations guest-target componentize plugins rust-plugins c-plugins python-plugins setup clean

help: ## lists these targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: library rust-plugins ## builds everything and runs a contract test with the JWT plugin, in C
	@mkdir -p $(TARGET)/demo
	$(CC) -std=c99 -Wall -Wextra -Werror -Iinclude examples/c/jwt_contract.c -o $(TARGET)/demo/jwt_contract \
	    -L$(dir $(LIBRARY)) -lpact_wasm -Wl,-rpath,$(dir $(LIBRARY))
	$(TARGET)/demo/jwt_contract $(PLUGIN_DIR)

test: setup plugins test-install ## runs all tests, in all languages, and says what was skipped
	@tests/run.sh

lint: guest-target ## checks formatting, clippy, documentation and the header
	cargo fmt --all --check
	cargo fmt --check --manifest-path plugins/Cargo.toml --all
	cargo fmt --check --manifest-path plugins/tools/componentize/Cargo.toml
	cargo fmt --check --manifest-path benches/grpc/Cargo.toml
	cargo fmt --check --manifest-path benches/server/Cargo.toml
	cargo clippy --locked --workspace --lib --bins --tests --benches -- -D warnings
	cargo clippy --locked --manifest-path plugins/Cargo.toml --target $(GUEST_TARGET) --target-dir $(TARGET)/guests --release -- -D warnings
	cargo clippy --locked --manifest-path plugins/tools/componentize/Cargo.toml --target-dir $(TARGET)/tools -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" cargo doc --locked --workspace --no-deps --lib --document-private-items
	cargo test --locked --workspace --test header
	$(MAKE) declarations DECLARATIONS=--check

header: ## writes include/pact_wasm.h, ffi-tests/symbols.txt and the bindings' declarations anew
	PACT_WASM_WRITE_HEADER=1 cargo test --locked --workspace --test header
	$(MAKE) declarations

# What Python and Ruby know of the header. Its parser is a package of Python's.
declarations: $(DECLARATIONS_VENV)/ready
	$(DECLARATIONS_VENV)/bin/python -B bindings/declarations/generate.py $(DECLARATIONS)

$(DECLARATIONS_VENV)/ready: bindings/declarations/requirements.txt
	python3 -m venv $(DECLARATIONS_VENV)
	$(DECLARATIONS_VENV)/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

bench: plugins ## measures against the alternatives; prints a table, writes target/bench.json
	benches/run.sh

library: ## builds the shared library and the executables for development
	$(BUILD)
	@ln -sf libpact_wasm.so $(TARGET)/debug/libpact_wasm.so.1

release: ## builds the shared and the static library for use: small and fast
	cargo rustc --locked --release --lib --crate-type cdylib,staticlib

executables: ## builds the executables for use
	cargo build --locked --release $(EXECUTABLES:%=--bin %) -p pact-wasm-bridge -p pact-wasm-cli

install: $(if $(filter dev,$(PROFILE)),library,release) ## installs them with headers, pkg-config files and CMake package; PREFIX=/usr/local
	@PREFIX="$(PREFIX)" bindings/c/install.sh install "$(BUILD_FOLDER)"

install-executables: $(if $(filter dev,$(PROFILE)),library,executables) ## installs pact-wasm and pact-wasm-bridge; PREFIX=/usr/local
	@mkdir -p "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 $(EXECUTABLES:%=$(BUILD_FOLDER)/%) "$(DESTDIR)$(PREFIX)/bin/"

uninstall: ## removes what both have installed with the same PREFIX
	@PREFIX="$(PREFIX)" bindings/c/install.sh uninstall
	rm -f $(EXECUTABLES:%="$(DESTDIR)$(PREFIX)/bin/%")

python-package: release ## builds Python's wheel, with the library in it, into target/packages
	PACT_WASM_LIBRARY=$(TARGET)/release/libpact_wasm.so python3 -m pip wheel --quiet --no-deps --wheel-dir $(TARGET)/packages bindings/python

ruby-package: release ## builds Ruby's gem, with the library in it, into target/packages
	bindings/ruby/build.sh $(TARGET)/packages $(TARGET)/release/libpact_wasm.so

test-install:
	@$(MAKE) --no-print-directory install install-executables PREFIX="$(PACT_WASM_PREFIX)" PROFILE=dev

guest-target:
	@rustup target list --installed 2>/dev/null | grep -qx $(GUEST_TARGET) || rustup target add $(GUEST_TARGET)

componentize:
	cargo build --locked --manifest-path plugins/tools/componentize/Cargo.toml --target-dir $(TARGET)/tools

plugins: rust-plugins c-plugins python-plugins ## builds the plugins and lays them out in target/plugins

rust-plugins: guest-target componentize
	CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS="$(GUEST_FLAGS)" cargo build --locked --release --manifest-path plugins/Cargo.toml \
	    --workspace --target $(GUEST_TARGET) --target-dir $(TARGET)/guests
	@for plugin in $(RUST_PLUGINS); do \
	    plugins/tools/install.sh $$plugin $(GUEST_OUTPUT)/$$(basename $$plugin).wasm $(PLUGIN_DIR) $(COMPONENTIZE) \
	        "$$(sed -n 's/^description = "\(.*\)"$$/\1/p' $$plugin/Cargo.toml)" || exit 1; \
	done
	@for guest in $(TEST_GUESTS); do \
	    plugins/tools/install.sh $$guest $(GUEST_OUTPUT)/$$(basename $$guest).wasm $(PLUGIN_DIR) || exit 1; \
	done

# These need more than Rust, and are skipped where it is missing. Their scripts say so.
c-plugins: componentize
	plugins/creditcard/build.sh $(COMPONENTIZE) $(TARGET)/guests/creditcard
	@plugins/tools/install.sh --if-built plugins/creditcard $(TARGET)/guests/creditcard/creditcard.wasm $(PLUGIN_DIR) \
	    $(COMPONENTIZE) "Pact plugin for credit card numbers, in C: a matching rule and a generator"

python-plugins: componentize
	plugins/creditcard-python/build.sh $(TARGET)/guests/creditcard-python
	@plugins/tools/install.sh --if-built plugins/creditcard-python $(TARGET)/guests/creditcard-python/creditcard-python.wasm $(PLUGIN_DIR) \
	    $(COMPONENTIZE) "Pact plugin for credit card numbers, in Python: a matching rule and a generator"

setup: ## installs what the tests need and the machine lacks
	@tests/setup.sh

clean: ## removes everything that was built
	rm -rf $(TARGET)
