package pactwasm_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	pactwasm "libpact_wasm/bindings/go"
)

// sink is a slog.Handler that calls a function.
type sink func(slog.Record)

func (s sink) Enabled(context.Context, slog.Level) bool      { return true }
func (s sink) Handle(_ context.Context, r slog.Record) error { s(r); return nil }
func (s sink) WithAttrs([]slog.Attr) slog.Handler            { return s }
func (s sink) WithGroup(string) slog.Handler                 { return s }

// records has the plugin echo log something on every level.
var records = map[string]any{"log": []any{
	[]any{"Trace", "a", "one"}, []any{"Debug", "b", "two"}, []any{"Info", "c", "three"}, []any{"Warn", "", "fo\x00ür"},
	[]any{"Error", "e", "five"},
}}

func logAll(ctx context.Context, t testing.TB, echo *pactwasm.Plugin) {
	t.Helper()
	interaction := must(echo.ConfigureInteraction(ctx, pactwasm.ConfigureRequest{ContentType: "a/b", ContentsConfig: records}))(t)
	interaction.Close()
}

func TestLogs(t *testing.T) {
	var seen []slog.Record
	start := time.Now().Add(-time.Second)
	echo := loaded(t, "echo", pactwasm.Options{
		LogLevel: pactwasm.LevelTrace, TestRunID: "all", Logger: slog.New(sink(func(r slog.Record) { seen = append(seen, r) })),
	})
	logAll(t.Context(), t, echo) // before its first call the plugin is told the catalogue, and logs that
	seen = nil
	logAll(pactwasm.WithTestRunID(t.Context(), "run ä"), t, echo)
	kept := must(echo.Logs())(t)
	kept = kept[len(kept)-5:]
	equal(t, "records", len(seen), 5)
	id := must(echo.Info())(t).InstanceID
	for index, want := range []pactwasm.LogRecord{
		{Level: pactwasm.LevelTrace, Target: "a", Message: "one"}, {Level: slog.LevelDebug, Target: "b", Message: "two"},
		{Level: slog.LevelInfo, Target: "c", Message: "three"}, {Level: slog.LevelWarn, Target: "", Message: "fo\x00ür"},
		{Level: slog.LevelError, Target: "e", Message: "five"},
	} {
		got := kept[index]
		if got.Time.Before(start) || got.Time.After(time.Now().Add(time.Second)) {
			t.Errorf("the time of %q is %v", got.Message, got.Time)
		}
		want.Time, want.PluginName, want.InstanceID, want.TestRunID = got.Time, "echo", id, "run ä"
		equal(t, "record", got, want)
		equal(t, "delivered", seen[index].Message, want.Message)
		equal(t, "time", seen[index].Time.Equal(got.Time), true)
		equal(t, "level", seen[index].Level, want.Level)
		attributes := map[string]string{}
		seen[index].Attrs(func(a slog.Attr) bool { attributes[a.Key] = a.Value.String(); return true })
		equal(t, "attributes", attributes,
			map[string]string{"plugin": "echo", "plugin_instance": id, "target": want.Target, "test_run": "run ä"})
	}
	logAll(t.Context(), t, echo)
	last := must(echo.Logs())(t)
	equal(t, "test run of the host", last[len(last)-1].TestRunID, "all")
}

func TestLogLevels(t *testing.T) {
	for level, want := range map[slog.Level]int{
		pactwasm.LevelTrace - 1: 5, pactwasm.LevelTrace: 5, slog.LevelDebug: 4, slog.LevelDebug + 1: 3, slog.LevelInfo: 3,
		slog.LevelWarn: 2, slog.LevelError: 1, slog.LevelError + 1: 1,
	} {
		count := 0
		host := newHost(t, pactwasm.Options{LogLevel: level, Logger: slog.New(sink(func(r slog.Record) { count++ }))})
		echo := load(t, host, "echo")
		logAll(t.Context(), t, echo)
		count = 0
		logAll(t.Context(), t, echo)
		equal(t, "records at level "+level.String(), count, want)
	}
	silent := loaded(t, "echo", pactwasm.Options{Limits: pactwasm.Limits{Log: pactwasm.NoLog}})
	logAll(t.Context(), t, silent)
	logs := must(silent.Logs())(t)
	equal(t, "records where none are kept", len(logs), 1)
	contains(t, "what is said of the others", logs[0].Message, "dropped")
}

// A level that the logger does not want costs no record.
func TestLoggerDecides(t *testing.T) {
	var text bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelWarn, AddSource: true}))
	logAll(t.Context(), t, loaded(t, "echo", pactwasm.Options{Logger: logger}))
	equal(t, "lines", bytes.Count(text.Bytes(), []byte("\n")), 2)
	contains(t, "line", text.String(), "level=ERROR")
	contains(t, "line", text.String(), "msg=five plugin=echo plugin_instance=")
}

func TestPanickingLogger(t *testing.T) {
	if os.Getenv("PACT_WASM_TEST_PANIC") == "default" {
		slog.SetDefault(slog.New(sink(func(slog.Record) { panic("the default one too") })))
	}
	if isAlone(t) {
		echo := loaded(t, "echo", pactwasm.Options{Logger: slog.New(sink(func(slog.Record) { panic("no paper") }))})
		logAll(t.Context(), t, echo)
		equal(t, "records", len(must(echo.Logs())(t)), 3)
		return
	}
	for where, want := range map[string]string{
		"own": "ERROR pactwasm: the logger panicked panic=\"no paper\"", "default": "pactwasm: the logger panicked: no paper\n",
	} {
		output, status := alone(t, "PACT_WASM_TEST_PANIC="+where)
		equal(t, "exit status", status, 0)
		contains(t, "output", output, want)
		contains(t, "place", output, "logs_test.go:")
	}
}

// A logger may call the library.
func TestLoggerThatCallsTheLibrary(t *testing.T) {
	var echo *pactwasm.Plugin
	kept := -1
	echo = loaded(t, "echo", pactwasm.Options{Logger: slog.New(sink(func(slog.Record) {
		if echo != nil {
			kept = len(must(echo.Logs())(t))
		}
	}))})
	logAll(t.Context(), t, echo)
	equal(t, "records at the last one", kept, 3)
}
