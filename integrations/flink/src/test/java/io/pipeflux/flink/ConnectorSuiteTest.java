package io.pipeflux.flink;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.connector.testframe.TestResource;
import org.apache.flink.connector.testframe.environment.MiniClusterTestEnvironment;
import org.apache.flink.connector.testframe.external.ExternalContextFactory;
import org.apache.flink.connector.testframe.external.ExternalSystemSplitDataWriter;
import org.apache.flink.connector.testframe.external.source.DataStreamSourceExternalContext;
import org.apache.flink.connector.testframe.external.source.TestingSourceSettings;
import org.apache.flink.connector.testframe.junit.annotations.TestContext;
import org.apache.flink.connector.testframe.junit.annotations.TestEnv;
import org.apache.flink.connector.testframe.junit.annotations.TestExternalSystem;
import org.apache.flink.connector.testframe.junit.annotations.TestSemantics;
import org.apache.flink.connector.testframe.testsuites.SourceTestSuiteBase;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.util.FileUtils;
import org.junit.jupiter.api.Tag;

/** Flink's own suite for sources, on files that its writers add to a directory. */
@Tag("flink")
class ConnectorSuiteTest extends SourceTestSuiteBase<String> {

    @TestSemantics
    final CheckpointingMode[] semantics = {CheckpointingMode.EXACTLY_ONCE};

    @TestEnv
    final MiniClusterTestEnvironment cluster = new MiniClusterTestEnvironment();

    @TestExternalSystem
    final NoSystem none = new NoSystem();

    @TestContext
    final ExternalContextFactory<Directory> files = name -> new Directory();

    /** The file system needs no start. */
    static final class NoSystem implements TestResource {

        @Override
        public void startUp() {}

        @Override
        public void tearDown() {}
    }

    /** A directory of one test. Each writer's records are files that sort after those before. */
    static final class Directory implements DataStreamSourceExternalContext<String> {

        private final Path directory;
        private final AtomicInteger written = new AtomicInteger();

        Directory() {
            try {
                directory = Files.createTempDirectory("flink-suite");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public Source<String, ?, ?> createSource(TestingSourceSettings settings) {
            PipefluxSource<io.pipeflux.core.RawRecord> lines = Jobs.lines(directory);
            return new TextSource(
                    settings.getBoundedness() == Boundedness.BOUNDED ? lines : lines.continuous(Duration.ofMillis(50)));
        }

        @Override
        public ExternalSystemSplitDataWriter<String> createSourceSplitDataWriter(TestingSourceSettings settings) {
            return new ExternalSystemSplitDataWriter<>() {

                @Override
                public void writeRecords(List<String> records) {
                    String name = String.format("part-%05d", written.getAndIncrement());
                    try {
                        Path file = Files.writeString(directory.resolve("." + name), String.join("\n", records) + "\n");
                        Files.move(file, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }

                @Override
                public void close() {}
            };
        }

        @Override
        public List<String> generateTestData(TestingSourceSettings settings, int split, long seed) {
            return IntStream.range(0, 50)
                    .mapToObj(i -> split + "-" + seed + "-" + i)
                    .toList();
        }

        @Override
        public TypeInformation<String> getProducedType() {
            return Types.STRING;
        }

        @Override
        public List<URL> getConnectorJarPaths() {
            return List.of();
        }

        @Override
        public void close() throws IOException {
            FileUtils.deleteDirectory(directory.toFile());
        }
    }
}
