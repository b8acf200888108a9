"""What a graph is declared with: labels, keys, typed properties, relationships, and properties that a later step owns.

Words only: which labels an event has is `schema`, their Cypher `statements`, their rows `parts`. No table of a show and
no server is known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SHOW = "show"
HASH = "row_hash"
LOAD_ID = "load_id"
CREATED_BY = "created_by"
START, END = "start_", "end_"
"""Prefixes of the key columns of a table of relationships."""

RECORD_LABEL = "LoadRecord"
"""Label of the nodes that say, per show and loader, what was loaded and which loads are not finished."""

Kind = Literal["text", "list of text", "integer", "number", "boolean", "local date and time", "list of numbers"]
"""Strings, lists of strings, 64-bit integers, floats, booleans, LOCAL DATETIME, lists of floats."""


@dataclass(frozen=True)
class Property:
    """A property of a node or a relationship. `column` is the column of the table that it comes from.

    A name in angle brackets, such as `<question>`, stands for several.
    """

    name: str
    kind: Kind
    meaning: str
    column: str = ""


@dataclass(frozen=True)
class NodeType:
    """A label. Its key is `show` and the properties of `key` together."""

    name: str
    """Name of its twin table, whatever the label is called."""
    label: str
    key: tuple[str, ...]
    meaning: str
    properties: tuple[Property, ...]
    indexed: tuple[str, ...] = ()
    """Properties that people look nodes up by: each gets an index."""

    @property
    def columns(self) -> dict[str, str]:
        """Column of the table -> property, for each property that comes from one."""
        return {item.column: item.name for item in self.properties if item.column}

    @property
    def ends(self) -> list[str]:
        """Columns that name a row."""
        return list(self.key)


@dataclass(frozen=True)
class Layer:
    """Properties that a later step owns on nodes which another one made: a reload of the nodes leaves them alone."""

    name: str
    node: NodeType
    owner: str
    meaning: str
    properties: tuple[Property, ...]
    hash: str
    """Property that holds the hash of the layer's row."""
    stamps: tuple[Property, ...] = ()
    """Properties written with a changed row that do not make it a changed one, such as a time."""

    @property
    def load_id(self) -> str:
        """Property that holds the mark of the load that wrote the layer: the node has one of its own."""
        return f"{self.owner}_{LOAD_ID}"

    @property
    def ends(self) -> list[str]:
        """Columns that name a row."""
        return list(self.node.key)


@dataclass(frozen=True)
class RelationshipType:
    """A type of relationship between two labels. `owner` stands in `created_by`: a loader touches only its own."""

    role: str
    """What the type is called in the settings, such as `job_stream`."""
    type: str
    start: NodeType
    end: NodeType
    owner: str
    meaning: str
    properties: tuple[Property, ...] = ()
    stamps: tuple[Property, ...] = ()
    """Properties written with a changed row that do not make it a changed one, such as a time."""
    exclusive: bool = False
    """Relationships of this type that others made are removed too."""

    @property
    def name(self) -> str:
        """Name of its twin table, whatever labels and types are called."""
        return f"{self.start.name}.{self.role}.{self.end.name}"

    @property
    def columns(self) -> dict[str, str]:
        """Column of the table -> property, for each property that comes from one."""
        return {item.column: item.name for item in self.properties if item.column}

    @property
    def ends(self) -> list[str]:
        """Columns that name a row: the keys of both ends, with `start_` and `end_` in front."""
        return [*(START + name for name in self.start.key), *(END + name for name in self.end.key)]


Element = NodeType | Layer | RelationshipType


@dataclass(frozen=True)
class Schema:
    """All labels, layers and relationships of one event."""

    visitors: dict[str, NodeType]
    """By cohort."""
    session_this_year: NodeType
    session_past_year: NodeType
    stream: NodeType
    show: NodeType
    layers: tuple[Layer, ...]
    relationships: tuple[RelationshipType, ...]

    @property
    def nodes(self) -> tuple[NodeType, ...]:
        """All labels."""
        return (*self.visitors.values(), self.session_this_year, self.session_past_year, self.stream, self.show)

    @property
    def elements(self) -> tuple[Element, ...]:
        """Everything, in the order in which it can be loaded: nodes, layers, relationships."""
        return (*self.nodes, *self.layers, *self.relationships)

    def of_role(self, role: str) -> tuple[RelationshipType, ...]:
        """The relationships of one role."""
        return tuple(item for item in self.relationships if item.role == role)

    def layer(self, name: str) -> Layer:
        """A layer by its name."""
        return next(item for item in self.layers if item.name == name)


def quoted(name: str) -> str:
    """A label, type or property name as Cypher takes it, whatever characters it has."""
    return "`" + name.replace("`", "``") + "`"
