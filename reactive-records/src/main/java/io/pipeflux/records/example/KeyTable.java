package io.pipeflux.records.example;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Finds the keys of a schema by their UTF-8 bytes, without creating a String. Immutable. */
final class KeyTable {

    private static final int NONE = -1;

    private final String[] names;
    private final byte[][] keys;
    // a hash table with linear probing, at most half full; a slot contains the index of a key, or NONE
    private final int[] slots;

    KeyTable(List<String> names) {
        this.names = names.toArray(String[]::new);
        keys = names.stream().map(name -> name.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new);
        slots = new int[Math.max(1, Integer.highestOneBit(names.size())) * 4];
        Arrays.fill(slots, NONE);
        for (int i = 0; i < keys.length; i++) {
            if (find(keys[i], 0, keys[i].length) != NONE) {
                throw new IllegalArgumentException("two features have the name \"" + names.get(i) + "\"");
            }
            int slot = slot(keys[i], 0, keys[i].length);
            while (slots[slot] != NONE) {
                slot = next(slot);
            }
            slots[slot] = i;
        }
    }

    /** Returns the name of the key with the given index. */
    String name(int index) {
        return names[index];
    }

    /**
     * Returns the index of the key whose UTF-8 bytes are in the given range of the array, or -1 if there is no such
     * key.
     */
    int find(byte[] array, int from, int to) {
        for (int slot = slot(array, from, to); slots[slot] != NONE; slot = next(slot)) {
            byte[] key = keys[slots[slot]];
            if (Arrays.equals(key, 0, key.length, array, from, to)) {
                return slots[slot];
            }
        }
        return NONE;
    }

    private int slot(byte[] array, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = hash * 31 + array[i];
        }
        return (hash ^ hash >>> 15) & (slots.length - 1);
    }

    private int next(int slot) {
        return (slot + 1) & (slots.length - 1);
    }
}
