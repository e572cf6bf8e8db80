package io.pipeflux.core.internal;

import reactor.core.Scannable;

/** An attribute by which an operator asks its source about the bytes or rows. Its value is a text, or null. */
public final class SourceAttr extends Scannable.Attr<String> {

    /** The name of the source's content. It is the same for the same bytes. */
    public static final SourceAttr CONTENT = new SourceAttr();

    /**
     * A clause for the end of a message. It states how the bytes that were read could be wrong although the writer
     * wrote the right bytes.
     */
    public static final SourceAttr DOUBT = new SourceAttr();

    /** A text on whether rows arrive in runs: {@link RowArrival#IN_RUNS}, or a text that states why they do not. */
    public static final SourceAttr ROWS = new SourceAttr();

    private SourceAttr() {
        super(null, String.class::cast);
    }
}
