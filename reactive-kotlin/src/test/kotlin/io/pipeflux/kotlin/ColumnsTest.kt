package io.pipeflux.kotlin

import io.pipeflux.core.ResumePoint
import io.pipeflux.records.batch.Column
import io.pipeflux.records.batch.ColumnBatch
import io.pipeflux.records.batch.DType
import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatThrownBy
import org.junit.jupiter.api.Test
import java.nio.ByteBuffer
import java.nio.ByteOrder

class ColumnsTest {
    private val values = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).also { it.putLong(0, 7).putLong(8, 9) }
    private val batch = ColumnBatch.of(listOf(Column.of("labels", DType.INT64, intArrayOf(2), values)), ResumePoint.START)

    @Test
    fun `a column by its name`() {
        assertThat(batch["labels"]).isEqualTo(batch.column("labels"))
        assertThat(batch["labels"].asLongBuffer()[1]).isEqualTo(9)
    }

    @Test
    fun `another name is an error that names the columns`() {
        assertThatThrownBy { batch["label"] }
            .isInstanceOf(IllegalArgumentException::class.java)
            .hasMessageContaining("no column \"label\"")
            .hasMessageContaining("labels")
    }
}
