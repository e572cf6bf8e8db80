package io.pipeflux.core.internal;

import reactor.core.Scannable;

/**
 * An attribute that an operator scans to learn about the bytes or rows of its source. The attribute's value is a
 * string, or null.
 */
public final class SourceAttr extends Scannable.Attr<String> {

    /** A name for the source's content. Equal bytes have equal names. */
    public static final SourceAttr CONTENT = new SourceAttr();

    /**
     * A hint for the messages of decoding errors. It states how the bytes that were read can be wrong even if the
     * writer wrote the correct bytes.
     */
    public static final SourceAttr DOUBT = new SourceAttr();

    /**
     * States how rows arrive: {@link RowArrival#IN_RUNS} if they arrive in runs, or a text that states why they do not.
     */
    public static final SourceAttr ROWS = new SourceAttr();

    private SourceAttr() {
        super(null, String.class::cast);
    }
}
