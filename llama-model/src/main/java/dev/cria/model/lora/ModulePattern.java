package dev.cria.model.lora;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression for names of modules, as PEFT takes it in {@code rank_pattern} and {@code alpha_pattern}: it
 * must match the end of a name, from its beginning or after a point. The work is bounded, because an expression from a
 * hostile file may otherwise never end.
 */
final class ModulePattern {
    /** Thousands of times what an expression needs that is meant well. */
    private static final int MOST_STEPS = 1_000_000;
    private static final int LONGEST = 10_000;

    private final Pattern pattern;

    /**
     * @param expression the expression
     * @throws IllegalArgumentException if it is not one
     */
    ModulePattern(String expression) {
        if (expression.length() > LONGEST) {
            throw new IllegalArgumentException("it has more than " + LONGEST + " characters");
        }
        try {
            pattern = Pattern.compile("(.*\\.)?(" + expression + ")");
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(e.getDescription(), e);
        }
    }

    /**
     * {@return whether it matches the end of a name}
     *
     * @param module name of a module
     * @throws IllegalArgumentException if that cannot be said within bounds
     */
    boolean matches(String module) {
        try {
            return pattern.matcher(new Counted(module, new int[1])).matches();
        } catch (StackOverflowError e) {
            throw new IllegalArgumentException("it is too deep", e);
        }
    }

    /** A text that can be looked at a limited number of times, which is what an expression spends its time with. */
    private record Counted(CharSequence text, int[] steps) implements CharSequence {
        @Override
        public char charAt(int index) {
            if (++steps[0] > MOST_STEPS) {
                throw new IllegalArgumentException("it takes too long");
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Counted(text.subSequence(start, end), steps);
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
