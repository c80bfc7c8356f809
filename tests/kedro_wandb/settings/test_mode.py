"""Online, local or not at all: who decides, and where the key comes from."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from wandb_server.server import API_KEY

from kedro_wandb.errors import ConfigurationError
from kedro_wandb.settings.config import Config
from kedro_wandb.settings.mode import CLOUD, Mode, base_url, decide, project_name, store_folder

KEY = "0123456789abcdef0123456789abcdef01234567"
OTHER = "f" * 40
CREDENTIALS = {"wandb": {"api_key": OTHER}}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder with nothing in it."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def netrc(home: Path, host: str = "api.wandb.ai", key: str = KEY, name: str = ".netrc") -> Path:
    file = home / name
    file.write_text(f"machine {host}\n  login user\n  password {key}\n", encoding="utf-8")
    file.chmod(0o600)
    return file


def refusal(config: Config, environment: dict[str, str], credentials: object = None) -> str:
    """Return what is said about a mode that is impossible, and check that no key is in it."""
    with pytest.raises(ConfigurationError) as caught:
        decide(config, environment, credentials)  # type: ignore[arg-type]
    shown = "".join(traceback.format_exception(caught.value))
    assert KEY not in shown
    assert OTHER not in shown
    return str(caught.value)


# Who decides


def test_without_a_key_a_project_tracks_locally(home: Path) -> None:
    """No account is needed, and the reason is told."""
    assert decide(Config(), {"HOME": str(home)}) == Mode("local", "no key is configured")


def test_with_a_key_a_project_tracks_online(home: Path) -> None:
    """Unless it was asked not to."""
    mode = decide(Config(), {"HOME": str(home), "WANDB_API_KEY": KEY})
    assert mode == Mode("online", "WANDB_API_KEY holds a key", KEY, CLOUD)


@pytest.mark.parametrize("asked", ["local", "disabled"])
def test_the_file_wins_over_a_key(home: Path, asked: str) -> None:
    """``mode`` in ``wandb.yml`` is obeyed, and the key is not even taken along."""
    config = Config.model_validate({"mode": asked})
    mode = decide(config, {"HOME": str(home), "WANDB_API_KEY": KEY})
    assert (mode.kind, mode.reason) == (asked, f"wandb.yml says mode: {asked}")
    assert mode.api_key is None


def test_the_variable_is_named_as_the_reason(home: Path) -> None:
    """Whoever set ``WANDB_MODE`` long ago finds it."""
    mode = decide(Config(mode="local"), {"HOME": str(home), "WANDB_MODE": "offline"})
    assert mode.reason == "WANDB_MODE says mode: local"


def test_online_without_a_key_is_an_error(home: Path) -> None:
    """It says for which server, and all places where a key may be put."""
    told = refusal(Config(mode="online"), {"HOME": str(home)})
    assert f"no key is configured for {CLOUD}" in told
    for place in ("WANDB_API_KEY", "netrc", "conf/local/credentials.yml"):
        assert place in told


# Where the key comes from


def test_the_variable_comes_before_netrc_before_the_credentials(home: Path) -> None:
    """Each is taken if those before it hold none."""
    environment = {"HOME": str(home), "WANDB_API_KEY": "v" * 40}
    netrc(home)
    assert decide(Config(), environment, CREDENTIALS).api_key == "v" * 40
    del environment["WANDB_API_KEY"]
    assert decide(Config(), environment, CREDENTIALS).api_key == KEY
    (home / ".netrc").unlink()
    found = decide(Config(), environment, CREDENTIALS)
    assert (found.api_key, found.reason) == (OTHER, "credentials.yml holds a key")


def test_an_empty_variable_holds_no_key(home: Path) -> None:
    """As when a CI's secret is not there."""
    assert decide(Config(), {"HOME": str(home), "WANDB_API_KEY": " "}).kind == "local"


@pytest.mark.parametrize("host", ["api.wandb.ai", "api.forge.coreweave.com"])
def test_netrc_holds_the_key_of_wandbs_own_server(home: Path, host: str) -> None:
    """Under either name that ``wandb login`` has given it."""
    file = netrc(home, host)
    mode = decide(Config(), {"HOME": str(home)})
    assert (mode.api_key, mode.reason) == (KEY, f"{file} holds a key for {host}")


def test_a_key_for_another_server_is_not_sent(home: Path) -> None:
    """A server of one's own never gets the key of W&B's, nor the other way round."""
    netrc(home)
    own = {"HOME": str(home), "WANDB_BASE_URL": "http://wandb.example:8080"}
    assert decide(Config(), own).kind == "local"
    netrc(home, "wandb.example:8080", OTHER)
    assert decide(Config(), own).api_key == OTHER
    assert decide(Config(), {"HOME": str(home)}).kind == "local"


def test_netrc_may_be_elsewhere(home: Path) -> None:
    """``NETRC`` names it; on Windows it is called ``_netrc``."""
    file = netrc(home, name="keys")
    assert decide(Config(), {"HOME": str(home), "NETRC": "~/keys"}).api_key == KEY
    file.rename(home / "_netrc")
    assert decide(Config(), {"HOME": str(home)}).api_key == KEY


