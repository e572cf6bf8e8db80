/** Files of a local directory as a channel, for those without an object store. */
@NullMarked
package io.pipeflux.core.channel;

import org.jspecify.annotations.NullMarked;
