package io.pipeflux.records.arrow;

import io.pipeflux.records.arrow.StoredField.Index;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.apache.arrow.flatbuf.DictionaryBatch;
import org.apache.arrow.flatbuf.RecordBatch;

/** Holds the dictionaries of one stream. */
final class Dictionaries {

    private final Map<Long, StoredField> fields = new HashMap<>();
    private final Map<Long, Dictionary> dictionaries = new HashMap<>();

    /** Creates empty dictionaries for the fields of a schema. */
    Dictionaries(List<StoredField> schema) {
        for (StoredField field : schema) {
            Index index = field.index();
            StoredField first = index == null ? field : fields.putIfAbsent(index.dictionary(), field);
            if (index != null && first != null && !first.hasDictionaryOf(field)) {
                throw new IllegalArgumentException("fields \"" + first.name() + "\" and \"" + field.name()
                        + "\" have dictionary " + index.dictionary() + ", but not of the same type");
            }
        }
    }

    /**
     * Reads a dictionary message, which contains either a new dictionary or values to add to an existing dictionary.
     */
    void read(DictionaryBatch message, ByteBuffer body, LongConsumer check) {
        StoredField field = fields.get(message.id());
        RecordBatch batch = message.data();
        if (field == null || batch == null) {
            throw new IllegalArgumentException(
                    "dictionary " + message.id() + (field == null ? ", which no field has" : " has no values"));
        }
        ValuesReader reader = new ValuesReader(MessageBody.of(batch, body), this, check);
        int size = MessageBody.count("values of dictionary " + message.id(), batch.length());
        Values values = reader.stored(field, size, false);
        if (!message.isDelta() || !dictionaries.containsKey(message.id())) {
            dictionaries.put(message.id(), new Dictionary(field.decodedWidth()));
        }
        dictionaries.get(message.id()).add(values, check);
    }

    /** Returns the values of a field's dictionary. The result is empty if the dictionary has not been read. */
    Values values(StoredField field, Index index) {
        Dictionary dictionary = dictionaries.get(index.dictionary());
        return dictionary == null ? new Dictionary(field.decodedWidth()).values() : dictionary.values();
    }
}
