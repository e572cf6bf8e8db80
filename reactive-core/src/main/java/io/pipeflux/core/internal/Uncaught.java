package io.pipeflux.core.internal;

/** Passes a Throwable of a task to the thread's handler of uncaught exceptions. */
final class Uncaught {

    private Uncaught() {}

    static void report(Throwable error) {
        Thread thread = Thread.currentThread();
        try {
            thread.getUncaughtExceptionHandler().uncaughtException(thread, error);
        } catch (Throwable ofTheHandler) { // ignored, because the thread is needed for other tasks
            return;
        }
    }
}
