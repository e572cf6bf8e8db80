"""Measures batches per second as tensors of PyTorch (and of JAX and Polars). Compares the agent's pipe with torch's
DataLoader over the same TFRecords, which Python parses (struct and protobuf, without comparing checksums).
docs/benchmarks.md has the command.

The sides run by turns, in reverse order in every other round. Prints the medians of the rounds, and the least and most.
"""
import argparse
import contextlib
import json
import os
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib

import jax
import jax.numpy as jnp
import numpy as np
import polars
import torch
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, os.path.join(ROOT, "samples/python"))
from pipeflux_pipes import batches  # noqa: E402

BATCH = 64
jax.config.update("jax_enable_x64", True)  # otherwise, JAX converts the data to float32


def example_class():
    """Parses a tf.train.Example without TensorFlow."""
    file = descriptor_pb2.FileDescriptorProto(name="example.proto", package="tensorflow", syntax="proto3")
    field = descriptor_pb2.FieldDescriptorProto

    def message(name, *fields, parent=None):
        made = (parent.nested_type if parent else file.message_type).add(name=name)
        for number, (field_name, kind, label, type_name) in enumerate(fields, 1):
            made.field.add(name=field_name, number=number, type=kind, label=label, type_name=type_name)
        return made

    one, many = field.LABEL_OPTIONAL, field.LABEL_REPEATED
    message("BytesList", ("value", field.TYPE_BYTES, many, None))
    message("FloatList", ("value", field.TYPE_FLOAT, many, None))
    message("Int64List", ("value", field.TYPE_INT64, many, None))
    lists = [(f"{kind}_list", field.TYPE_MESSAGE, one, f".tensorflow.{kind.title()}List") for kind in ("bytes", "float", "int64")]
    feature = message("Feature", *lists)
    feature.oneof_decl.add(name="kind")
    for each in feature.field:
        each.oneof_index = 0
    features = message("Features", ("feature", field.TYPE_MESSAGE, many, ".tensorflow.Features.FeatureEntry"))
    entry = message(
        "FeatureEntry", ("key", field.TYPE_STRING, one, None), ("value", field.TYPE_MESSAGE, one, ".tensorflow.Feature"), parent=features
    )
    entry.options.map_entry = True
    message("Example", ("features", field.TYPE_MESSAGE, one, ".tensorflow.Features"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("tensorflow.Example"))


Example = example_class()


class Seed:
    """Records with 1024 float64 values in a byte string, and a label."""

    name = "seed"
    records = 28160
    schema = [{"name": "data", "kind": "raw", "dtype": "float64", "shape": [1024]}, {"name": "labels", "dtype": "int64"}]

    def write(self, random, example):
        data = random.standard_normal(1024)
        example.features.feature["data"].bytes_list.value.append(data.tobytes())
        example.features.feature["labels"].int64_list.value.append(int(data.sum() > 0))

    def parse(self, example):
        feature = example.features.feature
        return {
            "data": np.frombuffer(feature["data"].bytes_list.value[0], np.float64),
            "labels": np.int64(feature["labels"].int64_list.value[0]),
        }


class Clicks:
    """Records with 40 features: 13 floats, 26 integers and a label."""

    name = "ctr"
    records = 32000
    floats = [f"f{i}" for i in range(13)]
    integers = [f"c{i}" for i in range(26)] + ["labels"]
    schema = [{"name": name, "dtype": "float32"} for name in floats] + [{"name": name, "dtype": "int64"} for name in integers]

    def write(self, random, example):
        for name, value in zip(self.floats, random.standard_normal(13)):
            example.features.feature[name].float_list.value.append(value)
        for name, value in zip(self.integers, random.integers(0, 1 << 20, 27)):
            example.features.feature[name].int64_list.value.append(int(value))

    def parse(self, example):
        feature = example.features.feature
        row = {name: np.float32(feature[name].float_list.value[0]) for name in self.floats}
        row.update((name, np.int64(feature[name].int64_list.value[0])) for name in self.integers)
        return row


def crc32c_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


def masked_crc32c(data, table=crc32c_table()):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return (crc >> 15 | crc << 17) + 0xA282EAD8 & 0xFFFFFFFF


def write(data_set, path):
    random = np.random.default_rng(7)
    with open(path, "wb") as file:
        for _ in range(data_set.records):
            example = Example()
            data_set.write(random, example)
            payload = example.SerializeToString(deterministic=True)
            length = struct.pack("<Q", len(payload))
            file.write(length + struct.pack("<I", masked_crc32c(length)) + payload + struct.pack("<I", masked_crc32c(payload)))


class Parsed(torch.utils.data.IterableDataset):
    """The records of a TFRecord file, parsed in Python. Each worker reads its share. Yields rows, or batches of `size`."""

    def __init__(self, data_set, path, size=None):
        self.data_set, self.path, self.size = data_set, path, size

    def __iter__(self):
        rows = []
        for row in self.rows():
            if self.size is None:
                yield {name: torch.as_tensor(value) for name, value in row.items()}
                continue
            rows.append(row)
            if len(rows) == self.size:
                yield self.stacked(rows)
                rows = []
        if rows:
            yield self.stacked(rows)

    @staticmethod
    def stacked(rows):
        return {name: torch.from_numpy(np.stack([row[name] for row in rows])) for name in rows[0]}

    def rows(self):
        worker = torch.utils.data.get_worker_info()
        share, shares = (worker.id, worker.num_workers) if worker else (0, 1)
        with open(self.path, "rb", buffering=1 << 20) as file:
            index = 0
            while header := file.read(12):
                (length,) = struct.unpack_from("<Q", header)
                payload = file.read(length)
                file.read(4)
                if index % shares == share:
                    yield self.data_set.parse(Example.FromString(payload))
                index += 1


def tensors(batch):
    made = {}
    for name, column in zip(batch.schema.names, batch.columns):
        nested = hasattr(column, "flatten") and column.type.num_fields == 1
        values = torch.from_dlpack(column.flatten() if nested else column)
        made[name] = values.view(batch.num_rows, -1) if nested else values
    return made


def jax_arrays(batch):
    made = {}
    for name, column in zip(batch.schema.names, batch.columns):
        nested = hasattr(column, "flatten") and column.type.num_fields == 1
        values = (column.flatten() if nested else column).to_numpy()
        made[name] = jnp.asarray(values.reshape(batch.num_rows, -1) if nested else values)
    return made


class Pipe:
    """Batches of the agent, which is warm and has no last epoch. Pipes with the same state directory share its epochs."""

    def __init__(self, ml, state, made=tensors):
        self.ml, self.state, self.made = ml, state, made

    def __iter__(self):
        with contextlib.suppress(FileNotFoundError), open(f"{self.state}/.train-pipe_mode-state") as file:
            Pipe.epoch = int(file.read())
        for _, batch in batches(self.ml, "train", self.epoch + 1, self.state):
            yield self.made(batch)

    epoch = 0


def one_pass(side, check=False):
    """Returns seconds, batches, rows, the sum of the labels and, if checked, an order-independent sum of all rows."""
    start = time.perf_counter()
    count = rows = labels = sums = 0
    for batch in side:
        count += 1
        rows += len(batch["labels"])
        labels += int(batch["labels"].sum())
        if check:
            names = sorted(batch.columns if isinstance(batch, polars.DataFrame) else batch)
            columns = [np.ascontiguousarray(batch[name]) for name in names]
            for row in range(len(batch["labels"])):
                sums += zlib.crc32(b"".join(column[row].tobytes() for column in columns))
    return time.perf_counter() - start, count, (rows, labels, sums)


def measure(data_set, jar, directory, rounds):
    files = os.path.join(directory, data_set.name)
    os.makedirs(files)
    path = os.path.join(files, "a.tfrecord")
    write(data_set, path)
    schema = os.path.join(directory, data_set.name + ".json")
    with open(schema, "w") as file:
        json.dump({"records": "example", "features": data_set.schema}, file)
    ml = os.path.join(directory, data_set.name + "-ml")
    agent = subprocess.Popen(
        ["java", "-Xmx512m", "-jar", jar, "--channel", f"train=file:{files}", "--directory", ml]
        + ["--emit", "arrow", "--schema", schema, "--batch-size", str(BATCH)],
        stdout=subprocess.DEVNULL,
    )
    try:
        loader = torch.utils.data.DataLoader
        state = os.path.join(directory, data_set.name + "-state")
        Pipe.epoch = 0
        sides = {"pipe": Pipe(ml, state), "pipe, JAX": Pipe(ml, state, jax_arrays), "pipe, Polars": Pipe(ml, state, polars.from_arrow)}
        for workers in (0, 1, 2):
            keep = {"num_workers": workers, "persistent_workers": workers > 0}
            sides[f"rows, {workers} workers"] = loader(Parsed(data_set, path), batch_size=BATCH, **keep)
            sides[f"batches, {workers} workers"] = loader(Parsed(data_set, path, BATCH), batch_size=None, **keep)
        expected = None
        for name, side in sides.items():
            _, _, found = one_pass(side, check=True)
            expected = expected or found
            assert found == expected, (name, found, expected)
        for _ in range(5):
            one_pass(sides["pipe"])
        times = {name: [] for name in sides}
        for round_ in range(rounds):
            for name in list(sides)[:: -1 if round_ % 2 else 1]:
                seconds, count, found = one_pass(sides[name])
                assert found[:2] == expected[:2], (name, found, expected)
                times[name].append(count / seconds)
    finally:
        agent.terminate()
        agent.wait()
    size = os.path.getsize(path) / 1e6
    print(f"{data_set.name}: {data_set.records} records, {size:.0f} MB, batches of {BATCH}, {rounds} rounds")
    for name, rates in times.items():
        ratios = [pipe / rate for pipe, rate in zip(times["pipe"], rates)]
        middle = statistics.median(rates)
        print(
            f"| `{data_set.name}` | {name} | {middle:,.0f} ({min(rates):,.0f} - {max(rates):,.0f}) | {middle * size / (data_set.records / BATCH):,.0f}"
            f" | {statistics.median(ratios):.2f} ({min(ratios):.2f} - {max(ratios):.2f}) |",
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jar", default=os.path.join(ROOT, "samples/pipe-agent/target/pipe-agent.jar"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sets", default="seed,ctr")
    options = parser.parse_args()
    torch.set_num_threads(1)
    directory = tempfile.mkdtemp(prefix="pipeflux-torch-", dir="/dev/shm")
    try:
        for data_set in (Seed(), Clicks()):
            if data_set.name in options.sets.split(","):
                measure(data_set, options.jar, directory, options.rounds)
    finally:
        shutil.rmtree(directory)


if __name__ == "__main__":
    main()
