package io.pipeflux.records.json;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A node in the tree of all paths of a schema. The leaves of the tree are the fields. The tree is immutable after it
 * has been built.
 *
 * <pre>
 *   $ -- item -- price: field 0
 *     \- tags -- [*]: field 1
 * </pre>
 */
final class PathNode {

    private final int id;
    private final String path;
    private final Map<String, PathNode> names = new HashMap<>();
    private final Map<Integer, PathNode> indices = new HashMap<>();
    private final List<Integer> fieldsHere = new ArrayList<>();
    private final List<Integer> fieldsBelow = new ArrayList<>();
    private @Nullable PathNode each;
    private int[] fields = {}; // the indexes of the fields whose path ends at this node
    private int[] below = {}; // the indexes of the fields whose path contains this node

    private PathNode(int id, String path) {
        this.id = id;
        this.path = path;
    }

    /**
     * Builds the tree of the fields' paths, and returns the root node.
     *
     * @throws IllegalArgumentException if the paths contradict each other
     */
    static PathNode of(List<JsonField> fields) {
        PathNode root = new PathNode(0, "$");
        List<PathNode> nodes = new ArrayList<>(List.of(root));
        for (int i = 0; i < fields.size(); i++) {
            PathNode node = root;
            node.fieldsBelow.add(i);
            for (Object step : fields.get(i).path().steps()) {
                node = node.child(step, nodes);
                node.fieldsBelow.add(i);
            }
            node.fieldsHere.add(i);
        }
        for (PathNode node : nodes) {
            node.check(fields);
            node.fields = ints(node.fieldsHere);
            node.below = ints(node.fieldsBelow);
        }
        return root;
    }

    private static int[] ints(List<Integer> list) {
        return list.stream().mapToInt(Integer::intValue).toArray();
    }

    private PathNode child(Object step, List<PathNode> nodes) {
        PathNode found =
                step instanceof String name ? names.get(name) : step instanceof Integer i ? indices.get(i) : each;
        if (found != null) {
            return found;
        }
        String text =
                step instanceof Integer ? "[" + step + "]" : step instanceof String ? "." + step : step.toString();
        PathNode made = new PathNode(nodes.size(), path + text);
        nodes.add(made);
        if (step instanceof String name) {
            names.put(name, made);
        } else if (step instanceof Integer index) {
            indices.put(index, made);
        } else {
            each = made;
        }
        return made;
    }

    private void check(List<JsonField> all) {
        boolean isInner = isObject() || isArray();
        boolean array = fieldsHere.stream().anyMatch(field -> all.get(field).shape().length > 0);
        if ((!fieldsHere.isEmpty() && isInner)
                || (array && fieldsHere.size() > 1)
                || (isObject() && isArray())
                || (each != null && !indices.isEmpty())) {
            throw new IllegalArgumentException("expected paths of which each leads to one value, but got at " + path
                    + ", which is to be an array, an object or a value, but only one of these: "
                    + fieldsBelow.stream().map(all::get).toList());
        }
    }

    int id() {
        return id;
    }

    int[] fields() {
        return fields;
    }

    int[] fieldsBelow() {
        return below;
    }

    boolean isObject() {
        return !names.isEmpty();
    }

    boolean isArray() {
        return each != null || !indices.isEmpty();
    }

    @Nullable
    PathNode name(String name) {
        return names.get(name);
    }

    @Nullable
    PathNode each() {
        return each;
    }

    @Nullable
    PathNode index(int i) {
        return indices.get(i);
    }

    @Override
    public String toString() {
        return path;
    }
}
