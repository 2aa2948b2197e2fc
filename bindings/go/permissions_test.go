package pactwasm_test

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	pactwasm "libpact_wasm/bindings/go"
)

// asking makes a directory with a test plugin whose manifest asks for permissions.
func asking(t *testing.T, plugin string, permissions any) string {
	t.Helper()
	wasm := must(os.ReadFile(filepath.Join(testPlugins, plugin+"-1.0.0", plugin+".wasm")))(t)
	text := must(json.Marshal(map[string]any{"permissions": permissions}))(t)
	return brokenPlugin(t, manifest(string(text)), wasm)
}

// A plugin that asks for what is not granted does not load, for each kind of permission.
func TestGrants(t *testing.T) {
	directory := t.TempDir()
	for _, kind := range []struct {
		permission      pactwasm.Permission
		asked           map[string]any
		granted, refuse string
		wrong           string
	}{
		{pactwasm.PermissionListen, map[string]any{"listen": []string{"0.0.0.0:8000-8001"}}, "0.0.0.0", "0.0.0.0:8000-8001", "0.0.0.0:x"},
		{pactwasm.PermissionConnect, map[string]any{"connect": []string{"192.0.2.1:443"}}, "192.0.2.0/24:*", "192.0.2.1:443", ""},
		{pactwasm.PermissionRead, map[string]any{"directories": []any{map[string]any{"path": directory, "access": "read"}}},
			directory, directory, "not/absolute"},
		{pactwasm.PermissionReadWrite, map[string]any{"directories": []any{map[string]any{"path": directory, "access": "read-write"}}},
			directory, directory, "\xff"},
		{pactwasm.PermissionEnvironment, map[string]any{"environment": []string{"PACT_WASM_TEST_VALUE"}},
			"PACT_WASM_TEST_VALUE", "PACT_WASM_TEST_VALUE", "A=B"},
	} {
		path := asking(t, "line", kind.asked)
		loads := func(grants ...pactwasm.Grant) error {
			t.Helper()
			plugin, err := newHost(t, pactwasm.Options{Grants: grants}).LoadDirectory(t.Context(), path)
			if err == nil {
				plugin.Close()
			}
			return err
		}
		grant := pactwasm.Grant{Permission: kind.permission, Value: kind.granted}
		failed := fails(t, loads(), pactwasm.ErrPermission, kind.refuse)
		equal(t, "plugin", failed.PluginName+" "+failed.PluginVersion, "wrong 1.2.3")
		equal(t, "granted to all", loads(grant), error(nil))
		grant.Plugin = "line"
		fails(t, loads(grant), pactwasm.ErrPermission, kind.refuse)
		other := grant
		other.Plugin = "wrong"
		equal(t, "granted to this one too", loads(grant, other), error(nil))

		_, err := pactwasm.NewHost(pactwasm.Options{Grants: []pactwasm.Grant{{Permission: kind.permission, Value: kind.wrong}}})
		fails(t, err, pactwasm.ErrInvalidArgument, `"value"`)
	}
	_, err := pactwasm.NewHost(pactwasm.Options{Grants: []pactwasm.Grant{{Permission: 5, Value: "x"}}})
	fails(t, err, pactwasm.ErrInvalidArgument, `"permission"`)
	_, err = pactwasm.NewHost(pactwasm.Options{Grants: []pactwasm.Grant{{Plugin: "\xff", Value: "*"}}})
	fails(t, err, pactwasm.ErrInvalidArgument, `"plugin"`)
}

// probes has the plugin intruder try what the sandbox may forbid, and gives what came of each.
func probes(t *testing.T, intruder *pactwasm.Plugin, tries ...map[string]any) []map[string]any {
	t.Helper()
	_, err := intruder.CompareContents(t.Context(), pactwasm.CompareRequest{
		Expected: textBody(""), Actual: textBody(string(must(json.Marshal(tries))(t))),
	})
	// What the plugin says comes with what the sandbox refused.
	failed := fails(t, err, pactwasm.ErrPermission, "; the sandbox had refused it ")
	_, text, _ := strings.Cut(failed.Message, "the plugin answered: ")
	var results []map[string]any
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&results); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return results
}

// What is granted is there, and nothing else.
func TestWhatIsGranted(t *testing.T) {
	readable, writable := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(readable, "in"), []byte("read me"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PACT_WASM_TEST_VALUE", "worth")
	t.Setenv("PACT_WASM_TEST_OTHER", "secret")
	greeter := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	defer greeter.Close()
	go func() {
		for {
			connection, err := greeter.Accept()
			if err != nil {
				return
			}
			_, _ = connection.Write([]byte("hello"))
			connection.Close()
		}
	}()
	port := greeter.Addr().(*net.TCPAddr).Port
	path := asking(t, "intruder", map[string]any{
		"connect": []string{"localhost"}, "environment": []string{"PACT_WASM_TEST_VALUE"},
		"directories": []any{
			map[string]any{"path": readable, "access": "read"}, map[string]any{"path": writable, "access": "read-write"},
		},
	})
	host := newHost(t, pactwasm.Options{Grants: []pactwasm.Grant{
		{Plugin: "wrong", Permission: pactwasm.PermissionConnect, Value: "127.0.0.1:" + strconv.Itoa(port)},
		{Permission: pactwasm.PermissionEnvironment, Value: "PACT_WASM_TEST_VALUE"},
		{Permission: pactwasm.PermissionRead, Value: readable},
		{Permission: pactwasm.PermissionReadWrite, Value: writable},
	}})
	intruder := must(host.LoadDirectory(t.Context(), path))(t)
	defer intruder.Close()
	results := probes(t, intruder,
		map[string]any{"do": "read", "path": filepath.Join(readable, "in")},
		map[string]any{"do": "write", "path": filepath.Join(readable, "out"), "text": "no"},
		map[string]any{"do": "write", "path": filepath.Join(writable, "out"), "text": "written"},
		map[string]any{"do": "env"},
		map[string]any{"do": "connect", "address": "127.0.0.1", "port": port},
		map[string]any{"do": "connect", "address": "127.0.0.1", "port": port ^ 1},
	)
	equal(t, "read", results[0], map[string]any{"ok": "read me"})
	equal(t, "write to what is for reading", results[1]["ok"], nil)
	equal(t, "write", results[2], map[string]any{"ok": true})
	equal(t, "environment", results[3], map[string]any{"ok": map[string]any{"PACT_WASM_TEST_VALUE": "worth"}})
	equal(t, "connect", results[4], map[string]any{"ok": "hello"})
	equal(t, "connect elsewhere", results[5], map[string]any{"error": "access-denied"})
	equal(t, "what was written", string(must(os.ReadFile(filepath.Join(writable, "out")))(t)), "written")
	_, err := os.Stat(filepath.Join(readable, "out"))
	equal(t, "what was not", os.IsNotExist(err), true)
}
