package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;

import java.util.Optional;

/**
 * Where the parts of a block of grouped levels lie: the binary16 factors, each as 16 ints with those of rows r (low
 * half) and r + 16 (high half); the small scales of the groups, and after them their minima if there are two factors;
 * and the levels. A weight is {@code scale * (level - levelCentre) - minimum}, or scale times an entry of a table. The
 * scale of a group is the first factor times (small scale - scaleCentre); its minimum the second factor times the small
 * minimum. Without small scales there is one group, the first factor is its scale and the second is what is added.
 *
 * @param columns columns of a block
 * @param factors 1, or 2 where the weights are not symmetric
 * @param scales the small scales
 * @param scaleCentre what a small scale of zero is stored as
 * @param levels the levels; a run of them is a group
 * @param levelCentre what a level of zero is stored as
 * @param levelTable whether levels index the table of IQ4
 */
record GroupLayout(int columns, int factors, Optional<Fields> scales, int scaleCentre, Fields levels, int levelCentre,
        boolean levelTable) {
    /** The most groups that a block or a tile has. */
    static final int MOST_GROUPS = 16;
    /** The sixteen uneven levels of IQ4. */
    private static final int[] TABLE = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    static int[] table() {
        return TABLE.clone();
    }

    int groups() {
        return columns / levels.run();
    }

    /** Bytes from the start of a block to the small scales. */
    int scaleStart() {
        return factors * 2 * PANEL_ROWS;
    }

    /** Bytes from the start of a block to the levels. */
    int levelStart() {
        return scaleStart() + scales.map(Fields::bytes).orElse(0);
    }

    int blockBytes() {
        return levelStart() + columns / levels.count() * levels.bytes();
    }
}
