package io.pipeflux.s3;

import static io.pipeflux.s3.Lie.answers;
import static io.pipeflux.s3.Lie.gets;
import static io.pipeflux.s3.Lie.getsOnce;

import io.pipeflux.core.suite.Gzips;
import io.pipeflux.s3.test.Answer;
import io.pipeflux.s3.test.Answer.Ending;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What stores do to bodies and connections. */
final class WireLies {

    private WireLies() {}

    static List<Lie> all() {
        List<Lie> all = new ArrayList<>(bodies());
        all.addAll(encodings());
        all.addAll(connections());
        return all;
    }

    private static List<Lie> bodies() {
        return List.of(
                getsOnce("body", "cut in the middle by a close, once", (r, answer) -> half(answer, Ending.FIN)),
                getsOnce("body", "cut in the middle by a reset, once", (r, answer) -> half(answer, Ending.RST)),
                getsOnce("body", "nothing more comes after the middle, once", (r, answer) -> half(answer, Ending.STALL))
                        .impatiently(100),
                getsOnce("body", "nothing comes at all, once", (r, answer) -> answer.cut(-1, Ending.STALL))
                        .impatiently(100),
                getsOnce("body", "a reset after the header, once", (r, answer) -> answer.cut(0, Ending.RST)),
                gets("body", "a close after 1000 bytes, always", (r, answer) -> answer.cut(1000, Ending.FIN)),
                gets("body", "one byte per GET", (r, answer) -> answer.cut(1, Ending.FIN))
                        .failsAtA("the last try got"),
                gets("body", "the header alone, and a close", (r, answer) -> answer.cut(0, Ending.FIN))
                        .failsAtA("the last try got"),
                gets("body", "nothing more comes after the header, always", (r, answer) -> answer.cut(0, Ending.STALL))
                        .impatiently(1)
                        .failsAtA("no byte arrived for"),
                gets("body", "no answer, always", (r, answer) -> answer.cut(-1, Ending.STALL))
                        .impatiently(1)
                        .failsAtA("no byte arrived for"),
                gets("body", "a byte now and then", (r, answer) -> answer.trickle(200))
                        .impatiently(0)
                        .failsAtA("arrived for"),
                gets(
                        "body",
                        "bytes after its length",
                        (r, answer) -> answer.after("xx").close()),
                gets("body", "endless", (r, answer) -> {
                    if (answer.status() == 206) {
                        answer.chunked().endlessly("x".repeat(1000));
                    }
                }),
                gets(
                                "body",
                                "an endless error",
                                (r, answer) ->
                                        answer.error(503, "SlowDown").chunked().endlessly(" ".repeat(10_000)))
                        .failsAtA("more than 1 MiB"));
    }

    private static void half(Answer answer, Ending ending) {
        answer.cut(answer.body().length / 2, ending);
    }

    private static List<Lie> encodings() {
        return List.of(
                gets("encoding", "chunks without a length", (r, answer) -> answer.chunked()),
                gets("encoding", "chunks beside a length", (r, answer) -> {
                            answer.chunked().header("Content-Length", answer.body().length);
                        })
                        .impatiently(1)
                        .failsAtA("the last try got"),
                gets(
                                "encoding",
                                "chunks with too few bytes",
                                (r, answer) -> answer.bodyAlone(new byte[0]).chunked())
                        .failsAtA("the response ended before"),
                gets("encoding", "chunks with too many bytes", (r, answer) -> {
                    if (answer.status() == 206) {
                        answer.bodyAlone(Arrays.copyOf(answer.body(), answer.body().length + 1))
                                .chunked();
                    }
                }),
                getsOnce("encoding", "no last chunk, once", (r, answer) -> answer.withoutLastChunk()),
                getsOnce(
                                "encoding",
                                "a chunk whose size is none, once",
                                (r, answer) ->
                                        answer.bodyAlone(new byte[0]).chunked().after("size\r\n"))
                        .impatiently(100),
                gets(
                                "encoding",
                                "gzip in chunks, though it was not asked for",
                                (r, answer) -> answer.bodyAlone(Gzips.gzip(new byte[1000]))
                                        .chunked()
                                        .header("Content-Encoding", "gzip"))
                        .failsAtA("Content-Encoding 'gzip'"),
                gets(
                                "encoding",
                                "gzip with a length, though it was not asked for",
                                (r, answer) ->
                                        answer.body(Gzips.gzip(answer.body())).header("Content-Encoding", "gzip"))
                        .failsAtA("Content-Length"),
                gets("encoding", "Content-Encoding of an object that was stored so", (r, answer) -> {
                    if (answer.status() == 206) {
                        answer.header("Content-Encoding", "gzip");
                    }
                }));
    }

    private static List<Lie> connections() {
        return List.of(
                answers(
                                "connection",
                                "100 before the answer",
                                (r, answer) -> answer.before("HTTP/1.1 100 Continue\r\n\r\n"))
                        .overReactorNettyOnly(),
                answers(
                                "connection",
                                "102 and 103 before the answer",
                                (r, answer) -> answer.before(
                                        "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"))
                        .overReactorNettyOnly(),
                gets(
                                "connection",
                                "101 instead of the answer",
                                (r, answer) -> answer.status(101)
                                        .header("Connection", "Upgrade")
                                        .header("Upgrade", "h2c"))
                        .overReactorNettyOnly()
                        .failsAtA("101"),
                answers(
                        "connection",
                        "Connection: close, and it stays open",
                        (r, answer) -> answer.header("Connection", "close")),
                answers("connection", "closed after each answer, unannounced", (r, answer) -> answer.close()),
                answers(
                        "connection",
                        "HTTP/1.0: no length, and a close at the end",
                        (r, answer) -> answer.version("HTTP/1.0")
                                .without("Content-Length")
                                .close()),
                getsOnce("connection", "closed without an answer, once", (r, answer) -> answer.cut(-1, Ending.FIN)),
                gets("connection", "closed without an answer, always", (r, answer) -> answer.cut(-1, Ending.FIN))
                        .failsAtA("the last try got"),
                getsOnce("connection", "closed in the header, once", (r, answer) -> answer.cutHeader(40)),
                gets("connection", "a header without end", (r, answer) -> answer.header("X-Long", "x".repeat(100_000)))
                        .failsAtA("the last try got"),
                gets(
                                "connection",
                                "two lengths",
                                (r, answer) -> answer.header("Content-Length", "1\r\nContent-Length: 2"))
                        .failsAtA("the last try got"),
                gets("connection", "no HTTP at all", (r, answer) -> answer.version("SSH-2.0"))
                        .failsAtA("the last try got"),
                answers("connection", "names of headers in small letters", (r, answer) -> answer.smallHeaders()),
                getsOnce(
                        "connection",
                        "503 and a close, once",
                        (r, answer) -> answer.error(503, "SlowDown")
                                .header("Connection", "close")
                                .close()));
    }
}
