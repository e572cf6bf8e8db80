package io.pipeflux.core.internal;

import reactor.core.Scannable;

/** The attribute by which a decoder reads the name of a source's content: the same text for the same bytes, or null. */
public final class ContentAttr extends Scannable.Attr<String> {

    /** The one instance. */
    public static final ContentAttr CONTENT = new ContentAttr();

    private ContentAttr() {
        super(null, String.class::cast);
    }
}
