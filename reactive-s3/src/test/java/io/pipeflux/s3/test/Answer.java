package io.pipeflux.s3.test;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The answer of a store to one request. A misbehaviour changes it before it is sent. */
public final class Answer {

    /** How the connection ends where an answer is cut. */
    public enum Ending {
        FIN,
        RST,
        /** Nothing more comes, and nothing ends. */
        STALL
    }

    private final Map<String, String> headers = new LinkedHashMap<>();
    private final boolean bodiless;
    private String version = "HTTP/1.1";
    private int status;
    private byte[] body;
    private String before = "";
    private String after = "";
    private boolean chunked;
    private boolean lastChunk = true;
    private int sent = Integer.MAX_VALUE;
    private int sentOfHeader = Integer.MAX_VALUE;
    private Ending ending;
    private byte[] endless;
    private long pauseMillis;
    private boolean close;

    Answer(int status, byte[] body, boolean bodiless) {
        this.bodiless = bodiless;
        this.status = status;
        body(body);
    }

    public int status() {
        return status;
    }

    public byte[] body() {
        return body;
    }

    public String header(String name) {
        return headers.get(name);
    }

    public Answer status(int status) {
        this.status = status;
        return this;
    }

    public Answer version(String version) {
        this.version = version;
        return this;
    }

    public Answer header(String name, Object value) {
        headers.put(name, String.valueOf(value));
        return this;
    }

    public Answer without(String header) {
        headers.remove(header);
        return this;
    }

    public Answer smallHeaders() {
        Map<String, String> before = new LinkedHashMap<>(headers);
        headers.clear();
        before.forEach((name, value) -> headers.put(name.toLowerCase(Locale.ROOT), value));
        return this;
    }

    /** Sends this number of the header's bytes, and closes the connection. */
    public Answer cutHeader(int bytes) {
        this.sentOfHeader = bytes;
        return this;
    }

    /** Another body, and its length. */
    public Answer body(byte[] body) {
        return bodyAlone(body).header("Content-Length", body.length);
    }

    public Answer body(String body) {
        return body(body.getBytes(UTF_8));
    }

    /** Another body under the headers of the one before. */
    public Answer bodyAlone(byte[] body) {
        this.body = body;
        return this;
    }

    /** The body in chunks, without a Content-Length. */
    public Answer chunked() {
        chunked = true;
        return without("Content-Length").header("Transfer-Encoding", "chunked");
    }

    public Answer withoutLastChunk() {
        lastChunk = false;
        return chunked();
    }

    /** An S3 error instead of what was asked for. */
    public Answer error(int status, String code) {
        headers.clear();
        return status(status)
                .header("Content-Type", "application/xml")
                .body("<?xml version=\"1.0\"?><Error><Code>" + code
                        + "</Code><Message>the store says so</Message></Error>");
    }

    /** The page of a proxy instead of what was asked for. */
    public Answer html(int status, String text) {
        headers.clear();
        return status(status)
                .header("Content-Type", "text/html")
                .body("<!DOCTYPE html><html><head><title>" + text + "</title></head><body><p>" + text
                        + "<br></body></html>");
    }

    /** Sends this first, as it is. */
    public Answer before(String bytes) {
        before = bytes;
        return this;
    }

    /** Sends this last, as it is. */
    public Answer after(String bytes) {
        after = bytes;
        return this;
    }

    /** Sends this number of the body's bytes, and ends; -1 ends before the header. */
    public Answer cut(int bytes, Ending ending) {
        this.sent = bytes;
        this.ending = ending;
        return this;
    }

    /** Closes the connection after the answer, without having said so. */
    public Answer close() {
        close = true;
        return this;
    }

    /** Sends the body, and then this again and again, until the other side closes. */
    public Answer endlessly(String bytes) {
        endless = bytes.getBytes(ISO_8859_1);
        return this;
    }

    /** Sends the body byte by byte, with a pause before each. */
    public Answer trickle(long pauseMillis) {
        this.pauseMillis = pauseMillis;
        return this;
    }

    void send(RawServer.Client to) throws IOException, InterruptedException {
        if (sent < 0) {
            end(to);
            return;
        }
        StringBuilder head = new StringBuilder(before)
                .append(version)
                .append(' ')
                .append(status)
                .append(" Status\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(head.append("\r\n").toString().getBytes(ISO_8859_1));
        if (sentOfHeader < all.size()) {
            to.send(Arrays.copyOf(all.toByteArray(), sentOfHeader)).close();
            return;
        }
        if (bodiless) {
            to.send(all.toByteArray());
            return;
        }
        byte[] bytes = Arrays.copyOf(body, Math.min(sent, body.length));
        if (pauseMillis > 0) {
            to.send(all.toByteArray());
            trickle(to, bytes);
            return;
        }
        write(all, bytes);
        all.writeBytes(after.getBytes(ISO_8859_1));
        to.send(all.toByteArray());
        while (endless != null) {
            ByteArrayOutputStream more = new ByteArrayOutputStream();
            write(more, endless);
            to.send(more.toByteArray());
        }
        if (chunked && lastChunk && ending == null) {
            to.send("0\r\n\r\n");
        }
        if (ending != null) {
            end(to);
        } else if (close || !lastChunk) {
            to.close();
        }
    }

    private void write(ByteArrayOutputStream all, byte[] bytes) {
        if (chunked && bytes.length > 0) {
            all.writeBytes((Integer.toHexString(bytes.length) + "\r\n").getBytes(ISO_8859_1));
        }
        all.writeBytes(bytes);
        if (chunked && bytes.length > 0) {
            all.writeBytes("\r\n".getBytes(ISO_8859_1));
        }
    }

    private void trickle(RawServer.Client to, byte[] bytes) throws IOException, InterruptedException {
        for (byte b : bytes) {
            Object never = new Object();
            synchronized (never) {
                never.wait(pauseMillis);
            }
            to.send(new byte[] {b});
        }
    }

    private void end(RawServer.Client to) throws IOException {
        switch (ending) {
            case FIN -> to.close();
            case RST -> to.reset();
            case STALL -> to.awaitClose();
        }
    }
}
