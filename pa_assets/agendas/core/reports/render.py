"""From a report's dict to an HTML page that stands alone: inline style, inline charts, no request to any host."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment
    from matplotlib.figure import Figure

_COLOUR = "#2f6f8f"
_MOST_BARS = 15


def render(template: str, data: Mapping[str, Any]) -> str:
    """The page of report `template` (`pre_show`, `post_show` or `quality`) for `data`.

    Raises:
        jinja2.TemplateNotFound: no such report.
    """
    charts: dict[str, str] = {}
    if any(data.get("score_histogram", [])):
        charts["scores"] = _histogram(data["score_histogram"])
    if any(row["recommendations"] for row in data.get("streams", [])):
        rows = data["streams"][:_MOST_BARS]
        charts["streams"] = _bars([row["stream"] for row in rows], [row["recommendations"] for row in rows])
    return _environment().get_template(f"{template}.html").render(data=data, charts=charts)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("pa_assets.agendas.core.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = lambda value: "-" if value is None else f"{100 * value:.1f} %"
    environment.filters["number"] = lambda value: "-" if value is None else f"{value:,}"
    environment.filters["words"] = lambda value: str(value).replace("_", " ")
    environment.filters["chart"] = Markup
    return environment


def _histogram(counts: Sequence[int]) -> str:
    figure = _figure(2.4)
    axes = figure.subplots()
    width = 1 / len(counts)
    axes.bar(
        [position * width for position in range(len(counts))], counts, width=width * 0.92, align="edge", color=_COLOUR
    )
    axes.set_xlim(0, 1)
    axes.set_xlabel("score")
    axes.set_ylabel("recommendations")
    return _svg(figure)


def _bars(names: Sequence[str], values: Sequence[int]) -> str:
    figure = _figure(0.6 + 0.28 * len(names))
    axes = figure.subplots()
    short = [name if len(name) <= 34 else name[:33] + "…" for name in names]
    axes.barh(range(len(names)), values, color=_COLOUR)
    axes.set_yticks(range(len(names)), [name.replace("$", r"\$") for name in short])
    axes.invert_yaxis()
    axes.set_xlabel("recommendations")
    return _svg(figure)


def _figure(height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(6.4, height), layout="constrained")


def _svg(figure: Figure) -> str:
    """The chart as SVG without a date and with stable identifiers; text stays text, which keeps it small."""
    from matplotlib import rc_context

    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    buffer = io.StringIO()
    with rc_context({"svg.hashsalt": "report", "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]
