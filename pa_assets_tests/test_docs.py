"""The documentation agrees with the code, and its links and commands lead somewhere.

Run as a program, it renews the generated part of the data dictionary: python -m pa_assets_tests.test_docs
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from pa_assets.agendas.core.tables import ALL_TABLES
from pa_assets.kit.tables import describe

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
DICTIONARY = DOCS / "data-dictionary.md"
RUNBOOK = DOCS / "runbook.md"
BEGIN, END = "<!-- tables: generated -->", "<!-- tables: end -->"
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


def _generated() -> str:
    return describe(ALL_TABLES).replace("\n## ", "\n### ").replace("## ", "### ", 1).strip()


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


def test_the_dictionary_tells_the_declarations() -> None:
    text = DICTIONARY.read_text("utf-8")
    part = text.partition(BEGIN)[2].partition(END)[0].strip()
    assert part == _generated(), f"docs/data-dictionary.md lags behind the tables. Renew it: {RENEW}"


def test_the_dictionary_names_assets_that_exist() -> None:
    text = DICTIONARY.read_text("utf-8").partition(BEGIN)[0]
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
    tree = ast.parse((ROOT / "pa_assets" / "agendas" / "checks.py").read_text("utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    checks = {node.name for node in functions if any("asset_check" in ast.unparse(x) for x in node.decorator_list)}
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
    """Write the generated part of the data dictionary anew."""
    before, _, rest = DICTIONARY.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    DICTIONARY.write_text(f"{before}{BEGIN}\n\n{_generated()}\n\n{END}{after or chr(10)}", "utf-8")


if __name__ == "__main__":
    renew()
