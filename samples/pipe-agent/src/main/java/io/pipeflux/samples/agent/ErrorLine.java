package io.pipeflux.samples.agent;

import io.pipeflux.core.PipefluxException;

/** Formats the line in which the program reports an error. */
final class ErrorLine {

    private ErrorLine() {}

    static String message(Exception e) {
        boolean explainsItself =
                e instanceof PipefluxException || e instanceof InputException || e instanceof IllegalArgumentException;
        return oneLine(explainsItself ? String.valueOf(e.getMessage()) : e.toString());
    }

    static String oneLine(String message) {
        return Printable.line(message.replaceAll("\\s*\\R\\s*", " "));
    }
}
