package io.pipeflux.records;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.records.recordio.Dialect;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.records.text.TextLines;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel.MapMode;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** Encodes a payload that this JVM's heap has no room for, and prints how that ends. */
final class TooLargeMain {

    private static final int BYTES = 200 << 20;

    private TooLargeMain() {}

    /** @param args a file to make */
    public static void main(String[] args) throws Exception {
        ByteBuffer payload = payload(args[0]);
        print("TFRecord", payload, TfRecords.encode());
        print("RecordIO", payload, RecordIo.encode(Dialect.DMLC));
        print("lines", payload, TextLines.encode());
        // the one chunk of an object is copied where parts of a record end in it, as here at 2^29 - 1
        print(
                "object",
                payload,
                chunks -> RecordIo.wrap().apply(ObjectBytes.of("big", 0, 3L * BYTES, null, from -> chunks.repeat(2))));
    }

    private static ByteBuffer payload(String file) throws IOException {
        try (RandomAccessFile sparse = new RandomAccessFile(file, "rw")) {
            sparse.setLength(BYTES);
            return sparse.getChannel().map(MapMode.READ_ONLY, 0, BYTES);
        }
    }

    private static void print(String name, ByteBuffer payload, Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encode)
            throws InterruptedException {
        CountDownLatch over = new CountDownLatch(1);
        encode.apply(Flux.just(payload).hide().publishOn(Schedulers.single()))
                .doFinally(signal -> over.countDown())
                .subscribe(
                        encoded -> {},
                        t -> System.out.println(name + ": " + t.getClass().getSimpleName()),
                        () -> System.out.println(name + ": an end"));
        over.await();
    }
}
