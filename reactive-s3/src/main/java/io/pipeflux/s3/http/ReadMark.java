package io.pipeflux.s3.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.util.concurrent.TimeUnit;

/**
 * The number of bytes that the kernel collects before it wakes the event loop ({@code SO_RCVLOWAT}). Without it, a
 * connection that is slower than the processor costs a wake-up, a read and a chunk for each few kilobytes.
 *
 * <p>The mark is the number of bytes that arrive within 5 ms, at most one chunk. It is at most half of the missing
 * bytes, so the last ones are not waited for in vain. The kernel ignores the mark when the peer closes the connection,
 * and when its buffer is full. Over TLS, several records are decrypted after one read, one just after the other, so the
 * mark is mostly the largest; bytes of a slower connection wait until the body looks for them, 0.2 s at most.
 *
 * <p>Without Netty's epoll transport, nothing is collected. Used on the channel's event loop.
 */
final class ReadMark {

    private static final int MOST_BYTES = 128 << 10; // of one read

    /** With TLS, up to a record (16 KiB) may have left the socket without being counted as received. */
    private static final int LEAST_BYTES = 32 << 10;

    private static final int MOST_WAIT_MILLIS = 5;
    private static final long LEAST_TIMEOUT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** SOL_SOCKET and SO_RCVLOWAT of Linux, for all processors that Netty has a library for. */
    private static final IntegerUnixChannelOption OPTION = new IntegerUnixChannelOption("SO_RCVLOWAT", 1, 18);

    private final Channel channel;
    private final boolean usable;
    private int mark = 1;

    /**
     * @param expected the number of bytes of the body, or -1 if it is unknown
     * @param readTimeout in nanoseconds; with a short one, no byte may wait
     */
    ReadMark(Channel channel, long expected, long readTimeout) {
        this.channel = channel;
        this.usable = expected >= 4 * MOST_BYTES
                && readTimeout >= LEAST_TIMEOUT_NANOS
                && channel instanceof EpollSocketChannel;
    }

    /** Returns whether the mark may ever be set. */
    boolean isUsable() {
        return usable;
    }

    /**
     * Follows the rate of the connection.
     *
     * @param bytes the number of bytes that have arrived
     * @param nanos the time since the arrival before
     * @param missing the number of bytes that are still to come
     */
    void arrived(int bytes, long nanos, long missing) {
        if (usable) {
            long soon = bytes * TimeUnit.MILLISECONDS.toNanos(MOST_WAIT_MILLIS) / Math.max(1, nanos);
            long most = Math.min(soon, missing / 2);
            set(most >= MOST_BYTES ? MOST_BYTES : most >= LEAST_BYTES ? LEAST_BYTES : 1);
        }
    }

    /**
     * Wakes the event loop for each byte again, and soon if there are any.
     *
     * @return whether any may have waited
     */
    boolean clear() {
        boolean was = mark > 1;
        set(1);
        return was;
    }

    private void set(int bytes) {
        if (mark != bytes) {
            mark = bytes;
            try {
                channel.config().setOption(OPTION, bytes);
            } catch (ChannelException closed) {
                // the body ends with an error of its own
            }
        }
    }
}
