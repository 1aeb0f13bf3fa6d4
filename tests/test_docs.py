"""Tests that the documents are true: commands, options, settings, metrics, targets, modules, paths and links exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from cli_calls import commands
from typer.main import get_command

import eval.cli
from app.observe.prometheus import Metrics, QueueMetrics
from app.terminal import commands as cli
from app.types import Outcome
from ingest.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
FILES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
DOCUMENTS = {file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8") for file in FILES}
README = DOCUMENTS["README.md"]
ALL = "\n".join(DOCUMENTS.values())
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# Defaults that differ from machine to machine, or that a word says better.
IN_WORDS = {
    "archive": "DataTalks.Club's repositories", "data": "the user's data folder",
    "reranker": "empty", "store": "empty", "model_server": "empty", "api_key": "empty",
    "allowed_hosts": "empty", "origins": "empty", "trusted_proxies": "empty", "root_path": "empty", "keys": "empty",
    "metrics": "true", "log_questions": "false", "allow_private_addresses": "false",
    "share": "true", "share_indexed": "false", "feedback": "true",
}  # fmt: skip


def program() -> Any:
    """The program that `pyproject.toml` installs."""
    assert PROJECT["project"]["scripts"]["citecast"] == f"{eval.cli.__name__}:main"
    return get_command(cli.app)


COMMANDS = commands(program())
OWN = [name for name in COMMANDS if name != "eval"]
OF_EVAL = commands(COMMANDS["eval"])


def options(command: Any) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts if name.startswith("-")}


def rows(first_cell: str) -> list[list[str]]:
    """The cells of every row of all documents whose first cell matches."""
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\|.+\|$", ALL, re.M)]
    return [cells for cells in found if re.fullmatch(first_cell, cells[0])]


def code(document: str) -> list[str]:
    """The document's code, in blocks and within lines."""
    blocks = re.findall(r"^```.*?^```", document, re.MULTILINE | re.DOTALL)
    return blocks + re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", document, flags=re.MULTILINE | re.DOTALL))


def headings(document: str) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", document, flags=re.MULTILINE | re.DOTALL), re.M)
    return {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}


def test_the_readme_is_short_and_opens_with_one_sentence_a_picture_and_the_two_commands() -> None:
    _, sentence, picture, commands = [part.strip() for part in README.split("\n\n")][:4]
    assert re.fullmatch(r"[A-Z][^.]+\.", sentence)
    assert picture.startswith("![")
    assert re.findall(r"^make \w+", commands, re.MULTILINE) == ["make chat", "make test"]
    assert len(README.splitlines()) < 200


def test_every_document_can_be_reached_from_the_readme() -> None:
    assert [name for name in DOCUMENTS if name != "README.md" and f"]({name}" not in README] == []


def test_every_command_has_one_row_in_one_table() -> None:
    named = [re.match(r"`citecast (?:eval )?(\w+)", cells[0]) for cells in rows(r"`citecast .*`")]
    of_eval = ["SUITE", *(name for name in OF_EVAL if name != "run")]
    assert sorted(match[1] for match in named if match) == sorted([*OWN, "SUITE", *of_eval])


@pytest.mark.parametrize("name", [*OWN, *OF_EVAL])
def test_every_option_of_a_command_is_named(name: str) -> None:
    command = COMMANDS.get(name) or OF_EVAL[name]
    assert [option for option in options(command) if f"`{option}" not in ALL and f" {option} " not in ALL] == []


@pytest.mark.parametrize("name", OWN)
def test_every_command_has_the_options_that_the_readme_gives_to_all(name: str) -> None:
    assert "Every command has `--help` and `--data FOLDER`" in README
    assert "--data" in options(COMMANDS[name])


def test_options_in_the_documents_are_options_of_the_program() -> None:
    known = {"--help", "--install-completion", "--show-completion", "--at-once", "--quick", "--split"}
    for command in [*COMMANDS.values(), *OF_EVAL.values()]:
        known |= options(command).union(*(parameter.secondary_opts for parameter in command.params))
    # Not the variables of the embed kit's style.
    used = set(re.findall(r"`(--(?!citecast-)[\w-]+)", ALL))
    for line in re.findall(r"^.*citecast \w+ .*$", ALL, re.MULTILINE):
        used |= set(re.findall(r"(?<=\s)(--[\w-]+)", line))
    assert used <= known


