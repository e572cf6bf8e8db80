package example;

import io.pipeflux.records.example.Examples;
import io.pipeflux.records.example.proto.Example;

/** Records as messages of protobuf-java. */
public final class Messages {

    public static void main(String[] arguments) {
        Example example = Examples.parse(Data.example(7));
        long label = example.getFeatures().getFeatureOrThrow("labels").getInt64List().getValue(0);
        if (label != 7 || !Example.newBuilder(example).build().equals(example)) {
            throw new IllegalStateException("expected the label 7, but got " + example);
        }
        System.out.println("messages: read with protobuf-java " + System.getProperty("protobuf"));
    }
}
