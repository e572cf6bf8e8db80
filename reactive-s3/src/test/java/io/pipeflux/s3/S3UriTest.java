package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class S3UriTest {

    @ParameterizedTest
    @CsvSource({
        "s3://bucket/train/, bucket, train/",
        "s3://bucket/train, bucket, train",
        "s3://bucket/, bucket, ''",
        "s3://bucket, bucket, ''",
        "s3://bucket//a, bucket, /a",
    })
    void namesABucketAndWhatKeysBeginWith(String uri, String bucket, String prefix) {
        assertThat(S3Uri.parse(uri)).isEqualTo(new S3Uri(bucket, prefix));
    }

    @Test
    void takesThePrefixLiterally() {
        assertThat(S3Uri.parse("s3://bucket/a%20b+c?d#e").prefix()).isEqualTo("a%20b+c?d#e");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bucket/train",
                "https://bucket/train",
                "S3://bucket/train",
                "s3:/bucket",
                "s3://",
                "s3:///train"
            })
    void refusesAnythingElseAndSaysWhatItFound(String uri) {
        assertThatThrownBy(() -> S3Uri.parse(uri))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("s3://bucket/prefix")
                .hasMessageContaining("'" + uri + "'");
    }
}
