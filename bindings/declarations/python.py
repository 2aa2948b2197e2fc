"""Writes the header's declarations for ctypes."""

from header import Header, Type

SCALARS = {
    "int32_t": "ctypes.c_int32",
    "int64_t": "ctypes.c_int64",
    "uint8_t": "ctypes.c_uint8",
    "uint32_t": "ctypes.c_uint32",
    "uint64_t": "ctypes.c_uint64",
    "size_t": "ctypes.c_size_t",
    "double": "ctypes.c_double",
}


def emit(header: Header, notice: str) -> str:
    """The module as text."""
    lines = [f'"""{notice}"""', "", "import ctypes", ""]
    lines += [f"{name} = {value}" for name, value in header.constants.items()]
    for name, members in header.structs.items():
        lines += ["", "", f"class {name}(ctypes.Structure):"]
        lines += ["    _fields_ = ["]
        lines += [f'        ("{member.name}", {_type(header, member.type)}),' for member in members]
        lines += ["    ]"]
    lines += ["", ""]
    for name, callback in header.callbacks.items():
        types = [_type(header, callback.result), *(_type(header, p.type) for p in callback.parameters)]
        lines.append(f"{name} = ctypes.CFUNCTYPE({', '.join(types)})")
    lines += ["", "#: Result and parameters of each function.", "FUNCTIONS = {"]
    for name, function in header.functions.items():
        lines += [f'    "{name}": (', f"        {_type(header, function.result)},", "        ["]
        lines += [f"            {_type(header, p.type)},  # {p.name}" for p in function.parameters]
        lines += ["        ],", "    ),"]
    return "\n".join([*lines, "}", ""])


def _type(header: Header, type_: Type) -> str:
    match type_:
        case Type("void", 0):
            return "None"
        case Type("char", 1):
            return "ctypes.c_char_p"
        case Type("void" | "uint8_t", 1):
            return "ctypes.c_void_p"
        case Type(name, 0) if name in SCALARS:
            return SCALARS[name]
        case Type(name, 1) if name in SCALARS:
            return f"ctypes.POINTER({SCALARS[name]})"
        case Type(name, 0) if name in header.structs or name in header.callbacks:
            return name
        case Type(name, 1) if name in header.structs:
            return f"ctypes.POINTER({name})"
        # Handles are addresses and nothing else.
        case Type(name, 1) if name in header.handles:
            return "ctypes.c_void_p"
        case Type(name, 2) if name in header.handles:
            return "ctypes.POINTER(ctypes.c_void_p)"
    raise ValueError(f"no type of ctypes for {type_}")
