package io.pipeflux.samples.training.service;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.server.HttpServerResponse;

/** Serves the files of the web page: the service's own files, and the files of the WebJars on the class path. */
final class PageFiles {

    /** Matches the accepted paths. No part of a path may begin with a dot, so {@code ..} is rejected. */
    private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+");

    private static final String WEBJARS = "/webjars/";

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml",
            "png", "image/png");

    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private PageFiles() {}

    /** Responds with a file, or with status 404. */
    static Mono<Void> answer(String path, HttpServerResponse to) {
        String asked = path.equals("/") ? "/index.html" : path;
        String type = TYPES.get(asked.substring(asked.lastIndexOf('.') + 1));
        if (type == null || !PATH.matcher(asked).matches()) {
            return notFound(to);
        }
        String resource = (asked.startsWith(WEBJARS) ? "/META-INF/resources" : "/service/page") + asked;
        return Mono.<byte[]>fromCallable(() -> read(resource))
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(content -> Answers.bytes(
                                to.header("Content-Security-Policy", POLICY).header("Referrer-Policy", "no-referrer"),
                                HttpResponseStatus.OK,
                                type,
                                content)
                        .thenReturn(true))
                .switchIfEmpty(Mono.defer(() -> notFound(to).thenReturn(true)))
                .then();
    }

    private static Mono<Void> notFound(HttpServerResponse to) {
        return Answers.error(to, HttpResponseStatus.NOT_FOUND, null, "there is nothing at this path");
    }

    private static byte @Nullable [] read(String resource) throws IOException {
        try (InputStream in = PageFiles.class.getResourceAsStream(resource)) {
            return in == null ? null : in.readAllBytes();
        }
    }
}
