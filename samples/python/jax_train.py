"""Trains a classifier in JAX from the pipes of pipe-agent: python jax_train.py /tmp/ml"""
import sys

import jax
import jax.numpy as jnp
from pipeflux_pipes import batches

jax.config.update("jax_enable_x64", True)  # otherwise, JAX converts the data to float32


def tensors(ml, channel, epochs):
    for _, batch in batches(ml, channel, epochs):
        data = batch["data"].flatten().to_numpy().reshape(batch.num_rows, -1)
        yield {"data": jnp.asarray(data), "labels": jnp.asarray(batch["labels"].to_numpy())}


def loss_of(weights, batch):
    logits = batch["data"] @ weights
    return jnp.mean(jnp.logaddexp(0, logits) - batch["labels"] * logits)


@jax.jit  # recompiled for a smaller last batch, which --remainder drop or pad avoids
def step(weights, batch):
    loss, gradient = jax.value_and_grad(loss_of)(weights, batch)
    return weights - 0.5 * gradient, loss


def train(source):
    """Yields each batch and its loss."""
    weights = jnp.zeros(1024)
    for batch in source:
        weights, loss = step(weights, batch)
        yield batch, float(loss)


if __name__ == "__main__":
    for _, loss in train(tensors(sys.argv[1], "train", epochs=3)):
        print(f"loss {loss:.4f}")