def test_a_broken_netrc_is_told_without_what_is_in_it(home: Path) -> None:
    """It is no reason to fail, as long as nobody wants to go online."""
    file = home / ".netrc"
    file.write_text(f"machine api.wandb.ai\n  passwort {KEY}\n", encoding="utf-8")
    mode = decide(Config(), {"HOME": str(home)})
    assert mode.kind == "local"
    assert f"of {file} can't be read" in mode.reason
    assert KEY not in mode.reason
    assert f"of {file} can't be read" in refusal(Config(mode="online"), {"HOME": str(home)})
    assert decide(Config(), {"HOME": str(home)}, CREDENTIALS).api_key == OTHER


@pytest.mark.parametrize("content", ["a key", {"key": OTHER}, {"api_key": 7}, [OTHER]])
def test_credentials_of_another_shape_are_an_error(home: Path, content: object) -> None:
    """It says which shape is meant, and not what was found."""
    assert "{api_key: '...'}" in refusal(Config(), {"HOME": str(home)}, {"wandb": content})


@pytest.mark.parametrize("content", [{}, {"wandb": None}, {"wandb": {"api_key": ""}}])
def test_empty_credentials_hold_no_key(home: Path, content: dict[str, object]) -> None:
    """Others' credentials do not matter."""
    assert decide(Config(), {"HOME": str(home)}, {"s3": "x", **content}).kind == "local"


def test_a_mode_does_not_show_its_key() -> None:
    """Not where it is printed, nor in a message of a test that failed."""
    mode = Mode("online", "WANDB_API_KEY holds a key", API_KEY)
    assert API_KEY not in f"{mode!r} {mode} {[mode]}"


# Which server


def test_wandbs_own_server_is_the_default(home: Path) -> None:
    """If nothing names another one."""
    assert base_url({"HOME": str(home)}) == CLOUD


def test_the_settings_file_names_a_server(home: Path) -> None:
    """The one that ``wandb login --host`` writes; the variable wins over it."""
    folder = home / ".config/wandb"
    folder.mkdir(parents=True)
    settings = "[default]\nbase_url = https://wandb.example/\n"
    (folder / "settings").write_text(settings, encoding="utf-8")
    environment = {"HOME": str(home)}
    assert base_url(environment) == "https://wandb.example"
    assert base_url(environment | {"WANDB_BASE_URL": "http://other:80"}) == "http://other:80"
    folder.rename(home / "elsewhere")
    assert base_url(environment) == CLOUD
    assert base_url({"WANDB_CONFIG_DIR": str(home / "elsewhere")}) == "https://wandb.example"


def test_a_broken_settings_file_names_no_server(home: Path) -> None:
    """It is the SDK's, and so is the complaint."""
    (home / "settings").write_bytes(b"base_url = \xff")
    assert base_url({"WANDB_CONFIG_DIR": str(home)}) == CLOUD


@pytest.mark.parametrize("url", ["wandb.example", "ftp://wandb.example", "http://", "http://a:b"])
def test_what_is_no_address_is_an_error(url: str) -> None:
    """It says where it was found."""
    with pytest.raises(ConfigurationError, match="WANDB_BASE_URL is no address of a server"):
        base_url({"WANDB_BASE_URL": url})


def test_an_address_with_a_password_is_refused() -> None:
    """It would be shown in messages; this one does not."""
    with pytest.raises(ConfigurationError, match="has user info in it") as caught:
        base_url({"WANDB_BASE_URL": f"https://user:{KEY}@wandb.example"})
    assert KEY not in str(caught.value)


def test_the_address_of_the_pages_is_not_the_servers() -> None:
    """A common mistake, whose right value is told."""
    with pytest.raises(ConfigurationError, match=CLOUD):
        base_url({"WANDB_BASE_URL": "https://wandb.ai"})


# Which folder


def test_the_store_is_in_the_project_under_its_name(tmp_path: Path) -> None:
    """Relative folders are the project's; the package's name stands in for the project's."""
    assert store_folder(Config(), tmp_path, "tiny") == tmp_path / ".wandb/tiny"
    elsewhere = Config(project="homes", folder=Path("/there/./x/.."))
    assert store_folder(elsewhere, tmp_path, "tiny") == Path("/there/homes")
    assert project_name(Config(project="homes"), "tiny") == "homes"


@pytest.mark.parametrize("folder", ["../..", "/", "sub/../../.."])
def test_the_store_may_not_hold_the_project(tmp_path: Path, folder: str) -> None:
    """Else its ``.gitignore`` would hide all of it from git."""
    config = Config(folder=Path(folder))
    with pytest.raises(ConfigurationError, match="which holds the project"):
        store_folder(config, tmp_path / "project", "tiny")


@pytest.mark.parametrize(
    ("value", "kind"), [("true", "disabled"), ("1", "disabled"), ("no", "online"), ("", "online")]
)
def test_the_variable_that_disables_wandb_is_respected(value: str, kind: str) -> None:
    """As W&B's SDK does, also where the file says online."""
    environment = {"WANDB_DISABLED": value, "WANDB_API_KEY": "k" * 40, "WANDB_MODE": "online"}
    assert decide(Config(mode="online"), environment).kind == kind
