package pactwasm

// #include <pact_wasm.h>
import "C"

// Permission is something outside of the sandbox that plugins can be granted.
type Permission int32

const (
	// PermissionListen is for listening for TCP connections. The value is an address rule, see [Grant].
	PermissionListen Permission = C.PACTWASM_PERMISSION_LISTEN
	// PermissionConnect is for TCP connections to other machines, or to this one. The value is an address rule, see [Grant].
	PermissionConnect Permission = C.PACTWASM_PERMISSION_CONNECT
	// PermissionRead is for reading the files of a directory and of what is below it. The value is an absolute path.
	PermissionRead Permission = C.PACTWASM_PERMISSION_READ
	// PermissionReadWrite is for reading and writing the files of a directory and of what is below it. The value is an absolute
	// path.
	PermissionReadWrite Permission = C.PACTWASM_PERMISSION_READ_WRITE
	// PermissionEnvironment is for an environment variable of this process. The value is its name.
	PermissionEnvironment Permission = C.PACTWASM_PERMISSION_ENVIRONMENT
)

// Grant gives plugins something outside of their sandbox. A plugin gets it if its manifest asks for it, under "permissions" of
// its "pluginConfig": what both say counts. Nothing is granted by default, except that a plugin that is a transport may listen on
// loopback without asking. A plugin that asks for what is not granted, and does not call it optional, does not load
// ([ErrPermission]).
//
// An address rule is a host and ports, with a colon between. The host is an address (192.0.2.1, [2001:db8::1]), a network
// (192.0.2.0/24, [2001:db8::/32]), a name, "localhost" for all loopback addresses, or * for any. The ports are one (443), a range
// (8000-8999), or * for any, which is also what nothing means. A name stands for the addresses that it leads to, but never for
// loopback and link-local ones, because its owner decides where it leads; and only a name that is granted, or *, lets a plugin
// look it up. There is no UDP.
type Grant struct {
	// Plugin is the name of the plugin; empty for all plugins.
	Plugin string
	// Permission says what is granted, and what Value is.
	Permission Permission
	// Value is an address rule, a path, or the name of a variable.
	Value string
}

func (options *Options) setGrants(config *C.PactWasmConfig) error {
	for _, grant := range options.Grants {
		var o outcome
		err := o.check(C.pactwasm_config_grant(config, chars(grant.Plugin), C.size_t(len(grant.Plugin)),
			C.int32_t(grant.Permission), chars(grant.Value), C.size_t(len(grant.Value)), &o.failed))
		if err != nil {
			return err
		}
	}
	return nil
}
