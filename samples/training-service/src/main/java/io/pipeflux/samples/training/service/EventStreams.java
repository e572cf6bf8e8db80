package io.pipeflux.samples.training.service;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Sends server-sent events with backpressure: each event is created only when the kernel has accepted the previous
 * event. If a browser does not read, the service keeps only one event in memory, and closes the stream after two
 * minutes.
 */
final class EventStreams {

    private static final Duration MOST_UNREAD = Duration.ofMinutes(2);

    private final int most;
    private final AtomicInteger open = new AtomicInteger();

    EventStreams(int most) {
        this.most = most;
    }

    int open() {
        return open.get();
    }

    /** Responds with the events of a job. */
    Mono<Void> job(HttpServerResponse to, Flux<JobEvent> events) {
        return stream(to, events.map(EventStreams::text));
    }

    /** Responds with the list of jobs, and sends the list again whenever it has changed. */
    Mono<Void> lists(HttpServerResponse to, Flux<?> lists) {
        return stream(to, lists.map(list -> event("jobs", list)));
    }

    private static String text(JobEvent event) {
        StringBuilder text = new StringBuilder();
        if (event.job() != null) {
            text.append(event("job", event.job()));
        }
        if (!event.lines().isEmpty()) {
            text.append(event("log", Map.of("lines", event.lines())));
        }
        if (event.isEnd()) {
            text.append(event("end", Map.of()));
        }
        // if nothing has changed, an SSE comment shows that the connection is alive
        return text.isEmpty() ? ":\n\n" : text.toString();
    }

    private static String event(String name, Object data) {
        return "event: " + name + "\ndata: " + Json.text(data) + "\n\n"; // JSON has no line feeds
    }

    private Mono<Void> stream(HttpServerResponse to, Flux<String> texts) {
        return Mono.defer(() -> {
            if (open.incrementAndGet() > most) {
                open.decrementAndGet();
                return Answers.error(
                        to,
                        HttpResponseStatus.SERVICE_UNAVAILABLE,
                        null,
                        "expected at most " + most + " streams of events, but there are as many; close one");
            }
            return write(to, texts).doFinally(signal -> open.decrementAndGet());
        });
    }

    /**
     * Sends the events. An error before the first event can still become an error response, because no headers have
     * been sent yet.
     */
    private static Mono<Void> write(HttpServerResponse to, Flux<String> texts) {
        to.sse().header(HttpHeaderNames.CACHE_CONTROL, "no-store");
        return texts.concatMap(text -> chunk(to, text), 0).then();
    }

    private static Mono<Void> chunk(HttpServerResponse to, String text) {
        ByteBuf bytes = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
        // the Mono completes when the kernel has accepted the bytes
        return to.send(Flux.just(bytes), each -> true).then().timeout(MOST_UNREAD);
    }

    /** Returns the list of jobs and the service's limits, as they are written to JSON. */
    static Map<String, Object> list(List<JobView> jobs, ServiceSettings settings) {
        return Map.of("jobs", jobs, "limits", Map.of("running", settings.running(), "kept", settings.kept()));
    }
}
