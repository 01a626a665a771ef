"""Files that need each other are sent as one, and mean the same as one by one."""

from pathlib import Path

import pytest

from recovery.config import ROOT
from recovery.web.joining import CannotBeJoined, joined


def write(folder: Path, **files: str) -> Path:
    """Write modules, named without their ending; give the path of the last."""
    for name, text in files.items():
        (folder / f"{name}.js").write_text(text)
    return folder / f"{name}.js"


def test_a_style_carries_what_it_imports_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a {}\n")
    (tmp_path / "b.css").write_text('@import "a.css";\nb {}\n')
    (tmp_path / "c.css").write_text('/* c */\n@import "b.css";\nc {}\n')
    assert joined(tmp_path / "c.css") == b"a {}\nb {}\nc {}\n"


def test_a_script_without_imports_is_sent_as_it_stands(tmp_path: Path) -> None:
    entry = write(tmp_path, a="export const a = 1;\n")
    assert joined(entry) == b"export const a = 1;\n"


def test_comments_on_lines_of_their_own_stay_at_home(tmp_path: Path) -> None:
    text = (
        "// a\nconst a = 'x // y';\n  /** b\n   * c */\nconst b = 1; // d\n/* e */ const c = 2;\n"
    )
    entry = write(tmp_path, a=text)
    assert joined(entry) == b"const a = 'x // y';\nconst b = 1; // d\n/* e */ const c = 2;\n"


def test_a_picture_is_sent_as_it_stands() -> None:
    path = ROOT / "static" / "icons" / "icon-192.png"
    assert joined(path) == path.read_bytes()


def test_a_module_that_two_others_need_is_there_once(tmp_path: Path) -> None:
    entry = write(
        tmp_path,
        shared="export const shared = {};\n",
        a='import { shared } from "./shared.js";\nexport const a = shared;\n',
        b='import { shared } from "./shared.js";\nimport { a } from "./a.js";\na === shared;\n',
    )
    assert joined(entry).count(b"const shared = {}") == 1


@pytest.mark.parametrize(
    "text",
    [
        'import all from "./a.js";\n',
        'import * as all from "./a.js";\n',
        'export { a } from "./a.js";\n',
        "export default 1;\n",
        "export let a = 1;\n",
        'import("./a.js");\n',
        "const here = import.meta.url;\n",
    ],
)
def test_a_form_of_import_that_is_not_known_is_refused(tmp_path: Path, text: str) -> None:
    entry = write(tmp_path, a="", b=text, c='import "./b.js";\n')
    with pytest.raises(CannotBeJoined, match=r"b\.js"):
        joined(entry)


def test_modules_that_need_each_other_are_refused(tmp_path: Path) -> None:
    write(tmp_path, a='import "./b.js";\n', b='import "./a.js";\n')
    with pytest.raises(CannotBeJoined, match="needs itself"):
        joined(tmp_path / "a.js")


@pytest.mark.parametrize(
    "path", sorted((ROOT / "static" / "js").glob("*.js")), ids=lambda p: p.name
)
def test_every_script_of_ours_can_be_joined(path: Path) -> None:
    assert joined(path)
