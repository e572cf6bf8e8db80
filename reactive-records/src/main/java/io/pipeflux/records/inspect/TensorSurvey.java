package io.pipeflux.records.inspect;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.aialgs.proto.Record;
import io.pipeflux.records.aialgs.proto.Value;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Examples;
import io.pipeflux.records.inspect.FieldSurvey.Place;
import java.util.List;
import java.util.Map;

/** Surveys records of SageMaker's {@code aialgs.data.Record}. */
final class TensorSurvey extends Survey {

    @Override
    void look(RawRecord record) {
        Record message = Examples.parseTensors(record);
        look(Place.FEATURES, message.getFeaturesMap());
        look(Place.LABELS, message.getLabelMap());
    }

    private void look(Place place, Map<String, Value> values) {
        values.forEach((name, value) -> {
            FieldSurvey field = field(place, name, name);
            switch (value.getValueCase()) {
                case FLOAT32_TENSOR ->
                    numbers(
                            field,
                            DType.FLOAT32,
                            value.getFloat32Tensor().getValuesList(),
                            value.getFloat32Tensor().getKeysList(),
                            value.getFloat32Tensor().getShapeList());
                case FLOAT64_TENSOR ->
                    numbers(
                            field,
                            DType.FLOAT64,
                            value.getFloat64Tensor().getValuesList(),
                            value.getFloat64Tensor().getKeysList(),
                            value.getFloat64Tensor().getShapeList());
                case INT32_TENSOR ->
                    numbers(
                            field,
                            DType.INT32,
                            value.getInt32Tensor().getValuesList(),
                            value.getInt32Tensor().getKeysList(),
                            value.getInt32Tensor().getShapeList());
                case BYTES -> {
                    field.kinds.add(DType.BYTES);
                    value.getBytes().getValueList().forEach(bytes -> field.bytes(bytes.size()));
                    if (value.getBytes().getValueCount() > 0) {
                        field.example(ExampleSurvey.shown(value.getBytes().getValue(0)));
                    }
                    field.values(value.getBytes().getValueCount());
                }
                case VALUE_NOT_SET -> {} // a value without content counts as missing
            }
        });
    }

    private static void numbers(FieldSurvey field, DType dtype, List<?> values, List<Long> keys, List<Long> shape) {
        field.kinds.add(dtype);
        field.values(values.size());
        if (!keys.isEmpty()) {
            field.sparse = true;
            for (long key : keys) {
                field.size = Math.max(field.size, key + 1);
            }
            if (shape.size() == 1) {
                field.size = Math.max(field.size, shape.get(0));
            }
            field.example("keys " + Shown.list(keys) + ": " + Shown.list(values));
        } else {
            field.example(Shown.list(values));
        }
    }
}
