"""Runs a sample: check.py SAMPLE ML EPOCHS, and of torch STATE WORKERS, of pyarrow STATE TIMEOUT [WAIT].

Prints the checksum of each batch, and the loss. With WAIT it waits for a line after the first batch.
"""
import hashlib
import sys

import numpy as np

sample, ml, epochs, *more = sys.argv[1:]
epochs = int(epochs)
if sample == "torch":
    import torch_train

    steps = torch_train.train(torch_train.PipeDataset(ml, "train", epochs, more[0] or None), int(more[1]))
elif sample == "jax":
    import jax_train

    steps = jax_train.train(jax_train.tensors(ml, "train", epochs))
elif sample == "polars":
    import polars_read

    steps = ((frame, 0) for frame in polars_read.frames(ml, "train", epochs))
else:
    from pipeflux_pipes import batches

    state, timeout, *wait = more
    steps = (
        ({"data": batch["data"].flatten().to_numpy(), "labels": batch["labels"].to_numpy()}, 0)
        for _, batch in batches(ml, "train", epochs, state, float(timeout))
    )

for batch, loss in steps:
    data, labels = (np.ascontiguousarray(batch[name]) for name in ("data", "labels"))
    assert data.dtype == np.float64 and labels.dtype == np.int64, (data.dtype, labels.dtype)
    print(hashlib.sha256(data.tobytes() + labels.tobytes()).hexdigest(), f"{loss:.6f}", flush=True)
    if sample == "pyarrow" and wait:
        wait = sys.stdin.readline() and []
