package io.pipeflux.s3;

import static io.pipeflux.s3.Lie.lists;
import static io.pipeflux.s3.Lie.pages;
import static io.pipeflux.s3.test.MisbehavingStore.text;

import io.pipeflux.core.suite.Gzips;
import io.pipeflux.s3.test.Answer;
import io.pipeflux.s3.test.Answer.Ending;
import io.pipeflux.s3.test.Page;
import io.pipeflux.s3.test.Page.Entry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;

/** What stores do to listings. Pages have two keys. */
final class ListingLies {

    private ListingLies() {}

    static List<Lie> all() {
        List<Lie> all = new ArrayList<>(pagesAndTokens());
        all.addAll(keysAndSizes());
        all.addAll(bodies());
        all.addAll(statuses());
        return all;
    }

    private static List<Lie> pagesAndTokens() {
        String order = "order of their UTF-8 bytes";
        return List.of(
                pages(
                        "truncated pages without a token (stores that know ListObjects only)",
                        (r, page) -> page.token = null),
                pages("the same token again", (r, page) -> page.token = page.token == null ? null : "after p/b")
                        .failsListing("NextContinuationToken"),
                pages("a cache that ignores the query: the first page again", (r, page) -> {
                            if (r.number() > 0) {
                                page.entries.clear();
                                page.entries.add(new Entry("p/a", "10000", null));
                                page.keyCount = "1";
                            }
                        })
                        .failsListing(order),
                pages("a store that knows markers only: no token, and the first page again", (r, page) -> {
                            page.entries = new ArrayList<>(List.of(new Entry("p/a", "10000", null)));
                            page.truncated = "true";
                            page.token = null;
                            page.keyCount = null;
                        })
                        .failsListing(order),
                pages("keys in the order of a directory", (r, page) -> Collections.reverse(page.entries))
                        .failsListing(order),
                pages("a key twice", (r, page) -> {
                            page.entries.add(page.entries.get(page.entries.size() - 1));
                            page.keyCount = null;
                        })
                        .failsListing(order),
                pages("pages without keys, for ever", (r, page) -> {
                            page.entries.clear();
                            page.keyCount = "0";
                            page.truncated = "true";
                            page.token = "after " + r.number();
                        })
                        .failsListing("1000 pages"),
                pages("a page of delete markers, without a key", (r, page) -> {
                    if (r.number() == 0) {
                        page.entries.clear();
                        page.keyCount = "0";
                        page.truncated = "true";
                        page.token = "after p/";
                    }
                }),
                pages("no IsTruncated", (r, page) -> page.truncated = null).failsListing("IsTruncated"),
                pages("KeyCount of more keys than the page has", (r, page) -> page.keyCount = "3")
                        .failsListing("KeyCount"),
                pages("KeyCount 0 beside keys", (r, page) -> page.keyCount = "0")
                        .failsListing("KeyCount"),
                pages("no KeyCount", (r, page) -> page.keyCount = null),
                pages("the name of another bucket (gateways that rename buckets)", (r, page) -> page.name = "other"));
    }

    private static List<Lie> keysAndSizes() {
        return List.of(
                pages("keys outside of the prefix", (r, page) -> change(page, e -> e.key("q" + e.key())))
                        .failsListing("keys that begin with 'p/'"),
                pages("no key", (r, page) -> change(page, e -> e.key(null))).failsListing("none"),
                pages("encoding-type ignored", (r, page) -> {
                    page.encoded = false;
                    page.encodingType = null;
                }),
                pages("EncodingType url, but keys that are not encoded", (r, page) -> page.encoded = false)
                        .failsListing("URLDecoder"),
                pages(
                                "a size that is too small",
                                (r, page) -> change(page, e -> e.key().equals("p/a") ? e.size("9000") : e))
                        .failsAtA("Content-Range"),
                pages(
                                "a size that is too large",
                                (r, page) -> change(page, e -> e.key().equals("p/a") ? e.size("11000") : e))
                        .failsAtA("Content-Range"),
                pages("size 0 of an object with bytes", (r, page) -> change(page, e -> e.size("0")))
                        .failsAtA("listed as empty"),
                pages("no size", (r, page) -> change(page, e -> e.size(null))).failsListing("size of 'p/a'"),
                pages("a negative size", (r, page) -> change(page, e -> e.size("-1")))
                        .failsListing("size of 'p/a'"),
                pages("a size that is not a number", (r, page) -> change(page, e -> e.size("10 KB")))
                        .failsListing("10 KB"),
                pages(
                        "ETags without quotes",
                        (r, page) -> change(page, e -> e.etag(e.etag().replace("\"", "")))),
                pages("no ETags", (r, page) -> change(page, e -> e.etag(null))),
                pages(
                        "elements of a newer protocol",
                        (r, page) -> page.more = "<Novelty><Of>2030</Of></Novelty><CommonPrefixes/>"));
    }

