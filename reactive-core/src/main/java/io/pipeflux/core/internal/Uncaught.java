package io.pipeflux.core.internal;

/** Hands on what a task has thrown and nobody else can be given. */
final class Uncaught {

    private Uncaught() {}

    static void report(Throwable error) {
        Thread thread = Thread.currentThread();
        try {
            thread.getUncaughtExceptionHandler().uncaughtException(thread, error);
        } catch (Throwable ofTheHandler) { // the thread is needed for other tasks
            return;
        }
    }
}
