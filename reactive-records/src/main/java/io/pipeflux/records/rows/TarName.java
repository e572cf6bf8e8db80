package io.pipeflux.records.rows;

import org.jspecify.annotations.Nullable;

/**
 * The name of a file in a WebDataset, split into key and extension. Python's WebDataset library splits names in the
 * same way.
 *
 * @param key the file's path up to the first dot in the file's name
 * @param extension the part of the file's name after this dot, with ASCII letters in lower case
 */
record TarName(String key, String extension) {

    /**
     * Splits a path. Returns null if the file is not part of a row: if the file has no extension, if it is hidden, or
     * if the first component of its path marks metadata ({@code __x__}).
     */
    static @Nullable TarName of(String path) {
        int name = path.lastIndexOf('/') + 1;
        int dot = path.indexOf('.', name);
        if (dot <= name || isMeta(path)) {
            return null;
        }
        return new TarName(path.substring(0, dot), lower(path.substring(dot + 1)));
    }

    private static boolean isMeta(String path) {
        int slash = path.indexOf('/');
        String first = slash < 0 ? path : path.substring(0, slash);
        return first.length() >= 4 && first.startsWith("__") && first.endsWith("__");
    }

    static String lower(String extension) {
        StringBuilder lower = new StringBuilder(extension);
        for (int i = 0; i < lower.length(); i++) {
            char c = lower.charAt(i);
            if (c >= 'A' && c <= 'Z') {
                lower.setCharAt(i, (char) (c + 'a' - 'A'));
            }
        }
        return lower.toString();
    }
}
