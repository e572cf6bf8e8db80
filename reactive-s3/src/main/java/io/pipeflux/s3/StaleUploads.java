package io.pipeflux.s3;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Objects;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.MultipartUpload;

/** Aborts the uploads that other processes have abandoned. The uploads are listed page by page. */
final class StaleUploads {

    private static final int ABORTS_IN_FLIGHT = 4;

    private final WriteCalls calls;
    private final S3Uri prefix;
    private final Duration age;

    StaleUploads(WriteCalls calls, S3Uri prefix, Duration age) {
        this.calls = calls;
        this.prefix = prefix;
        this.age = age;
    }

    /** Aborts the uploads, and emits how many were aborted. Uploads that have ended in the meantime are not counted. */
    Mono<Long> abort() {
        return calls.list(prefix, null, null)
                .expand(this::next)
                .concatMap(
                        page -> Flux.fromIterable(stale(page))
                                .flatMap(it -> calls.abort(object(it), it.uploadId()), ABORTS_IN_FLIGHT),
                        0)
                .filter(existed -> existed)
                .count();
    }

    private Mono<ListMultipartUploadsResponse> next(ListMultipartUploadsResponse page) {
        if (page.isTruncated() == null) {
            throw WriteFailures.answer(prefix, "IsTruncated in a page of uploads", null);
        }
        if (!page.isTruncated()) {
            return Mono.empty();
        }
        String key = page.nextKeyMarker();
        if (key == null
                || key.isEmpty()
                || (key.equals(page.keyMarker()) && Objects.equals(page.nextUploadIdMarker(), page.uploadIdMarker()))) {
            throw WriteFailures.answer(prefix, "another NextKeyMarker in a page of uploads that is not the last", key);
        }
        return calls.list(prefix, key, page.nextUploadIdMarker());
    }

    private List<MultipartUpload> stale(ListMultipartUploadsResponse page) {
        Instant before = before(now(page), age);
        return page.uploads().stream()
                .filter(it -> initiated(it).isBefore(before))
                .toList();
    }

    private static Instant before(Instant now, Duration age) {
        try {
            return now.minus(age);
        } catch (DateTimeException | ArithmeticException e) {
            // the result is too early for an Instant, and no upload is that old
            return Instant.MIN;
        }
    }

    private Instant initiated(MultipartUpload upload) {
        if (upload.uploadId() == null || upload.key() == null || !upload.key().startsWith(prefix.prefix())) {
            throw WriteFailures.answer(prefix, "the id of an upload under the prefix", upload.toString());
        }
        if (upload.initiated() == null) {
            throw WriteFailures.answer(object(upload), "the time at which the upload was initiated", null);
        }
        return upload.initiated();
    }

    /**
     * Returns the store's current time. This machine's clock is not used, because it may be wrong, and uploads in
     * progress could then be aborted.
     */
    private Instant now(ListMultipartUploadsResponse page) {
        String date = page.sdkHttpResponse().firstMatchingHeader("Date").orElse(null);
        try {
            if (date != null) {
                return Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date));
            }
        } catch (DateTimeException e) {
            // an invalid date is an error, like a missing one
        }
        throw WriteFailures.answer(prefix, "the store's time in the header Date of a page of uploads", date);
    }

    private S3Uri object(MultipartUpload upload) {
        return new S3Uri(prefix.bucket(), upload.key());
    }
}
