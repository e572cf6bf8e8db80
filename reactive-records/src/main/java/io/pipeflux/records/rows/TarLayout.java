package io.pipeflux.records.rows;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.internal.KeyText;
import io.pipeflux.records.rows.Field.Kind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The layout of rows that consist of files in a tar archive. The bytes of a row are the bytes of its archive entries,
 * including headers and padding.
 */
final class TarLayout implements RowLayout {

    private final List<Field> fields;
    private final Map<String, Integer> byExtension = new HashMap<>();

    TarLayout(List<Field> fields) {
        this.fields = fields;
        for (int i = 0; i < fields.size(); i++) {
            for (String extension : fields.get(i).kind() == Kind.KEY
                    ? List.<String>of()
                    : fields.get(i).extensions()) {
                Integer other = byExtension.put(TarName.lower(extension), i);
                if (other != null) {
                    throw new IllegalArgumentException("expected different extensions, but got \"" + extension
                            + "\" for the fields " + fields.get(other) + " and " + fields.get(i));
                }
            }
        }
    }

    @Override
    public FrameFormat<RawRecord> format() {
        return FrameFormat.of("tar", TarDecoder::new);
    }

    @Override
    public void find(RawRecord row, RowFields into) {
        TarEntry entry = new TarEntry();
        byte[] array = row.array();
        int at = row.arrayOffset();
        int end = at + row.size();
        while (at < end) {
            int headers = entry.read(array, at, end - at);
            TarName name = headers < 0 || !entry.isFile() ? null : TarName.of(entry.name());
            if (name == null || TarEntry.padded(entry.size()) > end - at - headers) {
                throw notARow();
            }
            set(name, array, at + headers, (int) entry.size(), into);
            at += headers + (int) TarEntry.padded(entry.size());
        }
    }

    private void set(TarName name, byte[] array, int at, int size, RowFields into) {
        for (int i = 0; i < fields.size(); i++) {
            if (fields.get(i).kind() == Kind.KEY) {
                byte[] key = name.key().getBytes(UTF_8);
                into.set(i, key, 0, key.length);
            }
        }
        Integer field = byExtension.get(name.extension());
        if (field != null && into.has(field)) {
            throw new IllegalArgumentException("expected one file for the field " + fields.get(field)
                    + ", but got a second one, with extension " + KeyText.quoted(name.extension()) + ", in the row "
                    + KeyText.quoted(name.key()));
        }
        if (field != null) {
            into.set(field, array, at, size);
        }
    }

    private static IllegalArgumentException notARow() {
        return new IllegalArgumentException(
                "expected a row of a WebDataset, but got a record of another format: decode with the same RowSchema");
    }

    @Override
    public String describe(int field, RawRecord row) {
        TarEntry entry = new TarEntry();
        boolean known = entry.read(row.array(), row.arrayOffset(), row.size()) > 0;
        TarName name = known ? TarName.of(entry.name()) : null;
        return "field \"" + fields.get(field).name() + "\" (extension "
                + String.join(", ", fields.get(field).extensions()) + ")"
                + (name == null ? "" : " of the row " + KeyText.quoted(name.key()));
    }
}
