package dev.cria.model.lora;

import dev.cria.core.CriaException;
import dev.cria.core.Matrix;
import dev.cria.quant.SafetensorsFile;
import dev.cria.quant.WeightTensor;
import java.nio.file.Path;

/**
 * A matrix of the model itself that PEFT has saved with an adapter, because the adapter changes the embedding or the
 * output. It is passed over where it is the matrix of the model that the adapter is given to.
 *
 * @param site which matrix
 * @param file the file
 * @param tensor its name there
 */
public record BaseWeight(LoraSite site, Path file, String tensor) {
    /** Two roundings to the eight bits of BF16. */
    private static final float FLOAT_TOLERANCE = 1 / 128f;
    /** How far weights of two bits may be from what they were, as a part of their mean square. */
    private static final double QUANTISED_TOLERANCE = 0.15;

    /**
     * Checks that the model has the same matrix.
     *
     * @param matrix the model's matrix
     * @throws CriaException if it is another one
     */
    public void requireEqual(Matrix matrix) {
        try (SafetensorsFile opened = SafetensorsFile.open(file)) {
            WeightTensor saved = opened.tensors().get(tensor);
            if (saved == null || saved.rows() != matrix.rows() || saved.columns() != matrix.columns()) {
                throw different("its shape is another");
            }
            requireEqual(saved, matrix);
        }
    }

    private void requireEqual(WeightTensor saved, Matrix matrix) {
        boolean quantised = matrix.blockColumns() > 1;
        int columns = matrix.columns();
        float[] expected = new float[columns];
        float[] found = new float[columns];
        double difference = 0;
        double squares = 0;
        for (int row = 0; row < matrix.rows(); row++) {
            saved.decode(row, 0, columns, expected, 0);
            matrix.row(row, found, 0);
            for (int column = 0; column < columns; column++) {
                float distance = Math.abs(expected[column] - found[column]);
                if (!quantised && !(distance <= FLOAT_TOLERANCE * Math.abs(found[column]))) {
                    throw different("in row " + row + ", column " + column + " it is " + expected[column]
                            + " where the model has " + found[column]);
                }
                difference += (double) distance * distance;
                squares += (double) expected[column] * expected[column];
            }
        }
        if (!(difference <= QUANTISED_TOLERANCE * squares)) {
            throw different("it is further from the model's than quantising takes it");
        }
    }

    private CriaException different(String how) {
        return new CriaException(file + ": the adapter has a tensor " + tensor + " of its own in place of the model's "
                + site.ggufName() + ", which is not supported: " + how);
    }
}
