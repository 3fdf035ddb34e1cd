"""SGD of many small networks at once, with what each would do at another learning rate.

The derivative of the weights by the rate is carried along with them: with one number
to differentiate by, forward mode is as exact as reverse mode, keeps no history, and
costs a Hessian-vector product a step.  It is written out, since autograd's calls cost
networks of this size more than their arithmetic.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from scaling_down.engine.layers import Linear, padded
from scaling_down.engine.losses import padding_mask
from scaling_down.engine.streams import Streams


class UnrolledSGD:
    """Plain SGD of dense networks of one hidden layer of tanh units, a member each.

    The members are the `copies` of replica 0, then those of replica 1, and so on; all
    copies begin with the replica's own weights, PyTorch's default initialisation, and
    each member has a learning rate of its own, `rates` [R, copies].

    A layer's array is [members, inputs, 2 * outputs]: on the left the weights, on the
    right their derivatives by the rate.  An input that is always one stands in for the
    bias.  Widths are padded to a multiple of 16.  Raises ValueError for a lone copy:
    products of a lone member may have other bits.
    """

    def __init__(
        self, streams: Streams, rates: Tensor, inputs: int, hidden: int, classes: int
    ) -> None:
        if rates.shape[1] < 2:
            raise ValueError("two learning rates or more for each replica")
        self.shape, self.inputs, self.hidden = rates.shape, inputs, hidden
        self.rates = rates.reshape(-1, 1, 1)
        first = Linear(streams, "tanh.first", inputs, hidden)
        second = Linear(streams, "tanh.second", hidden, classes)
        self.first = _with_derivatives(first, padded(hidden + 1)).to(rates)
        self.second = _with_derivatives(second, padded(classes)).to(rates)
        self.first = self.first.repeat_interleave(rates.shape[1], 0)
        self.second = self.second.repeat_interleave(rates.shape[1], 0)
        self.mask = padding_mask(self.second[:1, :1].chunk(2, 2)[0], classes)

    @torch.inference_mode()
    def step(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Take a step on x [1, B, D or more] and y [1, B].

        Returns the loss in nats before it, and its derivative by the learning rate
        through all steps so far, both [R, copies].
        """
        x = self._with_ones(x)
        w2, w2_dot = self.second.chunk(2, 2)
        h, h_dot, slope = self._hidden(x)
        logits, logits_dot = torch.bmm(h, self.second).chunk(2, 2)
        logits_dot = torch.baddbmm(logits_dot, h_dot, w2)
        log_p = torch.log_softmax(logits + self.mask, 2)
        targets = _targets(log_p, y)
        p = log_p.exp()
        grad = p / y.shape[1] - targets
        spread = logits_dot - (p * logits_dot).sum(2, keepdim=True)
        grad_dot = p * spread / y.shape[1]
        h_grad = torch.bmm(grad, w2.mT)
        h_grad_dot = torch.bmm(grad_dot, w2.mT).baddbmm_(grad, w2_dot.mT)
        both = torch.cat([h_grad * slope, h_grad_dot * slope], 2)
        # The slope of tanh, 1 - h^2, changes by -2 h h'.
        both.chunk(2, 2)[1].sub_(h_grad * h * h_dot, alpha=2)
        second_grad = torch.bmm(h.mT, torch.cat([grad, grad_dot], 2))
        second_grad.chunk(2, 2)[1].add_(torch.bmm(h_dot.mT, grad))
        self._move(self.first, torch.bmm(x.mT, both))
        self._move(self.second, second_grad)
        losses = -(targets * log_p).sum((1, 2))
        derivatives = (grad * logits_dot).sum((1, 2))
        return losses.view(self.shape), derivatives.view(self.shape)

    @torch.inference_mode()
    def losses(self, x: Tensor, y: Tensor) -> Tensor:
        """Return the mean losses on samples x [1, B, D or more], y [1, B]: [R, copies].

        No step is taken.
        """
        h, _, _ = self._hidden(self._with_ones(x))
        logits = torch.bmm(h, self.second.chunk(2, 2)[0]) + self.mask
        log_p = torch.log_softmax(logits, 2)
        return -(_targets(log_p, y) * log_p).sum((1, 2)).view(self.shape)

    def _with_ones(self, x: Tensor) -> Tensor:
        """Let samples end with a one, and serve every member."""
        missing = self.first.shape[1] - self.inputs
        ready = functional.pad(x[..., : self.inputs].to(self.first), (0, missing))
        ready[..., self.inputs] = 1
        return ready.expand(len(self.first), -1, -1)

    def _hidden(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the hidden units, their derivatives, and the slopes of tanh."""
        z, z_dot = torch.bmm(x, self.first).chunk(2, 2)
        h = torch.tanh(z)
        h[..., self.hidden] = 1  # with slope 0, so that nothing leads to it
        slope = 1 - h * h
        return h, slope * z_dot, slope

    def _move(self, layer: Tensor, grad: Tensor) -> None:
        """Take the step of a layer, whose length depends on the rate as well."""
        layer.sub_(self.rates * grad)
        layer.chunk(2, 2)[1].sub_(grad.chunk(2, 2)[0])


def _with_derivatives(layer: Linear, outputs: int) -> Tensor:
    """Return a layer's array, [R, inputs, 2 * outputs], its derivatives zero."""
    replicas, inputs = layer.replicas, layer.inputs
    array = torch.zeros(replicas, padded(inputs + 1), 2 * outputs)
    array[:, :inputs, : layer.outputs] = layer.plain_weight().mT
    array[:, inputs, : layer.outputs] = layer.plain_bias()
    return array


def _targets(log_p: Tensor, y: Tensor) -> Tensor:
    """Return what a sample's log-probabilities weigh in the mean, [1, B, padded K]."""
    return torch.zeros_like(log_p[:1]).scatter_(2, y[..., None], 1 / y.shape[1])
