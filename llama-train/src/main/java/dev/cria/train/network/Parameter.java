package dev.cria.train.network;

/** One array of weights and its gradient. Matrices are row-major, {@code [rows][columns]}; a norm has one row. */
public final class Parameter {
    private final String name;
    private final int rows;
    private final int columns;
    private final boolean norm;
    private final float[] values;
    private final float[] gradient;

    private Parameter(String name, int rows, int columns, boolean norm) {
        this.name = name;
        this.rows = rows;
        this.columns = columns;
        this.norm = norm;
        if ((long) rows * columns > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(name + " has " + rows + " x " + columns + " weights, but an array holds "
                    + Integer.MAX_VALUE);
        }
        this.values = new float[rows * columns];
        this.gradient = new float[values.length];
    }

    static Parameter matrix(String name, int rows, int columns) {
        return new Parameter(name, rows, columns, false);
    }

    static Parameter norm(String name, int length) {
        return new Parameter(name, 1, length, true);
    }

    /** {@return what it is called in checkpoints and messages} */
    public String name() {
        return name;
    }

    /** {@return the number of outputs of a matrix, or 1} */
    public int rows() {
        return rows;
    }

    /** {@return the number of inputs of a matrix, or the length of a norm} */
    public int columns() {
        return columns;
    }

    /** {@return whether it is a norm, which has no weight decay} */
    public boolean isNorm() {
        return norm;
    }

    /** {@return the weights themselves} */
    public float[] values() {
        return values;
    }

    /** {@return the gradient itself; passes add to it} */
    public float[] gradient() {
        return gradient;
    }
}
