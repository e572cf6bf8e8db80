package io.pipeflux.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.records.text.TextLines;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bounded list that has changed before a restore: the message says what is known of the difference. */
class ChangedListTest {

    @TempDir
    Path directory;

    private ListingState afterC;

    @BeforeEach
    void handOutThree() throws Exception {
        for (String name : List.of("b", "c", "d", "e")) {
            write(name, "some");
        }
        ObjectLister lister = lister(ListingState.START);
        lister.next();
        ObjectLister.Found second = lister.next();
        assertThat(second.splits())
                .singleElement()
                .satisfies(split -> assertThat(split.object().key()).endsWith("/c"));
        afterC = new ListingState(
                0, 2, second.hash(), second.splits().get(0).object().key(), List.of(), null);
    }

    private void write(String name, String text) throws Exception {
        Files.writeString(directory.resolve(name), text);
    }

    private ObjectLister lister(ListingState from) {
        SourceChannel channel = SourceChannel.directory(directory.toString());
        return new ObjectLister(channel, 1, false, new ObjectDivider(null, TextLines.format()), from, null);
    }

    private void assertRefused(String... parts) {
        assertThatThrownBy(() -> lister(afterC).next())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("expected the 2 objects that were handed out in epoch 0, up to file://")
                .hasMessageContainingAll(parts);
    }

    @Test
    void theSameListGoesOn() {
        assertThat(lister(afterC).next().splits())
                .singleElement()
                .satisfies(split -> assertThat(split.object().key()).endsWith("/d"));
    }

    @Test
    void anObjectThatWasAddedBefore() throws Exception {
        write("a", "some");
        assertRefused("but got others, up to ", "/b; ", "an object was added before ", "/c");
    }

    @Test
    void anObjectThatWasRemoved() throws Exception {
        Files.delete(directory.resolve("b"));
        assertRefused("but got others, up to ", "/d; ", "/c, or an object before it, was removed");
    }

    @Test
    void anObjectThatWasReplaced() throws Exception {
        write("b", "other text");
        assertRefused("/c: one of them was replaced or renamed");
    }

    @Test
    void tooFewObjects() throws Exception {
        for (String name : List.of("b", "c", "d")) {
            Files.delete(directory.resolve(name));
        }
        assertRefused("but got only 1, up to ", "/e: restore the objects");
    }
}
