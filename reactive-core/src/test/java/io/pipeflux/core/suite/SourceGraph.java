package io.pipeflux.core.suite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which source files of a module name which others, in code: comments and strings do not count. A file stands for the
 * type that it is named after. Reads sources rather than classes, so that one test covers modules that are built later,
 * and Kotlin.
 */
public final class SourceGraph {

    private static final Pattern NOT_CODE = Pattern.compile(
            "\"\"\"(?s:.*?)\"\"\"|\"(?:\\\\.|[^\"\\\\\n])*+\"|'(?:\\\\.|[^'\\\\\n])*+'" + "|/\\*(?s:.*?)\\*/|//[^\n]*");
    private static final Pattern PACKAGE = Pattern.compile("(?m)^package ([\\w.]+)");
    private static final Pattern NAME = Pattern.compile("(?<![\\w.])\\w+(?:\\.\\w+)*");

    private final Map<String, Set<String>> references = new TreeMap<>();

    private SourceGraph(Map<String, String> code) {
        code.forEach((type, text) -> references.put(type, references(type, text, code.keySet())));
    }

    /** Reads the main sources of the module in a directory. */
    public static SourceGraph of(Path module) {
        Map<String, String> code = new TreeMap<>();
        for (String language : List.of("java", "kotlin")) {
            Path sources = module.resolve("src/main").resolve(language);
            if (Files.isDirectory(sources)) {
                try (Stream<Path> files = Files.walk(sources)) {
                    files.filter(file -> file.toString().matches(".*\\.(java|kt)"))
                            .filter(file -> !file.endsWith("package-info.java"))
                            .forEach(file -> add(file, code));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
        return new SourceGraph(code);
    }

    private static void add(Path file, Map<String, String> code) {
        try {
            String text = NOT_CODE.matcher(Files.readString(file)).replaceAll(" ");
            Matcher declared = PACKAGE.matcher(text);
            if (!declared.find()) {
                throw new IllegalArgumentException("expected a package in " + file + ", but got none");
            }
            String name = file.getFileName().toString();
            code.put(declared.group(1) + "." + name.substring(0, name.lastIndexOf('.')), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Set<String> references(String type, String text, Set<String> types) {
        Set<String> found = new TreeSet<>();
        Matcher names = NAME.matcher(text);
        while (names.find()) {
            String name = names.group();
            String local = packageOf(type) + "." + name.replaceAll("\\..*", "");
            if (types.contains(local)) {
                found.add(local);
            }
            for (String prefix = name; prefix.contains("."); prefix = packageOf(prefix)) {
                if (types.contains(prefix)) {
                    found.add(prefix);
                }
            }
        }
        found.remove(type);
        return found;
    }

    private static String packageOf(String type) {
        return type.substring(0, type.lastIndexOf('.'));
    }

    public boolean isEmpty() {
        return references.isEmpty();
    }

    /** Returns the groups of types in which each leads to each. */
    public List<Set<String>> ringsOfTypes() {
        return rings(references);
    }

    /**
     * Returns the groups of packages in which each leads to each.
     *
     * @param except the simple name of a type whose references do not count
     */
    public List<Set<String>> ringsOfPackages(String except) {
        Map<String, Set<String>> packages = new TreeMap<>();
        references.forEach((type, others) -> {
            Set<String> led = packages.computeIfAbsent(packageOf(type), name -> new TreeSet<>());
            if (!type.endsWith("." + except)) {
                others.forEach(other -> led.add(packageOf(other)));
            }
        });
        return rings(packages);
    }

    private static List<Set<String>> rings(Map<String, Set<String>> graph) {
        Map<String, Set<String>> reached = new TreeMap<>();
        graph.keySet().forEach(node -> reached.put(node, reachedFrom(node, graph::get)));
        List<Set<String>> rings = new ArrayList<>();
        Set<String> known = new HashSet<>();
        reached.forEach((node, others) -> {
            Set<String> ring = new TreeSet<>(others);
            ring.removeIf(other -> !reached.get(other).contains(node));
            ring.add(node);
            if (ring.size() > 1 && known.add(ring.toString())) {
                rings.add(ring);
            }
        });
        return rings;
    }

    private static Set<String> reachedFrom(String node, Function<String, Collection<String>> next) {
        Set<String> reached = new HashSet<>();
        Deque<String> left = new ArrayDeque<>(next.apply(node));
        while (!left.isEmpty()) {
            String other = left.pop();
            if (reached.add(other)) {
                left.addAll(next.apply(other));
            }
        }
        return reached;
    }
}
