package pactwasm_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The examples of the README, each in a module of its own, print what the README says below them.
func TestReadme(t *testing.T) {
	readme := string(must(os.ReadFile("README.md"))(t))
	examples := strings.Split(readme, "```go\n")[1:]
	equal(t, "examples", len(examples), 2)
	for number, rest := range examples {
		program, rest, _ := strings.Cut(rest, "```\n")
		_, rest, _ = strings.Cut(rest, "```text\n")
		output, _, found := strings.Cut(rest, "```\n")
		if !found {
			t.Fatalf("the README does not say what example %d prints", number)
		}
		runExample(t, program, output)
	}
}

func runExample(t *testing.T, text, printed string) {
	t.Helper()
	directory := t.TempDir()
	module := fmt.Sprintf("module example.com/readme\n\ngo 1.24\n\nrequire libpact_wasm/bindings/go v0.1.0\n\nreplace libpact_wasm/bindings/go => %s\n",
		must(filepath.Abs("."))(t))
	for name, text := range map[string]string{"main.go": text, "go.mod": module} {
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
	equal(t, "output", string(output), printed)
}
