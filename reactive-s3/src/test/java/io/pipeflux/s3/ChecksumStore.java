package io.pipeflux.s3;

import io.pipeflux.s3.test.Answer;
import io.pipeflux.s3.test.MisbehavingStore;
import io.pipeflux.s3.test.MisbehavingStore.Misbehaviour;
import io.pipeflux.s3.test.MisbehavingStore.Request;
import io.pipeflux.s3.test.Page;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A store that states checksums where it is asked to, as S3 does, and spoils the answers that a test chooses. */
final class ChecksumStore implements AutoCloseable, Misbehaviour {

    private static final Pattern FROM = Pattern.compile("bytes=(\\d+)-.*");

    private final Map<String, byte[]> objects;
    private final MisbehavingStore store;
    private volatile SumKind kind = SumKind.CRC32C;
    private volatile String value = "";
    private volatile String type = "FULL_OBJECT";
    private volatile List<Integer> parts = List.of();
    private volatile String listed = "";
    private volatile BiConsumer<Request, Answer> spoil = (request, answer) -> {};

    ChecksumStore(Map<String, byte[]> objects) throws IOException {
        this.objects = objects;
        this.store = new MisbehavingStore(objects, this);
    }

    /** The connections on which a HEAD waits for its answer. */
    int stalled() {
        return store.stalled();
    }

    int port() {
        return store.port();
    }

    /** The kind of the checksums; null for none. */
    ChecksumStore kind(SumKind kind) {
        this.kind = kind;
        return this;
    }

    /** What is stated instead of the right checksum. */
    ChecksumStore states(String value) {
        this.value = value;
        return this;
    }

    /** The type of the checksums; null for none. */
    ChecksumStore type(String type) {
        this.type = type;
        return this;
    }

    /** The algorithm in listings. */
    ChecksumStore lists(String algorithm) {
        this.listed = algorithm;
        return this;
    }

    /** The sizes in which each object was uploaded, whose checksum is then composite. */
    ChecksumStore parts(Integer... sizes) {
        this.parts = List.of(sizes);
        return type(sizes.length == 0 ? "FULL_OBJECT" : "COMPOSITE");
    }

    ChecksumStore spoil(BiConsumer<Request, Answer> spoil) {
        this.spoil = spoil;
        return this;
    }

    /** Does so to the first answers that have the object's byte at this offset. */
    ChecksumStore flip(int offset, int times) {
        AtomicInteger left = new AtomicInteger(times);
        return spoil((request, answer) -> {
            int at = offset - from(request);
            if (request.isGet() && at >= 0 && at < answer.body().length && left.getAndDecrement() > 0) {
                flip(answer, at);
            }
        });
    }

    BiConsumer<Request, Answer> flips() {
        return spoil;
    }

    static void flip(Answer answer, int at) {
        byte[] altered = answer.body().clone();
        altered[at] ^= 4;
        answer.bodyAlone(altered);
    }

    /** The offset of an answer's first byte. */
    static int from(Request request) {
        Matcher range = FROM.matcher(request.headers().getOrDefault("range", ""));
        return range.matches() ? Integer.parseInt(range.group(1)) : 0;
    }

    List<Request> gets() {
        return store.requests().stream().filter(Request::isGet).toList();
    }

    List<Request> heads() {
        return store.requests().stream().filter(r -> r.method().equals("HEAD")).toList();
    }

    static String sum(SumKind kind, byte[] bytes) {
        SumKind.Sum sum = kind.start();
        sum.update(bytes, 0, bytes.length);
        return SumKind.text(sum.value());
    }

    private String right(Request request, Answer answer) {
        byte[] object = objects.get(request.key());
        if (parts.isEmpty()) {
            return sum(kind, object);
        }
        int number = Integer.parseInt(request.query().getOrDefault("partNumber", "0"));
        SumKind.Sum all = kind.start();
        int from = 0;
        for (int i = 1; i <= parts.size(); i++) {
            byte[] part = Arrays.copyOfRange(object, from, from + parts.get(i - 1));
            if (i == number) {
                answer.status(206)
                        .header("Content-Length", part.length)
                        .header(
                                "Content-Range",
                                "bytes " + from + "-" + (from + part.length - 1) + "/" + object.length);
                return sum(kind, part);
            }
            byte[] sum = kind.sum(part);
            all.update(sum, 0, sum.length);
            from += part.length;
        }
        return SumKind.text(all.value()) + "-" + parts.size();
    }

    @Override
    public void page(Request request, Page page) {
        page.algorithm = listed.isEmpty() ? null : listed;
    }

    @Override
    public void answer(Request request, Answer answer) {
        boolean asked = "ENABLED".equals(request.headers().get("x-amz-checksum-mode"));
        if (asked && kind != null && answer.status() == 200 && !request.isList()) {
            String right = right(request, answer);
            answer.header(
                    "x-amz-checksum-" + kind.name().toLowerCase(java.util.Locale.ROOT),
                    value.isEmpty() ? right : value);
            if (type != null) {
                answer.header("x-amz-checksum-type", type);
            }
        }
        spoil.accept(request, answer);
    }

    @Override
    public void close() throws IOException {
        store.close();
    }
}
