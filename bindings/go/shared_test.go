//go:build !pact_wasm_static

// What only a program has that takes the library from elsewhere.

package pactwasm_test

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	pactwasm "libpact_wasm/bindings/go"
)

// unused are the functions of the library that the package does without, and why.
var unused = map[string]string{
	"pactwasm_error_code":    "pactwasm_error_get gives it with everything else",
	"pactwasm_error_message": "pactwasm_error_get gives it with everything else",
}

// The functions that this program takes from the library are those that the package calls, because tests cannot use cgo.
func TestEveryFunctionIsUsed(t *testing.T) {
	program := must(elf.Open(must(os.Executable())(t)))(t)
	defer program.Close()
	called := map[string]bool{}
	for _, symbol := range must(program.ImportedSymbols())(t) {
		called[symbol.Name] = true
	}
	declared := 0
	for _, name := range strings.Fields(string(must(os.ReadFile(repository("ffi-tests", "symbols.txt")))(t))) {
		if !strings.HasPrefix(name, "pactwasm_") {
			continue
		}
		declared++
		if _, explained := unused[name]; called[name] == explained {
			t.Errorf("%s: called %v, explained %v", name, called[name], explained)
		}
	}
	if declared < 60 {
		t.Errorf("only %d functions are declared", declared)
	}
}

// A library that is older or newer than the one that the program was compiled for is refused.
func TestOtherABIVersion(t *testing.T) {
	if isAlone(t) {
		_, err := pactwasm.NewHost(pactwasm.Options{})
		if err == nil {
			t.Fatal("a library of another version was accepted")
		}
		t.Fatal(err)
	}
	source, library := filepath.Join(t.TempDir(), "other.c"), filepath.Join(t.TempDir(), "other.so")
	if err := os.WriteFile(source, []byte("unsigned pactwasm_abi_version(void) { return 7; }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command("cc", "-shared", "-fPIC", "-o", library, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	output, status := alone(t, "LD_PRELOAD="+library)
	equal(t, "exit status", status, 1)
	contains(t, "message", output, "pactwasm: the library that is loaded has interface version 7, and this program was compiled for version 1")
}
