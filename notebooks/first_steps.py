# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # First steps
#
# The dataset, four models and a lottery ticket, with the engine that the experiments
# use, in half a minute of one core. Everything is at reduced scale: the numbers that
# count are those of the README.

# %%
from scaling_down.engine.process import prepare

device = prepare("cpu")

# %% [markdown]
# `prepare` comes first: it sets threads and instructions, so that the numbers below are
# the same on all machines.

# %%
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np

from scaling_down.dataset import make_dataset
from scaling_down.engine import masks
from scaling_down.engine.data import Data
from scaling_down.engine.models.cnn import CNN
from scaling_down.engine.models.gru import BiGRU
from scaling_down.engine.models.logistic import Logistic
from scaling_down.engine.models.mlp import ResidualMLP
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.streams import Streams
from scaling_down.engine.training import optimise

begin = perf_counter()

# %% [markdown]
# ## The dataset
#
# Ten digits as curves of 40 numbers: padded, shifted, scaled, sheared, and made noisy.

# %%
dataset = make_dataset()
x, y = dataset["x"], dataset["y"]
figure, panels = plt.subplots(2, 5, figsize=(8, 2.6), sharex=True, sharey=True)
for digit, axes in enumerate(panels.flat):
    axes.plot(x[y == digit][0], color="black", linewidth=1)
    axes.set_title(digit)
figure.tight_layout()

# %% [markdown]
# ## Four models
#
# All replicas of a model train at once, each with initial weights of its own. Axis 0 of
# everything that comes back is the replica, so that a mean has an interval.

# %%
data = Data.from_arrays(x, y, dataset["x_test"], dataset["y_test"])
streams = Streams(0, "first_steps", replicas=(0, 1, 2))
protocol = Protocol(
    optimizer="adam", learning_rate=0.01, steps=400, batch_size=100,
    batch_order="sequential", evaluate_every=50,
)  # fmt: skip
models = {"logistic": Logistic, "MLP": ResidualMLP, "CNN": CNN, "GRU": BiGRU}
histories = {}
for name, model in models.items():
    histories[name] = optimise(model(streams, inputs=40), data, protocol, streams)
    accuracy = 100 * histories[name]["test_accuracy"][:, -1]
    print(
        f"{name:8s} {accuracy.mean():5.1f} % ± {accuracy.std(ddof=1):.1f} (SD, n = 3)"
    )

# %%
figure, axes = plt.subplots(figsize=(5, 3))
for name, history in histories.items():
    axes.plot(
        history["step"][0], 100 * history["test_accuracy"].mean(axis=0), label=name
    )
axes.set(xlabel="step", ylabel="test accuracy (%)")
axes.legend()
figure.tight_layout()

# %% [markdown]
# The convolutional network knows that neighbours belong together. After a shuffle of
# the 40 positions, the same for all samples, this helps it no more.

# %%
order = np.random.default_rng(0).permutation(40)
shuffled = Data.from_arrays(
    x[:, order], y, dataset["x_test"][:, order], dataset["y_test"]
)
for name in "MLP", "CNN":
    model = models[name](streams, inputs=40)
    history = optimise(model, shuffled, protocol, streams)
    print(f"{name}, shuffled: {100 * history['test_accuracy'][:, -1].mean():.1f} %")

# %% [markdown]
# ## A lottery ticket
#
# Train, prune the smallest weights of each layer, put the others back to their initial
# values, and begin again. The random mask has as many weights.

# %%
network = ResidualMLP(streams, inputs=40, hidden=100)
initial = masks.vectors(network)
ticket = {name: values == values for name, values in initial.items()}
sparsities = [0.0, 0.4, 0.64, 0.78, 0.87, 0.92]


def accuracy_with(mask):
    """Train from the initial weights with a mask; return accuracies in per cent."""
    masks.load_vectors(network, initial)
    history = optimise(network, data, protocol, streams, masks=mask)
    return 100 * history["test_accuracy"][:, -1]


ticket_accuracies = [accuracy_with(ticket)]
for sparsity in sparsities[1:]:
    trained = masks.vectors(network)
    ticket = {
        name: masks.magnitude_mask(trained[name], sparsity, within=ticket[name])
        for name in ticket
    }
    ticket_accuracies.append(accuracy_with(ticket))

# %%
random = {
    name: masks.random_mask(
        streams.generators(f"random-mask/{name}"), values.shape[1], sparsities[-1]
    )
    for name, values in initial.items()
}
random_accuracy = accuracy_with(random)
figure, axes = plt.subplots(figsize=(5, 3))
means = [accuracies.mean() for accuracies in ticket_accuracies]
axes.plot(sparsities, means, "o-", label="ticket")
axes.plot(sparsities[-1], random_accuracy.mean(), "s", label="random mask")
axes.set(xlabel="sparsity", ylabel="test accuracy (%)")
axes.legend()
figure.tight_layout()
gain = ticket_accuracies[-1] - random_accuracy
print(f"ticket minus random mask at 92 %: {gain.round(1)} points, replica by replica")
print(f"{perf_counter() - begin:.0f} seconds")

# %% [markdown]
# ## From here
#
# - `params.yaml` has every experiment at the paper's scale; `make figures` draws all of
#   them from the trained runs that come with the repository.
# - `docs/your-own-study.md` puts another question into the same workflow.
