package frameworks

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// docs/pact-go.md, as somebody follows it: its files, its changes to them, and its commands with their output.

const document = "../../../docs/pact-go.md"

var (
	// A block has a language, maybe a file, and a text.
	block   = regexp.MustCompile("(?ms)^```(\\w+) ?(\\S*)\n(.*?)^```$")
	removed = regexp.MustCompile(`(?m)^-(.*\n)`)
	added   = regexp.MustCompile(`(?m)^\+(.*\n)`)
)

// differences are what is not the same in every run, and on every machine.
var differences = []struct {
	pattern     *regexp.Regexp
	replacement string
}{
	{regexp.MustCompile(`\x1b\[\d*m`), ""},
	{regexp.MustCompile(`\b\d+(\.\d+)?m?s\b`), "<time>"},
	{regexp.MustCompile(`\S+/([a-z]+-\d+\.\d+\.\d+) `), "<plugins>/$1 "},
	{regexp.MustCompile(`(?m)[ \t]+$`), ""},
}

func comparable(output string) string {
	for _, difference := range differences {
		output = difference.pattern.ReplaceAllString(output, difference.replacement)
	}
	return output
}

// shows tells whether the lines are there one after the other; an ellipsis stands for any number of lines.
func shows(expected, actual string) bool {
	pattern := regexp.QuoteMeta(comparable(expected))
	pattern = regexp.MustCompile(`(?m)^…\n`).ReplaceAllLiteralString(pattern, `(?:.*\n)*?`)
	return regexp.MustCompile(`^` + pattern + `$`).MatchString(comparable(actual))
}

// change replaces the lines with a minus by those with a plus.
func change(t *testing.T, file, difference string) {
	t.Helper()
	lines := func(sign *regexp.Regexp) (text string) {
		for _, line := range sign.FindAllStringSubmatch(difference, -1) {
			text += line[1]
		}
		return text
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if count := strings.Count(string(content), lines(removed)); count != 1 {
		t.Fatalf("what %s loses is there %d times:\n%s", file, count, difference)
	}
	write(t, file, strings.Replace(string(content), lines(removed), lines(added), 1))
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// run gives what a command prints: that tells whether it has failed, too.
func run(t *testing.T, directory, command string) string {
	t.Helper()
	process := exec.Command("sh", "-c", command)
	process.Dir = directory
	process.Env = append(os.Environ(),
		"PATH="+os.Getenv("PACT_WASM_BIN")+string(filepath.ListSeparator)+os.Getenv("PATH"),
		"PACT_PLUGIN_DIR="+filepath.Join(directory, "installed"))
	output, err := process.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(output)
}

func TestWalkthrough(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	for _, plugin := range []string{"csv", "jsonrpc"} {
		built := builtPlugin(t, plugin)
		if err := os.Symlink(built, filepath.Join(directory, filepath.Base(built))); err != nil {
			t.Fatal(err)
		}
	}
	commands := 0
	for _, found := range block.FindAllStringSubmatch(string(text), -1) {
		language, file, text := found[1], filepath.Join(directory, found[2]), found[3]
		switch language {
		case "go":
			write(t, file, text)
		case "diff":
			change(t, file, text)
		case "console":
			for _, shown := range strings.Split("\n"+text, "\n$ ")[1:] {
				command, expected, _ := strings.Cut(shown, "\n")
				if expected != "" && !strings.HasSuffix(expected, "\n") {
					expected += "\n"
				}
				if actual := run(t, directory, command); !shows(expected, actual) {
					t.Errorf("%s: expected:\n%s\nbut it prints:\n%s", command, expected, actual)
				}
				commands++
			}
		}
	}
	if commands != 9 {
		t.Errorf("%d commands", commands)
	}
}
