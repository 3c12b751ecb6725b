package dev.cria.train.network;

import dev.cria.model.config.ModelConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The Llama 2 forward pass and its loss in double precision, written straight from the paper, one token at a time. */
final class ReferenceModel {
    private final ModelConfig config;
    private final Parameters parameters;
    private final List<double[]> values = new ArrayList<>();

    ReferenceModel(ModelConfig config, Parameters parameters) {
        this.config = config;
        this.parameters = parameters;
        for (Parameter parameter : parameters.all()) {
            double[] copy = new double[parameter.values().length];
            Arrays.setAll(copy, i -> parameter.values()[i]);
            values.add(copy);
        }
    }

    /** The weights of a parameter, to be changed. */
    double[] values(Parameter parameter) {
        return values.get(parameters.all().indexOf(parameter));
    }

    private static double[] multiply(double[] matrix, double[] x) {
        int rows = matrix.length / x.length;
        double[] out = new double[rows];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < x.length; c++) {
                out[r] += matrix[r * x.length + c] * x[c];
            }
        }
        return out;
    }

    private double[] norm(double[] x, double[] weight) {
        double mean = Arrays.stream(x).map(v -> v * v).sum() / x.length;
        double[] out = new double[x.length];
        Arrays.setAll(out, i -> x[i] / Math.sqrt(mean + config.normEpsilon()) * weight[i]);
        return out;
    }

    private void rotate(double[] x, int from, int heads, int position) {
        int length = config.headLength();
        for (int h = 0; h < heads; h++) {
            for (int i = 0; i < length; i += 2) {
                double angle = position * Math.pow(config.ropeBase(), -(double) i / length);
                int at = from + h * length + i;
                double a = x[at];
                double b = x[at + 1];
                x[at] = a * Math.cos(angle) - b * Math.sin(angle);
                x[at + 1] = a * Math.sin(angle) + b * Math.cos(angle);
            }
        }
    }

    private static void add(double[] to, double[] what) {
        for (int i = 0; i < to.length; i++) {
            to[i] += what[i];
        }
    }

    /** Sum of the cross-entropies of one document. */
    double loss(int[] tokens, boolean[] learnt) {
        int length = tokens.length - 1;
        int dim = config.embeddingLength();
        int ffn = config.feedForwardLength();
        int query = config.queryLength();
        int kv = config.kvLength();
        int head = config.headLength();
        double[][] x = new double[length][];
        for (int t = 0; t < length; t++) {
            x[t] = Arrays.copyOfRange(values(parameters.embedding()), tokens[t] * dim, (tokens[t] + 1) * dim);
        }
        for (Parameters.Layer layer : parameters.layers()) {
            double[][] qkv = new double[length][];
            for (int t = 0; t < length; t++) {
                qkv[t] = multiply(values(layer.wqkv()), norm(x[t], values(layer.attentionNorm())));
                rotate(qkv[t], 0, config.heads() + config.kvHeads(), t);
            }
            for (int t = 0; t < length; t++) {
                double[] attended = new double[query];
                for (int h = 0; h < config.heads(); h++) {
                    int key = query + h / (config.heads() / config.kvHeads()) * head;
                    double[] scores = new double[t + 1];
                    for (int s = 0; s <= t; s++) {
                        for (int i = 0; i < head; i++) {
                            scores[s] += qkv[t][h * head + i] * qkv[s][key + i] / Math.sqrt(head);
                        }
                    }
                    double sum = Arrays.stream(scores).map(Math::exp).sum();
                    for (int s = 0; s <= t; s++) {
                        for (int i = 0; i < head; i++) {
                            attended[h * head + i] += Math.exp(scores[s]) / sum * qkv[s][key + kv + i];
                        }
                    }
                }
                add(x[t], multiply(values(layer.wo()), attended));
                double[] gateUp = multiply(values(layer.gateUp()), norm(x[t], values(layer.ffnNorm())));
                double[] activated = new double[ffn];
                Arrays.setAll(activated, i -> gateUp[i] / (1 + Math.exp(-gateUp[i])) * gateUp[ffn + i]);
                add(x[t], multiply(values(layer.down()), activated));
            }
        }
        double loss = 0;
        for (int t = 0; t < length; t++) {
            if (learnt[t + 1]) {
                double[] logits = multiply(values(parameters.output()), norm(x[t], values(parameters.outputNorm())));
                loss += Math.log(Arrays.stream(logits).map(Math::exp).sum()) - logits[tokens[t + 1]];
            }
        }
        return loss;
    }
}
