"""Every experiment of "Scaling Down Deep Learning with MNIST-1D", re-run."""

import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.27")
sys.path.insert(0, str(Path(workflow.basedir) / "src"))

from scaling_down.workflow.experiment import experiment_names
from scaling_down.workflow.parameters.file import ParameterError, load_params

try:
    PARAMS = load_params("params.yaml", overrides=config)
except ParameterError as error:
    sys.exit(str(error))


report: "src/scaling_down/workflow/rules/report.rst"


include: "src/scaling_down/workflow/rules/common.smk"
include: "src/scaling_down/workflow/rules/base.smk"


for name in experiment_names():

    include: f"src/scaling_down/experiments/{name}/rules.smk"


rule all:
    default_target: True
    input:
        [everything_of(name) for name in experiment_names()],
        rules.claims.output,


include: "src/scaling_down/workflow/rules/cluster.smk"
