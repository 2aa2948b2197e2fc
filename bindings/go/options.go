package pactwasm

// #include "callbacks.h"
import "C"

import (
	"fmt"
	"log/slog"
	"runtime/cgo"
	"time"
)

// Options of a [Host]. What is left at zero has its default.
type Options struct {
	// PluginDirectory is where plugins are installed. Default: $PACT_PLUGIN_DIR, or else ~/.pact/plugins.
	PluginDirectory string
	// CacheDirectory is where compiled plugins are kept between processes. Default: $XDG_CACHE_HOME/pact-wasm, or else
	// ~/.cache/pact-wasm. It is made with mode 0700; one that others can enter is not used.
	CacheDirectory string
	// NoCache keeps nothing between processes, whatever CacheDirectory says.
	NoCache bool
	// Implementation and ImplementationVersion are what plugins are told about who loads them, for instance "pact-go" and
	// "2.4.1". Both or none.
	Implementation, ImplementationVersion string
	// TestRunID marks log records, unless a call's context names a test run ([WithTestRunID]), or its test context does.
	TestRunID string
	// Limits of each plugin.
	Limits Limits
	// NoSignalHandlers lets crashes of plugins be caught by checks in their compiled code, which is slower but leaves all
	// signals alone. Default: by handlers for SIGSEGV, SIGILL and SIGFPE, which pass on to Go's runtime what is not theirs.
	// The handlers are process-wide and stay once a host without this option was made.
	NoSignalHandlers bool
	// LogLevel is the lowest level of records that are kept and delivered. Default: [slog.LevelInfo].
	LogLevel slog.Level
	// Logger gets the records of all plugins as they are made, with the attributes plugin, plugin_instance, target and
	// test_run. It is called in the goroutine that called the plugin, and for a mock server in one of its own. nil for none.
	Logger *slog.Logger
	// Handlers are functions of the program for plugins. Of two with the same type and key the last one counts.
	Handlers []Handler
	// Grants let plugins out of their sandbox, where their manifests ask for it.
	Grants []Grant
	// ManualInit lets [Host.Load] load plugins without calling [Plugin.Init].
	ManualInit bool
}

// Limits of each plugin. Zero is the default; what is out of range is [ErrInvalidArgument].
type Limits struct {
	// Timeout of one call whose context has no deadline, waiting for a free instance included: from a millisecond to 24 hours,
	// rounded up to milliseconds. Default 30 seconds.
	Timeout time.Duration
	// Memory of one instance in bytes: 65536 to 4294967296. Default 268435456. Address space of this size is reserved.
	Memory int64
	// Stack for the plugin's code in bytes: 65536 to 67108864. Default 524288.
	Stack int64
	// TableElements of one table: 1 to 16777216. Default 1048576.
	TableElements int64
	// HostCall is how many bytes a plugin may hand to the host in one call: 1024 to 4294967296. Default 134217728.
	HostCall int64
	// Log is how many bytes of log text one call may make, 64 for each record included: up to 1073741824, and [NoLog] for
	// none at all. Default 1048576. A record tells how many were dropped.
	Log int64
	// Instances of one plugin, which is how many of its calls run in parallel: 1 to 1024. Default: the number of processors.
	// Components of the prototype's interface have one, whatever this says.
	Instances int64
	// Nesting is how deep plugins may call each other: 1 to 64. Default 16.
	Nesting int64
}

// NoLog is the value of [Limits].Log that drops everything.
const NoLog = -1

// newConfig makes a configuration of the library, to be freed.
func newConfig(options *Options) (*C.PactWasmConfig, error) {
	var config *C.PactWasmConfig
	var o outcome
	if err := o.check(C.pactwasm_config_new(&config, &o.failed)); err != nil {
		return nil, err
	}
	for _, configure := range []func(*Options, *C.PactWasmConfig) error{
		(*Options).setDirectories, (*Options).setIdentity, (*Options).setLimits, (*Options).setSignals, (*Options).setLog,
		(*Options).setHandlers, (*Options).setGrants,
	} {
		if err := configure(options, config); err != nil {
			C.pactwasm_config_free(config)
			return nil, err
		}
	}
	return config, nil
}

