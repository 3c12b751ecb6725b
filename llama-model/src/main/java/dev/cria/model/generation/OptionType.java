package dev.cria.model.generation;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * A kind of values.
 *
 * @param inWords what it is called
 * @param isRepeatable whether it is several values
 * @param reader makes it of a number, a text, a list or a map, if that is one
 * @param plain makes such of it
 */
record OptionType<T>(String inWords, boolean isRepeatable, Function<Object, Optional<T>> reader,
        Function<T, Object> plain) {
    static final OptionType<Double> NUMBER = new OptionType<>("a number", false, OptionType::number, value -> value);

    static final OptionType<Integer> INTEGER = new OptionType<>("a whole number", false, OptionType::integer,
            value -> value);

    static final OptionType<Long> LONG = new OptionType<>("a whole number", false, OptionType::whole, value -> value);

    static final OptionType<Boolean> SWITCH = new OptionType<>("true or false", false, OptionType::bool,
            value -> value);

    static final OptionType<List<String>> TEXTS = new OptionType<>("a text or a list of texts", true,
            value -> each(value, item -> item instanceof String text ? Optional.of(text) : Optional.empty()),
            value -> value);

    static final OptionType<Set<Integer>> TOKENS = new OptionType<>("a token id or a list of token ids", true,
            value -> each(value, OptionType::integer).map(Set::copyOf), value -> List.copyOf(new TreeSet<>(value)));

    static final OptionType<Map<Integer, Double>> BIASES = new OptionType<>("a map of token ids to numbers", false,
            OptionType::biases, value -> value);

    static final OptionType<Duration> DURATION = new OptionType<>("a time such as 30s, 500ms or PT1M30S", false,
            OptionType::duration, Duration::toString);

    Optional<T> read(Object value) {
        return reader.apply(value);
    }

    Object plain(T value) {
        return plain.apply(value);
    }

    private static Optional<Boolean> bool(Object value) {
        return switch (value.toString().strip()) {
            case "true" -> Optional.of(true);
            case "false" -> Optional.of(false);
            default -> Optional.empty();
        };
    }

    private static Optional<Double> number(Object value) {
        try {
            return value instanceof Number || value instanceof String
                    ? Optional.of(Double.valueOf(value.toString().strip()))
                    : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static Optional<Long> whole(Object value) {
        try {
            return value instanceof Number || value instanceof String
                    ? Optional.of(Long.valueOf(value.toString().strip()))
                    : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static Optional<Integer> integer(Object value) {
        return whole(value).filter(number -> number == number.intValue()).map(Long::intValue);
    }

    private static <E> Optional<List<E>> each(Object value, Function<Object, Optional<E>> reader) {
        List<E> read = new ArrayList<>();
        for (Object item : value instanceof Collection<?> items ? items : List.of(value)) {
            Optional<E> element = reader.apply(item);
            if (element.isEmpty()) {
                return Optional.empty();
            }
            read.add(element.get());
        }
        return Optional.of(List.copyOf(read));
    }

    private static Optional<Map<Integer, Double>> biases(Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            return Optional.empty();
        }
        Map<Integer, Double> biases = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            Optional<Integer> token = integer(entry.getKey());
            Optional<Double> bias = number(entry.getValue());
            if (token.isEmpty() || bias.isEmpty()) {
                return Optional.empty();
            }
            biases.put(token.get(), bias.get());
        }
        return Optional.of(Map.copyOf(biases));
    }

    private static Optional<Duration> duration(Object value) {
        if (value instanceof Duration duration) {
            return Optional.of(duration);
        }
        String text = value.toString().strip();
        String iso = text.endsWith("ms")
                ? "PT" + seconds(text.substring(0, text.length() - 2)) + "S"
                : text.matches("\\d.*") ? "PT" + text : text;
        try {
            return Optional.of(Duration.parse(iso));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private static String seconds(String millis) {
        return whole(millis).map(count -> count / 1000 + "." + "%03d".formatted(count % 1000)).orElse(millis);
    }

    /** {@return a value for people, always in the same order} */
    static String text(Object value) {
        return switch (value) {
            case Double number -> number == Math.rint(number) && Math.abs(number) < 1e9
                    ? Long.toString(number.longValue())
                    : number.toString();
            case Map<?, ?> map -> new TreeMap<>(map).toString();
            case Set<?> set -> new TreeSet<>(set).toString();
            default -> value.toString();
        };
    }
}
