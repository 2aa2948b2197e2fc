package pactwasm

import (
	"io/fs"
	"runtime"
	"sync/atomic"
)

// ErrClosed is the error of what is used after its Close. It is also [fs.ErrClosed] for errors.Is.
var ErrClosed error = closedError{}

type closedError struct{}

func (closedError) Error() string        { return "pactwasm: used after Close" }
func (closedError) Is(target error) bool { return target == fs.ErrClosed }

// handle keeps a handle of the library as long as somebody may use it: until it is closed and no call has it any more. Close
// never waits, so a handler may close the plugin that is calling it.
type handle[P any] struct {
	pointer P
	free    func(P)
	// users counts the calls, and one for the owner until it closes; whoever takes it to zero frees.
	users  atomic.Int64
	closed atomic.Bool
}

func newHandle[P any](pointer P, free func(P)) *handle[P] {
	h := &handle[P]{pointer: pointer, free: free}
	h.users.Store(1)
	return h
}

// acquire gives the pointer, which is valid until the release that has to follow.
func (h *handle[P]) acquire() (P, error) {
	for {
		users := h.users.Load()
		if h.closed.Load() { // always before the users can get to zero
			var none P
			return none, ErrClosed
		}
		if h.users.CompareAndSwap(users, users+1) {
			return h.pointer, nil
		}
	}
}

func (h *handle[P]) release() {
	if h.users.Add(-1) == 0 {
		h.free(h.pointer)
	}
}

// close gives up the owner's share, once.
func (h *handle[P]) close() {
	if h.closed.CompareAndSwap(false, true) {
		h.release()
	}
}

// closeWith closes the handle when nobody can reach its owner any more.
func closeWith[T, P any](owner *T, h *handle[P]) {
	runtime.AddCleanup(owner, (*handle[P]).close, h)
}
