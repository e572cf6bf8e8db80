package io.pipeflux.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyTextTest {

    @ParameterizedTest
    @CsvSource({
        "10, \\u000a",
        "13, \\u000d",
        "27, \\u001b",
        "127, \\u007f",
        "133, \\u0085",
        "155, \\u009b",
        "8203, \\u200b",
        "8232, \\u2028",
        "8233, \\u2029",
        "8238, \\u202e",
        "8297, \\u2069",
        "55296, \\ud800",
        "57343, \\udfff",
        "65279, \\ufeff",
        "917505, \\udb40\\udc01"
    })
    void whatDrivesATerminalOrIsInvisibleIsEscaped(int point, String escaped) {
        String text = "a" + Character.toString(point) + "b";
        assertThat(KeyText.printable(text)).isEqualTo("a" + escaped + "b");
        assertThat(KeyText.quoted(text)).isEqualTo("\"a" + escaped + "b\"");
    }

    @ParameterizedTest
    @CsvSource({"32", "92", "34", "228", "19968", "128578"})
    void everythingElseRemains(int point) {
        String text = "a" + Character.toString(point) + "b";
        assertThat(KeyText.printable(text)).isSameAs(text);
    }

    @Test
    void anEscapedTextIsNotEscapedAgain() {
        String once = KeyText.printable("a\nb");
        assertThat(KeyText.printable(once)).isEqualTo(once);
        assertThat(KeyText.printable(KeyText.quoted("a\nb"))).isEqualTo("\"a\\u000ab\"");
    }

    @Test
    void quotesDistinguishAnEscapeFromALookalike() {
        assertThat(KeyText.quoted("a\nb")).isNotEqualTo(KeyText.quoted("a\\u000ab"));
        assertThat(KeyText.quoted("a\"b")).isEqualTo("\"a\\\"b\"");
    }
}
