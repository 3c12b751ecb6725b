package dev.cria.chat.jinja;

/**
 * What one rendering may still do. Every step and everything that is made costs something, so that an endless template
 * ends after a fraction of a second and with little memory.
 */
final class Budget {
    /** The longest known templates take less than 5000 for a short dialog. These take a fraction of a second. */
    private static final long UNITS = 2_000_000;
    /** What an element of a list costs, which takes memory. */
    private static final int ELEMENT = 4;
    /** Characters that cost one unit. */
    private static final int CHARACTERS = 8;
    /** What work on hundreds of digits costs. */
    private static final int DECIMAL = 200;
    /** Nested evaluations; each takes a few hundred bytes of the stack. */
    private static final int DEEPEST = 600;
    /** The longest text, which is longer than any context. */
    private static final int LONGEST_TEXT = 1 << 24;

    private long left = UNITS;
    private int depth;

    void spend(long units) {
        left -= units;
        if (left < 0) {
            throw Failure.runtime("the template does too much: it was stopped after " + UNITS + " steps");
        }
    }

    void spendElements(long count) {
        spend(Math.multiplyExact(Math.min(count, UNITS), ELEMENT));
    }

    /** Pays for characters before they are made, which are added to a text that has some already. */
    void spendText(long added, long before) {
        if (added > LONGEST_TEXT - before) {
            throw Failure.runtime("the template makes a text of more than " + LONGEST_TEXT + " characters");
        }
        spend(1 + added / CHARACTERS);
    }

    /** Pays for looking for a text in another, which in the worst case compares all with all. */
    void spendSearch(long length, long needle) {
        spend(1 + length * Math.max(1, needle) / (CHARACTERS * CHARACTERS));
    }

    /** Pays for work on the exact decimals of a float. */
    void spendDecimal() {
        spend(DECIMAL);
    }

    /** Goes one level deeper: calls, expressions in expressions, lists in lists. */
    void enter() {
        spend(1);
        if (++depth > DEEPEST) {
            throw Failure.runtime("the template is nested too deeply: more than " + DEEPEST + " levels");
        }
    }

    void leave() {
        depth--;
    }
}
