package io.pipeflux.core.channel;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** States what each host reads of a channel: objects and bytes. Immutable. */
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

    /** Returns the number of objects that a host reads. Hosts are counted from 0. */
    public long objects(int host) {
        return objects[host];
    }

    /**
     * Returns the number of bytes that a host reads, or -1 if the channel's list states no sizes, such as a manifest.
     */
    public long bytes(int host) {
        return bytes == null ? -1 : bytes[host];
    }

    /**
     * Returns by which part of the average the host with the most bytes has more than the average: 0 if all have as
     * many. If the list does not state sizes, objects are counted.
     */
    public double imbalance() {
        long[] of = bytes == null ? objects : bytes;
        double average = Arrays.stream(of).sum() / (double) of.length;
        return average == 0 ? 0 : Arrays.stream(of).max().orElse(0) / average - 1;
    }

    /** Returns a line for each host, and one for the imbalance. */
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
