"""Exports: what the marketing team takes into e-mail and CRM, as JSON, CSV, Parquet and calendars.

The content holds no clock time, so equal input gives equal bytes; the time stands in the file names. Placing the files
is the caller's work.
"""

from pa_assets.agendas.core.exports.build import Exports, build_exports
from pa_assets.agendas.core.exports.from_json import csv_of_json
from pa_assets.agendas.core.exports.names import CHANGES_KINDS, CONTROL, export_stem, file_name

__all__ = ["CHANGES_KINDS", "CONTROL", "Exports", "build_exports", "csv_of_json", "export_stem", "file_name"]
