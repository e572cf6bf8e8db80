package io.pipeflux.samples.training;

import java.util.Arrays;

/**
 * Runs a program of this module, and ends its JVM when the process that started the JVM has ended. The Maven profiles
 * start their programs with this class, because exec-maven-plugin leaves a program running when {@code kill} stops
 * Maven. Ctrl-C needs no such help, because the terminal sends the signal to both processes.
 */
public final class UnderMaven {

    private static final int STOPPED = 143; // as if the program had received the SIGTERM itself

    private UnderMaven() {}

    /**
     * Runs the program.
     *
     * @param args the name of the program's class, then the program's arguments
     */
    public static void main(String[] args) throws Exception {
        ProcessHandle.current().parent().ifPresent(UnderMaven::endWith);
        String[] ofProgram = Arrays.copyOfRange(args, 1, args.length);
        Class.forName(args[0]).getMethod("main", String[].class).invoke(null, (Object) ofProgram);
    }

    private static void endWith(ProcessHandle parent) {
        Thread watch = new Thread(
                () -> {
                    parent.onExit().join();
                    ProcessHandle.current().descendants().forEach(ProcessHandle::destroy);
                    System.exit(STOPPED);
                },
                "end-with-parent");
        watch.setDaemon(true);
        watch.start();
    }
}
