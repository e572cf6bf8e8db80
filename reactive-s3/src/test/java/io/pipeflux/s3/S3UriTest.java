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

    @ParameterizedTest
    @CsvSource({
        "arn:aws:s3:us-west-2:123456789012:accesspoint/reader, train/a",
        "arn:aws:s3:us-west-2:123456789012:accesspoint:reader, train/a",
        "arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/reader, /a",
        "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap, train/",
        "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-01/accesspoint/reader, a",
        "arn:aws:s3:us-west-2:123456789012:accesspoint/reader, ''",
    })
    void namesAnAccessPoint(String arn, String prefix) {
        assertThat(S3Uri.parse("s3://" + arn + "/" + prefix)).isEqualTo(new S3Uri(arn, prefix));
        assertThat(S3Uri.parse(S3Uri.parse("s3://" + arn + "/" + prefix).toString()))
                .isEqualTo(new S3Uri(arn, prefix));
        assertThat(S3Uri.parse("s3://" + arn)).isEqualTo(new S3Uri(arn, ""));
    }

    @Test
    void takesThePrefixLiterally() {
        assertThat(S3Uri.parse("s3://bucket/a%20b+c?d#e").prefix()).isEqualTo("a%20b+c?d#e");
    }

    @ParameterizedTest
    @CsvSource({
        "https://s3.amazonaws.com/bucket/train/, bucket, train/",
        "https://s3.us-west-2.amazonaws.com/bucket/train, bucket, train",
        "https://s3-eu-central-1.amazonaws.com/bucket, bucket, ''",
        "https://s3.dualstack.us-gov-west-1.amazonaws.com/bucket/, bucket, ''",
        "https://s3-fips.us-east-1.amazonaws.com/bucket//a, bucket, /a",
        "https://s3.cn-north-1.amazonaws.com.cn/bucket/a, bucket, a",
        "https://bucket.s3.amazonaws.com/train/, bucket, train/",
        "https://my.s3.bucket.s3.eu-west-1.amazonaws.com/a, my.s3.bucket, a",
        "https://bucket.s3-accelerate.amazonaws.com, bucket, ''",
        "HTTPS://s3.amazonaws.com/bucket/A, bucket, A",
        "S3://Bucket/A+b, Bucket, A+b",
        "https://Bucket.S3.us-east-1.Amazonaws.com:443/A, bucket, A",
        "https://s3.amazonaws.com/bucket/%41%20b+c%C3%A9%25%3f%23 d, bucket, 'A b+c\u00e9%?# d'",
        "https://bucket.s3.amazonaws.com/\u00e9, bucket, \u00e9",
    })
    void readsTheUrlsOfS3AndDecodesThem(String uri, String bucket, String prefix) {
        assertThat(S3Uri.parse(uri)).isEqualTo(new S3Uri(bucket, prefix));
    }

    @Test
    void takesBucketsOfOtherStores() {
        assertThat(S3Uri.parse("s3://tenant:Old_Bucket.1/a").bucket()).isEqualTo("tenant:Old_Bucket.1");
    }

    @ParameterizedTest
    @CsvSource({"S3://b/a, true", "Https://s3.amazonaws.com/b, true", "s3:/b, false", "/s3://b, false", "S3, false"})
    void knowsItsSchemesInAnyCase(String text, boolean isS3) {
        assertThat(S3Uri.isS3(text)).isEqualTo(isS3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "http://s3.amazonaws.com/bucket/a",
                "https://",
                "https://s3.amazonaws.com",
                "https://s3.amazonaws.com//a",
                "https://s3.amazonaws.com.example.org/bucket/a",
                "https://bucket.s3-website-us-east-1.amazonaws.com/a",
                "https://localhost:9000/bucket/a",
                "https://bucket.s3.amazonaws.com/a?versionId=1",
                "https://bucket.s3.amazonaws.com/a#b",
                "https://bucket.s3.amazonaws.com/100%",
                "https://bucket.s3.amazonaws.com/%4",
                "https://bucket.s3.amazonaws.com/%zz",
                "https://bucket.s3.amazonaws.com/%ff",
                "bucket/train",
                "https://bucket/train",
                "S3:/bucket/train",
                "HTTP://s3.amazonaws.com/bucket/a",
                "s3:/bucket",
                "s3://",
                "s3:///train",
                "s3:// /train",
                "s3:// a/b",
                "s3://a b/c",
                "s3://user:secret@bucket/a",
                "s3://bucket?versionId=1",
                "s3://bucket#a",
                "s3://bücket/a",
                "https://s3.amazonaws.com/a%20b/c",
                "https://user@bucket.s3.amazonaws.com/a",
                "s3://arn:aws:s3:us-west-2:123456789012:accesspoint",
                "s3://arn:aws:s3:us-west-2:123456789012:accesspoint/",
                "s3://arn:aws:s3:us-west-2:123456789012:bucket/train/a",
                "s3://arn:aws:s3:us-west-2:123456789012:accesspoint/reader:1/a",
                "s3://arn:aws:s3:::bucket/a",
                "s3://arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/lambda/a",
                "s3://lambda-abc--ol-s3/a"
            })
    void refusesAnythingElseAndSaysWhatItFound(String uri) {
        assertThatThrownBy(() -> S3Uri.parse(uri))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("expected an S3 URI ")
                .hasMessageContaining("'" + uri + "'");
    }
}
