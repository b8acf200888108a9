from pathlib import Path

from pa_assets.kit.fingerprint import FileIndex
from pa_assets.kit.resources.landing import LandingFolder


def test_files_are_found_whatever_the_case_and_sorted(tmp_path: Path) -> None:
    names = [
        "Reg_b.JSON",
        "reg_a.json",
        ".reg_c.json",
        "reg_d.json.part",
        "~reg_e.json",
        "other.csv",
        "post/reg_f.json",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("[]")

    index = FileIndex(tmp_path / ".index.json")
    folder = LandingFolder(tmp_path, index)

    def found(*patterns: str) -> list[str]:
        return [path.relative_to(tmp_path).as_posix() for path in folder.find(patterns)]

    assert found("reg_*.json") == ["reg_a.json", "Reg_b.JSON"]
    assert found("**/reg_*") == ["post/reg_f.json", "reg_a.json", "Reg_b.JSON"]
    assert found("post/*.json", "OTHER.csv") == ["other.csv", "post/reg_f.json"]
    assert found("nothing*") == []
    assert LandingFolder(tmp_path / "absent", index).find(["*"]) == []


def test_version_follows_names_and_content(tmp_path: Path) -> None:
    folder = LandingFolder(tmp_path, FileIndex(tmp_path / ".index.json"))
    (tmp_path / "a.csv").write_text("1")
    before = folder.version(folder.find(["*.csv"]))
    (tmp_path / "a.csv").touch()
    assert folder.version(folder.find(["*.csv"])) == before
    (tmp_path / "a.csv").rename(tmp_path / "b.csv")
    renamed = folder.version(folder.find(["*.csv"]))
    (tmp_path / "b.csv").write_text("2")
    assert len({before, renamed, folder.version(folder.find(["*.csv"]))}) == 3


def test_a_fresh_file_is_not_settled(tmp_path: Path) -> None:
    folder = LandingFolder(tmp_path, FileIndex(tmp_path / ".index.json"))
    path = tmp_path / "a.csv"
    path.write_text("1")
    now = path.stat().st_mtime
    assert folder.unsettled([path], now=now + 1, seconds=5) == [path]
    assert folder.unsettled([path], now=now + 6, seconds=5) == []


def test_a_packed_file_is_found_under_the_name_of_what_it_holds(tmp_path: Path) -> None:
    for name in ("scans.csv.gz", "scans_2.csv.ZIP", "scans_3.csv.bak", "scans.gz.csv", "scans_4.zip"):
        (tmp_path / name).write_bytes(b"")
    folder = LandingFolder(tmp_path, FileIndex(tmp_path / ".index.json"))
    assert [path.name for path in folder.find(["scans*.csv"])] == ["scans.csv.gz", "scans.gz.csv", "scans_2.csv.ZIP"]
    assert [path.name for path in folder.find(["scans_4*"])] == ["scans_4.zip"]
