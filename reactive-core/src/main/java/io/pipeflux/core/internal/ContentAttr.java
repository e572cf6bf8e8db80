package io.pipeflux.core.internal;

import reactor.core.Scannable;

/** What a source answers when a decoder asks what its content is: the same text for the same bytes, or nothing. */
public final class ContentAttr extends Scannable.Attr<String> {

    /** The one instance. */
    public static final ContentAttr CONTENT = new ContentAttr();

    private ContentAttr() {
        super(null, String.class::cast);
    }
}
