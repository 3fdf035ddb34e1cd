"""The profile for other schedulers, with a scheduler that is a shell script."""

import os

import pytest

QSUB = """\
#!/bin/sh
echo "$@" >> qsub.log
for script in "$@"; do :; done
sh "$script" > /dev/null 2>&1 &
echo $!
"""
TABLES = ("results/classification/*.csv", "results/classification/*.json")
SNAKEMAKE = (
    "snakemake --workflow-profile cluster-generic --latency-wait 5"
    " --seconds-between-status-checks 1 -- classification_summarise"
)


pytestmark = pytest.mark.slow


def test_other_schedulers_give_the_bytes_of_a_local_run(
    untrained, reference, tmp_path, monkeypatch
):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/qsub").write_text(QSUB)
    (tmp_path / "bin/qsub").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    untrained.run(SNAKEMAKE)
    submitted = (untrained.path / "qsub.log").read_text().splitlines()
    for line, seconds in zip(submitted, (3600, 3600, 600), strict=True):
        assert f"-l h_vmem=2000M -l h_rt={seconds} " in line
    assert untrained.outputs(*TABLES) == reference.outputs(*TABLES)
