package io.pipeflux.core.suite;

import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/**
 * The public API of a module as text: each type that a user can name at the start of a line, its members indented on
 * the lines after it. Packages named {@code internal} and generated packages named {@code proto} are absent. Types are
 * non-null where nothing else is written.
 *
 * <p>What other parts of a line imply has no line of its own: the members that the language gives to enums and records.
 * Members that a type inherits from types that a user cannot name are shown with the type that a user can.
 */
final class ApiDump {

    private final SignatureText text;

    private ApiDump(SignatureText text) {
        this.text = text;
    }

    /** Reads the classes under a directory. */
    static String of(Path root, ClassLoader loader) {
        List<Class<?>> types = PublicTypes.under(root, loader).stream()
                .filter(type -> !(type.getPackageName() + ".").contains(".internal."))
                .toList();
        SignatureText first = new SignatureText(Set.of());
        new ApiDump(first).lines(types);
        SignatureText text = new SignatureText(first.ambiguous());
        List<String> lines = new ApiDump(text).lines(types);
        Set<String> own = types.stream().map(Class::getPackageName).collect(Collectors.toSet());
        return Stream.concat(
                        text.imports().stream()
                                .filter(name -> !own.contains(name.substring(0, name.lastIndexOf('.'))))
                                .sorted()
                                .map(name -> "import " + name),
                        lines.stream())
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private List<String> lines(List<Class<?>> types) {
        List<String> lines = new ArrayList<>();
        for (Class<?> type : types) {
            lines.add("");
            lines.add(header(type));
            Stream.of(constants(type), fields(type), constructors(type), methods(type))
                    .flatMap(List::stream)
                    .map(line -> "    " + line)
                    .forEach(lines::add);
        }
        return lines;
    }

    private String header(Class<?> type) {
        StringBuilder line =
                new StringBuilder(isNullMarked(type) ? "" : "@NullUnmarked ").append(text.annotations(type));
        line.append(modifiers(type)).append(kind(type)).append(' ');
        line.append(type.getName().replace('$', '.')).append(text.parameters(type));
        if (type.isRecord()) {
            line.append(Arrays.stream(type.getRecordComponents())
                    .map(component -> text.type(component.getAnnotatedType()) + " " + component.getName())
                    .collect(Collectors.joining(", ", "(", ")")));
        }
        if (!type.isEnum() && !type.isRecord()) {
            line.append(
                    visibleSuperclass(type).map(parent -> " extends " + parent).orElse(""));
        }
        String interfaces = visibleInterfaces(type).sorted().distinct().collect(Collectors.joining(", "));
        if (!interfaces.isEmpty()) {
            line.append(type.isInterface() ? " extends " : " implements ").append(interfaces);
        }
        if (type.isSealed()) {
            line.append(Arrays.stream(type.getPermittedSubclasses())
                    .map(text::name)
                    .sorted()
                    .collect(Collectors.joining(", ", " permits ", "")));
        }
        return line.toString();
    }

    private Optional<String> visibleSuperclass(Class<?> type) {
        Class<?> parent = type.getSuperclass();
        if (parent == null || parent == Object.class) {
            return Optional.empty();
        }
        return PublicTypes.isVisible(parent)
                ? Optional.of(text.type(type.getAnnotatedSuperclass()))
                : visibleSuperclass(parent);
    }

    private Stream<String> visibleInterfaces(Class<?> type) {
        Class<?> parent = type.getSuperclass();
        Stream<String> inherited =
                parent == null || PublicTypes.isVisible(parent) ? Stream.of() : visibleInterfaces(parent);
        Class<?>[] interfaces = type.getInterfaces();
        AnnotatedType[] uses = type.getAnnotatedInterfaces();
        Stream<String> declared = IntStream.range(0, interfaces.length)
                .boxed()
                .flatMap(i -> PublicTypes.isVisible(interfaces[i])
                        ? Stream.of(text.type(uses[i]))
                        : visibleInterfaces(interfaces[i]));
        return Stream.concat(inherited, declared);
    }

    private static String kind(Class<?> type) {
        if (type.isAnnotation()) {
            return "@interface";
        }
        return type.isInterface() ? "interface" : type.isEnum() ? "enum" : type.isRecord() ? "record" : "class";
    }

    private static String modifiers(Class<?> type) {
        int modifiers = type.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED);
        if (type.getEnclosingClass() != null && !type.isInterface() && !type.isEnum() && !type.isRecord()) {
            modifiers |= type.getModifiers() & Modifier.STATIC;
        }
        if (!type.isInterface() && !type.isEnum()) {
            modifiers |= type.getModifiers() & Modifier.ABSTRACT;
        }
        if (!type.isRecord() && !type.isEnum()) {
            modifiers |= type.getModifiers() & Modifier.FINAL;
        }
        return words(modifiers) + (type.isSealed() && !type.isEnum() ? "sealed " : "");
    }

    private static String words(int modifiers) {
        return modifiers == 0 ? "" : Modifier.toString(modifiers) + " ";
    }

    private static boolean isNullMarked(Class<?> type) {
        if (Arrays.stream(type.getAnnotations())
                .anyMatch(annotation -> annotation.annotationType().getName().equals("kotlin.Metadata"))) {
            return true; // Kotlin has nullness of its own
        }
        for (Class<?> each = type; each != null; each = each.getEnclosingClass()) {
            if (each.isAnnotationPresent(NullMarked.class)) {
                return true;
            }
        }
        Package inside = type.getPackage();
        return inside.isAnnotationPresent(NullMarked.class);
    }

