package io.pipeflux.s3;

import static io.pipeflux.s3.Lie.OBJECTS;
import static io.pipeflux.s3.Lie.gets;
import static io.pipeflux.s3.Lie.getsOnce;

import io.pipeflux.s3.test.Answer;
import io.pipeflux.s3.test.MisbehavingStore;
import io.pipeflux.s3.test.MisbehavingStore.Misbehaviour;
import io.pipeflux.s3.test.MisbehavingStore.Request;
import io.pipeflux.s3.test.Page;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What stores do to ranges, ETags and statuses of GETs. */
final class ObjectLies {

    private static final Pattern RANGE = Pattern.compile("bytes (\\d+)-(\\d+)/(\\d+)");

    private ObjectLies() {}

    static List<Lie> all() {
        List<Lie> all = new ArrayList<>(ranges());
        all.addAll(etags());
        all.addAll(statuses());
        return all;
    }

    // == ranges ==

    private static List<Lie> ranges() {
        String range = "Content-Range";
        return List.of(
                gets("range", "ranges ignored: 200 and the whole object instead of a part", ObjectLies::whole)
                        .failsAtA("the store ignores ranges"),
                gets("range", "ranges ignored, where a part is the whole object", ObjectLies::whole)
                        .inWholeParts(),
                gets("range", "ranges ignored, and the connection lost in the middle, once", (r, answer) -> {
                            whole(r, answer);
                            if (r.number() == 0) {
                                answer.cut(answer.body().length / 2, Answer.Ending.FIN);
                            }
                        })
                        .inWholeParts(),
                gets("range", "200 beside a right Content-Range", (r, answer) -> {
                    if (answer.status() == 206) {
                        answer.status(200);
                    }
                }),
                gets("range", "another range: one byte later", (r, answer) -> shift(answer, 1, 1))
                        .failsAtA(range),
                gets("range", "less than the range (gateways with a maximum)", (r, answer) -> shorten(answer, 1000)),
                gets("range", "more than the range", (r, answer) -> shift(answer, 0, 10))
                        .failsAtA(range),
                gets(
                                "range",
                                "a range of an object of another size",
                                (r, answer) -> answer.header(
                                        range, answer.header(range).replaceAll("/.*", "/123456")))
                        .failsAtA(range),
                gets("range", "a range of an unknown size (*)", (r, answer) -> {
                    if (answer.status() == 206) {
                        answer.header(range, answer.header(range).replaceAll("/.*", "/*"));
                    }
                }),
                gets("range", "no Content-Range", (r, answer) -> answer.without(range))
                        .failsAtA(range),
                gets(
                                "range",
                                "a Content-Range that is none (bytes=0-3999)",
                                (r, answer) -> answer.header(range, "bytes=0-3999"))
                        .failsAtA(range),
                gets(
                                "range",
                                "a Content-Range of numbers that no file has",
                                (r, answer) ->
                                        answer.header(range, "bytes 0-99999999999999999999/99999999999999999999"))
                        .failsAtA(range),
                gets("range", "Content-Range in capitals", (r, answer) -> {
                    if (answer.status() == 206) {
                        answer.header(range, answer.header(range).replace("bytes", "BYTES"));
                    }
                }),
                gets(
                                "range",
                                "multipart/byteranges",
                                (r, answer) -> answer.body("--x\r\nContent-Type: text/plain\r\n" + "Content-Range: "
                                                + answer.header(range) + "\r\n\r\nabc\r\n--x--\r\n")
                                        .without(range)
                                        .header("Content-Type", "multipart/byteranges; boundary=x"))
                        .failsAtA(range),
                gets(
                                "range",
                                "a length of less than the range, and so few bytes",
                                (r, answer) -> answer.body(Arrays.copyOf(answer.body(), answer.body().length / 2)))
                        .failsAtA("Content-Length"),
                gets(
                                "range",
                                "more bytes than the range, with their length",
                                (r, answer) -> answer.body(Arrays.copyOf(answer.body(), answer.body().length + 10)))
                        .failsAtA("Content-Length"),
                gets("range", "416 for bytes that are listed", (r, answer) -> answer.error(416, "InvalidRange"))
                        .failsAtA("416"),
                gets("range", "bytes of an object that is listed as empty", (r, answer) -> {
                            if (answer.status() == 416) {
                                answer.status(206)
                                        .body("more")
                                        .header(range, "bytes 0-3/4")
                                        .header("ETag", "\"1\"");
                            }
                        })
                        .fails("s3://train/p/e", "listed as empty"));
    }

    private static void whole(Request request, Answer answer) {
        byte[] object = OBJECTS.get(request.key());
        answer.status(200)
                .body(object)
                .without("Content-Range")
                .without("Content-Type")
                .header("ETag", MisbehavingStore.etag(object));
    }

    private static void shift(Answer answer, int first, int last) {
        Matcher range = RANGE.matcher(String.valueOf(answer.header("Content-Range")));
        if (range.matches()) {
            int from = Integer.parseInt(range.group(1)) + first;
            int to = Integer.parseInt(range.group(2)) + last;
            answer.body(new byte[to - from + 1])
                    .header("Content-Range", "bytes " + from + "-" + to + "/" + range.group(3));
        }
    }

