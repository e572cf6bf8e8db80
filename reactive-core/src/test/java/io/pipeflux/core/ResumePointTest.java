package io.pipeflux.core;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.internal.Blocks;
import io.pipeflux.core.internal.Fnv1a;
import io.pipeflux.core.internal.Share;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResumePointTest {

    private static final Share ALL = new Share(1, 0);

    private static ResumePoint of(String key, long ordinal) {
        ObjectBytes object = ObjectBytes.of(key, ordinal, 1000, "\"etag\"", from -> {
            throw new AssertionError("not read");
        });
        return new ResumePoint(
                new Position(0, ordinal, 4096, 17), 0, new Identity(Identity.Source.of(object), null, null));
    }

    // == golden files: what was once written is read for ever ==

    private static List<String> lines(String resource) {
        try (InputStream in = ResumePointTest.class.getResourceAsStream(resource)) {
            return new String(in.readAllBytes(), UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void readsWhatWasWrittenBeforeFormatsWereNumberedAndComparesItWithNothing() {
        assertThat(lines("resume-points-unnumbered.jsonl").stream().map(ResumePoint::fromJson))
                .containsExactly(
                        ResumePoint.START,
                        new ResumePoint(new Position(0, Position.NO_OBJECT, 1024, 17), 0),
                        new ResumePoint(new Position(3, 2, 0, 100), 41),
                        new ResumePoint(new Position(1, 0, Long.MAX_VALUE, Long.MAX_VALUE), 0))
                .allSatisfy(point -> assertThat(point.identity()).isNull());
    }

    private static List<ResumePoint> ofFormatOne() {
        Identity.Source object = Identity.Source.of("s3://bucket/train/part-3", 1000, "\"etag\"", null);
        Identity.Source listed = Identity.Source.of(
                "s3://bucket/ü \"\\\n\u0001", 0, null, new ListOrigin(null, ALL, -1, 0x0123456789abcdefL));
        Identity.Source shuffled = Identity.Source.of(
                "file:///data/a",
                5,
                "modified 2026-01-02T03:04:05.006Z",
                new ListOrigin(-42L, new Share(4, 3), 1_000_000, -1));
        Share shard = new Share(3, 1);
        Blocks blocks = new Blocks(4096, 7, false, null);
        Position at = new Position(2, 3, 4096, 1700);
        return List.of(
                ResumePoint.START,
                new ResumePoint(new Position(1, Position.NO_OBJECT, 1024, 17), 3, new Identity(null, null, null)),
                new ResumePoint(
                        new Position(1, Position.NO_OBJECT, 1024, 17),
                        0,
                        new Identity(Identity.Source.ofContent("s3://bucket/train/ as TFRecord"), null, shard)),
                new ResumePoint(at, 0, new Identity(object, null, null)),
                new ResumePoint(at, 12, new Identity(listed, blocks, null)),
                new ResumePoint(at, 12, new Identity(shuffled, new Blocks(8, -9, false, 0xfedcba9876543210L), shard)));
    }

    @Test
    void readsAndWritesFormatOne() {
        List<String> golden = lines("resume-points-format-1.jsonl");
        assertThat(ofFormatOne().stream().map(ResumePoint::toJson)).containsExactlyElementsOf(golden);
        assertThat(golden.stream().map(ResumePoint::fromJson)).containsExactlyElementsOf(ofFormatOne());
    }

    @Test
    void hashesNeverChange() {
        assertThat(Fnv1a.bytes(Fnv1a.EMPTY, new byte[0])).isEqualTo(0xcbf29ce484222325L);
        assertThat(Fnv1a.bytes(Fnv1a.EMPTY, "a".getBytes(UTF_8))).isEqualTo(0xaf63dc4c8601ec8cL);
        assertThat(Fnv1a.bytes(Fnv1a.EMPTY, "foobar".getBytes(UTF_8))).isEqualTo(0x85944171f73967e8L);
        assertThat(Fnv1a.part(Fnv1a.part(Fnv1a.EMPTY, "ab"), "c"))
                .isNotEqualTo(Fnv1a.part(Fnv1a.part(Fnv1a.EMPTY, "a"), "bc"));
    }

    // == refused, by the field's name ==

    private static String json(String changed) {
        String whole = "{\"format\":1,\"epoch\":0,\"object\":3,\"byte\":4096,\"record\":17,\"drop\":0,"
                + "\"id\":\"0123456789abcdef\",\"key\":\"k\",\"list\":\"0123456789abcdef\",\"count\":10,\"seed\":1,"
                + "\"share\":\"2/0\",\"shuffle\":\"8/1\",\"span\":\"0123456789abcdef\",\"shard\":\"2/1\"}";
        String name = changed.substring(0, changed.indexOf(':') + 1);
        assertThat(whole).contains(name);
        String without = whole.replaceFirst("[,{]" + name + "(\"[^\"]*\"|[0-9]+)", "");
        return (without.startsWith("{") ? without : "{" + without.substring(1)).replaceFirst("}$", "," + changed + "}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"epoch\":-1",
                "\"epoch\":4611686018427387904",
                "\"epoch\":9223372036854775807",
                "\"object\":-2",
                "\"byte\":-1",
                "\"record\":-1",
                "\"drop\":-1",
                "\"drop\":9223372036854775807",
                "\"epoch\":1.5",
                "\"epoch\":\"1\"",
                "\"epoch\":null",
                "\"epoch\":[1]",
                "\"byte\":9223372036854775808",
                "\"format\":0",
                "\"format\":-1",
                "\"format\":true",
                "\"id\":\"0123456789abcde\"",
                "\"id\":\"0123456789ABCDEF\"",
                "\"id\":5",
                "\"key\":5",
                "\"list\":\"\"",
                "\"count\":-1",
                "\"seed\":\"1\"",
                "\"share\":\"2/2\"",
                "\"share\":\"0/0\"",
                "\"share\":\"2\"",
                "\"shuffle\":\"0/1\"",
                "\"shuffle\":\"2147483648/1\"",
                "\"shuffle\":\"8/9223372036854775808\"",
                "\"span\":\"x\"",
                "\"shard\":\"2/-1\""
            })
    void refusesAFieldThatIsNotLegalByItsName(String changed) {
        String name = changed.substring(1, changed.indexOf('"', 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ResumePoint.fromJson(json(changed)))
                .withMessageContaining(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoch", "object", "byte", "record", "drop", "id", "key", "count", "seed"})
    void refusesAMissingFieldByItsName(String name) {
        String text = json("\"" + name + "\":0").replaceFirst(",\"" + name + "\":0}$", "}");
        assertThat(text).doesNotContain("\"" + name + "\"");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ResumePoint.fromJson(text))
                .withMessageContaining("expected a field \"" + name + "\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoch", "object", "byte", "record", "drop"})
    void refusesNegativeNumbersAlsoInWhatHasNoFormat(String name) {
        String text = ResumePoint.START.toJson().replace("\"format\":1,", "").replace(",\"unchecked\":true", "");
        assertThat(ResumePoint.fromJson(text)).isEqualTo(ResumePoint.START);
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> ResumePoint.fromJson(text.replaceFirst("\"" + name + "\":-?\\d", "\"" + name + "\":-7")))
                .withMessageContaining("\"" + name + "\"")
                .withMessageContaining("-7");
    }

    @ParameterizedTest
    @ValueSource(strings = {"%s{}", "%sx", "%s,", "%s1", "[%s]", "", " ", "null", "7", "{", "{\"epoch\":1", "\"%s\""})
    void refusesWhatIsNotOneJsonObjectAndNothingElse(String around) {
        String text = String.format(around, ResumePoint.START.toJson());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ResumePoint.fromJson(text))
                .withMessageStartingWith("not a resume point: ");
        assertThat(ResumePoint.fromJson(" " + ResumePoint.START.toJson() + "\n"))
                .isEqualTo(ResumePoint.START);
    }

    @Test
    void refusesAFieldThatIsThereTwice() {
        String text = of("k", 3).toJson().replace("{", "{\"byte\":0,");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ResumePoint.fromJson(text))
                .withMessageContaining("\"byte\" twice");
    }

    @Test
    void refusesANewerFormatByItsNumberWhateverItsFieldsAre() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ResumePoint.fromJson("{\"at\":{\"epoch\":1},\"format\":3}"))
                .withMessageContaining("its format is 3")
                .withMessageContaining("up to 2");
    }

    @Test
    void ignoresUnknownFieldsOfAFormatThatItKnows() {
        ResumePoint point = of("k", 3);
        assertThat(ResumePoint.fromJson(point.toJson().replace("{", "{\"x\":{\"epoch\":[5]},\"y\":-1,")))
                .isEqualTo(point);
    }

    @Test
    void aPointOfNegativeNumbersIsRefusedWhereItIsMade() {
        assertThatThrownBy(() -> new ResumePoint(new Position(-1, 0, 0, 0), 0)).hasMessageContaining("epoch >= 0");
        assertThatThrownBy(() -> new ResumePoint(new Position(0, -2, 0, 0), 0)).hasMessageContaining("object >= -1");
        assertThatThrownBy(() -> new ResumePoint(new Position(0, 0, -3, 0), 0)).hasMessageContaining("got -3");
        assertThatThrownBy(() -> new ResumePoint(new Position(0, 0, 0, -1), 0)).hasMessageContaining("record >= 0");
        assertThatThrownBy(() -> new ResumePoint(Position.START, -1)).hasMessageContaining("drop >= 0");
        assertThatThrownBy(() -> new ResumePoint(new Position(0, 0, 0, 2), Long.MAX_VALUE - 1))
                .hasMessageContaining("2^63");
    }

    @Test
    void aShardIsBeforeTheShuffleOrAfterItAndNotBoth() {
        String before = json("\"shard\":\"2/1\"");
        String after = before.replace("\"shard\"", "\"later\"");
        assertThat(ResumePoint.fromJson(after)).isNotEqualTo(ResumePoint.fromJson(before));
        assertThat(ResumePoint.fromJson(ResumePoint.fromJson(after).toJson())).isEqualTo(ResumePoint.fromJson(after));
        for (String wrong : List.of(
                before.replaceFirst("}$", ",\"later\":\"2/1\"}"),
                after.replace("\"shuffle\"", "\"other\""),
                after.replace("2/1", "2/2"))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ResumePoint.fromJson(wrong))
                    .withMessageContaining("later");
        }
    }

    @Test
    void withoutItsIdentityAPointIsUncheckedAlsoAfterBeingStored() {
        ResumePoint point = of("k", 3);
        assertThat(point.unchecked()).isNotEqualTo(point).isEqualTo(new ResumePoint(point.position(), point.drop()));
        assertThat(ResumePoint.fromJson(point.unchecked().toJson())).isEqualTo(point.unchecked());
        assertThat(ResumePoint.fromJson(point.toJson())).isEqualTo(point);
    }

    // == its size ==

    private static void assertSmall(ResumePoint point) {
        String json = point.toJson();
        assertThat(json.getBytes(UTF_8)).as(json).hasSizeLessThan(400);
        assertThat(ResumePoint.fromJson(json)).isEqualTo(point);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\u0001", "\n", "\"", "\\", "/", "x", "ü", "語", "\ud83d\ude00", "\ud83d", "\u007f", "\u2028"})
    void aKeyOfTheLongestKindTakesAtMost120Bytes(String character) {
        String key = character.repeat(1024);
        ResumePoint point = of(key, 3);
        assertSmall(point);
        String json = point.toJson();
        String cut = json.substring(json.indexOf("\"key\":\"") + 7, json.length() - 2);
        assertThat(cut.getBytes(UTF_8).length).isBetween(115, 120);
        assertThat(ResumePoint.fromJson(json).toJson()).isEqualTo(json);
        if (!character.equals("\ud83d")) { // half a character becomes a question mark
            assertThat(key)
                    .startsWith(ResumePoint.fromJson(json).identity().source().key());
        }
    }

    @Test
    void isLessThan400BytesWhateverItsNumbersAre() {
        Position far = new Position((1L << 62) - 1, Long.MAX_VALUE, Long.MAX_VALUE, 0);
        Share share = new Share(Integer.MAX_VALUE, Integer.MAX_VALUE - 1);
        ListOrigin place = new ListOrigin(Long.MIN_VALUE, share, Integer.MAX_VALUE, -1);
        Blocks blocks = new Blocks(Integer.MAX_VALUE, Long.MIN_VALUE, true, -1L);
        for (String key : List.of("s3://b/k", "x".repeat(1024), "\u0001".repeat(1024), "語".repeat(341))) {
            assertSmall(new ResumePoint(
                    far, Long.MAX_VALUE, new Identity(Identity.Source.of(key, -1, null, place), blocks, share)));
            ListOrigin rest = place.in(new ListOrigin.InRest(-1, -1, null, false));
            Blocks restored = new Blocks(Integer.MAX_VALUE, Long.MIN_VALUE, false, -1L, Integer.MAX_VALUE, 1L << 32);
            assertSmall(new ResumePoint(
                    far, Long.MAX_VALUE, new Identity(Identity.Source.of(key, -1, null, rest), restored, null)));
        }
    }

    @Test
    void comesBackFromJsonWhateverItPointsInto() {
        Random random = new Random(3);
        for (int i = 0; i < 5000; i++) {
            StringBuilder key = new StringBuilder();
            for (int n = random.nextInt(200); n > 0; n--) {
                key.append((char) (random.nextBoolean() ? random.nextInt(128) : random.nextInt(0x10000)));
            }
            Share share = new Share(1 + random.nextInt(1 << random.nextInt(31)), 0);
            ListOrigin place = random.nextBoolean()
                    ? new ListOrigin(null, share, ListOrigin.NOT_COUNTED, random.nextLong())
                    : new ListOrigin(random.nextLong(), share, random.nextInt(1000), random.nextLong());
            boolean sharded = random.nextBoolean();
            Blocks blocks = new Blocks(
                    1 + random.nextInt(1000),
                    random.nextLong(),
                    sharded && random.nextBoolean(),
                    random.nextBoolean() ? random.nextLong() : null);
            assertSmall(new ResumePoint(
                    new Position(random.nextInt(9), random.nextInt(1000), random.nextLong() >>> 1, random.nextInt(99)),
                    random.nextInt(1000),
                    new Identity(
                            Identity.Source.of(
                                    key.toString(), random.nextInt(), "v", random.nextBoolean() ? place : null),
                            random.nextBoolean() ? blocks : null,
                            sharded ? share : null)));
        }
    }

    @Test
    void namesItsObjectWithoutControlCharacters() {
        assertThat(of("s3://b/a\nINFO all is well", 3))
                .hasToString("ResumePoint[epoch 0, object 3, byte 4096, record 17, drop 0, of "
                        + "\"s3://b/a\\u000aINFO all is well\"]");
    }
}
