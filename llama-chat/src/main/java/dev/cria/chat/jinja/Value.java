package dev.cria.chat.jinja;

import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** What an expression gives: Python's values, as far as templates meet them. Immutable but for {@link Namespace}. */
sealed interface Value permits Value.None, Value.Bool, Value.Int, Value.Real, Text, Value.ListOf, Value.TupleOf, Dict,
        Value.Range, Value.View, Value.Generator, Value.Undefined, Value.HasAttributes {

    /** Python's {@code None}. */
    enum None implements Value {
        NONE
    }

    /** Python's {@code bool}, which counts as 0 or 1 among numbers. */
    enum Bool implements Value {
        FALSE, TRUE;

        static Bool of(boolean value) {
            return value ? TRUE : FALSE;
        }
    }

    /** Python's {@code int}, of any size. */
    record Int(BigInteger value) implements Value {
        static Int of(long value) {
            return new Int(BigInteger.valueOf(value));
        }
    }

    /** Python's {@code float}. */
    record Real(double value) implements Value {}

    /** Python's {@code list}. */
    record ListOf(List<Value> items) implements Value {}

    /**
     * Python's {@code tuple}.
     *
     * @param items the elements
     * @param names attributes of the first ones, for named tuples
     */
    record TupleOf(List<Value> items, List<String> names) implements Value {
        TupleOf(List<Value> items) {
            this(items, List.of());
        }
    }

    /** Python's {@code range}, with a number of elements that a list may have. */
    record Range(long start, long stop, long step) implements Value {
        int length() {
            long span = step > 0 ? stop - start : start - stop;
            return span <= 0 ? 0 : Math.toIntExact((span - 1) / Math.abs(step) + 1);
        }

        Int at(long index) {
            return Int.of(start + index * step);
        }
    }

    /** What {@code keys}, {@code values} and {@code items} of a dictionary give. */
    record View(Kind kind, Dict dict) implements Value {
        enum Kind {
            KEYS, VALUES, ITEMS
        }
    }

    /**
     * What can be gone through once, such as the result of {@code map}; nothing is done before that.
     *
     * @param type name of the type
     * @param iterator the values
     */
    record Generator(String type, Iterator<Value> iterator) implements Value {}

    /**
     * What is not there. It may be printed, tested and gone through, and then is empty; everything else fails.
     *
     * @param message what is said then
     * @param forbidden whether it is there, but not for templates
     */
    record Undefined(String message, boolean forbidden) implements Value {
        static Undefined named(String name) {
            return new Undefined("'" + name + "' is undefined", false);
        }

        Failure failure() {
            return forbidden ? Failure.forbidden(message) : Failure.undefined(message);
        }
    }

    /** Something with attributes and nothing else. */
    non-sealed interface HasAttributes extends Value {
        /** {@return how Python prints it} */
        String representation();

        Optional<Value> attribute(String name);
    }

    /** Something that can be called, and may have attributes. */
    interface Callable extends HasAttributes {
        Value call(Run run, Arguments arguments);

        @Override
        default Optional<Value> attribute(String name) {
            return Optional.empty();
        }
    }
}
