package pactwasm

// #include <pact_wasm.h>
import "C"

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"time"
)

// LevelTrace is the finest level of log records; the others are slog's own.
const LevelTrace = slog.LevelDebug - 4

// levels of the library, which counts them from 1.
var levels = [...]slog.Level{
	C.PACTWASM_LEVEL_TRACE - 1: LevelTrace,
	C.PACTWASM_LEVEL_DEBUG - 1: slog.LevelDebug,
	C.PACTWASM_LEVEL_INFO - 1:  slog.LevelInfo,
	C.PACTWASM_LEVEL_WARN - 1:  slog.LevelWarn,
	C.PACTWASM_LEVEL_ERROR - 1: slog.LevelError,
}

// lowestLevel is the library's level from which on records are at least as high as a level of slog; errors always are.
func lowestLevel(level slog.Level) C.int32_t {
	for index, of := range levels {
		if of >= level {
			return C.int32_t(index + 1)
		}
	}
	return C.PACTWASM_LEVEL_ERROR
}

// LogRecord is something that a plugin logged.
type LogRecord struct {
	// Time in milliseconds.
	Time time.Time
	// Level is [LevelTrace] or one of slog's.
	Level slog.Level
	// Target is the part of the plugin that speaks; "stdout" or "stderr" for a line that it printed.
	Target string
	// Message is the text.
	Message string
	// PluginName names the plugin.
	PluginName string
	// InstanceID is a UUID of the loaded plugin, as in [PluginInfo].
	InstanceID string
	// TestRunID is the test run that the call belongs to; empty where nobody named one.
	TestRunID string
}

func logRecordOf(from *C.PactWasmLogRecord) LogRecord {
	return LogRecord{
		Time:       time.UnixMilli(int64(from.timestamp_ms)),
		Level:      levels[from.level-1],
		Target:     text(from.target),
		Message:    text(from.message),
		PluginName: text(from.plugin_name),
		InstanceID: text(from.plugin_instance_id),
		TestRunID:  text(from.test_run_id),
	}
}

// takeLogs copies log records, and frees them.
func takeLogs(logs *C.PactWasmLogs) ([]LogRecord, error) {
	defer C.pactwasm_logs_free(logs)
	return items(C.pactwasm_logs_count(logs), func(index C.size_t, o *outcome) (LogRecord, error) {
		from := C.PactWasmLogRecord{size: C.sizeof_PactWasmLogRecord}
		if err := o.check(C.pactwasm_logs_get(logs, index, &from, &o.failed)); err != nil {
			return LogRecord{}, err
		}
		return logRecordOf(&from), nil
	})
}

// deliver hands a record to a logger.
func (r *LogRecord) deliver(logger *slog.Logger) {
	ctx := context.Background()
	if !logger.Enabled(ctx, r.Level) {
		return
	}
	record := slog.NewRecord(r.Time, r.Level, r.Message, 0)
	record.AddAttrs(
		slog.String("plugin", r.PluginName),
		slog.String("plugin_instance", r.InstanceID),
		slog.String("target", r.Target),
	)
	if r.TestRunID != "" {
		record.AddAttrs(slog.String("test_run", r.TestRunID))
	}
	// As slog itself does, which has nobody to tell either.
	_ = logger.Handler().Handle(ctx, record)
}

// complain reports a logger that panicked to the default logger; if that is the one, to stderr.
func complain(reason any) {
	stack := string(debug.Stack())
	defer func() {
		if recover() != nil {
			fmt.Fprintf(os.Stderr, "pactwasm: the logger panicked: %v\n%s", reason, stack)
		}
	}()
	slog.Error("pactwasm: the logger panicked", "panic", reason, "stack", stack)
}
