package io.pipeflux.samples.agent;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The agent's cache of S3 objects.
 *
 * @param directory the directory in which the cached objects are stored
 * @param bytes the maximum total size of the cached objects in bytes
 */
record CacheOption(Path directory, long bytes) {

    private static final Pattern BYTES = Pattern.compile("(\\d{1,18})(KiB|MiB|GiB|TiB)?");
    private static final List<String> UNITS = List.of("KiB", "MiB", "GiB", "TiB");

    static CacheOption of(Path directory, String bytes) {
        Matcher matcher = BYTES.matcher(bytes);
        if (matcher.matches()) {
            String unit = matcher.group(2);
            int shift = unit == null ? 0 : 10 * (UNITS.indexOf(unit) + 1);
            long number = Long.parseLong(matcher.group(1));
            if (number > 0 && number <= Long.MAX_VALUE >> shift) {
                return new CacheOption(directory, number << shift);
            }
        }
        throw new InputException("expected --cache-bytes >= 1 such as 1073741824 or 50GiB, but got '" + bytes + "'");
    }
}
