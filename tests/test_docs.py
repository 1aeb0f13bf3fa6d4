"""What the documents say is what there is: commands, options, settings, targets, links; and what no file may hold."""

from __future__ import annotations

import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import eval.cli
from app.terminal import commands as cli
from ingest.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# Defaults that differ from machine to machine, or that a word tells better.
TOLD = {
    "archive": "DataTalks.Club's repository", "data": "the user's data folder",
    "reranker": "empty", "judge": "empty", "store": "empty", "model_server": "empty", "api_key": "empty",
    "allowed_hosts": "empty", "trusted_proxies": "empty", "root_path": "empty",
    "metrics": "true", "log_questions": "false",
}  # fmt: skip


def program() -> Any:
    """The program that `pyproject.toml` installs."""
    assert PROJECT["project"]["scripts"]["citecast"] == f"{eval.cli.__name__}:main"
    return get_command(cli.app)


COMMANDS: dict[str, Any] = dict(program().commands)
OWN = [info.callback.__name__ for info in cli.app.registered_commands if info.callback]


def options(command: Any) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts if name.startswith("-")}


def rows(heading: str) -> list[list[str]]:
    """The cells of each row of the first table after a line of the README."""
    table = README[README.index(heading) :].split("\n\n")
    (first,) = [part for part in table if part.startswith("|")][:1]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in first.splitlines()[2:]]


def test_the_table_of_commands_names_every_command_and_no_other() -> None:
    named = [re.match(r"`citecast (\w+)", cells[0]) for cells in rows("| command |")]
    assert [match.group(1) for match in named if match] == list(COMMANDS)


@pytest.mark.parametrize("name", OWN)
def test_every_option_of_a_command_is_named(name: str) -> None:
    missing = [option for option in options(COMMANDS[name]) if f"`{option}" not in README]
    assert not missing


@pytest.mark.parametrize("name", OWN)
def test_every_command_has_the_options_that_the_readme_gives_to_all(name: str) -> None:
    assert "Every command has `--help` and `--data FOLDER`" in README
    assert "--data" in options(COMMANDS[name])


def test_options_in_the_documents_are_options_of_the_program() -> None:
    known = {"--help", "--install-completion", "--show-completion"}
    for command in COMMANDS.values():
        known |= options(command).union(*(options(sub) for sub in getattr(command, "commands", {}).values()))
    used = set(re.findall(r"`(--[\w-]+)", README))
    for line in re.findall(r"^.*citecast \w+ .*$", README + CONTRIBUTING, re.MULTILINE):
        used |= set(re.findall(r"(?<=\s)(--[\w-]+)", line))
    assert used <= known


def test_calls_in_the_documents_are_commands_of_the_program() -> None:
    called = set(re.findall(r"citecast (?!-)(\w+)", README + CONTRIBUTING))
    assert called <= COMMANDS.keys()


def test_the_table_of_settings_is_the_settings() -> None:
    table = rows("## Settings")
    assert [cells[0] for cells in table] == [f"`{name}`" for name in Settings.model_fields]
    for (key, variable, default, meaning), (name, field) in zip(table, Settings.model_fields.items(), strict=True):
        assert variable == f"`{PREFIX}{name.upper()}`"
        shown = TOLD.get(name) or f"{field.default:g}" if isinstance(field.default, float) else str(field.default)
        assert default.strip("`") == TOLD.get(name, shown), key
        assert meaning == str(field.description) or str(field.description).startswith(meaning), key


def test_every_variable_in_the_documents_is_a_setting() -> None:
    for name in re.findall(rf"{PREFIX}(\w+)", README + CONTRIBUTING + MAKEFILE + (ROOT / ".ci" / "run").read_text()):
        assert name.lower() in Settings.model_fields


def test_every_make_target_is_named_and_every_named_one_is_there() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    targets = set(phony.split())
    assert targets == set(re.findall(r"^([a-z]\w*):", MAKEFILE, re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]\w*)\b", "\n".join(code(README) + code(CONTRIBUTING))))
    assert named == targets


