package dev.cria.model.transformer;

/**
 * The keys and values of one sequence, in pages. Positions are written by {@link ForwardPass#run} in order.
 */
public interface KvCache {
    /** {@return the number of positions that hold keys and values} */
    int length();

    /** {@return the largest number of positions of the sequence} */
    int capacity();

    /**
     * Makes room for positions, without counting them as present.
     *
     * @param end the first for which there need be none
     */
    void reserve(int end);

    /**
     * {@return a page: the one with the positions from {@code index * KvPage.POSITIONS} on}
     *
     * @param index of a page for which there is room
     */
    KvPage page(int index);

    /**
     * Counts positions as present.
     *
     * @param end the first that is not
     */
    void advance(int end);
}
