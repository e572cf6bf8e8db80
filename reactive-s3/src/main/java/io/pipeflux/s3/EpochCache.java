package io.pipeflux.s3;

import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.internal.ChannelThread;
import io.pipeflux.core.internal.ChunkMemory;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Failed;
import io.pipeflux.core.internal.FileThread;
import io.pipeflux.core.internal.Guarded;
import io.pipeflux.core.internal.LendingFlux;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;
import reactor.util.Logger;
import reactor.util.Loggers;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Applies the cache to one epoch of a channel. An object is looked up in the cache when it is listed. An object that is
 * on the disk takes no room in the fetch window. Any other object is written to the cache while it is read. The epoch
 * fails only if the directory cannot be used at all. If the cache fails later, objects are read from the store instead.
 */
final class EpochCache {

    private static final Logger log = Loggers.getLogger("io.pipeflux.s3.S3Channel");

    /** Signals that a file of the cache cannot be read. */
    private static final class Unreadable extends IOException {

        private static final long serialVersionUID = 1L;

        private final long at;

        /** @param at the offset of the first byte that was not read */
        Unreadable(long at, IOException cause) {
            super(cause);
            this.at = at;
        }
    }

    private final String channel;
    private final ObjectCache cache;
    private final S3AsyncClient client;
    private final S3ReadOptions options;
    private final ChannelThread thread;
    private final PipelineReporter reporter;
    private final ChunkMemory memory = new ChunkMemory();
    private final AtomicBoolean failed = new AtomicBoolean();
    private volatile @Nullable CacheDirectory directory;

    EpochCache(
            String channel,
            ObjectCache cache,
            S3AsyncClient client,
            S3ReadOptions options,
            ChannelThread thread,
            PipelineReporter reporter) {
        this.channel = channel;
        this.cache = cache;
        this.client = client;
        this.options = options;
        this.thread = thread;
        this.reporter = reporter;
    }

    // == looking up ==

    /**
     * Replaces the item of each object that is in the cache with a {@link CachedObject}. The cache is read on the
     * client's threads.
     */
    Flux<ChannelItem> look(Flux<ChannelItem> items) {
        return Guarded.concatMap(
                items,
                item -> item instanceof S3ObjectRef ref
                        ? ClientThreads.of(client).run(() -> look(ref))
                        : Mono.just(item));
    }

    private ChannelItem look(S3ObjectRef ref) {
        CacheDirectory opened = directory == null ? open() : directory;
        CacheKey key = keyOf(ref);
        if (key == null) {
            return ref;
        }
        try {
            CachedObject verified = find(opened, ref, key, true);
            CachedObject any = verified != null || isVerifiedOnly() ? verified : find(opened, ref, key, false);
            return any == null ? ref : any;
        } catch (IOException e) {
            failed(e);
            return ref;
        }
    }

    private static @Nullable CacheKey keyOf(S3ObjectRef ref) {
        return CacheKey.of(ref.name(), ref.etag(), ref.size());
    }

    private CacheDirectory open() {
        try {
            CacheDirectory opened = CacheDirectory.of(cache.directory());
            opened.beginEpoch(channel);
            directory = opened;
            return opened;
        } catch (IOException | RuntimeException e) {
            throw CoreAccess.exception(
                    ObjectReadException.class,
                    ErrorKind.CACHE,
                    "could not use the cache's directory: " + Failed.reason(e),
                    "file://" + cache.directory(),
                    null,
                    e);
        }
    }

    private static @Nullable CachedObject find(
            CacheDirectory directory, S3ObjectRef ref, CacheKey key, boolean verified) throws IOException {
        var file = directory.find(key, verified);
        return file == null ? null : new CachedObject(ref, key, file, verified);
    }

    private boolean isVerifiedOnly() {
        return options.checksums() == Checksums.REQUIRE;
    }

    // == writing ==

