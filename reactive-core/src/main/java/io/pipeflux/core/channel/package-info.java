/**
 * Channels over local files ({@link io.pipeflux.core.channel.DirectoryChannel}). Also decides the order of the elements
 * of any channel ({@link io.pipeflux.core.channel.ChannelOrder}).
 */
@NullMarked
package io.pipeflux.core.channel;

import org.jspecify.annotations.NullMarked;
