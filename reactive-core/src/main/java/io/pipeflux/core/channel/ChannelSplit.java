package io.pipeflux.core.channel;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The number of objects and bytes that each host reads from a channel. Instances are immutable. */
public final class ChannelSplit {

    private final long[] objects;
    private final long @Nullable [] bytes;

    ChannelSplit(long[] objects, long @Nullable [] bytes) {
        this.objects = objects;
        this.bytes = bytes;
    }

    /** Returns the number of hosts. */
    public int hosts() {
        return objects.length;
    }

    /** Returns the number of objects that a host reads. Hosts are numbered from 0. */
    public long objects(int host) {
        return objects[host];
    }

    /**
     * Returns the number of bytes that a host reads. Returns -1 if the channel's list, for example a manifest, states
     * no sizes.
     */
    public long bytes(int host) {
        return bytes == null ? -1 : bytes[host];
    }

    /**
     * Returns by how much the largest share exceeds the average, as a fraction of the average. Returns 0 if all shares
     * are equal. The shares are compared by bytes or, if the list states no sizes, by objects.
     */
    public double imbalance() {
        long[] of = bytes == null ? objects : bytes;
        double average = Arrays.stream(of).sum() / (double) of.length;
        return average == 0 ? 0 : Arrays.stream(of).max().orElse(0) / average - 1;
    }

    /** Returns one line for each host, and a line for the imbalance. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int host = 0; host < objects.length; host++) {
            text.append("host ").append(host).append(": ").append(objects[host]).append(" objects");
            if (bytes != null) {
                text.append(", ").append(bytes[host]).append(" bytes");
            }
            text.append('\n');
        }
        return text.append(
                        String.format(Locale.ROOT, "the largest share is %.2f %% above the average", 100 * imbalance()))
                .toString();
    }
}
