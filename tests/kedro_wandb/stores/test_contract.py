"""What every store promises; both are held to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kedro_wandb.errors import ArtifactNotFoundError, FileChangedError
from kedro_wandb.stores.base import (
    Draft,
    Ending,
    Entry,
    Source,
    State,
    Step,
    StepRecord,
    Store,
    Version,
)
from kedro_wandb.stores.digests import bytes_digest

MakeDraft = Callable[..., Draft]
MakeStep = Callable[..., str]

NAMES = ["Prüfung 2.csv", "data/été/größe (1).csv", "价格.csv", "a+b%20c#1.csv"]


def sdk_digest(draft: Draft) -> str:
    """Return the digest that the SDK itself gives to a draft."""
    import wandb

    artifact = wandb.Artifact(draft.name, type=draft.type)
    for source in draft.sources:
        artifact.add_file(str(source.path), name=source.name, policy="immutable", skip_cache=True)
    return artifact.digest


def ids(records: list[StepRecord]) -> list[str]:
    return [record.step.id for record in records]


def references(versions: list[Version]) -> list[str]:
    return [version.reference for version in versions]


# Versions


def test_first_content_is_v0(store: Store, opened: MakeStep, draft: MakeDraft) -> None:
    """The first content of a name is v0 and ``latest``, with all that was said about it."""
    step = opened()
    outcome = store.log(step, draft("1234", description="prices", metadata={"rows": 4}))
    version = outcome.version
    assert (outcome.status, version.reference, version.type) == ("new", "listings:v0", "dataset")
    assert (version.size, version.description, version.metadata) == (4, "prices", {"rows": 4})
    assert (version.aliases, version.step) == (("latest",), step)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", version.created)


def test_version_is_found_as_it_was_logged(
    store: Store, opened: MakeStep, draft: MakeDraft
) -> None:
    """What ``log`` returns is what the store has."""
    content = draft("1234", description="prices", metadata={"columns": ["ä", 1.5, None]})
    logged = store.log(opened(), content).version
    assert store.find("listings") == logged
    assert store.versions("listings") == [logged]


def test_equal_content_makes_no_version(store: Store, opened: MakeStep, draft: MakeDraft) -> None:
    """Content that the name has already gives its version, wherever the file is now."""
    step = opened()
    first, second = store.log(step, draft("same")), store.log(step, draft("same"))
    assert (second.status, second.version) == ("unchanged", first.version)
    assert references(store.versions("listings")) == ["listings:v0"]


def test_equal_content_of_another_step_makes_no_version(
    store: Store, opened: MakeStep, draft: MakeDraft
) -> None:
    """It does not matter which step logs; the version stays that of the first."""
    first = store.log(opened("first"), draft("same")).version
    second = store.log(opened("second"), draft("same"))
    assert (second.status, second.version) == ("unchanged", first)


def test_changed_content_is_the_next_version(
    store: Store, opened: MakeStep, draft: MakeDraft
) -> None:
    """Changed content is v1, and ``latest`` moves to it; versions are listed newest first."""
    step = opened()
    store.log(step, draft("one"))
    assert store.log(step, draft("two")).status == "new"
    versions = store.versions("listings")
    assert references(versions) == ["listings:v1", "listings:v0"]
    assert [version.aliases for version in versions] == [("latest",), ()]


def test_metadata_is_no_content(store: Store, opened: MakeStep, draft: MakeDraft) -> None:
    """Other metadata or another description makes no version, and the old ones stay."""
    step = opened()
    store.log(step, draft("same", metadata={"run": 1}, description="first"))
    outcome = store.log(step, draft("same", metadata={"run": 2}, description="second"))
    assert outcome.status == "unchanged"
    found = store.find("listings:v0")
    assert (found.metadata, found.description) == ({"run": 1}, "first")


def test_names_have_versions_of_their_own(store: Store, opened: MakeStep, draft: MakeDraft) -> None:
    """The same content under two names is v0 of each, with the same digest."""
    step = opened()
    one, two = (store.log(step, draft("same", name=name)).version for name in ("one", "two"))
    assert (one.reference, two.reference) == ("one:v0", "two:v0")
    assert one.digest == two.digest


def test_missing_file_makes_no_version(store: Store, opened: MakeStep, tmp_path: Path) -> None:
    """A file that is not there is an error of the file, and nothing is logged."""
    missing = Draft("listings", "dataset", (Source("rows.csv", tmp_path / "missing.csv"),))
    step = opened()
    with pytest.raises(FileNotFoundError, match="missing"):
        store.log(step, missing)
    assert store.artifacts() == []


def test_changing_file_makes_no_version(store: Store, opened: MakeStep, draft: MakeDraft) -> None:
    """A file that somebody writes while it is read is refused, and nothing is logged."""
    changing = draft("one")
    path = changing.sources[0].path
    assert path is not None
    step = opened()
    with pytest.raises(FileChangedError, match=re.escape(str(path))):
        store.log(step, changing, lambda _: path.write_text("changed"))
    assert store.artifacts() == []


# Entries and digests


@pytest.mark.parametrize(
    "files",
    [
        {"rows.csv": "id,price\n"},
        {"b.csv": "2", "a.csv": "1", "a/b.csv": "3"},
        {"empty.csv": ""},
        dict.fromkeys(NAMES, "text"),
    ],
    ids=["one", "many", "empty", "names"],
)
def test_digest_is_the_one_of_the_sdk(
    store: Store, opened: MakeStep, draft: MakeDraft, files: dict[str, str]
) -> None:
    """W&B's own SDK gives the same files the same digest."""
    content = draft(files)
    assert store.log(opened(), content).version.digest == sdk_digest(content)


