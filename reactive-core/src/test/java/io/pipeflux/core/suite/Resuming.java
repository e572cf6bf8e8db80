package io.pipeflux.core.suite;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.Pass;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumeMismatchException;
import io.pipeflux.core.ResumePoint;
import java.util.List;
import reactor.core.publisher.Flux;

/** Reads up to a record, stores the resume point as its user does, and reads on from there. */
public final class Resuming {

    private Resuming() {}

    /** Returns the point after the n-th record, counted from 0, as it was stored: never longer than is promised. */
    public static ResumePoint after(Flux<RawRecord> records, int n) {
        String json = records.elementAt(n).block().resumeAt().toJson();
        assertThat(json.getBytes(UTF_8)).hasSizeLessThan(400);
        return ResumePoint.fromJson(json);
    }

    /** Returns the payloads of all records. */
    public static List<String> texts(Flux<RawRecord> records) {
        return records.map(record -> UTF_8.decode(record.bytes()).toString())
                .collectList()
                .block();
    }

    /** Returns the payloads of the records from a point on. */
    public static List<String> rest(Flux<RawRecord> records, ResumePoint point) {
        return texts(records.contextWrite(Pass.resumeAt(point)));
    }

    /** Asserts that a point of other data is refused, and that the message has these words and names the way on. */
    public static void assertRefused(Flux<RawRecord> records, ResumePoint point, String... words) {
        assertThatThrownBy(() -> rest(records, point))
                .isInstanceOf(ResumeMismatchException.class)
                .hasMessageContainingAll(words)
                .hasMessageContaining("point.unchecked()");
    }
}
