package dev.cria.model.loading;

import dev.cria.core.MalformedFileException;
import dev.cria.model.config.RopeScaling.Yarn;
import dev.cria.model.config.RopeScaling;
import dev.cria.quant.Checkpoint;
import dev.cria.quant.GgufMetadata;
import dev.cria.quant.QuantType;
import dev.cria.quant.StoredTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How a GGUF file says that rotary positions are scaled. Keys and defaults are llama.cpp's. */
final class GgufRopeScaling {
    private static final String DIVISORS = "rope_freqs.weight";
    /** More pairs than any head has. */
    private static final int MOST_PAIRS = 1 << 16;

    private final Checkpoint file;
    private final GgufMetadata metadata;

    GgufRopeScaling(Checkpoint file) {
        this.file = file;
        this.metadata = file.metadata();
    }

    RopeScaling read() {
        String type = metadata.string(LlamaMetadata.ROPE_SCALING_TYPE).orElse("linear");
        double attention = number(LlamaMetadata.ROPE_ATTENTION_FACTOR, 1);
        return switch (type) {
            case "none" -> new RopeScaling(1, attention, Optional.empty(), divisors());
            case "linear" -> new RopeScaling(factor(), attention, Optional.empty(), divisors());
            case "yarn" -> yarn(attention);
            default -> throw new MalformedFileException(file.path(), LlamaMetadata.ROPE_SCALING_TYPE + " is \"" + type
                    + "\", supported are \"none\", \"linear\" and \"yarn\"");
        };
    }

    private double factor() {
        double factor = metadata.number(LlamaMetadata.ROPE_FACTOR).orElseGet(
                () -> number(LlamaMetadata.OLD_ROPE_FACTOR, 1));
        return factor == 0 ? 1 : factor;
    }

    private RopeScaling yarn(double attention) {
        double factor = factor();
        String key = LlamaMetadata.YARN_ORIGINAL_CONTEXT;
        long original = metadata.integer(key).orElseGet(() -> metadata.integer(LlamaMetadata.CONTEXT_LENGTH).orElse(0));
        if (original < 1 || original > Integer.MAX_VALUE) {
            throw new MalformedFileException(file.path(), key + " must be a whole number from 1 to "
                    + Integer.MAX_VALUE + ", but is " + original);
        }
        Yarn usual = Yarn.of((int) original);
        Yarn yarn = new Yarn((int) original, number(LlamaMetadata.YARN_BETA_FAST, usual.betaFast()),
                number(LlamaMetadata.YARN_BETA_SLOW, usual.betaSlow()),
                metadata.bool(LlamaMetadata.YARN_TRUNCATE).orElse(true));
        double extrapolation = number(LlamaMetadata.YARN_EXTRAPOLATION, 1);
        if (extrapolation != 1) {
            throw new MalformedFileException(file.path(), LlamaMetadata.YARN_EXTRAPOLATION
                    + " must be 1, other values are not supported, but it is " + extrapolation);
        }
        double usualMagnitude = RopeScaling.yarnMagnitude(factor)
                / RopeScaling.yarnMagnitude(factor, number(LlamaMetadata.YARN_LOG_MULTIPLIER, 0));
        double magnitude = attention * number(LlamaMetadata.YARN_MAGNITUDE, usualMagnitude);
        return new RopeScaling(factor, magnitude, Optional.of(yarn), divisors());
    }

    private double number(String key, double fallback) {
        return metadata.number(key).orElse(fallback);
    }

    private List<Float> divisors() {
        StoredTensor tensor = file.tensors().get(DIVISORS);
        if (tensor == null) {
            return List.of();
        }
        if (tensor.type() != QuantType.F32 || tensor.rows() != 1 || tensor.columns() > MOST_PAIRS) {
            throw new MalformedFileException(file.path(), "tensor " + DIVISORS
                    + " must be a vector of type F32, one number for each pair in a head, but has the type "
                    + tensor.type()
                    + " and the shape " + tensor.shape());
        }
        float[] values = new float[(int) tensor.columns()];
        tensor.decode(0, 0, values.length, values, 0);
        List<Float> divisors = new ArrayList<>(values.length);
        for (float value : values) {
            if (!(value > 0 && value < Float.POSITIVE_INFINITY)) {
                throw new MalformedFileException(file.path(), "tensor " + DIVISORS
                        + " must hold divisors of frequencies, which are above 0, but holds " + value);
            }
            divisors.add(value);
        }
        return divisors;
    }
}
