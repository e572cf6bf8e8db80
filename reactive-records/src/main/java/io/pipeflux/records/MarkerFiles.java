package io.pipeflux.records;

/** Recognizes files that Hadoop, Spark and their committers keep next to the data. Some of these files have content. */
final class MarkerFiles {

    private MarkerFiles() {}

    /** Returns whether the last name in a key is that of a marker file, whatever the channel's prefix is. */
    static boolean isMarker(String key) {
        String name = key.substring(key.lastIndexOf('/') + 1);
        return name.equals("_SUCCESS")
                || name.equals("_metadata")
                || name.equals("_common_metadata")
                || name.startsWith("_committed_")
                || name.startsWith("_started_")
                || name.endsWith("_$folder$")
                || (name.startsWith(".") && name.endsWith(".crc"));
    }

    /**
     * Returns whether an object is a marker, or is hidden because a name in its key begins with {@code _} or {@code .}.
     * Names in the prefix are ignored. If the key does not begin with the prefix, only the last name in the key is
     * examined.
     */
    static boolean isHidden(String prefix, String key) {
        int from = key.startsWith(prefix) ? prefix.length() : key.lastIndexOf('/') + 1;
        int name = from == 0 || key.charAt(from - 1) == '/' ? from : next(key, from);
        while (name < key.length()) {
            int next = next(key, name);
            if (beginsHidden(key, name, next)) {
                return true;
            }
            name = next;
        }
        return isMarker(key);
    }

    private static int next(String key, int from) {
        int slash = key.indexOf('/', from);
        return slash < 0 ? key.length() : slash + 1;
    }

    /**
     * Returns whether a name begins as hidden names do. Partitions such as {@code _year=2026} are not hidden, because
     * Spark reads them.
     */
    private static boolean beginsHidden(String key, int name, int next) {
        return key.charAt(name) == '.'
                || (key.charAt(name) == '_' && key.substring(name, next).indexOf('=') < 0);
    }
}
