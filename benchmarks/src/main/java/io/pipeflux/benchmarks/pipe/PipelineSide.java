package io.pipeflux.benchmarks.pipe;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Ways to read a data set into batches of 64 rows: Pipeflux pipelines, and the peers with which they are compared. */
// the fields are method references and unmodifiable lists
@SuppressWarnings("ImmutableEnumChecker")
enum PipelineSide {
    /** A peer that reads a {@code DataInputStream}, verifies checksums, and parses into arrays with protobuf-java. */
    PLAIN(true, PlainJava::read),
    /**
     * A peer that reads and verifies records with tensorflow-hadoop, and parses them into arrays with protobuf-java.
     */
    HADOOP(true, PlainJava::readHadoop),
    /** A peer that uses TensorFlow's own kernels, with the fastest of several settings. */
    TENSORFLOW(true, (from, set, tally) -> TensorFlow.read(from, set, tally)),
    /** An upper bound: a loop over a {@code FileChannel} that fills a buffer but ignores the buffer's content. */
    READONLY(true, (from, set, tally) -> FifoReading.CHANNEL.read(from, set)),
    /** The pipeline of the README. */
    README(false, OurPipeline::readme),
    /** The README's pipeline without {@code prefetch}. */
    NOPREFETCH(false, OurPipeline::withoutPrefetch),
    /** The README's pipeline on the subscribing thread only. */
    INLINE(false, OurPipeline::inline),
    /** The README's pipeline with {@code ColumnAllocator.pooled}. The consumer releases each batch. */
    POOLED(false, OurPipeline::pooled),
    /** The README's pipeline with a heap of 256 MiB. */
    HEAP256(false, OurPipeline::readme, "-Xmx256m"),
    /** The README's pipeline without the fusion of operators. */
    UNFUSED(false, OurPipeline::readme, "-Dpipeflux.fusion=false"),
    /** The README's pipeline with {@code Hooks.onEachOperator}. */
    HOOKED(false, OurPipeline::hooked),
    /** The README's pipeline with automatic context propagation. */
    PROPAGATED(false, OurPipeline::propagated);

    /** Reads a data set to its end. */
    @FunctionalInterface
    interface Reading {
        void read(Path from, String set, Tally tally) throws IOException;
    }

    private static final Path LOG = Path.of(System.getProperty("java.io.tmpdir"), "pipeflux-tensorflow.log");

    private final boolean peer;
    private final Reading reading;
    private final List<String> jvmOptions;

    PipelineSide(boolean peer, Reading reading, String... jvmOptions) {
        this.peer = peer;
        this.reading = reading;
        this.jvmOptions = List.of(jvmOptions);
    }

    /** Returns true for a peer, and false for a pipeline of Pipeflux. */
    boolean isPeer() {
        return peer;
    }

    /** Returns whether this is a variant of the README's pipeline that a user could choose by hand. */
    boolean isChosenByHand() {
        return this == NOPREFETCH || this == INLINE;
    }

    /** Returns whether this side parses records, and can therefore count rows. */
    boolean parses() {
        return this != READONLY;
    }

    boolean reads(String set, From from) {
        return switch (this) {
            case TENSORFLOW -> from == From.FILE;
            case HADOOP -> from != From.S3 && !set.equals(PipelineSets.TEXT);
            case PLAIN, READONLY -> from != From.S3;
            default -> true;
        };
    }

    /**
     * Returns the options for the JVM in which this side runs. The heap is limited to 1 GiB unless the side has its own
     * heap size.
     */
    List<String> jvmOptions() {
        List<String> options = new ArrayList<>(List.of("-Xmx1g", "--enable-native-access=ALL-UNNAMED"));
        options.addAll(jvmOptions);
        return options;
    }

    /**
     * Returns the destination of the process's standard error. TensorFlow gets a log file, because it writes many
     * messages.
     */
    ProcessBuilder.Redirect errors() {
        return this == TENSORFLOW ? ProcessBuilder.Redirect.appendTo(LOG.toFile()) : ProcessBuilder.Redirect.INHERIT;
    }

    void read(Path from, String set, Tally tally) throws IOException {
        reading.read(from, set, tally);
    }
}
