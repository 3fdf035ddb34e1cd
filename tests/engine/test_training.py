import numpy as np
import pytest
import torch
from torch.nn import functional

from scaling_down.engine.batches import batches
from scaling_down.engine.data import Data
from scaling_down.engine.evaluation import evaluate
from scaling_down.engine.history import METRICS
from scaling_down.engine.losses import sample_losses
from scaling_down.engine.models.cnn import CNN
from scaling_down.engine.models.gru import BiGRU
from scaling_down.engine.models.logistic import Logistic
from scaling_down.engine.models.mlp import MLP, ResidualMLP
from scaling_down.engine.plain import plain
from scaling_down.engine.process import prepare
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.selection import evaluated_steps
from scaling_down.engine.streams import Streams
from scaling_down.engine.training import NonFiniteLoss, optimise

STREAMS = Streams(1, "training", (4, 9))
MODELS = {
    "logistic": Logistic,
    "residual mlp": lambda s: ResidualMLP(s, hidden=21),
    "mlp": lambda s: MLP(s, hidden=[19]),
    "cnn": lambda s: CNN(s, channels=5),
    "gru": lambda s: BiGRU(s, hidden=4),
}
OPTIMIZERS = {
    "adam": {"optimizer": "adam", "learning_rate": 3e-3},
    "sgd": {"optimizer": "sgd", "learning_rate": 0.05, "momentum": 0.9},
}
DEFAULTS = {
    "steps": 30,
    "batch_size": 16,
    "batch_order": "sequential",
    "evaluate_every": 10,
}


@pytest.fixture(autouse=True)
def process():
    """Train as a job does, and leave the process as it was."""
    prepare("cpu")
    yield
    torch.set_flush_denormal(False)


def protocol(optimizer="adam", **changes):
    return Protocol(**(OPTIMIZERS[optimizer] | DEFAULTS | changes))


def samples(n=64, replicas=None, seed=0):
    rng = np.random.default_rng(seed)
    lead = () if replicas is None else (replicas,)
    x = rng.normal(size=(*lead, n, 40))
    y = (x[..., :10] + rng.normal(size=(*lead, n, 10))).argmax(-1)
    return x.astype(np.float32), y


def data(n=64, replicas=None):
    return Data.from_arrays(*samples(n, replicas), *samples(32, replicas, seed=1))


def reference_loss(logits, y, loss):
    if loss == "cross_entropy":
        return functional.cross_entropy(logits, y)
    return functional.mse_loss(logits, functional.one_hot(y, 10).float())


def train_plainly(model, replica, made, p, order=None):
    """An ordinary loop over an ordinary module: its weights and training losses."""
    module = plain(model, replica)
    x, y = made.x[0, :, :40], made.y[0]
    kwargs = {"lr": p.learning_rate, "weight_decay": p.weight_decay}
    if p.optimizer == "adam":
        optimizer = torch.optim.Adam(module.parameters(), **kwargs)
    else:
        optimizer = torch.optim.SGD(module.parameters(), momentum=p.momentum, **kwargs)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, p.steps)
    losses = [reference_loss(module(x), y, p.loss).item()]
    for step in range(p.steps):
        start = step * p.batch_size % len(y)
        taken = slice(start, start + p.batch_size)
        taken = taken if order is None else order[taken]
        optimizer.zero_grad()
        reference_loss(module(x[taken]), y[taken], p.loss).backward()
        optimizer.step()
        if p.learning_rate_schedule == "cosine":
            schedule.step()
        if (step + 1) % p.evaluate_every == 0:
            losses.append(reference_loss(module(x), y, p.loss).item())
    return module, losses


def assert_follows_plain_loop(model, made, p, order=None):
    plainly = [train_plainly(model, r, made, p, order) for r in range(2)]
    history = optimise(model, made, p, STREAMS)
    trained = model.plain_parameters()
    for r, (module, losses) in enumerate(plainly):
        np.testing.assert_allclose(history["train_loss"][r], losses, rtol=1e-3)
        for name, value in module.named_parameters():
            expected = value.detach()
            torch.testing.assert_close(trained[name][r], expected, rtol=1e-3, atol=1e-3)
    assert (history["train_loss"][:, -1] < history["train_loss"][:, 0]).all()


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", MODELS)
def test_training_follows_an_ordinary_loop(name, optimizer, loss):
    model = MODELS[name](STREAMS)
    assert_follows_plain_loop(model, data(), protocol(optimizer, loss=loss))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_weight_decay_and_the_cosine_schedule_follow_an_ordinary_loop(optimizer):
    p = protocol(optimizer, weight_decay=0.1, learning_rate_schedule="cosine")
    assert_follows_plain_loop(MODELS["mlp"](STREAMS), data(), p)


def test_shuffled_batches_follow_the_replicas_own_order():
    made, p = data(), protocol(steps=4, batch_order="shuffled", evaluate_every=4)
    model = MODELS["mlp"](STREAMS)
    orders = [g.permutation(64) for g in STREAMS.generators("batch-order")]
    expected = [train_plainly(model, r, made, p, orders[r])[0] for r in range(2)]
    optimise(model, made, p, STREAMS)
    for r in range(2):
        value = dict(expected[r].named_parameters())["layers.0.weight"].detach()
        actual = model.plain_parameters()["layers.0.weight"][r]
        torch.testing.assert_close(actual, value, rtol=1e-4, atol=1e-5)
    assert not np.array_equal(*orders)


