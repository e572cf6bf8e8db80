package io.pipeflux.core.codec;

import io.pipeflux.core.RawRecord;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** Decodes a record that this JVM has no memory for, and prints how that ends. */
final class TooLargeMain {

    private static final int RECORD_BYTES = 200 << 20;

    private TooLargeMain() {}

    public static void main(String[] args) throws InterruptedException {
        FrameFormat<RawRecord> oneRecord = FrameFormat.of(
                "one record", () -> in -> in.ensure(RECORD_BYTES) ? in.record(RECORD_BYTES, 0, RECORD_BYTES) : null);
        CountDownLatch over = new CountDownLatch(1);
        Flux.range(0, RECORD_BYTES >> 16)
                .map(i -> ByteBuffer.allocate(1 << 16))
                .publishOn(Schedulers.single(), 1)
                .doFinally(signal -> System.out.println("the source: " + signal))
                .transform(oneRecord.decode())
                .doFinally(signal -> over.countDown())
                .subscribe(
                        record -> System.out.println("a record"),
                        t -> System.out.println(t.getClass().getSimpleName()),
                        () -> System.out.println("an end"));
        over.await();
    }
}
