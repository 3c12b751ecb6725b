package dev.cria.grammar.schema;

import dev.cria.grammar.error.GrammarTooLargeException;
import dev.cria.grammar.regular.Dfa;
import dev.cria.grammar.regular.DfaState;
import dev.cria.grammar.regular.Regex;
import dev.cria.grammar.regular.TextEncoding;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Intersection, union and complement of lists of shapes. */
final class Shapes {
    /** Says that a complement cannot be written as shapes. */
    static final class NoComplementException extends Exception {
        private static final long serialVersionUID = 1L;

        NoComplementException(String message) {
            super(message);
        }
    }

    /** Schemas that need more intersections are refused: they take longer than a second. */
    private static final int MOST_STEPS = 300_000;
    private static final int MOST_SHAPES = 5000;

    private final Map<Regex, Boolean> empty = new HashMap<>();
    private final Map<Regex, Dfa> automata = new HashMap<>();
    private int steps;

    /** {@return what is in both lists} */
    List<Shape> both(List<Shape> left, List<Shape> right) {
        if (left.equals(Shape.ANY)) {
            return right;
        }
        if (right.equals(Shape.ANY)) {
            return left;
        }
        Set<Shape> found = new LinkedHashSet<>();
        for (Shape l : left) {
            for (Shape r : right) {
                if (++steps > MOST_STEPS || found.size() > MOST_SHAPES) {
                    throw new GrammarTooLargeException("JSON schema: its combinations are more than " + MOST_SHAPES
                            + " at one place or take more than " + MOST_STEPS + " steps");
                }
                both(l, r).ifPresent(found::add);
            }
        }
        return List.copyOf(found);
    }

    /** {@return what is in any of the lists} */
    static List<Shape> either(List<List<Shape>> lists) {
        Set<Shape> all = new LinkedHashSet<>();
        lists.forEach(all::addAll);
        List<Shape> result = new ArrayList<>();
        List<Regex> texts = new ArrayList<>();
        List<Regex> whole = new ArrayList<>();
        List<Regex> numbers = new ArrayList<>();
        boolean yes = false;
        boolean no = false;
        for (Shape shape : all) {
            switch (shape) {
                case Shape.Text text -> texts.add(text.content());
                case Shape.Numeric number -> (number.whole() ? whole : numbers).add(number.numbers());
                case Shape.Bool bool -> {
                    yes |= bool.yes();
                    no |= bool.no();
                }
                case Shape.Null _,Shape.Array _,Shape.Members _ -> result.add(shape);
            }
        }
        if (yes || no) {
            result.add(new Shape.Bool(yes, no));
        }
        if (!numbers.isEmpty()) {
            numbers.addAll(whole);
            result.add(new Shape.Numeric(union(numbers, Numbers.ALL), false));
        } else if (!whole.isEmpty()) {
            result.add(new Shape.Numeric(union(whole, Numbers.WHOLE), true));
        }
        if (!texts.isEmpty()) {
            result.add(new Shape.Text(union(texts, JsonTexts.CONTENT)));
        }
        return List.copyOf(result);
    }

    private static Regex union(List<Regex> parts, Regex all) {
        return parts.contains(all) ? all : Regex.choice(parts);
    }

    private static Regex common(Regex left, Regex right, Regex all) {
        return left.equals(all) ? right : right.equals(all) ? left : Regex.both(left, right);
    }

    private Optional<Shape> both(Shape left, Shape right) {
        if (left instanceof Shape.Null && right instanceof Shape.Null) {
            return Optional.of(left);
        }
        if (left instanceof Shape.Bool l && right instanceof Shape.Bool r) {
            boolean yes = l.yes() && r.yes();
            boolean no = l.no() && r.no();
            return yes || no ? Optional.of(new Shape.Bool(yes, no)) : Optional.empty();
        }
        if (left instanceof Shape.Numeric l && right instanceof Shape.Numeric r) {
            Regex numbers = common(l.numbers(), r.numbers(), Numbers.ALL);
            return isEmpty(numbers)
                    ? Optional.empty()
                    : Optional.of(new Shape.Numeric(numbers, l.whole() || r.whole()));
        }
        if (left instanceof Shape.Text l && right instanceof Shape.Text r) {
            Regex content = common(l.content(), r.content(), JsonTexts.CONTENT);
            return isEmpty(content) ? Optional.empty() : Optional.of(new Shape.Text(content));
        }
        if (left instanceof Shape.Array l && right instanceof Shape.Array r) {
            return array(l, r);
        }
        if (left instanceof Shape.Members l && right instanceof Shape.Members r) {
            return members(l, r);
        }
        return Optional.empty();
    }

