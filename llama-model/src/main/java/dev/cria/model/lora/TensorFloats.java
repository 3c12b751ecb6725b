package dev.cria.model.lora;

import dev.cria.core.MalformedFileException;
import dev.cria.model.weights.LoraFactors;
import dev.cria.quant.WeightTensor;
import java.nio.file.Path;

/** One of the two matrices of a pair as a file has it. */
record TensorFloats(WeightTensor tensor, int rows, int columns) {
    static TensorFloats of(Path file, WeightTensor tensor) {
        if (tensor.shape().size() != 2) {
            throw new MalformedFileException(file,
                    "tensor " + tensor.name() + " must have two dimensions, but has the shape "
                            + tensor.shape());
        }
        long rows = tensor.rows();
        long columns = tensor.columns();
        if (rows < 1 || columns < 1 || rows > Integer.MAX_VALUE || columns > Integer.MAX_VALUE / rows) {
            throw new MalformedFileException(file, "tensor " + tensor.name() + " of the shape " + tensor.shape()
                    + " is empty or too large for an adapter");
        }
        return new TensorFloats(tensor, (int) rows, (int) columns);
    }

    float[] floats() {
        float[] floats = new float[rows * columns];
        tensor.type().decode(tensor.data(), 0, floats, 0, floats.length);
        return floats;
    }

    float[] transposed() {
        float[] floats = floats();
        return transpose(floats, rows, columns);
    }

    static float[] transpose(float[] floats, int rows, int columns) {
        float[] transposed = new float[floats.length];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                transposed[c * rows + r] = floats[r * columns + c];
            }
        }
        return transposed;
    }

    /** Refuses a pair whose ranks differ or are out of range. */
    static void requireRank(Path file, TensorFloats a, int rankOfA, TensorFloats b, int rankOfB) {
        if (rankOfA != rankOfB) {
            throw new MalformedFileException(file, "tensor " + a.tensor.name() + " has the rank " + rankOfA + ", but "
                    + b.tensor.name() + " has " + rankOfB);
        }
        if (rankOfA > LoraFactors.LARGEST_RANK) {
            throw new MalformedFileException(file, "tensor " + a.tensor.name() + " has the rank " + rankOfA
                    + ", supported are ranks up to " + LoraFactors.LARGEST_RANK);
        }
    }
}
