package io.pipeflux.s3;

import static io.pipeflux.s3.test.LyingStore.contents;
import static io.pipeflux.s3.test.LyingStore.page;
import static io.pipeflux.s3.test.LyingStore.token;
import static io.pipeflux.s3.test.LyingStore.truncated;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.s3.test.LyingStore;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/** A listing ends where the store says so, and nowhere else; what cannot be right is an error, not an end. */
class LyingListingTest extends S3Test {

    private LyingStore store;

    @BeforeEach
    void startStore() throws IOException {
        store = LyingStore.start();
    }

    @AfterEach
    void stopStore() {
        store.close();
    }

    @Test
    void aPageWithMoreToComeAndWithoutATokenIsFollowedByTheKeysAfterItsLast() {
        store.pages(
                page(List.of("p/a", "p/b"), truncated(true)),
                page(List.of("p/c/"), truncated(true)), // one that is left out counts, too
                page(List.of("p/d"), truncated(true), token("t")),
                page(List.of("p/e"), truncated(false)));

        StepVerifier.create(keys())
                .expectNext("p/a", "p/b", "p/c/", "p/d", "p/e")
                .verifyComplete();

        assertThat(store.listings())
                .extracting(query -> query.get("start-after"), query -> query.get("continuation-token"))
                .containsExactly(tuple(null, null), tuple("p/b", null), tuple("p/c/", null), tuple(null, "t"));
    }

    static Stream<Arguments> lies() {
        String last = truncated(false);
        String more = truncated(true);
        return Stream.of(
                lie("the same page again, asked for by its last key", 2, page(List.of("p/a", "p/b"), more)),
                lie("no key and no token, but more to come", 0, more),
                lie("an empty token and no key", 0, more + token("")),
                lie(
                        "the same token again, with keys",
                        1,
                        page(List.of("p/a"), more, token("t")),
                        page(List.of("p/b"), more, token("t"))),
                lie("the same token again, without keys", 0, more + token("t")),
                lie(
                        "two tokens in turn",
                        2,
                        page(List.of("p/a"), more, token("t")),
                        page(List.of("p/b"), more, token("u")),
                        page(List.of("p/a"), more, token("t"))),
                lie("a key before the one before", 0, page(List.of("p/b", "p/a"), last)),
                lie("a key twice", 0, page(List.of("p/a", "p/a"), last)),
                lie(
                        "a key before the last of the page before",
                        1,
                        page(List.of("p/b"), more, token("t")),
                        page(List.of("p/a"), last)),
                lie(
                        "the last key of the page before",
                        1,
                        page(List.of("p/b"), more, token("t")),
                        page(List.of("p/b"), last)),
                lie(
                        "keys in the order of UTF-16, then of UTF-8",
                        2,
                        page(List.of("p/\ud83d\ude00", "p/\uff5e"), more, token("t")),
                        page(List.of("p/\uff5f", "p/\ud83d\ude01"), last)),
                lie("no word of whether it is the last", 0, page(List.of("p/a"))),
                lie("no word of whether it is the last, but a token", 0, page(List.of("p/a"), token("t"))),
                lie("nothing at all", 0, ""),
                lie("a key that does not begin with the prefix", 0, page(List.of("p/a", "q/a"), last)),
                lie("a key that is the prefix in other letters", 0, page(List.of("P/a"), last)),
                lie("no key", 0, "<Contents><Size>1</Size></Contents>" + last),
                lie("fewer keys than it counts", 0, page(List.of("p/a"), last, "<KeyCount>2</KeyCount>")),
                lie("more keys than it counts", 0, page(List.of("p/a"), last, "<KeyCount>0</KeyCount>")),
                lie("no size", 0, contents("p/a", "") + last),
                lie("a size below zero", 0, contents("p/a", "<Size>-1</Size>") + last));
    }

    private static Arguments lie(String name, int objectsBefore, String... pages) {
        return Arguments.of(name, objectsBefore, pages);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lies")
    void whatCannotBeRightIsAnErrorAfterTheObjectsOfThePagesBefore(String name, int objectsBefore, String[] pages) {
        store.pages(pages);

        StepVerifier.create(keys())
                .expectNextCount(objectsBefore)
                .verifyErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(ObjectReadException.class)
                        .hasMessageContaining("cannot be right: expected ")
                        .hasMessageContaining(", but got "));
    }

    @Test
    void keysInTheOrderOfUtf8AreRight() {
        store.pages(page(List.of("p/a", "p/\uff5e", "p/\ud83d\ude00"), truncated(false)));

        StepVerifier.create(keys()).expectNextCount(3).verifyComplete();
    }

