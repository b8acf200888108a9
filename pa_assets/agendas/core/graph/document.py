"""The declaration of a graph for people: a picture and tables, as Markdown.

What is said beside them stands in docs/graph-schema.md, by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pa_assets.agendas.core.graph.declaration import (
    CREATED_BY,
    HASH,
    LOAD_ID,
    RECORD_LABEL,
    SHOW,
    Layer,
    NodeType,
    Property,
    RelationshipType,
    Schema,
)

_OF_ALL = (
    Property(SHOW, "text", "tag of the show (nodes; on relationships where listed below)"),
    Property(CREATED_BY, "text", "who made a relationship: see the table above"),
    Property(HASH, "integer", "fingerprint of the row that the node or relationship was made of; without it, not ours"),
    Property(LOAD_ID, "text", "the load that wrote it last"),
)
_OF_RECORD = (
    Property(SHOW, "text", "tag of the show"),
    Property("name", "text", "name of a part below, or of a loader"),
    Property("properties", "list of text", "properties that loads of that part have written"),
    Property("loading", "list of text", "loads of that loader that are not finished"),
    Property(LOAD_ID, "text", "the last load of that loader that was finished"),
)


def document(schema: Schema) -> str:
    """A picture, tables of labels, layers and relationships, and one table of properties for each of them."""
    sections = [picture(schema), _labels(schema.nodes), _layers(schema.layers), _relationships(schema.relationships)]
    sections += [_section("Of every node and relationship", _OF_ALL)]
    sections += [_of_node(node, schema.layers) for node in schema.nodes]
    described = {edge.type: (*edge.properties, *edge.stamps) for edge in schema.relationships}
    sections += [_section(f"`{name}`", properties) for name, properties in described.items() if properties]
    sections += [_section(f"`{RECORD_LABEL}`", _OF_RECORD)]
    return "\n\n".join(sections) + "\n"


def picture(schema: Schema) -> str:
    """A Mermaid flowchart: labels as boxes, types of relationships on arrows."""
    boxes = [f'  {node.name}["{_drawn(node.label)}"]' for node in schema.nodes]
    arrows = [f'  {edge.start.name} -- "{_drawn(edge.type)}" --> {edge.end.name}' for edge in schema.relationships]
    return "\n".join(["```mermaid", "flowchart LR", *boxes, *arrows, "```"])


def _drawn(name: str) -> str:
    """A name as Mermaid takes it between double quotes."""
    return name.replace("#", "#35;").replace('"', "#quot;").replace("`", "#96;")


def _labels(nodes: Iterable[NodeType]) -> str:
    rows = [
        (_code([node.label]), node.meaning, _code([SHOW, *node.key]), _code(node.indexed), _code([node.name]))
        for node in nodes
    ]
    return _table(("Label", "Meaning", "Key", "Indexed too", "Part"), rows)


def _layers(layers: Iterable[Layer]) -> str:
    rows = [
        (_code([layer.name]), _code([layer.node.label]), layer.meaning, layer.owner, _code([layer.hash]))
        for layer in layers
    ]
    return _table(("Layer", "On", "Meaning", "Written by", "Hash"), rows)


def _relationships(edges: Iterable[RelationshipType]) -> str:
    rows = [
        (_code([edge.type]), _code([edge.start.label]), _code([edge.end.label]), edge.meaning, _code([edge.owner]))
        for edge in edges
    ]
    return _table(("Relationship", "From", "To", "Meaning", "`created_by`"), rows)


def _of_node(node: NodeType, layers: Iterable[Layer]) -> str:
    own = [layer for layer in layers if layer.node == node]
    text = _section(f"`{node.label}`", node.properties)
    return "\n\n".join([text, *(_of_layer(layer) for layer in own)])


def _of_layer(layer: Layer) -> str:
    hashed = Property(layer.hash, "integer", "fingerprint of the row")
    marked = Property(layer.load_id, "text", "the load that wrote it last")
    rows = _properties((*layer.properties, *layer.stamps, hashed, marked))
    return f"Written later, as the layer `{layer.name}`:\n\n{rows}"


def _section(title: str, properties: Sequence[Property]) -> str:
    return f"### {title}\n\n{_properties(properties)}"


def _properties(properties: Iterable[Property]) -> str:
    rows = [(_code([item.name]), item.kind, item.meaning) for item in properties]
    return _table(("Property", "Kind", "Meaning"), rows)


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