def code(document: str) -> list[str]:
    """The document's code, in blocks and within lines."""
    blocks = re.findall(r"^```.*?^```", document, re.MULTILINE | re.DOTALL)
    return blocks + re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", document, flags=re.MULTILINE | re.DOTALL))


def test_the_readme_opens_with_one_sentence_a_picture_and_the_two_commands() -> None:
    _, sentence, picture, commands = [part.strip() for part in README.split("\n\n")][:4]
    assert re.fullmatch(r"[A-Z][^.]+\.", sentence)
    assert picture.startswith("![")
    assert re.findall(r"^make \w+", commands, re.MULTILINE) == ["make chat", "make test"]


def test_versions_of_python_are_those_of_the_project() -> None:
    low, high = re.findall(r"3\.(\d+)", PROJECT["project"]["requires-python"])
    assert f"Python 3.{low} to 3.{int(high) - 1}" in README
    assert f"(3, {low}) <= sys.version_info[:2] <= (3, {int(high) - 1})" in MAKEFILE


def test_links_within_the_project_lead_somewhere() -> None:
    for name, document in (("README.md", README), ("CONTRIBUTING.md", CONTRIBUTING)):
        headings = {
            re.sub(r"[^\w -]", "", h).strip().lower().replace(" ", "-")
            for h in re.findall(r"^#+ (.+)$", document, re.M)
        }
        for target in re.findall(r"\]\(([^)\s]+)\)", document):
            if target.startswith("#"):
                assert target[1:] in headings, f"{name}: {target}"
            elif "://" not in target:
                assert (ROOT / target.split("#")[0]).exists(), f"{name}: {target}"


def test_paths_in_the_documents_are_there() -> None:
    for path in re.findall(r"`((?:app|eval|index|ingest|tests|docs)/[\w./-]*)`", README + CONTRIBUTING):
        if path not in ("tests/archive/", "tests/test_imports.py"):  # written beside this file
            assert (ROOT / path).exists(), path


def test_the_changelog_names_every_command() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert changelog.startswith("# Changelog")
    assert all(f"citecast {name}" in changelog for name in OWN)


def test_the_licence_is_the_one_that_is_said() -> None:
    assert PROJECT["project"]["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
    assert "## Licence\n\nMIT." in README


@cache
def files() -> dict[str, str]:
    """The project's text files: what is in the repository, or would be with the next commit."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("no Git checkout")
    found: dict[str, str] = {}
    for name in listed.stdout.split("\0"):
        path = ROOT / name
        if name and path.is_file():
            try:
                found[name] = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
    assert "README.md" in found
    return found


# Spelled in parts, so that this file does not hold them itself.
MACHINE = "|".join(("/wo" + "rk/", "/ro" + "ot/", "/home/" + r"\w+/", "/Us" + r"ers/\w+/"))
REGISTRY = "|".join(
    (
        "index-" + "url",
        "trusted-" + "host",
        "pypi" + r"\.org",
        "pythonhosted" + r"\.org",
        "artifact" + "ory",
        "jf" + "rog",
    )
)
WORKERS = "|".join(
    rf"\b{word}\b"
    for word in (
        "cla" + "ude", "anth" + "ropic", "co" + "pilot", "chat" + "gpt", "co-auth" + "ored-by", "as an " + "ai",
        "sub-?" + "agents?", "coding " + "agents?", "ai " + "assistants?", "generated " + "with",
    )
)  # fmt: skip
# Questions about the archive, whose guests talk of such products.
TALK = ("eval/suites/", "eval/readings/")


@pytest.mark.parametrize("forbidden", [MACHINE, REGISTRY, WORKERS], ids=["machine", "registry", "workers"])
def test_no_file_holds(forbidden: str) -> None:
    held = {
        name: match.group()
        for name, text in files().items()
        if not name.startswith(TALK) and (match := re.search(forbidden, text, re.IGNORECASE))
    }
    assert not held
