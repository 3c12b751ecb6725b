package dev.cria.model.lora;

/** In which order the rows of query and key matrices are: RoPE rotates pairs of them. */
public enum RowOrder {
    /** The two of a pair are neighbours: Meta and GGUF. */
    PAIRS,
    /** All first ones of a head, then all second ones: Hugging Face. */
    HALVES;

    /**
     * Reorders rows.
     *
     * @param rows row by row, {@code [heads * headLength][columns]}, in this order
     * @param columns elements of a row
     * @param headLength rows of a head
     * @param wanted the order wanted
     * @return the rows in that order; the same array if it is this one
     */
    float[] to(RowOrder wanted, float[] rows, int columns, int headLength) {
        if (wanted == this) {
            return rows;
        }
        float[] ordered = new float[rows.length];
        int half = headLength / 2;
        for (int row = 0; row < rows.length / columns; row++) {
            int head = row - row % headLength;
            int in = row % headLength;
            int other = wanted == PAIRS ? head + in % half * 2 + in / half : head + in % 2 * half + in / 2;
            System.arraycopy(rows, row * columns, ordered, other * columns, columns);
        }
        return ordered;
    }
}
