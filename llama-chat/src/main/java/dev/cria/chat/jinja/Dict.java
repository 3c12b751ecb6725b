package dev.cria.chat.jinja;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Python's {@code dict}: in the order of insertion. Keys that are equal in Python, such as 1, 1.0 and True, are one.
 */
final class Dict implements Value {
    /** A key as it was first given, and its value. */
    record Entry(Value key, Value value) {}

    private final Map<Object, Entry> entries;

    Dict() {
        this(new LinkedHashMap<>());
    }

    private Dict(Map<Object, Entry> entries) {
        this.entries = entries;
    }

    /** {@return another dictionary with the same entries} */
    Dict copy() {
        return new Dict(entries);
    }

    /** Adds an entry. Only for whoever makes the dictionary: once a template has it, it does not change. */
    void put(Value key, Value value, Budget budget) {
        Object hash = Comparison.key(key, budget);
        Entry old = entries.get(hash);
        entries.put(hash, new Entry(old == null ? key : old.key(), value));
    }

    Optional<Value> get(Value key, Budget budget) {
        return Optional.ofNullable(entries.get(Comparison.key(key, budget))).map(Entry::value);
    }

    int size() {
        return entries.size();
    }

    Collection<Entry> entries() {
        return Collections.unmodifiableCollection(entries.values());
    }

    /** {@return whether the other one has equal values for equal keys} */
    boolean equalTo(Dict other, Budget budget) {
        if (entries.size() != other.entries.size()) {
            return false;
        }
        for (Map.Entry<Object, Entry> entry : entries.entrySet()) {
            Entry theirs = other.entries.get(entry.getKey());
            if (theirs == null || !Comparison.equal(entry.getValue().value(), theirs.value(), budget)) {
                return false;
            }
        }
        return true;
    }
}
