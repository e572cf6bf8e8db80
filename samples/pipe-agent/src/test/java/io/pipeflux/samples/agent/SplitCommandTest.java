package io.pipeflux.samples.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TestCredentials.class)
class SplitCommandTest {

    @TempDir
    private Path root;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void files() throws IOException {
        Files.createDirectory(root.resolve("data"));
        int[] sizes = {900, 100, 500, 400, 100};
        for (int i = 0; i < sizes.length; i++) {
            Files.write(root.resolve("data/part-" + i), new byte[sizes[i]]);
        }
    }

    private int split(String uri, String... more) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        List<String> args = new ArrayList<>(List.of("split", uri));
        args.addAll(Arrays.asList(more));
        return AgentCommand.run(new PrintWriter(out), new PrintWriter(err), args.toArray(String[]::new));
    }

    private String data() {
        return "file:" + root.resolve("data");
    }

    private List<String> lines() {
        return out.toString().lines().map(line -> line.replaceAll(" +", " ")).toList();
    }

    private void hosts(String json) throws IOException {
        Path config = Files.createDirectories(root.resolve("ml/input/config"));
        Files.writeString(config.resolve("resourceconfig.json"), json);
    }

    @Test
    void sharesByCountAndByBytes() {
        assertThat(split(data(), "--hosts", "2")).as(err.toString()).isZero();
        assertThat(lines())
                .containsExactly(
                        "host 0 3 objects 1,500 bytes",
                        "host 1 2 objects 500 bytes",
                        "all, by count 5 objects 2,000 bytes",
                        "imbalance 50.00 %: what the largest share has above the average, in bytes");

        assertThat(split(data(), "--hosts", "2", "--by", "bytes")).isZero();
        assertThat(lines())
                .containsExactly(
                        "host 0 2 objects 1,000 bytes",
                        "host 1 3 objects 1,000 bytes",
                        "all, by bytes 5 objects 2,000 bytes",
                        "imbalance 0.00 %: what the largest share has above the average, in bytes");
    }

    @Test
    void theHostsOfResourceConfigHaveTheirNames() throws IOException {
        hosts("{\"current_host\":\"algo-1\",\"hosts\":[\"algo-2\",\"algo-1\"]}");

        assertThat(split(data(), "--directory", root.resolve("ml").toString(), "--json"))
                .as(err.toString())
                .isZero();
        assertThat(lines())
                .containsExactly("{\"by\":\"count\",\"imbalance\":0.5,\"hosts\":["
                        + "{\"host\":0,\"name\":\"algo-1\",\"objects\":3,\"bytes\":1500},"
                        + "{\"host\":1,\"name\":\"algo-2\",\"objects\":2,\"bytes\":500}]}");
    }

    @Test
    void aShuffledChannelIsSharedInItsFirstEpochsOrder() {
        assertThat(split(data(), "--hosts", "5", "--shuffle-seed", "7")).isZero();
        List<String> shuffled = lines();
        assertThat(split(data(), "--hosts", "5")).isZero();
        assertThat(lines()).hasSameSizeAs(shuffled).isNotEqualTo(shuffled);
    }

    @Test
    void aPrefixAndAManifestOfAStore() throws Exception {
        try (TestStore store = TestStore.start(0)) {
            store.put("train/a", new byte[30]);
            store.put("train/b", new byte[10]);
            store.put("m", "[{\"prefix\":\"s3://bucket/train/\"},\"a\",\"b\",\"a\"]".getBytes(UTF_8));
            String[] at = {"--endpoint", store.endpoint().toString(), "--hosts", "2"};

            assertThat(split("s3://bucket/train/", at)).as(err.toString()).isZero();
            assertThat(lines()).startsWith("host 0 1 objects 30 bytes", "host 1 1 objects 10 bytes");
            String[] manifest = {at[0], at[1], at[2], at[3], "--data-type", "ManifestFile"};
            assertThat(split("s3://bucket/m", manifest)).as(err.toString()).isZero();
            assertThat(lines())
                    .containsExactly(
                            "host 0 2 objects",
                            "host 1 1 objects",
                            "all, by count 3 objects",
                            "imbalance 33.33 %: what the largest share has above the average, in objects, because a"
                                    + " manifest states no sizes");

            assertThat(split("s3://bucket/none/", at)).isEqualTo(1);
            assertThat(err.toString()).startsWith("error: ").contains("[PF-OBJECT-01]");
        }
    }

    @Test
    void wrongOptionsAreRefused() throws IOException {
        refused("--hosts", data());
        refused("but got 0", data(), "--hosts", "0");
        refused("from 1 to 1000000, but got 2000000000", data(), "--hosts", "2000000000");
        refused("mutually exclusive", data(), "--hosts", "2", "--directory", root.toString());
        refused("resourceconfig.json", data(), "--directory", root.toString());
        refused("which states no sizes", "s3://b/m", "--hosts", "2", "--by", "bytes", "--data-type", "ManifestFile");
        refused("S3Prefix or ManifestFile", data(), "--hosts", "2", "--data-type", "AugmentedManifestFile");
        hosts("{}");
        refused("give --hosts N", data(), "--directory", root.resolve("ml").toString());
    }

    private void refused(String why, String uri, String... more) {
        assertThat(split(uri, more)).as(out + " " + err).isEqualTo(2);
        assertThat(err.toString()).startsWith("error: ").contains(why);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void helpIsPrinted() {
        assertThat(split("--help")).isZero();
        assertThat(out.toString()).contains("pipe-agent split", "--json", "RANK", "Exit codes");
    }
}
