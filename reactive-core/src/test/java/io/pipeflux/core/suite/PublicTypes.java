package io.pipeflux.core.suite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The types of a module that a user's code can name. */
public final class PublicTypes {

    private PublicTypes() {}

    /**
     * Loads the public and protected types of a module, in the order of their names.
     *
     * @param any a class of the module
     */
    public static List<Class<?>> of(Class<?> any) {
        return under(rootOf(any), any.getClassLoader());
    }

    /** Returns the directory or JAR file that a class was loaded from. */
    static Path rootOf(Class<?> any) {
        try {
            return Path.of(
                    any.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Loads the public and protected types under a directory of classes, in the order of their names. */
    static List<Class<?>> under(Path root, ClassLoader loader) {
        try (Stream<Path> files = Files.walk(root)) {
            return files.map(file -> root.relativize(file).toString())
                    .filter(file -> file.endsWith(".class") && !file.endsWith("-info.class"))
                    .filter(file -> !file.contains("/proto/")) // generated: the .proto file is what a reviewer reads
                    .<Class<?>>map(file ->
                            load(file.substring(0, file.length() - 6).replace('/', '.'), loader))
                    .filter(PublicTypes::isVisible)
                    .sorted(Comparator.comparing(Class::getName))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns whether a user's code can name the type, or as a subclass could. */
    static boolean isVisible(Class<?> type) {
        if (type.isAnonymousClass() || type.isLocalClass() || type.isSynthetic()) {
            return false;
        }
        boolean here = (type.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0;
        Class<?> enclosing = type.getEnclosingClass();
        return here && (enclosing == null || isVisible(enclosing));
    }

    private static Class<?> load(String name, ClassLoader loader) {
        try {
            return Class.forName(name, false, loader);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }
}
