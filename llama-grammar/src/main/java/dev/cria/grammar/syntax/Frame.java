package dev.cria.grammar.syntax;

import java.util.ArrayList;
import java.util.List;

/**
 * A rule that is being read since a certain byte, with everybody who waits for its end. All who call a rule at the same
 * byte share the frame, so that left recursion ends and ambiguity costs no more than in Earley's algorithm (1970).
 * Callers are added while the closure of one byte is computed, and never after.
 */
final class Frame {
    /** Where to go on after the rule's end, and in which frame. */
    record Caller(Node next, Frame frame) {}

    final List<Caller> callers = new ArrayList<>(1);
    /** Whether the rule could end at the byte at which it began. */
    boolean endsAtOnce;
}
