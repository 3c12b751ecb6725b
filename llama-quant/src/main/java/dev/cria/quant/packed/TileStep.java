package dev.cria.quant.packed;

import dev.cria.core.LevelTile;

/**
 * One of the steps in which a tile of {@link IntegerPanels} is multiplied or unpacked. All steps are called from a
 * single place: C2 sees more than two classes there, inlines none of them, and compiles them one by one. Together they
 * would be more vector operations than it takes into a method, and each of those left over would become an object. For
 * the same reason the products ({@link FourBits} and its like) write out what methods of ours could do: those are no
 * longer inlined beyond some sixty vector operations, while the Vector API's own always are. Stateless and thread-safe.
 */
interface TileStep {
    /** Takes the step. */
    void run(LevelTile tile);
}