func (options *Options) setDirectories(config *C.PactWasmConfig) error {
	var o outcome
	if path := options.PluginDirectory; path != "" {
		err := o.check(C.pactwasm_config_set_plugin_directory(config, chars(path), C.size_t(len(path)), &o.failed))
		if err != nil {
			return err
		}
	}
	if options.NoCache {
		return o.check(C.pactwasm_config_set_cache_directory(config, nil, 0, &o.failed))
	}
	if path := options.CacheDirectory; path != "" {
		return o.check(C.pactwasm_config_set_cache_directory(config, chars(path), C.size_t(len(path)), &o.failed))
	}
	return nil
}

func (options *Options) setIdentity(config *C.PactWasmConfig) error {
	var o outcome
	if name, version := options.Implementation, options.ImplementationVersion; name != "" || version != "" {
		err := o.check(C.pactwasm_config_set_implementation(config, chars(name), C.size_t(len(name)), chars(version),
			C.size_t(len(version)), &o.failed))
		if err != nil {
			return err
		}
	}
	id := options.TestRunID
	return o.check(C.pactwasm_config_set_test_run_id(config, chars(id), C.size_t(len(id)), &o.failed))
}

func (options *Options) setLimits(config *C.PactWasmConfig) error {
	limits := &options.Limits
	for _, limit := range []struct {
		name   string
		number C.int32_t
		value  int64
	}{
		{"Timeout", C.PACTWASM_LIMIT_TIMEOUT_MS, int64(roundedUp(limits.Timeout) / time.Millisecond)},
		{"Memory", C.PACTWASM_LIMIT_MEMORY, limits.Memory},
		{"Stack", C.PACTWASM_LIMIT_STACK, limits.Stack},
		{"TableElements", C.PACTWASM_LIMIT_TABLE_ELEMENTS, limits.TableElements},
		{"HostCall", C.PACTWASM_LIMIT_HOST_CALL, limits.HostCall},
		{"Log", C.PACTWASM_LIMIT_LOG, limits.Log},
		{"Instances", C.PACTWASM_LIMIT_INSTANCES, limits.Instances},
		{"Nesting", C.PACTWASM_LIMIT_NESTING, limits.Nesting},
	} {
		if limit.value == 0 {
			continue
		}
		if limit.number == C.PACTWASM_LIMIT_LOG && limit.value == NoLog {
			limit.value = 0
		}
		if limit.value < 0 {
			return &Error{Code: ErrInvalidArgument, Message: fmt.Sprintf("Limits.%s is negative", limit.name)}
		}
		var o outcome
		if err := o.check(C.pactwasm_config_set_limit(config, limit.number, C.uint64_t(limit.value), &o.failed)); err != nil {
			return err
		}
	}
	return nil
}

func (options *Options) setSignals(config *C.PactWasmConfig) error {
	if !options.NoSignalHandlers {
		return nil
	}
	var o outcome
	return o.check(C.pactwasm_config_set_signal_handlers(config, 0, &o.failed))
}

func (options *Options) setLog(config *C.PactWasmConfig) error {
	var o outcome
	err := o.check(C.pactwasm_config_set_log_level(config, lowestLevel(options.LogLevel), &o.failed))
	if err != nil || options.Logger == nil {
		return err
	}
	logger := C.uintptr_t(cgo.NewHandle(options.Logger))
	return o.check(C.pactwasmgo_set_logger(config, logger, &o.failed))
}

func (options *Options) setHandlers(config *C.PactWasmConfig) error {
	for _, handler := range options.Handlers {
		values, err := encode(handler.values)
		if err != nil {
			return err
		}
		var o outcome
		err = o.check(C.pactwasmgo_set_handler(config, chars(handler.entryType), C.size_t(len(handler.entryType)),
			chars(handler.key), C.size_t(len(handler.key)), chars(string(values)), C.size_t(len(values)),
			C.uintptr_t(cgo.NewHandle(&handler)), &o.failed))
		if err != nil {
			return err
		}
	}
	return nil
}
