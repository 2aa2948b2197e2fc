module example.com/web

go 1.24

require libpact_wasm/bindings/go v0.1.0

replace libpact_wasm/bindings/go => ../../bindings/go
