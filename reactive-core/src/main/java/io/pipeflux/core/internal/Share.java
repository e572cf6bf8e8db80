package io.pipeflux.core.internal;

/**
 * A share of a sequence of numbered elements. An element belongs to the share if its number modulo {@code count} is
 * {@code index}.
 *
 * @param count the number of shares, at least 1
 * @param index the number of this share, from 0 to {@code count - 1}
 */
public record Share(int count, int index) {

    @Override
    public String toString() {
        return "shard(" + count + ", " + index + ")";
    }
}
