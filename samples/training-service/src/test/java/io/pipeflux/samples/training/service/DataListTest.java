package io.pipeflux.samples.training.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.ObjectBytes;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;

class DataListTest {

    /** Objects of 10 bytes, named by single characters; an upper case letter is another version of the object. */
    private static DataList list(String names) {
        return list(names.chars()
                .mapToObj(each -> ObjectBytes.of(
                        String.valueOf((char) Character.toLowerCase(each)),
                        0,
                        10,
                        Character.isUpperCase(each) ? "2" : "1",
                        from -> Flux.empty())));
    }

    private static DataList list(Stream<ObjectBytes> objects) {
        DataList.Builder builder = new DataList.Builder();
        objects.forEach(builder::add);
        return builder.build();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "bcd, bcd, -",
                "bcd, abcd, a was added",
                "bcd, bcde, e was added",
                "bcd, bd, c was removed",
                "bcd, bc, d was removed",
                "bcd, bxd, c was removed",
                "bxd, bcd, c was added",
                "bcdy, bdyz, c was removed",
                "bcd, cbd, b has a different place in the list"
            })
    void theFirstDifferenceIsNamed(String before, String now, String difference) {
        assertThat(list(before).difference(list(now))).isEqualTo(difference);
        assertThat(Json.read(Json.text(list(before)), DataList.class).difference(list(now)))
                .isEqualTo(difference);
    }

    @Test
    void anObjectThatWasReplacedIsNamedWithBothVersions() {
        assertThat(list("bcd").difference(list("bCd"))).startsWith("c was replaced: it had 10 bytes");
    }

    @Test
    void ofSeveralChangesTheFirstByKeyIsNamed() {
        assertThat(list("bcdE").difference(list("bDe"))).isEqualTo("c was removed");
        assertThat(named("p-00009", "p-00010").difference(named("p-00009", "p-00010x")))
                .isEqualTo("p-00010 was removed");
        // in UTF-16, the second key would be the first
        assertThat(named().difference(named("\uff5e", "\ud83d\ude00"))).isEqualTo("\uff5e was added");
    }

    private static DataList named(String... keys) {
        return list(Stream.of(keys).map(key -> ObjectBytes.of(key, 0, 10, "1", from -> Flux.empty())));
    }

    /** Whether an object after the last one that was kept is new is not known. */
    @Test
    void beyondTheKeptObjectsNothingIsNamed() {
        DataList many = list(numbers(DataList.MOST + 1));
        assertThat(many.isWhole()).isFalse();
        assertThat(many.objects()).hasSize(DataList.MOST);
        assertThat(many.difference(list(numbers(DataList.MOST + 2)))).isNull();
        assertThat(many.difference(list(numbers(DataList.MOST - 1)))).isEqualTo("9999 was removed");
        assertThat(list(numbers(DataList.MOST - 1)).difference(many)).isEqualTo("9999 was added");
    }

    private static Stream<ObjectBytes> numbers(int count) {
        return IntStream.range(0, count).mapToObj(i -> ObjectBytes.of("" + i, 0, 1, null, from -> Flux.empty()));
    }
}
