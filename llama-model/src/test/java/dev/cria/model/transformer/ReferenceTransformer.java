package dev.cria.model.transformer;

import dev.cria.model.config.ModelConfig;
import dev.cria.model.loading.GgufModel;
import dev.cria.model.loading.ModelPath;
import dev.cria.quant.Checkpoint;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntToDoubleFunction;

/**
 * The transformer in double precision, as straightforwardly as the papers write it down: every position anew, no cache.
 *
 * @param config the sizes
 * @param weights each tensor row by row, by its name in GGUF
 * @param frequency of the rotation of each pair of a head
 * @param magnitude by which rotated queries and keys are multiplied
 * @param window how many positions a token attends to
 */
public record ReferenceTransformer(ModelConfig config, Map<String, double[]> weights, IntToDoubleFunction frequency,
        double magnitude, int window) {
    /** {@return the model of a file, with whatever its weights decode to, and without scaling or window} */
    public static ReferenceTransformer of(Path file) {
        try (Checkpoint checkpoint = ModelPath.open(file)) {
            Map<String, double[]> weights = new LinkedHashMap<>();
            checkpoint.tensors().forEach((name, tensor) -> {
                int columns = Math.toIntExact(tensor.columns());
                double[] values = new double[Math.toIntExact(tensor.rows()) * columns];
                float[] row = new float[columns];
                for (int r = 0; r < tensor.rows(); r++) {
                    tensor.decode(r, 0, columns, row, 0);
                    for (int i = 0; i < columns; i++) {
                        values[r * columns + i] = row[i];
                    }
                }
                weights.put(name, values);
            });
            ModelConfig config = new GgufModel(checkpoint).config();
            return new ReferenceTransformer(config, weights,
                    pair -> Math.pow(config.ropeBase(), -2.0 * pair / config.headLength()), 1, Integer.MAX_VALUE);
        }
    }

    /** {@return the logits of every position} */
    public double[][] logits(int[] tokens) {
        double[][] logits = hidden(tokens);
        String output = weights.containsKey("output.weight") ? "output.weight" : "token_embd.weight";
        for (int p = 0; p < tokens.length; p++) {
            logits[p] = product(output, logits[p]);
        }
        return logits;
    }

    /** {@return what the output matrix is multiplied with, for every position} */
    public double[][] hidden(int[] tokens) {
        double[][] hidden = new double[tokens.length][config.embeddingLength()];
        double[] embeddings = weight("token_embd.weight");
        for (int p = 0; p < tokens.length; p++) {
            System.arraycopy(embeddings, tokens[p] * hidden[p].length, hidden[p], 0, hidden[p].length);
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            attend(hidden, "blk." + layer + ".");
            for (double[] row : hidden) {
                feedForward(row, "blk." + layer + ".");
            }
        }
        for (int p = 0; p < tokens.length; p++) {
            hidden[p] = norm(hidden[p], "output_norm.weight");
        }
        return hidden;
    }

    private void attend(double[][] hidden, String block) {
        int length = config.headLength();
        double[][] keys = new double[hidden.length][];
        double[][] values = new double[hidden.length][];
        for (int p = 0; p < hidden.length; p++) {
            double[] normed = norm(hidden[p], block + "attn_norm.weight");
            double[] query = rotated(product(block + "attn_q.weight", normed), p);
            keys[p] = rotated(product(block + "attn_k.weight", normed), p);
            values[p] = product(block + "attn_v.weight", normed);
            double[] attended = new double[query.length];
            for (int head = 0; head < config.heads(); head++) {
                int kv = head / (config.heads() / config.kvHeads()) * length;
                double sum = 0;
                double[] weighed = new double[length];
                for (int seen = Math.max(0, p - window + 1); seen <= p; seen++) {
                    double score = 0;
                    for (int i = 0; i < length; i++) {
                        score += query[head * length + i] * keys[seen][kv + i];
                    }
                    double weight = Math.exp(score / Math.sqrt(length));
                    sum += weight;
                    for (int i = 0; i < length; i++) {
                        weighed[i] += weight * values[seen][kv + i];
                    }
                }
                for (int i = 0; i < length; i++) {
                    attended[head * length + i] = weighed[i] / sum;
                }
            }
            add(hidden[p], product(block + "attn_output.weight", attended));
        }
    }

    private double[] rotated(double[] row, int position) {
        double[] result = new double[row.length];
        for (int i = 0; i < row.length; i += 2) {
            double angle = position * frequency.applyAsDouble(i % config.headLength() / 2);
            result[i] = magnitude * (row[i] * Math.cos(angle) - row[i + 1] * Math.sin(angle));
            result[i + 1] = magnitude * (row[i] * Math.sin(angle) + row[i + 1] * Math.cos(angle));
        }
        return result;
    }

    private void feedForward(double[] hidden, String block) {
        double[] normed = norm(hidden, block + "ffn_norm.weight");
        double[] gate = product(block + "ffn_gate.weight", normed);
        double[] up = product(block + "ffn_up.weight", normed);
        for (int i = 0; i < gate.length; i++) {
            gate[i] = gate[i] / (1 + Math.exp(-gate[i])) * up[i];
        }
        add(hidden, product(block + "ffn_down.weight", gate));
    }

    private double[] norm(double[] row, String tensor) {
        double squares = 0;
        for (double value : row) {
            squares += value * value;
        }
        double scale = 1 / Math.sqrt(squares / row.length + config.normEpsilon());
        double[] result = new double[row.length];
        for (int i = 0; i < row.length; i++) {
            result[i] = row[i] * scale * weight(tensor)[i];
        }
        return result;
    }

    private double[] product(String tensor, double[] row) {
        double[] weights = weight(tensor);
        double[] result = new double[weights.length / row.length];
        for (int r = 0; r < result.length; r++) {
            for (int i = 0; i < row.length; i++) {
                result[r] += weights[r * row.length + i] * row[i];
            }
        }
        return result;
    }

    private double[] weight(String tensor) {
        return Objects.requireNonNull(weights.get(tensor), tensor);
    }

    private static void add(double[] to, double[] what) {
        for (int i = 0; i < to.length; i++) {
            to[i] += what[i];
        }
    }
}
