"""YAML text → a tree of plain dicts, lists and scalars, with the position of everything in it.

The one module that imports `yaml`. It reads the parser's events itself: that gives positions, YAML 1.2 typing,
errors for duplicate keys, and limits that hold while the text is read. Aliases share their value; the number of nodes
a reader of the tree will meet is counted with aliases expanded, so that an alias bomb is refused before it goes off.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any

import yaml

from projects.compose.document import Document, Override, Reset, Tree, path_text, service_of
from projects.compose.errors import ComposeFileError, Place
from projects.compose.messages import Message
from projects.compose.scalars import Timestamp, as_text, resolve

MAX_BYTES = 8 * 1024 * 1024
MAX_NODES = 100_000
MAX_DEPTH = 100

# PyYAML built without libyaml has no C parser; the Python one gives the same events.
_Parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_RESET_TAG, _OVERRIDE_TAG = "!reset", "!override"
_TYPES = {"int": int, "float": float, "bool": bool, "null": type(None)}
_STANDARD = "tag:yaml.org,2002:"


def parse(data: bytes, file: str) -> tuple[Document, ...]:
    """Read all YAML documents of a file; an empty file has none.

    Raises ComposeFileError, with its place, for text that is not YAML, is not UTF-8, repeats a key, or is larger
    than `MAX_BYTES`, `MAX_NODES` or `MAX_DEPTH` allow.
    """
    if len(data) > MAX_BYTES:
        raise _refuse(file, Message("The file is larger than %(limit)s MiB.", limit=MAX_BYTES >> 20))
    builder = _Builder(_decode(data, file), file)
    try:
        return tuple(builder.documents())
    except yaml.YAMLError as error:
        raise _unreadable(error, file, builder.path) from error
    except RecursionError as error:
        raise _refuse(file, _too_deep(), path=builder.path) from error


def _decode(data: bytes, file: str) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start)
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1)
        message = Message("The file is not text in UTF-8: a byte of line %(line)s cannot be read.", line=line + 1)
        raise _refuse(file, message, (line, column), (line, column + 1)) from error


class _Builder:
    """Builds the documents of one text from the parser's events; the phases of one node are its methods."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.next_event = _Parser(text).get_event
        self.begin_document()

    def begin_document(self) -> None:
        """Forget anchors and positions: they do not reach over ``---``."""
        self.anchors: dict[str, tuple[Tree, int] | None] = {}
        self.spans: dict[int, dict[str | int, Any]] = {}
        self.nodes = 0
        self.depth = 0
        self.tagged = False
        self.path: list[str | int] = []  # of what is being read

    def documents(self) -> Iterator[Document]:
        """Yield each document."""
        while True:
            event = self.next_event()
            if event is None or isinstance(event, yaml.StreamEndEvent):
                return
            if isinstance(event, yaml.DocumentStartEvent):
                if event.version not in (None, (1, 1)):
                    raise self.refuse(Message("found incompatible YAML document: not of version 1.1"), event)
                self.begin_document()
                tree = self.node(self.next_event())
                if isinstance(tree, Override):
                    tree = tree.value
                yield Document(file=self.file, tree=tree, spans=self.spans, tagged=self.tagged, nodes=self.nodes)

    def node(self, event: Any) -> Tree:
        """Return the value that begins with `event`, tags applied and anchor remembered."""
        self.count(1, event)
        kind = type(event)
        if kind is yaml.AliasEvent:
            return self.alias(event)
        before = self.nodes
        anchor = event.anchor
        if anchor is not None:
            self.anchors[anchor] = None
        if kind is yaml.ScalarEvent:
            value = self.scalar(event)
        else:
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise self.refuse(_too_deep(), event)
            value = self.mapping(event) if kind is yaml.MappingStartEvent else self.sequence()
            self.depth -= 1
        if event.tag is not None and event.tag[0] == "!":
            value = self.tag(event.tag, value)
        if anchor is not None:
            self.anchors[anchor] = (value, self.nodes - before)
        return value

    def refuse(self, message: Message, event: Any) -> ComposeFileError:
        """Return the error for what is being read."""
        start, end = event.start_mark, event.end_mark
        return _refuse(self.file, message, (start.line, start.column), (end.line, end.column), self.path)

    def count(self, nodes: int, event: Any) -> None:
        """Count nodes as a reader will meet them."""
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            message = Message("The file holds more than %(limit)s values: excessive aliasing", limit=MAX_NODES)
            raise self.refuse(message, event)

    def alias(self, event: Any) -> Tree:
        """Return the shared value of an alias."""
        if event.anchor not in self.anchors:
            raise self.refuse(Message("unknown anchor '%(name)s' referenced", name=event.anchor), event)
        known = self.anchors[event.anchor]
        if known is None:
            raise self.refuse(Message("anchor '%(name)s' value contains itself", name=event.anchor), event)
        self.count(known[1], event)
        return known[0]

    def scalar(self, event: Any) -> Tree:
        """Return a scalar, typed by its tag or, where it is plain and has none, by its text."""
        tag, text = event.tag, event.value
        if tag is None:
            return self.finite(resolve(text), event) if event.style is None or event.style == "" else text
        if tag.startswith(_STANDARD):
            return self.finite(self.typed(tag.removeprefix(_STANDARD), text, event), event)
        return text

    def finite(self, value: Tree, event: Any) -> Tree:
        """Return a value that JSON knows too: no number that is infinite or none at all."""
        if isinstance(value, float) and not isfinite(value):
            raise self.refuse(Message("unsupported value: %(n)s", n=as_text(value)), event)
        return value

    def typed(self, name: str, text: str, event: Any) -> Tree:
        """Return a scalar with an explicit standard tag such as ``!!int``."""
        if name == "str":
            return text
        if name == "binary":
            return self.decoded(text, event)
        value = resolve(text)
        if name == "float" and type(value) is int:
            return float(value)
        if name in _TYPES and not isinstance(value, _TYPES[name]):
            message = Message("cannot decode %(text)s as a !!%(name)s", text=repr(text[:80]), name=name)
            raise self.refuse(message, event)
        return value

    def decoded(self, text: str, event: Any) -> str:
        """Return what a ``!!binary`` scalar stands for; bytes that are no text become question marks."""
        try:
            return b64decode(re.sub(r"[\r\n]", "", text), validate=True).decode("utf-8", "replace")
        except ValueError as error:
            raise self.refuse(Message("!!binary value contains invalid base64 data"), event) from error

    def sequence(self) -> list[Tree]:
        """Return the items up to the end of a sequence."""
        items: list[Tree] = []
        spans: dict[str | int, Any] = {}
        while True:
            event = self.next_event()
            if type(event) is yaml.SequenceEndEvent:
                break
            self.path.append(len(items))
            value = self.node(event)
            self.path.pop()
            if isinstance(value, Reset) or _is_merge_word(event):
                continue
            spans[len(items)] = (event.start_mark, event.end_mark, event.start_mark, event.end_mark)
            items.append(value.value if isinstance(value, Override) else value)
        self.spans[id(items)] = spans
        return items

    def mapping(self, start: Any) -> dict[str, Tree]:
        """Return the entries up to the end of a mapping, ``<<`` merged in."""
        entries: dict[str, Tree] = {}
        spans: dict[str | int, Any] = {}
        merged: list[tuple[Tree, Any]] = []
        while True:
            event = self.next_event()
            if type(event) is yaml.MappingEndEvent:
                break
            key = self.key(event)
            self.path.append(key)
            following = self.next_event()
            value = self.node(following)
            is_merge = key == "<<" and not event.style
            if merged if is_merge else key in entries:
                first = merged[0][1].start_mark if is_merge else spans[key][0]
                message = Message(
                    'mapping key "%(key)s" already defined at line %(line)s', key=key[:200], line=first.line + 1
                )
                raise self.refuse(message, event)
            self.path.pop()
            if is_merge:
                merged.append((value, following))
                continue
            if _is_merge_word(following):
                continue
            entries[key] = value
            end = following.end_mark if type(following) is yaml.ScalarEvent else following.start_mark
            spans[key] = (event.start_mark, event.end_mark, following.start_mark, end)
        self.spans[id(entries)] = spans
        for value, where in merged:
            self.merge(entries, spans, value, where)
        return entries

    def key(self, event: Any) -> str:
        """Return a mapping's key, which Compose wants to be a string."""
        key = self.node(event)
        if not isinstance(key, str) or isinstance(key, Timestamp):
            shown = path_text(("key",)) if isinstance(key, dict | list) else str(key)
            raise self.refuse(Message("Non-string key: %(key)s. Put it in quotes.", key=shown[:80]), event)
        return str(key)

    def merge(self, entries: dict[str, Tree], spans: dict[str | int, Any], value: Tree, event: Any) -> None:
        """Add what ``<<`` brings and the mapping itself does not have."""
        for source in value if isinstance(value, list) else [value]:
            if not isinstance(source, dict):
                message = Message("map merge requires map or sequence of maps as the value")
                raise self.refuse(message, event)
            brought = self.spans.get(id(source), {})
            for key, item in source.items():
                if key not in entries:
                    entries[key] = item
                    spans[key] = brought[key]

    def tag(self, tag: str, value: Tree) -> Tree:
        """Return a value with a tag of Compose's own; other tags mean nothing."""
        if tag == _RESET_TAG:
            self.tagged = True
            return Reset()
        if tag == _OVERRIDE_TAG:
            self.tagged = True
            return Override(value)
        return value


