package io.pipeflux.core.suite;

import io.pipeflux.core.ObjectBytes;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.nio.ByteBuffer;
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
        for (Class<?> type : PublicTypes.of(any)) {
            if (type.getPackageName().endsWith(".internal")) {
                continue; // not for users
            }
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
}
