// Command caller measures calls through the Go binding, for benches/. It reads lines "<what> <count>" from its input and
// answers each with the nanoseconds that one call took:
//
//	caller serve PLUGIN_DIRECTORY CACHE_DIRECTORY WORK_DIRECTORY
//
// What it measures: compare_64b and compare_1mb, two equal bodies of that size with the plugin echo; compare_64b_context, the
// same with a context that can be cancelled and has a deadline. The work directory is not used.
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	pactwasm "libpact_wasm/bindings/go"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "caller:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) != 4 || arguments[0] != "serve" {
		return errors.New("needs serve, a plugin directory, a cache directory and a work directory")
	}
	host, err := pactwasm.NewHost(pactwasm.Options{PluginDirectory: arguments[1], CacheDirectory: arguments[2]})
	if err != nil {
		return err
	}
	defer host.Close()
	echo, err := host.Load(context.Background(), "echo", "")
	if err != nil {
		return err
	}
	defer echo.Close()
	limited, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()

	commands := bufio.NewScanner(os.Stdin)
	for commands.Scan() {
		var what string
		var count int
		if _, err := fmt.Sscanf(commands.Text(), "%s %d", &what, &count); err != nil {
			return fmt.Errorf("a command is a word and a number: %w", err)
		}
		ctx, size := context.Background(), 64
		switch what {
		case "compare_64b":
		case "compare_64b_context":
			ctx = limited
		case "compare_1mb":
			size = 1 << 20
		default:
			return fmt.Errorf("nobody knows %q", what)
		}
		took, err := timeCompares(ctx, echo, size, count)
		if err != nil {
			return err
		}
		fmt.Printf("%.1f\n", float64(took.Nanoseconds())/float64(count))
	}
	return commands.Err()
}

// timeCompares compares two bodies of the same content, each in memory of its own.
func timeCompares(ctx context.Context, echo *pactwasm.Plugin, size, count int) (time.Duration, error) {
	request := pactwasm.CompareRequest{
		Expected: pactwasm.Body{ContentType: "text/plain", Content: bytes.Repeat([]byte("x"), size)},
		Actual:   pactwasm.Body{ContentType: "text/plain", Content: bytes.Repeat([]byte("x"), size)},
	}
	start := time.Now()
	for range count {
		comparison, err := echo.CompareContents(ctx, request)
		if err != nil {
			return 0, err
		}
		if !comparison.Matches() {
			return 0, errors.New("bodies that are equal do not match")
		}
	}
	return time.Since(start), nil
}
