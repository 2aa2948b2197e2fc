package frameworks

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pact-foundation/pact-go/v2/consumer"
)

// What becomes of the bridges, which are processes of their own, when programs that use them end.

// mostTime is what the bridge promises: it has ended so long after its parent.
const mostTime = time.Second

// markVariable is known to belong to a test: the processes that it starts inherit it.
const markVariable = "PACT_WASM_TEST_MARK"

// bridges are the bridges that run below a program with this mark.
func bridges(t *testing.T, mark string) (found []int) {
	t.Helper()
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, process := range processes {
		// Reading fails where a process has ended meanwhile: that one is as good as gone.
		environment, _ := os.ReadFile(filepath.Join(process, "environ"))
		program, _ := os.Readlink(filepath.Join(process, "exe"))
		ours := slices.ContainsFunc(bytes.Split(environment, []byte{0}), func(variable []byte) bool {
			return string(variable) == markVariable+"="+mark
		})
		if ours && filepath.Base(program) == "pact-wasm-bridge" {
			id, err := strconv.Atoi(filepath.Base(process))
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, id)
		}
	}
	return found
}

// An ending is what tells that a process has ended. It has to be there before that, because the number of a process is given out again.
type ending struct{ descriptor int }

func watch(t *testing.T, process int) ending {
	t.Helper()
	descriptor, err := unix.PidfdOpen(process, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(descriptor) })
	return ending{descriptor}
}

// comes waits until the end of the process, or until that time.
func (e ending) comes(t *testing.T, deadline time.Time) bool {
	t.Helper()
	for {
		left := max(0, time.Until(deadline).Milliseconds())
		ended, err := unix.Poll([]unix.PollFd{{Fd: int32(e.descriptor), Events: unix.POLLIN}}, int(left))
		if !errors.Is(err, unix.EINTR) {
			if err != nil {
				t.Fatal(err)
			}
			return ended == 1
		}
	}
}

// ready says that the program has what it is to have, and waits until its standard input ends.
func ready() {
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func hold(t *testing.T, plugins ...string) *consumer.V4InteractionWithPlugin {
	interaction := newInteraction(t, "shop", t.TempDir()).UponReceiving("x").UsingPlugin(installed(plugins[0]))
	for _, more := range plugins[1:] {
		interaction.UsingPlugin(installed(more))
	}
	return interaction
}

func holdPlugin(t *testing.T) {
	hold(t, "csv")
	ready()
}

func holdSeveralPlugins(t *testing.T) {
	hold(t, "csv", "jwt", "creditcard")
	ready()
}

func holdInteraction(t *testing.T) {
	hold(t, "csv").WithRequest("POST", "/", func(request *consumer.V4InteractionWithPluginRequestBuilder) {
		request.PluginContents("text/csv", `{"column:a": "b"}`)
	})
	ready()
}

func holdMockServer(t *testing.T) {
	_ = testCalculator(t, t.TempDir(), func(string) error {
		ready()
		return nil
	})
}

func holdPluginOnAnotherGoroutine(t *testing.T) {
	done := make(chan struct{})
	go func() {
		hold(t, "csv")
		close(done)
	}()
	<-done
	ready()
}

func holdPluginAndExit(t *testing.T) {
	holdPlugin(t)
	os.Exit(3)
}

func holdPluginAndPanic(t *testing.T) {
	holdPlugin(t)
	panic("for a test")
}

func holdPluginAndFail(t *testing.T) {
	holdPlugin(t)
	log.Fatal("for a test")
}

func TestNoBridgeIsLeft(t *testing.T) {
	kill := func(program *exec.Cmd, _ io.Closer) error { return program.Process.Kill() }
	goOn := func(_ *exec.Cmd, input io.Closer) error { return input.Close() }
	for name, test := range map[string]struct {
		program string
		bridges int
		end     func(*exec.Cmd, io.Closer) error
	}{
		"killed with a plugin":                             {"hold a plugin", 1, kill},
		"killed with several plugins":                      {"hold several plugins", 3, kill},
		"killed with an interaction":                       {"hold an interaction", 1, kill},
		"killed with a mock server":                        {"hold a mock server", 1, kill},
		"killed with a plugin that a goroutine has loaded": {"hold a plugin on another goroutine", 1, kill},
		"end of the tests":                                 {"hold several plugins", 3, goOn},
		"end of the tests, without a call":                 {"hold a mock server", 1, goOn},
		"os.Exit":                                          {"hold a plugin and exit", 1, goOn},
		"panic":                                            {"hold a plugin and panic", 1, goOn},
		"log.Fatal":                                        {"hold a plugin and fail fatally", 1, goOn},
	} {
		t.Run(name, func(t *testing.T) {
			mark := rand.Text()
			program := child(t, test.program, markVariable+"="+mark)
			input, err := program.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			said, err := program.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := program.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = program.Process.Kill() }()
			lines := bufio.NewScanner(said)
			for lines.Scan() && lines.Text() != "ready" {
			}
			if lines.Text() != "ready" {
				t.Fatalf("it has ended early: %v", program.Wait())
			}

			started := bridges(t, mark)
			if len(started) != test.bridges {
				t.Errorf("bridges: %v", started)
			}
			var endings []ending
			for _, process := range started {
				endings = append(endings, watch(t, process))
			}
			if err := test.end(program, input); err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, said)
			_ = program.Wait() // Most of them are to fail.
			deadline := time.Now().Add(mostTime)
			for i, ending := range endings {
				if !ending.comes(t, deadline) {
					t.Errorf("bridge %d is still there", started[i])
				}
			}
			if left := bridges(t, mark); len(left) > 0 {
				t.Errorf("bridges that came later: %v", left)
			}
		})
	}
}