def test_every_epoch_takes_each_sample_once_even_with_a_short_last_batch():
    made = data(n=50)
    position = torch.arange(50)[None]
    for order in ("sequential", "shuffled"):
        stream = batches(made.x, position, 16, order, STREAMS)
        epochs = [[next(stream)[1] for _ in range(4)] for _ in range(2)]
        for epoch in epochs:
            assert [batch.shape[1] for batch in epoch] == [16, 16, 16, 2]
            taken = torch.cat(epoch, 1)
            assert (taken.sort(1).values == position).all()
        again = torch.equal(torch.cat(epochs[0], 1), torch.cat(epochs[1], 1))
        assert again == (order == "sequential")


def test_shuffled_samples_keep_their_labels_when_each_replica_has_its_own():
    x = torch.arange(2 * 20).view(2, 20, 1).expand(2, 20, 16).float()
    taken_x, taken_y = next(batches(x, x[:, :, 0].long(), 7, "shuffled", STREAMS))
    assert (taken_x[:, :, 0].long() == taken_y).all()
    assert (taken_y // 20 == torch.arange(2)[:, None]).all()


def test_full_batch_is_one_batch_of_all_samples():
    made = data()
    full = optimise(MODELS["mlp"](STREAMS), made, protocol(batch_size=None), STREAMS)
    same = optimise(MODELS["mlp"](STREAMS), made, protocol(batch_size=64), STREAMS)
    assert np.array_equal(full["train_loss"], same["train_loss"])


def test_history_has_the_stated_steps_shapes_and_units():
    p = protocol(steps=25)
    history = optimise(MODELS["mlp"](STREAMS), data(), p, STREAMS)
    assert history["step"].tolist() == [[0, 10, 20, 25]] * len(history["step"])
    assert evaluated_steps(p) == [0, 10, 20, 25]
    assert history["step"].dtype == np.int64
    for name in METRICS:
        assert history[name].shape == (2, 4)
        assert history[name].dtype == np.float64
    hits = history["train_accuracy"] * 64
    assert np.array_equal(hits, np.round(hits))
    assert 0.5 < history["train_accuracy"][0, -1] <= 1


def test_evaluation_equals_a_plain_module_on_the_whole_set():
    made, model = data(n=450), MODELS["cnn"](STREAMS)
    loss, accuracy = evaluate(model, made.x, made.y)
    for r in range(2):
        logits = plain(model, r)(made.x[0, :, :40])
        expected = functional.cross_entropy(logits, made.y[0]).item()
        assert loss[r] == pytest.approx(expected, rel=1e-5)
        samples_at_once = sample_losses(model(made.x), made.y, "cross_entropy")[r]
        exact = samples_at_once.double().mean().item()
        assert loss[r] == pytest.approx(exact, rel=2e-8)
        assert accuracy[r] == (logits.argmax(1) == made.y[0]).sum().item() / 450


def test_observers_see_the_model_after_so_many_steps():
    model, seen = MODELS["mlp"](STREAMS), {}
    before = model.layers[0].vector()
    keep = {
        step: lambda m, step=step: seen.update({step: m.layers[0].vector()})
        for step in (0, 7, 30)
    }
    optimise(model, data(), protocol(), STREAMS, observe=keep)
    assert list(seen) == [0, 7, 30]
    assert torch.equal(seen[0], before)
    assert torch.equal(seen[30], model.layers[0].vector())
    short = MODELS["mlp"](STREAMS)
    optimise(short, data(), protocol(steps=7), STREAMS)
    assert torch.equal(seen[7], short.layers[0].vector())


def test_progress_is_reported_now_and_then_and_at_the_end():
    calls = []
    optimise(
        MODELS["logistic"](STREAMS),
        data(),
        protocol(steps=120, evaluate_every=120),
        STREAMS,
        progress=lambda step, steps: calls.append((step, steps)),
    )
    assert calls == [(0, 120), (50, 120), (100, 120), (120, 120)]


def test_a_loss_that_is_not_finite_names_replica_and_step():
    x, y = samples(replicas=2)
    x[1, 40, 3] = np.inf  # in the third batch of 16, of the second replica
    made = Data.from_arrays(x, y, *samples(32))
    p = protocol(evaluate_every=1000)
    model = MODELS["logistic"](STREAMS)
    with pytest.raises(NonFiniteLoss, match=r"replica 9.*step 0"):
        optimise(model, made, p, STREAMS)  # the evaluation before any step meets it
    x[1, 40, 3] = 0
    made = Data.from_arrays(x, y, *samples(32))

    def spoil(model):
        with torch.no_grad():
            model.linear.bias[1] = torch.nan

    with pytest.raises(NonFiniteLoss) as caught:
        optimise(model, made, p, STREAMS, observe={5: spoil})
    assert (caught.value.replica, caught.value.step) == (9, 5)
    assert isinstance(caught.value, ArithmeticError)


def test_data_that_do_not_fit_are_refused():
    x, y = samples()
    with pytest.raises(ValueError, match="63 labels"):
        Data.from_arrays(x, y[1:], x, y)
    three = Data.from_arrays(*samples(replicas=3), x, y)
    with pytest.raises(ValueError, match="3 replicas cannot serve 2"):
        optimise(MODELS["logistic"](STREAMS), three, protocol(), STREAMS)
