//go:build !race

// The race detector keeps memory of its own.

package pactwasm_test

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	pactwasm "libpact_wasm/bindings/go"
)

// resident is the memory that the process has in use, in bytes.
func resident(t *testing.T) int {
	t.Helper()
	debug.FreeOSMemory()
	var pages int
	statm := string(must(os.ReadFile("/proc/self/statm"))(t))
	if _, err := fmt.Sscan(strings.Fields(statm)[1], &pages); err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

func TestMemory(t *testing.T) {
	host := newHost(t, pactwasm.Options{Handlers: vin{
		value: func(_ context.Context, _ pactwasm.Caller, r pactwasm.GenerateFieldRequest) (pactwasm.Value, error) {
			return r.Example, nil
		},
		match: func(context.Context, pactwasm.Caller, pactwasm.MatchFieldRequest) ([]pactwasm.Mismatch, error) {
			return nil, strange{"for ever"}
		},
	}.handlers()})
	delegate, echo, jwt := load(t, host, "delegate"), load(t, host, "echo"), load(t, host, "jwt")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	body := textBody(strings.Repeat("x", 1000))
	for name, call := range map[string]func() error{
		"match": func() error {
			_, err := echo.CompareContents(ctx, pactwasm.CompareRequest{Expected: body, Actual: body})
			return err
		},
		"mismatch": func() error {
			comparison, err := echo.CompareContents(ctx, pactwasm.CompareRequest{Expected: body})
			if err == nil && len(comparison.Mismatches) != 1 {
				return fmt.Errorf("%+v", comparison)
			}
			return err
		},
		"error": func() error {
			_, err := host.Load(ctx, "nobody", "")
			return expected(err, pactwasm.ErrNotFound)
		},
		"interaction": func() error {
			request := pactwasm.ConfigureRequest{ContentType: "application/jwt", ContentsConfig: tokenConfig}
			interaction, err := jwt.ConfigureInteraction(ctx, request)
			if err != nil {
				return err
			}
			return interaction.Close()
		},
		"handler": func() error {
			_, err := delegate.GenerateField(ctx, generateVIN())
			return err
		},
		"failing handler": func() error {
			_, err := delegate.MatchField(ctx, matchVIN())
			return expected(err, pactwasm.ErrPlugin)
		},
	} {
		t.Run(name, func(t *testing.T) {
			repeat := func(count int) {
				for range count {
					if err := call(); err != nil {
						t.Fatal(err)
					}
				}
			}
			repeat(3000)
			before := resident(t)
			repeat(10_000)
			if grown := resident(t) - before; grown >= 1<<20 {
				t.Errorf("10,000 calls took %d KiB", grown>>10)
			}
		})
	}
}

// expected is nil for an error with this code.
func expected(err error, code pactwasm.Code) error {
	if failed, ok := err.(*pactwasm.Error); ok && failed.Code == code {
		return nil
	}
	return fmt.Errorf("want %w, got %v", code, err)
}
