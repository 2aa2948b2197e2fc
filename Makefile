# The two commands of the README are `make demo` and `make test`; `make help` lists the rest.

# A target folder outside the checkout (CARGO_TARGET_DIR) survives it, which saves minutes.
TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
export CARGO_TARGET_DIR := $(TARGET)

# Reference plugins and test plugins, each in a directory of its own, as Pact finds them.
PLUGIN_DIR := $(TARGET)/plugins
export PACT_WASM_TEST_PLUGINS := $(PLUGIN_DIR)

GUESTS := plugins/jwt tests/guests/delegate tests/guests/echo tests/guests/hostile tests/guests/minimal tests/guests/newer \
    tests/guests/prototype
GUEST_TARGET := wasm32-wasip2
GUEST_OUTPUT := $(TARGET)/guests/$(GUEST_TARGET)/release
CARGO_REGISTRY := $(or $(CARGO_HOME),$(HOME)/.cargo)
# No paths of the building machine in the plugins.
GUEST_FLAGS := --remap-path-prefix=$(CURDIR)=/pact-wasm --remap-path-prefix=$(CARGO_REGISTRY)=/cargo

LIBRARY := $(TARGET)/debug/libpact_wasm.so
# Tests and library in one go: cargo would otherwise build the dependencies twice, with different features.
BUILD := cargo build --locked --lib --tests

.PHONY: help demo test lint header bench library guest-target plugins setup clean

help: ## lists these targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: library plugins ## builds everything and runs a contract test with the JWT plugin, in C
	@mkdir -p $(TARGET)/demo
	$(CC) -std=c99 -Wall -Wextra -Werror -Iinclude examples/c/jwt_contract.c -o $(TARGET)/demo/jwt_contract \
	    -L$(dir $(LIBRARY)) -lpact_wasm -Wl,-rpath,$(dir $(LIBRARY))
	$(TARGET)/demo/jwt_contract $(PLUGIN_DIR)

test: setup library plugins ## runs all tests, Rust and C, and says what was skipped
	@tests/run.sh

lint: guest-target ## checks formatting, clippy, documentation and the header
	cargo fmt --check
	cargo fmt --check --manifest-path plugins/Cargo.toml --all
	cargo clippy --locked --lib --tests --benches -- -D warnings
	cargo clippy --locked --manifest-path plugins/Cargo.toml --target $(GUEST_TARGET) --target-dir $(TARGET)/guests --release -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" cargo doc --locked --no-deps --lib --document-private-items
	cargo test --locked --test header

header: ## writes include/pact_wasm.h and ffi-tests/symbols.txt anew
	PACT_WASM_WRITE_HEADER=1 cargo test --locked --test header

bench: plugins ## measures against the alternatives; prints a table, writes target/bench.json
	benches/run.sh

library: ## builds the shared library for development
	$(BUILD)
	@ln -sf libpact_wasm.so $(TARGET)/debug/libpact_wasm.so.1

guest-target:
	@rustup target list --installed 2>/dev/null | grep -qx $(GUEST_TARGET) || rustup target add $(GUEST_TARGET)

plugins: guest-target ## builds the plugins and lays them out in target/plugins
	CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS="$(GUEST_FLAGS)" cargo build --locked --release --manifest-path plugins/Cargo.toml \
	    --workspace --target $(GUEST_TARGET) --target-dir $(TARGET)/guests
	@for guest in $(GUESTS); do \
	    name=$$(basename $$guest); \
	    version=$$(sed -n 's/.*"version": *"\([^"]*\)".*/\1/p' $$guest/pact-plugin.json); \
	    directory=$(PLUGIN_DIR)/$$name-$$version; \
	    mkdir -p $$directory; \
	    for file in $$guest/pact-plugin.json $(GUEST_OUTPUT)/$$name.wasm; do \
	        cp $$file $$directory/.new && mv $$directory/.new $$directory/$$(basename $$file) || exit 1; \
	    done; \
	done

setup: ## installs what the tests need and the machine lacks
	@tests/setup.sh

clean: ## removes everything that was built
	rm -rf $(TARGET)
