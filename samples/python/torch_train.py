"""Trains a classifier in PyTorch from the pipes of pipe-agent: python torch_train.py /tmp/ml"""
import sys

import torch
from pipeflux_pipes import batches
from torch.utils.data import DataLoader, IterableDataset, get_worker_info


class PipeDataset(IterableDataset):
    """Batches of a channel as tensors. The workers of a loader share the epochs through the state directory."""

    def __init__(self, ml, channel, epochs, state=None):
        self.source = (ml, channel, epochs, state)

    def __iter__(self):
        if get_worker_info() and self.source[-1] is None:
            raise ValueError("expected a state directory, through which the workers share the epochs, but got none: pass state=")
        for _, batch in batches(*self.source):
            yield {
                "data": torch.from_dlpack(batch["data"].flatten()).view(batch.num_rows, -1),
                "labels": torch.from_dlpack(batch["labels"]),
            }


def train(dataset, workers=0):
    """Yields each batch and its loss."""
    # The agent has made the batches. Only one pipe is open at a time. With in_order=True, a loader of several workers
    # would wait forever for a worker that itself waits for a later pipe.
    loader = DataLoader(dataset, batch_size=None, num_workers=workers, in_order=workers == 0)
    model = torch.nn.Linear(1024, 1, dtype=torch.float64)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for batch in loader:
        logits = model(batch["data"]).squeeze(1)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, batch["labels"].double())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield batch, loss.item()


if __name__ == "__main__":
    for _, loss in train(PipeDataset(sys.argv[1], "train", epochs=3)):
        print(f"loss {loss:.4f}")
