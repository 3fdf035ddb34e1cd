"""Trained runs are shared through a local folder or through S3, and trained once."""

import subprocess
import sys
import time
import urllib.request
from urllib.error import URLError

import pytest

pytestmark = pytest.mark.slow
RUNS = "results/*/runs/*.npz"
PORT = 38471
SERVER = f"http://127.0.0.1:{PORT}"


@pytest.fixture(scope="module")
def bucket():
    """The address of an empty bucket on an S3-compatible server on loopback."""
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(PORT)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet) as server:
        create = urllib.request.Request(f"{SERVER}/runs", method="PUT")
        for _ in range(300):
            try:
                with urllib.request.urlopen(create):
                    break
            except URLError:
                time.sleep(0.1)
        yield "s3://runs/store"
        server.terminate()


def use(workspace, bucket):
    """Make the bucket the default remote, as docs/sharing.md says."""
    workspace.run(f"dvc remote add --quiet --default cloud {bucket}")
    workspace.run(f"dvc remote modify --quiet cloud endpointurl {SERVER}")
    use_secrets(workspace)


def use_secrets(workspace):
    """Tell this clone alone who it is."""
    for key in ("access_key_id", "secret_access_key"):
        workspace.run(f"dvc remote modify --quiet --local cloud {key} tests")


def test_runs_travel_through_s3(finished, bucket, tmp_path):
    use(finished, bucket)
    finished.commit("remote")
    finished.run("dvc push --quiet")
    clone = finished.clone(tmp_path / "clone")
    use_secrets(clone)
    clone.run("dvc pull --quiet")
    assert clone.outputs(RUNS) == finished.outputs(RUNS)
    assert clone.trained("snakemake --cores 2 -- classification") == []
    names = ("results/classification/*.*", "figures/classification*")
    assert clone.outputs(*names) == finished.outputs(*names)
