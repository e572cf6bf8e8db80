package io.pipeflux.samples.training.input;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class RecordFormatTest {

    @Test
    void aChannelsSettingsDeclareTheFormatOfItsPipes() {
        assertThat(RecordFormat.declared(Map.of())).isEqualTo(RecordFormat.auto);
        assertThat(RecordFormat.declared(Map.of("RecordWrapperType", "None", "ContentType", "text/csv")))
                .isEqualTo(RecordFormat.auto);
        assertThat(RecordFormat.declared(Map.of("RecordWrapperType", "RecordIO")))
                .isEqualTo(RecordFormat.recordio);
        assertThat(RecordFormat.declared(Map.of("ContentType", "application/x-recordio")))
                .isEqualTo(RecordFormat.recordio);
        assertThat(RecordFormat.declared(Map.of("ContentType", "application/x-recordio-protobuf")))
                .isEqualTo(RecordFormat.recordio);
        assertThat(RecordFormat.declared(Map.of("ContentType", "application/x-tfrecord")))
                .isEqualTo(RecordFormat.tfrecord);
    }
}
