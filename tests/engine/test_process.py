"""A prepared process trains without PyTorch's compiler."""

import subprocess
import sys

TRAINS = """
import sys
from scaling_down.engine.process import prepare

prepare("cpu")
import torch

weight = torch.ones(3, requires_grad=True)
optimizer = torch.optim.Adam([weight], lr=0.1)
(weight**2).sum().backward()
optimizer.step()
assert (weight < 1).all()
print([name for name in sys.modules if name.startswith("torch._dynamo")])
"""


def test_no_optimiser_imports_the_compiler():
    done = subprocess.run(
        [sys.executable, "-c", TRAINS], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['torch._dynamo']", "more than the stand-in"
