package io.pipeflux.samples.training.input;

import java.util.Locale;

/** How a channel's data is provided to a training container. */
public enum InputMode {
    /** Streamed through one named pipe per epoch. */
    PIPE("Pipe"),
    /** Downloaded to a directory before the training begins. */
    FILE("File"),
    /** A directory whose files are fetched when they are read. */
    FAST_FILE("FastFile");

    private final String text;

    InputMode(String text) {
        this.text = text;
    }

    /**
     * Returns the mode with that name, as in {@code TrainingInputMode}. The case does not matter.
     *
     * @throws IllegalArgumentException if there is no such mode
     */
    public static InputMode of(String text) {
        for (InputMode mode : values()) {
            if (mode.text.toLowerCase(Locale.ROOT).equals(text.toLowerCase(Locale.ROOT))) {
                return mode;
            }
        }
        throw new IllegalArgumentException("an input mode Pipe, File or FastFile required but it was '" + text + "'");
    }

    /** Returns the name in SageMaker's spelling. */
    @Override
    public String toString() {
        return text;
    }
}
