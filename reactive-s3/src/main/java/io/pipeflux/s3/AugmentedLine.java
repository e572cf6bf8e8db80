package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.ListOrigin;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.channel.ChannelOrder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The attributes of one line of an augmented manifest.
 *
 * @param number the line number, counted from 1
 * @param values the values of the attributes, in the order in which they were requested: the URI for a reference
 *     ({@code -ref}), and the bytes to stream for any other attribute
 */
record AugmentedLine(long number, List<byte[]> values) {

    private static final String FILE = "file:";

    /** Checks that there is at least one name and that no name occurs twice. Returns a copy of the list. */
    static List<String> requireNames(List<String> attributeNames) {
        List<String> names = List.copyOf(attributeNames);
        if (names.isEmpty() || Set.copyOf(names).size() < names.size()) {
            throw new IllegalArgumentException(
                    "expected at least one attribute name, and all of them different, but got " + names);
        }
        return names;
    }

    static boolean isReference(String attribute) {
        return attribute.endsWith("-ref");
    }

    /** Returns one item for each attribute. Each item has the position of this line in the channel's list. */
    List<ChannelItem> items(S3Uri manifest, List<String> attributes, ListOrigin listOrigin) {
        List<ChannelItem> items = new ArrayList<>(values.size());
        for (int i = 0; i < values.size(); i++) {
            byte[] value = values.get(i);
            String attribute = attributes.get(i);
            if (isReference(attribute)) {
                S3Uri uri = S3Uri.parse(new String(value, UTF_8));
                items.add(new S3ObjectRef(uri.bucket(), uri.prefix(), ObjectBytes.UNKNOWN_SIZE, null, listOrigin));
            } else {
                items.add(new InlineBytes(manifest + " line " + number + " " + attribute, value, listOrigin));
            }
        }
        return items;
    }

    /** Returns whether a reference is the URI of a local file. */
    static boolean isFile(String uri) {
        boolean host = uri.startsWith("file://") && !uri.startsWith("file:///");
        return uri.startsWith(FILE) && uri.length() > FILE.length() && !host && uri.indexOf('\0') < 0;
    }

    /** Packs a line as its line number, followed by the length and the bytes of each value. */
    static final class LinePacking implements ChannelOrder.Packing<AugmentedLine> {

        private final int attributes;

        /** @param attributes the number of attributes per line */
        LinePacking(int attributes) {
            this.attributes = attributes;
        }

        @Override
        public int objects() {
            return attributes;
        }

        @Override
        public byte[] pack(AugmentedLine line) {
            int size = Long.BYTES;
            for (byte[] value : line.values) {
                size += Integer.BYTES + value.length;
            }
            ByteBuffer out = ByteBuffer.allocate(size).putLong(line.number);
            for (byte[] value : line.values) {
                out.putInt(value.length).put(value);
            }
            return out.array();
        }

        @Override
        public AugmentedLine unpack(byte[] bytes) {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            long number = in.getLong();
            List<byte[]> values = new ArrayList<>();
            while (in.hasRemaining()) {
                byte[] value = new byte[in.getInt()];
                in.get(value);
                values.add(value);
            }
            return new AugmentedLine(number, values);
        }
    }
}
