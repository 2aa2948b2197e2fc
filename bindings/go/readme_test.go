package pactwasm_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The example of the README, in a module of its own, prints what the README says.
func TestReadme(t *testing.T) {
	readme := string(must(os.ReadFile("README.md"))(t))
	block := func(language string) string {
		_, rest, _ := strings.Cut(readme, "```"+language+"\n")
		text, _, found := strings.Cut(rest, "```\n")
		if !found {
			t.Fatalf("the README has no block of %s", language)
		}
		return text
	}
	directory := t.TempDir()
	module := fmt.Sprintf("module example.com/readme\n\ngo 1.24\n\nrequire libpact_wasm/bindings/go v0.1.0\n\nreplace libpact_wasm/bindings/go => %s\n",
		must(filepath.Abs("."))(t))
	for name, text := range map[string]string{"main.go": block("go"), "go.mod": module} {
		if err := os.WriteFile(filepath.Join(directory, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	formatted := exec.Command("gofmt", "-l", ".")
	formatted.Dir = directory
	equal(t, "files that gofmt would change", string(must(formatted.Output())(t)), "")
	program := exec.Command("go", "run", ".")
	program.Dir = directory
	plugins := must(filepath.Abs(testPlugins))(t)
	program.Env = append(os.Environ(), "PACT_PLUGIN_DIR="+plugins, "XDG_CACHE_HOME="+filepath.Join(testCache, "readme"))
	output, err := program.CombinedOutput()
	if err != nil {
		t.Errorf("the example: %v", err)
	}
	equal(t, "output", string(output), block("text"))
}
