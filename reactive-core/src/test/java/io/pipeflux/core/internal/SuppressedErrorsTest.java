package io.pipeflux.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import reactor.util.context.Context;

class SuppressedErrorsTest {

    private final List<Throwable> dropped = new ArrayList<>();
    private final Context context = Context.of("reactor.onErrorDropped.local", (Consumer<Throwable>) dropped::add);

    @Test
    void anExceptionThatIsThrownAgainAndAgainDoesNotCollectErrorsWithoutALimit() {
        IOException constant = new IOException("constant");
        for (int i = 0; i < 250; i++) {
            Throwables.suppress(constant, new IOException("other"), context);
        }
        assertThat(constant.getSuppressed()).hasSize(100);
        assertThat(dropped).hasSize(150);
    }

    @Test
    void theSameErrorIsAddedOnce() {
        IOException first = new IOException("first");
        IOException other = new IOException("other");
        assertThat(Throwables.suppress(first, other, context)).isTrue();
        assertThat(Throwables.suppress(first, other, context)).isFalse();
        assertThat(Throwables.suppress(first, first, context)).isFalse();
        assertThat(first.getSuppressed()).containsExactly(other);
        assertThat(dropped).isEmpty();
    }
}
