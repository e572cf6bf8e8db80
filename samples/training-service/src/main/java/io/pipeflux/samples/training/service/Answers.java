package io.pipeflux.samples.training.service;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

/** Writes complete HTTP responses. */
final class Answers {

    static final String JSON = "application/json";

    private Answers() {}

    static Mono<Void> json(HttpServerResponse to, HttpResponseStatus status, Object value) {
        return bytes(to, status, JSON, Json.bytes(value));
    }

    static Mono<Void> bytes(HttpServerResponse to, HttpResponseStatus status, String type, byte[] content) {
        ByteBuf buffer = Unpooled.wrappedBuffer(content);
        return to.status(status)
                .header(HttpHeaderNames.CONTENT_TYPE, type)
                .header(HttpHeaderNames.CONTENT_LENGTH, String.valueOf(content.length))
                .header("X-Content-Type-Options", "nosniff")
                .header(HttpHeaderNames.CACHE_CONTROL, "no-cache")
                .sendObject(buffer)
                .then();
    }

    static Mono<Void> error(HttpServerResponse to, HttpResponseStatus status, @Nullable String field, String message) {
        return bytes(to, status, JSON, error(field, message));
    }

    static byte[] error(@Nullable String field, String message) {
        Map<String, @Nullable String> body = new LinkedHashMap<>();
        body.put("error", message);
        body.put("field", field);
        return Json.bytes(body);
    }
}
