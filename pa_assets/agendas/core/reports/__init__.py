"""Reports for people: each is a JSON-able dict, and `render` makes an HTML page of it that stands alone.

`figures` holds the measures that reports share. No report holds personal data, nor a badge.
"""

from pa_assets.agendas.core.reports.post_show import post_show
from pa_assets.agendas.core.reports.pre_show import pre_show
from pa_assets.agendas.core.reports.quality import quality
from pa_assets.agendas.core.reports.render import render

__all__ = ["post_show", "pre_show", "quality", "render"]
