package pactwasm

// #include <pact_wasm.h>
import "C"

// Hint says whether a body is text or binary.
type Hint int32

const (
	// HintDefault decides from the content type.
	HintDefault Hint = C.PACTWASM_HINT_DEFAULT
	// HintText: the body is text.
	HintText Hint = C.PACTWASM_HINT_TEXT
	// HintBinary: the body is binary.
	HintBinary Hint = C.PACTWASM_HINT_BINARY
)

// Body is the body of a request, a response or a message.
type Body struct {
	// ContentType is the MIME type, for instance "application/json;charset=UTF-8"; empty where it is not known.
	ContentType string
	// Content has the bytes. nil is a missing body, and not the same as an empty one.
	Content []byte
	// Hint says how to read the bytes.
	Hint Hint
}

func (b Body) lend(l *loan) C.PactWasmBody {
	return C.PactWasmBody{
		content_type: l.text(b.ContentType),
		content:      l.bytes(b.Content),
		hint:         C.int32_t(b.Hint),
	}
}

func bodyOf(from C.PactWasmBody) Body {
	return Body{ContentType: text(from.content_type), Content: content(from.content), Hint: Hint(from.hint)}
}
