"""Reads a stream (rebuild FROM TO) and writes its values, made anew, as another; or writes one of its own (write TO)."""
import sys

import pyarrow as pa


def rebuild(source, target):
    with pa.ipc.open_stream(source) as stream:
        with pa.ipc.new_stream(target, stream.schema) as out:
            for batch in stream:
                batch.validate(full=True)
                arrays = [pa.array(column.to_pylist(), field.type) for column, field in zip(batch, stream.schema)]
                out.write_batch(pa.record_batch(arrays, schema=stream.schema))


def write(target):
    words = pa.array(["a", None, "b", "a"]).dictionary_encode()
    more = pa.DictionaryArray.from_arrays(pa.array([2, 0, 1, 2], pa.int32()), pa.array(["a", "b", "c"]))
    other = pa.DictionaryArray.from_arrays(pa.array([0, 0, 1, 0], pa.int32()), pa.array(["x", "y"]))
    lists = pa.array([[9, 9], [1, 2], [], None, [3]], pa.list_(pa.int16())).slice(1)
    large = pa.array([[0.5], [1.5, None], [2.5], []], pa.large_list(pa.float32()))
    columns = {
        "flag": pa.array([True, None, False, True]),
        "u64": pa.array([1, 2, 3, 2**63 - 1], pa.uint64()),
        "half": pa.array([0.5, None, -2.0, 1.0], pa.float16()),
        "at": pa.array([1, 2, None, 4], pa.timestamp("ms", "UTC")),
        "day": pa.array([0, 1, 2, 3], pa.date32()),
        "text": pa.array(["long enough for a view", "b", None, ""], pa.string_view()),
        "big": pa.array(["x", "yy", "", "z"], pa.large_string()),
        "lists": lists,
        "large": large,
        "fixed": pa.array([[1, 2], None, [3, None], [4, 5]], pa.list_(pa.int8(), 2)),
        "steps": pa.array([[[9]], [[1, 2], []], None, [None, [3]], []], pa.list_(pa.large_list(pa.int16()))).slice(1),
        "boxes": pa.array([[[1, 2], [3, 4]], [], [[5, None]], None], pa.list_(pa.list_(pa.float32(), 2))),
    }
    options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)
    names = ["word", *columns]
    batches = [pa.record_batch([word, *columns.values()], names=names) for word in (words, more, other)]
    schema = batches[0].schema.with_metadata({"who": "pyarrow"})
    with pa.ipc.new_stream(target, schema, options=options) as out:
        for batch in batches:
            out.write_batch(batch)


if sys.argv[1] == "rebuild":
    rebuild(sys.argv[2], sys.argv[3])
else:
    write(sys.argv[2])
