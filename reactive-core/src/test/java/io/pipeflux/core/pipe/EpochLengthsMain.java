package io.pipeflux.core.pipe;

import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.suite.ForkedJvm;
import java.nio.file.Path;

/**
 * Reads an epoch of the channel {@code train}, and prints when all bytes have arrived, then how it ended. Arguments:
 * the directory of pipes and the number of bytes.
 */
final class EpochLengthsMain {

    private EpochLengthsMain() {}

    public static void main(String[] args) {
        long expected = Long.parseLong(args[1]);
        answer("JNA: " + isThere("com.sun.jna.Native"));
        try {
            PipeChannels.create(PipeOptions.directory(Path.of(args[0])))
                    .channel("train")
                    .reduce(0L, (sum, chunk) -> {
                        if (sum + chunk.remaining() == expected) {
                            answer("all bytes");
                        }
                        return sum + chunk.remaining();
                    })
                    .block();
            answer("an end");
        } catch (PipefluxException e) {
            answer(e.getClass().getSimpleName());
        }
    }

    private static void answer(String answer) {
        System.out.println(ForkedJvm.ANSWER + answer);
    }

    private static boolean isThere(String className) {
        try {
            Class.forName(className);
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
