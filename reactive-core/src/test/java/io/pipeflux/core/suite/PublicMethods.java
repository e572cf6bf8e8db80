package io.pipeflux.core.suite;

import io.pipeflux.core.ObjectBytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Public methods of a module, found by their types: so that a list of them cannot miss one. */
public final class PublicMethods {

    private PublicMethods() {}

    /**
     * The methods that are given bytes: those with a {@code ByteBuffer} or an {@link ObjectBytes} anywhere in the type
     * of a parameter, or in the argument of a {@link Function} that they return. As {@code Class.method(Parameter)}.
     *
     * @param any a class of the module
     */
    public static Set<String> givenBytes(Class<?> any) {
        Set<String> names = new TreeSet<>();
        for (Class<?> type : publicClasses(any)) {
            for (Method method : type.getDeclaredMethods()) {
                if (Modifier.isPublic(method.getModifiers()) && !method.isSynthetic() && isGivenBytes(method)) {
                    names.add(name(method));
                }
            }
        }
        return names;
    }

    private static boolean isGivenBytes(Method method) {
        return Arrays.stream(method.getGenericParameterTypes()).anyMatch(PublicMethods::holdsBytes)
                || (method.getGenericReturnType() instanceof ParameterizedType returned
                        && returned.getRawType() == Function.class
                        && holdsBytes(returned.getActualTypeArguments()[0]));
    }

    private static boolean holdsBytes(Type type) {
        if (type instanceof ParameterizedType generic) {
            return Arrays.stream(generic.getActualTypeArguments()).anyMatch(PublicMethods::holdsBytes);
        }
        if (type instanceof WildcardType wildcard) {
            return Stream.of(wildcard.getLowerBounds(), wildcard.getUpperBounds())
                    .flatMap(Arrays::stream)
                    .anyMatch(PublicMethods::holdsBytes);
        }
        if (type instanceof GenericArrayType array) {
            return holdsBytes(array.getGenericComponentType());
        }
        return type == ByteBuffer.class || type == ObjectBytes.class;
    }

    private static String name(Method method) {
        String parameters = Arrays.stream(method.getParameterTypes())
                .map(Class::getSimpleName)
                .collect(Collectors.joining(", ", "(", ")"));
        return method.getDeclaringClass().getSimpleName() + "." + method.getName() + parameters;
    }

    private static Set<Class<?>> publicClasses(Class<?> any) {
        try {
            Path root = Path.of(
                    any.getProtectionDomain().getCodeSource().getLocation().toURI());
            try (Stream<Path> files = Files.walk(root)) {
                return files.map(file -> root.relativize(file).toString())
                        .filter(file -> file.endsWith(".class") && !file.endsWith("-info.class"))
                        .filter(file -> !file.contains("/proto/")) // generated
                        .map(file -> load(file.substring(0, file.length() - 6).replace('/', '.')))
                        .filter(PublicMethods::isPublic)
                        .collect(Collectors.toSet());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isPublic(Class<?> type) {
        boolean here = Modifier.isPublic(type.getModifiers());
        return here && (type.getEnclosingClass() == null || isPublic(type.getEnclosingClass()));
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, PublicMethods.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }
}
