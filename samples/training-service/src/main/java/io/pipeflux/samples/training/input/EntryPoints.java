package io.pipeflux.samples.training.input;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/** Finds a user's classes by name. */
public final class EntryPoints {

    private EntryPoints() {}

    /**
     * Returns an instance of the class with this name. If the class is a provider that {@link ServiceLoader} finds, the
     * name may be its simple or its full name. Otherwise, the name must be the full name of a class with a public
     * constructor without parameters.
     *
     * @throws IllegalArgumentException if there is no such class, or if it is not a subtype of {@code type}
     */
    public static <T> T load(Class<T> type, String name) {
        List<String> providers = new ArrayList<>();
        for (ServiceLoader.Provider<T> provider :
                ServiceLoader.load(type).stream().toList()) {
            Class<? extends T> found = provider.type();
            if (found.getName().equals(name) || found.getSimpleName().equals(name)) {
                return provider.get();
            }
            providers.add(found.getName());
        }
        try {
            Object found = Class.forName(name).getConstructor().newInstance();
            return type.cast(found);
        } catch (ClassNotFoundException e) {
            throw none(type, name, "there is no such class on the class path; providers are " + providers, e);
        } catch (ReflectiveOperationException e) {
            throw none(type, name, "it cannot be created with a public constructor without parameters: " + e, e);
        } catch (ClassCastException e) {
            throw none(type, name, "it does not implement it", e);
        }
    }

    private static IllegalArgumentException none(Class<?> type, String name, String why, Exception e) {
        return new IllegalArgumentException(
                "expected a class that implements " + type.getName() + ", but got '" + name + "': " + why, e);
    }
}
