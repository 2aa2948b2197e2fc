"""Reads include/pact_wasm.h: its constants, structs, callbacks and functions, as plain data.

The C is parsed by pycparser; this module only turns its syntax tree into the few kinds of types that the header uses, and
refuses anything else, so that a new kind of declaration cannot be lost on its way into a binding.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from pycparser import c_ast, c_parser

HEADER = Path(__file__).parents[2] / "include" / "pact_wasm.h"

# What stddef.h and stdint.h would define. The widths do not matter to the parser, only the names.
STANDARD_TYPES = ("int32_t", "int64_t", "uint8_t", "uint32_t", "uint64_t", "size_t")


@dataclass(frozen=True)
class Type:
    """A type of C: a scalar ("int32_t", "double", "char", "void"), a struct, or a callback, behind `pointers` stars."""

    name: str
    pointers: int = 0


@dataclass(frozen=True)
class Member:
    """A field of a struct, or a parameter."""

    name: str
    type: Type


@dataclass(frozen=True)
class Function:
    """A function, or the type of a callback."""

    name: str
    result: Type
    parameters: tuple[Member, ...]


@dataclass
class Header:
    """Everything that the header declares, in its order."""

    constants: dict[str, int] = field(default_factory=dict)
    #: Structs whose fields are known.
    structs: dict[str, tuple[Member, ...]] = field(default_factory=dict)
    #: Structs whose fields are the library's own: handles.
    handles: list[str] = field(default_factory=list)
    callbacks: dict[str, Function] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)


def read(path: Path = HEADER) -> Header:
    """Parses the header."""
    text = path.read_text(encoding="utf-8")
    header = Header()
    for name, value in re.findall(r"^#define (PACTWASM_\w+) (-?\d+)$", text, re.MULTILINE):
        header.constants[name] = int(value)
    for node in c_parser.CParser().parse(_plain_c(text), str(path)).ext:
        _declare(header, node)
    return header


def _plain_c(text: str) -> str:
    """The header without comments and preprocessor lines, and what it includes in their place."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)
    text = re.sub(r"^#ifdef __cplusplus.*?^#endif", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"^#.*$", "", text, flags=re.MULTILINE)
    return "".join(f"typedef int {name};\n" for name in STANDARD_TYPES) + text


def _declare(header: Header, node: c_ast.Node) -> None:
    if isinstance(node, c_ast.Typedef):
        if node.name in STANDARD_TYPES:
            return
        if isinstance(node.type, c_ast.PtrDecl):
            header.callbacks[node.name] = _function(node.name, node.type.type)
        elif node.type.type.decls is None:
            header.handles.append(node.name)
        else:
            header.structs[node.name] = tuple(Member(m.name, _type(m.type)) for m in node.type.type.decls)
    elif isinstance(node, c_ast.Decl) and isinstance(node.type, c_ast.FuncDecl):
        header.functions[node.name] = _function(node.name, node.type)
    else:
        raise ValueError(f"{node.coord}: a kind of declaration that the bindings do not know")


def _function(name: str, node: c_ast.FuncDecl) -> Function:
    parameters = [Member(p.name, _type(p.type)) for p in node.args.params] if node.args else []
    if [p.type for p in parameters] == [Type("void")]:
        parameters = []
    return Function(name, _type(node.type), tuple(parameters))


def _type(node: c_ast.Node) -> Type:
    if isinstance(node, c_ast.PtrDecl):
        inner = _type(node.type)
        return Type(inner.name, inner.pointers + 1)
    if isinstance(node, c_ast.TypeDecl):
        if isinstance(node.type, c_ast.Struct):
            return Type(node.type.name)
        return Type(" ".join(node.type.names))
    raise ValueError(f"{node.coord}: a kind of type that the bindings do not know")