def test_entries_are_told_by_name(store: Store, opened: MakeStep, draft: MakeDraft) -> None:
    """All files of a version are listed, by name, with digest and size."""
    version = store.log(opened(), draft({"b.csv": "12", "a/c.csv": "", "a.csv": "1"})).version
    assert version.size == 3
    assert store.entries(version) == [
        Entry("a.csv", bytes_digest(b"1"), 1),
        Entry("a/c.csv", bytes_digest(b""), 0),
        Entry("b.csv", bytes_digest(b"12"), 2),
    ]


def test_order_of_files_is_no_content(store: Store, opened: MakeStep, draft: MakeDraft) -> None:
    """The same files in another order are the same version."""
    step = opened()
    store.log(step, draft({"a.csv": "1", "b.csv": "2"}))
    assert store.log(step, draft({"b.csv": "2", "a.csv": "1"})).status == "unchanged"


def test_name_of_an_entry_is_content(store: Store, opened: MakeStep, draft: MakeDraft) -> None:
    """The same bytes under another entry's name are a new version."""
    step = opened()
    store.log(step, draft({"a.csv": "1"}))
    assert store.log(step, draft({"b.csv": "1"})).status == "new"


def remote(digest: str) -> Draft:
    source = Source(
        "rows.parquet", ref="s3://bucket/rows.parquet", digest=digest, size=10, extra={"etag": "x"}
    )
    return Draft("listings", "dataset", (source,))


def test_references_are_entries(store: Store, opened: MakeStep) -> None:
    """A file that stays elsewhere is an entry with its address, and its digest is content."""
    step = opened()
    version = store.log(step, remote("one")).version
    assert version.size == 10
    assert store.entries(version) == [
        Entry("rows.parquet", "one", 10, "s3://bucket/rows.parquet", {"etag": "x"})
    ]
    assert store.log(step, remote("one")).status == "unchanged"
    assert store.log(step, remote("two")).version.reference == "listings:v1"


