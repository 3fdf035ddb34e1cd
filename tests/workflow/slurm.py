"""A Slurm of one node on this machine, in a folder of its own, for any user."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from typing import NamedTuple

PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol"]
SYSTEM_FOLDERS = "/usr/sbin:/sbin"
CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=1
KillWait=1
ReturnToService=2
{node} NodeAddr=127.0.0.1
PartitionName=tiny Nodes=ALL Default=YES State=UP
"""
# The plugin takes SLURM_CONF away before it calls srun in a job.
SRUN = """\
#!/bin/sh
SLURM_CONF={folder}/slurm.conf exec {srun} "$@"
"""


class Job(NamedTuple):
    """A job as squeue tells of it: its name is the call's, its comment the rule's."""

    number: str
    name: str
    state: str
    memory: str
    time: str
    comment: str

    def same_as(self, other):
        """Tell whether this is an attempt at the same job in the same call."""
        return (self.name, self.comment) == (other.name, other.comment)


def missing_programs():
    path = f"{os.environ['PATH']}:{SYSTEM_FOLDERS}"
    return [name for name in PROGRAMS if not shutil.which(name, path=path)]


class Slurm:
    """The daemons, and the commands of a person at this cluster."""

    def __init__(self, folder):
        self.folder = folder
        self.node = socket.gethostname().partition(".")[0]
        self.daemons = []
        self.environment = {
            "SLURM_CONF": f"{folder}/slurm.conf",
            "PATH": f"{folder}/bin:{os.environ['PATH']}:{SYSTEM_FOLDERS}",
        }

    def start(self):
        """Start the daemons and wait until the node is idle."""
        self._write_files()
        self._start("munged", "--foreground", "--force", *self._munge_files())
        wait_for(lambda: (self.folder / "munge.socket").exists(), self.logs)
        self._start("slurmctld", "-D", "-c")
        self._start("slurmd", "-D")
        wait_for(lambda: self.state() == "idle", self.logs)

    def stop(self):
        """End what was started, the last first."""
        for daemon in reversed(self.daemons):
            daemon.terminate()
            try:
                daemon.wait(timeout=30)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

    def command(self, *command):
        """Return what a command prints."""
        done = subprocess.run(
            command, env={**os.environ, **self.environment}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        return done.stdout.strip()

    def state(self):
        """Return the state of the node, such as `idle` or `drained`."""
        return self.command("sinfo", "--noheader", "--format=%T")

    def update_node(self, state):
        """Drain or resume the node."""
        self.command(
            "scontrol", "update", f"nodename={self.node}", f"state={state}",
            "reason=test",
        )  # fmt: skip

    def jobs(self):
        """Return all jobs, the ended too, the first first."""
        listed = self.command(
            "squeue", "--noheader", "--states=all", "--sort=i",
            "--format=%i|%j|%T|%m|%l|%k",
        )  # fmt: skip
        return [Job(*line.split("|")) for line in listed.splitlines()]

    def running(self, rule):
        """Return the running jobs of a rule."""
        return [
            job
            for job in self.jobs()
            if job.state == "RUNNING" and job.comment.startswith(f"rule_{rule}")
        ]

    def pending(self):
        """Return the jobs that wait."""
        return [job for job in self.jobs() if job.state == "PENDING"]

    def logs(self):
        """Return the daemons' logs, for messages."""
        return "\n".join(path.read_text() for path in self.folder.glob("*.log"))

    def _write_files(self):
        for name in ("state", "spool", "bin"):
            (self.folder / name).mkdir()
        (self.folder / "munge.key").write_bytes(os.urandom(128))
        (self.folder / "munge.key").chmod(0o600)
        srun = self.folder / "bin/srun"
        srun.write_text(SRUN.format(folder=self.folder, srun=shutil.which("srun")))
        srun.chmod(0o755)
        controller_port, node_port = free_ports(2)
        configuration = CONFIGURATION.format(
            host=self.node, folder=self.folder, user=getpass.getuser(),
            controller_port=controller_port, node_port=node_port,
            node=self.command("slurmd", "-C").splitlines()[0],
        )  # fmt: skip
        (self.folder / "slurm.conf").write_text(configuration)

    def _munge_files(self):
        files = ("key-file", "socket", "pid-file", "log-file", "seed-file")
        suffixes = ("key", "socket", "pid", "log", "seed")
        return [
            f"--{file}={self.folder}/munge.{suffix}"
            for file, suffix in zip(files, suffixes, strict=True)
        ]

    def _start(self, *command):
        environment = {**os.environ, **self.environment}
        path = shutil.which(command[0], path=environment["PATH"])
        log = (self.folder / f"{command[0]}.out.log").open("w")
        daemon = subprocess.Popen(
            [path, *command[1:]], env=environment, stdin=subprocess.DEVNULL,
            stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        log.close()
        self.daemons.append(daemon)


def free_ports(count):
    """Return ports that nothing listens at."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def wait_for(condition, explain, seconds=120):
    """Wait until a condition holds; fail with an explanation where it does not."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, explain()
        time.sleep(0.2)
