package io.pipeflux.core.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.tools.ToolProvider;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compiles small types and reads their dumps: what a user's code can tell apart is a line, nothing else is. */
class ApiDumpTest {

    private static final String TYPE = """
            package a;
            import java.util.List;
            import org.jspecify.annotations.Nullable;
            public class Type {
                public List<String> method(String parameter) throws java.io.IOException { return List.of(); }
                public <T> T generic(List<? extends T> list) { return list.get(0); }
                protected String[] field = {};
                /* more */
            }
            """;

    @TempDir
    Path directory;

    @Test
    void showsTypesAndTheirMembers() throws IOException {
        assertThat(dump(TYPE)).isEqualTo("""
                        import java.io.IOException
                        import java.util.List

                        public class a.Type
                            protected String[] field
                            public Type()
                            public <T> T generic(List<? extends T>)
                            public List<String> method(String) throws IOException
                        """);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    /* more */ | public void more() {} | public void more()
                    /* more */ | public Type(int i) {} | public Type(int)
                    /* more */ | public enum E { B, A } | constant B
                    /* more */ | public record R(@Nullable String s, int i) {} | public record a.Type.R(@Nullable String s, int i)
                    /* more */ | @Deprecated public void more() {} | @Deprecated public void more()
                    /* more */ | protected void more(int... is) {} | protected void more(int...)
                    public class | public final class | public final class a.Type
                    public class | public abstract class | public abstract class a.Type
                    class Type | class Type implements Comparable<Type> { public int compareTo(Type t) { return 0; } } class B | public class a.Type implements Comparable<Type>
                    List<String> method | @Nullable List<String> method | public @Nullable List<String> method(String) throws IOException
                    List<String> method | List<@Nullable String> method | public List<@Nullable String> method(String) throws IOException
                    String parameter | @Nullable String parameter | public List<String> method(@Nullable String) throws IOException
                    String[] field | @Nullable String[] field | protected @Nullable String[] field
                    String[] field | String @Nullable [] field | protected String @Nullable [] field
                    <T> T generic | <T extends @Nullable Object> T generic | public <T extends @Nullable Object> T generic(List<? extends T>)
                    <T> T generic | <T> @Nullable T generic | public <T> @Nullable T generic(List<? extends T>)
                    List<? extends T> list | List<? extends @Nullable T> list | public <T> T generic(List<? extends @Nullable T>)
                    java.io.IOException | java.net.MalformedURLException | public List<String> method(String) throws MalformedURLException
                    """)
    void aChangeChangesALine(String before, String after, String line) throws IOException {
        assertThat(TYPE).contains(before);
        String changed = dump(TYPE.replace(before, after));
        assertThat(changed.lines().map(String::strip)).contains(line);
        assertThat(dump(TYPE).lines().map(String::strip)).doesNotContain(line);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    /* more */ | private void more() {}
                    /* more */ | void more(int i) {}
                    /* more */ | private class More {}
                    /* more */ | static class More { public void more() {} }
                    method(String parameter) | method(String renamed)
                    public List | public synchronized List
                    throws java.io.IOException | throws java.io.IOException, IllegalStateException
                    """)
    void whatNoUserSeesChangesNothing(String before, String after) throws IOException {
        assertThat(TYPE).contains(before);
        assertThat(dump(TYPE.replace(before, after))).isEqualTo(dump(TYPE));
    }

    @Test
    void theConstructorOfAClassWithoutOneIsAMember() throws IOException {
        assertThat(dump("package a; public class Type {}")).contains("    public Type()\n");
        assertThat(dump("package a; public class Type { private Type() {} }")).doesNotContain("Type()");
    }

    @Test
    void typesOfOneSimpleNameKeepTheirPackages() throws IOException {
        String both = "package a; public interface Type { java.util.Date one(); java.sql.Date other(); }";
        assertThat(dump(both))
                .contains("    public java.sql.Date other()\n")
                .contains("    public java.util.Date one()\n")
                .doesNotContain("import");
    }

    @Test
    void membersOfHiddenSupertypesAreThoseOfTheirHeirs() throws IOException {
        String heir = "package a; public final class Type extends Base {} class Base { public void member() {} }";
        assertThat(dump(heir)).contains("    public void member()\n").doesNotContain("Base");
    }

    @Test
    void aDifferenceFailsWithItsLinesAndLeavesTheFile() throws IOException {
        Path file = directory.resolve("api.txt");
        Files.writeString(file, "public class a.Type\n    public void gone()\n");
        String now = "public class a.Type\n    public void come()\n";
        assertThatThrownBy(() -> CommittedApi.assertUnchanged(file, now, false))
                .isInstanceOf(AssertionError.class)
                .hasMessageContainingAll(
                        "- a.Type: public void gone()\n", "+ a.Type: public void come()\n", "-Dapi.update");
        assertThat(file).content().contains("gone");
        Files.writeString(file, now);
        CommittedApi.assertUnchanged(file, now, false);
    }

    private String dump(String source) throws IOException {
        Path root = Files.createTempDirectory(directory, "classes");
        Map<String, String> sources =
                Map.of("Type.java", source, "package-info.java", "@org.jspecify.annotations.NullMarked package a;");
        List<String> arguments = new ArrayList<>(List.of(
                "-proc:none",
                "-d",
                root.toString(),
                "-cp",
                PublicTypes.rootOf(NullMarked.class).toString()));
        for (Map.Entry<String, String> each : sources.entrySet()) {
            arguments.add(Files.writeString(root.resolve(each.getKey()), each.getValue())
                    .toString());
        }
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new)))
                .isZero();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {root.toUri().toURL()}, getClass().getClassLoader())) {
            return ApiDump.of(root, loader);
        }
    }
}
