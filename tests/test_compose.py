"""Tests that the compose file and the Dockerfile agree with the program: settings, packages, commands."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import cli_calls
import pytest
import yaml

from app.llm.choose import GPU_MODEL, Choice, parse_model
from ingest.settings import PREFIX, Settings, load_settings

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def filled(text: str, **environ: str) -> str:
    """The text as Compose fills it in: `${NAME:-default}`."""
    return re.sub(r"\$\{(\w+):-([^}]*)\}", lambda m: environ.get(m[1]) or m[2], text)


def settings(**environ: str) -> Settings:
    own = {key: filled(str(value), **environ) for key, value in SERVICES["app"]["environment"].items()}
    image = dict(item.split("=", 1) for line in re.findall(r"^ENV (.+)$", DOCKERFILE, re.M) for item in line.split())
    return load_settings(environ=image | own, folder=Path("/nowhere"))


def test_app_qdrant_and_model_server() -> None:
    assert set(SERVICES) == {"app", "qdrant", "model"}
    assert SERVICES["app"]["build"] == "."
    assert SERVICES["app"]["depends_on"] == ["qdrant"]


def test_images_and_volumes_are_named_exactly() -> None:
    for name, service in SERVICES.items():
        if "image" in service:
            assert re.fullmatch(r"[\w./-]+:v\d+\.\d+\.\d+", service["image"]), name
        for volume in service["volumes"]:
            assert volume.split(":")[0] in COMPOSE["volumes"]


def test_the_apps_settings_are_settings_and_lead_to_the_others() -> None:
    found = settings()
    assert found.store == "http://qdrant:6333"
    assert found.data == Path("/data")
    assert parse_model(found.model) == Choice("server", "http://model:8000/v1")
    assert found.host == "0.0.0.0"
    assert all(key.startswith(PREFIX) for key in SERVICES["app"]["environment"])


def test_names_proxies_and_a_prefix_can_be_given_and_need_not_be() -> None:
    assert (settings().allowed_hosts, settings().trusted_proxies, settings().root_path) == ((), (), "")
    found = settings(
        CITECAST_ALLOWED_HOSTS="pods.example.org",
        CITECAST_TRUSTED_PROXIES="172.16.0.0/12",
        CITECAST_ROOT_PATH="/podcast",
    )
    assert found.allowed_hosts == ("pods.example.org",)
    assert found.trusted_proxies == ("172.16.0.0/12",)
    assert found.root_path == "/podcast"


def test_model_and_key_can_be_given() -> None:
    found = settings(CITECAST_MODEL="extractive", CITECAST_API_KEY="k")
    assert (found.model, found.api_key.get_secret_value()) == ("extractive", "k")
    assert filled(SERVICES["model"]["environment"]["VLLM_API_KEY"], CITECAST_API_KEY="k") == "k"


def test_the_server_loads_the_default_model_of_a_gpu() -> None:
    (model,) = [filled(part) for part in SERVICES["model"]["command"] if part.startswith("--model=")]
    assert f"transformers:{model.removeprefix('--model=')}" == GPU_MODEL


def test_only_this_machine_is_listened_to_by_itself() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert ports == [f"127.0.0.1:7860:{Settings.model_fields['port'].default}"]


@pytest.mark.parametrize("line", [line for line in DOCKERFILE.splitlines() if line.startswith("COPY ")])
def test_what_the_image_copies_is_there_and_let_through(line: str) -> None:
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    for name in line.split()[1:-1]:
        assert (ROOT / name).exists()
        assert f"!{name}" in ignore


def test_the_image_holds_every_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = set(project["tool"]["setuptools"]["packages"])
    packages = {name.split(".")[0] for name in listed}
    files = [file for name in packages for file in ROOT.glob(f"{name}/**/__init__.py")]
    assert {".".join(file.parent.relative_to(ROOT).parts) for file in files} == listed
    assert packages <= {line.split()[1] for line in DOCKERFILE.splitlines() if line.startswith("COPY ")}


def test_the_image_starts_the_program() -> None:
    (command,) = re.findall(r'^CMD \["sh", "-c", "(.+)"\]$', DOCKERFILE, re.M)
    words = shlex.split(command, comments=False)
    called = [words[i + 1] for i, word in enumerate(words) if word == "citecast"]
    assert called == ["ingest", "serve"]
    commands: dict[str, Any] = cli_calls.commands()
    assert set(called) <= commands.keys()
    assert "--or-sample" in {name for parameter in commands["ingest"].params for name in parameter.opts}


def test_pythons_version_is_one_of_the_projects() -> None:
    (minor,) = re.findall(r"^FROM python:3\.(\d+)-slim$", DOCKERFILE, re.M)
    assert 11 <= int(minor) <= 13
