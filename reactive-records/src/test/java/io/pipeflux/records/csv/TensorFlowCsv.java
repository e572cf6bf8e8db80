package io.pipeflux.records.csv;

import java.util.ArrayList;
import java.util.List;

/** {@code DecodeCSVOp::ExtractFields} of tensorflow/core/kernels/decode_csv_op.cc, simply. */
final class TensorFlowCsv {

    private TensorFlowCsv() {}

    /** The fields, or one that says what is wrong; {@code none} if there are none. */
    static List<String> fields(String input, boolean quotes, int[] columns) {
        List<String> result = new ArrayList<>();
        int at = 0;
        int parsed = 0;
        while (at < input.length()) {
            if (input.charAt(at) == '\n' || input.charAt(at) == '\r') {
                at++;
                continue;
            }
            boolean include = columns == null || columns[result.size()] == parsed;
            StringBuilder field = new StringBuilder();
            if (quotes && input.charAt(at) == '"') {
                at++;
                while (at < input.length() - 1 && (input.charAt(at) != '"' || input.charAt(at + 1) != ',')) {
                    if (input.charAt(at) != '"') {
                        field.append(input.charAt(at));
                        at++;
                    } else {
                        if (input.charAt(at + 1) != '"') {
                            return List.of(
                                    "error: expected a delimiter or a second quote after a quote in a field, but got something else");
                        }
                        field.append('"');
                        at += 2;
                    }
                }
                if (!(at < input.length()
                        && input.charAt(at) == '"'
                        && (at == input.length() - 1 || input.charAt(at + 1) == ','))) {
                    return List.of("error: expected a quote at the end of a field that begins with one, but got none");
                }
                at += 2;
            } else {
                while (at < input.length() && input.charAt(at) != ',') {
                    char c = input.charAt(at);
                    if (c == '\n' || c == '\r' || (quotes && c == '"')) {
                        return List.of(
                                "error: expected no quote and no line break in a field without quotes, but got one");
                    }
                    field.append(c);
                    at++;
                }
                at++;
            }
            parsed++;
            if (include) {
                result.add(field.toString());
                if (columns != null && result.size() == columns.length) {
                    return result;
                }
            }
        }
        boolean include = columns == null || columns[result.size()] == parsed;
        if (include && input.endsWith(",")) {
            result.add("");
        }
        return result.isEmpty() ? List.of("none") : result;
    }
}
