package dev.cria.model.transformer;

import dev.cria.model.SmallModelFile;
import java.util.function.IntToDoubleFunction;

/**
 * The transformer in double precision, as straightforwardly as the papers write it down: every position anew, no cache.
 */
final class ReferenceTransformer {
    private final SmallModelFile file;
    private final IntToDoubleFunction frequency;
    private final double magnitude;
    private final int window;

    ReferenceTransformer(SmallModelFile file, IntToDoubleFunction frequency, double magnitude, int window) {
        this.file = file;
        this.frequency = frequency;
        this.magnitude = magnitude;
        this.window = window;
    }

    double[][] logits(int[] tokens) {
        double[][] hidden = new double[tokens.length][SmallModelFile.DIM];
        float[] embeddings = file.weights("token_embd.weight");
        for (int p = 0; p < tokens.length; p++) {
            for (int i = 0; i < SmallModelFile.DIM; i++) {
                hidden[p][i] = embeddings[tokens[p] * SmallModelFile.DIM + i];
            }
        }
        for (int layer = 0; layer < SmallModelFile.LAYERS; layer++) {
            attend(hidden, "blk." + layer + ".");
            for (double[] row : hidden) {
                feedForward(row, "blk." + layer + ".");
            }
        }
        double[][] logits = new double[tokens.length][];
        for (int p = 0; p < tokens.length; p++) {
            logits[p] = product("output.weight", norm(hidden[p], "output_norm.weight"));
        }
        return logits;
    }

    private void attend(double[][] hidden, String block) {
        int length = SmallModelFile.HEAD_LENGTH;
        double[][] keys = new double[hidden.length][];
        double[][] values = new double[hidden.length][];
        for (int p = 0; p < hidden.length; p++) {
            double[] normed = norm(hidden[p], block + "attn_norm.weight");
            double[] query = rotated(product(block + "attn_q.weight", normed), p);
            keys[p] = rotated(product(block + "attn_k.weight", normed), p);
            values[p] = product(block + "attn_v.weight", normed);
            double[] attended = new double[query.length];
            for (int head = 0; head < SmallModelFile.HEADS; head++) {
                int kv = head / (SmallModelFile.HEADS / SmallModelFile.KV_HEADS) * length;
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
            double angle = position * frequency.applyAsDouble(i % SmallModelFile.HEAD_LENGTH / 2);
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
        double scale = 1 / Math.sqrt(squares / row.length + SmallModelFile.EPSILON);
        double[] result = new double[row.length];
        for (int i = 0; i < row.length; i++) {
            result[i] = row[i] * scale * file.weights(tensor)[i];
        }
        return result;
    }

    private double[] product(String tensor, double[] row) {
        float[] weights = file.weights(tensor);
        double[] result = new double[weights.length / row.length];
        for (int r = 0; r < result.length; r++) {
            for (int i = 0; i < row.length; i++) {
                result[r] += weights[r * row.length + i] * row[i];
            }
        }
        return result;
    }

    private static void add(double[] to, double[] what) {
        for (int i = 0; i < to.length; i++) {
            to[i] += what[i];
        }
    }
}
