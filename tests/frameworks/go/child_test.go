package frameworks

import (
	"os"
	"os/exec"
	"testing"
)

// childVariable names the program that a test process is to be, in place of running the tests.
const childVariable = "PACT_WASM_TEST_CHILD"

// children are programs that use pact-go.
var children = map[string]func(*testing.T){
	"verify a provider":                  verifyAsChild,
	"use a version that is not there":    useAbsentVersion,
	"use contents that make no sense":    useBadContents,
	"use a rule of a plugin":             useRuleOfPlugin,
	"use a server without contents":      useServerWithoutContents,
	"hold a plugin":                      holdPlugin,
	"hold several plugins":               holdSeveralPlugins,
	"hold an interaction":                holdInteraction,
	"hold a mock server":                 holdMockServer,
	"hold a plugin and exit":             holdPluginAndExit,
	"hold a plugin and panic":            holdPluginAndPanic,
	"hold a plugin and fail fatally":     holdPluginAndFail,
	"hold a plugin on another goroutine": holdPluginOnAnotherGoroutine,
}

// TestChild is no test: it is one of the programs above, in the processes that child makes.
//
// They are processes of their own because pact-go ends the process when a plugin cannot be loaded, because it fails the test in which a
// verification fails, and because the library below it prints what is wrong.
func TestChild(t *testing.T) {
	if run, ok := children[os.Getenv(childVariable)]; ok {
		run(t)
	}
}

// child is a process that runs one of the programs, with these variables in its environment.
func child(t *testing.T, program string, variables ...string) *exec.Cmd {
	t.Helper()
	if _, ok := children[program]; !ok {
		t.Fatalf("there is no program %q", program)
	}
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(executable, "-test.run=^TestChild$")
	// Some of them end without cleaning up, so their temporary files are inside of those of the test.
	command.Env = append(append(os.Environ(), childVariable+"="+program, "TMPDIR="+t.TempDir()), variables...)
	return command
}

// output is what a program that fails says, on both of its outputs.
func output(t *testing.T, program string) string {
	t.Helper()
	said, err := child(t, program).CombinedOutput()
	if err == nil {
		t.Errorf("%s: it has not failed, and said\n%s", program, said)
	}
	return string(said)
}