    private static void change(Page page, UnaryOperator<Entry> change) {
        page.entries.replaceAll(change);
    }

    private static List<Lie> bodies() {
        return List.of(
                lists("a proxy's login page, status 200", (r, answer) -> answer.html(200, "Log in"))
                        .failsListing("XML"),
                lists("an empty body, status 200", (r, answer) -> answer.body(""))
                        .failsListing("IsTruncated"),
                lists("an error in XML, status 200", (r, answer) -> answer.error(200, "InternalError"))
                        .failsListing("InternalError"),
                lists(
                                "XML that ends early, with its length",
                                (r, answer) -> answer.body(Arrays.copyOf(answer.body(), answer.body().length / 2)))
                        .failsListing("XML"),
                lists("XML that is cut by a close, once", (r, answer) -> {
                    if (r.number() == 0) {
                        answer.cut(100, Ending.FIN);
                    }
                }),
                lists("XML that is cut by a close, always", (r, answer) -> answer.cut(100, Ending.FIN))
                        .failsListing("closed"),
                lists(
                                "endless XML",
                                (r, answer) -> answer.body(start(answer))
                                        .chunked()
                                        .endlessly("<Contents><Key>p/a</Key></Contents>".repeat(1000)))
                        .failsListing("16 MiB"),
                lists(
                                "a length of more than a page can have",
                                (r, answer) -> answer.header("Content-Length", 1L << 40)
                                        .bodyAlone(start(answer))
                                        .endlessly(" ".repeat(10_000)))
                        .failsListing("16 MiB"),
                lists("nothing comes", (r, answer) -> answer.cut(-1, Ending.STALL))
                        .hastily()
                        .failsListing("listing at http://127.0.0.1"),
                lists("nothing more comes after the header", (r, answer) -> answer.cut(0, Ending.STALL))
                        .hastily()
                        .failsListing("listing at http://127.0.0.1"),
                lists("a byte now and then", (r, answer) -> answer.trickle(100))
                        .impatiently(0)
                        .failsListing("of page 1 of the listing arrived in"),
                lists(
                        "gzip, though it was not asked for",
                        (r, answer) -> answer.header("Content-Encoding", "gzip").body(Gzips.gzip(answer.body()))),
                lists("chunks without a length", (r, answer) -> answer.chunked()),
                lists(
                        "another character set",
                        (r, answer) -> answer.body(new String(answer.body(), StandardCharsets.UTF_8)
                                        .replace("UTF-8", "UTF-16")
                                        .getBytes(StandardCharsets.UTF_16))
                                .header("Content-Type", "application/xml; charset=utf-16")));
    }

    private static byte[] start(Answer answer) {
        String all = text(answer.body());
        return all.substring(0, all.indexOf("<Contents>")).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static List<Lie> statuses() {
        return List.of(
                lists("301 to another region", (r, answer) -> answer.error(301, "PermanentRedirect"))
                        .failsListing("region"),
                lists("307 to another region", (r, answer) -> answer.error(307, "TemporaryRedirect"))
                        .failsListing("region"),
                lists("400 for an expired token, once in the middle", (r, answer) -> {
                    if (r.number() == 1) {
                        answer.error(400, "ExpiredToken");
                    }
                }),
                lists("403", (r, answer) -> answer.error(403, "AccessDenied")).failsListing("s3:ListBucket"),
                lists("403 of a proxy, in HTML", (r, answer) -> answer.html(403, "Forbidden"))
                        .failsListing("403"),
                lists("404 for the bucket", (r, answer) -> answer.error(404, "NoSuchBucket"))
                        .failsListing("no bucket 'train'"),
                lists("500, once", (r, answer) -> {
                    if (r.number() == 0) {
                        answer.error(500, "InternalError");
                    }
                }),
                lists("503, once", (r, answer) -> {
                    if (r.number() == 0) {
                        answer.error(503, "SlowDown");
                    }
                }),
                lists("502 of a proxy in HTML, always", (r, answer) -> answer.html(502, "Bad Gateway"))
                        .failsListing("502"));
    }
}