def _is_merge_word(event: Any) -> bool:
    """Return whether a value is the word ``<<`` itself, which the reference reads and forgets."""
    if type(event) is not yaml.ScalarEvent:
        return False
    return event.tag == f"{_STANDARD}merge" or (event.tag is None and not event.style and event.value == "<<")


def _refuse(
    file: str,
    message: Message,
    start: tuple[int, int] = (0, 0),
    end: tuple[int, int] | None = None,
    path: Sequence[str | int] = (),
) -> ComposeFileError:
    end = end or (start[0], start[1] + 1)
    place = Place(
        file=file,
        line=start[0] + 1,
        column=start[1] + 1,
        end_line=end[0] + 1,
        end_column=end[1] + 1,
        path=path_text(tuple(path)),
    )
    return ComposeFileError(message, place=place, service=service_of(path))


def _too_deep() -> Message:
    return Message("The file is nested more than %(limit)s levels deep.", limit=MAX_DEPTH)


def _unreadable(error: yaml.YAMLError, file: str, path: Sequence[str | int]) -> ComposeFileError:
    mark, begun = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    context, problem = getattr(error, "context", None), getattr(error, "problem", None)
    if mark is None or (begun and context == "while scanning a simple key"):
        mark = begun  # what lacks its colon is wrong, not what follows it
    reason = " ".join(str(part) for part in (context, problem) if part)
    message = Message("This is not valid YAML: %(reason)s", reason=(reason or str(error)).replace("\n", " ")[:300])
    return _refuse(file, message, (mark.line, mark.column) if mark else (0, 0), path=path)
