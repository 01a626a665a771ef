"""YAML as plain values that remember their lines. Knows nothing of protocols."""

from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

Path = tuple[str | int, ...]

_PLAIN = {f"tag:yaml.org,2002:{kind}" for kind in ("bool", "int", "float", "null")}


class YamlFault(ValueError):
    """The text is not the YAML we accept; `line` counts from 1."""

    def __init__(self, line: int, path: Path, sentence: str) -> None:
        super().__init__(sentence)
        self.line, self.path, self.sentence = line, path, sentence


class YamlTree:
    """The values of one YAML 1.2 text, and the line on which each of them begins.

    Read from composed nodes rather than from a loader: 12:30 stays the text that a
    person wrote, so does “no”, and a key given twice is an error instead of a
    silent winner. Dates stay text too; the model reads them.
    """

    def __init__(self, text: str) -> None:
        self._yaml = YAML(typ="safe", pure=True)
        self._lines: dict[Path, int] = {(): 1}
        try:
            node = self._yaml.compose(text)
        except MarkedYAMLError as fault:
            mark = fault.problem_mark or fault.context_mark
            line = mark.line + 1 if mark else 1
            raise YamlFault(line, (), f"This is not YAML: {fault.problem}.") from fault
        except ReaderError as fault:
            line = text[: fault.position].count("\n") + 1
            raise YamlFault(line, (), "Here is a character that no text may hold.") from fault
        self.value: Any = None if node is None else self._read(node, (), ())

    def line(self, path: Path) -> int:
        """Return the line of `path`, or of the nearest part above it that exists."""
        return self._lines[self.nearest(path)]

    def nearest(self, path: Path) -> Path:
        """Return `path`, or the nearest part above it that the file has."""
        while path not in self._lines:
            path = path[:-1]
        return path

    def _read(self, node: Node, path: Path, above: tuple[Node, ...]) -> Any:
        if any(node is parent for parent in above):
            raise YamlFault(node.start_mark.line + 1, path, "This part contains itself.")
        self._lines.setdefault(path, node.start_mark.line + 1)
        above = (*above, node)
        if isinstance(node, MappingNode):
            return {
                key.value: self._read(value, (*path, key.value), above)
                for key, value in self._pairs(node, path)
            }
        if isinstance(node, SequenceNode):
            return [self._read(item, (*path, i), above) for i, item in enumerate(node.value)]
        assert isinstance(node, ScalarNode)  # noqa: S101 - YAML has three kinds of nodes
        return self._scalar(node, path)

    def _pairs(self, node: MappingNode, path: Path) -> Iterator[tuple[ScalarNode, Node]]:
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, ScalarNode):
                raise YamlFault(line, path, "A name must be a word.")
            if key.value in seen:
                here = (*path, key.value)
                raise YamlFault(line, here, f"Given twice; first on line {seen[key.value]}.")
            seen[key.value] = self._lines[(*path, key.value)] = line
            yield key, value

    def _scalar(self, node: ScalarNode, path: Path) -> Any:
        if node.tag not in _PLAIN:
            return node.value
        try:
            return self._yaml.constructor.construct_object(node)
        except ValueError as fault:
            raise YamlFault(node.start_mark.line + 1, path, "This is not a number.") from fault