def test_references_are_not_fetched(
    store: Store, opened: MakeStep, draft: MakeDraft, tmp_path: Path
) -> None:
    """Of a version with files here and elsewhere, those here are fetched."""
    mixed = draft("text")
    mixed = Draft("listings", "dataset", (*mixed.sources, *remote("one").sources))
    store.fetch(store.log(opened(), mixed).version, tmp_path / "there")
    assert [path.name for path in (tmp_path / "there").rglob("*")] == ["rows.csv"]


# Aliases


def test_aliases_of_new_content_move(store: Store, opened: MakeStep, draft: MakeDraft) -> None:
    """An alias stands for one version of a name: the last that asked for it."""
    step = opened()
    store.log(step, draft("one", aliases=("prod", "weekly")))
    newest = store.log(step, draft("two", aliases=("prod",))).version
    assert set(newest.aliases) == {"latest", "prod"}
    assert store.find("listings:v0").aliases == ("weekly",)


def test_aliases_move_back_to_old_content(store: Store, opened: MakeStep, draft: MakeDraft) -> None:
    """Old content that is logged again is ``latest`` again, and gets the aliases asked for."""
    step = opened()
    for text in ("one", "two"):
        store.log(step, draft(text, aliases=("prod",)))
    outcome = store.log(step, draft("one", aliases=("prod",)))
    assert (outcome.status, outcome.version.reference) == ("unchanged", "listings:v0")
    assert set(outcome.version.aliases) == {"latest", "prod"}
    assert store.find("listings:v1").aliases == ()
    assert references(store.versions("listings")) == ["listings:v1", "listings:v0"]


def test_set_alias_moves_it(store: Store, opened: MakeStep, draft: MakeDraft) -> None:
    """An alias can be given later; it leaves the version that had it."""
    step = opened()
    one, two = (store.log(step, draft(text)).version for text in ("one", "two"))
    store.set_alias(one, "prod")
    assert store.find("listings:prod").reference == "listings:v0"
    store.set_alias(two, "prod")
    assert store.find("listings:prod").reference == "listings:v1"
    assert [set(each.aliases) for each in store.versions("listings")] == [{"latest", "prod"}, set()]


def test_set_alias_leaves_other_names_alone(
    store: Store, opened: MakeStep, draft: MakeDraft
) -> None:
    """Each name has aliases of its own, also for the same content."""
    step = opened()
    one, two = (store.log(step, draft("same", name=name)).version for name in ("one", "two"))
    store.set_alias(one, "prod")
    store.set_alias(two, "prod")
    assert store.find("one:prod").reference == "one:v0"


@pytest.mark.parametrize("alias", ["v3", "a:b", "a/b", "", "x" * 129, "latest"])
def test_impossible_aliases_are_refused(
    store: Store, opened: MakeStep, draft: MakeDraft, alias: str
) -> None:
    """An alias that looks like a version, or that W&B refuses, is refused here."""
    version = store.log(opened(), draft()).version
    with pytest.raises(ValueError, match=r"can't be an alias|'latest' moves by itself"):
        store.set_alias(version, alias)
    assert store.find("listings").aliases == ("latest",)


# Finding


def test_versions_are_found_by_all_they_are_called(
    store: Store, opened: MakeStep, draft: MakeDraft
) -> None:
    """A bare name means ``latest``; else an alias, a number or a digest may follow."""
    step = opened()
    one = store.log(step, draft("one", aliases=("prod",))).version
    store.log(step, draft("two"))
    found = [
        store.find(f"listings{each}") for each in ("", ":latest", ":v0", ":prod", f":{one.digest}")
    ]
    assert [version.number for version in found] == [1, 1, 0, 0, 0]


def test_unknown_name_is_told_with_the_known(
    store: Store, opened: MakeStep, draft: MakeDraft
) -> None:
    """Who mistypes a name is told what there is, and in which store."""
    step = opened()
    for name in ("listings", "metrics"):
        store.log(step, draft(name=name))
    told = re.escape(
        f"The {store.label} has no artifact 'listing' (did you mean 'listings'?)."
        " It has: listings, metrics."
    )
    for look in (store.find, store.versions):
        with pytest.raises(ArtifactNotFoundError, match=told):
            look("listing")


