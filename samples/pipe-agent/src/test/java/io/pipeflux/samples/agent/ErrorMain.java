package io.pipeflux.samples.agent;

import java.util.concurrent.locks.LockSupport;

/** The program beside a thread that never ends and keeps the process alive, as a library's may. */
final class ErrorMain {

    private ErrorMain() {}

    public static void main(String[] args) {
        Thread other = new Thread(
                () -> {
                    while (true) {
                        LockSupport.park();
                    }
                },
                "other");
        other.start();
        AgentCommand.main(args);
    }
}
