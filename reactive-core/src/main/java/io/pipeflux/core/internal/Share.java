package io.pipeflux.core.internal;

/**
 * One share of numbered elements: those whose number modulo {@code count} is {@code index}.
 *
 * @param count the number of shares, at least 1
 * @param index this share, from 0 to {@code count - 1}
 */
public record Share(int count, int index) {

    @Override
    public String toString() {
        return "shard(" + count + ", " + index + ")";
    }
}
