package dev.cria.model.loading;

import dev.cria.core.MalformedFileException;
import dev.cria.model.RopeScaling;
import dev.cria.model.RopeScaling.Yarn;
import dev.cria.quant.Checkpoint;
import dev.cria.quant.GgufMetadata;
import dev.cria.quant.QuantType;
import dev.cria.quant.StoredTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How a GGUF file says that rotary positions are scaled. Keys and defaults are llama.cpp's. */
final class GgufRopeScaling {
    private static final String PREFIX = "llama.rope.scaling.";
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
        String type = metadata.string(PREFIX + "type").orElse("linear");
        double attention = number("attn_factor", 1);
        return switch (type) {
            case "none" -> new RopeScaling(1, attention, Optional.empty(), divisors());
            case "linear" -> new RopeScaling(factor(), attention, Optional.empty(), divisors());
            case "yarn" -> yarn(attention);
            default -> throw new MalformedFileException(file.path(), PREFIX + "type is \"" + type
                    + "\", supported are \"none\", \"linear\" and \"yarn\"");
        };
    }

    private double factor() {
        double factor = metadata.number(PREFIX + "factor").orElseGet(
                () -> metadata.number("llama.rope.scale_linear").orElse(1));
        return factor == 0 ? 1 : factor;
    }

    private RopeScaling yarn(double attention) {
        double factor = factor();
        String key = PREFIX + "original_context_length";
        long original = metadata.integer(key).orElseGet(() -> metadata.integer("llama.context_length").orElse(0));
        if (original < 1 || original > Integer.MAX_VALUE) {
            throw new MalformedFileException(file.path(), key + " must be a whole number from 1 to "
                    + Integer.MAX_VALUE + ", but is " + original);
        }
        Yarn usual = Yarn.of((int) original);
        Yarn yarn = new Yarn((int) original, number("yarn_beta_fast", usual.betaFast()),
                number("yarn_beta_slow", usual.betaSlow()));
        return new RopeScaling(factor, attention * RopeScaling.yarnMagnitude(factor), Optional.of(yarn), divisors());
    }

    private double number(String key, double fallback) {
        return metadata.number(PREFIX + key).orElse(fallback);
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
