package frameworks

import (
	"os"
	"path/filepath"
	"testing"
)

// executable is one of those that users install.
func executable(name string) string {
	return filepath.Join(os.Getenv("PACT_WASM_BIN"), name)
}

// builtPlugin is the directory of a plugin as it is built: what is installed.
func builtPlugin(t *testing.T, name string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(os.Getenv("PACT_WASM_TEST_PLUGINS"), name+"-[0-9]*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("directories of %s: %v (%v)", name, found, err)
	}
	return found[0]
}
