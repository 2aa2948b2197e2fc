package pactwasm_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	pactwasm "libpact_wasm/bindings/go"
)

// recovered is what a function panics with.
func recovered(run func()) (reason any) {
	defer func() { reason = recover() }()
	run()
	return nil
}

var sinkOfTests int

// expectGoPanics checks what Go makes of signals: a nil pointer, a fault at another address, a division.
func expectGoPanics(t testing.TB, when string) {
	t.Helper()
	var nothing *struct{ value int }
	reason, _ := recovered(func() { sinkOfTests = nothing.value }).(error)
	if reason == nil || reason.Error() != "runtime error: invalid memory address or nil pointer dereference" {
		t.Errorf("%s: a nil pointer gave %v", when, reason)
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	closed := must(syscall.Mmap(-1, 0, os.Getpagesize(), syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE))(t)
	defer syscall.Munmap(closed)
	fault, _ := recovered(func() { sinkOfTests = int(closed[1]) }).(interface{ Addr() uintptr })
	if fault == nil || fault.Addr() != uintptr(unsafe.Pointer(&closed[1])) {
		t.Errorf("%s: a fault gave %v", when, fault)
	}
	var none []int
	reason, _ = recovered(func() { sinkOfTests = 1 / len(none) }).(error)
	if reason == nil || reason.Error() != "runtime error: integer divide by zero" {
		t.Errorf("%s: a division gave %v", when, reason)
	}
}

// The library's handlers for SIGSEGV, SIGILL and SIGFPE pass on what is Go's, on threads where plugins crashed, too.
func TestPanicsOfGo(t *testing.T) {
	for _, off := range []bool{false, true} {
		func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			hostile := loaded(t, "hostile", pactwasm.Options{NoSignalHandlers: off})
			expectGoPanics(t, "with a host")
			for _, way := range []string{"x/trap", "x/recurse", "x/fine"} {
				err := misbehave(t.Context(), hostile, way, "")
				equal(t, way, err == nil, way == "x/fine")
				expectGoPanics(t, "after "+way)
			}
		}()
		delegate := loaded(t, "delegate", pactwasm.Options{
			NoSignalHandlers: off,
			Handlers: vin{value: func(_ context.Context, _ pactwasm.Caller, r pactwasm.GenerateFieldRequest) (pactwasm.Value, error) {
				expectGoPanics(t, "below a plugin")
				return r.Example, nil
			}}.handlers(),
		})
		must(delegate.GenerateField(t.Context(), generateVIN()))(t)
	}
}

// A crash of the program itself is reported as ever.
func TestCrashOfGo(t *testing.T) {
	if isAlone(t) {
		hostile := loaded(t, "hostile", pactwasm.Options{})
		equal(t, "trap", errors.Is(misbehave(t.Context(), hostile, "x/trap", ""), pactwasm.ErrTrap), true)
		done := make(chan struct{})
		go func() {
			defer close(done)
			var nothing *int
			*nothing = 1
		}()
		<-done
	}
	output, status := alone(t)
	equal(t, "exit status", status, 2)
	contains(t, "output", output, "panic: runtime error: invalid memory address or nil pointer dereference")
	contains(t, "output", output, "[signal SIGSEGV: segmentation violation")
	contains(t, "output", output, "signals_test.go:")
}

// Goroutines that have to be preempted by SIGURG for each collection, SIGPROF of the profiler, plugins that crash in calls and as
// servers, and panics of Go, all at once.
func TestSignalsUnderLoad(t *testing.T) {
	crew := workers(t)
	var profile bytes.Buffer
	if err := pprof.StartCPUProfile(&profile); err != nil {
		t.Fatal(err)
	}
	var stop atomic.Bool
	var spins [2]int
	spinning := make(chan struct{})
	for index := range spins {
		go func() {
			defer func() { spinning <- struct{}{} }()
			for !stop.Load() {
				for range 1 << 22 { // no call and no allocation: only a signal interrupts it
					spins[index]++
				}
			}
		}()
	}
	start := time.Now()
	for turn := 0; time.Since(start) < 2*time.Second; turn++ {
		each(t, 8, func(number int) error {
			expectGoPanics(t, "under load")
			return crew.work(t.Context(), turn*8+number)
		})
		runtime.GC()
	}
	stop.Store(true)
	for range spins {
		<-spinning
	}
	pprof.StopCPUProfile()
	text := must(io.ReadAll(must(gzip.NewReader(&profile))(t)))(t)
	contains(t, "functions of the profile", string(text), "libpact_wasm/bindings/go.(*Plugin).CompareContents")
}
