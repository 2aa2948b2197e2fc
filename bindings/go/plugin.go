package pactwasm

// #include <pact_wasm.h>
import "C"

import (
	"context"
	"encoding/json"
	"fmt"
)

// Plugin is a plugin that a [Host] has loaded. Its operations may be called by many goroutines at once;
// [Limits].Instances says how many of these calls run in parallel. The others wait, and each occupies a thread while it does.
type Plugin struct {
	name, version string
	// The host is not collected before the plugin is, because mock servers end with it.
	host   *Host
	handle *handle[*C.PactWasmPlugin]
}

// newPlugin keeps a plugin.
func newPlugin(host *Host, from *C.PactWasmPlugin) (*Plugin, error) {
	p := &Plugin{host: host, handle: newHandle(from, func(p *C.PactWasmPlugin) { C.pactwasm_plugin_free(p) })}
	closeWith(p, p.handle)
	info, err := p.Info()
	if err != nil {
		p.handle.close()
		return nil, err
	}
	p.name, p.version = info.Name, info.Version
	return p, nil
}

// Close lets go of the plugin. The last one to do so unloads it: its entries leave the host's catalogue. It always gives nil,
// and may be called more than once.
func (p *Plugin) Close() error {
	p.handle.close()
	return nil
}

// PluginInfo is what is known about a plugin.
type PluginInfo struct {
	// Name from its manifest.
	Name string
	// Version from its manifest.
	Version string
	// Directory that holds its manifest.
	Directory string
	// InstanceID is a UUID of this loaded plugin; it marks its log records.
	InstanceID string
	// Roles that its component fills, for instance "content-matcher".
	Roles []string
	// Capabilities that it declared at init; nil before that.
	Capabilities []string
}

// Info tells what is known about the plugin.
func (p *Plugin) Info() (PluginInfo, error) {
	plugin, err := p.handle.acquire()
	if err != nil {
		return PluginInfo{}, err
	}
	defer p.handle.release()
	var o outcome
	from := C.PactWasmPluginInfo{size: C.sizeof_PactWasmPluginInfo}
	if err := o.check(C.pactwasm_plugin_info(plugin, &from, &o.failed)); err != nil {
		return PluginInfo{}, err
	}
	info := PluginInfo{
		Name:       text(from.name),
		Version:    text(from.version),
		Directory:  text(from.directory),
		InstanceID: text(from.instance_id),
	}
	if err := decode(from.roles_json, &info.Roles); err != nil {
		return PluginInfo{}, err
	}
	return info, decode(from.capabilities_json, &info.Capabilities)
}

// Catalogue has the plugin's own entries; none before init.
func (p *Plugin) Catalogue() ([]CatalogueEntry, error) {
	plugin, err := p.handle.acquire()
	if err != nil {
		return nil, err
	}
	defer p.handle.release()
	var o outcome
	var catalogue *C.PactWasmCatalogue
	if err := o.check(C.pactwasm_plugin_catalogue(plugin, &catalogue, &o.failed)); err != nil {
		return nil, err
	}
	return takeCatalogue(catalogue)
}

// Logs has the plugin's last log records of the configured level and above, oldest first: at most 1000, with at most 4 MiB of
// text.
func (p *Plugin) Logs() ([]LogRecord, error) {
	plugin, err := p.handle.acquire()
	if err != nil {
		return nil, err
	}
	defer p.handle.release()
	var o outcome
	var logs *C.PactWasmLogs
	if err := o.check(C.pactwasm_plugin_logs(plugin, &logs, &o.failed)); err != nil {
		return nil, err
	}
	return takeLogs(logs)
}

// Init introduces host and plugin to each other and reads the plugin's catalogue entries. [Host.Load] does it, unless
// [Options].ManualInit is set. Where it was done already it does nothing, and where it failed it can be tried again.
//
// Errors: [ErrPlugin] (the plugin refuses), [ErrIncompatible] (it needs capabilities that this host lacks, declares entries
// whose role it does not export, or exports functions of other types), [ErrInvalidResponse], and those of all operations:
// [ErrTrap], [ErrDeadline], [ErrCancelled], [ErrMemoryLimit], [ErrHostCallLimit], [ErrStackLimit], [ErrResourceLimit],
// [ErrCycle], [ErrBusy], [ErrInvalidArgument], [ErrInternal], [ErrClosed].
func (p *Plugin) Init(ctx context.Context) error {
	var l loan
	defer l.giveBack()
	return p.call(ctx, "init", &l,
		func(plugin *C.PactWasmPlugin, options *C.PactWasmCallOptions, failed **C.PactWasmError) C.int32_t {
			return C.pactwasm_plugin_init(plugin, options, failed)
		})
}

// UpdateCatalogue tells the plugin a catalogue in place of the host's own. Seldom needed: the library tells each plugin the
// host's catalogue without being asked, and does so again when it changes.
//
// Errors besides those of all operations (see [Plugin.Init]): [ErrWrongState] before init.
func (p *Plugin) UpdateCatalogue(ctx context.Context, catalogue []CatalogueEntry) error {
	entries := make([]catalogueEntryJSON, len(catalogue))
	for index, entry := range catalogue {
		entries[index] = catalogueEntryJSON{EntryType: entry.EntryType, Key: entry.Key, Values: entry.Values}
	}
	var l loan
	defer l.giveBack()
	list := l.json("catalogue", entries)
	return p.call(ctx, "update-catalogue", &l,
		func(plugin *C.PactWasmPlugin, options *C.PactWasmCallOptions, failed **C.PactWasmError) C.int32_t {
			return C.pactwasm_plugin_update_catalogue(plugin, (*C.char)(list.data), list.len, options, failed)
		})
}

// Call is the generic call: any operation by its name, with a request that encoding/json turns into a JSON object, and a
// response that it reads into what a pointer points to, for instance a map[string]any or a json.RawMessage. Requests and
// responses are described by the library's JSON Schema, generic-call-1.json; bodies are in base64.
//
// The operations are "init" (with an empty request), "update-catalogue", "configure-interaction", "compare-contents",
// "generate-content", "match-field", "generate-field", "start-mock-server", "get-mock-server-results" and "shutdown-mock-server"
// (with a "key"), "prepare-interaction-for-verification" and "verify-interaction". A mock server that is started this way runs
// until it is shut down, or its plugin or host is closed.
//
// Errors: [ErrInvalidArgument] (also an unknown operation and a request that does not fit it), [ErrInvalidResponse] (also a
// generated NaN or infinity, which JSON does not have), and those of the method of the operation.
func (p *Plugin) Call(ctx context.Context, operation string, request, response any) error {
	var l loan
	defer l.giveBack()
	lent := l.json("request", request)
	name := l.text(operation)
	var given C.PactWasmBytes
	err := p.call(ctx, operation, &l,
		func(plugin *C.PactWasmPlugin, options *C.PactWasmCallOptions, failed **C.PactWasmError) C.int32_t {
			return C.pactwasm_plugin_call(plugin, (*C.char)(name.data), name.len, (*C.char)(lent.data), lent.len, options,
				&given, failed)
		})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(takeBytes(&given), response); err != nil {
		return fmt.Errorf("pactwasm: the response of %s: %w", operation, err)
	}
	return nil
}