    boolean isEmpty(Regex regex) {
        return empty.computeIfAbsent(regex, key -> automaton(key).isEmpty());
    }

    private Dfa automaton(Regex regex) {
        return automata.computeIfAbsent(regex, Dfa::new);
    }

    private static Optional<Shape> array(Shape.Array left, Shape.Array right) {
        List<Requirements> first = new ArrayList<>();
        for (int i = 0; i < Math.max(left.first().size(), right.first().size()); i++) {
            first.add(left.item(i).and(right.item(i)));
        }
        int min = Math.max(left.min(), right.min());
        int max = Math.min(left.max(), right.max());
        List<Requirements> contained = Stream.concat(left.contained().stream(), right.contained().stream()).distinct()
                .toList();
        return min > max
                ? Optional.empty()
                : Optional.of(new Shape.Array(first, left.rest().and(right.rest()), min, max, contained));
    }

    private Optional<Shape> members(Shape.Members left, Shape.Members right) {
        Map<String, Requirements> named = new LinkedHashMap<>();
        left.named().forEach((name, value) -> named.put(name, value.and(value(right, name))));
        right.named().forEach((name, value) -> {
            if (!named.containsKey(name)) {
                named.put(name, value(left, name).and(value));
            }
        });
        List<Shape.Others> others = new ArrayList<>();
        for (Shape.Others l : left.others()) {
            for (Shape.Others r : right.others()) {
                Regex names = common(l.names(), r.names(), JsonTexts.CONTENT);
                if (!isEmpty(names)) {
                    others.add(new Shape.Others(names, l.value().and(r.value())));
                }
            }
        }
        Set<String> required = new LinkedHashSet<>(left.required());
        required.addAll(right.required());
        int min = Math.max(left.min(), right.min());
        int max = Math.min(left.max(), right.max());
        Shape.Members result = new Shape.Members(named, List.copyOf(others), required, min, max);
        boolean impossible = min > max || required.size() > max
                || required.stream().anyMatch(name -> value(result, name).equals(Requirements.NEVER));
        return impossible ? Optional.empty() : Optional.of(result);
    }

    /** {@return what the value of a member must be} */
    Requirements value(Shape.Members members, String name) {
        Requirements own = members.named().get(name);
        if (own != null) {
            return own;
        }
        for (Shape.Others others : members.others()) {
            if (contains(others.names(), name)) {
                return others.value();
            }
        }
        return Requirements.NEVER;
    }

    /** {@return whether a text, which is not yet written as in JSON, is in a language of contents of strings} */
    boolean contains(Regex contents, String text) {
        if (contents.equals(JsonTexts.CONTENT)) {
            return true;
        }
        DfaState state = automaton(contents).start();
        for (byte value : Contents.of(text).getBytes(StandardCharsets.UTF_8)) {
            state = state.after(value & 0xFF);
        }
        return state.isAccepting();
    }

    /** {@return all values that have none of these shapes} */
    List<Shape> not(List<Shape> shapes) throws NoComplementException {
        List<Shape> result = Shape.ANY;
        for (Shape shape : shapes) {
            List<List<Shape>> parts = new ArrayList<>();
            parts.add(Shape.ANY.stream().filter(other -> other.getClass() != shape.getClass()).toList());
            parts.add(complement(shape));
            result = both(result, parts.stream().flatMap(List::stream).toList());
        }
        return result;
    }

