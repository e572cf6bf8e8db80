package io.pipeflux.core.internal;

import reactor.core.Scannable;

/** An attribute by which an operator reads what its source knows about the bytes or rows: a text, or null. */
public final class SourceAttr extends Scannable.Attr<String> {

    /** The name of the source's content: the same text for the same bytes. */
    public static final SourceAttr CONTENT = new SourceAttr();

    /** How the bytes could be wrong although the writer's are right: a clause for the end of a message. */
    public static final SourceAttr DOUBT = new SourceAttr();

    /** Whether rows arrive in runs: {@link RowArrival#IN_RUNS}, or a text that says why not. */
    public static final SourceAttr ROWS = new SourceAttr();

    private SourceAttr() {
        super(null, String.class::cast);
    }
}
