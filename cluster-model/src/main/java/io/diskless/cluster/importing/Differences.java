package io.diskless.cluster.importing;

import io.diskless.cluster.model.Entity;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;

/** What two things of one name do not have in common, in words. Stateless. */
final class Differences {
    private Differences() {}

    static String of(Entity one, Entity other) {
        if (one.getClass() != other.getClass()) {
            return one.kind() + " and " + other.kind();
        }
        List<String> words = new ArrayList<>();
        for (RecordComponent field : one.getClass().getRecordComponents()) {
            Object first = get(field, one);
            Object second = get(field, other);
            if (!first.equals(second)) {
                words.add(field.getName() + " is " + first + " and " + second);
            }
        }
        return String.join("; ", words);
    }

    private static Object get(RecordComponent field, Entity entity) {
        try {
            return field.getAccessor().invoke(entity);
        } catch (IllegalAccessException | InvocationTargetException impossible) {
            throw new IllegalStateException("an accessor of a public record does not fail: " + field, impossible);
        }
    }
}
