"""The documentation agrees with the code, and its links and commands lead somewhere.

Run as a program, it renews the generated parts of the data dictionary: python -m pa_assets_tests.test_docs
"""

import ast
import re
import warnings
from functools import cache
from pathlib import Path

import dagster as dg
import pytest

from pa_assets.agendas.checks import event_checks
from pa_assets.agendas.core.known_files import KnownFile
from pa_assets.agendas.core.known_scan_files import KNOWN_SCAN_FILES
from pa_assets.agendas.core.people.known_files import KNOWN_PEOPLE_FILES
from pa_assets.agendas.core.tables import ALL_TABLES
from pa_assets.kit.tables import describe

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
DICTIONARY = DOCS / "data-dictionary.md"
RUNBOOK = DOCS / "runbook.md"
RENEW = "python -m pa_assets_tests.test_docs"

PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_ELSEWHERE = re.compile(r"^[a-z]+:")
_MACHINE_PATH = re.compile(
    r"(?<![\w.<>*/:-])(?:/(?:home|root|tmp|var|usr|opt|mnt|srv|work|workspace|Users)\b|[A-Z]:\\)"
)
_UNFINISHED = re.compile(r"\b(?:TODO|TBD)\b")
_FENCE = re.compile(r"^```(?:sh|bash|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _tables() -> str:
    return describe(ALL_TABLES).replace("\n## ", "\n### ").replace("## ", "### ", 1).strip()


def _files() -> str:
    lines = ["| file | made by | what for | personal data |", "|---|---|---|---|"]
    for maker, files in (("visitors", KNOWN_PEOPLE_FILES), ("attendance", KNOWN_SCAN_FILES)):
        lines += [f"| `output/{file.name}` | `{maker}` | {file.meaning} | {_personal(file)} |" for file in files]
    return "\n".join(lines)


def _personal(file: KnownFile) -> str:
    if file.personal:
        return "**yes**"
    return "badges" if "badge_id" in file.columns.values() else "no"


GENERATED = {"tables": _tables, "files": _files}
"""Parts of the data dictionary that are made from the code, by the name in their marks."""


def _marks(part: str) -> tuple[str, str]:
    return f"<!-- {part}: generated -->", f"<!-- {part}: end -->"


def _parted(text: str, part: str) -> tuple[str, str, str]:
    """The text before a generated part, the part, and what follows."""
    begin, end = _marks(part)
    before, _, rest = text.partition(begin)
    inside, _, after = rest.partition(end)
    return before, inside.strip(), after


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@cache
def _asset_names() -> frozenset[str]:
    """Names of the event assets: functions under the decorator `event_asset`."""
    names = set()
    for path in (ROOT / "pa_assets" / "agendas" / "assets").glob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and "event_asset" in {
                called.func.id
                for called in node.decorator_list
                if isinstance(called, ast.Call) and isinstance(called.func, ast.Name)
            }:
                names.add(node.name)
    return frozenset(names)


def _commands(page: Path) -> list[str]:
    """Lines of shell in a page."""
    blocks = _FENCE.findall(page.read_text("utf-8"))
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def _all_commands() -> list[tuple[str, str]]:
    return [(_name(page), command) for page in PAGES for command in _commands(page)]


@pytest.mark.parametrize("part", GENERATED)
def test_the_dictionary_tells_the_declarations(part: str) -> None:
    inside = _parted(DICTIONARY.read_text("utf-8"), part)[1]
    assert inside == GENERATED[part](), f"docs/data-dictionary.md lags behind the {part}. Renew it: {RENEW}"


def test_the_dictionary_tells_constraints_and_references() -> None:
    text = _parted(DICTIONARY.read_text("utf-8"), "tables")[1]
    for table in ALL_TABLES:
        section = text.partition(f"### {table.name}\n")[2].partition("\n### ")[0]
        for column in table.columns:
            row = next(line for line in section.splitlines() if line.startswith(f"| `{column.name}` |"))
            assert [cell.strip() for cell in row.split("|")[2:5]] == [
                column.kind,
                column.constraint,
                "yes" if column.personal else "",
            ]
        assert all(f"- {reference.text}" in section for reference in table.references)


def test_references_lead_to_columns_that_exist() -> None:
    tables = {table.name: table for table in ALL_TABLES}
    for table in ALL_TABLES:
        for reference in table.references:
            named = {*reference.columns, *(column for column, _ in reference.where)}
            assert named <= set(tables[reference.table].names)
            assert set(reference.columns) <= set(table.names)


def test_the_dictionary_names_assets_that_exist() -> None:
    text = _parted(DICTIONARY.read_text("utf-8"), "tables")[0]
    cells = [line.split("|")[2] for line in text.splitlines() if line.startswith("| `")]
    makers = {name for cell in cells for name in re.findall(r"`([a-z_]+)`", cell)}
    assert makers <= _asset_names(), "data-dictionary.md: made by assets that do not exist"
    silent = [name for name in sorted(_asset_names() - makers) if not re.search("^graph_|_complete$", name)]
    assert not silent, f"data-dictionary.md: files of {', '.join(silent)} are not listed"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in _LINK.findall(page.read_text("utf-8")):
        if _ELSEWHERE.match(target):
            continue
        file, _, anchor = target.partition("#")
        found = (page.parent / file).resolve() if file else page
        assert found.exists(), f"{_name(page)}: no file {target}"
        assert found.is_relative_to(ROOT), f"{_name(page)}: {target} lies outside of the repository"
        assert not anchor or anchor in _anchors(found), f"{_name(page)}: no heading for {target}"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_pages_are_finished_and_of_no_machine(page: Path) -> None:
    for number, line in enumerate(page.read_text("utf-8").splitlines(), start=1):
        assert not _UNFINISHED.search(line), f"{_name(page)}:{number}: unfinished"
        assert not _MACHINE_PATH.search(line), f"{_name(page)}:{number}: a path of a machine"


def test_commands_name_what_exists() -> None:
    from typer.main import get_command

    from pa_assets.agendas.assets.steps import STEP_ASSETS
    from pa_assets.agendas.build import ROLL_UPS
    from pa_assets.cli import app

    own = set(getattr(get_command(app), "commands", {}))
    selectable = set(ROLL_UPS) | {f"event/{name}" for name in _asset_names()}
    makefile = (ROOT / "Makefile").read_text("utf-8")
    jobs = {"refresh", *(f"{step}_job" for step in STEP_ASSETS)}
    for page, command in _all_commands():
        if called := re.match(r"pa ([a-z-]+)", command):
            assert called[1] in own, f"{page}: no command {command!r}"
        if select := re.search(r"--select ([a-z_/,]+)(?: |$)", command):
            assert set(select[1].split(",")) <= selectable, f"{page}: no such asset in {command!r}"
        if job := re.search(r" -j ([a-z_]+)", command):
            assert job[1] in jobs, f"{page}: no such job in {command!r}"
        if target := re.match(r"make ([a-z]+)", command):
            assert f"\n{target[1]}:" in makefile, f"{page}: {command!r}"


def test_the_runbook_knows_every_check_and_setting_of_the_environment() -> None:
    text = RUNBOOK.read_text("utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        checks = {key.name for check in event_checks() for key in check.check_keys}
    assert checks
    assert checks == set(re.findall(r"^### `(\w+)`", text, re.MULTILINE))
    variables = re.findall(r"^#([A-Z0-9_]+)=", (ROOT / "keys" / ".env.example").read_text("utf-8"), re.MULTILINE)
    missing = {name for name in variables if name not in text and re.sub(r"_(DEV|TEST|PROD)$", "", name) not in text}
    assert not missing, f"runbook.md says nothing of {', '.join(sorted(missing))}"


def test_the_runbook_quotes_reasons_as_they_are() -> None:
    section = RUNBOOK.read_text("utf-8").partition("\n| reason |")[2].partition("\n\n")[0]
    reasons = re.findall(r"^\| ([^|`-][^|]*?) \|", section, re.MULTILINE)
    sources = "\n".join(path.read_text("utf-8") for path in (ROOT / "pa_assets" / "agendas" / "core").rglob("*.py"))
    assert len(reasons) > 15
    unknown = [reason for reason in reasons if f'"{reason}"' not in sources]
    assert not unknown, f"runbook.md: no row is set aside for {', '.join(unknown)}"


def renew() -> None:
    """Write the generated parts of the data dictionary anew."""
    for part, made in GENERATED.items():
        before, _, after = _parted(DICTIONARY.read_text("utf-8"), part)
        begin, end = _marks(part)
        DICTIONARY.write_text(f"{before}{begin}\n\n{made()}\n\n{end}{after}", "utf-8")


if __name__ == "__main__":
    renew()
