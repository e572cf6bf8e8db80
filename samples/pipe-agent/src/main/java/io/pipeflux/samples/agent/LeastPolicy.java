package io.pipeflux.samples.agent;

import java.io.StringWriter;
import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;

/**
 * An IAM policy that permits only what Pipeflux needs for a prefix.
 *
 * @param bucket the name of a bucket, or the ARN of an access point
 * @param region the bucket's region, which determines the partition in the ARNs
 * @param writes whether the policy also permits writing
 * @param keys the ARNs of the KMS keys with which objects are known to be encrypted
 */
record LeastPolicy(String bucket, String prefix, String region, boolean writes, SortedSet<String> keys) {

    private static final JsonFactory JSON = new JsonFactory();

    /** Returns the policy as JSON that can be pasted into the AWS console. */
    String json() {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(new Indented(), text)) {
            json.writeStartObject();
            json.writeStringProperty("Version", "2012-10-17");
            json.writeArrayPropertyStart("Statement");
            list(json);
            statement(json, "Objects", objectActions(), List.of(objects() + literal(prefix) + "*"));
            if (writes) {
                // this action has no condition key that could limit it to the prefix
                statement(json, "Uploads", List.of("s3:ListBucketMultipartUploads"), List.of(arn()));
            }
            if (!keys.isEmpty()) {
                List<String> actions = writes ? List.of("kms:Decrypt", "kms:GenerateDataKey") : List.of("kms:Decrypt");
                statement(json, "Keys", actions, List.copyOf(keys));
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        return text.toString();
    }

    private List<String> objectActions() {
        return writes ? List.of("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload") : List.of("s3:GetObject");
    }

    private void list(JsonGenerator json) {
        json.writeStartObject();
        begin(json, "List", List.of("s3:ListBucket"), List.of(arn()));
        if (!prefix.isEmpty()) {
            json.writeObjectPropertyStart("Condition");
            json.writeObjectPropertyStart("StringLike");
            json.writeStringProperty("s3:prefix", literal(prefix) + "*");
            json.writeEndObject();
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void statement(JsonGenerator json, String sid, List<String> actions, List<String> resources) {
        json.writeStartObject();
        begin(json, sid, actions, resources);
        json.writeEndObject();
    }

    private static void begin(JsonGenerator json, String sid, List<String> actions, List<String> resources) {
        json.writeStringProperty("Sid", "Pipeflux" + sid);
        json.writeStringProperty("Effect", "Allow");
        array(json, "Action", actions);
        array(json, "Resource", resources);
    }

    private static void array(JsonGenerator json, String name, List<String> values) {
        json.writeArrayPropertyStart(name);
        values.forEach(json::writeString);
        json.writeEndArray();
    }

    /** Returns the common prefix of the objects' ARNs. */
    private String objects() {
        return arn() + (isAccessPoint() ? "/object/" : "/");
    }

    private boolean isAccessPoint() {
        return bucket.startsWith("arn:");
    }

    private String arn() {
        if (isAccessPoint()) {
            // clients accept colons in the ARNs of access points on Outposts, but a policy needs slashes
            return bucket.replaceFirst(":outpost:([^:/]+)[:/]", ":outpost/$1/").replace("accesspoint:", "accesspoint/");
        }
        String partition = region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
        return "arn:" + partition + ":s3:::" + bucket;
    }

    /**
     * Escapes {@code *}, {@code ?} and {@code $} in a prefix. Otherwise, a policy would interpret them as wildcards or
     * as the beginning of a variable.
     */
    private static String literal(String prefix) {
        return prefix.replaceAll("[*?$]", "\\${$0}");
    }

    private static final class Indented extends ObjectWriteContext.Base {

        @Override
        public @Nullable PrettyPrinter getPrettyPrinter() {
            DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
            return new DefaultPrettyPrinter().withObjectIndenter(indenter);
        }

        @Override
        public boolean hasPrettyPrinter() {
            return true;
        }
    }
}
