/**
 * Channels over local files ({@link io.pipeflux.core.channel.DirectoryChannel}), and the order in which any channel
 * reads its elements ({@link io.pipeflux.core.channel.ChannelOrder}).
 */
@NullMarked
package io.pipeflux.core.channel;

import org.jspecify.annotations.NullMarked;