    /** Returns the bytes of an object from its beginning, and writes each chunk to the cache before it is emitted. */
    Flux<ByteBuffer> keep(S3ObjectRef ref, Flux<ByteBuffer> bytes) {
        CacheDirectory opened = directory;
        CacheKey key = keyOf(ref);
        if (opened == null || key == null) {
            return bytes;
        }
        return FileThread.on(
                thread,
                new CachingFlux(
                        bytes,
                        opened,
                        thread,
                        () -> failed.get() ? null : opened.begin(key, cache.bytes(), isVerifiedOnly()),
                        this::failed));
    }

    private void failed(Throwable t) {
        if (failed.compareAndSet(false, true)) {
            log.warn(
                    "{}: no further objects of this epoch are kept in {}: {}",
                    channel,
                    cache.directory(),
                    Failed.reason(t));
        }
    }

    // == reading ==

    /**
     * Returns the bytes of an object that is in the cache. If reading its file fails, the remaining bytes are read from
     * the store.
     */
    Flux<ByteBuffer> read(CachedObject object, long from) {
        Flux<ByteBuffer> cached = FileThread.generate(
                thread,
                () -> new CacheReader(object.file(), object.key(), from, memory),
                (reader, sink) -> next(object, from, reader, sink),
                this::close,
                memory::isSeen);
        Flux<ByteBuffer> chunks = cached.onErrorResume(Unreadable.class, e -> fromStore(object, e));
        if (!LendingFlux.isBare(chunks, "FluxOnErrorResume")) {
            memory.isSeen();
        }
        return LendingFlux.of(chunks, memory);
    }

    private void next(CachedObject object, long from, CacheReader reader, SynchronousSink<ByteBuffer> sink) {
        ByteBuffer chunk;
        try {
            chunk = reader.next();
        } catch (IOException e) {
            sink.error(new Unreadable(reader.at(), e));
            return;
        }
        if (chunk != null) {
            reporter.addBytes(chunk.remaining());
            reporter.addCachedBytes(chunk.remaining());
            sink.next(chunk);
        }
        if (reader.at() >= object.key().size()) {
            if (object.verified() && from == 0) {
                reporter.addVerifiedBytes(object.key().size());
            }
            sink.complete();
        }
    }

    private void close(CacheReader reader) {
        try {
            reader.close();
        } catch (IOException e) { // harmless, because no further bytes of this file are needed
            log.debug("{}: could not close a file of the cache: {}", channel, e.toString());
        }
    }

    private Flux<ByteBuffer> fromStore(CachedObject object, Unreadable e) {
        // the following chunks belong to a fetch window, so the cache must not reuse their memory
        memory.isSeen();
        Throwable cause = e.getCause();
        if (!(cause instanceof NoSuchFileException)) { // a file that no longer exists was evicted, not damaged
            log.warn(
                    "{}: {} is read from the store, because its file in the cache was damaged: {}",
                    channel,
                    object.name(),
                    cause == null ? e.toString() : Failed.reason(cause));
            remove(object);
        }
        if (!isVerifiedOnly()) {
            return ObjectBytesFlux.bytes(client, options, thread, object.ref(), e.at);
        }
        // the object is read from its beginning, because a read from an offset could not be verified
        Skipping skipping = new Skipping(e.at);
        return Guarded.map(ObjectBytesFlux.bytes(client, options, thread, object.ref(), 0), skipping::rest)
                .filter(ByteBuffer::hasRemaining);
    }

    private void remove(CachedObject object) {
        try {
            CacheDirectory opened = directory;
            if (opened != null) {
                opened.remove(object.key(), object.verified());
            }
        } catch (IOException e) {
            failed(e);
        }
    }

    /** Drops a number of bytes at the beginning of a stream. */
    private static final class Skipping {

        private long left;

        Skipping(long bytes) {
            this.left = bytes;
        }

        ByteBuffer rest(ByteBuffer chunk) {
            int skipped = (int) Math.min(left, chunk.remaining());
            left -= skipped;
            return chunk.slice(chunk.position() + skipped, chunk.remaining() - skipped);
        }
    }
}
