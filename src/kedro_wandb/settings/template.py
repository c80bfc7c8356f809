"""The commented ``wandb.yml`` that a project begins with: every key, with its default."""

from __future__ import annotations

import json

_PROJECT = "project: null"

TEMPLATE = """\
# Experiment tracking by kedro_wandb. All values are the defaults; the file itself switches it on.
# Environment variables of W&B win over it (WANDB_MODE, WANDB_PROJECT, WANDB_DIR ...).
# Keys of accounts don't belong here: see conf/local/credentials.yml, WANDB_API_KEY or netrc.

project: null  # W&B project; null is the package's name
entity: null  # W&B user or team; null is the key's own
mode: auto  # auto (online if a key is configured, else local), online, local or disabled
experiment: null  # W&B group of all steps of a run; null is Kedro's run id
tags: []  # W&B tags of every step, 64 characters each at most
folder: .wandb  # of the local store, relative to the project; git ignores it
artifact_types:  # W&B artifact type by the catalog's layer; any other layer is a dataset
  raw: dataset  # as delivered
  intermediate: dataset  # typed, not yet cleaned
  primary: dataset  # cleaned
  feature: dataset  # what is computed from it
  model_input: dataset  # what models learn from and are judged on
  models: model  # fitted
  model_output: dataset  # estimates
  reporting: report  # for people
exclude: []  # datasets that are not logged: names or patterns, such as tmp_*
redact: []  # further words in names of keys whose values are never logged, such as "*pin*"
on_error: warn  # warn (once, the run goes on) or raise (the run fails)
offline_runs: false  # the local store also writes offline W&B runs, as WANDB_MODE=offline does
timeouts:  # how long tracking may make anyone wait
  start: 5.0  # seconds, for the server's answer when a step begins
  call: 5.0  # seconds, for the answer to any other request
  upload_megabytes_per_second: 1.0  # 10**6 bytes per second; the slowest upload waited for
  finish: 3.0  # seconds, for what is under way when the run ends
  wait: null  # seconds, for all of it when the run ends; null is as long as bytes move
"""
"""Content of the file for a project that is named after its package."""


def template(project: str | None = None) -> str:
    """Return the content of a first ``wandb.yml``.

    Args:
        project: W&B project; ``None`` is the package's name.

    >>> 'project: "homes"' in template("homes")
    True
    """
    if project is None:
        return TEMPLATE
    # JSON's text is also YAML's, whatever is in the name.
    return TEMPLATE.replace(_PROJECT, f"project: {json.dumps(project, ensure_ascii=False)}", 1)
