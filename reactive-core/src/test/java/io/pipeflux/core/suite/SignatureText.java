package io.pipeflux.core.suite;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.AnnotatedWildcardType;
import java.lang.reflect.GenericDeclaration;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.TypeVariable;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Types as a signature shows them, with the annotations of their use. A type has its simple name, and {@link #imports}
 * lists which types these are; two types of the same simple name both keep their packages.
 *
 * <p>Nothing here uses the JDK's own {@code toString}, which differs from release to release.
 */
final class SignatureText {

    /** Kotlin's metadata repeat the class; the others have no meaning for who calls a member. */
    private static final Set<String> NOT_SHOWN =
            Set.of("kotlin.Metadata", "java.lang.SafeVarargs", "org.jspecify.annotations.NullMarked");

    private final Set<Class<?>> named =
            new TreeSet<>((one, other) -> one.getName().compareTo(other.getName()));
    private final Set<String> ambiguous;

    /** A text whose types of these simple names keep their packages. */
    SignatureText(Set<String> ambiguous) {
        this.ambiguous = ambiguous;
    }

    /** Returns the simple names that mean more than one of the types so far. */
    Set<String> ambiguous() {
        return named.stream()
                .collect(Collectors.groupingBy(
                        SignatureText::outerName, Collectors.mapping(Class::getPackageName, Collectors.toSet())))
                .entrySet()
                .stream()
                .filter(packages -> packages.getValue().size() > 1)
                .map(packages -> packages.getKey())
                .collect(Collectors.toSet());
    }

    /** Returns the names of the types so far that have lost their packages, those of {@code java.lang} excepted. */
    List<String> imports() {
        return named.stream()
                .filter(type -> !ambiguous.contains(outerName(type)))
                .filter(type -> !type.isPrimitive() && !type.getPackageName().equals("java.lang"))
                .map(type -> type.getPackageName() + "." + outerName(type))
                .distinct()
                .toList();
    }

    String type(AnnotatedType use) {
        if (use instanceof AnnotatedArrayType array) {
            String annotations = annotations(array);
            return type(array.getAnnotatedGenericComponentType())
                    + (annotations.isEmpty() ? "" : " " + annotations)
                    + "[]";
        }
        if (use instanceof AnnotatedWildcardType wildcard) {
            return annotations(wildcard) + wildcard(wildcard);
        }
        if (use instanceof AnnotatedParameterizedType generic) {
            String arguments = Arrays.stream(generic.getAnnotatedActualTypeArguments())
                    .map(this::type)
                    .collect(Collectors.joining(", ", "<", ">"));
            return annotations(use) + name((Class<?>) ((ParameterizedType) use.getType()).getRawType()) + arguments;
        }
        if (use.getType() instanceof TypeVariable<?> variable) {
            return annotations(use) + variable.getName();
        }
        return annotations(use) + name((Class<?>) use.getType());
    }

    private String wildcard(AnnotatedWildcardType wildcard) {
        if (wildcard.getAnnotatedLowerBounds().length > 0) {
            return "? super " + type(wildcard.getAnnotatedLowerBounds()[0]);
        }
        String bounds = bounds(wildcard.getAnnotatedUpperBounds());
        return "?" + bounds;
    }

    String types(AnnotatedType[] uses) {
        return Arrays.stream(uses).map(this::type).collect(Collectors.joining(", "));
    }

    /** Returns the type parameters in angle brackets and a space, or nothing if there are none. */
    String parameters(GenericDeclaration declaration) {
        TypeVariable<?>[] variables = declaration.getTypeParameters();
        if (variables.length == 0) {
            return "";
        }
        return Arrays.stream(variables)
                .map(variable -> annotations(variable) + variable.getName() + bounds(variable.getAnnotatedBounds()))
                .collect(Collectors.joining(", ", "<", ">"));
    }

    private String bounds(AnnotatedType[] bounds) {
        String text = Stream.of(bounds).map(this::type).collect(Collectors.joining(" & "));
        return text.isEmpty() || text.equals("Object") ? "" : " extends " + text;
    }

    /** Returns the annotations of an element, each with a space after it. */
    String annotations(AnnotatedElement element) {
        return Arrays.stream(element.getDeclaredAnnotations())
                .filter(annotation ->
                        !NOT_SHOWN.contains(annotation.annotationType().getName()))
                .map(SignatureText::annotation)
                .sorted()
                .map(annotation -> annotation + " ")
                .collect(Collectors.joining());
    }

    private static String annotation(Annotation annotation) {
        boolean ends = annotation instanceof Deprecated deprecated && deprecated.forRemoval();
        return "@" + annotation.annotationType().getSimpleName() + (ends ? "(forRemoval = true)" : "");
    }

    String name(Class<?> type) {
        if (type.isArray()) {
            return name(type.getComponentType()) + "[]";
        }
        named.add(type);
        String inPackage = type.getPackageName().isEmpty() || type.isPrimitive()
                ? type.getName()
                : type.getName().substring(type.getPackageName().length() + 1);
        String name = inPackage.replace('$', '.');
        return ambiguous.contains(outerName(type)) ? type.getPackageName() + "." + name : name;
    }

    private static String outerName(Class<?> type) {
        Class<?> outer = type;
        while (outer.getEnclosingClass() != null) {
            outer = outer.getEnclosingClass();
        }
        return outer.getSimpleName();
    }
}