def test_unknown_alias_is_told_with_the_known(
    store: Store, opened: MakeStep, draft: MakeDraft
) -> None:
    """Who asks for an alias or version that is not there is told what there is."""
    store.log(opened(), draft())
    for alias in ("prod", "v7", "0" * 32):
        told = f"has no 'listings:{alias}'. It has: listings:v0, listings:latest."
        with pytest.raises(ArtifactNotFoundError, match=re.escape(told)):
            store.find(f"listings:{alias}")


def test_artifacts_are_listed_by_name(store: Store, opened: MakeStep, draft: MakeDraft) -> None:
    """The overview has each name once, with its type, newest version and their number."""
    step = opened()
    store.log(step, draft("one"))
    store.log(step, draft("two"))
    store.log(step, draft("one"))  # v0 is ``latest`` again; v1 stays the newest
    store.log(step, draft("{}", name="accuracy", type="report"))
    told = [
        (each.name, each.type, each.versions, each.newest.reference, each.newest.aliases)
        for each in store.artifacts()
    ]
    assert told == [
        ("accuracy", "report", 1, "accuracy:v0", ("latest",)),
        ("listings", "dataset", 2, "listings:v1", ()),
    ]


def test_empty_store_has_nothing(store: Store) -> None:
    """A store that was never written has no artifacts, and says so of any name."""
    assert store.artifacts() == []
    with pytest.raises(ArtifactNotFoundError, match="It has: nothing yet"):
        store.find("listings")


# Fetching


def test_fetch_gives_the_bytes(
    store: Store, opened: MakeStep, draft: MakeDraft, tmp_path: Path
) -> None:
    """All files come back under their names, whatever these are, also empty ones."""
    files = {**dict.fromkeys(NAMES, "text"), "empty.csv": "", "a/b/c.csv": "123\r\n"}
    version = store.log(opened(), draft(files)).version
    folder = tmp_path / "not/there yet"
    store.fetch(version, folder)
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes().decode()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert found == files


def test_fetch_gives_the_version_asked_for(
    store: Store, opened: MakeStep, draft: MakeDraft, tmp_path: Path
) -> None:
    """An old version's bytes are those of then, and replace what is in the folder."""
    step = opened()
    for text in ("one", "two"):
        store.log(step, draft(text))
    for number, text in [(1, "two"), (0, "one")]:
        store.fetch(store.find(f"listings:v{number}"), tmp_path / "there")
        assert (tmp_path / "there/rows.csv").read_text() == text


def test_fetch_tells_its_progress(
    store: Store, opened: MakeStep, draft: MakeDraft, tmp_path: Path
) -> None:
    """The numbers of bytes that are told while fetching add up to the version's size."""
    version = store.log(opened(), draft({"a.csv": "12", "b.csv": "345"})).version
    told: list[int] = []
    store.fetch(version, tmp_path / "there", told.append)
    assert sum(told) == 5


