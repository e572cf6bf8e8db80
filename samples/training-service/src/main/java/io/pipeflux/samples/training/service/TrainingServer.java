package io.pipeflux.samples.training.service;

import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.pipeflux.samples.training.service.RefusedException.Reason;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * Serves the jobs over HTTP. This class is a thin layer: it finds the route, reads the body, calls {@link
 * TrainingJobs}, and writes the result.
 */
public final class TrainingServer {

    /** The maximum length of a request body in bytes. */
    static final int MOST_BYTES = 64 << 10;

    private static final int MOST_DROPPED = 16 << 20;
    private static final Duration BODY_LIMIT = Duration.ofSeconds(10);
    private static final Duration IDLE_LIMIT = Duration.ofMinutes(1);
    private static final Duration CANCEL_LIMIT = Duration.ofSeconds(1);
    private static final Duration GRACE = Duration.ofMillis(500);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(5);
    private static final Pattern LOOPBACK = Pattern.compile("(localhost|127\\.0\\.0\\.1|\\[::1])(:[0-9]+)?");
    private static final Logger LOG = Loggers.getLogger(TrainingServer.class);

    private final TrainingJobs jobs;
    private final Map<String, Object> defaults;
    private final EventStreams streams;
    private final ServiceMetrics metrics;
    private final ChannelGroup connections = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE);
    private final Set<Sinks.Empty<Void>> answers = ConcurrentHashMap.newKeySet();
    private final Sinks.Empty<Void> closing = Sinks.empty();
    private final LoopResources loops = LoopResources.create("pipeflux-http", 1, true);
    private final DisposableServer server;

    private TrainingServer(
            TrainingJobs jobs,
            InetSocketAddress address,
            Map<String, Object> defaults,
            int mostStreams,
            ServiceMetrics metrics) {
        this.jobs = jobs;
        this.defaults = defaults;
        this.streams = new EventStreams(mostStreams);
        this.metrics = metrics;
        metrics.streams(streams);
        try {
            server = HttpServer.create()
                    .bindAddress(() -> address)
                    .runOn(loops, false)
                    .idleTimeout(IDLE_LIMIT)
                    .doOnChannelInit((observer, channel, remote) -> {
                        connections.add(channel);
                        channel.pipeline().addBefore(NettyPipeline.HttpTrafficHandler, "bad heads", new BadHeads());
                    })
                    .handle(this::answer)
                    .bindNow();
        } catch (RuntimeException e) {
            loops.dispose();
            throw e;
        }
    }

    /**
     * Starts a server.
     *
     * @param address the address to listen on. If the port is 0, the system chooses a free port
     * @param defaults the initial values of the form on the web page
     * @param mostStreams the maximum number of event streams that may be open simultaneously
     */
    public static TrainingServer start(
            TrainingJobs jobs,
            InetSocketAddress address,
            Map<String, Object> defaults,
            int mostStreams,
            ServiceMetrics metrics) {
        return new TrainingServer(jobs, address, defaults, mostStreams, metrics);
    }

    /** Returns the address at which the server listens. */
    public InetSocketAddress address() {
        return (InetSocketAddress) server.address();
    }

    private Publisher<Void> answer(HttpServerRequest request, HttpServerResponse response) {
        Sinks.Empty<Void> ended = Sinks.empty();
        return body(request)
                .takeUntilOther(closing.asMono())
                .flatMap(body -> route(request, body, response))
                .then(Mono.defer(() -> response.hasSentHeaders() ? Mono.<Void>empty() : closing(response)))
                .onErrorResume(e -> refuse(response, e))
                .doFirst(() -> answers.add(ended))
                .doFinally(signal -> {
                    answers.remove(ended);
                    ended.tryEmitEmpty();
                });
    }

    private static Mono<Void> closing(HttpServerResponse response) {
        return Answers.error(
                response.keepAlive(false),
                HttpResponseStatus.SERVICE_UNAVAILABLE,
                null,
                "expected a service that is open, but got one that is being closed");
    }

    private Mono<Void> route(HttpServerRequest request, byte[] body, HttpServerResponse response) {
        String method = request.method().name();
        String path;
        try {
            path = request.fullPath();
        } catch (IllegalArgumentException e) {
            return Answers.error(
                    response,
                    HttpResponseStatus.BAD_REQUEST,
                    null,
                    "expected two hexadecimal digits after each percent sign of the path, but got others");
        }
        if (isForeign(request.requestHeaders())) {
            return Answers.error(
                    response, HttpResponseStatus.FORBIDDEN, null, "expected a request from a page of this service");
        }
        List<String> parts = List.of(path.substring(1).split("/", -1));
        String first = parts.get(0);
        if (!first.equals("jobs")) {
            if (!method.equals("GET") && !method.equals("HEAD")) {
                return notAllowed(response, "GET, HEAD");
            }
            return switch (path) {
                case "/trainers" -> json(response, Mono.fromSupplier(this::trainers));
                case "/events" ->
                    streams.lists(response, jobs.lists().map(this::list).takeUntilOther(closing.asMono()));
                case "/health" -> json(response, jobs.jobs().map(all -> Map.of("status", "up", "jobs", all.size())));
                case "/metrics" ->
                    metrics.scrape()
                            .flatMap(text ->
                                    Answers.bytes(response, HttpResponseStatus.OK, ServiceMetrics.CONTENT_TYPE, text));
                default -> PageFiles.answer(path, response);
            };
        }
        if (parts.size() == 1) {
            return switch (method) {
                case "GET", "HEAD" -> json(response, jobs.jobs().map(this::list));
                case "POST" -> submit(request, body, response);
                default -> notAllowed(response, "GET, HEAD, POST");
            };
        }
        String id = parts.get(1);
        String rest = String.join("/", parts.subList(2, parts.size()));
        return switch (rest) {
            case "" ->
                parts.size() > 2 ? PageFiles.answer(path, response) : job(method, id, isRemove(request), response);
            case "events" ->
                method.equals("GET")
                        ? streams.job(response, jobs.events(id).takeUntilOther(closing.asMono()))
                        : notAllowed(response, "GET");
            case "model" -> method.equals("GET") ? model(response, id) : notAllowed(response, "GET");
            case "pause" -> method.equals("POST") ? json(response, jobs.pause(id)) : notAllowed(response, "POST");
            case "resume" -> method.equals("POST") ? json(response, jobs.resume(id)) : notAllowed(response, "POST");
            default -> PageFiles.answer(path, response);
        };
    }

    private static boolean isRemove(HttpServerRequest request) {
        return new QueryStringDecoder(request.uri()).parameters().containsKey("remove");
    }

    private Mono<Void> job(String method, String id, boolean remove, HttpServerResponse response) {
        return switch (method) {
            case "GET", "HEAD" -> json(response, jobs.job(id));
            case "DELETE" -> remove ? remove(response, id) : cancel(response, id);
            default -> notAllowed(response, "GET, HEAD, DELETE");
        };
    }

    /**
     * Returns whether a web page of another site has sent the request. The browser puts the other site's name into the
     * {@code Origin} header. It is not enough to compare this name with the {@code Host} header: if the other site's
     * name resolves to this machine, both headers contain the same name. Therefore, if the server listens on a loopback
     * address, {@code Host} must also be a loopback name.
     */
    private boolean isForeign(HttpHeaders headers) {
        String origin = headers.get(HttpHeaderNames.ORIGIN);
        String host = headers.get(HttpHeaderNames.HOST);
        boolean otherName = address().getAddress().isLoopbackAddress()
                && host != null
                && !LOOPBACK.matcher(host).matches();
        return otherName || (origin != null && !origin.equals("http://" + host));
    }

    private Map<String, Object> trainers() {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put(
                "trainers",
                jobs.trainers().stream()
                        .map(trainer -> Map.of(
                                "name", trainer.name(),
                                "description", trainer.description(),
                                "hyperParameters", trainer.hyperParameters()))
                        .toList());
        body.put("defaults", defaults);
        return body;
    }

    private Map<String, Object> list(List<JobView> all) {
        return EventStreams.list(all, jobs.settings());
    }

    private static Mono<Void> json(HttpServerResponse response, Mono<?> body) {
        return body.flatMap(value -> Answers.json(response, HttpResponseStatus.OK, value));
    }

    private static Mono<Void> notAllowed(HttpServerResponse response, String allowed) {
        return Answers.error(
                response.header(HttpHeaderNames.ALLOW, allowed),
                HttpResponseStatus.METHOD_NOT_ALLOWED,
                null,
                "expected one of the methods " + allowed);
    }

    private Mono<Void> submit(HttpServerRequest request, byte[] body, HttpServerResponse response) {
        String type = request.requestHeaders().get(HttpHeaderNames.CONTENT_TYPE, "");
        if (!type.split(";", 2)[0].strip().equalsIgnoreCase(Answers.JSON)) {
            return Answers.error(
                    response,
                    HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE,
                    null,
                    "expected Content-Type " + Answers.JSON + ", but got " + (type.isEmpty() ? "none" : type));
        }
        return jobs.submit(body)
                .flatMap(job -> Answers.json(
                        response.header(HttpHeaderNames.LOCATION, "/jobs/" + job.id()),
                        HttpResponseStatus.CREATED,
                        job));
    }

    /**
     * Reads the request body, limited in length and time. The body is read before any response is written, because
     * closing a connection with unread bytes resets it, and the client would not see the response.
     */
    private static Mono<byte[]> body(HttpServerRequest request) {
        return request.receive()
                .asByteArray()
                .collect(Body::new, Body::add)
                .map(Body::whole)
                .timeout(
                        BODY_LIMIT,
                        Mono.error(() -> RefusedException.body(
                                Reason.SLOW, "the whole body within " + BODY_LIMIT.toSeconds() + " seconds")));
    }

    private static final class Body {

        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private long count;

        void add(byte[] chunk) {
            count += chunk.length;
            if (count <= MOST_BYTES) {
                kept.writeBytes(chunk);
            } else if (count > MOST_DROPPED) {
                throw tooLarge();
            }
        }

        private static RefusedException tooLarge() {
            return RefusedException.body(Reason.LARGE, "a body of at most " + MOST_BYTES + " bytes");
        }

        byte[] whole() {
            if (count > MOST_BYTES) {
                throw tooLarge();
            }
            return kept.toByteArray();
        }
    }

    private Mono<Void> cancel(HttpServerResponse response, String id) {
        return jobs.cancel(id)
                .timeout(CANCEL_LIMIT, jobs.job(id).map(JobDetail::job)) // the job ends later, after its current step
                .flatMap(job -> Answers.json(response, HttpResponseStatus.ACCEPTED, job));
    }

    private Mono<Void> remove(HttpServerResponse response, String id) {
        return jobs.remove(id)
                .then(Mono.defer(
                        () -> response.status(HttpResponseStatus.NO_CONTENT).send()));
    }

    private Mono<Void> model(HttpServerResponse response, String id) {
        return jobs.model(id)
                .flatMap(file ->
                        Mono.fromCallable(() -> Files.readAllBytes(file)).subscribeOn(Schedulers.boundedElastic()))
                .flatMap(content -> Answers.bytes(response, HttpResponseStatus.OK, Answers.JSON, content));
    }

    private static Mono<Void> refuse(HttpServerResponse response, Throwable e) {
        if (response.hasSentHeaders()) {
            return Mono.error(e); // this error closes the connection
        }
        if (e instanceof RefusedException refused) {
            if (refused.reason() == Reason.LARGE || refused.reason() == Reason.SLOW) {
                response.keepAlive(false); // the connection is closed, because the rest of the body is not read
            }
            return Answers.error(response, status(refused.reason()), refused.field(), String.valueOf(e.getMessage()));
        }
        LOG.error("a request failed", e);
        return Answers.error(
                response, HttpResponseStatus.INTERNAL_SERVER_ERROR, null, "the service failed; its log has the reason");
    }

    private static HttpResponseStatus status(Reason reason) {
        return switch (reason) {
            case INVALID -> HttpResponseStatus.BAD_REQUEST;
            case UNKNOWN -> HttpResponseStatus.NOT_FOUND;
            case STATE -> HttpResponseStatus.CONFLICT;
            case FULL -> HttpResponseStatus.TOO_MANY_REQUESTS;
            case LARGE -> HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE;
            case SLOW -> HttpResponseStatus.REQUEST_TIMEOUT;
        };
    }

    /** Returns the number of responses in progress, including event streams. */
    int answering() {
        return answers.size();
    }

    /**
     * Ends the streams, stops listening, and closes all connections. The event loops are shut down only after all
     * responses have ended, because a response that another thread is writing still needs the event loops.
     */
    public Mono<Void> close() {
        return Mono.<Void>fromRunnable(closing::tryEmitEmpty)
                .then(answersEnd(GRACE))
                .then(Mono.<Void>fromRunnable(() -> {
                            server.disposeNow(STOP_LIMIT);
                            connections.close().awaitUninterruptibly(STOP_LIMIT.toMillis());
                        })
                        .subscribeOn(Schedulers.boundedElastic()))
                .then(answersEnd(STOP_LIMIT))
                .then(loops.disposeLater(Duration.ZERO, STOP_LIMIT));
    }

    private Mono<Void> answersEnd(Duration limit) {
        return Mono.defer(() ->
                        Mono.when(answers.stream().map(Sinks.Empty::asMono).toList()))
                .timeout(limit, Mono.empty());
    }

    /** Returns a readable reason why an address cannot be used. */
    static @Nullable String reason(Throwable e) {
        return e.getCause() == null ? e.getMessage() : reason(e.getCause());
    }
}
