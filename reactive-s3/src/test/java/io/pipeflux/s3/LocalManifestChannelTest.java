package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.Pass;
import io.pipeflux.core.Position;
import io.pipeflux.core.ResumePoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

class LocalManifestChannelTest {

    @TempDir
    Path directory;

    private Path manifest;

    @BeforeEach
    void write() throws IOException {
        Files.createDirectories(directory.resolve("images/dir x"));
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 6; i++) {
            Path image = directory.resolve("images/dir x/" + i + ".jpg");
            Files.writeString(image, "image " + i);
            String uri = i % 2 == 0 ? "file:images/dir x/" + i + ".jpg" : "file://" + image;
            lines.append("{\"class\": " + i + ", \"image-ref\": \"" + uri + "\"}\n");
        }
        manifest = directory.resolve("train.manifest");
        Files.writeString(manifest, lines);
    }

    private LocalManifestChannel channel() {
        return LocalManifestChannel.of(manifest, List.of("image-ref", "class"));
    }

    @Test
    void theAttributesOfEachLineAreObjects() {
        List<ObjectBytes> objects = channel().objects().collectList().block();
        assertThat(texts(Flux.fromIterable(objects))).containsExactlyElementsOf(expected(0, 1, 2, 3, 4, 5));
        assertThat(objects)
                .extracting(ObjectBytes::ordinal)
                .containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L);
        assertThat(objects.get(0).key()).isEqualTo("file://" + directory.resolve("images/dir x/0.jpg"));
        assertThat(objects.get(1).key()).isEqualTo("file://" + manifest + " line 1 class");
        assertThat(objects.get(0).size()).isEqualTo(7);
        assertThat(objects.get(0).version()).startsWith("modified ");
    }

    @Test
    void shufflesAndSharesKeepLinesWhole() {
        List<String> both = new ArrayList<>();
        for (int host = 0; host < 2; host++) {
            List<String> texts = texts(channel().shuffle(7).shard(2, host).objects());
            assertThat(texts).hasSize(6);
            for (int i = 0; i < 6; i += 2) {
                assertThat(texts.get(i)).isEqualTo("image " + texts.get(i + 1));
            }
            both.addAll(texts);
        }
        assertThat(both).containsExactlyInAnyOrderElementsOf(expected(0, 1, 2, 3, 4, 5));
    }

    @Test
    void filesBeforeTheStartPointAreNotLookedAt() throws IOException {
        Files.delete(directory.resolve("images/dir x/0.jpg"));
        ResumePoint point = new ResumePoint(new Position(0, 2, 0, 1), 0);
        List<ObjectBytes> objects = channel()
                .objects()
                .contextWrite(Pass.resumeAt(point))
                .collectList()
                .block();
        assertThat(texts(Flux.fromIterable(objects).skip(2))).containsExactlyElementsOf(expected(1, 2, 3, 4, 5));
    }

    @Test
    void aFileThatIsMissingIsAnError() throws IOException {
        Files.delete(directory.resolve("images/dir x/3.jpg"));
        assertThatThrownBy(() -> channel().objects().blockLast()).isInstanceOf(ObjectReadException.class);
        Files.writeString(manifest, "{\"class\": 1, \"image-ref\": \"file:images\"}");
        assertThatThrownBy(() -> channel().objects().blockLast()).isInstanceOf(ObjectReadException.class);
        Files.writeString(manifest, "");
        assertThatThrownBy(() -> channel().objects().blockLast()).isInstanceOf(ObjectReadException.class);
        Files.delete(manifest);
        assertThatThrownBy(() -> channel().objects().blockLast()).isInstanceOf(ObjectReadException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3://bucket/key", "/images/1.jpg", "file:", "file://host/images/1.jpg"})
    void aReferenceToAnythingElseIsAnErrorOfItsLine(String uri) throws IOException {
        Files.writeString(manifest, "\n{\"class\": 1, \"image-ref\": \"" + uri + "\"}");
        assertThatThrownBy(() -> channel().objects().blockLast())
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageContaining("line 2");
    }

    private static List<String> expected(int... lines) {
        List<String> all = new ArrayList<>();
        for (int line : lines) {
            all.add("image " + line);
            all.add(Integer.toString(line));
        }
        return all;
    }

    private static List<String> texts(Flux<ObjectBytes> objects) {
        return objects.concatMap(
                        object -> object.bytes()
                                .collect(ByteArrayOutputStream::new, (out, chunk) -> {
                                    while (chunk.hasRemaining()) {
                                        out.write(chunk.get());
                                    }
                                })
                                .map(bytes -> bytes.toString(UTF_8)),
                        0)
                .collectList()
                .block();
    }
}
