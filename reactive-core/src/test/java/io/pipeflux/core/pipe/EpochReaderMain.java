package io.pipeflux.core.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import reactor.core.publisher.Flux;

/**
 * Reads epochs of the channel {@code train} with a shared state, and prints each one's text when it has ended.
 * Arguments: the directory of pipes, the one of state, how many epochs, and {@code hang} to print the first chunk and
 * read no more.
 */
final class EpochReaderMain {

    private EpochReaderMain() {}

    public static void main(String[] args) {
        PipeChannels channels =
                PipeChannels.create(PipeOptions.directory(Path.of(args[0])).stateDirectory(Path.of(args[1])));
        System.out.println("ready");
        if (args.length > 3) {
            channels.channel("train")
                    .doOnNext(chunk -> System.out.println(UTF_8.decode(chunk)))
                    .concatMap(chunk -> Flux.never(), 0)
                    .blockLast();
        }
        for (int i = 0; i < Integer.parseInt(args[2]); i++) {
            System.out.println(channels.channel("train")
                    .map(chunk -> UTF_8.decode(chunk).toString())
                    .reduce("", String::concat)
                    .block());
        }
    }
}
