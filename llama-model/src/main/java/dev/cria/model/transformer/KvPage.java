package dev.cria.model.transformer;

import dev.cria.core.Matrix;

/**
 * The keys and values of up to {@value #POSITIONS} neighbouring positions, for every layer. Positions that were written
 * do not change any more, so sequences that begin alike may share a page.
 */
public interface KvPage {
    /** Positions of a page. */
    int POSITIONS = Matrix.PANEL_ROWS;

    /** {@return a page of its own with the same keys and values} */
    KvPage copy();
}
