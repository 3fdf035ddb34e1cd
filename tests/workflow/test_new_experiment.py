"""A new experiment is new files and a section of parameters: that of the docs."""

import re

import pandas as pd
from workspaces import PROJECT

GUIDE = (PROJECT / "docs/your-own-study.md").read_text()
FILE = re.compile(r"^`([\w/.]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECTION = re.search(r"^```yaml\n(# large_batches:.*?)^```$", GUIDE, re.M | re.S)[1]
TINY = {
    "steps: 2000": "steps: 20",
    "fresh_samples: 10000": "fresh_samples: 100",
    "replicas: 8": "replicas: 3",
}


def tiny(section):
    for old, new in TINY.items():
        assert section.count(old) == 1
        section = section.replace(old, new)
    return section


def test_the_study_of_the_docs_needs_only_new_files(fresh):
    for name, text in FILE.findall(GUIDE):
        path = fresh.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with (fresh.path / "params.yaml").open("a") as params:
        params.write(tiny(SECTION))
    trained = fresh.trained("snakemake --cores 1 -- large_batches")
    assert {run[0] for run in trained} == {"dataset", "large_batches"}
    assert len(trained) == 1 + 3 * 3
    assert fresh.files("figures/large_batches.*") == [
        "figures/large_batches.pdf",
        "figures/large_batches.png",
    ]
    fresh.run("python -m scaling_down claims --write")
    claims = pd.read_csv(fresh.path / "results/claims/claims.csv")
    ours = claims[claims["experiment"] == "large_batches"]
    assert len(ours) == 2
    assert ours["measured"].notna().all()
    fresh.run("pytest -q tests/experiments/test_large_batches.py")
    fresh.run("ruff check src tests/experiments/test_large_batches.py")
    fresh.run("ruff format --check src tests/experiments/test_large_batches.py")
    edited = fresh.run("git status --short").splitlines()
    assert edited == [
        " M params.yaml",
        "?? figures/",
        "?? results/",
        "?? src/scaling_down/experiments/large_batches/",
        "?? tests/experiments/test_large_batches.py",
    ]
