package io.pipeflux.s3.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.util.concurrent.TimeUnit;

/**
 * Sets the mark: the number of bytes that the kernel collects before it wakes the event loop ({@code SO_RCVLOWAT}).
 * Without a mark, a connection that is slower than the processor costs a wake-up, a read and a chunk for every few
 * kilobytes.
 *
 * <p>The mark is set to the number of bytes that arrive within 5 ms, but to at most one chunk. It is also at most half
 * of the rest of the body, so that the event loop does not wait for bytes that will never arrive. The kernel ignores
 * the mark when the peer closes the connection, and when the kernel's buffer is full. Over TLS, one read is followed by
 * the decryption of several records in quick succession, so the measured rate is high, and the mark is usually at its
 * maximum. If the connection is in fact slower, bytes wait in the kernel for up to 0.2 s, until the body checks for
 * them.
 *
 * <p>Without Netty's epoll transport, the mark is not used. All methods must be called on the channel's event loop.
 */
final class ReadMark {

    private static final int MOST_BYTES = 128 << 10; // the maximum size of one read

    /**
     * The smallest mark. It leaves a margin for TLS, where up to one record (16 KiB) may have left the socket without
     * being counted as received.
     */
    private static final int LEAST_BYTES = 32 << 10;

    private static final int MOST_WAIT_MILLIS = 5;
    private static final long LEAST_TIMEOUT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /**
     * The socket option SO_RCVLOWAT of Linux: its level is SOL_SOCKET (1), and its number is 18. Both are the same on
     * all processors for which Netty has a native library.
     */
    private static final IntegerUnixChannelOption OPTION = new IntegerUnixChannelOption("SO_RCVLOWAT", 1, 18);

    private final Channel channel;
    private final boolean usable;
    private int mark = 1;

    /**
     * @param expected the number of bytes of the body, or -1 if it is unknown
     * @param readTimeout the read time-out in nanoseconds. If it is less than {@link #LEAST_TIMEOUT_NANOS}, the mark is
     *     not used
     */
    ReadMark(Channel channel, long expected, long readTimeout) {
        this.channel = channel;
        this.usable = expected >= 4 * MOST_BYTES
                && readTimeout >= LEAST_TIMEOUT_NANOS
                && channel instanceof EpollSocketChannel;
    }

    /** Returns whether the mark is used for this body. */
    boolean isUsable() {
        return usable;
    }

    /**
     * Adapts the mark to the rate of the connection.
     *
     * @param bytes the number of bytes that have just arrived
     * @param nanos the time since the previous arrival
     * @param missing the number of bytes of the body that have not arrived yet
     */
    void arrived(int bytes, long nanos, long missing) {
        if (usable) {
            long soon = bytes * TimeUnit.MILLISECONDS.toNanos(MOST_WAIT_MILLIS) / Math.max(1, nanos);
            long most = Math.min(soon, missing / 2);
            set(most >= MOST_BYTES ? MOST_BYTES : most >= LEAST_BYTES ? LEAST_BYTES : 1);
        }
    }

    /**
     * Resets the mark, so that every byte wakes the event loop. If the kernel has already collected bytes, they wake
     * the event loop soon after this call.
     *
     * @return whether bytes may have been collected
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
                // ignored, because the body reports its own error
            }
        }
    }
}
