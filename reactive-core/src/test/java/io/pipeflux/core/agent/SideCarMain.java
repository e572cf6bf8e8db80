package io.pipeflux.core.agent;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.pipe.PipeAccess;
import io.pipeflux.core.suite.ForkedJvm;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import reactor.core.publisher.Flux;

/** An agent that writes one epoch of three bytes. Arguments: the directory, then what {@code --pipe-group} says. */
final class SideCarMain {

    private SideCarMain() {}

    public static void main(String[] args) {
        PipeAccess access = args.length == 1
                ? PipeAccess.groupReads()
                : args[1].equals("nobody")
                        ? PipeAccess.owner()
                        : PipeAccess.groupReads().group(args[1]);
        ObjectBytes object = ObjectBytes.of("object", 0, 3, null, from -> Flux.just(ByteBuffer.allocate(3)));
        try {
            PipeAgent.at(Path.of(args[0]))
                    .channel("train", Flux.just(object))
                    .epochs(1)
                    .access(access)
                    .run()
                    .block();
            System.out.println(ForkedJvm.ANSWER + "done");
        } catch (RuntimeException e) {
            System.out.println(ForkedJvm.ANSWER + e.getMessage());
        }
    }
}
