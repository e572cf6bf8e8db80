package io.pipeflux.samples.training.docs;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Sources in strings, compiled with the class path of the tests. */
final class Compiled {

    private static final JavaCompiler COMPILER = ToolProvider.getSystemJavaCompiler();

    private final ClassLoader loader;

    private Compiled(ClassLoader loader) {
        this.loader = loader;
    }

    /** Compiles classes all at once: starting the compiler takes the time. */
    static Compiled of(List<Source> sources, Path directory) throws IOException {
        Files.createDirectories(directory);
        DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> options =
                List.of("--release", "17", "-proc:none", "-d", directory.toString(), "-classpath", classPath);
        boolean compiled =
                COMPILER.getTask(null, null, problems, options, null, sources).call();
        if (!compiled) {
            throw new IllegalArgumentException("expected snippets that compile, but got " + problems.getDiagnostics());
        }
        return new Compiled(new URLClassLoader(new URL[] {url(directory)}, Compiled.class.getClassLoader()));
    }

    Class<?> type(String name) throws ClassNotFoundException {
        return Class.forName(name, true, loader);
    }

    private static URL url(Path directory) throws MalformedURLException {
        return directory.toUri().toURL();
    }

    /** A source whose name in messages is the snippet's place. */
    static final class Source extends SimpleJavaFileObject {

        private final String text;

        Source(String type, String text) {
            super(URI.create("string:///" + type + Kind.SOURCE.extension), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
