// Package pactffi calls Pact's own library, libpact_ffi, to test that it gets on with libpact_wasm in one process.
package pactffi

/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>

static const char *version(void *function) {
    return ((const char *(*)(void))function)();
}

static bool check_regex(void *function, const char *regex, const char *example) {
    return ((bool (*)(const char *, const char *))function)(regex, example);
}
*/
import "C"

import (
	"errors"
	"unsafe"
)

// Library is a libpact_ffi that is loaded.
type Library struct {
	version, checkRegex unsafe.Pointer
}

// Open loads the library from a file. It is never unloaded.
func Open(path string) (*Library, error) {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	handle := C.dlopen(name, C.RTLD_NOW|C.RTLD_LOCAL)
	if handle == nil {
		return nil, errors.New(C.GoString(C.dlerror()))
	}
	library := &Library{}
	for name, function := range map[string]*unsafe.Pointer{
		"pactffi_version": &library.version, "pactffi_check_regex": &library.checkRegex,
	} {
		symbol := C.CString(name)
		*function = C.dlsym(handle, symbol)
		C.free(unsafe.Pointer(symbol))
		if *function == nil {
			return nil, errors.New(C.GoString(C.dlerror()))
		}
	}
	return library, nil
}

// Version is that of the library.
func (l *Library) Version() string {
	return C.GoString(C.version(l.version))
}

// CheckRegex says whether an example matches a regular expression.
func (l *Library) CheckRegex(regex, example string) bool {
	r, e := C.CString(regex), C.CString(example)
	defer C.free(unsafe.Pointer(r))
	defer C.free(unsafe.Pointer(e))
	return bool(C.check_regex(l.checkRegex, r, e))
}
