package io.pipeflux.core.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.PipelineMonitor;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** Pipes are cancelled on threads that must not block, as by a timeout; BlockHound watches. */
class PipeCancelTest extends PipeDirectoryTest {

    private final PipelineMonitor monitor = PipelineMonitor.create("test");

    private void cancelOnParallel(Disposable pipe, String waitsFor) {
        await().until(() -> monitor.waits().toString().contains(waitsFor));
        AtomicReference<Object> result = new AtomicReference<>();
        Schedulers.parallel().schedule(() -> {
            try {
                pipe.dispose();
                result.set("cancelled");
            } catch (Throwable t) {
                result.set(t);
            }
        });
        await().until(() -> result.get() != null);
        assertThat(result.get()).isEqualTo("cancelled");
    }

    @ParameterizedTest
    @EnumSource
    void aReaderThatWaitsForBytes(PipeWay way) throws Exception {
        way.make(pipe);
        Disposable writer = way.write(pipe, Flux.concat(Flux.just(ByteBuffer.allocate(1)), Flux.never()))
                .subscribe(end -> {}, e -> {});
        Disposable reader = way.read(pipe).contextWrite(monitor.watch()).subscribe();
        cancelOnParallel(reader, "bytes from the writer");
        writer.dispose();
    }

    @ParameterizedTest
    @EnumSource
    void aWriterThatWaitsForRoom(PipeWay way) throws Exception {
        way.make(pipe);
        Disposable reader = way.read(pipe).concatMap(chunk -> Flux.never(), 1).subscribe(chunk -> {}, e -> {});
        Disposable writer = way.write(pipe, Flux.range(0, Integer.MAX_VALUE).map(i -> ByteBuffer.allocate(1 << 20)))
                .contextWrite(monitor.watch())
                .subscribe();
        cancelOnParallel(writer, "the reader to take");
        reader.dispose();
    }

    @ParameterizedTest
    @EnumSource
    void aReaderThatWaitsForAWriter(PipeWay way) throws Exception {
        if (way != PipeWay.SOCKET) {
            way.make(pipe);
        }
        Disposable reader = way.read(pipe).contextWrite(monitor.watch()).subscribe();
        cancelOnParallel(reader, way == PipeWay.SOCKET ? "the pipe to appear" : "for a writer");
    }

    @ParameterizedTest
    @EnumSource
    void aWriterThatWaitsForAReader(PipeWay way) throws Exception {
        way.make(pipe);
        Disposable writer =
                way.write(pipe, Flux.never()).contextWrite(monitor.watch()).subscribe();
        cancelOnParallel(writer, "for a reader");
    }
}
