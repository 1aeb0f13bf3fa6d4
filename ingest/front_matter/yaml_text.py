"""Reads YAML text as values: text, lists and mappings, each with its line.

1. The parser's events are read one by one, without recursion, so no file is
   too deep for the process, and forbidden content is refused when it comes.
2. A scalar keeps its text: YAML 1.1 would make `No` false, `010` eight and
   `10:30` six hundred and thirty. The reader of a value decides its type
   (`ingest.front_matter.values`). Only empty values (`~`, `null`, nothing) are recognised here.
3. Repeated keys are kept, in order; a loader would throw them away.

Words below `transcript` are counted from the same events (`ingest.front_matter.words_in`), independently
of the values that are read later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

# A transcript has three levels.
MAX_DEPTH = 50
# Keys and values; the longest transcript has 2,900, and a megabyte of tiny ones takes ten seconds.
MAX_VALUES = 50_000
_NOTHING = ("", "~", "null")
_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = {"str", "int", "float", "bool", "null", "timestamp", "seq", "map", "binary", "omap", "set"}
_FastLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class BadYaml(Exception):
    """The text cannot be read; `line`: where, counted from 1, if known."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(slots=True)
class Node:
    """A value with its line: text, None for nothing, a list, or a mapping's keys and values."""

    line: int
    text: str | None = None
    items: list[Node] | None = None
    pairs: list[Pair] | None = None

    def plain(self) -> Any:
        """The value without lines; of repeated keys the last counts, as in other YAML readers."""
        if self.items is not None:
            return [item.plain() for item in self.items]
        if self.pairs is not None:
            return {pair.key: pair.value.plain() for pair in self.pairs}
        return self.text

    def get(self, key: str) -> Node | None:
        """The value of a mapping's key; of repeated keys the last."""
        return next((pair.value for pair in reversed(self.pairs or ()) if pair.key == key), None)

    def names(self) -> Iterator[str]:
        """All keys in it."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield from (pair.key for pair in node.pairs or ())
            stack += node.items or ()
            stack += [pair.value for pair in node.pairs or ()]

    def texts(self) -> Iterator[str]:
        """All texts in it, without keys."""
        stack = [self]
        while stack:
            node = stack.pop()
            if node.text is not None:
                yield node.text
            stack += node.items or ()
            stack += [pair.value for pair in node.pairs or ()]


@dataclass(slots=True)
class Pair:
    """A mapping's key, with its line, and its value."""

    key: str
    line: int
    value: Node


# Replaces a list or mapping that is a key: its content is not kept.
_ODD_KEY = Node(0)


@dataclass(slots=True)
class _Reader:
    """Builds the tree: `open` are the lists and mappings that have not ended yet, `keys` the current key of each."""

    first_line: int
    open: list[Node] = field(default_factory=list)
    keys: list[tuple[str, int] | None] = field(default_factory=list)
    root: Node | None = None
    values: int = 0
    odd_key: int | None = None

    def take(self, event: yaml.Event) -> None:
        """Add the parser's next event; raises `BadYaml` for forbidden content."""
        if isinstance(event, yaml.DocumentStartEvent):
            if self.root is not None:
                raise BadYaml("invalid YAML: expected a single document", self._line(event))
        elif isinstance(event, yaml.CollectionEndEvent):
            self.keys.pop()
            if self.open.pop() is _ODD_KEY:
                self.keys[-1] = ("", self._line(event))
        elif isinstance(event, yaml.NodeEvent):
            self._node(event)

    def _line(self, event: Any) -> int:
        return int(event.start_mark.line) + self.first_line

    def _node(self, event: yaml.NodeEvent) -> None:
        line = self._line(event)
        self.values += 1
        if self.values > MAX_VALUES:
            raise BadYaml(f"the YAML holds over {MAX_VALUES:,} keys and values", line)
        if isinstance(event, yaml.AliasEvent):
            raise BadYaml("the YAML uses an alias (*name); quote text that starts with *", line)
        tag = getattr(event, "tag", None)
        if tag and tag != "!" and tag.removeprefix(_TAG) not in _PLAIN_TAGS:
            raise BadYaml(f"invalid YAML: could not determine a constructor for the tag {tag!r:.60}", line)
        node = Node(line)
        if isinstance(event, yaml.ScalarEvent):
            if self._waits_for_key():
                self.keys[-1] = (event.value, line)
                return
            node.text = None if is_nothing(event) else event.value
            self._add(node)
            return
        node.items, node.pairs = ([], None) if isinstance(event, yaml.SequenceStartEvent) else (None, [])
        if self._waits_for_key():  # a list or mapping as a key: refused at the end, since deeper faults come first
            self.odd_key = self.odd_key or line
            node = _ODD_KEY
        else:
            self._add(node)
        self.open.append(node)
        self.keys.append(None)
        if len(self.open) > MAX_DEPTH:
            raise BadYaml(f"the YAML nests over {MAX_DEPTH} deep", line)

    def _waits_for_key(self) -> bool:
        return bool(self.open) and self.open[-1].pairs is not None and self.keys[-1] is None

    def _add(self, node: Node) -> None:
        if not self.open:
            self.root = node
            return
        holder = self.open[-1]
        if holder.items is not None:
            holder.items.append(node)
        elif holder.pairs is not None and (key := self.keys[-1]):
            holder.pairs.append(Pair(*key, node))
            self.keys[-1] = None


def is_nothing(event: yaml.ScalarEvent) -> bool:
    """Whether a scalar is an empty value: nothing, `~` or `null`, without quotes."""
    return not event.style and event.value in _NOTHING


def read_yaml(text: str, first_line: int, watch: Any = None) -> Node | None:
    """The value of YAML text; raises `BadYaml`. `first_line` is the line of the file where the text begins.

    `watch` is called with each of the parser's events.
    """
    reader = _Reader(first_line)
    try:
        for event in yaml.parse(text, _FastLoader):
            reader.take(event)
            if watch:
                watch(event)
    except yaml.MarkedYAMLError as error:
        raise _invalid(error, first_line, first_line + text.count("\n")) from error
    except yaml.reader.ReaderError as error:  # its position counts bytes
        line = text.encode()[: error.position].count(b"\n") + first_line
        raise BadYaml(f"invalid YAML: {error.reason}", line) from error
    except (yaml.YAMLError, ValueError) as error:
        raise BadYaml(f"invalid YAML: {error}"[:200]) from error
    if reader.odd_key:
        raise BadYaml("invalid YAML: found unhashable key", reader.odd_key)
    return reader.root


def _invalid(error: yaml.MarkedYAMLError, first_line: int, last_line: int) -> BadYaml:
    """The parser's error with the line of the file, and the line where the faulty value began."""
    reason = f"invalid YAML: {error.problem or error.context}"
    if error.problem and error.context and error.context_mark:
        reason += f" ({error.context} that starts on line {error.context_mark.line + first_line})"
    # At the end of the text, the parser is a line further on.
    return BadYaml(reason, min(error.problem_mark.line + first_line, last_line) if error.problem_mark else None)
