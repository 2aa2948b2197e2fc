module libpact_wasm/bindings/go

go 1.24