    private List<Shape> complement(Shape shape) throws NoComplementException {
        return switch (shape) {
            case Shape.Null _ -> List.of();
            case Shape.Bool bool -> bool.yes() && bool.no()
                    ? List.of()
                    : List.of(new Shape.Bool(!bool.yes(), !bool.no()));
            case Shape.Numeric number -> {
                Regex rest = number.numbers().equals(Numbers.ALL)
                        ? Regex.NOTHING
                        : Regex.both(Numbers.ALL, Regex.not(number.numbers()));
                yield isEmpty(rest) ? List.of() : List.of(new Shape.Numeric(rest, false));
            }
            case Shape.Text text -> {
                Regex rest = text.content().equals(JsonTexts.CONTENT)
                        ? Regex.NOTHING
                        : Regex.both(JsonTexts.CONTENT, Regex.not(text.content()));
                yield isEmpty(rest) ? List.of() : List.of(new Shape.Text(rest));
            }
            case Shape.Array array -> complement(array);
            case Shape.Members members -> complement(members);
        };
    }

    private static List<Shape> complement(Shape.Array array) throws NoComplementException {
        List<Shape> ways = new ArrayList<>();
        if (array.min() > 0) {
            ways.add(new Shape.Array(List.of(), Requirements.NONE, 0, array.min() - 1, List.of()));
        }
        if (array.max() != Regex.UNLIMITED) {
            ways.add(new Shape.Array(List.of(), Requirements.NONE, array.max() + 1, Regex.UNLIMITED, List.of()));
        }
        for (int i = 0; i < array.first().size(); i++) {
            for (Requirements wrong : array.first().get(i).negated()) {
                List<Requirements> first = new ArrayList<>(Collections.nCopies(i, Requirements.NONE));
                first.add(wrong);
                ways.add(new Shape.Array(first, Requirements.NONE, i + 1, Regex.UNLIMITED, List.of()));
            }
        }
        List<Requirements> wrongRest = array.rest().negated();
        if (!wrongRest.isEmpty() && !array.first().isEmpty()) {
            throw new NoComplementException("an array is not allowed by its items behind the first ones");
        }
        for (Requirements wrong : wrongRest) {
            ways.add(new Shape.Array(List.of(), Requirements.NONE, 1, Regex.UNLIMITED, List.of(wrong)));
        }
        for (Requirements contained : array.contained()) {
            if (contained.parts().size() != 1) {
                throw new NoComplementException("an array is not allowed by what it contains");
            }
            ways.add(new Shape.Array(List.of(), contained.negated().getFirst(), 0, Regex.UNLIMITED, List.of()));
        }
        return ways;
    }

    private static List<Shape> complement(Shape.Members members) throws NoComplementException {
        if (!members.others().equals(Shape.Members.ANY.others())) {
            throw new NoComplementException("an object is not allowed by the names of its members");
        }
        List<Shape> ways = new ArrayList<>();
        for (String name : members.required()) {
            ways.add(without(name));
        }
        members.named().forEach((name, value) -> {
            for (Requirements wrong : value.negated()) {
                ways.add(new Shape.Members(Map.of(name, wrong), Shape.Members.ANY.others(), Set.of(name), 0,
                        Regex.UNLIMITED));
            }
        });
        if (members.min() > 0) {
            ways.add(new Shape.Members(Map.of(), Shape.Members.ANY.others(), Set.of(), 0, members.min() - 1));
        }
        if (members.max() != Regex.UNLIMITED) {
            ways.add(new Shape.Members(Map.of(), Shape.Members.ANY.others(), Set.of(), members.max() + 1,
                    Regex.UNLIMITED));
        }
        return ways;
    }

    /** {@return objects without a member} */
    static Shape without(String name) {
        return new Shape.Members(Map.of(name, Requirements.NEVER), Shape.Members.ANY.others(), Set.of(), 0,
                Regex.UNLIMITED);
    }

    /** {@return objects with certain members} */
    static Shape with(Set<String> names) {
        return new Shape.Members(Map.of(), Shape.Members.ANY.others(), names, 0, Regex.UNLIMITED);
    }

    /** {@return a language of contents of strings without some of them} */
    static Regex except(Regex contents, Set<String> texts) {
        return texts.isEmpty()
                ? contents
                : Regex.both(contents,
                        Regex.not(Regex.choice(texts.stream().map(TextEncoding.JSON_STRING::literal).toList())));
    }
}
