"""Whatever the app says, it can say in Spanish: the catalogue is whole, and so is its copy."""

import ast
import subprocess
from collections.abc import Iterator
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages import Catalog

from recovery.config import ROOT
from tests.catalogue import PLACE, SPANISH, forms, messages, read

#: How a service says no; their first argument is a sentence for people.
REFUSALS = {"Refused", "Conflict", "TooManyTries"}


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """All texts of code and templates, as `make translations` finds them now."""
    path = tmp_path_factory.mktemp("texts") / "messages.pot"
    subprocess.run(["make", "--silent", "gather", f"POT={path}"], cwd=ROOT, check=True)
    return read(path)


@pytest.fixture(scope="module")
def spanish() -> Catalog:
    return read()


def keys(catalogue: Catalog) -> set[tuple[str | None, tuple[str, ...]]]:
    return {(message.context, forms(message.id)) for message in messages(catalogue)}


def test_every_text_of_the_code_is_in_the_catalogue(gathered: Catalog, spanish: Catalog) -> None:
    assert keys(gathered) - keys(spanish) == set()


def test_the_catalogue_holds_nothing_that_nobody_says(gathered: Catalog, spanish: Catalog) -> None:
    assert keys(spanish) - keys(gathered) == set()


def test_every_text_is_translated_and_none_by_a_guess(spanish: Catalog) -> None:
    assert [m.id for m in messages(spanish) if m.fuzzy or not all(forms(m.string))] == []


def test_a_translation_keeps_the_places_of_its_text(spanish: Catalog) -> None:
    for message in messages(spanish):
        *one, many = (set(PLACE.findall(text)) for text in forms(message.id))
        for place, said in enumerate(forms(message.string)):
            # One of a thing may be said without its number, as the English says it.
            allowed = [many, *one] if place == 0 else [many]
            assert set(PLACE.findall(said)) in allowed, said
            assert ("%%" in said) == ("%%" in forms(message.id)[-1]), said


def test_what_is_compiled_is_the_catalogue_as_it_is_now(spanish: Catalog) -> None:
    with SPANISH.with_suffix(".mo").open("rb") as file:
        compiled = GNUTranslations(file)
    for message in messages(spanish):
        one, *many = forms(message.id)
        if many:
            said = tuple(compiled.ngettext(one, many[0], count) for count in (1, 2))
        elif message.context:
            said = (compiled.pgettext(message.context, one),)
        else:
            said = (compiled.gettext(one),)
        assert said == forms(message.string), "run `make translations`"


def calls(path: Path) -> Iterator[ast.Call]:
    return (n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call))


def marked(path: Path) -> set[str]:
    """Names of a module that hold a sentence marked for translators."""
    tree = ast.parse(path.read_text("utf-8"))
    return {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) == "sentence"
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def test_every_refusal_is_a_sentence_that_translators_get() -> None:
    for path in sorted((ROOT / "recovery").rglob("*.py")):
        names = marked(path)
        for call in calls(path):
            if ast.unparse(call.func) in REFUSALS:
                said = call.args[0]
                plain = isinstance(said, ast.Constant) and isinstance(said.value, str)
                known = isinstance(said, ast.Name) and said.id in names
                assert plain or known, f"{path.name}:{call.lineno}"
