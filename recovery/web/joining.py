"""Scripts and styles that always load together go over the wire as one file.

Each file in `static/` stays small and does one thing; it names what it needs by `import` or
`@import`, and a browser could load them one by one. On a slow phone each of these is a trip to
the server, and the next is only known when the last has come, so the server sends them joined.
Comments stay at home, which are a quarter of what would be sent. Nothing else is minified: what
a person reads in the browser's tools is what stands in the file.
"""

import re
from pathlib import Path
from typing import Final

SCRIPT_IMPORT: Final = re.compile(
    r'^import (?:\{([^}]*)\} from )?"\./([\w-]+\.js)";\n', re.MULTILINE
)
STYLE_IMPORT: Final = re.compile(r'^@import "([\w-]+\.css)";\n', re.MULTILINE)
EXPORT: Final = re.compile(r"^export ((?:async )?function\*?|const|class) (\w+)", re.MULTILINE)
EXPORT_LIST: Final = re.compile(r"^export \{([^}]*)\};\n", re.MULTILINE)
#: Comments that have lines of their own; those behind code are rare and stay.
COMMENT: Final = re.compile(r"^[ \t]*(?://[^\n]*|/\*(?:(?!\*/)[\s\S])*\*/[ \t]*)\n", re.MULTILINE)
NOT_UNDERSTOOD: Final = re.compile(r"^(?:import|export)\b.*|\bimport(?:\.meta|\()", re.MULTILINE)


class CannotBeJoined(Exception):
    """A file uses a form of import or export that is not known here; says which and where."""


def joined(path: Path) -> bytes:
    """Read a file of `static/` with all that it imports. Raises CannotBeJoined."""
    if path.suffix == ".js":
        return _script(path).encode()
    return _style(path).encode() if path.suffix == ".css" else path.read_bytes()


def _style(path: Path) -> str:
    text = _read(path)
    return STYLE_IMPORT.sub(lambda found: _style(path.with_name(found[1])), text)


def _script(entry: Path) -> str:
    """Modules in the order in which they are needed, each once and in a scope of its own."""
    modules: dict[str, str] = {}
    _gather(entry, modules, ())
    *needed, last = modules.values()
    return "".join(needed) + last if needed else _read(entry)


def _read(path: Path) -> str:
    return COMMENT.sub("", path.read_text(encoding="utf-8"))


def _gather(path: Path, modules: dict[str, str], on_the_way: tuple[str, ...]) -> None:
    if path.name in on_the_way:
        raise CannotBeJoined(f"{path.name} needs itself, through {', '.join(on_the_way)}")
    if path.name in modules:
        return
    text = _read(path)
    for found in SCRIPT_IMPORT.finditer(text):
        _gather(path.with_name(found[2]), modules, (*on_the_way, path.name))
    modules[path.name] = _in_own_scope(path.name, text)


def _in_own_scope(name: str, text: str) -> str:
    gives: list[str] = []

    def note(found: re.Match[str]) -> str:
        gives.append(found[2])
        return f"{found[1]} {found[2]}"

    def note_all(found: re.Match[str]) -> str:
        gives.extend(_renamed(found[1], "{new}: {old}"))
        return ""

    body = EXPORT_LIST.sub(note_all, EXPORT.sub(note, SCRIPT_IMPORT.sub(_taken, text)))
    if strange := NOT_UNDERSTOOD.search(body):
        raise CannotBeJoined(f"{name}: {strange[0]}")
    given = f"return {{ {', '.join(gives)} }};\n" if gives else ""
    return f"const {_variable(name)} = (() => {{\n{body}{given}}})();\n"


def _taken(found: re.Match[str]) -> str:
    if found[1] is None:
        return ""
    return f"const {{ {', '.join(_renamed(found[1], '{old}: {new}'))} }} = {_variable(found[2])};\n"


def _renamed(names: str, form: str) -> list[str]:
    """Each name of a list like `a, b as c`."""
    pairs = [part.split(" as ") for part in names.replace("\n", " ").split(",") if part.strip()]
    return [form.format(old=pair[0].strip(), new=pair[-1].strip()) for pair in pairs]


def _variable(name: str) -> str:
    return "_" + name.removesuffix(".js").replace("-", "_")
