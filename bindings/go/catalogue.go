package pactwasm

// #include <pact_wasm.h>
import "C"

// CatalogueEntry is something that the host or a plugin can do.
type CatalogueEntry struct {
	// Key is core/<entry type>/<key>, or plugin/<plugin name>/<entry type>/<key>.
	Key string
	// PluginName is empty for what the host does itself.
	PluginName string
	// EntryType is "content-matcher", "content-generator", "transport", "matcher", "interaction" or "generator".
	EntryType string
	// Values say more, for instance "content-types".
	Values map[string]string
}

// catalogueEntryJSON is an entry as update-catalogue takes it.
type catalogueEntryJSON struct {
	EntryType string            `json:"entryType"`
	Key       string            `json:"key"`
	Values    map[string]string `json:"values,omitempty"`
}

// takeCatalogue copies a catalogue, and frees it.
func takeCatalogue(catalogue *C.PactWasmCatalogue) ([]CatalogueEntry, error) {
	defer C.pactwasm_catalogue_free(catalogue)
	return items(C.pactwasm_catalogue_count(catalogue), func(index C.size_t, o *outcome) (CatalogueEntry, error) {
		from := C.PactWasmCatalogueEntry{size: C.sizeof_PactWasmCatalogueEntry}
		if err := o.check(C.pactwasm_catalogue_get(catalogue, index, &from, &o.failed)); err != nil {
			return CatalogueEntry{}, err
		}
		entry := CatalogueEntry{
			Key:        text(from.key),
			PluginName: text(from.plugin_name),
			EntryType:  text(from.entry_type),
		}
		return entry, decode(from.values_json, &entry.Values)
	})
}
