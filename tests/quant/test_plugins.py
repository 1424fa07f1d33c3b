import sys

import pytest

from quant.plugins import discover


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "discovered_plugins"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "second.py").write_text("NAME = 'two'\n")
    (folder / "first.py").write_text("NAME = 'one'\n")
    (folder / "_shared.py").write_text("raise RuntimeError('never imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    import discovered_plugins  # type: ignore[import-not-found]  # made above

    yield discovered_plugins
    for name in [name for name in sys.modules if name.startswith("discovered_plugins")]:
        del sys.modules[name]


def test_plug_ins_are_files_found_by_name_in_order(package):
    found = discover(package)
    assert list(found) == ["first", "second"]
    assert found["first"].NAME == "one"


def test_a_new_file_is_enough(package, tmp_path):
    (tmp_path / "discovered_plugins" / "third.py").write_text("NAME = 'three'\n")
    assert discover(package)["third"].NAME == "three"


def test_a_broken_plug_in_is_not_swallowed(package, tmp_path):
    (tmp_path / "discovered_plugins" / "broken.py").write_text("import a_module_that_is_not_there\n")
    with pytest.raises(ModuleNotFoundError, match="a_module_that_is_not_there"):
        discover(package)
