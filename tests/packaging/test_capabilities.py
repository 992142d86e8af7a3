"""The README's table of what each platform can do."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def capabilities() -> ModuleType:
    """`packaging/capabilities.py`, which lies in no package."""
    specification = importlib.util.spec_from_file_location("capabilities", ROOT / "packaging" / "capabilities.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["capabilities"] = module
    specification.loader.exec_module(module)
    return module


def test_the_readme_says_what_the_connectors_declare(capabilities: ModuleType) -> None:
    assert capabilities.main(["--check"]) == 0


def test_a_table_that_is_not_up_to_date_is_found(
    capabilities: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{capabilities.BEGIN}\nbygone\n{capabilities.END}\nafter\n")
    monkeypatch.setattr(capabilities, "README", readme)
    assert capabilities.main(["--check"]) == 1
    assert "Run packaging/capabilities.py" in capsys.readouterr().err
    assert "bygone" in readme.read_text()
    assert capabilities.main([]) == 0
    assert capabilities.main(["--check"]) == 0
    written = readme.read_text()
    assert "bygone" not in written
    assert written.startswith("before\n")
    assert written.endswith("\nafter\n")
    for platform in ("HighLevel", "ActiveCampaign"):
        assert f"| {platform} |" in written


def test_a_readme_without_a_place_for_the_table_is_refused(capabilities: ModuleType) -> None:
    with pytest.raises(ValueError, match="0 places"):
        capabilities.with_table("nothing", "table")
