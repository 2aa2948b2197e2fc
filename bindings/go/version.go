package pactwasm

// #include <pact_wasm.h>
import "C"

import (
	"fmt"
	"sync"
)

// Version is the version of the library, for instance "0.1.0".
func Version() string {
	return C.GoString(C.pactwasm_version())
}

// HasFeature says whether the library was built with a feature: "crypto" (sign, verify and digest for plugins), "cache"
// (compiled plugins are kept) or "core-rules" (Pact's own matching rules, generators and content types for plugins). It is
// false for names that nobody knows.
func HasFeature(name string) bool {
	return C.pactwasm_has_feature(chars(name), C.size_t(len(name))) == 1
}

// checkABI fails if the library that is loaded is not the one that this package was compiled for.
var checkABI = sync.OnceValue(func() error {
	if loaded := C.pactwasm_abi_version(); loaded != C.PACTWASM_ABI_VERSION {
		return fmt.Errorf("pactwasm: the library that is loaded has interface version %d, and this program was compiled for "+
			"version %d; install the libpact_wasm that fits, or compile the program with the one that is there",
			loaded, C.PACTWASM_ABI_VERSION)
	}
	return nil
})
