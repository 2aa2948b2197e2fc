"""Writes the header's declarations for Ruby's ffi gem."""

from header import Function, Header, Type

SCALARS = {
    "int32_t": ":int32",
    "int64_t": ":int64",
    "uint8_t": ":uint8",
    "uint32_t": ":uint32",
    "uint64_t": ":uint64",
    "size_t": ":size_t",
    "double": ":double",
    "void": ":void",
}


def emit(header: Header, notice: str) -> str:
    """The file as text."""
    lines = ["# frozen_string_literal: true", "", f"# {notice}", "", 'require "ffi"', "", "module PactWasm"]
    lines += ["  # What the C header declares, under its own names.", "  module Declarations"]
    lines += [f"    {name} = {value}" for name, value in header.constants.items()]
    for name, members in header.structs.items():
        lines += ["", f"    class {name} < FFI::Struct"]
        fields = [f":{member.name}, {_type(header, member.type)}" for member in members]
        lines += ["      layout " + ",\n             ".join(fields), "    end"]
    lines += ["", "    # Result and parameters of each callback.", "    CALLBACKS = {"]
    lines += [_signature(header, callback) for callback in header.callbacks.values()]
    lines += ["    }.freeze", "", "    # Result and parameters of each function.", "    FUNCTIONS = {"]
    lines += [_signature(header, function) for function in header.functions.values()]
    return "\n".join([*lines, "    }.freeze", "  end", "end", ""])


def _signature(header: Header, function: Function) -> str:
    result = ":string" if function.result == Type("char", 1) else _type(header, function.result)
    parameters = ", ".join(_type(header, p.type) for p in function.parameters)
    return f"      {function.name}: [{result}, [{parameters}]],"


def _type(header: Header, type_: Type) -> str:
    match type_:
        case Type(name, 0) if name in SCALARS:
            return SCALARS[name]
        case Type(name, 0) if name in header.callbacks:
            return f":{name}"
        case Type(name, 0) if name in header.structs:
            return name
        case Type(_, pointers) if pointers > 0:
            return ":pointer"
    raise ValueError(f"no type of ffi for {type_}")
