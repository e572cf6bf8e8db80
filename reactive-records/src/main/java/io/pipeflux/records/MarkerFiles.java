package io.pipeflux.records;

/** The names of files that Hadoop, Spark and their committers leave beside the data. Some of them have content. */
final class MarkerFiles {

    private MarkerFiles() {}

    /** Returns whether an object is such a file, judged by the last part of its key. */
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
}