    /** In the order of their declaration, which users can observe. */
    private static List<String> constants(Class<?> type) {
        return Arrays.stream(type.getDeclaredFields())
                .filter(Field::isEnumConstant)
                .map(constant -> "constant " + constant.getName())
                .toList();
    }

    private List<String> fields(Class<?> type) {
        return family(type)
                .flatMap(each -> Arrays.stream(each.getDeclaredFields()))
                .filter(field -> isShown(field.getModifiers(), type) && !field.isSynthetic() && !field.isEnumConstant())
                .map(field ->
                        text.annotations(field) + words(field.getModifiers() & ~Modifier.TRANSIENT & ~Modifier.VOLATILE)
                                + text.type(field.getAnnotatedType()) + " " + field.getName())
                .sorted(Comparator.comparing(ApiDump::lastWord))
                .distinct()
                .toList();
    }

    private List<String> constructors(Class<?> type) {
        return Arrays.stream(type.getDeclaredConstructors())
                .filter(constructor -> isShown(constructor.getModifiers(), type) && !constructor.isSynthetic())
                .filter(constructor -> !isOfRecord(type, constructor.getParameterTypes()))
                .map(constructor -> signature(constructor, "", type.getSimpleName()))
                .sorted()
                .toList();
    }

    private static boolean isOfRecord(Class<?> type, Class<?>[] parameters) {
        return type.isRecord()
                && Arrays.equals(
                        parameters,
                        Arrays.stream(type.getRecordComponents())
                                .map(component -> component.getType())
                                .toArray());
    }

    private List<String> methods(Class<?> type) {
        return family(type)
                .flatMap(each -> Arrays.stream(each.getDeclaredMethods()))
                .filter(method -> isShown(method.getModifiers(), type) && !method.isSynthetic())
                .filter(method -> !isImplied(type, method))
                .sorted(Comparator.comparing(Method::getName))
                .map(method -> new String[] {
                    method.getName(),
                    signature(method, text.type(method.getAnnotatedReturnType()) + " ", method.getName())
                })
                .sorted(Comparator.<String[], String>comparing(named -> named[0])
                        .thenComparing(named -> named[1]))
                .map(named -> named[1])
                .distinct()
                .toList();
    }

    /** Returns whether the language gives the method to each enum or record. */
    private static boolean isImplied(Class<?> type, Method method) {
        Class<?>[] parameters = method.getParameterTypes();
        if (type.isEnum() && Modifier.isStatic(method.getModifiers())) {
            return (method.getName().equals("values") && parameters.length == 0)
                    || (method.getName().equals("valueOf") && Arrays.equals(parameters, new Class<?>[] {String.class}));
        }
        if (!type.isRecord()) {
            return false;
        }
        boolean accessor = parameters.length == 0
                && Arrays.stream(type.getRecordComponents())
                        .anyMatch(component -> component.getName().equals(method.getName()));
        return accessor
                || (parameters.length == 0 && Set.of("hashCode", "toString").contains(method.getName()))
                || (method.getName().equals("equals") && Arrays.equals(parameters, new Class<?>[] {Object.class}));
    }

    /** Returns the type and those supertypes whose members a user sees as the type's own. */
    private static Stream<Class<?>> family(Class<?> type) {
        Set<Class<?>> supertypes = new TreeSet<>(Comparator.comparing(Class::getName));
        addInvisible(type, supertypes);
        return Stream.concat(Stream.of(type), supertypes.stream());
    }

    private static void addInvisible(Class<?> type, Set<Class<?>> supertypes) {
        Stream.concat(Stream.ofNullable(type.getSuperclass()), Arrays.stream(type.getInterfaces()))
                .filter(parent -> !PublicTypes.isVisible(parent))
                .forEach(parent -> {
                    supertypes.add(parent);
                    addInvisible(parent, supertypes);
                });
    }

    private static boolean isShown(int modifiers, Class<?> type) {
        boolean extensible = !Modifier.isFinal(type.getModifiers());
        return Modifier.isPublic(modifiers) || (extensible && Modifier.isProtected(modifiers));
    }

    private String signature(Executable member, String returned, String name) {
        boolean inInterface = member.getDeclaringClass().isInterface();
        int hidden = Modifier.SYNCHRONIZED | Modifier.NATIVE | Modifier.STRICT | Modifier.TRANSIENT | Modifier.VOLATILE;
        String modifiers = words(member.getModifiers() & ~hidden & ~(inInterface ? Modifier.ABSTRACT : 0));
        String isDefault = member instanceof Method method && method.isDefault() ? "default " : "";
        String parameters = text.parameters(member);
        return text.annotations(member)
                + modifiers
                + isDefault
                + parameters
                + (parameters.isEmpty() ? "" : " ")
                + returned
                + name
                + Arrays.stream(member.getParameters()).map(this::parameter).collect(Collectors.joining(", ", "(", ")"))
                + checked(member);
    }

    private String parameter(Parameter parameter) {
        String type = text.type(parameter.getAnnotatedType());
        return parameter.isVarArgs() ? type.substring(0, type.length() - 2) + "..." : type;
    }

    private String checked(Executable member) {
        Class<?>[] thrown = member.getExceptionTypes();
        AnnotatedType[] uses = member.getAnnotatedExceptionTypes();
        String names = IntStream.range(0, thrown.length)
                .filter(i ->
                        !RuntimeException.class.isAssignableFrom(thrown[i]) && !Error.class.isAssignableFrom(thrown[i]))
                .mapToObj(i -> text.type(uses[i]))
                .sorted()
                .collect(Collectors.joining(", "));
        return names.isEmpty() ? "" : " throws " + names;
    }

    private static String lastWord(String line) {
        return line.substring(line.lastIndexOf(' ') + 1);
    }
}
