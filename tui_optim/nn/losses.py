"""The loss: softmax cross-entropy of K networks at once, and its gradient."""

import numpy as np

from tui_optim.nn.arrays import Floats, Integers, Losses


def softmax_cross_entropy(logits: Floats, labels: Integers, *, gradient: bool = False) -> Losses:
    """Mean over the samples of −log softmax(z)_y, for each network.

    loss = mean_b( log Σ_c exp(z_cb − max_b) + max_b − z_{y_b, b} )

    The largest logit of each sample is taken off first, so that no exponential overflows, and what
    becomes of the loss is computed in float64.

    Args:
        logits: (K, C, B): the classes stand before the samples, so that sums over classes run
            along contiguous memory. Overwritten: by ∂loss/∂logits = (softmax(z) − onehot(y)) / B
            where `gradient`, else by intermediate values.
        labels: (B,), the class of each sample, 0 … C − 1.
        gradient: whether the logits are to be replaced by the loss's gradient.

    Returns:
        (K,) in float64.

    Raises:
        ValueError: when the logits are not contiguous in memory.
    """
    if not logits.flags.c_contiguous:
        raise ValueError("logits must be contiguous, with the classes before the samples")
    networks, _, samples = logits.shape
    flat = logits.reshape(networks, -1)  # a view
    picked = labels * samples + np.arange(samples)  # where z_{y_b, b} stands in a flat row

    largest = np.maximum.reduce(logits, axis=1, keepdims=True)
    with np.errstate(over="ignore"):  # a difference beyond the type's range is −inf: exp gives 0
        below_largest = np.subtract(largest[:, 0], flat[:, picked], dtype=np.float64)
        logits -= largest
    np.exp(logits, out=logits)
    total = np.add.reduce(logits, axis=1, keepdims=True)
    loss: Losses = (np.log(total[:, 0], dtype=np.float64) + below_largest).mean(axis=1)

    if gradient:
        total *= samples
        logits /= total
        flat[:, picked] -= 1 / samples
    return loss
