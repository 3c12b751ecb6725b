package dev.cria.model.events;

/**
 * Something that takes time, and is told when it is over.
 *
 * @param <T> what there is to tell
 */
@FunctionalInterface
public interface Span<T> {
    /**
     * Ends it.
     *
     * @param outcome what there is to tell
     */
    void end(T outcome);
}
