package io.pipeflux.records;

/**
 * Recognizes the marker files that Hadoop, Spark and their committers leave next to the data. Some marker files have
 * content.
 */
final class MarkerFiles {

    private MarkerFiles() {}

    /**
     * Returns whether the last path component of a key is the name of a marker file. The channel's prefix does not
     * matter.
     */
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
     * Returns whether an object is a marker file, or is hidden because a path component of its key begins with {@code
     * _} or {@code .}. Only the part of the key after the prefix is examined. If the key does not begin with the
     * prefix, only the last path component is examined.
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
     * Returns whether a path component is hidden, that is, whether it begins with {@code _} or {@code .}. Partitions
     * such as {@code _year=2026} do not count as hidden, because Spark reads them.
     */
    private static boolean beginsHidden(String key, int name, int next) {
        return key.charAt(name) == '.'
                || (key.charAt(name) == '_' && key.substring(name, next).indexOf('=') < 0);
    }
}
