package pactwasm_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"libpact_wasm/bindings/go/internal/pactffi"

	pactwasm "libpact_wasm/bindings/go"
)

// Every constant of the header is there in Go.
func TestEveryConstantIsUsed(t *testing.T) {
	var source strings.Builder
	for _, file := range must(filepath.Glob("*.go"))(t) {
		source.Write(must(os.ReadFile(file))(t))
	}
	used := regexp.MustCompile(`C\.(PACTWASM_\w+)`).FindAllStringSubmatch(source.String(), -1)
	constants := regexp.MustCompile(`(?m)^#define (PACTWASM_\w+)`).FindAllStringSubmatch(header(t), -1)
	for _, constant := range constants {
		if !slices.ContainsFunc(used, func(u []string) bool { return u[1] == constant[1] }) {
			t.Errorf("nothing stands for %s", constant[1])
		}
	}
	if len(constants) < 60 {
		t.Errorf("only %d constants", len(constants))
	}
}

func TestVersion(t *testing.T) {
	equal(t, "version", pactwasm.Version(), "0.1.0")
	equal(t, "crypto", pactwasm.HasFeature("crypto"), true)
	equal(t, "cache", pactwasm.HasFeature("cache"), true)
	equal(t, "core-rules", pactwasm.HasFeature("core-rules"), true)
	equal(t, "telepathy", pactwasm.HasFeature("telepathy"), false)
	equal(t, "nothing", pactwasm.HasFeature(""), false)
}

// Beside Pact's own library, which is written in Rust as well: loaded after ours, and before it.
func TestBesideLibpactFFI(t *testing.T) {
	path := os.Getenv("PACT_WASM_TEST_LIBPACT_FFI")
	if path == "" {
		t.Skip("PACT_WASM_TEST_LIBPACT_FFI names no libpact_ffi.so; test.sh insists on it")
	}
	jwt := loaded(t, "jwt", pactwasm.Options{})
	expected := configureToken(t, jwt, tokenConfig).Parts[0]
	other := must(pactffi.Open(path))(t)
	for range 3 {
		if version := other.Version(); !regexp.MustCompile(`^\d+\.\d+\.\d+`).MatchString(version) {
			t.Errorf("pactffi_version gave %q", version)
		}
		equal(t, "a text that matches", other.CheckRegex(`^\d+$`, "42"), true)
		equal(t, "a text that does not", other.CheckRegex(`^\d+$`, "x"), false)
		equal(t, "comparison", must(jwt.CompareContents(t.Context(), comparison(expected, expected.Body.Content)))(t).Matches(), true)
	}
	if isAlone(t) {
		return
	}
	if output, status := alone(t, "LD_PRELOAD="+path); status != 0 {
		t.Errorf("loaded first: %s", output)
	}
}
