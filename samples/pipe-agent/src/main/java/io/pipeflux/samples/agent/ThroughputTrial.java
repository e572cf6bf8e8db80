package io.pipeflux.samples.agent;

import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.internal.ByteText;
import io.pipeflux.s3.S3Channels;
import io.pipeflux.s3.S3ReadOptions;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Measures the throughput of reading a prefix with different numbers of simultaneous GETs, for a few seconds each. */
final class ThroughputTrial {

    private static final int[] GETS = {1, 8, 16};
    private static final int PART = 8 << 20;
    private static final Duration FIRST_BYTE = Duration.ofSeconds(60);
    private static final double NANOS = 1e9;

    private final S3AsyncClient client;
    private final String uri;
    private final Duration each;
    private final Findings findings;
    private long ended;
    private long verified;

    ThroughputTrial(S3AsyncClient client, String uri, Duration each, Findings findings) {
        this.client = client;
        this.uri = uri;
        this.each = each;
        this.findings = findings;
    }

    void run() {
        for (int gets : GETS) {
            String subject = gets == 1 ? "1 GET" : gets + " GETs";
            try {
                measure(gets, subject);
            } catch (RuntimeException e) {
                findings.failed(subject, ErrorLine.message(e));
            }
        }
        if (ended == 0) {
            findings.note(
                    "verified bytes", "not known, because no object was read to its end; --seconds gives more time");
            return;
        }
        findings.note(
                "verified bytes",
                String.format(
                        Locale.ROOT,
                        "%.0f %% of the %s of objects that were read to their ends were compared with the store's"
                                + " checksums",
                        100.0 * verified / ended,
                        ByteText.of(ended)));
    }

    private void measure(int gets, String subject) {
        int window = (int) Math.min((long) gets * PART, Runtime.getRuntime().maxMemory() / 4);
        S3ReadOptions options =
                S3ReadOptions.defaults().getsInFlight(gets).windowBytes(window).partSize(Math.max(1, window / gets));
        PipelineMonitor monitor = PipelineMonitor.create("doctor").logAfter(Duration.ZERO);
        AtomicLong first = new AtomicLong();
        AtomicLong bytes = new AtomicLong();
        AtomicLong ofObjects = new AtomicLong();
        Sinks.Empty<Void> begun = Sinks.empty();
        long start = System.nanoTime();
        S3Channels.prefix(client, uri, options)
                .objects()
                .repeat() // if a prefix is small, it is read repeatedly
                .concatMap(object -> object.bytes().doOnComplete(() -> ofObjects.addAndGet(object.size())), 0)
                .contextWrite(monitor.watch())
                .timeout(Mono.delay(FIRST_BYTE), chunk -> Mono.never())
                .takeUntilOther(begun.asMono().then(Mono.delay(each)))
                .doOnNext(chunk -> {
                    if (first.compareAndSet(0, System.nanoTime())) {
                        begun.tryEmitEmpty(); // the measurement begins when the first bytes arrive
                    }
                    bytes.addAndGet(chunk.remaining());
                })
                .blockLast();
        double seconds = (System.nanoTime() - first.get()) / NANOS;
        ended += ofObjects.get();
        verified += monitor.verifiedBytes();
        findings.ok(
                subject,
                String.format(
                        Locale.ROOT,
                        "%s/s, %s in %.1f s, the first byte after %.3f s",
                        ByteText.of(bytes.get() / seconds),
                        ByteText.of(bytes.get()),
                        seconds,
                        (first.get() - start) / NANOS));
    }
}
