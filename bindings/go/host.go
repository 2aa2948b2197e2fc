package pactwasm

// #include <pact_wasm.h>
import "C"

import (
	"context"
	"fmt"
)

// Host finds and loads plugins and keeps their catalogue. Hosts know nothing of each other.
type Host struct {
	handle     *handle[*C.PactWasmHost]
	manualInit bool
}

// NewHost makes a host. Nothing is read from disk yet.
//
// Errors: [ErrInvalidArgument], [ErrInternal], and one that says so if the library that is loaded is not the one that this
// package was compiled for.
func NewHost(options Options) (*Host, error) {
	if err := checkABI(); err != nil {
		return nil, err
	}
	config, err := newConfig(&options)
	if err != nil {
		return nil, err
	}
	defer C.pactwasm_config_free(config)
	var o outcome
	var host *C.PactWasmHost
	if err := o.check(C.pactwasm_host_new(config, &host, &o.failed)); err != nil {
		return nil, err
	}
	h := &Host{
		handle:     newHandle(host, func(h *C.PactWasmHost) { C.pactwasm_host_free(h) }),
		manualInit: options.ManualInit,
	}
	closeWith(h, h.handle)
	return h, nil
}

// Close lets go of the host, and ends its mock servers. Plugins that it loaded stay usable until they are closed themselves. It
// always gives nil, and may be called more than once.
func (h *Host) Close() error {
	h.handle.close()
	return nil
}

// InstalledPlugin is a plugin in the plugin directory.
type InstalledPlugin struct {
	// Directory that holds the manifest.
	Directory string
	// Name of the plugin; empty if the manifest cannot be used.
	Name string
	// Version of the plugin; empty if the manifest cannot be used.
	Version string
	// ExecutableType is "wasm" for what this library runs, otherwise for instance "exec"; empty if the manifest cannot be used.
	ExecutableType string
	// Problem says why the manifest cannot be used; empty if it can.
	Problem string
}

// Discover reads what is installed in the plugin directory. Usable plugins come first, by name and rising version. A manifest
// that cannot be used hides no other; it is an item of its own with the reason.
//
// Errors: [ErrNotFound] (the directory), [ErrIO], [ErrClosed].
func (h *Host) Discover() ([]InstalledPlugin, error) {
	host, err := h.handle.acquire()
	if err != nil {
		return nil, err
	}
	defer h.handle.release()
	var o outcome
	var installed *C.PactWasmInstalled
	if err := o.check(C.pactwasm_host_discover(host, &installed, &o.failed)); err != nil {
		return nil, err
	}
	defer C.pactwasm_installed_free(installed)
	return items(C.pactwasm_installed_count(installed), func(index C.size_t, o *outcome) (InstalledPlugin, error) {
		from := C.PactWasmInstalledPlugin{size: C.sizeof_PactWasmInstalledPlugin}
		err := o.check(C.pactwasm_installed_get(installed, index, &from, &o.failed))
		return InstalledPlugin{
			Directory:      text(from.directory),
			Name:           text(from.name),
			Version:        text(from.version),
			ExecutableType: text(from.executable_type),
			Problem:        text(from.problem),
		}, err
	})
}

// Load finds a plugin by name in the plugin directory, loads and initialises it. Loading reads and compiles its component, or
// takes the compiled form from the cache. A plugin that this host has loaded already is not loaded again: the new Plugin stands
// for the same one, and each is closed.
//
// version is the least version within semantic-version compatibility; empty for the highest that is installed. The context is
// for initialising ([Plugin.Init]); compiling cannot be interrupted.
//
// Errors: [ErrNotFound], [ErrManifestInvalid], [ErrComponentInvalid], [ErrCompileFailed], [ErrIncompatible], [ErrIO],
// [ErrClosed], and those of [Plugin.Init].
func (h *Host) Load(ctx context.Context, name, version string) (*Plugin, error) {
	return h.load(ctx, func(host *C.PactWasmHost, plugin **C.PactWasmPlugin, failed **C.PactWasmError) C.int32_t {
		return C.pactwasm_host_load(host, chars(name), C.size_t(len(name)), chars(version), C.size_t(len(version)), plugin, failed)
	})
}

// LoadDirectory loads and initialises the plugin whose pact-plugin.json lies in a directory, wherever that is. Otherwise it is
// like [Host.Load].
func (h *Host) LoadDirectory(ctx context.Context, path string) (*Plugin, error) {
	return h.load(ctx, func(host *C.PactWasmHost, plugin **C.PactWasmPlugin, failed **C.PactWasmError) C.int32_t {
		return C.pactwasm_host_load_directory(host, chars(path), C.size_t(len(path)), plugin, failed)
	})
}

func (h *Host) load(ctx context.Context,
	perform func(host *C.PactWasmHost, plugin **C.PactWasmPlugin, failed **C.PactWasmError) C.int32_t) (*Plugin, error) {
	if err := ctx.Err(); err != nil {
		return nil, &Error{Code: contextCode(err), Message: fmt.Sprintf("nothing was loaded: %v", err)}
	}
	host, err := h.handle.acquire()
	if err != nil {
		return nil, err
	}
	defer h.handle.release()
	var o outcome
	var loaded *C.PactWasmPlugin
	if err := o.check(perform(host, &loaded, &o.failed)); err != nil {
		return nil, err
	}
	plugin, err := newPlugin(h, loaded)
	if err != nil || h.manualInit {
		return plugin, err
	}
	if err := plugin.Init(ctx); err != nil {
		plugin.handle.close()
		return nil, err
	}
	return plugin, nil
}

// Catalogue has what the host itself can do, then the entries of all plugins that it has loaded and initialised, in the order
// of loading.
func (h *Host) Catalogue() ([]CatalogueEntry, error) {
	host, err := h.handle.acquire()
	if err != nil {
		return nil, err
	}
	defer h.handle.release()
	var o outcome
	var catalogue *C.PactWasmCatalogue
	if err := o.check(C.pactwasm_host_catalogue(host, &catalogue, &o.failed)); err != nil {
		return nil, err
	}
	return takeCatalogue(catalogue)
}
