package io.pipeflux.samples.training.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A fenced block of the documentation. */
record Snippet(String file, int line, String language, String text) {

    /** The root of the repository: tests run in their module's directory. */
    static Path root() {
        Path directory = Path.of("").toAbsolutePath();
        while (!Files.exists(directory.resolve("mvnw"))) {
            directory = directory.getParent();
        }
        return directory;
    }

    /** Returns all blocks of {@link #files}. */
    static List<Snippet> all() throws IOException {
        List<Snippet> snippets = new ArrayList<>();
        for (Path file : files()) {
            addAll(file, snippets);
        }
        return snippets;
    }

    /** Returns the pages at the root, in {@code docs} and in {@code docs/guide}. */
    static List<Path> files() throws IOException {
        List<Path> pages = new ArrayList<>();
        for (Path directory : List.of(root(), root().resolve("docs"), root().resolve("docs/guide"))) {
            try (Stream<Path> files = Files.list(directory)) {
                files.filter(path -> path.toString().endsWith(".md")).sorted().forEach(pages::add);
            }
        }
        return pages;
    }

    private static void addAll(Path file, List<Snippet> snippets) throws IOException {
        List<String> lines = Files.readAllLines(file);
        int opening = -1;
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).stripLeading().startsWith("```")) {
                continue;
            }
            if (opening < 0) {
                opening = i;
                continue;
            }
            String text = String.join("\n", lines.subList(opening + 1, i)) + "\n";
            String language = lines.get(opening).strip().substring(3);
            snippets.add(new Snippet(root().relativize(file).toString(), opening + 1, language, text));
            opening = -1;
        }
        if (opening >= 0) {
            throw new IllegalStateException(file + ":" + (opening + 1) + ": expected an end of the block");
        }
    }

    /** Returns whether it needs an engine: such snippets are the text of tests in {@code integrations}. */
    boolean isOfEngines() {
        return file.equals("docs/integrations.md");
    }

    boolean isOfGuide() {
        return file.startsWith("docs/guide/");
    }

    @Override
    public String toString() {
        return file + ":" + line + " (" + language + ")";
    }
}
