package io.pipeflux.samples.training.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.ObjectBytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;

class UnchangedDataTest {

    /** Objects that are named by single characters; an upper case letter is another version of the object. */
    private static Flux<ObjectBytes> objects(String names) {
        return Flux.fromStream(() -> names.chars()
                .mapToObj(each -> object(
                        String.valueOf((char) Character.toLowerCase(each)), Character.isUpperCase(each) ? "2" : "1")));
    }

    private static ObjectBytes object(String key, String etag) {
        return ObjectBytes.of(key, 0, 10, etag, from -> Flux.empty());
    }

    private static UnchangedData first(Flux<ObjectBytes> objects) {
        return new UnchangedData(DataHash.of(objects).blockOptional().orElseThrow());
    }

    @Test
    void equalEpochsPass() {
        Flux<ObjectBytes> epoch = first(objects("bcd")).require(objects("bcd"));
        assertThat(epoch.repeat(2).map(ObjectBytes::key).collectList().block())
                .containsExactly("b", "c", "d", "b", "c", "d", "b", "c", "d");
    }

    @ParameterizedTest
    @CsvSource({
        "abcd, '', a was added",
        "bcde, bcd, e was added",
        "bd, b, c was removed",
        "bc, bc, d was removed",
        "bCd, b, c was replaced: it had 10 bytes",
        "bD, b, c was removed",
        "'', '', b was removed"
    })
    void anEpochWithOtherObjectsFails(String now, String emitted, String difference) {
        List<String> got = new ArrayList<>();
        assertThatThrownBy(() -> first(objects("bcd"))
                        .require(objects(now))
                        .doOnNext(each -> got.add(each.key()))
                        .blockLast())
                .hasMessageStartingWith("the data of train has changed: " + difference)
                .hasMessageEndingWith("during the job; submit a new job");
        assertThat(String.join("", got)).isEqualTo(emitted);
    }

    @Test
    void aDifferenceAfterTheKeptObjectsFailsAtTheEnd() {
        int count = DataList.MOST + 2;
        UnchangedData first = first(numbers(count, "1"));
        assertThat(first.require(numbers(count, "1")).count().block()).isEqualTo(count);
        for (Flux<ObjectBytes> now : List.of(numbers(count + 1, "1"), numbers(count - 1, "1"), numbers(count, "2"))) {
            assertThatThrownBy(() -> first.require(now).blockLast())
                    .hasMessageContaining("expected 10002 objects of 100020 bytes, hash ")
                    .hasMessageContaining(", but got 1000");
        }
        assertThatThrownBy(() -> first.require(numbers(DataList.MOST - 1, "1")).blockLast())
                .hasMessageContaining("k09999 was removed");
    }

    /** Numbered objects, the last of which has this ETag. */
    private static Flux<ObjectBytes> numbers(int count, String etag) {
        return Flux.fromStream(() -> IntStream.range(0, count)
                .mapToObj(i -> object(String.format(Locale.ROOT, "k%05d", i), i == count - 1 ? etag : "1")));
    }
}
