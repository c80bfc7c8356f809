"""Nothing that is secret is in any file, log or message."""

from __future__ import annotations

from pathlib import Path

from project import KedroProject
from wandb_server.server import API_KEY, WandbServer
from weekly import make_weekly

SECRETS = ("tell-nobody", "nor-this", "user-info-password", "a-runtime-secret", API_KEY)

PARAMETERS = {
    "share": 0.5,
    "options": {
        "seed": 3,
        "api_token": "tell-nobody",
        "database": "postgres://someone:user-info-password@host/homes",
    },
    "unused": {"password": "nor-this"},
}

CREDENTIALS = {"wandb": {"api_key": API_KEY}}


def make(path: Path, wandb: dict[str, object]) -> KedroProject:
    project = make_weekly(path, wandb={"project": "tiny"} | wandb, credentials=CREDENTIALS)
    project.write_yaml("conf/base/parameters.yml", PARAMETERS)
    return project


def leaks(texts: dict[str, bytes]) -> list[tuple[str, str]]:
    return [(where, secret) for where, text in texts.items() for secret in SECRETS
            if secret.encode() in text]  # fmt: skip


def files_of(*folders: Path) -> dict[str, bytes]:
    found = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    return {str(file): file.read_bytes() for file in found}


def run(project: KedroProject, tmp_path: Path, **environment: str) -> str:
    done = project.kedro(
        "run",
        "--params",
        "options.api_token=a-runtime-secret",
        env=environment
        | {"KEDRO_WANDB_LOG": str(tmp_path / "tracker.log"), "HOME": str(tmp_path / "home")},
    )
    assert done.code == 0, done.output
    return done.output


def test_nothing_secret_is_kept_locally(tmp_path: Path) -> None:
    """Not in the store or its page, the offline runs, any log or folder of the SDK."""
    project = make(tmp_path / "project", {"mode": "local", "offline_runs": True})
    (tmp_path / "home").mkdir()
    output = run(project, tmp_path)
    store = files_of(project.path / ".wandb")
    assert any(name.endswith(".wandb") for name in store)
    assert any(b"[redacted]" in content for content in store.values())
    assert leaks(store | files_of(tmp_path / "home") | {"output": output.encode()}) == []
    page = project.kedro("wandb", "page", "--output", str(tmp_path / "page.html"))
    assert page.code == 0, page.output
    told = {"page": (tmp_path / "page.html").read_bytes(), "of the page": page.output.encode()}
    assert b"[redacted]" in told["page"]
    assert leaks(told) == []
    assert leaks({"log": (tmp_path / "tracker.log").read_bytes()}) == []


def test_nothing_secret_reaches_the_server(tmp_path: Path, wandb_server: WandbServer) -> None:
    """The key is in the header that says who asks, and nowhere else."""
    project = make(tmp_path / "project", {"mode": "online"})
    (tmp_path / "home").mkdir()
    output = run(project, tmp_path, WANDB_API_KEY="")
    told = {
        f"{number} {seen.name}": repr(seen.variables).encode()
        for number, seen in enumerate(wandb_server.requests)
    }
    runs = [r for p in wandb_server.state.projects.values() for r in p.runs.values()]
    assert {run.job_type for run in runs} == {"process", "train"}
    for each in runs:
        told |= {f"{each.name} {name}": content for name, content in each.files.items()}
        told |= {f"{each.name} config": each.config.encode()}
        told |= {f"{each.name} lines": repr(each.lines).encode()}
    local = files_of(project.path / ".wandb", tmp_path / "home", tmp_path / "wandb")
    assert leaks(told | local | {"output": output.encode()}) == []