    @Test
    void keysInTheOrderOfUtf16AreRightToo() {
        store.pages(page(List.of("p/a", "p/\ud83d\ude00", "p/\uff5e"), truncated(false)));

        StepVerifier.create(keys()).expectNextCount(3).verifyComplete();
    }

    @Test
    void aPageMayCountItsKeys() {
        store.pages(
                page(List.of("p/a", "p/b"), truncated(true), token("t"), "<KeyCount>2</KeyCount>"),
                page(List.of(), truncated(false), "<KeyCount>0</KeyCount>"));

        StepVerifier.create(keys()).expectNextCount(2).verifyComplete();
    }

    @Test
    void aThousandPagesWithoutKeysAreTooMany() {
        ListingCheck check = new ListingCheck(S3Uri.parse("s3://train/p/"));
        passOver(check, 999);
        check.take(response(List.of("p/a"), true, "found"));
        passOver(check, 999);

        assertThatThrownBy(() -> passOver(check, 1))
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining("expected a key in 1000 pages");
    }

    @Test
    void aListingThatNeverHasAKeyNorAnEndIsGivenUp() {
        store.pages((n, query) -> truncated(true) + token("t" + n));

        StepVerifier.create(keys())
                .verifyErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(ObjectReadException.class)
                        .hasMessageContaining("page 1000 of the store's listing"));

        assertThat(store.listings()).hasSize(1000);
    }

    @Test
    void aListingWhoseKeysComeAfter999PagesWithoutOneIsRead() {
        store.pages((n, query) -> n < 999 ? truncated(true) + token("t" + n) : page(List.of("p/a"), truncated(false)));

        StepVerifier.create(keys()).expectNext("p/a").verifyComplete();
    }

    private static void passOver(ListingCheck check, int pages) {
        for (int i = 0; i < pages; i++) {
            check.take(response(List.of(), true, check.token() + "+"));
        }
    }

    @Test
    void theKeysOfADirectoryBucketHaveNoOrder() {
        ListingCheck check = new ListingCheck(S3Uri.parse("s3://train--use1-az4--x-s3/p/"));

        check.take(response(List.of("p/b", "p/a"), true, "t"));
        check.take(response(List.of("p/0"), false, null));

        assertThat(check.isEnded()).isTrue();
        assertThatThrownBy(() -> new ListingCheck(S3Uri.parse("s3://train--x-s3x/p/"))
                        .take(response(List.of("p/b", "p/a"), true, "t")))
                .isInstanceOf(ObjectReadException.class);
    }

    @Test
    void aDirectoryBucketIsNotListedOnByItsLastKey() {
        ListingCheck check = new ListingCheck(S3Uri.parse("s3://train--use1-az4--x-s3/p/"));

        assertThatThrownBy(() -> check.take(response(List.of("p/b", "p/a"), true, null)))
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining("expected a NextContinuationToken");
    }

    @Test
    void aCircleOfTokensIsFoundInADirectoryBucket() {
        for (int circle = 1; circle < 40; circle++) {
            for (int before = 0; before < 20; before++) {
                ListingCheck check = new ListingCheck(S3Uri.parse("s3://train--use1-az4--x-s3/p/"));
                assertThatThrownBy(goRound(check, before, circle))
                        .isInstanceOf(ObjectReadException.class)
                        .hasMessageContaining("again");
            }
        }
        ListingCheck check = new ListingCheck(S3Uri.parse("s3://train--use1-az4--x-s3/p/"));
        assertThatCode(goRound(check, 500, 1)).doesNotThrowAnyException();
    }

    /** Tokens 0, 1, ... to {@code before}, then a circle; 3 times that many pages. */
    private static ThrowingCallable goRound(ListingCheck check, int before, int circle) {
        return () -> {
            for (int page = 0; page < Math.min(500, 3 * (before + circle) + 2); page++) {
                int token = page < before ? page : before + (page - before) % circle;
                check.take(response(List.of("p/a"), true, "t" + token));
            }
        };
    }

    private static ListObjectsV2Response response(List<String> keys, boolean truncated, String token) {
        return ListObjectsV2Response.builder()
                .contents(keys.stream()
                        .map(key -> S3Object.builder().key(key).size(1L).build())
                        .toList())
                .isTruncated(truncated)
                .nextContinuationToken(token)
                .build();
    }

    private Flux<String> keys() {
        return S3Channels.prefix(server.client(store.port()), "s3://" + bucket + "/p/")
                .objects()
                .map(ObjectBytes::key)
                .map(key -> key.substring(("s3://" + bucket + "/").length()));
    }
}
