"""The target that makes only what needs no training."""

import csv
import json


def test_light_trains_nothing_and_judges_what_stands(finished):
    finished.edit("lottery.learning_rate", 0.02)
    finished.edit("classification.drawing.width", 5.0)
    before = finished.outputs()
    assert finished.trained("snakemake --cores 1 -- light") == []
    after = finished.outputs()
    changed = {name for name in before if before[name] != after[name]}
    assert "figures/classification.png" in changed
    assert not any("lottery" in name for name in changed)
    assert json.loads(after["results/claims/metrics.json"])["key"] == ""
    card = csv.DictReader(after["results/claims/claims.csv"].decode().splitlines())
    notes = {row["note"] for row in card if row["experiment"] == "lottery"}
    assert "not yet run by the present code" in notes


def test_light_is_everything_where_everything_stands(finished):
    before = finished.outputs()
    assert finished.trained("snakemake --cores 1 -- light") == []
    assert finished.outputs() == before
    assert "Nothing to be done" in finished.run("snakemake --cores 1 -n")
