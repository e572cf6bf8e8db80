package io.pipeflux.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.job.HyperparametersConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Messages state what is wrong with the JSON, and nothing of the parser's settings. */
class JsonErrorsTest {

    private static final String CUT = "{\"a\": [1";

    @TempDir
    private Path directory;

    @Test
    void theParsersSettingsAreLeftOut() {
        JacksonException cut = catchThrowableOfType(JacksonException.class, () -> {
            try (JsonParser json = JsonFactory.builder().build().createParser(ObjectReadContext.empty(), CUT)) {
                while (json.nextToken() != null) {}
            }
        });
        assertThat(cut.getOriginalMessage()).contains("[Source: ");
        assertThat(JsonErrors.message(cut)).contains("end-of-input").doesNotContain("[Source: ", "start marker");
    }

    @Test
    void filesAndTokensThatAreCutOffSayWhatIsMissing() throws Exception {
        Files.writeString(directory.resolve("hyperparameters.json"), CUT);
        assertThatThrownBy(() -> HyperparametersConfig.find(directory))
                .hasMessageContaining("end-of-input")
                .hasMessageNotContaining("[Source: ");
        assertThatThrownBy(() -> ResumePoint.fromJson("{\"format\":1,\"epoch\":0"))
                .hasMessageContaining("end-of-input")
                .hasMessageNotContaining("[Source: ");
    }
}
