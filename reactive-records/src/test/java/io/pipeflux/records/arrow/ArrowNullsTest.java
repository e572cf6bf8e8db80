package io.pipeflux.records.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.records.batch.Column;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float2Vector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** What the nulls of a field become is a value of its type, or refused. */
class ArrowNullsTest {

    private static final ArrowNulls FILLED = ArrowNulls.filled();

    private final BufferAllocator allocator = new RootAllocator();

    @AfterEach
    void nothingIsLeft() {
        allocator.close();
    }

    @Test
    void numbersThatAreTooLargeForTheTypeAreRefused() {
        assertRefused(new Float4Vector("x", allocator), FILLED.fill("x", 1e300));
        assertRefused(new Float2Vector("x", allocator), FILLED.fill("x", 1e5));
    }

    @Test
    void integersThatTheTypeDoesNotHaveAreRefused() {
        assertRefused(new Float4Vector("x", allocator), FILLED.fill("x", (1L << 24) + 1));
        assertRefused(new Float8Vector("x", allocator), FILLED.fill("x", (1L << 53) + 1));
        assertRefused(new Float8Vector("x", allocator), FILLED.fill("x", Long.MAX_VALUE));
    }

    @Test
    void otherNumbersAreRoundedToTheType() throws IOException {
        assertThat(filled(new Float4Vector("x", allocator), FILLED.fill("x", 0.1))
                        .asFloatBuffer()
                        .get(0))
                .isEqualTo(0.1f);
        assertThat(filled(new Float4Vector("x", allocator), FILLED.fill("x", Double.NEGATIVE_INFINITY))
                        .asFloatBuffer()
                        .get(0))
                .isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(filled(new Float8Vector("x", allocator), FILLED.fill("x", Double.NaN))
                        .asDoubleBuffer()
                        .get(0))
                .isNaN();
        assertThat(filled(new Float8Vector("x", allocator), FILLED.fill("x", Long.MIN_VALUE))
                        .asDoubleBuffer()
                        .get(0))
                .isEqualTo(-0x1p63);
    }

    private void assertRefused(FieldVector vector, ArrowNulls nulls) {
        assertThatThrownBy(() -> filled(vector, nulls))
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessageContaining("for the nulls of field \"x\"");
    }

    /** The column of a vector of one null. */
    private static Column filled(FieldVector vector, ArrowNulls nulls) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (VectorSchemaRoot root = VectorSchemaRoot.of(vector);
                ArrowStreamWriter writer = new ArrowStreamWriter(root, null, bytes)) {
            vector.allocateNew();
            vector.setValueCount(1);
            root.setRowCount(1);
            writer.writeBatch();
            writer.end();
        }
        return Objects.requireNonNull(Flux.just(ByteBuffer.wrap(bytes.toByteArray()))
                        .transform(ArrowStreams.format(nulls).decode())
                        .blockLast())
                .column("x");
    }
}
