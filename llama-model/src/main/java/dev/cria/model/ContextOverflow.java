package dev.cria.model;

/** What a chat does when its conversation has outgrown the context. */
public enum ContextOverflow {
    /** The next turn throws a {@link ContextOverflowException}. */
    STOP,
    /**
     * The model no longer reads the oldest turns: so many that at least a quarter of the context is free again. System
     * messages and the last question stay. {@link Chat#messages} still has everything.
     */
    DROP_OLDEST_TURNS
}
