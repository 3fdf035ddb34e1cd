"""What happens when the machine fails: said clearly, nothing corrupt, then complete."""

import os
import shutil
import subprocess
import time

import psutil
import pytest

pytestmark = pytest.mark.slow
COMMAND = "snakemake --cores 2 -- classification"
OUTPUTS = ("results/classification/*.*", "figures/classification*")
RUNS = "results/classification/runs/*.npz"


def whole(workspace, recorded):
    """Complete the work and compare it with that of an undisturbed workspace."""
    workspace.run(COMMAND)
    assert workspace.outputs(*OUTPUTS, RUNS) == recorded.outputs(*OUTPUTS, RUNS)
    assert not workspace.files("results/*/runs/.*")


@pytest.fixture
def small_disk(fresh):
    """A file system of its own for the results, so small that no run fits."""
    results = fresh.path / "results"
    results.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(results)]
    if os.geteuid() or not shutil.which("mount"):
        pytest.skip("mounting a file system needs root")
    if subprocess.run(mount, check=False).returncode:
        pytest.skip("this machine lets nobody mount a file system")
    yield results
    subprocess.run(["umount", "--lazy", str(results)], check=True)


def remount(folder, option):
    subprocess.run(["mount", "-o", f"remount,{option}", str(folder)], check=True)


def test_a_full_disk_is_said_and_the_next_call_completes(small_disk, fresh, recorded):
    output = fresh.run(COMMAND, status=1)
    assert "No space left on device" in output
    assert not fresh.files("results/*/runs/*.npz")
    remount(small_disk, "size=50m")
    whole(fresh, recorded)


def test_a_read_only_folder_is_said_and_the_next_call_completes(
    small_disk, fresh, recorded
):
    remount(small_disk, "size=50m,ro")
    output = fresh.run(COMMAND, status=1)
    assert "Read-only file system" in output
    remount(small_disk, "rw")
    whole(fresh, recorded)


def test_a_job_killed_for_memory_leaves_nothing_and_the_next_call_completes(
    fresh, recorded
):
    with fresh.running(COMMAND) as process:
        training_job(process.pid).kill()
        output, _ = process.communicate()
    assert process.returncode == 1
    assert '"cell": "logistic-plain-shared"' in output
    assert "died with <Signals.SIGKILL: 9>" in output
    whole(fresh, recorded)


def training_job(pid):
    """Return the first benchmark job below a process, waiting for it."""
    for _ in range(1500):
        for child in psutil.Process(pid).children(recursive=True):
            program, *arguments = command_line(child) or [""]
            if "python" in program and "logistic-plain" in " ".join(arguments):
                return child
        time.sleep(0.02)
    raise AssertionError("no training job")


def command_line(process):
    """Return a process's command line; that of one which has just ended is empty."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def test_a_loss_that_is_not_a_number_names_its_run(fresh, recorded):
    sound = 'inputs = sets["x"].shape[-1]'
    planted = f'{sound}\n    sets["x"][0, 0] = float("nan")'
    file = "experiments/classification/compute/train.py"
    fresh.replace(file, sound, planted)
    output = fresh.run(COMMAND, status=1)
    assert (
        "train-logistic-plain-shared: replica 0: the loss is not finite at step 0"
        in output
    )
    assert "Traceback" not in output
    assert not fresh.files(RUNS)
    fresh.replace(file, planted, sound)
    whole(fresh, recorded)
