"""Values of Python in the memory of C, and back.

Requests are structs with addresses of Python's own bytes in them, so that bodies are not copied. ``struct`` packs such a struct
from a row of numbers, which takes half the time of setting the fields of a ``ctypes.Structure`` one by one.
"""

import ctypes
import json
import struct
from collections.abc import Iterable
from typing import Any

#: Anything that JSON can write.
Json = Any

ABSENT = (0, 0)

_FORMATS: dict[type, str] = {
    ctypes.c_int32: "i",
    ctypes.c_int64: "q",
    ctypes.c_uint64: "Q",
    ctypes.c_size_t: "N",
    ctypes.c_double: "d",
    ctypes.c_void_p: "P",
}

_address = ctypes.pythonapi.PyBytes_AsString
_address.argtypes = [ctypes.py_object]
_address.restype = ctypes.c_void_p

_encode = str.encode
_write_json = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode


class Packer:
    """Makes structs of one type from their fields, given as a row of numbers: nested structs field by field."""

    def __init__(self, structure: type[ctypes.Structure]) -> None:
        self._pack = struct.Struct("@" + _format(structure)).pack
        self._from_bytes = structure.from_buffer_copy
        first, _ = structure._fields_[0][:2]
        self._size = (ctypes.sizeof(structure),) if first == "size" else ()

    def __call__(self, *fields: int | float) -> ctypes.Structure:
        try:
            packed = self._pack(*self._size, *fields)
        except struct.error as error:
            raise TypeError(f"an argument is no number, or too large a one: {error}") from None
        return self._from_bytes(packed)


def _format(structure: type[ctypes.Structure]) -> str:
    """The struct as the module ``struct`` describes it. It begins and ends aligned like a pointer, because all have some."""
    return "0P" + "".join(_format_of_field(field[1]) for field in structure._fields_) + "0P"


def _format_of_field(kind: type[Any]) -> str:
    return _FORMATS.get(kind) or (_format(kind) if issubclass(kind, ctypes.Structure) else "P")


class Borrowed(list[object]):
    """What the structs of one call point to: it has to live until the call is over."""

    __slots__ = ()

    def text(self, text: str | None) -> tuple[int, int]:
        """A view of text; None is absent."""
        return ABSENT if text is None else self.buffer(_encode(text))

    def json(self, value: Json | None) -> tuple[int, int]:
        """A view of a value as JSON; None is absent."""
        return ABSENT if value is None else self.buffer(_encode(_write_json(value)))

    def array(self, structs: Iterable[ctypes.Structure]) -> tuple[int, int]:
        """Address and number of structs, one after the other."""
        packed = [bytes(one) for one in structs]
        address, _ = self.buffer(b"".join(packed))
        return address, len(packed)

    def pointer(self, pointer: ctypes.c_void_p) -> int:
        """The address that a pointer holds, which is not freed as long as this is there."""
        self.append(pointer)
        return pointer.value or 0

    def buffer(self, data: bytes | bytearray | memoryview | None) -> tuple[int, int]:
        """A view of bytes, which are not copied unless they are a read-only or scattered memoryview; None is absent."""
        if data is None:
            return ABSENT
        if isinstance(data, bytes):
            self.append(data)
            return _address(data), len(data)
        view = memoryview(data)
        if view.readonly or not view.contiguous or not view.nbytes:
            return self.buffer(view.tobytes())
        start = ctypes.c_char.from_buffer(view)
        self.append(start)
        return ctypes.addressof(start), view.nbytes


def write_json(value: Json) -> bytes:
    """JSON as the library takes it. NaN and infinities, which JSON does not have, are a ValueError."""
    return _encode(_write_json(value))


def optional_bytes(view: Any) -> bytes | None:
    """What a view shows; None if it is absent."""
    address: int | None = view.data
    return None if address is None else ctypes.string_at(address, view.len)


def optional_text(view: Any) -> str | None:
    """The text that a view shows; None if it is absent."""
    data = optional_bytes(view)
    return None if data is None else data.decode()


def text(view: Any) -> str:
    """The text that a view shows; empty if it is absent."""
    return optional_text(view) or ""


def read_json(view: Any) -> Json | None:
    """The JSON that a view shows; None if it is absent."""
    data = optional_bytes(view)
    return None if data is None else json.loads(data)


def new(structure: type[ctypes.Structure]) -> Any:
    """A struct for the library to fill."""
    return structure(ctypes.sizeof(structure))
