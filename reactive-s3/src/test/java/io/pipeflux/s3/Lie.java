package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.suite.ErrorIds;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.test.Answer;
import io.pipeflux.s3.test.MisbehavingStore;
import io.pipeflux.s3.test.MisbehavingStore.Misbehaviour;
import io.pipeflux.s3.test.MisbehavingStore.Request;
import io.pipeflux.s3.test.Page;
import io.pipeflux.s3.test.S3Server;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * One misbehaviour of a store, or of a proxy before it, and what its reader gets: all bytes, or an error.
 *
 * @param kind what it is about
 * @param what what the store does, as in docs/reliability.md
 * @param source what the error names; null if all bytes come
 * @param field what the error's message has, for the user to look for
 * @param options how it is read
 * @param both whether the SDK's own HTTP client has the same outcome
 * @param hasty whether the HTTP client has short time-outs
 */
record Lie(
        String kind,
        String what,
        Misbehaviour misbehaviour,
        String source,
        String field,
        S3ReadOptions options,
        boolean both,
        boolean hasty) {

    static final int PART = 4000;
    static final String A = "s3://train/p/a";
    static final String PREFIX = "s3://train/p/";

    /** For limits that must be exceeded: what they end is expected to fail, or tried again very often. */
    static final Duration SHORT = Duration.ofMillis(300);

    /** Three parts, one part, characters that need escapes, nothing, and a part to the byte. */
    static final Map<String, byte[]> OBJECTS = objects();

    private static Map<String, byte[]> objects() {
        Map<String, byte[]> objects = new LinkedHashMap<>();
        objects.put("p/a", S3Server.bytes(10_000, 1));
        objects.put("p/b", S3Server.bytes(1000, 2));
        objects.put("p/c d+\u00e9%", S3Server.bytes(500, 3));
        objects.put("p/e", new byte[0]);
        objects.put("p/f", S3Server.bytes(PART, 4));
        return objects;
    }

    private static final S3ReadOptions OPTIONS = S3ReadOptions.defaults()
            .partSize(PART)
            .windowBytes(5 * PART)
            .retries(2)
            .pageSize(2);

    static Lie pages(String what, BiConsumer<Request, Page> change) {
        return of("listing", what, new Misbehaviour() {
            @Override
            public void page(Request request, Page page) {
                change.accept(request, page);
            }
        });
    }

    static Lie lists(String what, BiConsumer<Request, Answer> change) {
        return answers("listing", what, (request, answer) -> {
            if (request.isList()) {
                change.accept(request, answer);
            }
        });
    }

    static Lie gets(String kind, String what, BiConsumer<Request, Answer> change) {
        return answers(kind, what, (request, answer) -> {
            if (request.isGet()) {
                change.accept(request, answer);
            }
        });
    }

    /** Once for each object. */
    static Lie getsOnce(String kind, String what, BiConsumer<Request, Answer> change) {
        return gets(kind, what, (request, answer) -> {
            if (request.number() == 0) {
                change.accept(request, answer);
            }
        });
    }

    static Lie answers(String kind, String what, BiConsumer<Request, Answer> change) {
        return of(kind, what, new Misbehaviour() {
            @Override
            public void answer(Request request, Answer answer) {
                change.accept(request, answer);
            }
        });
    }

    static Lie of(String kind, String what, Misbehaviour misbehaviour) {
        return new Lie(kind, what, misbehaviour, null, null, OPTIONS, true, false);
    }

    /** All bytes come, by default. */
    Lie fails(String source, String field) {
        return new Lie(kind, what, misbehaviour, source, field, options, both, hasty);
    }

    Lie failsAtA(String field) {
        return fails(A, field);
    }

    Lie failsListing(String field) {
        return fails(PREFIX, field);
    }

    Lie inWholeParts() {
        return with(options.partSize(20_000).windowBytes(60_000));
    }

    Lie impatiently(int retries) {
        return with(options.noProgressTimeout(SHORT).retries(retries));
    }

    private Lie with(S3ReadOptions options) {
        return new Lie(kind, what, misbehaviour, source, field, options, both, hasty);
    }

    /** The SDK's own HTTP client has another outcome, which is not ours to mend. */
    Lie overReactorNettyOnly() {
        return new Lie(kind, what, misbehaviour, source, field, options, false, hasty);
    }

    Lie hastily() {
        return new Lie(kind, what, misbehaviour, source, field, options, both, true);
    }

    boolean isError() {
        return source != null;
    }

    /** What a reader has got: bytes by key, and an error or none. */
    private record Outcome(Map<String, ByteArrayOutputStream> read, List<Throwable> errors) {

        void assertWhole() {
            assertThat(errors).isEmpty();
            assertThat(read.keySet()).containsExactlyElementsOf(OBJECTS.keySet());
            read.forEach((key, bytes) -> assertThat(bytes.size()).as(key).isEqualTo(OBJECTS.get(key).length));
        }
    }

    /** Reads from a store that misbehaves, and asserts the outcome. */
    void read(IntFunction<S3AsyncClient> clients) throws Exception {
        Outcome outcome = outcome(clients);
        if (isError()) {
            assertThat(outcome.errors).singleElement().satisfies(e -> {
                assertThat(e).isInstanceOf(ObjectReadException.class).hasMessageContaining(field);
                assertThat(((ObjectReadException) e).source()).isEqualTo(source);
                assertThat(e).message().hasLineCount(1);
                ErrorIds.assertHasId(e);
            });
        } else {
            outcome.assertWhole();
        }
    }

    /** Reads likewise, over a client that may fail where others recover, and that has words of its own for it. */
    void readOrFail(IntFunction<S3AsyncClient> clients) throws Exception {
        Outcome outcome = outcome(clients);
        if (outcome.errors.isEmpty()) {
            assertThat(isError()).as("an error was expected").isFalse();
            outcome.assertWhole();
        } else {
            assertThat(outcome.errors).singleElement().satisfies(e -> {
                assertThat(e).isInstanceOf(ObjectReadException.class);
                assertThat(((ObjectReadException) e).source()).startsWith(PREFIX);
                assertThat(e).message().hasLineCount(1);
                ErrorIds.assertHasId(e);
            });
        }
    }

    /** Reads until the end or an error, and compares every byte. */
    private Outcome outcome(IntFunction<S3AsyncClient> clients) throws Exception {
        Map<String, ByteArrayOutputStream> read = new LinkedHashMap<>();
        List<Throwable> errors = new ArrayList<>();
        try (MisbehavingStore store = new MisbehavingStore(OBJECTS, misbehaviour);
                S3AsyncClient client = clients.apply(store.port())) {
            S3Channels.prefix(client, "s3://train/p/", options)
                    .objects()
                    .concatMap(
                            object -> {
                                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                                read.put(object.key().substring("s3://train/".length()), bytes);
                                return object.bytes()
                                        .doOnNext(chunk -> bytes.write(
                                                chunk.array(),
                                                chunk.arrayOffset() + chunk.position(),
                                                chunk.remaining()));
                            },
                            0)
                    .then()
                    .onErrorResume(e -> {
                        errors.add(e);
                        return Flux.<Void>empty().then();
                    })
                    .block(Patience.PATIENCE);
        }
        read.forEach((key, bytes) -> {
            byte[] right = OBJECTS.get(key);
            assertThat(right).as("an object '" + key + "'").isNotNull();
            assertThat(Arrays.mismatch(bytes.toByteArray(), right))
                    .as("the first wrong byte of " + key)
                    .isIn(-1, bytes.size());
        });
        return new Outcome(read, errors);
    }

    /** The row of docs/reliability.md. */
    String row() {
        return "| " + kind + " | " + what + " | " + (isError() ? "error: " + field : "all bytes") + " |";
    }

    @Override
    public String toString() {
        return kind + ": " + what;
    }
}
