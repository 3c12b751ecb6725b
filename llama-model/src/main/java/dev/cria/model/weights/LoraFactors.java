package dev.cria.model.weights;

/**
 * The low-rank change of one weight matrix W (Hu et al. 2021): with it the product is {@code W x + scale * B (A x)}.
 *
 * @param rank rows of A and columns of B, from 1 to {@value #LARGEST_RANK}
 * @param inputs columns of A, which are those of W; for token embeddings the size of the vocabulary
 * @param outputs rows of B, which are those of W; for token embeddings the length of an embedding
 * @param scale alpha / rank, or alpha / sqrt(rank) for rank-stabilised adapters; finite
 * @param a the matrix A, {@code [rank][inputs]}, row by row; copied
 * @param b the matrix B, {@code [outputs][rank]}, row by row; copied
 */
public record LoraFactors(int rank, int inputs, int outputs, double scale, float[] a, float[] b) {
    /** The largest rank that is supported, far beyond what adapters have. */
    public static final int LARGEST_RANK = 4096;

    /**
     * Checks the sizes and copies the matrices.
     *
     * @throws IllegalArgumentException if a size is not positive, the rank is too large, the scale is not finite, or a
     *         matrix has another number of elements than its sizes say
     */
    public LoraFactors {
        if (rank < 1 || rank > LARGEST_RANK) {
            throw new IllegalArgumentException("a rank is 1 to " + LARGEST_RANK + ", not " + rank);
        }
        if (inputs < 1 || outputs < 1) {
            throw new IllegalArgumentException(
                    "inputs and outputs must be positive, not " + inputs + " and " + outputs);
        }
        if (!Double.isFinite(scale)) {
            throw new IllegalArgumentException("a scale must be finite, not " + scale);
        }
        if (a.length != (long) rank * inputs) {
            throw new IllegalArgumentException(
                    "A must have " + rank + " x " + inputs + " elements, but has " + a.length);
        }
        if (b.length != (long) outputs * rank) {
            throw new IllegalArgumentException(
                    "B must have " + outputs + " x " + rank + " elements, but has " + b.length);
        }
        a = a.clone();
        b = b.clone();
    }

    /** {@return a copy of the matrix A, {@code [rank][inputs]}} */
    @Override
    public float[] a() {
        return a.clone();
    }

    /** {@return a copy of the matrix B, {@code [outputs][rank]}} */
    @Override
    public float[] b() {
        return b.clone();
    }
}
