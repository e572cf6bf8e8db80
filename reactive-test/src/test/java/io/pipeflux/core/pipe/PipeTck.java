package io.pipeflux.core.pipe;

import io.pipeflux.core.suite.PublisherTck;
import java.nio.ByteBuffer;
import org.testng.SkipException;
import org.testng.annotations.Test;

/**
 * A pipe under the Reactive Streams TCK. It has one reader, so the optional rules on several subscribers do not apply.
 */
abstract class PipeTck extends PublisherTck<ByteBuffer> {

    private static void oneReader() {
        throw new SkipException("a pipe has one reader");
    }

    @Override
    @Test
    public void optional_spec111_registeredSubscribersMustReceiveOnNextOrOnCompleteSignals() {
        oneReader();
    }

    @Override
    @Test
    public void
            optional_spec111_multicast_mustProduceTheSameElementsInTheSameSequenceToAllOfItsSubscribersWhenRequestingOneByOne() {
        oneReader();
    }

    @Override
    @Test
    public void
            optional_spec111_multicast_mustProduceTheSameElementsInTheSameSequenceToAllOfItsSubscribersWhenRequestingManyUpfront() {
        oneReader();
    }

    @Override
    @Test
    public void
            optional_spec111_multicast_mustProduceTheSameElementsInTheSameSequenceToAllOfItsSubscribersWhenRequestingManyUpfrontAndCompleteAsExpected() {
        oneReader();
    }
}
