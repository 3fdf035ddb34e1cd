"""The RO-Crate has the files that it names, and each claim with its verdicts."""

import json
import zipfile

import pytest

from scaling_down.jobs.crate import write_crate
from scaling_down.jobs.tables import read_table


@pytest.fixture(scope="module")
def crate(repository, tmp_path_factory):
    file = tmp_path_factory.mktemp("crate") / "crate.zip"
    write_crate(repository, file, "abc")
    with zipfile.ZipFile(file) as archive:
        metadata = json.loads(archive.read("ro-crate-metadata.json"))
        return set(archive.namelist()), {it["@id"]: it for it in metadata["@graph"]}


def of_type(entities, name):
    return {key: it for key, it in entities.items() if it["@type"] == name}


def test_each_file_is_described_and_there(crate):
    names, entities = crate
    described = set(of_type(entities, "File"))
    assert described == names - {"ro-crate-metadata.json"}
    assert "params.yaml" in described
    assert "results/classification/summary.csv" in described
    assert "figures/classification.png" in described
    assert entities["./"]["version"] == "abc"


def test_each_row_of_the_scorecard_is_a_claim_review(crate, repository):
    _, entities = crate
    reviews = of_type(entities, "ClaimReview")
    card = read_table(repository / "results/claims/claims.csv")
    assert {it["name"] for it in reviews.values()} == set(card["id"])
    assert {ref["@id"] for ref in entities["./"]["mentions"]} == set(reviews)
    for row in card.to_dict("records"):
        review = reviews[f"#{row['id']}"]
        verdicts = [
            entities[rating["@id"]]["ratingValue"] for rating in review["reviewRating"]
        ]
        assert verdicts == [row["direction"], row["number"]]
        assert ("about" in review) == (row["measured"] == row["measured"])


def test_a_review_has_its_interval_and_its_tables(crate):
    _, entities = crate
    review = entities["#pooling-gains-at-1000"]
    measured = entities[review["about"]["@id"]]
    assert measured["minValue"] < measured["value"] < measured["maxValue"]
    tables = {ref["@id"] for ref in review["isBasedOn"]}
    assert "results/pooling/comparisons.csv" in tables
    assert tables <= set(entities)


def test_a_folder_without_a_scorecard_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_crate(tmp_path, tmp_path / "crate.zip", "")
    assert not (tmp_path / "crate.zip").exists()
