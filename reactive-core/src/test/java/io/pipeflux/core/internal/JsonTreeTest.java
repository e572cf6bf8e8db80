package io.pipeflux.core.internal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTreeTest {

    private static Object read(String text) {
        return JsonTree.read(text.getBytes(UTF_8));
    }

    @Test
    void valuesAreRead() {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("a", Arrays.asList(1, 1L << 40, new BigInteger("9".repeat(30)), new BigDecimal("0.10"), null));
        object.put("b", Map.of("c", List.of(true, false, "d\u20ac")));
        assertThat(read("\ufeff{\"a\": [1, 1099511627776, " + "9".repeat(30)
                        + ", 0.10, null], \"b\": {\"c\": [true, false, \"d\\u20ac\"]}}"))
                .isEqualTo(object);
        assertThat(read(" null ")).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "[1",
                "{\"a\": [1",
                "{\"a\"",
                "[1,]",
                "1 2",
                "{} x",
                "{\"a\": 1, \"a\": 2}",
                "1e99999999999",
                "\"\\ud83d\"",
                "nul",
                "\"a",
                "1\0",
                "\0001"
            })
    void whatIsNotOneLegalValueIsRefusedWithoutTheParsersSettings(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read(text))
                .withMessageStartingWith("is not valid JSON: ")
                .withMessageNotContainingAny("[Source: ", "start marker");
    }

    @Test
    void nestingHasALimit() {
        assertThatIllegalArgumentException().isThrownBy(() -> read("[".repeat(100_000)));
    }
}
