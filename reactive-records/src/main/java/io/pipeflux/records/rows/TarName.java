package io.pipeflux.records.rows;

import org.jspecify.annotations.Nullable;

/**
 * The name of a file in a WebDataset, split into key and extension in the same way as by the WebDataset library for
 * Python.
 *
 * @param key the path up to the first dot of the file's name
 * @param extension the rest of the name after that dot, with ASCII letters in lower case
 */
record TarName(String key, String extension) {

    /**
     * Splits a path. Returns null if the file is not part of a row. This is the case if it has no extension, if it is
     * hidden, or if the first name in its path marks metadata ({@code __x__}).
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
