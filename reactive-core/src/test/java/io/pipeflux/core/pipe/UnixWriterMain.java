package io.pipeflux.core.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import reactor.core.publisher.Flux;

/** Writes one chunk to a Unix socket and then none; prints {@code written} when the second is awaited. */
final class UnixWriterMain {

    private UnixWriterMain() {}

    public static void main(String[] args) {
        Flux<ByteBuffer> stalling = Flux.just(ByteBuffer.wrap("first".getBytes(UTF_8)))
                .concatWith(Flux.<ByteBuffer>never().doOnSubscribe(s -> System.out.println("written")));
        UnixPipes.write(Path.of(args[0]), stalling).block();
    }
}
