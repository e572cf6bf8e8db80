package io.pipeflux.core.channel;

import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.internal.ChannelThread;
import io.pipeflux.core.internal.ChunkMemory;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.FileThread;
import io.pipeflux.core.internal.LendingFlux;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;

/** Reads a file once, from an offset to its end. Checks that the file has not changed since it was listed. */
final class FileReading {

    private static final int CHUNK_BYTES = 256 << 10;

    private final ChunkMemory memory;
    private final PipelineReporter reporter;
    private final FileRef file;
    private final long from;
    private long left;

    /**
     * The open file, or null until the first chunk is read. This is not a {@code FileChannel}, because an interrupt of
     * the thread would close a channel.
     */
    private @Nullable InputStream bytes;

    private FileReading(FileRef file, long from, ChunkMemory memory, PipelineReporter reporter) {
        this.memory = memory;
        this.reporter = reporter;
        this.file = file;
        this.from = from;
        this.left = file.size() - from;
    }

    /** Returns the file's bytes. Opens and reads the file on the given thread, and emits the chunks on it. */
    static Flux<ByteBuffer> bytes(Supplier<FileRef> file, long from, ChannelThread thread, ChunkMemory memory) {
        Flux<ByteBuffer> chunks = Flux.deferContextual(context -> {
            PipelineReporter reporter = PipelineReporter.current(context);
            return FileThread.generate(
                    thread,
                    () -> new FileReading(file.get(), from, memory, reporter),
                    FileReading::next,
                    FileReading::close,
                    memory::isSeen);
        });
        return LendingFlux.isBare(chunks, "FluxDeferContextual") ? LendingFlux.of(chunks, memory) : chunks;
    }

    private void next(SynchronousSink<ByteBuffer> sink) {
        try {
            InputStream in = bytes;
            if (in == null) {
                // checked even if the file was listed as empty, because it may have been filled since then
                requireUnchanged();
                if (left <= 0) {
                    sink.complete();
                    return;
                }
                in = Files.newInputStream(file.path());
                bytes = in;
                in.skipNBytes(from);
            }
            sink.next(chunk(in));
            if (left == 0) {
                requireUnchanged();
                sink.complete();
            }
        } catch (IOException e) {
            throw FileRef.notRead(file.path(), e);
        }
    }

    private ByteBuffer chunk(InputStream in) throws IOException {
        int size = (int) Math.min(CHUNK_BYTES, left);
        byte[] chunk = memory.take(size);
        int count = in.readNBytes(chunk, 0, size);
        if (count < size) {
            throw changed(file.size() - left + count + " bytes");
        }
        left -= count;
        reporter.addBytes(count);
        return ByteBuffer.wrap(chunk, 0, count).slice();
    }

    private void requireUnchanged() throws IOException {
        FileRef now = FileRef.of(file.path(), Files.readAttributes(file.path(), BasicFileAttributes.class));
        if (now.size() != file.size()) {
            throw changed(now.size() + " bytes");
        }
        if (now.modified() != file.modified()) {
            throw changed(
                    "the same number of bytes, modified at " + now.modifiedAt() + " instead of " + file.modifiedAt());
        }
    }

    private RuntimeException changed(String found) {
        return FileRef.failed(
                ErrorKind.CHANGED,
                file.path(),
                "the file changed after it was listed: expected " + file.size() + " bytes, but got " + found
                        + "; start the epoch again",
                null);
    }

    private void close() {
        InputStream in = bytes;
        if (in != null) {
            try {
                in.close();
            } catch (IOException e) {
                throw FileRef.failed(file.path(), e);
            }
        }
    }
}
