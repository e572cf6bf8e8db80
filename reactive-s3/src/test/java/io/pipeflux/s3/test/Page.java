package io.pipeflux.s3.test;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.util.List;

/** A page of a listing, as a store says it. A misbehaviour changes it before it is sent. */
public final class Page {

    /**
     * @param size text, as it may be wrong; null for none
     * @param etag null for none
     */
    public record Entry(String key, String size, String etag) {

        public Entry key(String other) {
            return new Entry(other, size, etag);
        }

        public Entry size(String other) {
            return new Entry(key, other, etag);
        }

        public Entry etag(String other) {
            return new Entry(key, size, other);
        }
    }

    public List<Entry> entries;
    public String name;
    public String truncated;
    public String token;
    public String keyCount;
    public String encodingType;
    public boolean encoded = true;
    /** Of all checksums; null for none. */
    public String algorithm;
    /** Elements besides. */
    public String more = "";

    String xml() {
        StringBuilder xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                + "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
        add(xml, "Name", name);
        add(xml, "KeyCount", keyCount);
        add(xml, "EncodingType", encodingType);
        add(xml, "IsTruncated", truncated);
        add(xml, "NextContinuationToken", token);
        xml.append(more);
        for (Entry entry : entries) {
            xml.append("<Contents>");
            add(xml, "Key", encoded && entry.key() != null ? URLEncoder.encode(entry.key(), UTF_8) : entry.key());
            add(xml, "ETag", entry.etag());
            add(xml, "Size", entry.size());
            add(xml, "ChecksumAlgorithm", algorithm);
            xml.append("<StorageClass>STANDARD</StorageClass></Contents>");
        }
        return xml.append("</ListBucketResult>").toString();
    }

    private static void add(StringBuilder xml, String name, String value) {
        if (value != null) {
            String text = value.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
            xml.append('<')
                    .append(name)
                    .append('>')
                    .append(text)
                    .append("</")
                    .append(name)
                    .append('>');
        }
    }
}
