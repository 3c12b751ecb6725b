package dev.cria.model.transformer;

/**
 * The keys and values of one sequence, for every layer. It grows with the sequence, up to the context size; positions
 * are written by {@link ForwardPass#run} in order and may be dropped from the end.
 */
public interface KvCache {
    /** {@return the number of positions that hold keys and values} */
    int length();

    /** {@return the largest number of positions that this cache can hold} */
    int capacity();

    /**
     * Forgets the positions from {@code length} on.
     *
     * @param length positions to keep, from 0 to {@link #length()}
     */
    void truncate(int length);
}
