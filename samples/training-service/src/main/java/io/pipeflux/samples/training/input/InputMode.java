package io.pipeflux.samples.training.input;

import java.util.Locale;

/** The ways in which a training container gets the data of a channel. */
public enum InputMode {
    /** The data are streamed through one named pipe per epoch. */
    PIPE("Pipe"),
    /** The data are downloaded to a directory before the training begins. */
    FILE("File"),
    /** The data appear as files in a directory, but each file is fetched only when it is read. */
    FAST_FILE("FastFile");

    private final String text;

    InputMode(String text) {
        this.text = text;
    }

    /**
     * Returns the mode with this name, as in {@code TrainingInputMode}. Names are not case-sensitive.
     *
     * @throws IllegalArgumentException if there is no such mode
     */
    public static InputMode of(String text) {
        for (InputMode mode : values()) {
            if (mode.text.toLowerCase(Locale.ROOT).equals(text.toLowerCase(Locale.ROOT))) {
                return mode;
            }
        }
        throw new IllegalArgumentException("expected an input mode Pipe, File or FastFile, but got '" + text + "'");
    }

    /** Returns the name in SageMaker's spelling. */
    @Override
    public String toString() {
        return text;
    }
}
