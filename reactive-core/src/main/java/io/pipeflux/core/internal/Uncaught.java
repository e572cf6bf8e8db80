package io.pipeflux.core.internal;

/** Passes a Throwable that a task has thrown to the current thread's uncaught exception handler. */
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
