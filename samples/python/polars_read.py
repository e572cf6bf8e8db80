"""Counts the rows of each label with Polars, from the pipes of pipe-agent: python polars_read.py /tmp/ml"""
import sys

import polars as pl
from pipeflux_pipes import batches


def frames(ml, channel, epochs):
    for _, batch in batches(ml, channel, epochs):
        yield pl.from_arrow(batch)


if __name__ == "__main__":
    counts = (frame.group_by("labels").len() for frame in frames(sys.argv[1], "train", epochs=1))
    print(pl.concat(counts).group_by("labels").sum().sort("labels"))
