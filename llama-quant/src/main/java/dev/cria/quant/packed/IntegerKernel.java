package dev.cria.quant.packed;

import dev.cria.core.LevelTile;
import dev.cria.core.QuantizedRows;
import java.lang.foreign.MemorySegment;

/** The arithmetic on a tile of {@link IntegerPanels}: see {@link dev.cria.core.LevelMatrix}. Stateless and thread-safe. */
interface IntegerKernel {
    /**
     * Reads scales and summands, and says in the tile what it holds.
     *
     * @param weights packed weights
     * @param offset where the tile begins in them
     * @param firstColumn first column
     * @param columns columns of the tile
     * @param tile receives them
     */
    void load(MemorySegment weights, long offset, int firstColumn, int columns, LevelTile tile);

    /** Unpacks the levels of a loaded tile. */
    void levels(LevelTile tile);

    /** Multiplies the levels of a loaded tile with a row of inputs. */
    void dots(LevelTile tile, QuantizedRows x, int row);
}
