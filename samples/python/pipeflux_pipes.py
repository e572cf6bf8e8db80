"""Reads a channel that pipe-agent fills with --emit arrow: one Arrow stream for each epoch. Needs pyarrow."""
import contextlib
import fcntl
import io
import json
import os
import select
import tempfile
import time

import pyarrow as pa


def batches(ml, channel, epochs, state=None, timeout=300):
    """Yields (epoch, pyarrow.RecordBatch) for the epochs from 0 to epochs - 1.

    Processes that use the same state directory share the epochs: each epoch is read by one of them. The directory
    remains, and a process that starts later continues with the next epoch. Fails if no bytes arrive in the next pipe
    for `timeout` seconds. In a process that shares epochs, this includes the time in which a different process reads
    the previous epoch.
    """
    if state is None:
        with tempfile.TemporaryDirectory(prefix="pipeflux-") as own:
            yield from batches(ml, channel, epochs, own, timeout)
        return
    os.makedirs(state, mode=0o700, exist_ok=True)
    while opened := _open_next(f"{ml}/input/data", channel, epochs, state, timeout):
        epoch, pipe, report = opened
        failure = None
        with pipe, report:
            try:
                for batch in pa.ipc.open_stream(pipe):
                    yield epoch, batch
            except (pa.ArrowException, OSError) as e:  # the agent's report may contain the reason
                failure = e
            while pipe.read(1 << 16):  # the report is complete when the pipe ends
                pass
            _require_end(report, pipe, f"{channel}_{epoch}", failure)


def _require_end(report, pipe, name, failure):
    """Fails unless the agent has written everything. A pipe ends in the same way if it failed or was killed."""
    end = json.loads(report.read())
    if end["state"] != "ended" or end["inode"] != os.fstat(pipe.fileno()).st_ino:
        raise EOFError(f"{name}: the agent was lost after {pipe.count} bytes") from failure
    if not end["ok"] or end["bytes"] != pipe.count:
        raise EOFError(f"{name}: expected {end['bytes']} bytes, but got {pipe.count}: {end.get('error')}") from failure
    if failure:
        raise failure


def _open_next(data, channel, epochs, state, timeout):
    """Claims the next epoch. Returns it with its pipe and report when the pipe has bytes. Returns None at the end."""
    files = f"{state}/.{channel}-pipe_mode-"  # as of SageMaker's PipeModeDataset and PipeOptions.stateDirectory
    with open(files + "claim", "a") as claim:
        fcntl.lockf(claim, fcntl.LOCK_EX)  # one process at a time waits; the kernel releases a killed process's lock
        epoch = 0
        with contextlib.suppress(FileNotFoundError), open(files + "state") as file:
            epoch = int(file.read())
        if epoch >= epochs:
            return None
        pipe, report = _open(f"{data}/{channel}_{epoch}", f"{data}/.{channel}_{epoch}.end", timeout)
        with open(files + "lock", "a") as lock, open(files + "state.tmp", "w") as file:
            fcntl.flock(lock, fcntl.LOCK_EX)
            file.write(str(epoch + 1))
            file.flush()
            os.replace(files + "state.tmp", files + "state")
        return epoch, pipe, report


def _open(pipe, report, timeout):
    deadline = time.monotonic() + timeout
    while True:
        try:
            with contextlib.ExitStack() as attempt:
                end = attempt.enter_context(open(report, "rb"))  # exists before the pipe can be opened
                raw = attempt.enter_context(_Pipe(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)))
                opened = attempt.pop_all()
            break
        except FileNotFoundError:
            if time.monotonic() > deadline:
                raise TimeoutError(f"expected {pipe} within {timeout} s, but got no pipe") from None
            time.sleep(0.01)
    with opened:
        poll = select.poll()
        poll.register(raw, select.POLLIN)
        if not poll.poll(max(0, deadline - time.monotonic()) * 1000):
            raise TimeoutError(f"expected bytes in {pipe} within {timeout} s, but got none: does the agent run?")
        os.set_blocking(raw.fileno(), True)
        opened.pop_all()  # the caller closes the files
    return raw, end


class _Pipe(io.FileIO):
    """Reads all requested bytes up to the end, and counts them. A plain read returns only what has arrived."""

    count = 0

    def read(self, size):
        return self.read_buffer(size).to_pybytes()

    def read_buffer(self, size):
        """Arrow calls this instead of read, so that the bytes arrive in the memory that the columns then use."""
        buffer = pa.allocate_buffer(size, resizable=True)
        view, filled = memoryview(buffer), 0
        while filled < size and (read := self.readinto(view[filled:])):
            filled += read
        self.count += filled
        del view
        if filled < size:
            buffer.resize(filled)
        return buffer
