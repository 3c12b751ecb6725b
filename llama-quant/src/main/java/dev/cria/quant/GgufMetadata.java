package dev.cria.quant;

import dev.cria.core.MalformedFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The metadata of a GGUF file. A key that is present with a value of another kind than asked for is an error of the
 * file.
 */
public final class GgufMetadata {
    private final Path file;
    private final SequencedMap<String, Object> values;

    private final Map<String, GgufType> types;

    GgufMetadata(Path file, SequencedMap<String, Object> values, Map<String, GgufType> types) {
        this.file = file;
        this.types = Map.copyOf(types);
        this.values = Collections.unmodifiableSequencedMap(values);
    }

    /**
     * Begins metadata that come from elsewhere than a GGUF file.
     *
     * @param file named in messages
     * @return a builder without keys
     */
    public static Builder builder(Path file) {
        return new Builder(file);
    }

    /** Collects keys and values. A key that is given again gets the new value. */
    public static final class Builder {
        private final Path file;
        private final SequencedMap<String, Object> values = new LinkedHashMap<>();
        private final Map<String, GgufType> types = new HashMap<>();

        private Builder(Path file) {
            this.file = file;
        }

        private Builder put(String key, GgufType type, Object value) {
            values.put(key, value);
            types.put(key, type);
            return this;
        }

        /**
         * Sets a text.
         *
         * @param key metadata key
         * @param value its value
         * @return this
         */
        public Builder string(String key, String value) {
            return put(key, GgufType.STRING, value);
        }

        /**
         * Sets a truth value.
         *
         * @param key metadata key
         * @param value its value
         * @return this
         */
        public Builder bool(String key, boolean value) {
            return put(key, GgufType.BOOL, value);
        }

        /**
         * Sets a whole number, of type {@link GgufType#UINT32}.
         *
         * @param key metadata key
         * @param value its value, from 0 to 2^32 - 1
         * @return this
         */
        public Builder integer(String key, long value) {
            return put(key, GgufType.UINT32, value);
        }

        /**
         * Sets a number, of type {@link GgufType#FLOAT32}.
         *
         * @param key metadata key
         * @param value its value
         * @return this
         */
        public Builder number(String key, double value) {
            return put(key, GgufType.FLOAT32, value);
        }

        /**
         * Sets an array of texts.
         *
         * @param key metadata key
         * @param value its elements
         * @return this
         */
        public Builder strings(String key, List<String> value) {
            return put(key, GgufType.STRING, List.copyOf(value));
        }

        /**
         * Sets an array of whole numbers, of type {@link GgufType#INT32}.
         *
         * @param key metadata key
         * @param value its elements
         * @return this
         */
        public Builder integers(String key, List<Long> value) {
            return put(key, GgufType.INT32, List.copyOf(value));
        }

        /**
         * Sets an array of numbers, of type {@link GgufType#FLOAT32}.
         *
         * @param key metadata key
         * @param value its elements
         * @return this
         */
        public Builder numbers(String key, List<Double> value) {
            return put(key, GgufType.FLOAT32, List.copyOf(value));
        }

        /** {@return the metadata} */
        public GgufMetadata build() {
            return new GgufMetadata(file, new LinkedHashMap<>(values), types);
        }
    }

    /** {@return all keys and values in file order; a value is a Long, Double, Boolean, String or List of these} */
    public SequencedMap<String, Object> asMap() {
        return values;
    }

    /**
     * {@return whether the key is present}
     *
     * @param key metadata key
     */
    public boolean contains(String key) {
        return values.containsKey(key);
    }

    /**
     * {@return the type that the value of a key has in the file, if present; of an array, the type of its elements}
     *
     * @param key metadata key
     */
    public Optional<GgufType> type(String key) {
        return Optional.ofNullable(types.get(key));
    }

    /**
     * {@return the text of a key, if present}
     *
     * @param key metadata key
     * @throws MalformedFileException if the value is not text
     */
    public Optional<String> string(String key) {
        return Optional.ofNullable(typed(key, String.class, "text"));
    }

    /**
     * {@return the whole number of a key, of any width, if present}
     *
     * @param key metadata key
     * @throws MalformedFileException if the value is not a whole number
     */
    public OptionalLong integer(String key) {
        Long value = typed(key, Long.class, "a whole number");
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    /**
     * {@return the number of a key, whole or not, if present}
     *
     * @param key metadata key
     * @throws MalformedFileException if the value is not a number
     */
    public OptionalDouble number(String key) {
        Number value = typed(key, Number.class, "a number");
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value.doubleValue());
    }

    /**
     * {@return the truth value of a key, if present}
     *
     * @param key metadata key
     * @throws MalformedFileException if the value is not a truth value
     */
    public Optional<Boolean> bool(String key) {
        return Optional.ofNullable(typed(key, Boolean.class, "a truth value"));
    }

    /**
     * {@return the texts of a key, if present}
     *
     * @param key metadata key
     * @throws MalformedFileException if the value is not an array of texts
     */
    public Optional<List<String>> strings(String key) {
        return list(key, String.class, "an array of texts");
    }

    /**
     * {@return the whole numbers of a key, if present}
     *
     * @param key metadata key
     * @throws MalformedFileException if the value is not an array of whole numbers
     */
    public Optional<List<Long>> integers(String key) {
        return list(key, Long.class, "an array of whole numbers");
    }

    /**
     * {@return the numbers of a key, if present}
     *
     * @param key metadata key
     * @throws MalformedFileException if the value is not an array of numbers
     */
    public Optional<List<Double>> numbers(String key) {
        return list(key, Double.class, "an array of floating-point numbers");
    }

    private <T> Optional<List<T>> list(String key, Class<T> type, String expected) {
        List<?> elements = typed(key, List.class, expected);
        if (elements == null) {
            return Optional.empty();
        }
        for (Object element : elements) {
            if (!type.isInstance(element)) {
                throw wrongType(key, expected, element);
            }
        }
        return Optional.of(elements.stream().map(type::cast).toList());
    }

    private <T> @Nullable T typed(String key, Class<T> type, String expected) {
        Object value = values.get(key);
        if (value != null && !type.isInstance(value)) {
            throw wrongType(key, expected, value);
        }
        return type.cast(value);
    }

    private MalformedFileException wrongType(String key, String expected, Object found) {
        String kind = switch (found) {
            case String s -> "the text \"" + (s.length() > 40 ? s.substring(0, 40) + "…" : s) + "\"";
            case Long n -> "the whole number " + n;
            case Double n -> "the number " + n;
            case Boolean b -> "the truth value " + b;
            default -> "an array";
        };
        return new MalformedFileException(file, "metadata key " + key + " must be " + expected + ", but holds " + kind);
    }
}