def test_calls_in_the_documents_are_commands_of_the_program() -> None:
    called = {name for part in code(ALL) for name in re.findall(r"(?:^|[\s/])citecast (?!-)([a-z]+)", part)}
    assert called <= COMMANDS.keys()
    assert set(re.findall(r"citecast eval ([a-z]+) (?:RUN|A B)", ALL)) <= OF_EVAL.keys()


def test_every_setting_has_one_row_with_its_variable_default_and_meaning() -> None:
    table = [cells for cells in rows(r"`\w+`") if cells[1].startswith(f"`{PREFIX}")]
    assert [cells[0] for cells in table] == [f"`{name}`" for name in Settings.model_fields]
    for (key, variable, default, meaning), (name, field) in zip(table, Settings.model_fields.items(), strict=True):
        assert variable == f"`{PREFIX}{name.upper()}`"
        shown = f"{field.default:g}" if isinstance(field.default, float) else str(field.default)
        assert default.strip("`") == IN_WORDS.get(name, shown), key
        assert str(field.description).startswith(meaning), key


def test_every_variable_in_the_documents_is_a_setting() -> None:
    for name in re.findall(rf"{PREFIX}(\w+)", ALL + MAKEFILE + (ROOT / ".ci" / "run").read_text()):
        assert name.lower() in Settings.model_fields


def test_every_metric_and_outcome_has_one_row() -> None:
    told = (Metrics().exposition() + QueueMetrics(lambda: 0).exposition()).decode()
    ours = {line.split()[2] for line in told.splitlines() if line.startswith("# TYPE cite")}
    shown = [cells[0].strip("`") for cells in rows(r"`citecast_\w+`")]
    assert len(shown) == len(set(shown))
    assert ours == set(shown)
    assert {str(outcome) for outcome in Outcome} <= {cells[0].strip("`") for cells in rows(r"`\w+`")}


def test_every_make_target_is_named_and_every_named_one_is_there() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    targets = set(phony.split())
    assert targets == set(re.findall(r"^([a-z]\w*):", MAKEFILE, re.MULTILINE))
    assert targets == set(re.findall(r"\bmake ([a-z]\w*)\b", "\n".join(code(ALL))))


def test_versions_of_python_are_those_of_the_project() -> None:
    low, high = re.findall(r"3\.(\d+)", PROJECT["project"]["requires-python"])
    assert f"Python 3.{low} to 3.{int(high) - 1}" in README
    assert f"(3, {low}) <= sys.version_info[:2] <= (3, {int(high) - 1})" in MAKEFILE


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_within_the_project_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", DOCUMENTS[name]):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = ((ROOT / name).parent / path).resolve() if path else ROOT / name
        assert file.exists(), target
        assert not anchor or anchor in headings(file.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("name", DOCUMENTS)
def test_paths_and_modules_in_the_documents_are_there(name: str) -> None:
    for part in code(DOCUMENTS[name]):
        for path in re.findall(r"(?<![\w/.])(?:app|eval|index|ingest|tests|docs)/[\w./-]*[\w/]", part):
            assert (ROOT / path).exists(), path
        for module in re.findall(r"(?<![\w/.-])(?:app|eval|index|ingest)(?:\.[a-z_]+)+", part):
            file = ROOT / module.replace(".", "/")
            assert file.is_dir() or file.with_suffix(".py").exists(), module


def test_every_folder_of_the_product_has_its_row_in_the_architecture() -> None:
    folders = {
        f"{path.parent.relative_to(ROOT).as_posix()}/"
        for top in ("app", "eval", "index", "ingest")
        for path in (ROOT / top).rglob("__init__.py")
    }
    shown = [cells[0].strip("`") for cells in rows(r"`[\w/]+/`")]
    assert sorted(shown) == sorted(folders)


def test_the_changelog_names_every_command() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert changelog.startswith("# Changelog")
    assert all(f"citecast {name}" in changelog for name in OWN)


def test_the_licence_is_the_one_that_is_said() -> None:
    assert PROJECT["project"]["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
    assert "## Licence\n\nMIT." in README