def test_fetched_files_may_be_changed(
    store: Store, opened: MakeStep, draft: MakeDraft, tmp_path: Path
) -> None:
    """What is fetched is a copy: to write into it changes nothing in the store."""
    version = store.log(opened(), draft("one")).version
    store.fetch(version, tmp_path / "there")
    with (tmp_path / "there/rows.csv").open("a") as file:
        file.write("changed")
    store.fetch(version, tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere/rows.csv").read_text() == "one"


# Lineage


def test_lineage_is_told_both_ways(store: Store, opened: MakeStep, draft: MakeDraft) -> None:
    """A step knows its inputs and outputs, a version its producers and consumers."""
    first = opened("first")
    listings = store.log(first, draft()).version
    second = opened("second")
    store.use(second, listings)
    model = store.log(second, draft("weights", name="model", type="model")).version
    assert references(store.outputs(first)) == ["listings:v0"]
    assert store.inputs(first) == []
    assert references(store.inputs(second)) == ["listings:v0"]
    assert references(store.outputs(second)) == ["model:v0"]
    assert ids(store.producers(listings)) == [first]
    assert ids(store.consumers(listings)) == [second]
    assert (ids(store.producers(model)), store.consumers(model)) == ([second], [])


def test_all_who_logged_are_producers(
    store: Store, opened: MakeStep, draft: MakeDraft, *, tells_loggers: bool
) -> None:
    """Whoever logs known content is one more producer; the first stays the one that made it."""
    for step in ("first", "second"):
        store.log(opened(step), draft("same"))
    others = ["second"] if tells_loggers else []
    assert ids(store.producers(store.find("listings"))) == ["first", *others]
    assert references(store.outputs("second")) == ["listings:v0" for _ in others]


def test_all_who_used_are_consumers(store: Store, opened: MakeStep, draft: MakeDraft) -> None:
    """Every step that used a version is a consumer, once, oldest first."""
    version = store.log(opened("maker"), draft()).version
    for step in (opened("one"), opened("two"), "one"):
        store.use(step, version)
    assert ids(store.consumers(version)) == ["one", "two"]
    assert references(store.inputs("one")) == ["listings:v0"]


def test_used_version_stays_as_it_is(store: Store, opened: MakeStep, draft: MakeDraft) -> None:
    """To use an old version makes none, and moves no alias."""
    step = opened()
    old = store.log(step, draft("one")).version
    store.log(step, draft("two"))
    outcome = store.use(opened("consumer"), old)
    assert (outcome.status, outcome.version.reference) == ("unchanged", "listings:v0")
    assert store.find("listings").reference == "listings:v1"


def test_used_content_is_found_by_its_digest(
    store: Store, opened: MakeStep, draft: MakeDraft
) -> None:
    """A draft with old content stands for its version, and moves no alias."""
    step = opened()
    for text in ("one", "two"):
        store.log(step, draft(text))
    outcome = store.use(opened("consumer"), draft("one", aliases=("prod",)))
    assert (outcome.status, outcome.version.reference) == ("unchanged", "listings:v0")
    assert outcome.version.aliases == ()
    assert store.find("listings").reference == "listings:v1"
    assert ids(store.consumers(outcome.version)) == ["consumer"]


def test_unknown_content_that_is_used_has_no_producer(
    store: Store, opened: MakeStep, draft: MakeDraft, tmp_path: Path
) -> None:
    """Raw data that nobody logged becomes a version that the step used and did not make."""
    outcome = store.use(opened(), draft("raw"))
    assert (outcome.status, outcome.version.reference) == ("new", "listings:v0")
    found = store.find("listings")
    assert (found.step, found.aliases) == (None, ("latest",))
    assert store.producers(found) == []
    assert store.outputs("producer") == []
    assert ids(store.consumers(found)) == ["producer"]
    store.fetch(found, tmp_path / "there")
    assert (tmp_path / "there/rows.csv").read_text() == "raw"


def test_used_content_is_used_again(store: Store, opened: MakeStep, draft: MakeDraft) -> None:
    """Two steps that use the same raw data share one version."""
    outcomes = [store.use(opened(step), draft("raw")) for step in ("one", "two")]
    assert [outcome.status for outcome in outcomes] == ["new", "unchanged"]
    assert ids(store.consumers(store.find("listings"))) == ["one", "two"]


def test_used_content_that_is_logged_later_has_a_producer(
    store: Store, opened: MakeStep, draft: MakeDraft, *, tells_loggers: bool
) -> None:
    """Once a step logs what another has used, it is the version's producer."""
    store.use(opened("consumer"), draft("raw"))
    outcome = store.log(opened("maker"), draft("raw"))
    assert outcome.status == "unchanged"
    assert ids(store.producers(outcome.version)) == (["maker"] if tells_loggers else [])
    assert ids(store.consumers(outcome.version)) == ["consumer"]


# Steps


def test_step_is_remembered(store: Store, opened: MakeStep) -> None:
    """A step comes back as it was opened, and runs until it is closed."""
    config = {"seed": 42, "model": {"depth": 15, "names": ["ä", None]}}
    record = store.step(opened("s1", config=config, tags=("a", "b")))
    step = record.step
    assert (step.id, step.job_type, step.experiment) == ("s1", "modeling", "weekly")
    assert (step.run_id, step.name) == ("2026-01-02T03.04.05.006Z", "modeling s1")
    assert (step.config, step.tags) == (config, ("a", "b"))
    assert (record.state, record.finished) == ("running", None)


def test_step_ends(store: Store, opened: MakeStep, tmp_path: Path) -> None:
    """A step that went well is finished, and says when."""
    from PIL import Image

    image = tmp_path / "plot.png"
    Image.new("RGB", (2, 2)).save(image)
    step = opened()
    store.close_step(step, Ending("finished", 1.8e9, {"mae": 33.2}, {"plot": image}))
    record = store.step(step)
    assert record.state == "finished"
    assert record.finished is not None


@pytest.mark.parametrize("state", ["failed", "interrupted", "killed"])
def test_failed_step_is_no_finished_one(store: Store, opened: MakeStep, state: State) -> None:
    """Whatever went wrong, the step has ended, and not as a finished one."""
    step = opened()
    store.close_step(step, Ending(state, 1.8e9))
    assert store.step(step).state in {"failed", "interrupted", "killed"}


def test_outputs_of_a_failed_step_stay(store: Store, opened: MakeStep, draft: MakeDraft) -> None:
    """What a step logged before it failed is a version like any other."""
    step = opened()
    store.log(step, draft())
    store.close_step(step, Ending("failed", 1.8e9))
    assert ids(store.producers(store.find("listings"))) == [step]


def test_step_goes_on_when_it_is_opened_again(
    store: Store, opened: MakeStep, draft: MakeDraft
) -> None:
    """A step that ended and is opened again runs, keeps what it did, and can do more."""
    store.log(opened(), draft("one"))
    store.close_step("producer", Ending("failed", 1.8e9))
    store.log(opened(), draft("two"))
    assert store.step("producer").state == "running"
    assert sorted(references(store.outputs("producer"))) == ["listings:v0", "listings:v1"]
    store.close_step("producer", Ending("finished", 1.8e9))
    assert store.step("producer").state == "finished"


def test_running_step_can_be_opened_again(store: Store, opened: MakeStep, draft: MakeDraft) -> None:
    """To open a step that runs changes nothing."""
    store.log(opened(), draft("one"))
    store.log(opened(), draft("two"))
    assert references(store.outputs("producer")) == ["listings:v0", "listings:v1"]


@pytest.mark.parametrize("name", ["../rows.csv", "/rows.csv", "a/../../rows.csv", "C:rows.csv"])
def test_entries_stay_inside(store: Store, opened: MakeStep, draft: MakeDraft, name: str) -> None:
    """A name that would lead out of the folder it is fetched to is refused."""
    (source,) = draft().sources
    step = opened()
    with pytest.raises(ValueError, match="can't be the name of an entry"):
        store.log(step, Draft("listings", "dataset", (replace(source, name=name),)))
    assert store.artifacts() == []


def test_steps_run_side_by_side(store: Store, opened: MakeStep, draft: MakeDraft) -> None:
    """Two open steps do not get into each other's way."""
    one, two = opened("one"), opened("two")
    store.log(one, draft("1", name="first"))
    store.log(two, draft("2", name="second"))
    store.log(one, draft("3", name="third"))
    store.close_step(one, Ending("failed", 1.8e9))
    assert store.step(two).state == "running"
    assert sorted(references(store.outputs(one))) == ["first:v0", "third:v0"]
    assert references(store.outputs(two)) == ["second:v0"]


def test_unknown_step_is_told(store: Store) -> None:
    """Who asks for a step that is not there is told so."""
    with pytest.raises(ArtifactNotFoundError, match="no step 'nobody'"):
        store.step("nobody")


def test_all_steps_are_listed_with_their_metrics(store: Store, opened: MakeStep) -> None:
    """Each once, with what it was told; a store without any has none."""
    assert store.steps() == []
    opened("one", config={"parameters": {"seed": 1}})
    opened("two", tags=("a",))
    numbers = {"metrics/mae": 33.5, "metrics/rows": 3.0, "metrics/gap": float("inf")}
    store.close_step("one", Ending("failed", 1.8e9, numbers))
    found = {record.step.id: record for record in store.steps()}
    assert sorted(found) == ["one", "two"]
    assert (found["one"].state, found["two"].state) == ("failed", "running")
    assert found["one"].step.config == {"parameters": {"seed": 1}}
    assert found["one"].summary == numbers
    assert (found["two"].summary, found["two"].step.tags) == ({}, ("a",))
    assert found["one"] == store.step("one")


def test_links_tell_the_whole_lineage(
    store: Store, opened: MakeStep, draft: MakeDraft, *, tells_loggers: bool
) -> None:
    """What every step used and logged, with the versions as ``find`` tells them.

    Without the description; of the metadata, at least what the version was made of.
    """
    assert store.links() == []
    read = {"inputs": {"raw": "0123", "more": "4567"}}
    first, second = opened("first"), opened("second")
    made = store.log(first, draft("same", metadata={"rows": 1} | read)).version
    store.use(second, made)
    store.log(second, draft("same"))
    raw = store.use(second, draft("raw", name="raw")).version
    store.close_step(first, Ending("finished", 2.0))
    store.close_step(second, Ending("failed", 3.0))
    store.set_alias(made, "prod")
    found = {(each.step.step.id, each.kind): [] for each in store.links()}
    for each in store.links():
        found[each.step.step.id, each.kind].append(each.version)
    whole = replace(store.find("listings"), description="")
    (told,) = found[first, "log"]
    assert told in (whole, replace(whole, metadata=read))
    assert told.aliases == ("latest", "prod")
    assert sorted(references(found[second, "use"])) == ["listings:v0", "raw:v0"]
    assert found.get((second, "log"), []) == ([told] if tells_loggers else [])
    assert raw.step is None
    states = {each.step.step.id: each.step.state for each in store.links()}
    assert states == {first: "finished", second: "failed"}


def a_run(name: str, state: State = "finished") -> tuple[Step, Ending]:
    parameters = {"parameters": {"depth": 3}}
    step = Step(name, "trials", "search", "run-1", f"trial {name}", parameters, ("pruned",), 1.7e9)
    return step, Ending(state, 1.7e9, {"trials/mae": 30.5})


def test_runs_that_are_over_are_added(store: Store) -> None:
    """Each with all that is known of it; a sign of life comes meanwhile."""
    signs: list[int] = []
    assert store.add_runs([a_run("a"), a_run("b", "failed")], signs.append) == 2
    record = store.step("a")
    assert record.step == a_run("a")[0]
    assert (record.state, dict(record.summary)) == ("finished", {"trials/mae": 30.5})
    assert store.step("b").state == "failed"
    assert signs


def test_runs_that_are_known_stay_as_they_are(store: Store) -> None:
    """Adding them again adds the others alone."""
    store.add_runs([a_run("a")])
    again = a_run("a")[0], Ending("failed", 1.8e9)
    assert store.add_runs([again, a_run("b")]) == 1
    assert store.step("a").state == "finished"
    assert sorted(ids(store.steps())) == ["a", "b"]
    assert store.add_runs([]) == 0
