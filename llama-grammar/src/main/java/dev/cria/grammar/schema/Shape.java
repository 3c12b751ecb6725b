package dev.cria.grammar.schema;

import dev.cria.grammar.regular.Regex;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Values of one type of JSON. What a schema allows is a list of shapes, any of which a value may have. */
sealed interface Shape {
    /** Null. */
    record Null() implements Shape {}

    /** True, false, or both. */
    record Bool(boolean yes, boolean no) implements Shape {}

    /**
     * Numbers.
     *
     * @param numbers as {@link Numbers} has them
     * @param whole whether they are written without a point
     */
    record Numeric(Regex numbers, boolean whole) implements Shape {
        static final Numeric ANY = new Numeric(Numbers.ALL, false);
    }

    /**
     * Strings.
     *
     * @param content what stands between the quotes, each character written in one way
     */
    record Text(Regex content) implements Shape {
        static final Text ANY = new Text(JsonTexts.CONTENT);
    }

    /**
     * Arrays.
     *
     * @param first what the first items must be
     * @param rest what all others must be
     * @param min least number of items
     * @param max largest number, or {@link Regex#UNLIMITED}
     * @param contained each of them is what at least one item must be
     */
    record Array(List<Requirements> first, Requirements rest, int min, int max, List<Requirements> contained)
            implements
                Shape {
        static final Array ANY = new Array(List.of(), Requirements.NONE, 0, Regex.UNLIMITED, List.of());

        Requirements item(int index) {
            return index < first.size() ? first.get(index) : rest;
        }
    }

    /**
     * Objects.
     *
     * @param named members with names of their own, in order
     * @param others all other members, by their names; no name is in two of them
     * @param required names of members that must be there
     * @param min least number of members
     * @param max largest number, or {@link Regex#UNLIMITED}
     */
    record Members(Map<String, Requirements> named, List<Others> others, Set<String> required, int min, int max)
            implements
                Shape {
        static final Members ANY = new Members(Map.of(),
                List.of(new Others(JsonTexts.CONTENT, Requirements.NONE)), Set.of(), 0, Regex.UNLIMITED);
    }

    /**
     * Members whose names are of a language.
     *
     * @param names names, as the content of strings
     * @param value what their values must be
     */
    record Others(Regex names, Requirements value) {}

    /** Every value. */
    List<Shape> ANY = List.of(new Null(), new Bool(true, true), Numeric.ANY, Text.ANY, Array.ANY, Members.ANY);
}
