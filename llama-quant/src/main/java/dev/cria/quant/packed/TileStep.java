package dev.cria.quant.packed;

import dev.cria.core.LevelTile;

/**
 * One of the steps in which a tile of {@link IntegerPanels} is multiplied or unpacked. C2 stops inlining in a method of more than some sixty vector operations, and each of those left
 * over would become an object. So the work is cut into steps, and they are called from a single place: it sees more than two classes there, inlines none of them, and compiles them one by one.
 * Stateless and thread-safe.
 */
interface TileStep {
    /** Takes the step. */
    void run(LevelTile tile);
}