    private static void shorten(Answer answer, int most) {
        Matcher range = RANGE.matcher(String.valueOf(answer.header("Content-Range")));
        if (range.matches() && answer.body().length > most) {
            int from = Integer.parseInt(range.group(1));
            answer.body(Arrays.copyOf(answer.body(), most))
                    .header("Content-Range", "bytes " + from + "-" + (from + most - 1) + "/" + range.group(3));
        }
    }

    // == ETags ==

    private static List<Lie> etags() {
        String changed = "the object changed";
        return List.of(
                Lie.of("ETag", "weak ETags (If-Match with one would be 412)", new Misbehaviour() {
                    @Override
                    public void page(Request request, Page page) {
                        page.entries.replaceAll(e -> e.etag("W/" + e.etag()));
                    }

                    @Override
                    public void answer(Request request, Answer answer) {
                        weaken(request, answer);
                    }
                }),
                gets("ETag", "weak ETags of answers, strong ones of the listing", ObjectLies::weaken),
                gets("ETag", "ETags without quotes", (r, answer) -> {
                    if (answer.header("ETag") != null) {
                        answer.header("ETag", answer.header("ETag").replace("\"", ""));
                    }
                }),
                gets("ETag", "none, though the listing has one", (r, answer) -> answer.without("ETag"))
                        .failsAtA("expected ETag"),
                untagged("none at all, and several parts").failsAtA("expected an ETag"),
                untagged("none at all, and one part").inWholeParts(),
                gets(
                                "ETag",
                                "another one in each answer",
                                (r, answer) ->
                                        answer.header("ETag", "\"" + r.headers().get("range") + "\""))
                        .failsAtA(changed),
                gets("ETag", "another one after the first part (replicas that differ)", (r, answer) -> {
                            if (!"bytes=0-3999".equals(r.headers().get("range"))) {
                                answer.header("ETag", "\"replica\"");
                            }
                        })
                        .failsAtA(changed),
                gets(
                                "ETag",
                                "If-Match ignored, and the object replaced",
                                (r, answer) -> answer.bodyAlone(new byte[answer.body().length])
                                        .header("ETag", "\"new\""))
                        .failsAtA(changed),
                gets(
                                "ETag",
                                "one with a suffix (-gzip, of a proxy that compresses)",
                                (r, answer) -> answer.header("ETag", "\"abc-gzip\""))
                        .failsAtA(changed),
                gets("ETag", "412", (r, answer) -> answer.error(412, "PreconditionFailed"))
                        .failsAtA(changed));
    }

    private static void weaken(Request request, Answer answer) {
        if (request.headers().getOrDefault("if-match", "").startsWith("W/")) {
            answer.error(412, "PreconditionFailed");
        } else if (answer.header("ETag") != null) {
            answer.header("ETag", "W/" + answer.header("ETag"));
        }
    }

    private static Lie untagged(String what) {
        return Lie.of("ETag", what, new Misbehaviour() {
            @Override
            public void page(Request request, Page page) {
                page.entries.replaceAll(e -> e.etag(null));
            }

            @Override
            public void answer(Request request, Answer answer) {
                answer.without("ETag");
            }
        });
    }

    // == statuses ==

    private static List<Lie> statuses() {
        return List.of(
                status("301 to another region", 301, "PermanentRedirect").failsAtA("region"),
                status("307 to another region", 307, "TemporaryRedirect").failsAtA("region"),
                status("304 of a cache", 304, "NotModified").failsAtA("304"),
                once("400 for an expired token, once", 400, "ExpiredToken"),
                status("400 for an expired token, always", 400, "ExpiredToken").failsAtA("credentials"),
                once("403 for a clock that is wrong, once", 403, "RequestTimeTooSkewed"),
                status("403", 403, "AccessDenied").failsAtA("s3:GetObject"),
                gets("status", "403 of a proxy, in HTML", (r, answer) -> answer.html(403, "Forbidden"))
                        .failsAtA("403"),
                status("404 for the object", 404, "NoSuchKey").failsAtA("the object is gone"),
                status("404 for the bucket", 404, "NoSuchBucket").failsAtA("no bucket 'train'"),
                once("408, once", 408, "RequestTimeout"),
                once("429, once", 429, "TooManyRequests"),
                once("500, once", 500, "InternalError"),
                status("500, always", 500, "InternalError").failsAtA("500"),
                once("503, once", 503, "SlowDown"),
                status("503, always", 503, "SlowDown").failsAtA("503"),
                getsOnce("status", "502 of a proxy in HTML, once", (r, answer) -> answer.html(502, "Bad Gateway")),
                gets("status", "504 of a proxy in HTML, always", (r, answer) -> answer.html(504, "Timeout"))
                        .failsAtA("504"),
                gets(
                                "status",
                                "204",
                                (r, answer) -> answer.body("")
                                        .status(204)
                                        .without("Content-Length")
                                        .without("Content-Range"))
                        .failsAtA("Content-Range"),
                once("an error in XML with status 200, once", 200, "InternalError"),
                status("an error in XML with status 200, always", 200, "InternalError")
                        .failsAtA("Content-Range"),
                gets("status", "a proxy's login page with status 200", (r, answer) -> answer.html(200, "Log in"))
                        .failsAtA("Content-Range"));
    }

    private static Lie status(String what, int status, String code) {
        return gets("status", what, (r, answer) -> answer.error(status, code));
    }

    private static Lie once(String what, int status, String code) {
        return getsOnce("status", what, (r, answer) -> answer.error(status, code));
    }
}
