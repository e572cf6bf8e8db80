package io.pipeflux.tensorflow;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;

class WithoutNativesTest {

    @Test
    void missingNativeCodeIsReportedAtOnce() {
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(TensorFlowColumns::create)
                .withCauseInstanceOf(LinkageError.class);
    }

    @Test
    void aLimitBelowZeroIsRefused() {
        assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> TensorFlowColumns.create(-1));
    }
}
